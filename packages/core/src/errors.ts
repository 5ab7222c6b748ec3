/**
 * Every error that graddiff throws, in one grammar:
 * the op, the argument, what was expected, what came, and a hint at the fix.
 */

import { otherCopyOf, VERSION } from "./copies.ts";

/** The parts of an error message. */
export interface Complaint {
  /** The op or function that refused, by its public name. */
  readonly op: string;
  /** The argument at fault, where there is one. */
  readonly argument?: string;
  readonly expected: string;
  readonly got: string;
  /** The advice what to write instead: a sentence without its full stop. */
  readonly hint?: string;
}

function sentence(kind: string, complaint: Complaint): string {
  if (typeof complaint !== "object" || complaint === null) {
    const expected = "the parts of a message: { op, expected, got }";
    throw new ArgumentError(kind, "complaint", expected, describe(complaint));
  }
  const { op, argument = "", expected, got, hint = "" } = complaint;
  for (const [part, text] of Object.entries({ op, argument, expected, got, hint })) {
    if (typeof text !== "string") throw new ArgumentError(kind, part, "a text", describe(text));
  }
  return `${op}${argument && `: ${argument}`}: expected ${expected}, got ${got}.${hint && ` ${hint}.`}`;
}

/**
 * The base class of all errors of this library, so that one `instanceof` catches them.
 *
 * @example
 * ```ts
 * import { GraddiffError, tensor } from "@graddiff/core";
 *
 * try {
 *   tensor([1, 2]).add(tensor([1, 2, 3]));
 * } catch (error) {
 *   console.log(error instanceof GraddiffError, (error as GraddiffError).complaint.op); // true add
 * }
 * ```
 */
export class GraddiffError extends Error {
  /** The parts that the message is made of. */
  readonly complaint: Complaint;

  constructor(complaint: Complaint);
  /**
   * The same by the parts of the message in their order.
   *
   * @param argument "" where none is at fault.
   */
  constructor(op: string, argument: string, expected: string, got: string, hint?: string);
  constructor(
    op: Complaint | string,
    argument?: string,
    expected?: string,
    got?: string,
    hint?: string,
  ) {
    const complaint =
      typeof op === "string"
        ? { op, ...(argument !== "" && { argument }), expected, got, ...(hint && { hint }) }
        : op;
    // A part that is missing is refused.
    super(sentence(new.target.name, complaint as Complaint));
    this.name = new.target.name;
    this.complaint = complaint as Complaint;
    traceDeeply(this);
  }
}

/** Adds a sentence to the message of an error. */
export function addToMessage(error: GraddiffError, text: string): void {
  error.message += ` ${text}`;
}

/** Writes to the console, which is not part of the language, so the types of the language do not know it. */
export function warn(message: string): void {
  const { console } = globalThis as { console?: { warn(message: string): void } };
  console?.warn(`graddiff: ${message}`);
}

/** The functions that V8 and its kin have on Error, which the types of the language do not know. */
interface StackHost {
  readonly prototype: Error;
  readonly stackTraceLimit?: unknown;
  captureStackTrace?(error: object, above: Error["constructor"]): void;
}

/** Frames of a stack. V8 keeps 10, which those of the library take up below a transform or two. */
const FRAMES = 50;

/** Returns the lines of a stack that are shown: all, where nothing folds them. */
let fold = (lines: readonly string[]) => lines;

/** Folds stacks from now on. */
export function foldStacks(by: typeof fold): void {
  fold = by;
}

/** The whole stacks of errors, without their messages. */
const traces = new WeakMap<GraddiffError, { readonly stack?: unknown }>();

/** Returns the stack of an error with the frames of the library. */
export function stackOf(error: GraddiffError): unknown {
  return (traces.get(error) ?? error).stack;
}

/**
 * Takes the stack anew, so deep that it has frames of the user's, and shows these alone, as many as the program asks for.
 * A program that sets the limit to 50 and more sees those of the library, too; where stacks are off they stay so.
 */
function traceDeeply(error: GraddiffError): void {
  const host: StackHost = Error;
  const limit = host.stackTraceLimit;
  if (!host.captureStackTrace || typeof limit !== "number" || limit <= 0) return;
  // Programs may have frozen the class.
  if (!Reflect.set(host, "stackTraceLimit", Math.max(limit, FRAMES))) return;
  const trace: { readonly stack?: unknown } = {};
  host.captureStackTrace(trace, error.constructor);
  Reflect.set(host, "stackTraceLimit", limit);
  traces.set(error, trace);
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: () => {
      const { stack } = trace;
      if (typeof stack !== "string") return stack;
      const lines = stack.split("\n").slice(1);
      const shown = limit < FRAMES ? fold(lines).slice(0, limit) : lines;
      return [error, ...shown].join("\n");
    },
    set: (value) => Object.defineProperty(error, "stack", { value, writable: true }),
  });
}

/**
 * Shapes that do not fit: a broadcast, an axis, a gradient of another shape than its value.
 *
 * @example
 * ```ts
 * import { ShapeError, tensor } from "@graddiff/core";
 *
 * try {
 *   tensor([1, 2]).add(tensor([1, 2, 3]));
 * } catch (error) {
 *   console.log(error instanceof ShapeError); // true
 * }
 * ```
 */
export class ShapeError extends GraddiffError {}

/**
 * A dtype that the op cannot take, or cannot differentiate.
 *
 * @example
 * ```ts
 * import { DTypeError, grad, type Tensor, tensor } from "@graddiff/core";
 *
 * try {
 *   grad((x: Tensor) => x.sum())(tensor([1, 2], { dtype: "int32" }));
 * } catch (error) {
 *   console.log(error instanceof DTypeError); // true
 * }
 * ```
 */
export class DTypeError extends GraddiffError {}

/**
 * An argument of the wrong kind or out of range.
 *
 * @example
 * ```ts
 * import { ArgumentError, eye } from "@graddiff/core";
 *
 * try {
 *   eye(-1);
 * } catch (error) {
 *   console.log(error instanceof ArgumentError); // true
 * }
 * ```
 */
export class ArgumentError extends GraddiffError {}

/**
 * A derivative that does not exist, or that was requested in a way that has no answer.
 *
 * @example
 * ```ts
 * import { DerivativeError, grad, type Tensor } from "@graddiff/core";
 *
 * const wrong = grad((x: Tensor) => x.item() as unknown as Tensor);
 * try {
 *   wrong(2);
 * } catch (error) {
 *   console.log(error instanceof DerivativeError); // true
 * }
 * ```
 */
export class DerivativeError extends GraddiffError {}

/**
 * A tensor or a Variable used where its recording does not allow it.
 *
 * @example
 * ```ts
 * import { compile, RecordingError, type Tensor } from "@graddiff/core";
 *
 * const f = compile((x: Tensor) => (x.item() > 0 ? x : x.neg()));
 * try {
 *   f(2);
 * } catch (error) {
 *   console.log(error instanceof RecordingError); // true
 * }
 * ```
 */
export class RecordingError extends GraddiffError {}

/** Longer texts and lists are cut in messages. */
const LONGEST_TEXT = 60;
const LONGEST_LIST = 8;

/**
 * Returns a name of a value for the "got" part of a message: short, and never the whole data. It never throws,
 * whatever the getters and traps of the value do.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { describe } from "@graddiff/core/extend";
 *
 * console.log(describe(tensor([1, 2])), describe([1, 2])); // a float32 Tensor of shape [2] an array of length 2
 * ```
 */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(value));
  if (typeof value === "bigint") return `${shortened(String(value))}n`;
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    return String(value);
  }
  try {
    return typeof value === "function" ? describeFunction(value) : describeObject(value);
  } catch {
    return `${typeof value === "object" ? "an object" : "a function"} that cannot be read`;
  }
}

/** Returns a text of a caller or a file, as much as a message has room for. */
export function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

/** Matches nouns that are spoken with a vowel in front: Upsample, not Uint8Array; and LSTM. */
const VOWEL = /^([AEIOaeio]|[Uu](?![inrstA-Z])|Un[^ai]|[FHLMNRSX](?![a-z]))/;

/** Puts the article before a noun: a Tensor, an int32, an Upsample. */
export function withArticle(noun: string): string {
  return `${VOWEL.test(noun) ? "an" : "a"} ${noun}`;
}

function describeFunction(fn: { readonly name: unknown }): string {
  const kind = kindOfFunction(fn);
  const { name } = fn;
  const isNamed = typeof name === "string" && name !== "";
  return isNamed ? `the ${kind} ${shortened(name)}` : withArticle(kind);
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (value instanceof Promise) return "a Promise";
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (isClone(value)) return "what structuredClone has left of a Tensor";
  if (typeof name !== "string" || name === "Object") return "an object";
  const imitated = name === "Tensor" || name === "Variable";
  const otherwise = imitated
    ? `an object with the prototype of ${name}`
    : withArticle(shortened(name));
  return (describeTensor(value, name) ?? otherwise) + describeCopy(value);
}

/** Says of a Tensor, a Variable, a layer or an optimizer that this copy of the package knows nothing of it. */
function describeCopy(value: object): string {
  const copy = otherCopyOf(value);
  if (copy === undefined) return "";
  const version = shortened(String(copy.version));
  const versions = version === VERSION ? `both ${version}` : `${version}, this one is ${VERSION}`;
  return ` from another copy of @graddiff/core (${versions}; npm ls @graddiff/core shows who installs them)`;
}

/**
 * True if a value is what structuredClone and postMessage leave of a tensor: its properties without its class.
 */
export function isClone(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return Object.getPrototypeOf(value) === Object.prototype && "unseen" in value;
  } catch {
    return false;
  }
}

/**
 * Returns the hint for a number among the arguments of a compiled function, which is a Tensor inside, in the place of a
 * plain number, such as a bound of a loop or a length.
 */
export function hintOfStatic(value: unknown, before = ""): string | undefined {
  try {
    const { weak, level } = Object(value) as { weak?: boolean; level?: { unreadable?: string } };
    if (!(weak && level?.unreadable?.startsWith("compile"))) return undefined;
  } catch {
    return undefined;
  }
  return `${before}A number among the arguments of a compiled function is a Tensor inside: compile(fn, { static: [its index] }) keeps it a number`;
}

/** Returns the words for a value with a shape and a dtype, as tensors and Variables are; undefined for all else. */
function describeTensor(value: object, name: string): string | undefined {
  try {
    const { shape, dtype } = value as { readonly shape?: unknown; readonly dtype?: unknown };
    const described = Array.isArray(shape) && typeof dtype === "string";
    return described ? `${withArticle(dtype)} ${name} of shape ${describeList(shape)}` : undefined;
  } catch {
    return undefined;
  }
}

/** Names the entries of a list as {@link describe} does: `[2, "3", undefined]`. */
export function describeList(list: readonly unknown[]): string {
  const shown = Array.from({ length: Math.min(list.length, LONGEST_LIST) }, (_, i) =>
    describe(list[i]),
  );
  return `[${shown.join(", ")}${list.length > LONGEST_LIST ? ", …" : ""}]`;
}

const KINDS: ReadonlyMap<unknown, string> = new Map([
  ["AsyncFunction", "async function"],
  ["GeneratorFunction", "generator function"],
  ["AsyncGeneratorFunction", "async generator function"],
]);

/** Returns the kind of a function: a "class" can only be called with `new`. */
export function kindOfFunction(fn: object): string {
  const { [Symbol.toStringTag]: tag } = fn as { readonly [Symbol.toStringTag]?: unknown };
  const kind = tag === undefined ? undefined : KINDS.get(tag);
  if (kind !== undefined) return kind;
  // Arrow functions and methods, the usual case, have no prototype.
  if (!("prototype" in fn)) return "function";
  // Classes and built-in constructors keep theirs for ever; so does a function that was frozen.
  if (Object.getOwnPropertyDescriptor(fn, "prototype")?.writable !== false) return "function";
  const frozen = Object.isFrozen(fn) && Function.prototype.toString.call(fn).startsWith("function");
  return frozen ? "function" : "class";
}

/**
 * Returns a shape as messages have it.
 *
 * @example
 * ```ts
 * import { formatShape } from "@graddiff/core/extend";
 *
 * console.log(formatShape([2, 3])); // [2, 3]
 * ```
 */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
