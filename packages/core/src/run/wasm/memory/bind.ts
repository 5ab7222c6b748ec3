/**
 * Calls bound to memory: functions are found, loops and bodies emitted, or interpreted by JavaScript where nothing may
 * be compiled, and addresses are numbers. Bound calls are made on every run, until an address changes.
 */

import { isDirect, type ProgramCall } from "../../program/calls/call.ts";
import { emitCalls, runsOf } from "../emit/control.ts";
import type { interpretCalls } from "../interpret/control.ts";
import { type Bound, boundCall, type RegionStarts } from "../kernel/makeCall.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The interpreter of loops and bodies, set by programs that set a kernel: only they can have a kernel on a host that
 * forbids compiling.
 */
let interpret: typeof interpretCalls | undefined;

/** Sets the interpreter. */
export function interpretBy(driver: typeof interpretCalls): void {
  interpret = driver;
}

/** The calls of a program. */
export class CallBinder {
  readonly #space: Workspace;
  readonly calls: readonly ProgramCall[];
  /** The functions of loops and bodies, and the addresses that are built into them. */
  #made: { readonly key: string; readonly runs: readonly (Bound | undefined)[] } | undefined;

  constructor(space: Workspace, calls: readonly ProgramCall[]) {
    this.#space = space;
    this.calls = calls;
  }

  /** Returns the calls at present addresses, to be bound anew when these have changed. */
  bind(starts: RegionStarts): Bound[] {
    const { host } = this.#space;
    // Loops and bodies are emitted again only for other addresses.
    const key = starts.join();
    const runs = this.#made?.key === key ? this.#made.runs : this.#make(starts);
    this.#made = { key, runs };
    return this.calls.map((call, i) => {
      return isDirect(call) ? boundCall(host, call, starts) : (runs[i] ?? (() => {}));
    });
  }

  #make(starts: RegionStarts): readonly (Bound | undefined)[] {
    return interpret === undefined || this.#space.canCompile
      ? runsOf(emitCalls(this.#space.host, this.calls, starts))
      : interpret(this.#space, this.calls, starts);
  }
}
