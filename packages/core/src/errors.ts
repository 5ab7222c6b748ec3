/**
 * Every error that graddiff throws, in one grammar:
 * the op, the argument, what was expected, what came, and a hint at the fix.
 */

/** The parts of an error message. */
export interface Complaint {
  /** The op or function that refused, by its public name. */
  readonly op: string;
  /** The argument at fault, where there is one. */
  readonly argument?: string;
  readonly expected: string;
  readonly got: string;
  /** What to write instead: a sentence without its full stop. */
  readonly hint?: string;
}

function sentence({ op, argument, expected, got, hint }: Complaint): string {
  const subject = argument === undefined ? op : `${op}: ${argument}`;
  return `${subject}: expected ${expected}, got ${got}.${hint === undefined ? "" : ` ${hint}.`}`;
}

/** The base class of all errors of this library, so that one `instanceof` catches them. */
export class GraddiffError extends Error {
  /** The parts that the message is made of. */
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    super(sentence(complaint));
    this.name = new.target.name;
    this.complaint = complaint;
  }
}

/** Shapes that do not fit: a broadcast, an axis, a gradient of another shape than its value. */
export class ShapeError extends GraddiffError {}

/** A dtype that the op cannot take, or cannot differentiate. */
export class DTypeError extends GraddiffError {}

/** An argument of the wrong kind or out of range. */
export class ArgumentError extends GraddiffError {}

/** A derivative that does not exist, or that was asked for in a way that has no answer. */
export class DerivativeError extends GraddiffError {}

/** A tensor or a Variable used where its recording does not allow it. */
export class RecordingError extends GraddiffError {}

/** Names a value for the "got" part of a message: short, and never the whole data. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (typeof value === "function") return value.name ? `the function ${value.name}` : "a function";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object") return String(value);
  const name: string | undefined = Object.getPrototypeOf(value)?.constructor?.name;
  const shaped = value as { shape?: unknown; dtype?: unknown };
  if (Array.isArray(shaped.shape) && typeof shaped.dtype === "string") {
    return `a ${shaped.dtype} ${name} of shape ${formatShape(shaped.shape)}`;
  }
  if (value instanceof Promise) return "a Promise";
  return name === undefined || name === "Object" ? "an object" : `a ${name}`;
}

/** Writes a shape as everybody does: `[2, 3]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
