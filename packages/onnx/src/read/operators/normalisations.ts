/**
 * Operators for normalisations and matrix products.
 */

import {
  arange,
  argMax,
  broadcastTo,
  einsum,
  matmul,
  ones,
  type Tensor,
  transpose,
  where,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import { Dequantised } from "../packed.ts";
import { unary } from "./kinds.ts";

/** Reshapes one number for each channel to [1, C, 1, …]. */
const perChannel = (values: Tensor, rank: number) =>
  values.reshape([1, -1, ...new Array<number>(Math.max(0, rank - 2)).fill(1)]);

/** Computes (x − mean) / √(variance + ε) over some axes. */
function standardized(x: Tensor, axes: readonly number[], epsilon: number) {
  const mean = x.mean(axes, { keepDims: true });
  const centred = x.sub(mean);
  const variance = centred.square().mean(axes, { keepDims: true });
  const inverse = variance.add(epsilon).rsqrt();
  return { normal: centred.mul(inverse), mean, inverse, variance };
}

/**
 * True if the mean and the variance of the batch are used: a setting or, before version 14, further results request it.
 */
function normalizesBatch(node: Node): boolean {
  if (node.version >= 14) return node.int("training_mode", 0) !== 0;
  return node.version >= 7 ? node.wants(1) : node.int("is_test", 0) === 0;
}

function batchNormalized(node: Node): Results {
  const x = node.input(0);
  const [scale, bias] = [perChannel(node.input(1), x.rank), perChannel(node.input(2), x.rank)];
  const epsilon = node.float("epsilon", 1e-5);
  if (node.int("spatial", 1) === 0) throw node.refusal("spatial", "1", "0");
  const isTraining = normalizesBatch(node);
  if (!isTraining) {
    const [mean, variance] = [perChannel(node.input(3), x.rank), perChannel(node.input(4), x.rank)];
    const factor = scale.mul(variance.add(epsilon).rsqrt());
    return x.mul(factor).add(bias.sub(mean.mul(factor)));
  }
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const { normal, mean, variance } = standardized(x, axes, epsilon);
  const momentum = node.float("momentum", 0.9);
  const running = (before: Tensor, now: Tensor) =>
    before.mul(momentum).add(now.reshape(before.shape).mul(1 - momentum));
  return [
    normal.mul(scale).add(bias),
    running(node.input(3), mean),
    running(node.input(4), variance),
  ];
}

function instanceNormalized(node: Node): Tensor {
  const x = node.input(0);
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const { normal } = standardized(x, axes, node.float("epsilon", 1e-5));
  return normal.mul(perChannel(node.input(1), x.rank)).add(perChannel(node.input(2), x.rank));
}

function layerNormalized(node: Node): Results {
  const [x, scale, bias] = [node.input(0), node.input(1), node.maybe(2)];
  const first = node.axis(node.int("axis", -1), x.rank);
  const axes = x.shape.map((_, axis) => axis).slice(first);
  const { normal, mean, inverse } = standardized(x, axes, node.float("epsilon", 1e-5));
  const scaled = normal.mul(scale);
  return [bias === undefined ? scaled : scaled.add(bias), mean, inverse];
}

/**
 * Computes group normalisation. Since version 21 scale and bias have a number for each channel, and before for each
 * group.
 */
function groupNormalized(node: Node): Tensor {
  const x = node.input(0);
  const [batch = 1, channels = 1] = x.shape;
  const groups = node.int("num_groups", 1);
  const rows = x.reshape([batch, groups, -1]);
  const { normal } = standardized(rows, [2], node.float("epsilon", 1e-5));
  if (node.version < 21) {
    const [scale, bias] = [node.input(1), node.input(2)].map((each) =>
      each.reshape([1, groups, 1]),
    );
    return scale && bias ? normal.mul(scale).add(bias).reshape(x.shape) : normal;
  }
  return normal
    .reshape([batch, channels, ...x.shape.slice(2)])
    .mul(perChannel(node.input(1), x.rank))
    .add(perChannel(node.input(2), x.rank));
}

/** Computes local response normalisation, from the squares of neighbouring channels. */
function localResponse(node: Node): Tensor {
  const x = node.input(0);
  const size = node.int("size", 1);
  const [, channels = 1] = x.shape;
  if (size < 1) throw node.refusal("size", "a number from 1", String(size));
  // A channel has at most `channels` neighbours, so larger windows are cut.
  const before = Math.min(channels, Math.floor((size - 1) / 2));
  const after = Math.min(channels, size - 1 - Math.floor((size - 1) / 2));
  const squares = x.square();
  const widths = x.shape.map((_, axis): [number, number] =>
    axis === 1 ? [before, after] : [0, 0],
  );
  const wide = squares.pad(widths);
  const slices = Array.from({ length: before + 1 + after }, (_, k) =>
    wide.slice(
      x.shape.map((_s, axis) => (axis === 1 ? k : 0)),
      x.shape.map((length, axis) => (axis === 1 ? k + channels : length)),
    ),
  );
  const sums = slices.reduce((sum, each) => sum.add(each));
  const base = sums.mul(node.float("alpha", 1e-4) / size).add(node.float("bias", 1));
  return x.div(base.pow(node.float("beta", 0.75)));
}

function meanVariance(node: Node): Tensor {
  const x = node.input(0);
  // Settings that existed only before version 9, when the operator was experimental.
  for (const [name, known] of [
    ["across_channels", 0],
    ["normalize_variance", 1],
  ] as const) {
    const own = node.int(name, known);
    if (own !== known)
      throw node.refusal(name, `${known}, or axes as since version 9`, String(own));
  }
  const axes = node.ints("axes") ?? [0, 2, 3];
  const centred = x.sub(x.mean(axes, { keepDims: true }));
  const deviation = centred.square().mean(axes, { keepDims: true }).sqrt();
  return centred.div(deviation.add(1e-9));
}

function byNorm(node: Node): Tensor {
  const x = node.input(0);
  const axis = node.int("axis", -1);
  const order = node.int("p", 2);
  return x.div(x.norm(axis, { order, keepDims: true }));
}

const swapped = (x: Tensor) => transpose(x, [1, 0]);

/** Returns a matrix product; a matrix of bytes is multiplied in parts: see `packed.ts`. */
function multiplied(node: Node, a: Tensor, isTransposed: boolean): Tensor {
  const second = node.value(1);
  if (second instanceof Dequantised && second.packed.isMatrix) {
    return isTransposed ? second.transposedProductOf(a) : second.productOf(a);
  }
  return matmul(a, isTransposed ? swapped(second.tensor) : second.tensor);
}

function product(node: Node): Tensor {
  const a = node.int("transA", 0) === 0 ? node.input(0) : swapped(node.input(0));
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  const whole = multiplied(node, a, node.int("transB", 0) !== 0);
  const scaled = alpha === 1 ? whole : whole.mul(alpha);
  const bias = node.maybe(2);
  if (bias === undefined) return scaled;
  return scaled.add(beta === 1 ? bias : bias.mul(beta));
}

/**
 * Computes determinants by elimination with partial pivoting. Core's `det` would bring all factorisations into every
 * program that reads a model.
 */
function determinant(x: Tensor): Tensor {
  const outer = x.shape.slice(0, -2);
  const size = x.shape.at(-1) ?? 0;
  const count = sizeOf(outer);
  let rest = x.reshape([count, size, size]);
  let product = ones([count, 1, 1], { dtype: x.dtype });
  for (let left = size; left > 0; left--) {
    const first = rest.slice([0, 0, 0], [count, left, 1]);
    const pivotRow = argMax(first.abs(), 1, { keepDims: true });
    const row = rest.takeAlongAxis(broadcastTo(pivotRow, [count, 1, left]), 1);
    const pivot = row.slice([0, 0, 0], [count, 1, 1]);
    product = product.mul(where(pivotRow.equal(0), pivot, pivot.neg()));
    // The first row is exchanged with the row of the pivot.
    const isPivot = arange(0, left, { dtype: "int32" }).reshape([left, 1]).equal(pivotRow);
    const others = where(isPivot, rest.slice([0, 0], [count, 1]), rest).slice([0, 1]);
    const column = others.slice([0, 0, 0], [count, left - 1, 1]);
    const factors = column.div(where(pivot.equal(0), 1, pivot));
    rest = others.sub(factors.mul(row)).slice([0, 0, 1]);
  }
  return product.reshape(outer);
}

export const normalisations = rows({
  BatchNormalization: { read: batchNormalized },
  Det: unary(determinant),
  Einsum: { read: (node) => einsum(node.text("equation", ""), ...node.all) },
  Gemm: { read: product, wraps: true },
  GroupNormalization: { read: groupNormalized },
  InstanceNormalization: { read: instanceNormalized },
  LRN: { read: localResponse },
  LayerNormalization: { read: layerNormalized },
  LpNormalization: { read: byNorm },
  MatMul: { read: (node) => multiplied(node, node.input(0), false), wraps: true },
  MeanVarianceNormalization: { read: meanVariance },
});
