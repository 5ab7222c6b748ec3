/**
 * The dtype of numbers without another one.
 *
 * It decides what new tensors of numbers are, and what int32 and bool become in an op whose result has fractions, as
 * PyTorch's default dtype does: a computation in float64 then has no float32 that nobody has requested.
 */

import { checkFunction, oneOf, refuseSurplus } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import type { FloatDType } from "./dtype.ts";

let present: FloatDType = "float32";

/**
 * Returns the dtype that {@link setDefaultDType} or {@link withDefaultDType} has set; "float32" at first.
 *
 * @example
 * ```ts
 * import { defaultDType, withDefaultDType } from "@graddiff/core";
 *
 * console.log(defaultDType(), withDefaultDType("float64", () => defaultDType())); // float32 float64
 * ```
 */
export function defaultDType(): FloatDType {
  refuseSurplus("defaultDType", 0, arguments);
  return present;
}

function readDefault(op: string, dtype: unknown): FloatDType {
  return oneOf<FloatDType>("float32", "float64")(op, "dtype", dtype);
}

/**
 * Sets the default dtype, which is float32 at first.
 *
 * `tensor` of numbers, `zeros`, `ones`, `full`, `arange`, `linspace`, `eye`, `oneHot`, random tensors and the first
 * weights of layers have it, where no `dtype` is given. It is what int32 and bool become in ops whose results have
 * fractions, such as `div`, `mean` and `exp`. Typed arrays keep their dtype, tensors that exist keep theirs, and plain
 * numbers adapt to the tensor beside them.
 *
 * It holds for all code of the thread; {@link withDefaultDType} sets it for one function. A compiled function
 * compiles again when it is called under another default.
 *
 * @param dtype "float32" or "float64".
 * @throws ArgumentError for any other.
 * @example
 * ```ts
 * import { setDefaultDType, tensor } from "@graddiff/core";
 *
 * setDefaultDType("float64");
 * console.log(tensor([0.1]).dtype, tensor([1, 2], { dtype: "int32" }).mean().dtype); // float64 float64
 * setDefaultDType("float32");
 * ```
 */
export function setDefaultDType(dtype: FloatDType): void {
  refuseSurplus("setDefaultDType", 1, arguments);
  present = readDefault("setDefaultDType", dtype);
}

/** Runs a function of this library under another default dtype. */
export function underDefaultDType<Result>(dtype: FloatDType, fn: () => Result): Result {
  const before = present;
  present = dtype;
  try {
    return fn();
  } finally {
    present = before;
  }
}

/**
 * Runs a function under another default dtype, see {@link setDefaultDType}. The one before holds again when it has
 * returned or thrown.
 *
 * @param dtype "float32" or "float64".
 * @param fn a synchronous function without arguments.
 * @returns what it returns.
 * @throws ArgumentError for another dtype, and for a function that is async or returns a Promise, since the code of
 *   others would run under the dtype meanwhile.
 * @example
 * ```ts
 * import { ones, withDefaultDType } from "@graddiff/core";
 *
 * console.log(withDefaultDType("float64", () => ones([2])).dtype, ones([2]).dtype); // float64 float32
 * ```
 */
export function withDefaultDType<Result>(dtype: FloatDType, fn: () => Result): Result {
  refuseSurplus("withDefaultDType", 2, arguments);
  const wanted = readDefault("withDefaultDType", dtype);
  checkFunction("withDefaultDType", fn);
  const result = underDefaultDType(wanted, fn);
  if (!(result instanceof Promise)) return result;
  const expected = "a function that returns its result";
  const hint = "It must be synchronous: await outside, or give each tensor its dtype";
  throw new ArgumentError("withDefaultDType", "fn", expected, "one that returns a Promise", hint);
}
