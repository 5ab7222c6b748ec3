/**
 * The public ops. Files with only public ops are re-exported whole, so a new op needs only its block in one of them.
 */

export * from "./activation.ts";
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
export * from "./arithmetic.ts";
export * from "./bessel.ts";
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
export { binomialQuantile, poissonQuantile } from "./countQuantiles.ts";
export { floorDivide, fmod } from "./division.ts";
export { logBeta, polygamma } from "./gamma.ts";
export { gamma, logOfGamma } from "./gammaDraws.ts";
export { acosh, asinh, atanh, cosh, sinh } from "./hyperbolic.ts";
export { named } from "./identity.ts";
export { betaI, betaIComplement, betaIComplementInverse, betaIInverse } from "./incompleteBeta.ts";
export {
  gammaP,
  gammaPInverse,
  gammaQ,
  gammaQInverse,
  stirlingRemainder,
} from "./incompleteGamma.ts";
export { acos, asin, atan, atan2 } from "./inverse.ts";
export { concat, stack } from "./joining.ts";
export { erfInv, logit, logNormalCdf, normalCdf, sinc } from "./normal.ts";
export { copySign, hypot, logAddExp, xLogY } from "./pairs.ts";
export {
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  maxPool3dWithIndices,
  type PoolOptions,
} from "./pooling.ts";
export { binCount, type PutOptions, put, putAlongAxis } from "./putting.ts";
export { erfcInv, log1mExp, logDiffExp, normalQuantile } from "./quantiles.ts";
export {
  type DrawOptions,
  normal,
  type RandomOptions,
  type SeedOptions,
  uniform,
} from "./random.ts";
export { registeredOps } from "./registry.ts";
export * from "./rounding.ts";
export {
  cumulativeMax,
  cumulativeMin,
  cumulativeProd,
  logCumulativeSumExp,
} from "./scans.ts";
export { compress, nonZero, oneHot, searchSorted, unique } from "./selecting.ts";
export { splitSeed } from "./sequences.ts";
export { argSort, type SortOptions, sort, type TopKOptions, topK } from "./sorting.ts";
export { digamma, erf, erfc, logGamma } from "./special.ts";
export { type Parts, split } from "./splitting.ts";
export * from "./transcendental.ts";
export { fold, unfold } from "./unfold.ts";
export type { Padding, WindowOptions } from "./windows.ts";
