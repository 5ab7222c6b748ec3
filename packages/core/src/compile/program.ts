/**
 * The Program: a compiled function for one combination of shapes, ready to run.
 */

import { refuseSurplus } from "../arguments.ts";
import { Graph } from "../draw/graph.ts";
import { ArgumentError } from "../errors.ts";
import { type Keeps, lower } from "../graph/lower.ts";
import { printTrace } from "../graph/print.ts";
import { type Cell, peekCell, readCell, writeCell } from "../graph/recording.ts";
import { givenValue, replay } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import type { Prepared } from "../run/prepare.ts";
import { prepare } from "../run/prepare.ts";
import type { RunnerName } from "../run/runner.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { memoryOf, type ProgramMemory } from "./memory.ts";
import { simplify } from "./simplify.ts";

const keepsKept: Keeps = ({ kept }, types) => kept?.fits(types) === true;

/** The steps of a compiled function, to run, read and draw: `step.program(…)` gives them. */
export class Program {
  /** As the function was recorded: with its composites, and with what stops gradients. */
  readonly #recorded: Trace;
  /** The trace that is run: primitive ops, simplified. */
  readonly #trace: Trace;
  readonly #prepared: Prepared;
  /** The Variables that are read. */
  readonly #cells: readonly Cell[];

  /** @internal */
  constructor(recorded: Trace, runner: RunnerName | undefined) {
    const trace = simplify(lower(recorded, keepsKept));
    this.#recorded = recorded;
    this.#trace = trace;
    this.#prepared = prepare(trace, runner);
    this.#cells = recorded.nodes.flatMap((node) => (node.kind === "state" ? [node.cell] : []));
  }

  /**
   * Runs on the values of the arguments' leaves, in order. Variables are read before anything is
   * assigned, so a step may swap two of them.
   * @internal
   */
  run(inputs: readonly Tensor[]): Tensor[] {
    return this.#prepared.run(inputs);
  }

  /** The program in linear memory; undefined where ops run one by one. @internal */
  inMemory(): ReturnType<Prepared["inMemory"]> {
    return this.#prepared.inMemory();
  }

  /** The Variables that it assigns. @internal */
  get assigned(): readonly Cell[] {
    return this.#recorded.assignments.map(({ cell }) => cell);
  }

  /** Gives up the memory that the program keeps between runs. @internal */
  releaseMemory(): void {
    this.#prepared.release();
  }

  /**
   * Runs through `apply`, for arguments or Variables that an outer recording is watching. The ops
   * are the recorded ones, since simplification keeps values but not every derivative.
   * @internal
   */
  replay(inputs: readonly Tensor[]): Tensor[] {
    const { outputs, assignments } = this.#recorded;
    const tensors = replay(this.#recorded, (node) => givenValue(node, inputs, readCell));
    const results = outputs.map((id) => at(tensors, id));
    for (const { cell, id } of assignments) writeCell(cell, at(tensors, id));
    return results;
  }

  /** Whether a Variable that the program reads is watched by an outer recording. @internal */
  readsRecorded(): boolean {
    return this.#cells.some((cell) => peekCell(cell).level !== undefined);
  }

  /** The computation as a graph, without values; its result is the function's first. */
  get graph(): Graph {
    const { outputs, assignments } = this.#trace;
    return new Graph(this.#trace, outputs[0] ?? assignments[0]?.id ?? 0);
  }

  /**
   * The ops one a line, and then how they are run: loops of fused ops and single ops, in order, with
   * the arithmetic and the memory of a run. With the backend "js", where WebAssembly is missing, and
   * where memory does not suffice, they run one by one.
   */
  describe(): string {
    return `${printTrace(this.#trace)}\n\n${this.#prepared.describe()}`;
  }

  /**
   * Which values stand where in memory, and when: what a run needs and what takes most of it. Also of a program that
   * needs more than `setMemoryLimit` allows, which then runs op by op.
   *
   * @returns values and sums as data; `String(…)` is a table, and `svg()` a picture.
   * @throws ArgumentError for a program that runs in JavaScript.
   * @example
   * ```ts
   * import { compile, type Tensor, uniform } from "@graddiff/core";
   *
   * const f = compile((x: Tensor, w: Tensor) => x.matmul(w).tanh().sum());
   * const memory = f.program(uniform([64, 256], { seed: 1 }), uniform([256, 64], { seed: 2 })).memory();
   * console.log(memory.scratchBytes, memory.ownBytes); // 16448 131072
   * console.log(memory.steps); // [ 'matmul [64, 64]', 'tanh sum [64, 64]' ]
   * ```
   */
  memory(): ProgramMemory {
    if (arguments.length > 0) refuseSurplus("memory", 0, arguments);
    const program = this.#prepared.planned();
    if (program !== undefined) return memoryOf(program);
    throw new ArgumentError({
      op: "memory",
      argument: "program",
      expected: "a program in WebAssembly's memory",
      got: this.#prepared.describe(),
      hint: "It runs so with the backend js, and without WebAssembly",
    });
  }

  /** The program at every stage from the recorded function to the steps that are run. */
  stages(): string {
    return [
      `recorded:\n${printTrace(this.#recorded)}`,
      `lowered:\n${printTrace(lower(this.#recorded, keepsKept))}`,
      `simplified:\n${printTrace(this.#trace)}`,
      this.#prepared.describe(),
    ].join("\n\n");
  }
}
