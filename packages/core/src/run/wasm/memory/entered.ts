/**
 * Traces that run in linear memory, if there is enough of it.
 */

import type { Trace } from "../../../graph/trace.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Entered } from "../../device/backend.ts";
import { describeProgram, type Program } from "../../program/program.ts";
import { type MemoryRun, plannedInMemory, runInMemory, warnOfMemory } from "./memory.ts";
import { KernelMemoryError, type Workspace, workspace, workspaceForRun } from "./workspace.ts";

/** Returns a trace that runs in linear memory. */
export function enter(trace: Trace): Entered {
  return new EnteredTrace(trace);
}

class EnteredTrace implements Entered {
  readonly #trace: Trace;
  #planned: Program | undefined;
  /**
   * By memory: the program that is bound to it, which is collected with the memory; null if there is too little memory.
   */
  readonly #runs = new WeakMap<Workspace, MemoryRun | null>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  run(inputs: readonly Tensor[]): Tensor[] | undefined {
    try {
      return this.#runIn(workspaceForRun())?.run(inputs);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      // Memory cannot grow so far, so from now on this program runs without linear memory.
      if (this.#planned) warnOfMemory(this.#planned, "this host has no more");
      this.release();
      const space = workspace();
      if (space !== undefined) this.#runs.set(space, null);
      return undefined;
    }
  }

  planned(): Program {
    this.#planned ??= plannedInMemory(this.#trace);
    return this.#planned;
  }

  called(): MemoryRun | undefined {
    return this.#runIn(workspace());
  }

  describe(): string | undefined {
    const run = this.called();
    return run && describeProgram(run.program);
  }

  release(): void {
    const space = workspace();
    if (space !== undefined) this.#runs.get(space)?.release();
  }

  /** Returns the program in linear memory, made when it is first needed. */
  #runIn(space: Workspace | undefined): MemoryRun | undefined {
    if (space === undefined) return undefined;
    let run = this.#runs.get(space);
    if (run === undefined) {
      run = runInMemory(this.planned(), space) ?? null;
      this.#runs.set(space, run);
    }
    return run ?? undefined;
  }
}
