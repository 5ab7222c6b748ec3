/**
 * Operators that make tensors, and operators that change the type of elements.
 */

import { arange, type DType, eye, type Tensor, tensor, tril, triu, where } from "@graddiff/core";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { dtypeOf, type ElementType, elementTypeOf, isFloatType, refusedType } from "../types.ts";
import { type Value, wrapped } from "../value.ts";
import { filled, integers } from "./shapes.ts";

/** Returns a type among the settings of a node. */
export function typeAmong(node: Node, name: string): ElementType | undefined {
  const code = node.int(name);
  if (code === undefined) return undefined;
  const type = elementTypeOf(code);
  if (type !== undefined) return type;
  throw node.refusal(name, "floats, integers or bools", refusedType(code));
}

/** Returns the value of a Constant, from the setting that has it. */
function constant(node: Node): Value {
  const value = node.tensor("value");
  if (value !== undefined) return value;
  const { floats } = node.run.settings;
  const [whole, wholes] = [node.int("value_int"), node.ints("value_ints")];
  if (whole !== undefined) return integers([whole], []);
  if (wholes !== undefined) return integers(wholes);
  const number = node.float("value_float");
  const numbers = number === undefined ? node.floats("value_floats") : [number];
  if (numbers === undefined) throw node.refusal("value", "a tensor or numbers", "texts or nothing");
  const shape = number === undefined ? [numbers.length] : [];
  return { type: "float32", tensor: tensor(numbers, { shape, dtype: floats }) };
}

function ofShape(node: Node): Value {
  return filled(node.numbers(0), node.tensor("value"), node.run.settings.floats);
}

/** Converts unsigned 32-bit integers, whose bits are in an int32 in which those from 2³¹ on are negative. */
function fromBits(x: Tensor, dtype: DType): Tensor {
  const wide = x.cast("float64");
  return where(wide.less(0), wide.add(2 ** 32), wide).cast(dtype);
}

/** Returns the last 32 bits of numbers that may be beyond int32. */
function toBits(x: Tensor): Tensor {
  const whole = x.trunc();
  return whole
    .sub(
      whole
        .add(2 ** 31)
        .div(2 ** 32)
        .floor()
        .mul(2 ** 32),
    )
    .cast("int32");
}

/**
 * Converts to another type of elements: floats are truncated to integers, and integers to the bits of their type. Only
 * the last 32 of 64 bits are kept.
 */
export function castAs(node: Node, x: Tensor, type: ElementType, from?: ElementType): Value {
  const dtype = dtypeOf(type, node.run.settings.floats);
  if (from === "uint32" && isFloatType(type)) return { type, tensor: fromBits(x, dtype) };
  const isWide = type === "int64" || type === "uint32" || type === "uint64";
  if (x.dtype === "float64" && isWide) return { type, tensor: toBits(x) };
  const cast = x.dtype === dtype ? x : x.cast(dtype);
  return { type, tensor: wrapped(cast, type) };
}

function casted(node: Node): Value {
  const type = typeAmong(node, "to");
  if (type === undefined) throw node.refusal("to", "a type", "none");
  const { real } = node.value(0);
  // A cast of quantised integers to floats keeps their gradient.
  if (real !== undefined && isFloatType(type)) return castAs(node, real, type);
  return castAs(node, node.input(0), type, node.type(0));
}

function range(node: Node): Value {
  const [start, limit, step] = [node.number(0), node.number(1), node.number(2)];
  const { dtype } = node.input(0);
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const steps = arange(0, count, { dtype: dtype === "bool" ? "int32" : dtype });
  return { type: node.type(0), tensor: steps.mul(step).add(start) };
}

function identity(node: Node): Value {
  const [rows = 0, columns = 0] = node.input(0).shape;
  const type = typeAmong(node, "dtype") ?? node.type(0);
  const offset = node.int("k", 0);
  const numbers = eye(rows, columns, { dtype: "int32" });
  const moved =
    offset === 0
      ? numbers
      : arange(0, columns, { dtype: "int32" })
          .reshape([1, columns])
          .equal(arange(offset, rows + offset, { dtype: "int32" }).reshape([rows, 1]))
          .cast("int32");
  return castAs(node, moved, type);
}

function triangle(node: Node): Tensor {
  const x = node.input(0);
  const offset = node.values[1] === undefined ? 0 : node.number(1);
  const half = node.int("upper", 1) !== 0 ? triu : tril;
  return x.dtype === "bool" ? half(x.cast("int32"), { offset }).cast("bool") : half(x, { offset });
}

/** Returns a window, a sum of cosines with the given factors; the period of a symmetric one is one element shorter. */
function window(node: Node, factors: readonly number[]): Value {
  const size = node.number(0);
  const type = typeAmong(node, "output_datatype") ?? "float32";
  const length = node.int("periodic", 1) !== 0 ? size : size - 1;
  node.table(size);
  const values = Float64Array.from({ length: size }, (_, i) =>
    factors.reduce((sum, factor, k) => sum + factor * Math.cos((2 * Math.PI * k * i) / length), 0),
  );
  return castAs(node, tensor(values, { dtype: "float64" }), type);
}

/** Returns the mel filter bank: triangles that are evenly spaced on the mel scale. */
function melWeights(node: Node): Value {
  const [bins, length, rate, low, high] = [0, 1, 2, 3, 4].map((i) => node.number(i)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const columns = Math.floor(length / 2) + 1;
  node.table(bins + columns * bins);
  const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const [from, to] = [toMel(low), toMel(high)];
  const edges = Array.from({ length: bins + 2 }, (_, i) => {
    const hertz = 700 * (10 ** ((from + (i * (to - from)) / (bins + 2)) / 2595) - 1);
    return Math.floor(((length + 1) * hertz) / rate);
  });
  const weights = new Float64Array(columns * bins);
  for (let bin = 0; bin < bins; bin++) {
    const [left = 0, middle = 0, right = 0] = edges.slice(bin, bin + 3);
    if (left === middle) weights[middle * bins + bin] = 1;
    for (let i = left; i <= middle && left !== middle; i++) {
      weights[i * bins + bin] = (i - left) / (middle - left);
    }
    for (let i = middle; i < right && middle !== right; i++) {
      weights[i * bins + bin] = (right - i) / (right - middle);
    }
  }
  const type = typeAmong(node, "output_datatype") ?? "float32";
  return castAs(node, tensor(weights, { shape: [columns, bins], dtype: "float64" }), type);
}

export const creating = rows({
  BlackmanWindow: { read: (node) => window(node, [0.42, -0.5, 0.08]), settings: [0] },
  Cast: { read: casted },
  CastLike: { read: (node) => castAs(node, node.input(0), node.type(1), node.type(0)) },
  Constant: { read: constant },
  ConstantOfShape: { read: ofShape, settings: [0] },
  EyeLike: { read: identity },
  HammingWindow: { read: (node) => window(node, [25 / 46, -21 / 46]), settings: [0] },
  HannWindow: { read: (node) => window(node, [0.5, -0.5]), settings: [0] },
  MelWeightMatrix: { read: melWeights, settings: [0, 1, 2, 3, 4] },
  Range: { read: range, settings: [0, 1, 2] },
  Trilu: { read: triangle, settings: [1] },
});
