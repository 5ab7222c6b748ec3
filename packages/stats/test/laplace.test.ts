/** `laplace`: modes, covariances and evidences beside mpmath's, exact normal posteriors at every scale, and the refusals. */

import { setRunner, type Tensor, tensor } from "@graddiff/core";
import { cholesky } from "@graddiff/core/linalg";
import {
  Bernoulli,
  Gamma,
  HalfCauchy,
  laplace,
  MultivariateNormal,
  model,
  Normal,
  Poisson,
} from "@graddiff/stats";
import { afterEach, expect, test } from "vitest";
import { bitsOf, complaint, double, golden } from "./support.ts";

afterEach(() => {
  setRunner("wasm");
});

/** Returns the largest difference of two tensors, relative to the largest element of the second. */
function distance(got: Tensor, expected: Tensor): number {
  return got.sub(expected).abs().max().div(expected.abs().max()).item();
}

test("regressions of counts and of classes have mpmath's modes, covariances and evidences", () => {
  const { scale, x, poisson, bernoulli } = golden("laplace");
  const regression = (isOfCounts: boolean) =>
    model(({ draw, observe }, { x, y }: { x: Tensor; y: Tensor }) => {
      const weights = draw(Normal(0, scale), [3]);
      const eta = x.matmul(weights);
      observe(isOfCounts ? Poisson(eta.exp()) : Bernoulli({ logits: eta }), y);
      return { weights };
    });
  for (const [isOfCounts, known] of [
    [true, poisson],
    [false, bernoulli],
  ] as const) {
    for (const seed of [0, 1, 2]) {
      const data = { x: double(x), y: double(known.y) };
      const found = laplace(regression(isOfCounts), { data, seed, draws: 30 });
      expect(distance(found.mode.weights, double(known.mode))).toBeLessThan(1e-13);
      expect(distance(found.covariance, double(known.covariance))).toBeLessThan(1e-12);
      expect(Math.abs(found.logEvidence - known.logEvidence)).toBeLessThan(1e-12 * 40);
    }
  }
});

test("a rate has the mode and the evidence of the formula, in the unbounded unknown", () => {
  // The logarithm u of a gamma variable has the density b^a exp(a u − b exp u)/Γ(a).
  const [a, b] = [6.5, 0.02];
  const rate = model(({ draw }) => ({ rate: draw(Gamma(a, b)) }));
  const { mode, covariance, logEvidence } = laplace(rate);
  expect(mode.rate.item()).toBeCloseTo(a / b, 10);
  expect(covariance.toArray()).toEqual([[expect.closeTo(1 / a, 13)]]);
  // Stirling's formula for Γ(6.5), whose logarithm is 5.662562059857141, against the integral, which is 1.
  const stirling = 0.5 * Math.log((2 * Math.PI) / a) + a * Math.log(a) - a;
  expect(logEvidence).toBeCloseTo(stirling - 5.662562059857141, 12);
});

/** A normal density of three unknowns around a centre far from the start, at any scale. */
function gauss(scale: number) {
  const factor = double([
    [1, 0, 0],
    [-0.6, 0.4, 0],
    [0.2, 0.7, 3],
  ]).mul(scale);
  const centre = double([5, -7, 2]).mul(scale * 100);
  const prior = MultivariateNormal(centre, { cholesky: factor });
  const logDensity = ({ x }: { x: Tensor }) => prior.logProb(x);
  return { factor, centre, of: { logDensity, start: { x: double([0, 0, 0]) } } };
}

test.each([1e-8, 1e-3, 1, 1e5, 1e9])(
  "a normal posterior of the scale %s is found exactly",
  (scale) => {
    const { factor, centre, of } = gauss(scale);
    const { mode, covariance, logEvidence, draws, paretoK } = laplace(of, { seed: 4, draws: 4000 });
    expect(distance(mode.x, centre)).toBeLessThan(1e-13);
    expect(distance(covariance, factor.matmul(factor.transpose()))).toBeLessThan(1e-12);
    expect(Math.abs(logEvidence)).toBeLessThan(1e-11);
    expect(paretoK).toBeLessThan(0.7);
    // Draws that are made standard are independent, of mean 0 and deviation 1.
    const off = draws.x.sub(centre);
    const covariances = off.transpose().matmul(off).div(4000);
    const root = cholesky(covariance);
    expect(distance(covariances, covariance)).toBeLessThan(0.1);
    const z = off.mean(0).div(root.square().sum(1).sqrt()).mul(Math.sqrt(4000));
    expect(z.abs().max().item()).toBeLessThan(4);
  },
);

test("the draws of a seed are the same in both runners, and in every call", () => {
  const { x, poisson } = golden("laplace");
  const counts = model(({ draw, observe }) => {
    const weights = draw(Normal(0, 1), [3]);
    observe(Poisson(double(x).matmul(weights).exp()), double(poisson.y));
    return { weights };
  });
  const bits = (seed: number) => {
    const { draws, covariance } = laplace(counts, { seed, draws: 20 });
    return bitsOf(draws.weights) + bitsOf(covariance);
  };
  const expected = bits(3);
  expect(bits(3)).toBe(expected);
  expect(bits(4)).not.toBe(expected);
  setRunner("js");
  expect(bits(3)).toBe(expected);
});

test("paretoK tells a posterior that is not close to normal", () => {
  const y = double([28, 8, -3, 7, -1, 1, 18, 12]);
  const sigma = double([15, 10, 16, 11, 9, 11, 10, 18]);
  const schools = (isCentred: boolean) =>
    model(({ draw, observe }) => {
      const [mu, tau] = [draw(Normal(0, 5)), draw(HalfCauchy(5))];
      const effects = draw(isCentred ? Normal(mu, tau) : Normal(0, 1), [8]);
      observe(Normal(isCentred ? effects : mu.add(tau.mul(effects)), sigma), y);
      return { tau };
    });
  expect(laplace(schools(false), { draws: 4000 }).paretoK).toBeGreaterThan(0.7);
  // The density of effects with a scale of their own is unbounded where the scale is 0.
  expect(() => laplace(schools(true))).toThrow(
    /^laplace: of: expected a maximum of the density where its Hessian is negative definite, got none after 200 steps, the greatest logarithm was \d/,
  );
});

test("refusals name what is wrong", async () => {
  const any = model(({ draw }) => ({ a: draw(Normal(0, 1)) }));
  const wrong = (value: unknown): never => value as never;
  expect(await complaint(() => laplace(wrong({})))).toBe(
    "ArgumentError: laplace: of: expected a model(…), or { logDensity, start }, got an object.",
  );
  expect(await complaint(() => laplace(any, { draws: 0 }))).toMatch(/laplace: draws: .* got 0/);
  expect(await complaint(() => laplace(any, wrong({ chains: 4 })))).toMatch(/laplace: .*chains/);
  const data = wrong({ y: tensor([1]) });
  expect(await complaint(() => laplace(any, { data }))).toMatch(
    /^DTypeError: laplace: data\.y: expected float64, got float32/,
  );
  const never = model(({ draw, factor }) => {
    factor(draw(Normal(0, 1)).mul(0).log());
    return {};
  });
  expect(await complaint(() => laplace(never))).toMatch(
    /^ArgumentError: laplace: factor 1: expected a finite density with a finite gradient/,
  );
  const flat = { logDensity: ({ x }: { x: Tensor }) => x.mul(2), start: { x: 0 } };
  expect(await complaint(() => laplace(flat))).toMatch(/laplace: of: expected a maximum/);
});
