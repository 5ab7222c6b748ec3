/**
 * Written calculations. A reader with a pocket calculator must not find one false: "=" is written only if the shown
 * numbers give exactly the shown result, "≈" if something was rounded, and "→" with infinities.
 */

import { type Digits, formatFactor, formatNumber, isRounded } from "./format.ts";

/** A number, or two expressions with a sign between them. */
export type Expression =
  | number
  | readonly [left: Expression, sign: "×" | "/" | "+" | "−", right: Expression];

/** The calculation, and its result with the sign before it: `1.1 × 100` and `= 110`. */
export type Lines = readonly [calculation: string, result: string];

export function equation(expression: Expression, result: number, digits: Digits): Lines {
  const shown = formatNumber(result, digits);
  return [written(expression, digits), `${signBefore(expression, result, digits)} ${shown}`];
}

/** Returns an equation in one line, as `1.1 × 100 = 110`. */
export function equationText(expression: Expression, result: number, digits: Digits): string {
  return equation(expression, result, digits).join(" ");
}

/** Returns the sign between a calculation and its result. */
function signBefore(expression: Expression, result: number, digits: Digits): "=" | "≈" | "→" {
  const [left, right] = [exactly(expression, digits), exactly(result, digits)];
  if (left === undefined || right === undefined) return "→";
  return isSame(left, right) ? "=" : "≈";
}

/** Returns the sign between a name and its number: "≈" if the number is rounded. */
export function signOf(value: number, digits: Digits): "=" | "≈" {
  return isRounded(value, digits) ? "≈" : "=";
}

/** Returns the precedence of an expression: products bind more closely than sums. */
function strength(expression: Expression): number {
  if (typeof expression === "number") return 3;
  return expression[1] === "×" || expression[1] === "/" ? 2 : 1;
}

export function written(expression: Expression, digits: Digits): string {
  if (typeof expression === "number") return formatNumber(expression, digits);
  const [left, sign, right] = expression;
  const own = strength(expression);
  const before = bracketed(written(left, digits), strength(left) < own);
  if (typeof right === "number") {
    // A negative term is written as a subtraction.
    const isTakenAway = sign === "+" && formatNumber(right, digits).startsWith("−");
    return isTakenAway
      ? `${before} − ${formatNumber(-right, digits)}`
      : `${before} ${sign} ${formatFactor(right, digits)}`;
  }
  const isLoose =
    strength(right) < own || (strength(right) === own && sign !== "+" && sign !== "×");
  const after = bracketed(written(right, digits), isLoose);
  if (!after.startsWith("−")) return `${before} ${sign} ${after}`;
  // A product whose first factor is negative is written as a subtraction, or with this factor in brackets.
  if (sign === "+" && strength(right) > own) return `${before} − ${after.slice(1)}`;
  return `${before} ${sign} ${after.replace(/^\S+/, "($&)")}`;
}

function bracketed(text: string, isNeeded: boolean): string {
  return isNeeded ? `(${text})` : text;
}

/** A fraction of whole numbers. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** Returns the exact result of an expression with its numbers as shown; undefined if there is none. */
function exactly(expression: Expression, digits: Digits): Fraction | undefined {
  if (typeof expression === "number") return decimal(formatNumber(expression, digits));
  const [left, sign, right] = expression;
  const [a, b] = [exactly(left, digits), exactly(right, digits)];
  if (a === undefined || b === undefined) return undefined;
  switch (sign) {
    case "×":
      return { over: a.over * b.over, under: a.under * b.under };
    case "/":
      return b.over === 0n ? undefined : { over: a.over * b.under, under: a.under * b.over };
    case "+":
      return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
    case "−":
      return { over: a.over * b.under - b.over * a.under, under: a.under * b.under };
    default:
      return sign satisfies never;
  }
}

/** Returns the exact value of a shown number, such as −5.277e−20. */
function decimal(text: string): Fraction | undefined {
  const [, sign = "", whole = "", part = "", exponent = "0"] =
    text.replaceAll("−", "-").match(/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/) ?? [];
  if (whole === "") return undefined;
  const power = Number(exponent) - part.length;
  const digits = BigInt(sign + whole + part);
  return power < 0
    ? { over: digits, under: 10n ** BigInt(-power) }
    : { over: digits * 10n ** BigInt(power), under: 1n };
}

/** Returns the sum of several terms, as an expression. */
export function sumOfTerms(terms: readonly number[]): Expression {
  const [first = 0, ...others] = terms;
  return others.reduce<Expression>((sum, term) => [sum, "+", term], first);
}

/** An exact product of decimal numbers, as computed on paper. */
export interface DecimalProduct {
  /** The float nearest to it. */
  readonly nearest: number;
  /** True if a number, as printed, equals the product exactly. */
  isExactly(value: number): boolean;
}

export function decimalProduct(...factors: readonly number[]): DecimalProduct {
  const expression = factors.reduce<Expression>((left, right) => [left, "×", right], 1);
  const product = exactly(expression, "exact") ?? { over: 0n, under: 1n };
  return {
    // The denominator is a power of ten.
    nearest: Number(`${product.over}e-${String(product.under).length - 1}`),
    isExactly: (value) => {
      const printed = exactly(value, "exact");
      return printed !== undefined && isSame(printed, product);
    },
  };
}

/** True if the float of a decimal equals it exactly, as for 0.5 but not for 0.1. */
export function isDecimal(value: number): boolean {
  const written = exactly(value, "exact");
  return written !== undefined && isSame(written, keptAs(value));
}

function isSame(a: Fraction, b: Fraction): boolean {
  return a.over * b.under === b.over * a.under;
}

/** Returns the exact value of a finite float as a fraction whose denominator is a power of two. */
function keptAs(value: number): Fraction {
  let [over, under] = [value, 1n];
  while (!Number.isInteger(over)) [over, under] = [over * 2, under * 2n];
  return { over: BigInt(over), under };
}

/** Numbers from 10^21 on and below 10^−6 are written with an exponent, as JavaScript does. */
const LARGEST_PLAIN = 21;
const SMALLEST_PLAIN = -6;

/** Returns the exact value of a float in decimal digits, at most `most` of them. */
export function storedText(value: number, most: number): string {
  if (!Number.isFinite(value) || value === 0) return formatNumber(value, "exact");
  const sign = value < 0 ? "−" : "";
  const { over, under } = keptAs(Math.abs(value));
  let exponent = over >= under ? String(over / under).length - 1 : -1;
  while (over * 10n ** BigInt(Math.max(0, -exponent)) < under) exponent--;
  const isPlain = exponent < LARGEST_PLAIN && exponent >= SMALLEST_PLAIN;
  // A number with an exponent has one digit before the point.
  const shift = isPlain ? 0 : exponent;
  const [scaled, unit] = [
    over * 10n ** BigInt(Math.max(0, -shift)),
    under * 10n ** BigInt(Math.max(0, shift)),
  ];
  let rest = scaled % unit;
  let part = "";
  while (rest !== 0n && part.length < most) {
    rest *= 10n;
    part += String(rest / unit);
    rest %= unit;
  }
  const power = isPlain ? "" : `e${shift < 0 ? "−" : "+"}${Math.abs(shift)}`;
  return `${sign}${scaled / unit}${part && `.${part}`}${rest === 0n ? "" : "…"}${power}`;
}
