/**
 * The line of the user's code that led to an error, for errors that are thrown far from the mistake.
 *
 * Nothing happens before there is an error. A stack of a call that does nothing then tells which files are the library's:
 * modules have no address in classic scripts, service workers and CommonJS, so `import.meta` is not used. Frames outside of
 * all recorded functions do not count. In a bundle with the user's code, where all frames have one file, no line is named unless
 * a source map distinguishes them.
 */

import { addToMessage, GraddiffError, stackOf } from "./errors.ts";
import { type CallSite, frames, isInternal } from "./stack.ts";

/** Code that was made from text, and code of the runtime itself. */
const NO_FILE = /^node:|^ext:|^native$|[<>()]/;

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

/** Returns the line that an error would name: file, row and column. */
export function lineOf(error: GraddiffError | undefined): string | undefined {
  if (error === undefined) return undefined;
  try {
    callNamed(() => {
      throw error;
    }, []);
  } catch {
    // The error says now where it comes from.
  }
  return /\[([^[\]]+)\]$/.exec(error.message)?.[1];
}

function nameCallSite(error: unknown): void {
  if (!(error instanceof GraddiffError) || error.message.endsWith("]")) return;
  const site = callSite(frames(stackOf(error)));
  if (site !== undefined) addToMessage(error, `[${site}]`);
}

/**
 * `step.ts:12:5`, the innermost frame of a stack that is outside the library's files and inside
 * a function of the user's. In one file with the user's code nothing can be distinguished; then, and where
 * the library does not find itself, there is none.
 */
function callSite(sites: readonly CallSite[]): string | undefined {
  // A call that does nothing shows how the library's frames look here: it is made at the very
  // line that calls the user's functions.
  const [caller, call] = frames(callNamed(() => new Error().stack, []));
  if (caller === undefined || call === undefined || caller.file !== call.file) return undefined;
  const isCall = ({ file, position }: CallSite) => file === call.file && position === call.position;
  // A line outside all functions of the user's may be anybody's.
  const outermost = sites.findLastIndex(isCall);
  const inside = outermost < 0 ? sites : sites.slice(0, outermost);
  const found = inside.find(({ file }) => !isInternal(file, caller.file) && !NO_FILE.test(file));
  return found && `${found.file.replace(/^.*[/\\]/, "")}:${found.position}`;
}
