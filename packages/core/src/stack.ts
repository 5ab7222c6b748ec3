/**
 * Stacks of errors as text: their frames, and which of them are the library's.
 *
 * Modules have no address in a classic script, a service worker or CommonJS, so the library finds its code in a stack
 * instead.
 */

/** A frame of a stack: a line of a source. */
export interface CallSite {
  /** The address without what follows a question mark. */
  readonly file: string;
  /** `12:5`, row and column. */
  readonly position: string;
}

/** `    at step (file:///folder/step.ts:12:5)` in V8 and Bun, with or without a function. */
const WITH_AT = /^\s*at (?:.* \()?(?:async )?(.+?):(\d+:\d+)\)?$/;

/** `step@file:///folder/step.ts:12:5` in Firefox and Safari. */
const WITH_SIGN = /^[^@]*@(.+?):(\d+:\d+)$/;

/** The names of files in which the library finds itself: of its sources, and of its build (`scripts/chunks.mjs`). */
const INTERNAL = /\/((callSite|stack)\.ts|errors\.js)$/;

/** The files of a package of this library, where packages are installed: `node_modules/@graddiff/nn/dist/index.js`. */
const INSTALLED = /\/@graddiff\/[^/]+\//;

/** The same beside the folder of core: `nn/dist/index.js`, or a source. */
const BESIDE = /^(files|nn|onnx|solve|stats|wasm-kernel)\/(dist|src)\//;

/**
 * True if a file is the library's: it is in the folder of its sources or of its build, or of another package of it; or it is
 * the one file of a bundle.
 *
 * @param thisFile the file in which the library has found itself.
 */
export function isInternal(file: string, thisFile: string): boolean {
  if (!INTERNAL.test(thisFile)) return file === thisFile;
  const folder = thisFile.replace(/[^/]*$/, "");
  if (file.startsWith(folder) || INSTALLED.test(file)) return true;
  const packages = folder.replace(/[^/]*\/[^/]*\/$/, "");
  return file.startsWith(packages) && BESIDE.test(file.slice(packages.length));
}

/** Returns the frame of a line of a stack, if there is one. */
function frameOf(line: string): CallSite | undefined {
  const match = WITH_AT.exec(line) ?? WITH_SIGN.exec(line);
  if (match === null) return undefined;
  const [, address = "", position = ""] = match;
  return { file: address.replace(/\?.*$/, ""), position };
}

/** Returns the frames of a stack, innermost first. */
export function frames(stack: unknown): CallSite[] {
  // Programs can give stacks another form.
  return typeof stack === "string" ? stack.split("\n").flatMap((line) => frameOf(line) ?? []) : [];
}

/**
 * Returns the lines of a stack without the frames of the library, and without what these call in the runtime; all lines
 * where the library is not in separate files, or nothing would be left.
 */
export function folded(lines: readonly string[]): readonly string[] {
  const [here] = frames(new Error().stack);
  if (here === undefined || !INTERNAL.test(here.file)) return lines;
  let isInside = false;
  // Outermost first: a frame without a file, such as one of Array.map, is of who calls it.
  const kept = [...lines].reverse().filter((line) => {
    const frame = frameOf(line);
    if (frame !== undefined) isInside = isInternal(frame.file, here.file);
    return !isInside;
  });
  return kept.length > 0 ? kept.reverse() : lines;
}
