/**
 * The table of all ops. Defining an op enters it here; the generated tests, the coverage table of
 * the documentation and the fuzzer read it.
 */

import { refuseSurplus } from "../arguments.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";

const table = new Map<string, Op>();

/** Enters an op in the table. @throws Error for a name that is taken. */
/* @__NO_SIDE_EFFECTS__ */
export function register<A extends Attributes>(op: Op<A>): Op<A> {
  if (table.has(op.name)) throw new Error(`an op named ${op.name} is defined already`);
  // Whoever takes an op from the table gives it attributes out of its own examples.
  table.set(op.name, op as unknown as Op);
  return op;
}

/** Returns the op of a name. @throws Error where none has it. */
export function opNamed(name: string): Op {
  const op = table.get(name);
  if (op === undefined) throw new Error(`no op is named ${name}`);
  return op;
}

/**
 * Returns all ops, in the order of their definition; in a bundle those of the program, and methods. Published without
 * examples.
 *
 * @example
 * ```ts
 * import { registeredOps } from "@graddiff/core";
 *
 * console.log(registeredOps().some(({ name }) => name === "matmul")); // true
 * ```
 */
export function registeredOps(): readonly Op[] {
  refuseSurplus("registeredOps", 0, arguments);
  return [...table.values()];
}
