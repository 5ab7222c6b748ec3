/**
 * Quantised numbers: integers that represent (integer − zero) · scale. Gradients pass straight through the rounding
 * where its result is in the range of the integers, and are 0 beyond it, as those of PyTorch's `fake_quantize`; through
 * operators that take integers as such, a MaxPool of int8 say, none pass.
 */

import {
  clip,
  matmul,
  maximum,
  minimum,
  round,
  stopGradient,
  type Tensor,
  where,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { Dequantised, EXACT, Packed } from "../packed.ts";
import { type ElementType, narrowRange } from "../types.ts";
import type { Value } from "../value.ts";
import { typeAmong } from "./creating.ts";
import { convolve } from "./windows.ts";

/** Returns a value of integers, given as floats. */
function wholeValue(type: ElementType, real: Tensor): Value {
  return {
    type,
    real,
    size: real.size,
    get tensor() {
      return real.cast("int32");
    },
  };
}

/** Returns the integers of an input as floats, minus the zero point, if there is one. */
function centred(node: Node, i: number, zero: number, axis?: number): Tensor {
  const { floats } = node.run.settings;
  const value = node.value(i);
  const own = node.maybe(zero)?.cast(floats);
  if (value instanceof Packed && (own?.size ?? 1) === 1) {
    const less = own?.reshape([]);
    return value.whole((elements) =>
      less === undefined ? elements.cast(floats) : elements.cast(floats).sub(less),
    );
  }
  const x = value.real?.cast(floats) ?? value.tensor.cast(floats);
  return own === undefined ? x : x.sub(along(node, own, x.shape, axis));
}

/**
 * Returns one number for all, or one for each element along an axis or for each block of elements along it, so that it
 * broadcasts.
 */
function along(node: Node, numbers: Tensor, shape: readonly number[], axis?: number): Tensor {
  if (numbers.size === 1) return numbers.reshape([]);
  if (axis === undefined) throw node.refusal("scale", "one number", `${numbers.size}`);
  const own = node.axis(axis, shape.length);
  const block = node.int("block_size", 0);
  if (block > 0) return repeated(numbers, own, block).slice([], shape);
  return numbers.reshape(shape.map((length, i) => (i === own ? length : 1)));
}

/** Returns each slice along an axis several times. */
function repeated(x: Tensor, axis: number, count: number): Tensor {
  const [before, behind] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)];
  const wide = x.expandDims(axis + 1).broadcastTo([...before, count, ...behind]);
  return wide.reshape(x.shape.map((length, i) => (i === axis ? count * length : length)));
}

/** Returns the range of the integers of a type. */
function boundsOf(node: Node, type: ElementType): readonly [low: number, high: number] {
  const range = narrowRange(type);
  if (range === undefined) throw node.refusal("type", "integers of 8 or 16 bits", type);
  const [low, high] = range;
  return [low === 0 ? 0 : -(2 ** low), 2 ** high - 1];
}

/** Rounds to the integers of a type, half to even, like PyTorch and onnxruntime. */
function quantisedAs(node: Node, type: ElementType, steps: Tensor, zero: Tensor | number): Value {
  const [low, high] = boundsOf(node, type);
  const whole = round(stopGradient(steps)).add(zero);
  const isInside = whole.greaterEqual(low).logicalAnd(whole.lessEqual(high));
  const smooth = where(isInside, steps, 0);
  // NaN becomes the least integer, as in onnxruntime.
  const known = where(whole.equal(whole), whole, low);
  return wholeValue(type, clip(known, low, high).add(smooth.sub(stopGradient(smooth))));
}

function quantise(node: Node): Value {
  const [x, scale] = [node.input(0), node.input(1)];
  const axis = node.int("axis", 1);
  const type = node.values[2]?.type ?? typeAmong(node, "output_dtype") ?? "uint8";
  const zero = node.maybe(2)?.cast(x.dtype);
  const steps = x.div(along(node, scale, x.shape, axis));
  return quantisedAs(node, type, steps, zero === undefined ? 0 : along(node, zero, x.shape, axis));
}

function dequantise(node: Node): Value | Tensor {
  const [value, scale] = [node.value(0), node.input(1)];
  const axis = node.int("axis", 1);
  if (value instanceof Packed && node.int("block_size", 0) === 0) {
    const axisOfScale = scale.size === 1 ? 0 : node.axis(axis, value.shape.length);
    const isRow = scale.size === 1 || (axisOfScale === 0 && scale.size === value.rows);
    const isColumn = axisOfScale === 1 && value.isMatrix;
    if (isRow || isColumn) {
      return new Dequantised(value, node.type(1), scale, node.maybe(2), isRow ? 0 : 1);
    }
  }
  const x = centred(node, 0, 2, axis);
  return { type: node.type(1), tensor: x.mul(along(node, scale, x.shape, axis)) };
}

/**
 * Quantises with a scale and a zero point that are computed from the least and the greatest number, so that 0 is exact.
 */
function quantiseDynamically(node: Node): Value[] {
  const x = node.input(0);
  const [low, high] = [minimum(x.min(), 0), maximum(x.max(), 0)];
  const span = high.sub(low).div(255);
  const scale = where(span.equal(0), 1, span);
  const zero = stopGradient(clip(round(low.neg().div(scale)), 0, 255));
  return [
    quantisedAs(node, "uint8", x.div(scale), zero),
    { type: node.type(0), tensor: scale },
    wholeValue("uint8", zero),
  ];
}

/** The indices among the inputs of a factor of bytes: of its integers, and of their zero point. */
interface InputIndices {
  readonly value: number;
  readonly zero: number;
}

/**
 * Returns the exact product of integers of one byte, as floats, in sums of at most {@link EXACT} products.
 */
function exactProduct(node: Node, first: InputIndices, second: InputIndices): Tensor {
  const a = centred(node, first.value, first.zero, -2);
  const value = node.value(second.value);
  const zero = node.maybe(second.zero);
  if (value instanceof Packed && value.isLarge && (zero?.size ?? 1) === 1) {
    return value.exactProductOf(a, zero?.cast(a.dtype).reshape([]));
  }
  const b = centred(node, second.value, second.zero, -1);
  const length = a.shape.at(-1) ?? 0;
  if (length <= EXACT) return matmul(a, b);
  const [outer, across] = [a.shape.slice(0, -1), b.shape.slice(0, -2)];
  const behind = b.shape.slice(-1);
  let sum: Tensor | undefined;
  for (let from = 0; from < length; from += EXACT) {
    const to = Math.min(length, from + EXACT);
    const left = a.slice([...outer.map(() => 0), from], [...outer, to]);
    const right = b.slice([...across.map(() => 0), from], [...across, to, ...behind]);
    const product = matmul(left, right).cast("float64");
    sum = sum === undefined ? product : sum.add(product);
  }
  return sum ?? matmul(a, b);
}

/** Returns the exact convolution of integers of one byte, as floats. */
function exactConvolution(node: Node, first: InputIndices, second: InputIndices): Tensor {
  const x = centred(node, first.value, first.zero);
  const weight = centred(node, second.value, second.zero, 0);
  const [, ...window] = weight.shape;
  const isExact = sizeOf(window) <= EXACT;
  return isExact
    ? convolve(node, x, weight)
    : convolve(node, x.cast("float64"), weight.cast("float64"));
}

/**
 * Converts sums of products of integers to the integers of a QLinear operator, whose scales and zero point are inputs
 * at fixed indices.
 */
function requantised(node: Node, sums: Tensor, channels: readonly number[]): Value {
  const { floats } = node.run.settings;
  const by = node.input(4);
  const scales = by.size === 1 ? by.reshape([]) : by.reshape(channels);
  const scale = node.input(1).reshape([]).mul(scales).div(node.input(6).reshape([]));
  const { type, tensor: zero } = node.value(7);
  return quantisedAs(node, type, sums.cast(floats).mul(scale), zero.cast(floats).reshape([]));
}

function quantisedConvolution(node: Node): Value {
  const sums = exactConvolution(node, FIRST, SCALED_SECOND);
  const channels = [-1, ...sums.shape.slice(2).map(() => 1)];
  const bias = node.maybe(8)?.cast(sums.dtype).reshape(channels);
  return requantised(node, bias === undefined ? sums : sums.add(bias), channels);
}

function quantisedProduct(node: Node): Value {
  return requantised(node, exactProduct(node, FIRST, SCALED_SECOND), [-1]);
}

const FIRST: InputIndices = { value: 0, zero: 2 };
const SECOND: InputIndices = { value: 1, zero: 3 };
/** The indices of the second factor of a QLinear operator, in which each factor is followed by its scale. */
const SCALED_SECOND: InputIndices = { value: 3, zero: 5 };

export const quantised = rows({
  ConvInteger: { read: (node) => wholeValue("int32", exactConvolution(node, FIRST, SECOND)) },
  DequantizeLinear: { read: dequantise },
  DynamicQuantizeLinear: { read: quantiseDynamically },
  MatMulInteger: { read: (node) => wholeValue("int32", exactProduct(node, FIRST, SECOND)) },
  QLinearConv: { read: quantisedConvolution },
  QLinearMatMul: { read: quantisedProduct },
  QuantizeLinear: { read: quantise },
});
