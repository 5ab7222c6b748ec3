/**
 * Calculations as they are written out. A reader with a pocket calculator must find none of them false: "="
 * stands only where the numbers that are shown give exactly the number that is shown, "≈" where something was
 * rounded, and "→" where infinities come in.
 */

import { type Digits, formatFactor, formatNumber, isRounded } from "./format.ts";

/** A number, or two parts and the sign between them. */
export type Expression =
  | number
  | readonly [left: Expression, sign: "×" | "/" | "+" | "−", right: Expression];

/** The calculation, and its result with the sign before it: `1.1 × 100` and `= 110`. */
export type Lines = readonly [calculation: string, result: string];

export function equation(expression: Expression, result: number, digits: Digits): Lines {
  const shown = formatNumber(result, digits);
  return [written(expression, digits), `${signBefore(expression, result, digits)} ${shown}`];
}

/** An equation in one line, as `1.1 × 100 = 110`. */
export function equationText(expression: Expression, result: number, digits: Digits): string {
  return equation(expression, result, digits).join(" ");
}

/** The sign between a calculation and its result. */
function signBefore(expression: Expression, result: number, digits: Digits): "=" | "≈" | "→" {
  const [left, right] = [exactly(expression, digits), exactly(result, digits)];
  if (left === undefined || right === undefined) return "→";
  return left.over * right.under === right.over * left.under ? "=" : "≈";
}

/** The sign between a name and its number, which may be rounded. */
export function signOf(value: number, digits: Digits): "=" | "≈" {
  return isRounded(value, digits) ? "≈" : "=";
}

/** Products bind more closely than sums. */
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
    // A negative term is taken away.
    const isTakenAway = sign === "+" && formatNumber(right, digits).startsWith("−");
    return isTakenAway
      ? `${before} − ${formatNumber(-right, digits)}`
      : `${before} ${sign} ${formatFactor(right, digits)}`;
  }
  const isLoose =
    strength(right) < own || (strength(right) === own && sign !== "+" && sign !== "×");
  return `${before} ${sign} ${bracketed(written(right, digits), isLoose)}`;
}

function bracketed(text: string, isNeeded: boolean): string {
  return isNeeded ? `(${text})` : text;
}

/** A fraction of whole numbers. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** What the numbers give as they are shown; undefined where it is no number. */
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

/** A number as it is shown, such as −5.277e−20. */
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

/** The sum of several terms, as an expression. */
export function sumOfTerms(terms: readonly number[]): Expression {
  const [first = 0, ...others] = terms;
  return others.reduce<Expression>((sum, term) => [sum, "+", term], first);
}

/** The number that decimal arithmetic gives, as on a pocket calculator. */
export function decimalProduct(...factors: readonly number[]): number {
  const product = factors.reduce<Expression>((left, right) => [left, "×", right], 1);
  const { over, under } = exactly(product, "exact") ?? { over: 0n, under: 0n };
  // The denominator is a power of ten.
  return Number(`${over}e-${String(under).length - 1}`);
}

/** The number that is kept for a decimal one, with all the digits that it has in tens. */
export function storedText(value: number, most: number): string {
  if (!Number.isFinite(value)) return formatNumber(value, "exact");
  let [over, under] = [Math.abs(value), 1n];
  while (!Number.isInteger(over)) [over, under] = [over * 2, under * 2n];
  const whole = BigInt(over) / under;
  let rest = BigInt(over) % under;
  let text = "";
  while (rest !== 0n && text.length < most) {
    rest *= 10n;
    text += String(rest / under);
    rest %= under;
  }
  const sign = value < 0 ? "−" : "";
  return `${sign}${whole}${text === "" ? "" : `.${text}`}${rest === 0n ? "" : "…"}`;
}
