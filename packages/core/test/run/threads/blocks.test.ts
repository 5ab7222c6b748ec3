/**
 * The bits are those of one thread for blocked kernels on parallel threads, for memory that grows between the runs of a
 * program, and for numbers of threads that change during training.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, grad, setRunner, type Tensor, uniform, Variable } from "../../../src/index.ts";
import { setThreads, startThreads } from "../../../src/run/threads/setThreads.ts";
import { workspace } from "../../../src/run/wasm/memory/workspace.ts";
import { blockCases } from "../../support/blocks.ts";
import { haveSameBits } from "../../support/opChecks.ts";
import { sampled, sampleTests, WHOLE } from "../../support/sampling.ts";

sampleTests(4);

const EVERYTHING = { program: 0, op: 0, call: 0, partition: 0 };

beforeAll(() => setRunner("wasm"));
afterAll(() => setThreads(1));

/** Returns results after copying their elements to arrays. */
function kept(results: readonly Tensor[]): readonly Tensor[] {
  for (const own of results) own.toArray();
  return results;
}

test("products and convolutions around their blocks have the bits of one thread", async () => {
  const some = sampled(blockCases, 7);
  const whole = some.map(({ fn, inputs }) => {
    const compiled = compile((...given: Tensor[]) => [...fn(...given)]);
    return { eager: kept(fn(...inputs)), compiled: kept(compiled(...inputs)) };
  });
  await startThreads(4, { thresholds: EVERYTHING });
  some.forEach(({ name, fn, inputs }, i) => {
    const compiled = compile((...given: Tensor[]) => [...fn(...given)]);
    for (let time = 0; time < (WHOLE ? 10 : 3); time++) {
      const same = [
        ...fn(...inputs).map((own, k) => haveSameBits(own, whole[i]?.eager[k] as Tensor)),
        ...compiled(...inputs).map((own, k) => haveSameBits(own, whole[i]?.compiled[k] as Tensor)),
      ];
      expect(same, name).not.toContain(false);
    }
  });
});

test("a program that is divided has its bits while others grow memory", async () => {
  const x = uniform([130, 130], { seed: 1, low: -1 });
  const make = () => {
    const weights = new Variable(x);
    return compile((a: Tensor) => {
      const loss = weights.value.matmul(a).tanh().square().sum();
      weights.assign(weights.value.sub(grad((own: Tensor) => own.matmul(a).sum())(weights.value)));
      return [loss, a.matmul(weights.value).sum(0)];
    });
  };
  const alone = make();
  const steps = WHOLE ? 12 : 6;
  const expected = Array.from({ length: steps }, () => kept(alone(x)));
  await startThreads(3, { thresholds: EVERYTHING });
  const divided = make();
  const bytes = () => workspace()?.host.memory.buffer.byteLength ?? 0;
  let grown = 0;
  for (let i = 0; i < steps; i++) {
    const before = bytes();
    const found = divided(x);
    expect(found.map((own, k) => haveSameBits(own, expected[i]?.[k] as Tensor))).not.toContain(
      false,
    );
    // A separate program takes more memory than all programs before it, and an op runs eagerly.
    const large = uniform([2 ** 18 * (i + 1)], { seed: i });
    const sums = compile((a: Tensor) => [a.exp().mul(a), a.square().cumulativeSum()])(large);
    if (i % 2 === 0) sums[0]?.toArray();
    large.exp();
    if (bytes() > before) grown++;
  }
  expect(grown).toBeGreaterThan(steps / 2);
});

test("the count of threads may change while another promise trains", async () => {
  const x = uniform([90, 90], { seed: 2, low: -1 });
  const target = uniform([90, 90], { seed: 3 });
  /** Trains until `goesOn` returns false. @returns the losses, and the weights. */
  const train = async (goesOn: (step: number) => boolean) => {
    const weights = new Variable(x);
    const step = compile((a: Tensor) => {
      const loss = (own: Tensor) => a.matmul(own).tanh().sub(target).square().mean();
      weights.assign(weights.value.sub(grad(loss)(weights.value).mul(0.5)));
      return loss(weights.value);
    });
    const losses: number[] = [];
    while (goesOn(losses.length)) {
      losses.push(step(x).item());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return { losses, weights: [...weights.value.data()] };
  };
  let isChanging = true;
  const change = async () => {
    try {
      for (let i = 1; i <= (WHOLE ? 40 : 8); i++) {
        expect(await setThreads(1 + (i % 4))).toBe(1 + (i % 4));
      }
    } finally {
      isChanging = false;
    }
  };
  const [found] = await Promise.all([train(() => isChanging), change()]);
  const steps = found.losses.length;
  expect(steps).toBeGreaterThan(1);
  await setThreads(1);
  expect(found).toEqual(await train((step) => step < steps));
});
