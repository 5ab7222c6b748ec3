/**
 * Cross-validation agrees with arviz-stats (smoothed weights) and with exact leave-one-out densities; models are
 * compared.
 */

import { type Tensor, tensor } from "@graddiff/core";
import { compare, loo, model, Normal, sample } from "@graddiff/stats";
import { expect, test } from "vitest";
import { smoothedWeights } from "../src/loo.ts";
import { complaint, double, golden } from "./support.ts";

interface Case {
  readonly given: [draws: number, factor: number, relativeEss: number, seed: number];
  readonly k: number;
  readonly top: readonly number[];
  readonly weights: readonly number[];
  readonly elpd: number;
}

const cases: readonly Case[] = golden("loo").cases;

/** Returns logarithms of ratios by the same operations as `ratios` of loo.py. */
function ratios([draws, factor, , seed]: Case["given"]): Float64Array {
  let state = seed;
  return Float64Array.from({ length: draws }, () => {
    let x = -2;
    for (let i = 0; i < 4; i++) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      x += state / 2 ** 32;
    }
    return factor * x * x * x;
  });
}

test.each(cases)("weights are those of arviz-stats: $given", (own) => {
  const x = ratios(own.given);
  const { weights, k } = smoothedWeights(x, own.given[2]);
  expect(k).toBeCloseTo(own.k, 10);
  for (const [i, index] of own.top.entries()) {
    expect(weights[index]).toBeCloseTo(own.weights[i] ?? 0, 10);
  }
  const elpd = Math.log(
    weights.reduce((sum, weight, i) => sum + Math.exp(weight - (x[i] ?? 0)), 0),
  );
  expect(elpd).toBeCloseTo(own.elpd, 10);
});

const y = [1.2, -0.4, 2.9, 0.8, 1.7, 0.3];
const level = (scale: number) =>
  model(({ draw, observe }) => {
    const mean = draw(Normal(0, scale));
    observe(Normal(mean, 1), double(y.slice(0, 4)));
    observe(Normal(mean, 1), double(y.slice(4)));
    return { mean };
  });

/** Returns the exact logarithm of the density of an observation given all others, under a normal mean. */
function exact(i: number, scale: number): number {
  const others = y.filter((_, j) => j !== i);
  const precision = 1 / scale ** 2 + others.length;
  const mean = others.reduce((a, b) => a + b, 0) / precision;
  const variance = 1 + 1 / precision;
  return -(((y[i] ?? 0) - mean) ** 2 / variance + Math.log(2 * Math.PI * variance)) / 2;
}

test("the terms are the densities of observations given all others", async () => {
  const posterior = await sample(level(3), { seed: 1, draws: 2500 });
  expect(posterior.logLikelihood().shape).toEqual([4, 2500, 6]);
  const found = loo(posterior);
  const terms = Array.from(found.pointwise.data());
  for (const [i, term] of terms.entries()) expect(Math.abs(term - exact(i, 3))).toBeLessThan(0.03);
  expect(found.elpd).toBeCloseTo(
    terms.reduce((a, b) => a + b, 0),
    12,
  );
  expect(Math.abs(found.parameters - 1)).toBeLessThan(0.4);
  expect(found.paretoK.max().item()).toBeLessThan(0.5);
});

test("models are compared by differences of observations", async () => {
  const [wide, narrow] = [
    loo(await sample(level(3), { seed: 1 })),
    loo(await sample(level(0.1), { seed: 1 })),
  ];
  const [first, second] = compare({ narrow, wide });
  expect([first?.name, second?.name]).toEqual(["wide", "narrow"]);
  expect([first?.difference, first?.standardError]).toEqual([0, 0]);
  expect(second?.difference).toBeCloseTo(wide.elpd - narrow.elpd, 10);
  const each = y.map((_, i) => exact(i, 3) - exact(i, 0.1));
  const mean = each.reduce((a, b) => a + b, 0) / 6;
  const error = Math.sqrt(each.reduce((sum, x) => sum + (x - mean) ** 2, 0));
  expect(Math.abs((second?.standardError ?? 0) - error)).toBeLessThan(0.1 * error);
});

test("what has no observations is refused", async () => {
  const coin = model(({ draw }) => ({ a: draw(Normal(0, 1)) }));
  const posterior = await sample(coin, { chains: 1, warmup: 10, draws: 10 });
  expect(await complaint(() => loo(posterior))).toMatch(
    /^ArgumentError: logLikelihood: model: expected a model that observes data, got none\./,
  );
  const density = { logDensity: ({ u }: { u: Tensor }) => u.square().neg(), start: { u: 0 } };
  const other = await sample(density, { chains: 1, warmup: 10, draws: 10 });
  expect(await complaint(() => loo(other))).toMatch(/^ArgumentError: logLikelihood: of: /);
  expect(await complaint(() => loo({} as never))).toMatch(/^ArgumentError: loo: posterior: /);
  for (const nothing of [{}, undefined, null, 3, [1], tensor([1])]) {
    const message = await complaint(() => compare(nothing as never));
    expect(message).toMatch(
      /^ArgumentError: compare: models: expected results of loo by name, got /,
    );
  }
  for (const odd of [undefined, null, 2, {}, { elpd: 1 }]) {
    expect(await complaint(() => compare({ odd: odd as never }))).toMatch(
      /^ArgumentError: compare: models\.odd: expected a result of loo, got /,
    );
  }
});
