/**
 * The readers of arguments, which refuse others by a sentence: the function, the argument, what was expected and what
 * came.
 */

import { ArgumentError, DTypeError, RecordingError, ShapeError, type Tensor } from "@graddiff/core";

/** Reads an option, or refuses it. */
export type Reader<Value> = (op: string, argument: string, value: unknown) => Value;

/** Returns a value in few words, for errors. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  if (typeof value === "function") return `the function ${value.name || "without a name"}`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return describeObject(value);
  } catch {
    return "an object that cannot be read";
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if ("shape" in value) return `a tensor of shape [${String(value.shape)}]`;
  return isPlainObject(value) ? "an object" : `an object of ${nameOfClass(value)}`;
}

/** @throws ArgumentError if a value is no function, or one that only `new` calls: a class, whose prototype stays as it is. */
export function checkFunction(op: string, argument: string, value: unknown): void {
  const isClass = () => Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
  if (typeof value === "function" && !isClass()) return;
  const expected = `a function${typeof value === "function" ? " that is called without new" : ""}`;
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
}

/** @throws ArgumentError if there are more arguments than a function takes. */
export function refuseSurplus(op: string, most: number, given: ArrayLike<unknown>): void {
  if (given.length <= most) return;
  throw new ArgumentError({
    op,
    argument: `argument ${most}`,
    expected: `at most ${most} arguments`,
    got: describe(given[most]),
  });
}

/** Returns the name of an object's class. */
function nameOfClass(value: object): string {
  const maker = (value as { readonly constructor?: unknown }).constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "a class";
}

/** True for an object that `{}` makes, or one without a prototype: no array, and no instance of a class. */
function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of other realms have another Object.prototype, which has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The values that the readers of some options return. */
type Read<Readers> = {
  [Key in keyof Readers]: Readers[Key] extends Reader<infer Value> ? Value : never;
};

/** Returns all options of a function, each as its reader gives it, also where it is not there. */
export function readOptions<Readers extends Readonly<Record<string, Reader<unknown>>>>(
  op: string,
  given: unknown,
  readers: Readers,
): Read<Readers> {
  if (given !== undefined && !isPlainObject(given)) {
    throw new ArgumentError({
      op,
      argument: "options",
      expected: "an object",
      got: describe(given),
    });
  }
  const options = (given ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.keys(readers);
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other !== undefined) {
    throw new ArgumentError({
      op,
      argument: "options",
      expected: `the options ${known.join(", ")}`,
      got: JSON.stringify(other),
    });
  }
  const read = Object.entries(readers).map(([name, reader]) => [
    name,
    reader(op, name, options[name]),
  ]);
  // Each reader returns the value of its own option.
  return Object.fromEntries(read) as Read<Readers>;
}

/** Returns a reader of what need not be there. */
export function optional<Value, Default>(
  reader: Reader<Value>,
  absent: Default,
): Reader<Value | Default> {
  return (op, argument, value) => (value === undefined ? absent : reader(op, argument, value));
}

/** Returns a reader of numbers for which a condition holds. */
export function numberThat(holds: (value: number) => boolean, expected: string): Reader<number> {
  return (op, argument, value) => {
    if (typeof value === "number" && holds(value)) return value;
    throw new ArgumentError({ op, argument, expected, got: describe(value) });
  };
}

export const positive: Reader<number> = numberThat(
  (value) => value > 0 && value < Number.POSITIVE_INFINITY,
  "a finite number above 0",
);

export const countFromOne: Reader<number> = numberThat(
  (value) => Number.isSafeInteger(value) && value > 0,
  "a whole number from 1",
);

/** Returns a reader of one of some names. */
export function oneOf<Name extends string>(...names: readonly Name[]): Reader<Name> {
  return (op, argument, value) => {
    const found = names.find((name) => name === value);
    if (found !== undefined) return found;
    const expected = names.map((name) => JSON.stringify(name)).join(" or ");
    throw new ArgumentError({ op, argument, expected, got: describe(value) });
  };
}

/** Reads the dtype in which a solver computes; float64 unless told otherwise. */
export const readDType: Reader<"float64" | "float32"> = (op, argument, value) =>
  value === undefined ? "float64" : oneOf("float64", "float32")(op, argument, value);

/** Hands anything on: trees are looked at where they are used. */
export const anything: Reader<unknown> = (_op, _argument, value) => value;

/** Returns the elements of a tensor; undefined inside of recordings, where it has none. */
export function elementsOf(tensor: Tensor): readonly number[] | undefined {
  try {
    return Array.from(tensor.data());
  } catch (error) {
    if (error instanceof RecordingError) return undefined;
    throw error;
  }
}

/** Returns the name of a leaf of an argument, such as `start.weights[0]`. */
export function nameOf(argument: string, path: string): string {
  return path === "" || path.startsWith("[") ? `${argument}${path}` : `${argument}.${path}`;
}

export function refuseType(op: string, argument: string, expected: string, got: string): never {
  throw new DTypeError({ op, argument, expected, got });
}

export function refuseShape(op: string, argument: string, expected: string, got: string): never {
  throw new ShapeError({ op, argument, expected, got });
}
