/**
 * Switches: values that decide what a function does and are no tensors, such as the mode of a layer. A compiled function
 * is right as long as those that it has read stay as they were.
 */

import { RecordingError } from "../errors.ts";

/** What the function that is being compiled has read, by switch; undefined where none is. */
let reads: Map<Switch<unknown>, unknown> | undefined;

/** A value that functions read, and that is a guard of the compiled ones among them. */
export class Switch<Value> {
  #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value, as a guard of what is being compiled. */
  read(): Value {
    reads?.set(this, this.#value);
    return this.#value;
  }

  /** The value, to look at. */
  peek(): Value {
    return this.#value;
  }

  /** @throws RecordingError in a function that is being compiled, which would do it once and never again. */
  set(value: Value, op: string): void {
    if (Object.is(value, this.#value)) return;
    if (reads !== undefined) {
      throw new RecordingError({
        op,
        expected: "a call outside of compiled functions",
        got: "one inside",
      });
    }
    this.#value = value;
  }
}

/** Switches and the values that they had when a function was compiled. */
export type Guards = ReadonlyMap<Switch<unknown>, unknown>;

/** Runs `body`, and tells what it has read. */
export function watchSwitches<Result>(body: () => Result): { result: Result; guards: Guards } {
  const outer = reads;
  const own = new Map<Switch<unknown>, unknown>();
  reads = own;
  try {
    return { result: body(), guards: own };
  } finally {
    reads = outer;
  }
}

/** Whether all switches are as they were. */
export function areSame(guards: Guards): boolean {
  for (const [each, value] of guards) if (!Object.is(each.peek(), value)) return false;
  return true;
}

/** What a compiled function has read is read by one that calls it, too. */
export function takeOver(guards: Guards): void {
  if (reads !== undefined) for (const [each, value] of guards) reads.set(each, value);
}
