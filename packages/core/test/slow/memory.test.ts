/**
 * Memory does not leak, even in a loop that never yields to the event loop, so that finalizers do not run.
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
  zeros,
} from "../../src/index.ts";
import { grownSince, look } from "../support/memory.ts";

/**
 * Returns the growth of heap, arrays and resident memory between the middle of a loop and its end, in megabytes. The
 * loop never yields; garbage is collected before each measurement.
 */
function growth(steps: number, step: (i: number) => void) {
  for (let i = 0; i < steps / 2; i++) step(i);
  const before = look();
  for (let i = 0; i < steps / 2; i++) step(i);
  return grownSince(before);
}

test("1,000,000 small gradient steps do not grow memory", () => {
  const slope = grad((x) => x.mul(x).add(x).sin());
  let sum = 0;
  const grown = growth(1_000_000, (i) => {
    sum += slope(i * 1e-6).item();
  });
  expect(Number.isFinite(sum)).toBe(true);
  expect(grown.heap).toBeLessThan(8);
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
  expect(grown.heap).toBeLessThan(8);
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
  // If the 60 graphs of 10,000 nodes were kept, they would take some 150 megabytes.
  expect(grown.heap).toBeLessThan(8);
});

test("1,000,000 calls of a compiled step do not grow memory", () => {
  const weight = new Variable(tensor([1, 2]));
  const step = compile((rate: Tensor) => {
    weight.assign(weight.value.mul(rate));
    return weight.value;
  });
  const grown = growth(1_000_000, () => step(1));
  expect(grown.heap).toBeLessThan(8);
  expect(grown.resident).toBeLessThan(128);
});

test("compiled functions of large tensors that are new in each call do not grow memory", () => {
  const size = 2 ** 17;
  const smooth = compile((x: Tensor) => x.mul(0.5).add(0.25));
  const values = new Float32Array(size).fill(1);
  let last: Tensor | undefined;
  const grown = growth(1000, (i) => {
    values[0] = i;
    // Half of the results are read, and some are disposed of.
    const result = smooth(tensor(values));
    if (i % 2 === 0) result.data();
    if (i % 8 === 0) result.dispose();
    last = smooth(result.rank === 0 || i % 8 === 0 ? tensor(values) : result);
  });
  expect(last?.size).toBe(size);
  expect(grown.heap).toBeLessThan(8);
  // Half a megabyte for each of the 1000 calls would be far above this limit.
  expect(grown.arrays).toBeLessThan(16);
  expect(grown.resident).toBeLessThan(128);
});

test("Variables and programs that are made and dropped do not grow memory", () => {
  const x = uniform([64], { seed: 1 });
  const grown = growth(4000, (i) => {
    const w = new Variable(uniform([64, 64], { seed: i }));
    const step = compile((input: Tensor) => {
      w.assign(w.value.mul(0.5));
      return input.matmul(w.value.reshape([64, 64])).sum();
    });
    step(x.reshape([1, 64]));
  });
  // The heap keeps fewer than the 2000 values of 16 kB, until it has to evict some.
  expect(grown.heap).toBeLessThan(32);
  expect(grown.arrays).toBeLessThan(64);
  expect(grown.resident).toBeLessThan(128);
});

test("a compiled function that is called with ever new shapes does not grow memory", () => {
  const smooth = compile((x: Tensor) => x.mul(0.5).tanh().sum());
  const grown = growth(4000, (i) => smooth(zeros([i + 1])));
  expect(grown.heap).toBeLessThan(8);
  expect(grown.resident).toBeLessThan(128);
});

test("programs that are made and dropped do not grow memory", () => {
  const x = tensor([1, 2, 3]);
  const grown = growth(6000, (i) => compile((y: Tensor) => y.mul(i).add(1).exp())(x));
  expect(grown.heap).toBeLessThan(8);
  // V8 keeps about a kilobyte for every WebAssembly instance on a shared memory; 3000 programs have 3000 instances.
  expect(grown.resident).toBeLessThan(128);
});
