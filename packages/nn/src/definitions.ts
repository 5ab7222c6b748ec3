/** Checks of the definitions from which authors make losses, metrics and optimizers. */

import { argumentError, callable, isPlainObject } from "@graddiff/core/extend";

/** Throws an ArgumentError unless a value is an object of readers by name. */
export function checkReaders(op: string, argument: string, readers: unknown): void {
  if (!isPlainObject(readers)) throw argumentError(op, argument, "readers by name", readers);
  checkFunctions(op, argument, readers, Object.keys(readers));
}

/** Throws an ArgumentError unless a value is an object with functions of these names. */
export function checkFunctions(
  op: string,
  argument: string,
  definition: unknown,
  names: readonly string[],
): void {
  if (!isPlainObject(definition)) {
    throw argumentError(op, argument, `an object with ${names.join(", ")}`, definition);
  }
  for (const name of names) callable(op, `${argument}.${name}`, definition[name]);
}

/** Throws an ArgumentError unless a name is a string. */
export function checkName(op: string, argument: string, name: unknown): void {
  if (typeof name !== "string") throw argumentError(op, argument, "a name for errors", name);
}
