/**
 * The Program: a compiled function for one combination of shapes, ready to run.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import type { Cell } from "../graph/cell.ts";
import { type HasKernel, lower } from "../graph/lower.ts";
import { printTrace } from "../graph/print.ts";
import { peekCell, readCell, writeCell } from "../graph/recording.ts";
import { leafValue, replay } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import { Backend, type Prepared } from "../run/device/backend.ts";
import { prepare } from "../run/prepare.ts";
import type { RunnerName } from "../run/runner.ts";
import { defaultDType, underDefaultDType } from "../tensor/defaultDType.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { RecordedCall } from "./compiledOp.ts";
import { memoryOf, type ProgramMemory } from "./memory.ts";
import { simplify } from "./simplify.ts";

/** The steps of a compiled function, to run, read and draw: `step.program(…)` gives them. */
export class Program {
  /** The trace as the function was recorded: with its composites, and with ops that stop gradients. */
  readonly #recorded: Trace;
  /** The default dtype under which it was recorded. */
  readonly #numbers = defaultDType();
  readonly #runner: RunnerName | Backend | undefined;
  /** The simplified traces, by the set of composites that are not lowered because the runner has kernels for them. */
  readonly #lowered = new Map<HasKernel | undefined, Trace>();
  #prepared: Prepared | undefined;
  /** The call for arguments of outer recordings; made for the first. */
  #call: RecordedCall | undefined;
  /** The Variables that are read. */
  readonly #cells: readonly Cell[];

  /** @internal */
  constructor(recorded: Trace, runner: RunnerName | Backend | undefined) {
    this.#recorded = recorded;
    this.#runner = runner;
    this.#cells = recorded.nodes.flatMap((node) => (node.kind === "state" ? [node.cell] : []));
  }

  /**
   * Runs on the values of the arguments' leaves, in order. Variables are read before anything is
   * assigned, so a step may swap two of them.
   * @internal
   */
  run(inputs: readonly Tensor[]): Tensor[] {
    return this.#ready().run(inputs);
  }

  /** Returns the prepared program that runs it. @internal */
  prepared(): Prepared {
    return this.#ready();
  }

  /** Lowered, simplified and prepared when it is first needed. */
  #ready(): Prepared {
    this.#prepared ??= prepare(
      { lowered: (hasKernel) => this.#loweredFor(hasKernel) },
      this.#runner,
    );
    return this.#prepared;
  }

  #loweredFor(hasKernel?: HasKernel): Trace {
    let trace = this.#lowered.get(hasKernel);
    if (trace === undefined) {
      trace = underDefaultDType(this.#numbers, () => simplify(lower(this.#recorded, hasKernel)));
      this.#lowered.set(hasKernel, trace);
    }
    return trace;
  }

  /** The Variables that it assigns. @internal */
  get assigned(): readonly Cell[] {
    return this.#recorded.assignments.map(({ cell }) => cell);
  }

  /** Gives up the memory that the program keeps between runs. @internal */
  releaseMemory(): void {
    this.#prepared?.release();
  }

  /**
   * Runs op by op in the recording around it: in that of another program, or in one that is drawn. The ops are the
   * recorded ones, since simplification keeps values but not every derivative.
   * @internal
   */
  replay(inputs: readonly Tensor[]): Tensor[] {
    const { outputs, assignments } = this.#recorded;
    const tensors = replay(this.#recorded, (node) => leafValue(node, inputs, readCell));
    const results = outputs.map((id) => at(tensors, id));
    for (const { cell, id } of assignments) writeCell(cell, at(tensors, id));
    return results;
  }

  /** Applies what was recorded as one op, for arguments or Variables that an outer recording is watching. @internal */
  apply(inputs: readonly Tensor[]): Tensor[] {
    // The caller reads its results at once, and results of another backend may have to be awaited.
    const runner = this.#runner instanceof Backend ? undefined : this.#runner;
    this.#call ??= new RecordedCall(this.#recorded, { runner, numbers: this.#numbers });
    return this.#call.apply(inputs);
  }

  /** True if a Variable that the program reads is watched by an outer recording. @internal */
  readsRecorded(): boolean {
    return this.#cells.some((cell) => peekCell(cell).level !== undefined);
  }

  /** Returns the trace of primitive ops alone, simplified. @internal */
  primitive(): Trace {
    return this.#loweredFor();
  }

  /**
   * Lists the ops, one a line, and then how they are run: fused loops and single ops, in order, with the arithmetic and
   * the memory of a run. With the backend "js", where WebAssembly is missing, and where memory does not suffice, they
   * run one by one.
   */
  describe(): string {
    refuseSurplus("describe", 0, arguments);
    const prepared = this.#ready();
    return `${printTrace(prepared.trace())}\n\n${prepared.describe()}`;
  }

  /**
   * Returns the addresses and lifetimes of values in memory: what a run needs and what takes most of it. Also of a
   * program that needs more than `setMemoryLimit` allows, which then runs op by op.
   *
   * @returns values and sums as data; `String(…)` is a table, and `svg()` a picture.
   * @throws ArgumentError for a program that runs in JavaScript.
   * @example
   * ```ts
   * import { compile, type Tensor, uniform } from "@graddiff/core";
   *
   * const f = compile((x: Tensor, w: Tensor) => x.matmul(w).tanh().sum());
   * const memory = f.program(uniform([64, 256], { seed: 1 }), uniform([256, 64], { seed: 2 })).memory();
   * console.log(memory.scratchBytes, memory.persistentBytes); // 16448 131072
   * console.log(memory.steps); // [ 'matmul [64, 64]', 'tanh sum [64, 64]' ]
   * ```
   */
  memory(): ProgramMemory {
    refuseSurplus("memory", 0, arguments);
    const program = this.#ready().planned();
    if (program !== undefined) return memoryOf(program);
    const expected = "a program in WebAssembly's memory";
    const hint = "It runs so with the backend js, and without WebAssembly";
    throw new ArgumentError("memory", "program", expected, this.#ready().describe(), hint);
  }

  /** Returns the program at every stage from the recorded function to the steps that are run. */
  stages(): string {
    refuseSurplus("stages", 0, arguments);
    const prepared = this.#ready();
    const simplified = prepared.trace();
    const [hasKernel] = [...this.#lowered].find(([, trace]) => trace === simplified) ?? [];
    const lowered = underDefaultDType(this.#numbers, () => lower(this.#recorded, hasKernel));
    return [
      `recorded:\n${printTrace(this.#recorded)}`,
      `lowered:\n${printTrace(lowered)}`,
      `simplified:\n${printTrace(simplified)}`,
      prepared.describe(),
    ].join("\n\n");
  }
}
