/**
 * The line of the user's code that led to an error, for errors that are thrown far from where the
 * mistake is.
 */

import { GraddiffError } from "./errors.ts";

/** The folder of the library's own code. In a bundle with the user's code nothing can be told apart. */
const OWN = withoutScheme(ownAddress().replace(/[^/]*$/, ""));

/** `file:///folder/step.ts:12:5` at the end of a line of a stack, as all engines write it. */
const LOCATION = /(?:[a-z]+:\/\/)?(\/?[^\s()@]+):(\d+):(\d+)\)?$/;

/**
 * Calls a function of the user's. An error of this library from inside says in its message where it
 * comes from; others, and errors from nowhere but the library, stay as they are.
 */
export function callNamed(fn: (...inputs: never) => unknown, inputs: readonly unknown[]): unknown {
  try {
    return fn(...(inputs as never));
  } catch (error) {
    nameCallSite(error);
    throw error;
  }
}

function nameCallSite(error: unknown): void {
  if (!(error instanceof GraddiffError) || error.message.endsWith("]")) return;
  const site = callSite(error.stack ?? "");
  if (site === undefined) return;
  const before = error.message;
  error.message = `${before} [${site}]`;
  // V8 has written the message into the stack already.
  if (error.stack) error.stack = error.stack.replace(before, error.message);
}

/** `step.ts:12:5`, the first place of a stack outside the library. */
function callSite(stack: string): string | undefined {
  for (const line of stack.split("\n")) {
    const location = line.match(LOCATION);
    if (location === null) continue;
    const [, path = "", row, column] = location;
    if (withoutScheme(path).startsWith(OWN)) continue;
    return `${path.slice(path.lastIndexOf("/") + 1).replace(/\?.*$/, "")}:${row}:${column}`;
  }
  return undefined;
}

/** The address of this module, which the types of the language alone do not know. */
function ownAddress(): string {
  const { url } = import.meta as ImportMeta & { readonly url: string };
  return url;
}

function withoutScheme(url: string): string {
  return url.replace(/^[a-z]+:\/\//, "").replace(/\?.*$/, "");
}
