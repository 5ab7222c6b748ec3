/**
 * A prepared trace whose ops are all primitive and have no bodies: it runs in linear memory where that
 * can be had, else op by op.
 */

import { countOperations, grouped } from "../families/cost.ts";
import type { CallBody } from "../graph/joint.ts";
import { writeCell } from "../graph/recording.ts";
import type { Trace } from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Interpreter } from "./interpret.ts";
import { chosenRunner, type RunnerName } from "./runner.ts";
import {
  KernelMemoryError,
  programOf,
  type WasmProgram,
  workspaceForLoops,
} from "./wasm/backend.ts";

/** A trace that is ready to run. */
export interface Prepared {
  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** The steps, with the arithmetic and the memory of a run. */
  describe(): string;
  /** The linear memory that it needs; 0 where it runs in JavaScript. */
  bytes(): number;
  /** Gives up the memory that is kept between runs. */
  leave(): void;
}

export class PlainPrepared implements Prepared {
  readonly #trace: Trace;
  readonly #runner: RunnerName | undefined;
  readonly #call: CallBody;
  /** For running op by op; made when that is first done. */
  #interpreter: Interpreter | undefined;
  /** Undefined while untried, null where there is none. */
  #program: WasmProgram | null | undefined;

  /** @param runner undefined for whichever is chosen when it runs. */
  constructor(trace: Trace, runner: RunnerName | undefined, call: CallBody) {
    this.#trace = trace;
    this.#runner = runner;
    this.#call = call;
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    try {
      return this.#inMemory()?.run(inputs) ?? this.#opByOp(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far here: from now on this program does without.
      this.leave();
      this.#program = null;
      return this.#opByOp(inputs);
    }
  }

  describe(): string {
    const program = this.#inMemory();
    if (program !== undefined) return program.describe();
    const ops = this.#trace.nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
    const flops = ops.reduce((sum, node) => sum + countOperations(this.#trace, node), 0);
    return `${ops.length} ${ops.length === 1 ? "op" : "ops"} of ${grouped(flops)} flops, one by one`;
  }

  bytes(): number {
    return this.#inMemory()?.bytes ?? 0;
  }

  leave(): void {
    this.#program?.leave();
  }

  /** The program in linear memory, made when it is first needed; undefined for JavaScript. */
  #inMemory(): WasmProgram | undefined {
    if ((this.#runner ?? chosenRunner()) === "js") return undefined;
    if (this.#program === undefined) {
      const space = workspaceForLoops();
      this.#program = (space && programOf(this.#trace, space)) ?? null;
    }
    return this.#program ?? undefined;
  }

  #opByOp(inputs: readonly Tensor[]): Tensor[] {
    this.#interpreter ??= new Interpreter(this.#trace);
    const values = this.#interpreter.run(inputs, this.#runner, this.#call);
    const { assignments, outputs } = this.#trace;
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(values, outputs.length + i));
    });
    return values.slice(0, outputs.length);
  }
}
