/**
 * Elementwise operators.
 */

import {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cosh,
  erf,
  floorDivide,
  fmod,
  gelu,
  isInfinite,
  isNaN as isNotANumber,
  leftShift,
  logicalXor,
  mish,
  onesLike,
  rightShift,
  sinh,
  softsign,
  type Tensor,
  where,
} from "@graddiff/core";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { ELEMENT_TYPES } from "../types.ts";
import { between, binary, isWhole, unary, unaryWith, variadic } from "./kinds.ts";

/** Returns quotients; those of integers are truncated, not rounded down. */
function quotient(x: Tensor, y: Tensor): Tensor {
  return isWhole(x) ? floorDivide(x.sub(fmod(x, y)), y) : x.div(y);
}

/** Returns powers; those of integers are computed in float64, which represents int32 exactly. */
function power(x: Tensor, y: Tensor): Tensor {
  if (!isWhole(x)) return x.pow(y.cast(x.dtype));
  return x.cast("float64").pow(y.cast("float64")).cast("int32");
}

/** Returns a logical shift to the right, which fills with zeros. */
function shifted(node: Node): Tensor {
  const [x, y] = [node.input(0), node.input(1)];
  if (node.oneOf("direction", "LEFT", "RIGHT") === "LEFT") return leftShift(x, y);
  const kept = leftShift(onesLike(y), y.mul(-1).add(32)).sub(1);
  return where(y.equal(0), x, bitwiseAnd(rightShift(x, y), kept));
}

function mean(node: Node): Tensor {
  const [first, ...others] = node.all;
  if (first === undefined) throw node.refusal("inputs", "one or more tensors", "none");
  return others.reduce((sum, x) => sum.add(x), first).div(node.all.length);
}

function clipped(node: Node): Tensor {
  const x = node.input(0);
  if (node.version >= 11) return between(x, node.maybe(1), node.maybe(2));
  return between(x, node.float("min"), node.float("max"));
}

function infinite(node: Node): Tensor {
  const x = node.input(0);
  const [below, above] = [
    node.int("detect_negative", 1) !== 0,
    node.int("detect_positive", 1) !== 0,
  ];
  if (below && above) return isInfinite(x);
  if (!below && !above) return x.notEqual(x).logicalAnd(x.equal(x));
  return x.equal(below ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

/** Returns the slopes, one for each channel: up to version 6 they were a vector without further axes. */
function slopes(node: Node): Tensor {
  const [x, slope] = [node.input(0), node.input(1)];
  const isChannels = node.version < 7 && slope.rank === 1 && x.rank > 2 && slope.size > 1;
  const each = isChannels ? slope.reshape([-1, ...x.shape.slice(2).map(() => 1)]) : slope;
  return where(x.less(0), x.mul(each), x);
}

function selu(node: Node): Tensor {
  const x = node.input(0);
  const alpha = node.float("alpha", 1.6732632423543772);
  const scale = node.float("gamma", 1.0507009873554805);
  return where(x.greater(0), x, x.minimum(0).expm1().mul(alpha)).mul(scale);
}

function shrunk(node: Node): Tensor {
  const x = node.input(0);
  const [bias, limit] = [node.float("bias", 0), node.float("lambd", 0.5)];
  return where(x.less(-limit), x.add(bias), where(x.greater(limit), x.sub(bias), x.mul(0)));
}

const hardSigmoid = (x: Tensor, alpha: number, beta: number) =>
  between(x.mul(alpha).add(beta), 0, 1);

/** Negates integers within the bits of their type; a bool counts as 0 or 1. */
function negated(node: Node): Tensor {
  const x = node.input(0);
  return ELEMENT_TYPES[node.type(0)].range ? x.mul(-1) : x.neg();
}

export const elementwise = rows({
  Abs: unary((x) => x.abs()),
  Acos: unary(acos),
  Acosh: unary(acosh),
  Add: binary((x, y) => x.add(y), true),
  And: binary((x, y) => x.logicalAnd(y)),
  Asin: unary(asin),
  Asinh: unary(asinh),
  Atan: unary(atan),
  Atanh: unary(atanh),
  BitShift: { read: shifted, wraps: true },
  BitwiseAnd: binary(bitwiseAnd),
  BitwiseNot: { read: (node) => bitwiseNot(node.input(0)), wraps: true },
  BitwiseOr: binary(bitwiseOr),
  BitwiseXor: binary(bitwiseXor),
  Ceil: unary((x) => x.ceil()),
  Celu: unaryWith("alpha", 1, (x, alpha) =>
    x.maximum(0).add(x.minimum(0).div(alpha).expm1().mul(alpha)),
  ),
  Clip: { read: clipped },
  Cos: unary((x) => x.cos()),
  Cosh: unary(cosh),
  Div: binary(quotient, true),
  Elu: unaryWith("alpha", 1, (x, alpha) => where(x.greater(0), x, x.minimum(0).expm1().mul(alpha))),
  Equal: binary((x, y) => x.equal(y)),
  Erf: unary(erf),
  Exp: unary((x) => x.exp()),
  Floor: unary((x) => x.floor()),
  Gelu: {
    read: (node) =>
      gelu(node.input(0), { approximation: node.oneOf("approximate", "none", "tanh") }),
  },
  Greater: binary((x, y) => x.greater(y)),
  GreaterOrEqual: binary((x, y) => x.greaterEqual(y)),
  HardSigmoid: {
    read: (node) => hardSigmoid(node.input(0), node.float("alpha", 0.2), node.float("beta", 0.5)),
  },
  HardSwish: unary((x) => x.mul(hardSigmoid(x, 1 / 6, 0.5))),
  IsInf: { read: infinite },
  IsNaN: unary(isNotANumber),
  LeakyRelu: unaryWith("alpha", 0.01, (x, slope) => where(x.less(0), x.mul(slope), x)),
  Less: binary((x, y) => x.less(y)),
  LessOrEqual: binary((x, y) => x.lessEqual(y)),
  Log: unary((x) => x.log()),
  Max: variadic((x, y) => x.maximum(y)),
  Mean: { read: mean },
  Min: variadic((x, y) => x.minimum(y)),
  Mish: unary(mish),
  Mod: {
    read: (node) => {
      const [x, y] = [node.input(0), node.input(1)];
      return node.int("fmod", 0) === 0 ? x.remainder(y) : fmod(x, y);
    },
  },
  Mul: binary((x, y) => x.mul(y), true),
  Neg: { read: negated, wraps: true },
  Not: unary((x) => x.logicalNot()),
  Or: binary((x, y) => x.logicalOr(y)),
  PRelu: { read: slopes },
  Pow: binary(power, true),
  Reciprocal: unary((x) => x.reciprocal()),
  Relu: unary((x) => (isWhole(x) ? x.maximum(0) : x.relu())),
  Round: unary((x) => x.round()),
  Selu: { read: selu },
  Shrink: { read: shrunk },
  Sigmoid: unary((x) => x.sigmoid()),
  Sign: unary((x) => x.sign()),
  Sin: unary((x) => x.sin()),
  Sinh: unary(sinh),
  Softplus: unary((x) => x.softplus()),
  Softsign: unary(softsign),
  Sqrt: unary((x) => x.sqrt()),
  Sub: binary((x, y) => x.sub(y), true),
  Sum: variadic((x, y) => x.add(y), true),
  Tan: unary((x) => x.tan()),
  Tanh: unary((x) => x.tanh()),
  ThresholdedRelu: unaryWith("alpha", 1, (x, limit) => where(x.greater(limit), x, x.mul(0))),
  Where: { read: (node) => where(node.input(0), node.input(1), node.input(2)) },
  Xor: binary(logicalXor),
});
