/** The operations of a typed function: the signs, and functions by their names. */

import {
  abs,
  acos,
  add,
  asin,
  atan,
  cos,
  cosh,
  div,
  exp,
  log,
  log2,
  log10,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  sub,
  type Tensor,
  type TensorLike,
  tan,
  tanh,
} from "@graddiff/core";

/** An operation of a typed function. */
export interface Operation {
  /** The function of the library; a method of Tensor has the same name. */
  readonly name: string;
  readonly apply: (...parts: TensorLike[]) => Tensor;
  /** The number of arguments. */
  readonly count: 1 | 2;
  /** True if programs write it as a method: `x.exp()`. Others are imported. */
  readonly isMethod: boolean;
}

function one(name: string, apply: (x: TensorLike) => Tensor, isMethod = true): Operation {
  return { name, apply: (x = 0) => apply(x), count: 1, isMethod };
}

function two(name: string, apply: (x: TensorLike, y: TensorLike) => Tensor, isMethod = true) {
  const operation: Operation = {
    name,
    apply: (x = 0, y = 0) => apply(x, y),
    count: 2,
    isMethod,
  };
  return operation;
}

/** The operations that are written with signs. */
export const SIGNED = {
  add: two("add", add),
  sub: two("sub", sub),
  mul: two("mul", mul),
  div: two("div", div),
  pow: two("pow", pow),
  neg: one("neg", neg),
} as const;

/** `x²`, for which the library has a separate op. */
export const SQUARE = one("square", square);

/** The functions by the names that can be typed. */
export const FUNCTIONS: ReadonlyMap<string, Operation> = new Map([
  ["exp", one("exp", exp)],
  ["ln", one("log", log)],
  ["log", one("log", log)],
  ["log2", one("log2", log2)],
  ["log10", one("log10", log10)],
  ["sqrt", one("sqrt", sqrt)],
  ["abs", one("abs", abs)],
  ["sin", one("sin", sin)],
  ["cos", one("cos", cos)],
  ["tan", one("tan", tan)],
  ["asin", one("asin", asin, false)],
  ["acos", one("acos", acos, false)],
  ["atan", one("atan", atan, false)],
  ["sinh", one("sinh", sinh, false)],
  ["cosh", one("cosh", cosh, false)],
  ["tanh", one("tanh", tanh)],
  ["σ", one("sigmoid", sigmoid)],
  ["sigmoid", one("sigmoid", sigmoid)],
  ["relu", one("relu", relu)],
  ["softplus", one("softplus", softplus, false)],
  ["max", two("maximum", maximum)],
  ["min", two("minimum", minimum)],
]);

/** Other names of functions. A line may define these names. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["log_2", "log2"],
  ["log₂", "log2"],
  ["log_10", "log10"],
  ["log₁₀", "log10"],
  ["arcsin", "asin"],
  ["arccos", "acos"],
  ["arctan", "atan"],
]);

/** Functions that are 1 divided by another. */
export const RECIPROCALS: ReadonlyMap<string, string> = new Map([
  ["sec", "cos"],
  ["csc", "sin"],
  ["cot", "tan"],
]);

/**
 * Returns the name in the table of a typed function: `Sin` is sin, and before a bracket SIN is sin, too. `Asin` is the
 * product of A and sin.
 */
export function functionOf(typed: string, isBracket: boolean): string | undefined {
  const lower = typed.toLowerCase();
  const isCapital =
    typed === lower.charAt(0).toUpperCase() + lower.slice(1) && !INVERSE.test(lower);
  const name =
    typed !== "Σ" && (isCapital || (isBracket && typed === typed.toUpperCase())) ? lower : typed;
  const known = SYNONYMS.get(name) ?? name;
  return FUNCTIONS.has(known) || RECIPROCALS.has(known) ? known : undefined;
}

/** The names of inverse functions with `a` for `arc`. */
const INVERSE = /^a(?:sin|cos|tan)$/;

/**
 * The functions whose names a line may define: σ is also a standard deviation, and the others are variables in older
 * texts.
 */
const FREE = new Set(["σ", "log2", "log10"]);

/** True if no line can define a name. */
export function isReserved(name: string): boolean {
  return CONSTANTS.has(name) || (FUNCTIONS.has(name) && !FREE.has(name));
}

/** Names that stand for numbers. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ["e", Math.E],
  ["pi", Math.PI],
  ["π", Math.PI],
]);
