/**
 * All ops, and their installation as methods of Tensor.
 */

import { Tensor, type TensorLike } from "../tensor/tensor.ts";
import * as methods from "./methods.ts";

type Operation = (first: TensorLike, ...rest: unknown[]) => Tensor;

/** A function's length leaves out parameters with defaults: only elementwise ops are sure to have all in it. */
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
  // Each export of methods.ts takes a tensor first; its other types are known to Tensor's own type.
  const call = operation as Operation;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    value: "op" in call ? fixedMethod(call) : variableMethod(call),
  });
}

export {
  type CeluOptions,
  celu,
  type EluOptions,
  elu,
  type GeluOptions,
  gelu,
  hardSigmoid,
  hardSwish,
  type LeakyReluOptions,
  leakyRelu,
  logSigmoid,
  mish,
  relu6,
  selu,
  softsign,
  tanhshrink,
} from "./activations.ts";
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
  adaptiveAveragePool1d,
  adaptiveAveragePool2d,
  adaptiveMaxPool2d,
  averagePool1d,
  averagePool2d,
  averagePool3d,
} from "./averagePooling.ts";
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  leftShift,
  rightShift,
} from "./bits.ts";
export { isClose, isInfinite, type Nearness, nanToNum, type Replacements } from "./classify.ts";
export { logicalXor } from "./comparison.ts";
export { type ConvOptions, conv1d, conv2d, conv3d } from "./convolution.ts";
export { diff } from "./differences.ts";
export {
  exponential,
  gumbel,
  type LocationOptions,
  laplace,
  randomInt,
  truncatedNormal,
} from "./distributions.ts";
export { floorDivide, fmod } from "./division.ts";
export { bernoulli, categorical, type DrawOptions, dropout, permutation } from "./drawing.ts";
export { einsum } from "./einsum.ts";
export { logBeta, polygamma } from "./gamma.ts";
export { gamma } from "./gammaDraws.ts";
export { acosh, asinh, atanh, cosh, sinh } from "./hyperbolic.ts";
export { named } from "./identity.ts";
export { type InterpolateOptions, interpolate } from "./interpolate.ts";
export { acos, asin, atan, atan2 } from "./inverse.ts";
export { concat, stack } from "./joining.ts";
export * from "./methods.ts";
export { erfInv, logit, logNormalCdf, normalCdf, sinc } from "./normal.ts";
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
export { copySign, hypot, logAddExp, xLogY } from "./pairs.ts";
export { binCount, type PutOptions, put, putAlongAxis, segmentSum } from "./placing.ts";
export {
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  type PoolOptions,
} from "./pooling.ts";
export { cross, dot, kron, outer, tensordot } from "./products.ts";
export { median, type QuantileOptions, quantile } from "./quantiles.ts";
export { normal, type RandomOptions, type SeedOptions, uniform } from "./random.ts";
export { registeredOps } from "./registry.ts";
export {
  cumulativeMax,
  cumulativeMin,
  cumulativeProd,
  logCumulativeSumExp,
} from "./scans.ts";
export { compress, nonZero, oneHot, searchSorted, unique } from "./selecting.ts";
export { splitSeed } from "./sequences.ts";
export { cosineSimilarity, pairwiseDistance } from "./similarity.ts";
export { argSort, type SortOptions, sort, type TopKOptions, topK } from "./sorting.ts";
export * from "./special.ts";
export { type Parts, split } from "./splitting.ts";
export {
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "./transposedConvolution.ts";
export { fold, unfold } from "./unfold.ts";
export type { Padding, WindowOptions } from "./windows.ts";
