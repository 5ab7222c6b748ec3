/**
 * Functions that come from Γ, beside `logGamma` and `digamma`. int32 gives float32.
 */

import { numberThat, refuseSurplus } from "../arguments.ts";
import { exp_f64, logGamma_f64 } from "../generated/elementary/elementary.ts";
import { apply } from "../graph/apply.ts";
import { type Op, type RuleContext, rule } from "../graph/op.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { div, reciprocal } from "./arithmetic.ts";
import { where } from "./comparison.ts";
import { type Binary, binary, defineElementwise } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";
import { digamma, logGamma } from "./special.ts";
import { log1p } from "./transcendental.ts";

/** The Bernoulli numbers B₂ₖ for k from 1 (NIST DLMF 24.2). A function, since esbuild keeps quotients. */
const bernoulliNumbers = () => [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
];

/** c₁ w + c₂ w² + … */
function seriesIn(w: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients.reduceRight<Tensor>(
    (sum, coefficient) => sum.add(coefficient).mul(w),
    w.mul(0),
  );
}

/** x to the power n, an integer from 1, by squares. */
function integerPower(x: Tensor, n: number): Tensor {
  const rest = Math.floor(n / 2);
  if (rest === 0) return x;
  const power = integerPower(x, rest).square();
  return n % 2 === 1 ? power.mul(x) : power;
}

/**
 * n! ζ(n + 1, x) for x > 0: n + 12 terms of the sum if x is small, and the Euler–Maclaurin formula of the others
 * (NIST DLMF 25.11.5). Bases of powers have the (n + 1)st root of n! in them, for n! alone would overflow.
 */
function zetaOf(x: Tensor, n: number): Tensor {
  let factorial = 1;
  let root = 1;
  if (n > 10) root = exp_f64(logGamma_f64(n + 1) / (n + 1));
  else for (let k = 2; k <= n; k++) factorial *= k;

  const terms = 12 + n;
  const isSmall = x.less(terms);
  const y = where(isSmall, x.add(terms), x);
  // B₂ₖ (n + 1) … (n + 2k − 1) / (2k)!
  let ratio = (n + 1) / 2;
  const coefficients = bernoulliNumbers().map((number, i) => {
    if (i > 0) ratio *= ((n + 2 * i) * (n + 2 * i + 1)) / ((2 * i + 1) * (2 * i + 2));
    return number * ratio;
  });
  const series = seriesIn(div(1, y.square()), coefficients);
  const tail = integerPower(div(root, y), n)
    .mul(root)
    .mul(
      div(0.5, y)
        .add(series)
        .add(1 / n),
    );
  const small = where(isSmall, x, 1);
  let sum = integerPower(div(root, small.add(terms - 1)), n + 1);
  for (let k = terms - 2; k >= 0; k--) {
    sum = sum.add(integerPower(div(root, small.add(k)), n + 1));
  }
  return where(isSmall, tail.add(sum), tail).mul(factorial);
}

/** −π dⁿ/dxⁿ cot πx from the cotangent: a polynomial, of which all terms have one sign. */
function derivativeOfCotangent(cotangent: Tensor, n: number): Tensor {
  // The coefficients of cot, and of each derivative: c ↦ −(1 + c²) c′ by the chain rule.
  let coefficients = [0, -1];
  for (let k = 1; k <= n; k++) {
    const slope = coefficients.slice(1).map((each, i) => -each * (i + 1) * Math.PI);
    coefficients = [...slope, 0, 0].map((each, i) => each + (slope[i - 2] ?? 0));
  }
  // From the greatest power: 0 times an infinite cotangent would be NaN.
  const [greatest = 0, ...others] = coefficients.toReversed();
  const start = cotangent.mul(greatest).add(others[0] ?? 0);
  return others
    .slice(1)
    .reduce<Tensor>((sum, each) => sum.mul(cotangent).add(each), start)
    .mul(Math.PI);
}

interface Order {
  readonly n: number;
}

const polygammaOp: Op = defineElementwise({
  name: "polygamma",
  symbol: "ψ⁽ⁿ⁾",
  formula: "the n-th derivative of ψ",
  promotion: "float",
  body: (x: Tensor, { n }: Order) => {
    const isNegative = x.lessEqual(0);
    const zeta = zetaOf(where(isNegative, x.neg().add(1), x), n);
    // ψ⁽ⁿ⁾(x) = (−1)ⁿ ψ⁽ⁿ⁾(1 − x) − π dⁿ/dxⁿ cot πx (DLMF 5.15.6). Where x > 0, the cotangent is that of −1/2.
    const negative = where(isNegative, x, -0.5);
    const angle = negative.sub(negative.round()).mul(Math.PI);
    const isPole = angle.equal(0);
    const sine = where(isPole, 1, angle.sin());
    const reflected = derivativeOfCotangent(angle.cos().div(sine), n).sub(zeta);
    const sign = n % 2 === 1 ? 1 : -1;
    const ofNegative = where(isPole, sign * Number.POSITIVE_INFINITY, reflected);
    return where(isNegative, ofNegative, zeta.mul(sign));
  },
  derivative: rule((cotangent: Tensor, { inputs: [x], attributes }: RuleContext) =>
    cotangent.mul(ofOrder(Number(attributes["n"]) + 1, x ?? cotangent)),
  ),
  convention: {
    text: "of even order −Infinity at the poles, and Infinity of odd order, as the values",
    points: [
      [0, -Infinity],
      [-1, -Infinity],
    ],
    attributes: { n: 1 },
  },
  domain: [
    [-1.8, -1.2],
    [-0.8, -0.2],
    [0.5, 3],
    [15, 30],
  ],
  cases: [[[]], [[5]], [[2, 3]], [[0]]],
  settings: [{ n: 1 }, { n: 2 }, { n: 5 }],
});

function ofOrder(n: number, x: Tensor): Tensor {
  return n === 0 ? digamma(x) : apply(polygammaOp, [x], { n });
}

const readOrder = numberThat(
  (value) => Number.isInteger(value) && value >= 0 && value <= 300,
  "an integer from 0 to 300",
);

/**
 * Returns the n-th derivative of `digamma`, ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x) (NIST DLMF 5.15); for n = 1 the trigamma
 * function. Its derivative is that of the next order. At 0 and the negative integers it is Infinity for an odd n and
 * −Infinity for an even one, as in PyTorch. The relative error is at most 1e-12 in float64; below 0, where an even
 * order has zeros, of the larger of two terms, and n is at most 170.
 *
 * @param n an integer from 0 to 300.
 * @throws ArgumentError for another n.
 * @example
 * ```ts
 * import { polygamma } from "@graddiff/core";
 *
 * console.log(polygamma(1, 1).item().toFixed(12)); // 1.644934066848
 * ```
 */
export function polygamma(n: number, x: TensorLike): Tensor {
  refuseSurplus("polygamma", 2, arguments);
  const order = readOrder("polygamma", "n", n);
  const [input] = promoteInputs("polygamma", [toTensor("polygamma", "x", x)], "float");
  return ofOrder(order, input);
}

/** log Γ(z) − (z − ½) log z + z − ½ log 2π for z ≥ 10: Stirling's series (NIST DLMF 5.11.1). */
function correction(z: Tensor): Tensor {
  const coefficients = bernoulliNumbers().map((number, i) => number / ((2 * i + 2) * (2 * i + 1)));
  return seriesIn(reciprocal(z).square(), coefficients.slice(0, 8)).mul(z);
}

/** log √(2π) */
const LOG_ROOT = 0.9189385332046727;

/**
 * log |B(x, y)| = log |Γ(x) Γ(y) / Γ(x + y)|, broadcast (NIST DLMF 5.12.1). Where one is 10 or greater, what cancels is
 * left out of Stirling's series before (A. DiDonato and A. Morris, ACM Transactions on Mathematical Software 18, 1992,
 * algorithm 708), in values and derivatives, too.
 *
 * @example
 * ```ts
 * import { logBeta } from "@graddiff/core";
 *
 * console.log(logBeta(2, 3).exp().item().toFixed(12)); // 0.083333333333
 * ```
 */
export const logBeta: Binary = binary({
  name: "logBeta",
  formula: "log |Γ(x) Γ(y) / Γ(x + y)|",
  promotion: "float",
  body: (x, y) => {
    const isFirst = x.less(y);
    const [less, more] = [where(isFirst, x, y), where(isFirst, y, x)];
    const isLarge = more.greaterEqual(10).logicalAnd(less.greater(0));
    const areLarge = isLarge.logicalAnd(less.greaterEqual(10));
    // The branch that is not chosen gets numbers at which its derivative is finite.
    const near = where(isLarge, 1, less);
    const direct = logGamma(near)
      .add(logGamma(more))
      .sub(logGamma(near.add(more)));

    const q = where(isLarge, more, 10);
    const p = where(isLarge, less, 1);
    const sum = p.add(q);
    const share = p.div(sum);
    const common = correction(q).sub(correction(sum));
    const logRest = log1p(share.neg());
    const one = where(areLarge, 1, p);
    const ofOne = logGamma(one)
      .add(common)
      .add(p.sub(p.mul(sum.log())).add(q.sub(0.5).mul(logRest)));
    const large = where(areLarge, p, 10);
    const ofBoth = correction(large)
      .add(common)
      .add(q.log().mul(-0.5).add(LOG_ROOT))
      .add(
        p
          .sub(0.5)
          .mul(where(areLarge, share, 1).log())
          .add(q.mul(logRest)),
      );
    const isInfinite = isLarge.logicalAnd(more.equal(Number.POSITIVE_INFINITY));
    const value = where(areLarge, ofBoth, where(isLarge, ofOne, direct));
    return where(isInfinite, Number.NEGATIVE_INFINITY, value);
  },
  domain: [
    [-0.25, -0.1],
    [0.75, 4],
    [11, 14],
  ],
  edges: [
    [1, 1, 0],
    [0, 1, Infinity],
    [1, Infinity, -Infinity],
    [NaN, 1, NaN],
    [1, NaN, NaN],
  ],
});
