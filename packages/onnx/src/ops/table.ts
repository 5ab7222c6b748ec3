/**
 * The table of ops: every primitive op of core, and the composites that stay whole. It does not
 * compile with a primitive missing.
 */

import type { DType } from "@graddiff/core";
import type {
  GroupedWindows,
  HasKernel,
  PrimitiveName,
  TensorType,
  Transposed,
} from "@graddiff/core/internal";
import type { NodeAttributes } from "../graph/model.ts";
import { LEAST_OPSET, type Opset } from "../options.ts";
import { cond, scan, whileLoop } from "./control.ts";
import {
  checkedElements,
  choice,
  chosenBy,
  comparison,
  conversion,
  cosine,
  cutRemainder,
  exceptNaN,
  expMinusOne,
  HARD_SIGMOID,
  hardSwish,
  leftShift,
  logical,
  logOnePlus,
  notEqual,
  rightShift,
  rounding,
  toBool,
  toInt32,
  truncation,
  wholeNumber,
} from "./elementwise.ts";
import { dft, realDft, realDftAdjoint } from "./fourier.ts";
import { order, putExtreme, scatterAdd, searchSorted, take } from "./indexing.ts";
import { normal, uniform } from "./random.ts";
import { extreme, product, reduction, reductionOfSome } from "./reductions.ts";
import { cumulativeSum, scanAlong } from "./scans.ts";
import {
  broadcastTo,
  concat,
  parts,
  reshape,
  slice,
  sliceBackward,
  transpose,
  unchanged,
} from "./shapes.ts";
import { asin, atan2, erf, erfc, logGamma } from "./special.ts";
import {
  convolution,
  hasMaxPool,
  hasTransposed,
  maxPool,
  overlapAdd,
  slidingWindows,
  transposedConvolution,
} from "./windows.ts";
import { byPrecision, inputOf, type Row, same, unsupported, written } from "./writer.ts";

const factorisation = unsupported(
  "ONNX has no operators that factorise matrices or solve systems",
  "Compute them outside of the model, and make what they give an input of it",
);

const ofStatistics = unsupported(
  "ONNX has no operators for Bessel functions, quantiles, and incomplete gamma and beta functions",
  "Compute them outside of the model, and make what they give an input of it",
);

const PRIMITIVES: Readonly<Record<PrimitiveName, Row>> = {
  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  neg: same("Neg"),
  pow: same("Pow"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  sign: exceptNaN("Sign"),
  floor: rounding(same("Floor")),
  ceil: rounding(same("Ceil")),
  round: rounding(same("Round")),
  trunc: rounding(truncation),
  fmod: cutRemainder,
  bitwiseAnd: same("BitwiseAnd"),
  bitwiseOr: same("BitwiseOr"),
  bitwiseXor: same("BitwiseXor"),
  bitwiseNot: same("BitwiseNot"),
  leftShift,
  rightShift,
  maximum: chosenBy("Greater", "Max"),
  minimum: chosenBy("Less", "Min"),
  exp: same("Exp"),
  expm1: expMinusOne,
  log: same("Log"),
  log1p: logOnePlus,
  sin: same("Sin"),
  cos: cosine,
  tanh: same("Tanh"),
  erf: byPrecision(exceptNaN("Erf"), erf),
  erfc,
  logGamma,
  asin,
  atan2,
  normalQuantile: ofStatistics,
  besselI0e: ofStatistics,
  besselI1e: ofStatistics,
  besselJ0: ofStatistics,
  besselJ1: ofStatistics,
  stirlingRemainder: ofStatistics,
  gammaP: ofStatistics,
  gammaQ: ofStatistics,
  gammaPInverse: ofStatistics,
  gammaQInverse: ofStatistics,
  betaI: ofStatistics,
  betaIComplement: ofStatistics,
  betaIComplementInverse: ofStatistics,
  betaIInverse: ofStatistics,
  poissonQuantile: ofStatistics,
  binomialQuantile: ofStatistics,

  equal: same("Equal"),
  notEqual,
  less: comparison("Less"),
  lessEqual: comparison("LessOrEqual"),
  greater: comparison("Greater"),
  greaterEqual: comparison("GreaterOrEqual"),
  logicalAnd: logical("And"),
  logicalOr: logical("Or"),
  logicalNot: logical("Not"),
  where: choice,

  "cast to float32": conversion("float32"),
  "cast to float64": conversion("float64"),
  "cast to number": conversion("float64"),
  "cast to int32": toInt32,
  "cast to bool": toBool,
  "whole number": wholeNumber,

  sum: reduction("ReduceSum"),
  max: reductionOfSome(extreme("ReduceMax")),
  min: reductionOfSome(extreme("ReduceMin")),
  matmul: product,

  cumulativeSum,
  cumulativeProd: scanAlong(same("Mul")),
  cumulativeMax: scanAlong(chosenBy("Greater", "Max")),
  cumulativeMin: scanAlong(chosenBy("Less", "Min")),
  linearRecurrence: scanAlong(same("Mul"), same("Add")),

  reshape,
  transpose,
  broadcastTo,
  slice,
  sliceBackward,
  parts,
  concat,
  stopGradient: unchanged,
  barrier: unchanged,
  check: checkedElements,

  take,
  takeBackward: scatterAdd,
  putMax: putExtreme("max"),
  putMin: putExtreme("min"),
  searchSorted,
  topK: order,
  sort: order,
  slidingWindows,
  overlapAdd,
  uniform,
  cond,
  scan,
  while: whileLoop,

  dft,
  realDft,
  realDftAdjoint,

  cholesky: factorisation,
  eigh: factorisation,
  eigvalsh: factorisation,
  lu: factorisation,
  luSolve: factorisation,
  qr: factorisation,
  singularValues: factorisation,
  svd: factorisation,
  triangularSolve: factorisation,
};

/** A composite that is one operator. */
interface CompositeRow extends Row {
  /** The dtypes that onnxruntime has the operator for. Default: all. */
  readonly dtypes?: readonly DType[];
  /** The version that the operator came with. Default: 17. */
  readonly since?: Opset;
  /** True if results differ from ours by rounding, or for values that are none, as NaN. Default: no. */
  readonly native?: true;
  /** True if the operator gives the first result alone. Default: all. */
  readonly first?: true;
  /** Returns true for applications that the operator takes. Default: all. */
  readonly takes?: (inputs: readonly TensorType[], attributes: Attributes) => boolean;
}

type Attributes = Readonly<Record<string, unknown>>;

const SINGLE = ["float32"] as const;
const FLOATS = ["float32", "float64"] as const;

/** Returns an operator of one input, with settings that follow from the attributes of the op. */
function native<Own>(
  operator: string,
  settings: (attributes: Own) => NodeAttributes = () => ({}),
  dtypes: readonly DType[] = SINGLE,
): CompositeRow {
  return {
    ...written<Own>((application) =>
      application.graph.node(operator, [inputOf(application)], settings(application.attributes)),
    ),
    native: true,
    dtypes,
  };
}

const alongAxis = ({ axis }: { readonly axis: number }) => ({ axis });

const greatest: CompositeRow = {
  ...maxPool,
  native: true,
  dtypes: FLOATS,
  takes: ([x], attributes) => {
    const windows = attributes as unknown as GroupedWindows;
    return hasMaxPool(x?.shape.slice(-windows.size.length) ?? [], windows);
  },
};

const COMPOSITES: Readonly<Record<string, CompositeRow>> = {
  // onnxruntime has it for float32 alone.
  convolution: { ...convolution, dtypes: SINGLE },
  mean: reductionOfSome(reduction("ReduceMean")),
  normal,
  prod: reduction("ReduceProd"),
  relu: same("Relu"),

  // onnxruntime puts it together with a product into an operator that it has for float32 alone.
  sigmoid: native("Sigmoid"),
  softplus: native("Softplus"),
  softsign: native("Softsign"),
  leakyRelu: native("LeakyRelu", ({ slope }: { slope: number }) => ({ alpha: { float: slope } })),
  elu: native("Elu", ({ alpha }: { alpha: number }) => ({ alpha: { float: alpha } })),
  hardSigmoid: native("HardSigmoid", () => HARD_SIGMOID),
  hardSwish: { ...hardSwish, native: true, dtypes: SINGLE },
  gelu: {
    ...native("Gelu", ({ approximation }: { approximation: string }) => ({
      approximate: approximation,
    })),
    since: 20,
  },
  softmax: native("Softmax", alongAxis, FLOATS),
  logSoftmax: native("LogSoftmax", alongAxis, FLOATS),
  maxPool: greatest,
  transposedConvolution: {
    ...transposedConvolution,
    native: true,
    dtypes: SINGLE,
    takes: (_inputs, attributes) => hasTransposed(attributes as unknown as Transposed),
  },
  // NaN and −∞ are no indices.
  maxPoolWithIndices: { ...greatest, first: true },
};

/** True if the operator of an op gives its first result alone. */
export function givesFirst(name: string): boolean {
  return Object.hasOwn(COMPOSITES, name) && COMPOSITES[name]?.first === true;
}

/** Ops whose operators came later than with the least version. */
const SINCE: Readonly<Record<string, Opset>> = {
  bitwiseAnd: 18,
  bitwiseOr: 18,
  bitwiseXor: 18,
  bitwiseNot: 18,
  putMax: 18,
  putMin: 18,
  // The words of random numbers are mixed by bits.
  uniform: 18,
  normal: 18,
};

/** Returns the version of the operators that an op asks for. */
export function sinceOf(name: string): Opset {
  return SINCE[name] ?? COMPOSITES[name]?.since ?? LEAST_OPSET;
}

/** The manner in which a model is written. */
export interface Manner {
  /** Undefined for the least that has all operators. */
  readonly opset: Opset | undefined;
  /** True if results are those of our ops one by one. */
  readonly exact: boolean;
  /** True if composites are opened whose operators give the first result alone. Default: no. */
  readonly opened?: boolean;
}

/** Returns the predicate that is true for an application of a composite that is written as one operator. */
export function hasKernelOf({ opset = 22, exact, opened }: Manner): HasKernel {
  return ({ name }, { inputs, attributes }) => {
    const row = Object.hasOwn(COMPOSITES, name) ? COMPOSITES[name] : undefined;
    if (row === undefined || (exact && row.native)) return false;
    if (opened && row.first) return false;
    const { dtypes, since = LEAST_OPSET, takes } = row;
    const [x] = inputs;
    if (since > opset || (dtypes && x && !dtypes.includes(x.dtype))) return false;
    return takes === undefined || takes(inputs, attributes);
  };
}

/** Returns the row of an op. */
export function rowOf(name: PrimitiveName): Row {
  return COMPOSITES[name] ?? PRIMITIVES[name];
}
