/**
 * Cases in which onnxruntime computes an op differently from graddiff, with its numbers. OPS.md lists them for its web
 * build (`npm test`) and for Debian's build (`npm run table`, from debian.json).
 */

import { type DType, maximum, minimum, type Tensor, tensor, uniform } from "@graddiff/core";
import type { Case } from "./cases.ts";

type Fn = (...inputs: Tensor[]) => Tensor;

function caseOf(title: string, fn: Fn, inputs: readonly Tensor[]): Case {
  return { op: "otherwise", title, dtype: fn(...inputs).dtype, fn, inputs, values: 1 };
}

const float32 = (numbers: readonly number[]) => tensor(numbers);
const float64 = (numbers: readonly number[]) => tensor(numbers, { dtype: "float64" });
const int32 = (numbers: readonly number[]) => tensor(numbers, { dtype: "int32" });

const greater: Fn = (x, y) => maximum(x as Tensor, y as Tensor);
const lesser: Fn = (x, y) => minimum(x as Tensor, y as Tensor);

/**
 * Returns nine equal numbers: more than a vector of the processor, which may compute its elements differently from
 * single ones.
 */
const nine = (number: number) => new Array<number>(9).fill(number);

export const otherwise: readonly Case[] = [
  caseOf("√∞, float32", (x) => x.sqrt(), [float32(nine(Number.POSITIVE_INFINITY))]),
  caseOf("√∞, float64", (x) => x.sqrt(), [float64(nine(Number.POSITIVE_INFINITY))]),
  caseOf("log 1e-40, float32", (x) => x.log(), [float32(nine(1e-40))]),
  caseOf("log 1e-310, float64", (x) => x.log(), [float64(nine(1e-310))]),
  caseOf("exp 88.7, float32", (x) => x.exp(), [float32(nine(88.7))]),
  caseOf("1e-40 · 0.5, float32", (x) => x.mul(0.5), [float32(nine(1e-40))]),
  caseOf("sum of 2³¹ − 1 and 1, int32", (x) => x.sum(0), [int32([2 ** 31 - 1, 1])]),
  caseOf("2³¹ − 1 plus 1, int32", (x) => x.add(1), [int32([2 ** 31 - 1])]),
  caseOf("mean of 200,000 rows, float32", (x) => x.mean(0), [uniform([200_000, 4], { seed: 1 })]),
  caseOf("sum of 200,000 rows, float32", (x) => x.sum(0), [uniform([200_000, 4], { seed: 1 })]),
  caseOf("mean of 800,000 numbers, float32", (x) => x.mean(), [uniform([200_000, 4], { seed: 1 })]),
  caseOf("the greater of 0 and −0", greater, [float32(nine(0)), float32(nine(-0))]),
  caseOf("the greater of −0 and 0", greater, [float32(nine(-0)), float32(nine(0))]),
  caseOf("the greater of −0 and −0", greater, [float32(nine(-0)), float32(nine(-0))]),
  caseOf("the lesser of 0 and −0", lesser, [float32(nine(0)), float32(nine(-0))]),
  caseOf("the lesser of −0 and 0", lesser, [float32(nine(-0)), float32(nine(0))]),
  caseOf("the lesser of −0 and −0", lesser, [float32(nine(-0)), float32(nine(-0))]),
  caseOf("the greatest of −0 and 0", (x) => x.max(), [float32([-0, 0])]),
  caseOf("the greatest of −0s", (x) => x.max(), [float32(nine(-0))]),
  caseOf("the least of 0 and −0", (x) => x.min(), [float32([0, -0])]),
  caseOf("the least of −0s", (x) => x.min(), [float32(nine(-0))]),
  caseOf("relu of −0", (x) => x.relu(), [float32(nine(-0))]),
  caseOf("sign of −0", (x) => x.sign(), [float32(nine(-0))]),
];

/** Returns the first number of a result as OPS.md shows it, with the largest difference of any element from ours. */
export function shown(dtype: DType, first: number, difference: number): string {
  const digits = dtype === "float32" ? 8 : 16;
  const number = Object.is(first, -0)
    ? "-0"
    : String(dtype === "int32" ? first : Number(first.toPrecision(digits)));
  const apart = difference > 0 && difference < 1 ? ` (${difference.toExponential(1)} apart)` : "";
  return `${number}${apart}`.replaceAll("-", "−").replace("Infinity", "∞");
}
