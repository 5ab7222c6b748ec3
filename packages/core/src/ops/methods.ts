/**
 * The ops that are also methods of Tensor: every export here takes a tensor first.
 */

export * from "./activation.ts";
export * from "./arithmetic.ts";
export { cast } from "./cast.ts";
export { isFinite, isNaN } from "./classify.ts";
export { clip } from "./clip.ts";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where,
} from "./comparison.ts";
export { matmul } from "./contraction.ts";
export { all, any, argMax, argMin, countNonZero } from "./counting.ts";
export { cumulativeSum } from "./cumulative.ts";
export { remainder } from "./division.ts";
export { stopGradient } from "./identity.ts";
export { take } from "./indexing.ts";
export { logSoftmax, softmax } from "./normalizing.ts";
export {
  at,
  flatten,
  flip,
  type Index,
  type PadOptions,
  type PadWidths,
  pad,
  tile,
} from "./parts.ts";
export { takeAlongAxis } from "./placing.ts";
export { pow } from "./powers.ts";
export { prod } from "./prod.ts";
export { type Axes, max, mean, min, type ReductionOptions, sum } from "./reduction.ts";
export * from "./rounding.ts";
export {
  logSumExp,
  type NormOptions,
  norm,
  standardDeviation,
  type VarianceOptions,
  variance,
} from "./statistics.ts";
export * from "./transcendental.ts";
export { broadcastTo, expandDims, reshape, slice, squeeze, transpose } from "./view.ts";
