/**
 * The elementwise functions that may err by more than the law of `slopes.test.ts` allows, with the reasons.
 */

export interface Precision {
  /** The distance from 1 to the next greater number. */
  readonly epsilon: number;
  /** The least number above 0, which is subnormal. */
  readonly least: number;
  /** The least normal number, which has the full precision. */
  readonly normal: number;
  readonly greatest: number;
}

export const PRECISIONS: Readonly<Record<"float64" | "float32", Precision>> = {
  float64: {
    epsilon: 2 ** -52,
    least: 2 ** -1074,
    normal: 2 ** -1022,
    greatest: Number.MAX_VALUE,
  },
  float32: {
    epsilon: 2 ** -23,
    least: 2 ** -149,
    normal: 2 ** -126,
    greatest: 2 ** 128 - 2 ** 104,
  },
};

export interface Exception {
  readonly reason: string;
  /** The functions to which it applies, by the first characters of their calls. */
  readonly of: readonly string[];
  /** The orders of the derivatives to which it applies; 0 is the value. Default: 0, 1 and 2. */
  readonly orders?: readonly number[];
  /**
   * Returns the error that is allowed in addition to the bound of the law, at x for the exact value g; Infinity allows
   * NaN as well.
   */
  readonly allowed: (x: number, g: number, precision: Precision) => number;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    reason:
      "1 − y² from the result, as in PyTorch: an exponential would make value and gradient take 1.7 of the time",
    of: ["tanh("],
    orders: [1, 2],
    allowed: (_x, _g, { epsilon }) => 4 * epsilon,
  },
  {
    reason:
      "near 0 σ(−x) − σ(x) is a difference of rounded numbers: −tanh(x / 2) would take another exponential",
    of: ["sigmoid("],
    orders: [2],
    allowed: (_x, _g, { epsilon }) => epsilon / 4,
  },
  {
    reason:
      "σ(x) = 1 / (1 + e^−x) is 0 where e^−x overflows, while the true value is below the least normal number",
    of: ["sigmoid(", "softplus(", "silu(", "logSigmoid(", "logAddExp(", "mish("],
    allowed: (x, _g, { normal }) => 4 * (1 + Math.abs(x)) * normal,
  },
  {
    reason: "the same σ, of an argument that grows with x³",
    of: ['gelu(x, {"approximation":"tanh"})'],
    allowed: (x, _g, { normal }) => (1 + Math.abs(x)) ** 5 * normal,
  },
  {
    reason:
      "a factor of the result is a subnormal number, whose rounding the other factors multiply",
    of: ["erf(", "erfc(", "tanhshrink("],
    orders: [2],
    allowed: (x, _g, { least }) => 16 * (1 + Math.abs(x)) * least,
  },
  {
    reason:
      "erfc(−x / √2) and e^(−x² / 2) multiply the rounding of x² up to 50 times, and in the second derivative x + φ / Φ cancels to −1 / x",
    of: ["logNormalCdf("],
    orders: [1, 2],
    allowed: (_x, g, { epsilon }) => 2000 * epsilon * Math.abs(g),
  },
  {
    reason: "p / q² underflows before q multiplies it, where squares overflow",
    of: ["logBeta("],
    orders: [1, 2],
    allowed: (x, _g, { greatest }) => (x > Math.sqrt(greatest) / 2 ? Number.POSITIVE_INFINITY : 0),
  },
];
