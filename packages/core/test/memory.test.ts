/**
 * Nothing leaks, also in a loop that never yields to the event loop, where finalizers do not run.
 */

import { expect, test } from "vitest";
import {
  compile,
  grad,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
} from "../src/index.ts";

const MEGABYTE = 2 ** 20;

/** How many megabytes heap and resident memory grow between the middle of a loop and its end. */
function growth(steps: number, step: (i: number) => void): { heap: number; resident: number } {
  for (let i = 0; i < steps / 2; i++) step(i);
  const before = process.memoryUsage();
  for (let i = 0; i < steps / 2; i++) step(i);
  const after = process.memoryUsage();
  return {
    heap: (after.heapUsed - before.heapUsed) / MEGABYTE,
    resident: (after.rss - before.rss) / MEGABYTE,
  };
}

test("1,000,000 small gradient steps do not grow memory", () => {
  const slope = grad((x) => x.mul(x).add(x).sin());
  let sum = 0;
  const grown = growth(1_000_000, (i) => {
    sum += slope(i * 1e-6).item();
  });
  expect(Number.isFinite(sum)).toBe(true);
  // Room for the young generation, which the collector empties when it sees fit.
  expect(grown.heap).toBeLessThan(64);
  expect(grown.resident).toBeLessThan(128);
});

test("training steps with arrays and Variables do not grow memory", () => {
  const weight = new Variable(uniform([64, 64], { seed: 1 }));
  const x = uniform([32, 64], { seed: 2 });
  const step = valueAndGrad(() => x.mul(x).matmul(weight.value).tanh().mean(), {
    variables: [weight],
  });
  const grown = growth(1000, () => {
    weight.assign(weight.value.sub(step().gradient[0].mul(0.1)));
  });
  expect(grown.heap).toBeLessThan(64);
  expect(grown.resident).toBeLessThan(256);
});

test("tensors that escape keep no graph alive", () => {
  const kept: Tensor[] = [];
  const slope = grad((x) => {
    let y = x;
    for (let i = 0; i < 10_000; i++) y = y.mul(1.0001);
    kept.push(y);
    return y;
  });
  const grown = growth(120, () => slope(1));
  expect(kept.length).toBe(120);
  // 60 graphs of 10,000 nodes would be some 150 megabytes.
  expect(grown.heap).toBeLessThan(64);
});

test("1,000,000 calls of a compiled step do not grow memory", () => {
  const weight = new Variable(tensor([1, 2]));
  const step = compile((rate: Tensor) => {
    weight.assign(weight.value.mul(rate));
    return weight.value;
  });
  const grown = growth(1_000_000, () => step(1));
  expect(grown.heap).toBeLessThan(64);
  expect(grown.resident).toBeLessThan(128);
});

test("programs that are made and dropped do not grow memory", () => {
  const x = tensor([1, 2, 3]);
  const grown = growth(6000, (i) => compile((y: Tensor) => y.mul(i).add(1).exp())(x));
  expect(grown.heap).toBeLessThan(64);
  // V8 keeps about a kilobyte for every instance on a common memory; 3000 programs have 3000.
  expect(grown.resident).toBeLessThan(128);
});
