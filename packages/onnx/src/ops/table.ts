/**
 * The table of ops: every primitive op of core, and the composites that stay whole. It does not
 * compile with a primitive missing.
 */

import type { DType } from "@graddiff/core";
import type { PrimitiveName } from "@graddiff/core/internal";
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
import { order, placeExtreme, scatterAdd, searchSorted, take } from "./indexing.ts";
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
import { convolution, overlapAdd, slidingWindows } from "./windows.ts";
import { byPrecision, type Row, same, unsupported } from "./writer.ts";

const factorisation = unsupported(
  "ONNX has no operators that factorise matrices or solve systems",
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
  placeMax: placeExtreme("max"),
  placeMin: placeExtreme("min"),
  searchSorted,
  topK: order,
  sort: order,
  slidingWindows,
  overlapAdd,
  uniform,
  cond,
  scan,
  while: whileLoop,

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

/** Composites that stay whole: of all dtypes, or of one. */
const KEPT: Readonly<Record<string, Row & { readonly dtype?: DType }>> = {
  // onnxruntime has it for float32 alone.
  convolution: { ...convolution, dtype: "float32" },
  mean: reductionOfSome(reduction("ReduceMean")),
  normal,
  prod: reduction("ReduceProd"),
  relu: same("Relu"),
};

/** Whether an application of a composite stays whole. */
export function keeps(
  { name }: { readonly name: string },
  { inputs: [x] }: { readonly inputs: readonly { readonly dtype: DType }[] },
): boolean {
  if (!Object.hasOwn(KEPT, name)) return false;
  const { dtype = x?.dtype } = KEPT[name] ?? {};
  return dtype === x?.dtype;
}

/** How an op is written. */
export function rowOf(name: PrimitiveName): Row {
  return KEPT[name] ?? PRIMITIVES[name];
}
