/**
 * Preparing a recorded function for running.
 *
 * In: a recorded function that can be lowered for any target. Out: a `Prepared`, which runs it.
 *
 * A `Backend` that was passed to `compile` prepares it. The backend "js", `setRunner("js")`, a host without WebAssembly and
 * the limit of memory lead to op by op; else the engine of this process makes a program.
 */

import { countOperations, grouped } from "../families/cost.ts";
import type { CallBody } from "../graph/joint.ts";
import { writeCell } from "../graph/recording.ts";
import type { Trace } from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  Backend,
  type CalledProgram,
  type Entered,
  type Prepared,
  type Recorded,
} from "./device/backend.ts";
import { enter, hasKernel, isAvailable } from "./engine.ts";
import type { Program } from "./program/program.ts";
import { chosenRunner, Interpreter, type RunnerName } from "./runner.ts";

/**
 * Prepares a recorded function.
 *
 * @param runner undefined for whichever is chosen when it runs.
 */
export function prepare(recorded: Recorded, runner: RunnerName | Backend | undefined): Prepared {
  return runner instanceof Backend ? runner.prepare(recorded) : new PreparedTrace(recorded, runner);
}

class PreparedTrace implements Prepared {
  readonly #recorded: Recorded;
  readonly #runner: RunnerName | undefined;
  /** The prepared bodies, where ops run one by one. */
  readonly #bodies = new Map<Trace, Prepared>();
  #entered: Entered | undefined;
  /** The interpreter for running op by op; made when that is first done. */
  #interpreter: Interpreter | undefined;

  constructor(recorded: Recorded, runner: RunnerName | undefined) {
    this.#recorded = recorded;
    this.#runner = runner;
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    return this.#inEngine()?.run(inputs) ?? this.#opByOp(inputs);
  }

  trace(): Trace {
    // JavaScript has functions for primitive ops alone.
    return this.#recorded.lowered(this.#inEngine() && hasKernel);
  }

  planned(): Program | undefined {
    return this.#inEngine()?.planned();
  }

  called(): CalledProgram | undefined {
    return this.#inEngine()?.called();
  }

  describe(): string {
    const program = this.#inEngine()?.describe();
    if (program !== undefined) return program;
    const trace = this.trace();
    const ops = trace.nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
    const flops = ops.reduce((sum, node) => sum + countOperations(trace, node), 0);
    return `${ops.length} ${ops.length === 1 ? "op" : "ops"} of ${grouped(flops)} flops, one by one`;
  }

  release(): void {
    this.#entered?.release();
    for (const body of this.#bodies.values()) body.release();
  }

  /** Returns the trace in the engine, made when it is first needed; undefined for JavaScript. */
  #inEngine(): Entered | undefined {
    if ((this.#runner ?? chosenRunner()) === "js") return undefined;
    if (this.#entered === undefined && isAvailable()) {
      this.#entered = enter(this.#recorded.lowered(hasKernel));
    }
    return this.#entered;
  }

  #opByOp(inputs: readonly Tensor[]): Tensor[] {
    const trace = this.trace();
    if (this.#interpreter?.trace !== trace) this.#interpreter = new Interpreter(trace);
    const call: CallBody = (body, inputs) => {
      const prepared = this.#bodies.get(body) ?? prepare({ lowered: () => body }, this.#runner);
      this.#bodies.set(body, prepared);
      return prepared.run(inputs);
    };
    const values = this.#interpreter.run(inputs, this.#runner, call);
    const { assignments, outputs } = trace;
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(values, outputs.length + i));
    });
    return values.slice(0, outputs.length);
  }
}
