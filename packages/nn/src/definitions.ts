/** The checks of definitions by authors: losses, metrics and optimizers of readers and functions. */

import { argumentError, callable, isPlainObject } from "@graddiff/core/extend";

/** @throws ArgumentError for what is no object of readers by name. */
export function checkReaders(op: string, argument: string, readers: unknown): void {
  if (!isPlainObject(readers)) throw argumentError(op, argument, "readers by name", readers);
  checkFunctions(op, argument, readers, Object.keys(readers));
}

/** @throws ArgumentError for what is no object with these functions. */
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

/** @throws ArgumentError for a name that is no text. */
export function checkName(op: string, argument: string, name: unknown): void {
  if (typeof name !== "string") throw argumentError(op, argument, "a name for errors", name);
}
