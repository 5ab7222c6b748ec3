/**
 * The public functions that are composed of ops, and the methods of Tensor, which are installed here.
 *
 * In: tensors, numbers and options. Out: tensors.
 *
 * Invariant: a function here has no block. Its derivatives and batches are those of the ops that it calls.
 */

import { Tensor, type TensorLike } from "../tensor/tensor.ts";
import * as methods from "./methods.ts";

type Operation = (first: TensorLike, ...rest: unknown[]) => Tensor;

/** Returns a function's length leaves out parameters with defaults: only elementwise ops are sure to have all in it. */
function fixedMethod(call: Operation) {
  return call.length === 1
    ? function (this: Tensor, more: unknown = undefined) {
        return more === undefined ? call(this) : call(this, more);
      }
    : function (this: Tensor, y: unknown, more: unknown = undefined) {
        return more === undefined ? call(this, y) : call(this, y, more);
      };
}

function variableMethod(call: Operation) {
  return function (this: Tensor, ...rest: unknown[]) {
    return call(this, ...rest);
  };
}

for (const [name, operation] of Object.entries(methods)) {
  // Each export of methods.ts takes a tensor first; its other types are known to the type Tensor.
  const call = operation as Operation;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    value: "op" in call ? fixedMethod(call) : variableMethod(call),
  });
}

export {
  adaptiveAveragePool1d,
  adaptiveAveragePool2d,
  adaptiveAveragePool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool1dWithIndices,
  adaptiveMaxPool2d,
  adaptiveMaxPool2dWithIndices,
  adaptiveMaxPool3d,
  adaptiveMaxPool3dWithIndices,
} from "./adaptivePooling.ts";
export {
  type DiagonalOptions,
  diag,
  diagonal,
  meshgrid,
  moveAxis,
  repeat,
  roll,
  swapAxes,
  trace,
  tril,
  triu,
  unstack,
} from "./arranging.ts";
export {
  type AveragePoolOptions,
  averagePool1d,
  averagePool2d,
  averagePool3d,
} from "./averagePooling.ts";
export { type CovarianceOptions, correlation, covariance } from "./covariance.ts";
export { diff } from "./differences.ts";
export {
  exponential,
  gumbel,
  type LocationOptions,
  laplace,
  randomInt,
  truncatedNormal,
} from "./distributions.ts";
export { bernoulli, binomial, categorical, dropout, permutation, poisson } from "./drawing.ts";
export { einsum } from "./einsum.ts";
export {
  type AffineGridOptions,
  affineGrid,
  type GridSampleOptions,
  gridSample,
} from "./gridSample.ts";
export { pixelShuffle, pixelUnshuffle, rotate90 } from "./images.ts";
export { type InterpolateOptions, interpolate } from "./interpolate.ts";
export * from "./methods.ts";
export { nanMax, nanMean, nanMin, nanSum } from "./nanReductions.ts";
export {
  type GroupNormOptions,
  groupNorm,
  type LayerNormOptions,
  layerNorm,
  type NormalizeOptions,
  normalize,
  type RmsNormOptions,
  rmsNorm,
} from "./norms.ts";
export { cross, dot, kron, outer, tensordot } from "./products.ts";
export { median, type QuantileOptions, quantile } from "./quantiles.ts";
export { segmentMax, segmentMean, segmentMin, segmentProd, segmentSum } from "./segments.ts";
export { cosineSimilarity, pairwiseDistance } from "./similarity.ts";
export {
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./transposedConvolution.ts";
