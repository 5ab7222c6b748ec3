/**
 * The largest errors of functions in units in the last place that tests allow, and their table in OPS.md.
 */

import type { Tensor } from "../../src/index.ts";
import * as graddiff from "../../src/index.ts";
import { described, names } from "../elementary/support.ts";

/** The largest errors that are allowed, in units in the last place. */
export interface Limits {
  readonly float64: number;
  readonly float32: number;
  /** The number whose last place is the unit; undefined where it is the result. */
  readonly unit?: string;
  /** The arguments or results whose errors count. Default: all whose result is not a denormal number. */
  readonly of?: string;
}

const ONE = "units of 1 where the result is smaller";
const VANISHING = "results of which those below 10⁻³⁶ (float32) and 10⁻³⁰⁴ (float64) may be 0";
/** A note in the table, for functions whose errors count for positive arguments only. */
export const POSITIVE = "x > 0";

/**
 * The limits of functions that are composed of others: just above the largest errors at some 7,000 points in float64
 * and half a million in float32. The goldens have the worst points of float64. Results that are denormal numbers do not
 * count.
 */
export const COMPOSED: Readonly<Record<string, Limits>> = {
  tan: { float64: 1.95, float32: 1.95 },
  exp2: { float64: 0.8, float32: 0.51 },
  log2: { float64: 1.55, float32: 1.8 },
  log10: { float64: 1.7, float32: 2 },
  rsqrt: { float64: 1.5, float32: 1.5 },
  acos: { float64: 1.2, float32: 1.2 },
  atan: { float64: 1.85, float32: 0.51 },
  sinh: { float64: 1.8, float32: 1.8 },
  cosh: { float64: 1.75, float32: 1.7 },
  asinh: { float64: 1.6, float32: 1.75 },
  acosh: { float64: 1.95, float32: 1.8 },
  atanh: { float64: 1.65, float32: 1.9 },
  hypot: { float64: 1.2, float32: 1.45 },
  logAddExp: { float64: 1.1, float32: 1, unit: ONE },
  // A square in an exponent has a large error.
  normalCdf: { float64: 1400, float32: 200 },
  logNormalCdf: { float64: 1600, float32: 200 },
  erfInv: { float64: 1.5, float32: 2 },
  logit: { float64: 2.2, float32: 3 },
  sinc: { float64: 2.7, float32: 2.9 },
  tanhshrink: { float64: 40, float32: 40 },
  logBeta: { float64: 16, float32: 22, unit: ONE, of: "x + y that does not overflow" },
  "polygamma 1": { float64: 2.5, float32: 3, of: POSITIVE },
  "polygamma 2": { float64: 4, float32: 4.2, of: POSITIVE },
  "polygamma 3": { float64: 7, float32: 8, of: POSITIVE },
  "polygamma 7": { float64: 12, float32: 2800, of: POSITIVE },
  "polygamma 20": { float64: 40, float32: 40, of: POSITIVE },
  "polygamma 100": { float64: 400, float32: 160, of: POSITIVE },
  sigmoid: { float64: 2, float32: 2.4, of: VANISHING },
  softplus: { float64: 1.5, float32: 1.5 },
  silu: { float64: 2.3, float32: 3.5, of: VANISHING },
  logSigmoid: { float64: 1.5, float32: 1.5 },
  mish: { float64: 2.6, float32: 55 },
  gelu: { float64: 1200, float32: 210 },
  "gelu tanh": { float64: 180, float32: 170, of: VANISHING },
  elu: { float64: 0.8, float32: 0.8 },
  selu: { float64: 1.7, float32: 1.7 },
  softsign: { float64: 1.5, float32: 1.55 },
  digamma: { float64: 3.5, float32: 5, unit: ONE, of: POSITIVE },
  xLogY: { float64: 1.7, float32: 1.8 },
};

/** Errors of a function in a range of its arguments. */
interface RangeLimits {
  /** The errors of values in float64, in units in the last place, divided by 1 + the condition number. */
  readonly value: number;
  /** The relative errors of first derivatives. */
  readonly slope: number;
}

/**
 * The limits of functions whose errors follow from their condition number, the sum of |x f′(x) / f(x)| over the arguments.
 * `golden/statistics.test.ts` compares them with mpmath.
 */
export const STATISTICS: Readonly<Record<string, RangeLimits>> = {
  "gammaP, a from 10^-3 to 20": { value: 1.5, slope: 3e-12 },
  "gammaP, a from 20 to 10^4, x near a": { value: 1, slope: 2e-11 },
  "gammaP, a from 20 to 10^4, results down to 10^-300": { value: 1, slope: 2e-11 },
  "gammaP, a from 2 10^4 to 10^6": { value: 1, slope: 2e-9 },
  "gammaQ, a from 10^-3 to 20": { value: 2, slope: 2e-10 },
  "gammaQ, a from 20 to 10^4, x near a": { value: 1, slope: 3e-11 },
  "gammaQ, a from 20 to 10^4, results down to 10^-300": { value: 1, slope: 1e-11 },
  "gammaQ, a from 2 10^4 to 10^6": { value: 1, slope: 3e-9 },
  "gammaPInverse, a from 10^-3 to 20": { value: 1.5, slope: 6e-11 },
  "gammaPInverse, a from 20 to 10^4, x near a": { value: 1, slope: 9e-12 },
  "gammaPInverse, a from 20 to 10^4, results down to 10^-300": { value: 1, slope: 8e-12 },
  "gammaPInverse, a from 2 10^4 to 10^6": { value: 1, slope: 2e-9 },
  "gammaQInverse, a from 10^-3 to 20": { value: 2, slope: 7e-11 },
  "gammaQInverse, a from 20 to 10^4, x near a": { value: 1, slope: 3e-11 },
  "gammaQInverse, a from 20 to 10^4, results down to 10^-300": { value: 1, slope: 7e-12 },
  "gammaQInverse, a from 2 10^4 to 10^6": { value: 1, slope: 3e-9 },
  "normalQuantile, p from 10^-300 to 1 - 10^-12": { value: 3.5, slope: 4e-13 },
  "erfcInv, x from 10^-300 to 2 - 10^-16": { value: 5, slope: 8e-13 },
  "log1mExp, x from -700 to -10^-300": { value: 1, slope: 2e-15 },
  "logDiffExp, x - y from 10^-10 to 100": { value: 1, slope: 2e-15 },
  "besselI0e, x to 20": { value: 1.5, slope: 1e-14 },
  "besselI0e, x from 20 to 10^5": { value: 1, slope: 2e-11 },
  "besselI1e, x to 20": { value: 2.5, slope: 1e-14 },
  "besselI1e, x from 20 to 10^5": { value: 1, slope: 3e-11 },
  "besselJ0, x to 20": { value: 2, slope: 2e-15 },
  "besselJ0, x from 20 to 10^5": { value: 1, slope: 2e-15 },
  "besselJ1, x to 20": { value: 1.5, slope: 4e-15 },
  "besselJ1, x from 20 to 10^5": { value: 1, slope: 5e-15 },
  "stirlingRemainder, x from 10^-3 to 10^8": { value: 4, slope: 3e-14 },
  "betaI, a and b from 1 to 20": { value: 1.5, slope: 2e-14 },
  "betaI, a or b from 10^-3 to 1, the other to 10^4": { value: 2, slope: 4e-12 },
  "betaI, a and b from 1 to 10^4, x near the mean": { value: 0.5, slope: 2e-11 },
  "betaI, a and b from 1 to 10^4, results down to 10^-300": { value: 1, slope: 2e-11 },
  "betaI, a and b from 10^4 to 10^6": { value: 1, slope: 3e-9 },
  "betaIInverse, a and b from 1 to 20": { value: 1.5, slope: 2e-14 },
  "betaIInverse, a or b from 10^-3 to 1, the other to 10^4": { value: 2, slope: 6e-12 },
  "betaIInverse, a and b from 1 to 10^4, x near the mean": { value: 2, slope: 1e-10 },
  "betaIInverse, a and b from 1 to 10^4, results down to 10^-300": { value: 1, slope: 7e-12 },
  "betaIInverse, a and b from 10^4 to 10^6": { value: 1, slope: 1e-9 },
  "betaIComplement, a and b from 1 to 20": { value: 1, slope: 2e-14 },
  "betaIComplement, a or b from 10^-3 to 1, the other to 10^4": { value: 1.5, slope: 5e-11 },
  "betaIComplement, a and b from 1 to 10^4, x near the mean": { value: 1, slope: 3e-12 },
  "betaIComplement, a and b from 1 to 10^4, results down to 10^-300": {
    value: 1,
    slope: 1e-12,
  },
  "betaIComplement, a and b from 10^4 to 10^6": { value: 0.5, slope: 4e-9 },
  "betaIComplementInverse, a and b from 1 to 20": { value: 1.5, slope: 6e-14 },
  "betaIComplementInverse, a or b from 10^-3 to 1, the other to 10^4": {
    value: 3.5,
    slope: 5e-11,
  },
  "betaIComplementInverse, a and b from 1 to 10^4, x near the mean": { value: 1.5, slope: 1e-9 },
  "betaIComplementInverse, a and b from 1 to 10^4, results down to 10^-300": {
    value: 1,
    slope: 3e-12,
  },
  "betaIComplementInverse, a and b from 10^4 to 10^6": { value: 2, slope: 3e-10 },
};

/** Returns the table of these, for OPS.md. */
export function statisticsTable(): string {
  const rows = Object.entries(STATISTICS).map(
    ([title, { value, slope }]) => `| ${title} | ${value} | ${slope} |`,
  );
  return ["| function and range | value | derivative |", "|---|---|---|", ...rows].join("\n");
}

/** True if a function returned 0 for an exact result so small that its limit allows 0 (see {@link VANISHING}). */
export function vanishes(title: string, result: number, exact: number, least: number): boolean {
  return COMPOSED[title]?.of === VANISHING && result === 0 && Math.abs(exact) < least;
}

/** Returns a function by its title: its name, and possibly a first argument or an approximation after it. */
export function functionOf(title: string): (...inputs: Tensor[]) => Tensor {
  const [name, word] = title.split(" ");
  const fn = graddiff[name as "tan"] as (...inputs: unknown[]) => Tensor;
  if (word === undefined) return fn;
  if (word === "tanh") return (x) => fn(x, { approximation: word });
  return (...inputs) => fn(Number(word), ...inputs);
}

/** Returns the number in whose last place the error of a composed function is counted. */
export function scaleOf(title: string, result: number): number {
  return COMPOSED[title]?.unit === ONE ? Math.max(1, Math.abs(result)) : result;
}

/** Returns a number as text, with a minus sign instead of a hyphen. */
const written = (x: number | undefined) => String(x).replace("-", "−");

/** The limits of the functions of the elementary module, which are not composed of others, and their units. */
const ELEMENTARY: Readonly<Record<string, Limits>> = Object.fromEntries(
  names.map((name) => {
    const { worst, cancelsBelow } = described[name];
    const limits = { float64: worst.f64, float32: worst.f32 };
    const unit = `units of x where the result is smaller, below ${written(cancelsBelow)}`;
    return [name, cancelsBelow === undefined ? limits : { ...limits, unit }];
  }),
);

/** The limits of all functions whose results are rounded more than once. */
export const LIMITS: Readonly<Record<string, Limits>> = { ...ELEMENTARY, ...COMPOSED };

/** The largest error in units in the last place with which README.md does not name a function. */
export const MOST = 2;

/**
 * Returns the titles of the functions that may err by more than {@link MOST} units in a dtype, largest errors first.
 */
function exceeding(dtype: "float64" | "float32"): readonly string[] {
  const entries = Object.entries(LIMITS).filter(([, limits]) => limits[dtype] > MOST);
  return entries.sort(([, a], [, b]) => b[dtype] - a[dtype]).map(([title]) => title);
}

/** Returns the table of errors, for OPS.md. */
export function errorTable(): string {
  const rows = Object.entries(LIMITS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, { float64, float32, unit, of }]) => {
      const said = [unit, of && `of ${of}`].filter((each) => each !== undefined);
      return `| ${title} | ${float64} | ${float32} | ${said.join(", ")} |`;
    });
  return ["| function | float64 | float32 | counted |", "|---|---|---|---|", ...rows].join("\n");
}

/** Returns the sentences on errors in README.md, without line breaks. */
export function errorSentences(): string {
  const [wide, narrow] = [exceeding("float64"), exceeding("float32")];
  const names = new Set([...wide, ...narrow].map((title) => `\`${title.split(" ")[0]}\``));
  const worst = (dtype: "float64" | "float32", [title = ""]: readonly string[]) =>
    `\`${title}\` in ${dtype} (${LIMITS[title]?.[dtype]})`;
  return (
    `Most functions err by at most ${MOST} units in the last place. These err by more: ${listed([...names].sort())}. ` +
    `The largest errors, far out, are those of ${worst("float64", wide)} and ${worst("float32", narrow)}: ` +
    "OPS.md has a table."
  );
}

/** Returns the statement on elementary functions in ARCHITECTURE.md of core, without line breaks. */
export function elementaryErrors(): string {
  const most = 1.4;
  const entries = Object.entries(ELEMENTARY).flatMap(([name, limits]) =>
    (["float64", "float32"] as const).map((dtype) => ({
      name: `${name} of ${dtype}`,
      error: limits[dtype],
    })),
  );
  const larger = entries.filter(({ error }) => error > most).sort((a, b) => a.error - b.error);
  const words = larger.map(({ name, error }) => `${error} for ${name}`);
  return `${most} units in the last place, with ${words.length} exceptions. These are ${listed(words)}`;
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
