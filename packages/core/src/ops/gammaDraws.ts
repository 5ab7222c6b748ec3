/**
 * Random numbers of gamma distributions, with the derivative in their parameter.
 */

import { optionsReader, refuseSurplus } from "../arguments.ts";
import { DerivativeError } from "../errors.ts";
import { cos_f64 } from "../generated/elementary/elementary.ts";
import { apply } from "../graph/apply.ts";
import { type Examples, type Op, partials, sameType } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { div, maximum, minimum } from "./arithmetic.ts";
import { batchTogether } from "./batching.ts";
import { cast, castLike } from "./cast.ts";
import { ABOVE_ZERO, checked } from "./checked.ts";
import { where } from "./comparison.ts";
import { type Binary, binary } from "./elementwise.ts";
import { stopGradient } from "./identity.ts";
import { promoteInputs } from "./promote.ts";
import { type DrawOptions, readSeed } from "./random.ts";
import { register } from "./registry.ts";
import { readWanted, sequence, wantedShape } from "./sequences.ts";
import { digamma } from "./special.ts";
import { expm1, log1p } from "./transcendental.ts";
import { broadcastTo } from "./view.ts";

/** The points of the integral of {@link slope}. */
const POINTS = 28;

/** The exponent of the integrand's decrease at which the integral ends: e^−36 of its value at 0. */
const REACH = 36;

/** Returns the points and weights of Gauss' quadrature from 0 to 1 (NIST DLMF 3.5.15), by Newton's method. */
function gaussLegendre(count: number): { readonly point: number; readonly weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    let x = cos_f64((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 6; step++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= count; k++) {
        [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    return { point: (1 + x) / 2, weight: 1 / ((1 - x * x) * slope * slope) };
  });
}

/**
 * Returns the derivative by α of a number z of the gamma distribution whose probability F stays: −∂F/∂α / p.
 *
 * With c = log z − ψ(α), where it is below 0, −z ∫ (c − s) e^(−αs + z(1 − e^−s)) ds from 0 on, else
 * z ∫ (c + s) e^(αs − z(e^s − 1)) ds: the integral of ∂p/∂α up to z, or from z on, with t = z e^(∓s). Both have one
 * sign and one peak, and Gauss' quadrature up to where they end gives 10 digits or more. α < 1 is left to α + 1, by
 * F(z; α) = F(z; α + 1) + p(z; α + 1) (NIST DLMF 8.8.5).
 */
function slope(alpha: Tensor, z: Tensor): Tensor {
  const isSmall = alpha.less(1);
  const a = where(isSmall, alpha.add(1), alpha);
  const c = z.log().sub(digamma(a));
  const [fixedA, fixedZ] = [stopGradient(a), stopGradient(z)];
  const isAbove = stopGradient(c).greaterEqual(0);
  const away = fixedA.sub(fixedZ);

  // Below the exponent is at most −(α − z) s − z s² / (s + 2), which a quadratic equation brings to −36. Above it is at
  // most (α − z) s − z s² / 2; and e^s = 1 + (36 + αs) / z at the end, where that bound is put for s once more.
  const rest = away.mul(-2).add(REACH);
  const below = rest
    .add(
      rest
        .square()
        .add(fixedA.mul(8 * REACH))
        .sqrt(),
    )
    .div(fixedA.mul(2));
  const square = away
    .add(
      away
        .square()
        .add(fixedZ.mul(2 * REACH))
        .sqrt(),
    )
    .div(fixedZ);
  const above = minimum(square, log1p(fixedA.mul(square).add(REACH).div(fixedZ)));
  const reach = where(isAbove, above, below.neg());

  let sum = z.mul(0);
  for (const { point, weight } of gaussLegendre(POINTS)) {
    const s = reach.mul(point);
    const size = a
      .mul(s)
      .sub(z.mul(expm1(s)))
      .exp();
    sum = sum.add(c.add(s).mul(size).mul(weight));
  }
  const moved = z.mul(reach).mul(sum);
  return where(isSmall, z.div(where(isSmall, alpha, 1)).mul(moved.sub(c)), moved);
}

export const gammaSlope: Binary = binary({
  name: "gammaSlope",
  symbol: "dz/dα",
  formula: "−∂F(z; α)/∂α / p(z; α) of a gamma distribution",
  promotion: "float",
  body: (alpha, z) => {
    const isZero = z.equal(0);
    const wide = cast(where(isZero, 1, z), "float64");
    return where(isZero, 0, castLike(slope(cast(alpha, "float64"), wide), z));
  },
  domain: [
    [
      [0.2, 0.8],
      [1.2, 4],
    ],
    [[0.3, 4]],
  ],
  edges: [
    [2, 0, 0],
    [0.5, 0, 0],
    [NaN, 1, NaN],
    [1, NaN, NaN],
  ],
});

/** The number of proposals: at least 95 % are taken, so one of 3 · 10¹⁰ numbers has none. */
const ROUNDS = 8;

/** Uniform numbers of each element: one for each proposal, two for each two, and one for α < 1. */
const NUMBERS = 17;

/**
 * d (1 + x / √9d)³ with d = α − 1/3 for a normal number x is taken with a probability that makes it a number of the
 * gamma distribution (G. Marsaglia and W. W. Tsang, A simple method for generating gamma variables, ACM Transactions on
 * Mathematical Software 26, 2000). α < 1 is left to α + 1, and the number multiplied by u^(1/α), as they say.
 *
 * @returns the number, NaN for an α that is not above 0, and the logarithm of its factor.
 */
function gammaOf(name: "gamma" | "logOfGamma", alpha: Tensor, seeds: Tensor) {
  const shape = alpha.shape.slice(seeds.rank);
  const uniforms = (first: number) => sequence(name, seeds, shape, { first, step: NUMBERS });
  const isSmall = alpha.less(1);
  const d = where(isSmall, alpha.add(1), alpha).sub(1 / 3);
  const width = div(1, d.mul(9).sqrt());

  let radius = d;
  let angle = d;
  let shift = d.mul(0);
  let isFound = shift.notEqual(shift);
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) {
      radius = log1p(uniforms(ROUNDS + round).neg())
        .mul(-2)
        .sqrt();
      angle = uniforms(ROUNDS + round + 1).mul(2 * Math.PI);
    }
    const x = radius.mul(round % 2 === 0 ? angle.cos() : angle.sin());
    const t = x.mul(width);
    // (1 + t)³ − 1, which has its digits for a great α.
    const v = t.mul(t.mul(t.add(3)).add(3));
    const isNumber = t.greater(-1);
    const most = x
      .square()
      .mul(0.5)
      .add(d.mul(log1p(where(isNumber, v, 0)).sub(v)));
    const isTaken = isNumber.logicalAnd(log1p(uniforms(round).neg()).less(most));
    shift = where(isFound, shift, where(isTaken, v, 0));
    isFound = isFound.logicalOr(isTaken);
  }
  const power = log1p(uniforms(NUMBERS - 1).neg()).div(where(isSmall, alpha, 1));
  const number = where(alpha.greater(0), d.mul(shift.add(1)), NaN);
  return { number, logOfFactor: where(isSmall, power, 0) };
}

/** Refuses the derivative of an integer seed: a zero would hide that one was requested. */
function refuseSeed(op: string): never {
  const expected = "a constant";
  const hint = "Use stopGradient on it";
  throw new DerivativeError(op, "seed", expected, "one that is differentiated", hint);
}

const drawnExamples: Examples = {
  domain: [[[0.2, 4]], [[0, 100]]],
  // The dtypes of the law without float32: a difference would see how the sampler jumps. The derivative is compared
  // with that of quantiles.
  dtypes: ["float32", "int32"],
  cases: [{ shapes: [[], []] }, { shapes: [[5], []] }, { shapes: [[2, 3], [2]] }],
};

/** The logarithm below which the next term of the series of F, z α / (α + 1), changes nothing. */
const SMALLEST = -40;

/** Seeds have the first axes of alpha. */
const gammaOp: Op = register({
  name: "gamma",
  symbol: "gamma",
  family: "random",
  promotion: "none",
  formula: "random numbers of a gamma distribution",
  results: sameType,
  body: ([alpha, seeds]) => {
    const shapeParameter = toTensor("gamma", "alpha", alpha ?? 0);
    const seed = toTensor("gamma", "seed", seeds ?? 0);
    const { number, logOfFactor } = gammaOf("gamma", cast(shapeParameter, "float64"), seed);
    const least = shapeParameter.dtype === "float32" ? 2 ** -126 : 2 ** -1022;
    return [castLike(maximum(number.mul(logOfFactor.exp()), least), shapeParameter)];
  },
  derivative: partials(
    (alpha, _seed, output) => gammaSlope(alpha, output ?? alpha),
    () => refuseSeed("gamma"),
  ),
  batch: batchTogether,
  examples: drawnExamples,
});

/**
 * Returns how the logarithm of z moves with α: by (ψ(α + 1) − log z) / α where z is so small that F(z) is z^α / Γ(α + 1).
 */
function slopeOfLog(alpha: Tensor, output: Tensor): Tensor {
  const isTiny = output.less(SMALLEST);
  const z = where(isTiny, 1, output).exp();
  const tiny = digamma(alpha.add(1)).sub(output).div(alpha);
  return where(isTiny, tiny, gammaSlope(alpha, z).div(z));
}

const logOfGammaOp: Op = register({
  name: "logOfGamma",
  symbol: "log gamma",
  family: "random",
  promotion: "none",
  formula: "logarithms of random numbers of a gamma distribution",
  results: sameType,
  body: ([alpha, seeds]) => {
    const shapeParameter = toTensor("logOfGamma", "alpha", alpha ?? 0);
    const seed = toTensor("logOfGamma", "seed", seeds ?? 0);
    const drawn = gammaOf("logOfGamma", cast(shapeParameter, "float64"), seed);
    return [castLike(drawn.number.log().add(drawn.logOfFactor), shapeParameter)];
  },
  derivative: partials(
    (alpha, _seed, output) => {
      const slope = slopeOfLog(cast(alpha, "float64"), cast(output ?? alpha, "float64"));
      return castLike(slope, alpha);
    },
    () => refuseSeed("logOfGamma"),
  ),
  batch: batchTogether,
  examples: drawnExamples,
});

const readDraw = optionsReader({ seed: readSeed, shape: readWanted });

/**
 * Numbers of gamma distributions, with the density z^(α − 1) e^(−z) / Γ(α). Their mean and variance are α; divide by a
 * rate, or multiply by a scale, for others.
 *
 * By the method of G. Marsaglia and W. W. Tsang (ACM Transactions on Mathematical Software 26, 2000) with eight
 * proposals for each number, in float64; one of 3 · 10¹⁰ numbers takes none of them, and is in their middle. Numbers
 * that are too small for the dtype are its least normal number, as in PyTorch.
 *
 * The derivative in α is implicit (Figurnov, Mohamed & Mnih, Implicit reparameterization gradients, 2018): how the
 * number of the same probability moves, −∂F/∂α / p for the distribution function F and the density p. It is that of JAX
 * and PyTorch, and has every order. Its relative error is at most 1e-10 in float64 for α up to 10⁸, and grows to 1e-7
 * at 10¹⁵. So the gradient of the mean of f(gamma(α)) estimates that of the expected value. The seed has none: that is
 * an error.
 *
 * @param alpha numbers above 0. A plain number gives float64 that adapts to what is beside it, int32 float32.
 * @param options `seed`, as of `uniform`; `shape` (default that of alpha), to which alpha broadcasts.
 * @returns the dtype of alpha.
 * @throws ArgumentError for an alpha that is not above 0 and finite (a compiled function throws it when it runs); ShapeError for a shape to which alpha does not broadcast; what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { gamma, grad, tensor } from "@graddiff/core";
 *
 * const alpha = tensor(2.5, { dtype: "float64" });
 * const mean = grad((a) => gamma(a, { shape: [100_000], seed: 1 }).mean());
 * console.log(mean(alpha).item().toFixed(2)); // 1.00
 * ```
 */
export function gamma(alpha: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("gamma", 2, arguments);
  return drawn("gamma", gammaOp, alpha, options);
}

/**
 * Logarithms of numbers of gamma distributions: of a small alpha, the numbers themselves would be too small for a dtype. Those
 * of alpha = 0.001 are about −1000.
 *
 * The method, the errors and the gradients are those of `gamma`; a seed gives other numbers.
 *
 * @param alpha numbers above 0. A plain number gives float64 that adapts to what is beside it, int32 float32.
 * @param options `seed`, as of `uniform`; `shape` (default that of alpha), to which alpha broadcasts.
 * @returns the dtype of alpha.
 * @throws what `gamma` throws.
 * @example
 * ```ts
 * import { logOfGamma } from "@graddiff/core";
 *
 * const draws = logOfGamma(0.001, { shape: [10_000], seed: 1 });
 * console.log(draws.mean().item() < -900, draws.min().item() < -5000); // true true
 * ```
 */
export function logOfGamma(alpha: TensorLike, options: DrawOptions): Tensor {
  refuseSurplus("logOfGamma", 2, arguments);
  return drawn("logOfGamma", logOfGammaOp, alpha, options);
}

/** Draws for an alpha that is checked, in the shape that is wanted. */
function drawn(name: string, op: Op, alpha: TensorLike, options: DrawOptions): Tensor {
  const [input] = promoteInputs(name, [toTensor(name, "alpha", alpha)], "float");
  const { seed, shape } = readDraw(name, options);
  const target = wantedShape(name, "alpha", input.shape, shape);
  const valid = checked(input, {
    op: name,
    argument: "alpha",
    low: ABOVE_ZERO,
    high: Number.MAX_VALUE,
    expected: "finite numbers above 0",
  });
  return apply(op, [broadcastTo(valid, target), seed], NO_ATTRIBUTES);
}
