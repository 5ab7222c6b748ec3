// Tests that the evals compute GradBench's functions, at small sizes. Timings are not checked.

import { describe, expect, it } from "vitest";
import { sampleTests } from "../../../packages/core/test/support/sampling.ts";
import { type Call, compare, type Eval, type Expected } from "../../gradbench/eval.ts";
import { ba } from "../../gradbench/evals/ba.ts";
import { det } from "../../gradbench/evals/det.ts";
import { gmm } from "../../gradbench/evals/gmm.ts";
import { hello } from "../../gradbench/evals/hello.ts";
import { ht } from "../../gradbench/evals/ht.ts";
import { kmeans } from "../../gradbench/evals/kmeans.ts";
import { llsq } from "../../gradbench/evals/llsq.ts";
import { lse } from "../../gradbench/evals/lse.ts";
import { lstm } from "../../gradbench/evals/lstm.ts";
import { ode } from "../../gradbench/evals/ode.ts";
import { particle } from "../../gradbench/evals/particle.ts";
import { saddle } from "../../gradbench/evals/saddle.ts";
import { NumpyRandom, seed } from "../../gradbench/random.ts";
import { handOfSize } from "../../gradbench/reference/ht.ts";

sampleTests(3);

/** Returns all results as one list. */
function numbersOf(calls: Readonly<Record<string, Call>>, name: string): number[] {
  const results = calls[name]?.() ?? [];
  return results.flatMap((result) => [...result.data()]);
}

/** Checks all functions on an input, much more strictly than GradBench does. */
function check<Size, Input>(one: Eval<Size, Input>, input: Input, limit = 1e-9): void {
  const calls = one.prepare(input);
  const expected = one.expected(input);
  expect(Object.keys(calls)).toEqual(one.functions);
  expect(Object.keys(expected)).toEqual(one.functions);
  for (const name of one.functions) {
    const answer = numbersOf(calls, name);
    const wanted = (expected[name] as Expected)().flatMap((numbers) => Array.from(numbers));
    const scale = Math.max(...wanted.map(Math.abs));
    compare([answer], [wanted], limit, scale || 1);
  }
}

const random = () => new NumpyRandom(seed);

describe("the evals give what their references give", () => {
  it("hello: four times x² and 2x end at 32768", () => {
    check(hello, 1);
    expect(numbersOf(hello.prepare(1), "double")).toEqual([32768]);
  });

  it.each([
    { n: 16, m: 128 },
    { n: 7, m: 5 },
    { n: 33, m: 8 },
    { n: 2, m: 1 },
  ])("llsq: n=$n, m=$m", (size) => check(llsq, llsq.input(size, random())));

  it.each([1, 5, 1000])("lse: n=%i", (n) => check(lse, lse.input(n, random())));

  it("lse: of great numbers", () => {
    check(lse, Float64Array.of(1000, 1001, 990));
  });

  it.each([
    { d: 2, k: 5, n: 1000 },
    { d: 1, k: 1, n: 3 },
    { d: 5, k: 3, n: 11 },
    { d: 10, k: 4, n: 20 },
  ])("gmm: d=$d, k=$k, n=$n", (size) => check(gmm, gmm.input(size, random())));

  it.each([
    { k: 10, n: 1000, d: 8 },
    { k: 3, n: 17, d: 2 },
    { k: 1, n: 9, d: 1 },
  ])("kmeans: k=$k, n=$n, d=$d", (size) => check(kmeans, kmeans.input(size, random())));

  it.each([
    { n: 1000, s: 10 },
    { n: 5, s: 1 },
    { n: 5, s: 10 },
    { n: 9, s: 3 },
    { n: 1, s: 2 },
  ])("ode: n=$n, s=$s", (size) => check(ode, ode.input(size, random())));

  it.each([
    { l: 2, c: 20 },
    { l: 1, c: 2 },
    { l: 4, c: 9 },
  ])("lstm: l=$l, c=$c", (size) => check(lstm, lstm.input(size, random())));

  it.each([1, 2, 3, 5, 7])("det: n=%i", (size) => check(det, det.input(size, random())));

  it("ba: observations that all differ", () => {
    const { next, uniform } = drawing();
    const scene = ba.input({ file: 0, n: 3, m: 5, p: 17 }, random());
    const varied = (numbers: Float64Array) => numbers.map((value) => value * (1 + next() / 10));
    check(ba, {
      cameras: varied(scene.cameras),
      points: varied(scene.points),
      weights: uniform(17),
      features: varied(scene.features),
      camera: scene.camera,
      point: scene.point.map((point) => 4 - point),
    });
  });

  it("ht: a hand of 40 vertices", () => {
    check(ht, handOfSize(40, 12, 9, 11, random()));
  });

  it("particle and saddle: all four variants", () => {
    check(particle, null);
    check(saddle, null);
  }, 60_000);
});

function drawing() {
  const numbers = random();
  return { next: () => numbers.next(), uniform: (count: number) => numbers.uniform(count) };
}
