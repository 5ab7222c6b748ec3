/**
 * Validation of the arguments of public functions.
 *
 * In: the name of a function, the name of an argument, and a value of any type. Out: the value, or an error in one wording.
 *
 * A reader takes one value and returns it, or throws. Readers are composed by `optional`, `listOf` and `optionsReader`; the
 * files that know a kind of value (dtypes, shapes, tensors) have readers of their own. Unknown options are refused, since most
 * are misspelt. Surplus arguments are refused, too (`refuseSurplus`), since most are options. Of a user's function they are
 * counted by its length, unless its source shows a default or a rest parameter. `checkFunction` refuses classes and functions
 * that return promises.
 *
 * Invariant: an argument is validated once, where it enters. Errors of the user's functions and getters pass unchanged.
 */

import { ArgumentError, describe, hintOfStatic, kindOfFunction } from "./errors.ts";

/**
 * Returns the value of an argument of a function if it can be used: its `op` and `argument` are named in the error.
 *
 * @throws ArgumentError if it cannot.
 *
 * @example
 * ```ts
 * import { argumentError, type Reader } from "@graddiff/core/extend";
 *
 * const even: Reader<number> = (op, argument, value) => {
 *   if (typeof value === "number" && value % 2 === 0) return value;
 *   throw argumentError(op, argument, "an even number", value);
 * };
 * console.log(even("halve", "n", 4)); // 4
 * ```
 */
export type Reader<Value> = (op: string, argument: string, value: unknown) => Value;

/** Readers by the names of options. */
export type Readers = Readonly<Record<string, Reader<unknown>>>;

/** The values of all options, by the readers of {@link optionsReader}. */
export type Options<Known extends Readers> = {
  readonly [Name in keyof Known]: ReturnType<Known[Name]>;
};

/**
 * Makes the function that reads the options of an op, each of them once. Options that are not known are
 * refused, since they mostly are misspelt; so is null, and everything but a plain object.
 * A number instead of options may belong to the argument before, where that accepts a list of numbers. The returned
 * function has a parameter for this case.
 *
 * @param known the reader of each option.
 * @returns a function of the name of the op and its options. It throws ArgumentError.
 *
 * @example
 * ```ts
 * import { nonNegative, optional, optionsReader } from "@graddiff/core/extend";
 *
 * const read = optionsReader({ margin: optional(nonNegative, 1) });
 * console.log(read("hinge", undefined), read("hinge", { margin: 2 })); // { margin: 1 } { margin: 2 }
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function optionsReader<Known extends Readers>(
  known: Known,
): (op: string, options: unknown, afterNumber?: boolean) => Options<Known> {
  const names = Object.keys(known);
  const read = (op: string, named: Readonly<Record<string, unknown>>) => {
    const values: Record<string, unknown> = {};
    names.forEach((name) => {
      values[name] = known[name]?.(op, name, named[name]);
    });
    // Each name of `known` has what its reader returned.
    return values as Options<Known>;
  };
  let defaults: Options<Known> | undefined;
  return (op, options, afterNumber) => {
    if (options === undefined) {
      defaults ??= read(op, {});
      return defaults;
    }
    const named = plainObject(op, options, afterNumber);
    const unknown = Object.keys(named).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const expected = `no others than ${names.join(", ")}`;
      throw new ArgumentError(op, "options", expected, describe(unknown));
    }
    return read(op, named);
  };
}

function plainObject(
  op: string,
  options: unknown,
  afterNumber = false,
): Readonly<Record<string, unknown>> {
  if (isPlainObject(options)) return options;
  const list = afterNumber && typeof options === "number" ? hintOfList(`${op}([0, 1])`) : undefined;
  const hint = list ?? hintOfStatic(options);
  throw new ArgumentError(op, "options", "an object of options", describe(options), hint);
}

/**
 * True if a value is an object as `{ … }` makes it, in this page or another: neither the prototype of a
 * class nor, as Math is, a namespace.
 *
 * @example
 * ```ts
 * import { isPlainObject } from "@graddiff/core/extend";
 *
 * console.log(isPlainObject({ a: 1 }), isPlainObject([1]), isPlainObject(new Date())); // true false false
 * ```
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  // A plain object may have a key called `constructor`.
  return !(value.constructor?.prototype === value || Symbol.toStringTag in value);
}

/**
 * Returns the reader of an argument that may be left out: undefined becomes the default.
 *
 * @example
 * ```ts
 * import { flag, optional } from "@graddiff/core/extend";
 *
 * console.log(optional(flag, true)("layer", "bias", undefined)); // true
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function optional<Value, Default = Value>(
  reader: Reader<Value>,
  otherwise: Default,
): Reader<Value | Default> {
  return (op, argument, value) => (value === undefined ? otherwise : reader(op, argument, value));
}

/**
 * The reader that takes every value: something else looks at it.
 *
 * @example
 * ```ts
 * import { anything } from "@graddiff/core/extend";
 *
 * console.log(anything("fit", "data", "all")); // all
 * ```
 */
export const anything: Reader<unknown> = (_op, _argument, value) => value;

/**
 * The reader of true and false.
 *
 * @example
 * ```ts
 * import { flag } from "@graddiff/core/extend";
 *
 * console.log(flag("layer", "bias", false)); // false
 * ```
 */
export const flag: Reader<boolean> = (op, argument, value) => {
  if (typeof value === "boolean") return value;
  throw new ArgumentError(op, argument, "true or false", describe(value));
};

/** A text, which may be empty. */
export const text: Reader<string> = (op, argument, value) => {
  if (typeof value === "string") return value;
  throw new ArgumentError(op, argument, "a text", describe(value));
};

/**
 * Returns the error for a value that is not what a reader takes. It tells that a tensor of a compiled function may be meant as
 * static.
 *
 * @example
 * ```ts
 * import { argumentError } from "@graddiff/core/extend";
 *
 * console.log(argumentError("crop", "size", "a length", "3").message); // crop: size: expected a length, got "3".
 * ```
 */
export function argumentError(
  op: string,
  argument: string,
  expected: string,
  value: unknown,
): ArgumentError {
  const got = describe(value);
  return new ArgumentError(op, argument, expected, got, hintOfStatic(value));
}

/**
 * Returns the reader of one of a few texts or numbers.
 *
 * @example
 * ```ts
 * import { oneOf } from "@graddiff/core/extend";
 *
 * console.log(oneOf("mean", "sum")("loss", "reduction", "sum")); // sum
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<Name extends string | number>(...names: readonly Name[]): Reader<Name> {
  return (op, argument, value) => {
    const name = names.find((each) => each === value);
    if (name !== undefined) return name;
    const expected = names.map(describe).join(" or ");
    throw argumentError(op, argument, expected, value);
  };
}

/**
 * Returns the reader of numbers that pass a test, which `expected` tells in words.
 *
 * @example
 * ```ts
 * import { numberThat } from "@graddiff/core/extend";
 *
 * const odd = numberThat((value) => value % 2 === 1, "an odd number");
 * console.log(odd("blur", "size", 3)); // 3
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function numberThat(holds: (value: number) => boolean, expected: string): Reader<number> {
  return (op, argument, value) => {
    if (typeof value === "number" && holds(value)) return value;
    throw argumentError(op, argument, expected, value);
  };
}

/** Any number, NaN and the infinities among them. */
export const anyNumber: Reader<number> = numberThat(() => true, "a number");

/**
 * The reader of numbers that are not NaN and not infinite.
 *
 * @example
 * ```ts
 * import { finite } from "@graddiff/core/extend";
 *
 * console.log(finite("scale", "offset", -1.5)); // -1.5
 * ```
 */
export const finite: Reader<number> = numberThat(
  (value) => Number.isFinite(value),
  "a finite number",
);

/**
 * The reader of finite numbers from 0, such as a rate.
 *
 * @example
 * ```ts
 * import { nonNegative } from "@graddiff/core/extend";
 *
 * console.log(nonNegative("SGD", "learningRate", 0)); // 0
 * ```
 */
export const nonNegative: Reader<number> = numberThat(
  (value) => Number.isFinite(value) && value >= 0,
  "a finite number from 0",
);

/**
 * The reader of finite numbers above 0.
 *
 * @example
 * ```ts
 * import { positive } from "@graddiff/core/extend";
 *
 * console.log(positive("huberLoss", "delta", 0.5)); // 0.5
 * ```
 */
export const positive: Reader<number> = numberThat(
  (value) => Number.isFinite(value) && value > 0,
  "a finite number above 0",
);

/**
 * The reader of numbers from 0 to 1: a part of a whole, or a probability.
 *
 * @example
 * ```ts
 * import { fraction } from "@graddiff/core/extend";
 *
 * console.log(fraction("Dropout", "rate", 1)); // 1
 * ```
 */
export const fraction: Reader<number> = numberThat(
  (value) => value >= 0 && value <= 1,
  "a number from 0 to 1",
);

/**
 * The reader of numbers from 0 to below 1, such as what a running mean keeps.
 *
 * @example
 * ```ts
 * import { fractionBelowOne } from "@graddiff/core/extend";
 *
 * console.log(fractionBelowOne("Adam", "beta1", 0.9)); // 0.9
 * ```
 */
export const fractionBelowOne: Reader<number> = numberThat(
  (value) => value >= 0 && value < 1,
  "a number from 0 to below 1",
);

/**
 * The reader of integers, positive or negative.
 *
 * @example
 * ```ts
 * import { integer } from "@graddiff/core/extend";
 *
 * console.log(integer("roll", "shift", -2)); // -2
 * ```
 */
export const integer: Reader<number> = numberThat((value) => Number.isInteger(value), "an integer");

/**
 * The reader of integers from 0 to 2⁵³ − 1, which count something.
 *
 * @example
 * ```ts
 * import { nonNegativeInteger } from "@graddiff/core/extend";
 *
 * console.log(nonNegativeInteger("fit", "epochs", 0)); // 0
 * ```
 */
export const nonNegativeInteger: Reader<number> = numberThat(
  (value) => Number.isSafeInteger(value) && value >= 0,
  "a non-negative integer",
);

/**
 * The reader of integers from 1 to 2⁵³ − 1, such as a length.
 *
 * @example
 * ```ts
 * import { positiveInteger } from "@graddiff/core/extend";
 *
 * console.log(positiveInteger("Dense", "inputs", 3)); // 3
 * ```
 */
export const positiveInteger: Reader<number> = numberThat(
  (value) => Number.isSafeInteger(value) && value > 0,
  "a positive integer",
);

/**
 * Returns the reader of arrays whose every entry a reader takes; a hole counts as undefined. The array is copied.
 *
 * @example
 * ```ts
 * import { listOf, positiveInteger } from "@graddiff/core/extend";
 *
 * console.log(listOf(positiveInteger, "an array of lengths")("pool", "window", [2, 3])); // [ 2, 3 ]
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function listOf<Value>(reader: Reader<Value>, expected: string): Reader<Value[]> {
  return (op, argument, value) => {
    if (Array.isArray(value)) {
      return Array.from(value, (entry, i) => reader(op, `${argument}[${i}]`, entry));
    }
    throw argumentError(op, argument, expected, value);
  };
}

/**
 * Returns the reader of one value, or of an array of them.
 *
 * @example
 * ```ts
 * import { oneOrMany, positiveInteger } from "@graddiff/core/extend";
 *
 * const read = oneOrMany(positiveInteger);
 * console.log(read("crop", "size", 3), read("crop", "size", [3, 4])); // 3 [ 3, 4 ]
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function oneOrMany<Value>(reader: Reader<Value>): Reader<Value | Value[]> {
  const many = listOf(reader, "an array");
  return (op, argument, value) => (Array.isArray(value) ? many : reader)(op, argument, value);
}

type AnyFunction = (...inputs: never) => unknown;

/**
 * Returns a function that can be called as it is and gives its result at once: no class, no async function and no
 * generator function.
 */
export function checkFunction(op: string, fn: unknown, argument = "fn"): asserts fn is AnyFunction {
  if (typeof fn !== "function") {
    throw new ArgumentError(op, argument, "a function", describe(fn));
  }
  const kind = kindOfFunction(fn);
  if (kind === "function") return;
  const expected = "a function that is called without new and returns its result";
  const hint =
    kind === "class"
      ? "Pass a function that makes or uses an instance"
      : "It must be synchronous: await outside";
  throw new ArgumentError(op, argument, expected, describe(fn), hint);
}

/**
 * The reader of functions that can be called without `new` and return their result at once: no class, no async function and
 * no generator function.
 *
 * @example
 * ```ts
 * import { callable } from "@graddiff/core/extend";
 *
 * console.log(callable("fit", "loss", Math.abs) === Math.abs); // true
 * ```
 */
export const callable: Reader<AnyFunction> = (op, argument, value) => {
  checkFunction(op, value, argument);
  return value;
};

/** Throws where a class does not define a method that its abstract class leaves to it. */
export function checkMethod<Method>(
  op: string,
  method: Method,
  name: string,
): asserts method is NonNullable<Method> {
  if (typeof method === "function") return;
  const expected = `a class with a method ${name}`;
  throw new ArgumentError(op, "", expected, "one without", "This class is to be extended");
}

/**
 * Refuses arguments after the last that a function has, since most are options that it does not know. What
 * callers of callbacks add is none of the user's doing: the index and the array of `xs.map(relu)` and
 * `xs.reduce(add)`, and the path of `treeMap(zerosLike, tree)`.
 *
 * Called with `arguments` at the top of a function it costs nothing that can be measured: it is inlined, so no object is
 * made. That is 0.3 to 0.6 ns more than with a comparison around the call, and 10 ns before the function is optimized; small
 * eager ops take 300 ns and more. Names and numbers are those of the declarations, which tests compare.
 *
 * @param op the name of the function.
 * @param most the number of its parameters.
 * @param args its `arguments`.
 * @param example a call with one list, for the hint where the surplus is a number.
 * @throws ArgumentError for more.
 *
 * @example
 * ```ts
 * import { refuseSurplus } from "@graddiff/core/extend";
 *
 * function half(x: number): number {
 *   refuseSurplus("half", 1, arguments);
 *   return x / 2;
 * }
 * console.log([2, 4].map(half)); // [ 1, 2 ]
 * ```
 */
export function refuseSurplus(
  op: string,
  most: number,
  args: ArrayLike<unknown>,
  example?: string,
): void {
  if (args.length > most) checkLast(op, most, args, example);
}

/** A separate function, so that the code that every call runs is small enough to be inlined. */
function checkLast(
  op: string,
  most: number,
  args: ArrayLike<unknown>,
  example: string | undefined,
): void {
  let { length } = args;
  while (length > most && args[length - 1] === undefined) length--;
  if (length <= most || isCallback(most, args)) return;
  const expected = `at most ${most} argument${most === 1 ? "" : "s"}`;
  const got = `${length}, the last of them ${describe(args[length - 1])}`;
  const hint = typeof args[most] === "number" && example ? hintOfList(example) : undefined;
  throw new ArgumentError(op, "", expected, got, hint);
}

/** Returns the hint for numbers that are separate arguments. */
function hintOfList(example: string): string {
  return `Several numbers are one list: ${example}`;
}

function isCallback(most: number, args: ArrayLike<unknown>): boolean {
  const [subject, index, array] = Array.prototype.slice.call(args, most - 1);
  if (args.length === most + 1) return most === 1 && typeof index === "string";
  if (args.length !== most + 2 || !Array.isArray(array)) return false;
  return typeof index === "number" && array[index] === subject;
}

/** Throws where a function with parameters is called without any argument: it would meet undefined. */
export function checkCall(op: string, fn: AnyFunction, inputs: readonly unknown[]): void {
  if (inputs.length === 0 && fn.length > 0) {
    throw new ArgumentError(op, "", `arguments for ${describe(fn)}`, "a call without any");
  }
  checkSurplus(op, fn, inputs);
}

const mostArguments = new WeakMap<AnyFunction, number>();

/** Throws where a function of the user's would be called with more arguments than it has parameters. */
export function checkSurplus(op: string, fn: AnyFunction, inputs: readonly unknown[]): void {
  if (inputs.length <= fn.length) return;
  let most = mostArguments.get(fn);
  if (most === undefined) {
    most = takesMore(fn) ? Number.POSITIVE_INFINITY : fn.length;
    mostArguments.set(fn, most);
  }
  refuseSurplus(op, most, inputs);
}

/**
 * True if a function may read more arguments than its length tells: where its head has a default or a rest
 * parameter, where it reads `arguments`, and where its source is hidden.
 */
function takesMore(fn: AnyFunction): boolean {
  const source = Function.prototype.toString.call(fn);
  const [head = ""] = source.split(/=>|\)\s*\{/, 1);
  return /\.\.\.|=/.test(head) || /\barguments\b|\[native code\]/.test(source);
}
