/**
 * The methods of Tensor: a closed list of what people chain, each a function whose first parameter is the tensor. A method
 * is in every bundle, with its family and, where it has one, its elementary function: 45 bytes for a composite, 1.3 kB where
 * an elementary function comes with it. So everything else is a function, which costs nothing unless it is imported.
 */

import type * as methods from "./methods.ts";

export { relu, sigmoid, silu, softplus } from "../ops/activation.ts";
export {
  abs,
  add,
  div,
  maximum,
  minimum,
  mul,
  neg,
  reciprocal,
  rsqrt,
  sign,
  sqrt,
  square,
  sub,
} from "../ops/arithmetic.ts";
export { cast } from "../ops/cast.ts";
export { isFinite, isNaN } from "../ops/classify.ts";
export { clip } from "../ops/clip.ts";
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
} from "../ops/comparison.ts";
export { matmul } from "../ops/contraction.ts";
export { all, any, argMax, argMin, countNonZero } from "../ops/counting.ts";
export { cumulativeSum } from "../ops/cumulative.ts";
export { remainder } from "../ops/division.ts";
export { stopGradient } from "../ops/identity.ts";
export { take } from "../ops/indexing.ts";
export { logSoftmax, softmax } from "../ops/normalizing.ts";
export { pow } from "../ops/powers.ts";
export { prod } from "../ops/prod.ts";
export { takeAlongAxis } from "../ops/putting.ts";
export { type Axes, max, mean, min, type ReductionOptions, sum } from "../ops/reduction.ts";
export { ceil, floor, round, trunc } from "../ops/rounding.ts";
export {
  logSumExp,
  type NormOptions,
  norm,
  standardDeviation,
  type VarianceOptions,
  variance,
} from "../ops/statistics.ts";
export {
  cos,
  exp,
  exp2,
  expm1,
  log,
  log1p,
  log2,
  log10,
  sin,
  tan,
  tanh,
} from "../ops/transcendental.ts";
export { broadcastTo, expandDims, reshape, slice, squeeze, transpose } from "../ops/view.ts";
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

/** The methods: each function of this file without its first parameter. */
type Methods = {
  [Name in keyof typeof methods]: Method<(typeof methods)[Name]>;
};

type Method<F> = F extends (first: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

declare module "../tensor/tensor.ts" {
  interface Tensor extends Methods {}
}
