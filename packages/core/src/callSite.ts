/**
 * The line of the user's code that led to an error, for errors that are thrown far from where the
 * mistake is.
 *
 * Nothing happens before there is an error: modules have no address in a classic script, a service
 * worker or CommonJS, so the library finds its own code in a stack instead.
 */

import { addToMessage, GraddiffError } from "./errors.ts";

/** A frame of a stack: a line of a source. */
interface CallSite {
  /** The address without what follows a question mark. */
  readonly file: string;
  /** `12:5`, row and column. */
  readonly position: string;
}

/** `    at step (file:///folder/step.ts:12:5)` in V8 and Bun, with or without a function. */
const WITH_AT = /^\s*at (?:.* \()?(?:async )?(.+?):(\d+:\d+)\)?$/;

/** `step@file:///folder/step.ts:12:5` in Firefox and Safari. */
const WITH_SIGN = /^[^@]*@(.+?):(\d+:\d+)$/;

/** Code that was made from text, and code of the runtime itself. */
const NO_FILE = /^node:|^ext:|^native$|[<>()]/;

/** The name that this file has where the library is not bundled, or a source map is followed. */
const SOURCE = "/callSite.ts";

/** The file of the build that it is in, see `scripts/chunks.mjs`. */
const BUILT = "/errors.js";

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
  const site = callSite(frames(error.stack, error.message));
  if (site !== undefined) addToMessage(error, `[${site}]`);
}

/**
 * `step.ts:12:5`, the innermost frame of a stack that lies outside the library's files and inside
 * a function of the user's. In one file with the user's code nothing can be distinguished; then, and where
 * the library does not find itself, there is none.
 */
function callSite(sites: readonly CallSite[]): string | undefined {
  // A call that does nothing shows how the library's own frames look here: it is made at the very
  // line that calls the user's functions.
  const [own, call] = frames(callNamed(() => new Error().stack, []));
  if (own === undefined || call === undefined || own.file !== call.file) return undefined;
  const isCall = ({ file, position }: CallSite) => file === call.file && position === call.position;
  // A line outside all functions of the user's may be anybody's.
  const outermost = sites.findLastIndex(isCall);
  const inside = outermost < 0 ? sites : sites.slice(0, outermost);
  const found = inside.find(({ file }) => !isOwn(file, own.file) && !NO_FILE.test(file));
  return found && `${found.file.replace(/^.*[/\\]/, "")}:${found.position}`;
}

/** The files of a package of this library, where packages are installed: `node_modules/@graddiff/nn/dist/index.js`. */
const INSTALLED = /\/@graddiff\/(?:core|files|nn|onnx|solve|wasm-kernel)(?:@[^/]*)?\//;

/** The same beside the folder of core: `nn/dist/index.js`, or a source. */
const BESIDE = /^(?:files|nn|onnx|solve|wasm-kernel)\/(?:dist|src)\//;

/**
 * True if a file is the library's: it is in the folder of its sources or of its build, or of another package of it; or it is
 * the one file of a bundle.
 */
function isOwn(file: string, own: string): boolean {
  const name = [SOURCE, BUILT].find((each) => own.endsWith(each));
  if (name === undefined) return file === own;
  const folder = own.slice(0, 1 - name.length);
  if (file.startsWith(folder) || INSTALLED.test(file)) return true;
  const packages = folder.replace(/[^/]*\/[^/]*\/$/, "");
  return file.startsWith(packages) && BESIDE.test(file.slice(packages.length));
}

/** Returns the frames of a stack, innermost first; a message in it may look like one. */
function frames(stack: unknown, message = ""): CallSite[] {
  // Programs can give stacks another form.
  if (typeof stack !== "string") return [];
  const start = message === "" ? -1 : stack.indexOf(message);
  const lines = (start < 0 ? stack : stack.slice(start + message.length)).split("\n");
  return lines.flatMap((line) => {
    const match = WITH_AT.exec(line) ?? WITH_SIGN.exec(line);
    if (match === null) return [];
    const [, address = "", position = ""] = match;
    return [{ file: address.replace(/\?.*$/, ""), position }];
  });
}
