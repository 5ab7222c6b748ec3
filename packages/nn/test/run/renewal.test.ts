/**
 * Linear memory never shrinks. A new, smaller memory replaces it when runs have needed little for a long time.
 */

import { compile, ones, scan, type Tensor, uniform, zeros } from "@graddiff/core";
import { expect, test } from "vitest";
import { workspace } from "../../../core/src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { crossEntropy, Dense, SGD } from "../../src/index.ts";

const bytes = () => workspace()?.host.memory.buffer.byteLength ?? 0;

test("memory that a large program leaves goes back, and nothing is lost", () => {
  const makeStep = () => {
    const layer = new Dense(30, 4, { seed: 1 });
    const optimizer = new SGD(layer, { learningRate: 0.1, momentum: 0.9 });
    const step = compile((x: Tensor, y: Tensor) =>
      optimizer.minimize(() => crossEntropy(layer.forward(x), y)),
    );
    return { layer, step };
  };
  const x = uniform([64, 30], { seed: 2 });
  const y = uniform([64], { seed: 3, high: 4 }).cast("int32");
  const [own, other] = [makeStep(), makeStep()];
  const sums = compile(
    (rows: Tensor) => scan((sum: Tensor, row: Tensor) => [sum.add(row), sum], zeros([30]), rows)[1],
  );
  const large = compile((a: Tensor) => a.mul(2).cumulativeSum().sub(a).max());

  own.step(x, y);
  const left = sums(x);
  const expected = left.toArray();
  const again = sums(x.add(1));
  large(ones([2 ** 26]));
  expect(bytes()).toBeGreaterThan(2 ** 29);
  for (let i = 0; i < 2100; i++) own.step(x, y);
  expect(bytes()).toBeLessThan(2 ** 24);

  // Earlier results (read or not), Variables and programs still work with the new memory.
  expectSameBits(again, sums(x.add(1)));
  expect(left.toArray()).toEqual(expected);
  expect(sums(x).toArray()).toEqual(expected);
  for (let i = 0; i < 2101; i++) other.step(x, y);
  expectSameBits(own.layer.weight.value, other.layer.weight.value);
  expectSameBits(own.step(x, y), other.step(x, y));
  expectSameBits(uniform([5000], { seed: 4 }).exp(), uniform([5000], { seed: 4 }).exp());
});
