/**
 * Preparing a trace for running: as a program in linear memory where that can be had, else op by op.
 */

import { countOperations, grouped } from "../families/cost.ts";
import type { CallBody } from "../graph/joint.ts";
import { writeCell } from "../graph/recording.ts";
import type { Trace } from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Program } from "./program/program.ts";
import { chosenRunner, Interpreter, type RunnerName } from "./runner.ts";
import {
  KernelMemoryError,
  type MemoryRun,
  plannedInMemory,
  runInMemory,
  warnOfMemory,
  workspace,
  workspaceForRun,
} from "./wasm/backend.ts";

type Workspace = NonNullable<ReturnType<typeof workspace>>;

/** A trace that is ready to run. */
export interface Prepared {
  /** Runs, assigns to Variables, and returns the results. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** The program in linear memory; undefined where ops run one by one. */
  inMemory(): MemoryRun | undefined;
  /** The program in linear memory, also where it needs more than there is; undefined where there is none. */
  planned(): Program | undefined;
  /** The steps, with the arithmetic and the memory of a run. */
  describe(): string;
  /** The linear memory that it needs; 0 where it runs in JavaScript. */
  bytes(): number;
  /** Gives up the memory that is kept between runs. */
  release(): void;
}

/**
 * Prepares a lowered and simplified trace, in the bodies of which all is lowered and simplified, too.
 *
 * @param runner undefined for whichever is chosen when it runs.
 */
export function prepare(trace: Trace, runner: RunnerName | undefined): Prepared {
  return new PreparedTrace(trace, runner);
}

class PreparedTrace implements Prepared {
  readonly #trace: Trace;
  readonly #runner: RunnerName | undefined;
  /** Of the bodies, where ops run one by one: each is prepared for itself. */
  readonly #bodies = new Map<Trace, Prepared>();
  /** For running op by op; made when that is first done. */
  #interpreter: Interpreter | undefined;
  #planned: Program | undefined;

  constructor(trace: Trace, runner: RunnerName | undefined) {
    this.#trace = trace;
    this.#runner = runner;
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    try {
      return this.#inMemory(workspaceForRun)?.run(inputs) ?? this.#opByOp(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far here: from now on this program does without.
      if (this.#planned) warnOfMemory(this.#planned, "this host has no more");
      this.release();
      workspace()?.programs.set(this, null);
      return this.#opByOp(inputs);
    }
  }

  planned(): Program | undefined {
    const space = this.#spaceBy(workspace);
    return space && this.#plannedProgram();
  }

  describe(): string {
    const program = this.inMemory();
    if (program !== undefined) return program.describe();
    const ops = this.#trace.nodes.flatMap((node) => (node.kind === "operation" ? [node] : []));
    const flops = ops.reduce((sum, node) => sum + countOperations(this.#trace, node), 0);
    return `${ops.length} ${ops.length === 1 ? "op" : "ops"} of ${grouped(flops)} flops, one by one`;
  }

  bytes(): number {
    return this.inMemory()?.program.bytes ?? 0;
  }

  release(): void {
    workspace()?.programs.get(this)?.release();
    for (const body of this.#bodies.values()) body.release();
  }

  /** The workspace; undefined for JavaScript. */
  #spaceBy(spaceOf: typeof workspace): Workspace | undefined {
    return (this.#runner ?? chosenRunner()) === "js" ? undefined : spaceOf();
  }

  #plannedProgram(): Program {
    this.#planned ??= plannedInMemory(this.#trace);
    return this.#planned;
  }

  /** The program in linear memory, made when it is first needed; undefined for JavaScript. */
  inMemory(): MemoryRun | undefined {
    return this.#inMemory(workspace);
  }

  #inMemory(spaceOf: typeof workspace): MemoryRun | undefined {
    const space = this.#spaceBy(spaceOf);
    if (space === undefined) return undefined;
    let run = space.programs.get(this);
    if (run === undefined) {
      run = runInMemory(this.#plannedProgram(), space) ?? null;
      space.programs.set(this, run);
    }
    return run ?? undefined;
  }

  #opByOp(inputs: readonly Tensor[]): Tensor[] {
    this.#interpreter ??= new Interpreter(this.#trace);
    const call: CallBody = (body, given) => {
      const prepared = this.#bodies.get(body) ?? prepare(body, this.#runner);
      this.#bodies.set(body, prepared);
      return prepared.run(given);
    };
    const values = this.#interpreter.run(inputs, this.#runner, call);
    const { assignments, outputs } = this.#trace;
    assignments.forEach(({ cell }, i) => {
      writeCell(cell, at(values, outputs.length + i));
    });
    return values.slice(0, outputs.length);
  }
}
