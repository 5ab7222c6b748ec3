/**
 * Attention whose scores would take more memory than it is allowed to use.
 */

import { expect, test } from "vitest";
import {
  compile,
  grad,
  normal,
  scaledDotProductAttention,
  softmax,
  type Tensor,
} from "../../src/index.ts";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";

const LENGTH = 3000;
/** The bytes of one array of all scores. */
const SCORES = 8 * LENGTH ** 2;

test("scores are computed by rows, and again for the gradient", () => {
  const [q, k, v] = [1, 2, 3].map((seed) => normal([LENGTH, 2], { seed, dtype: "float64" })) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const whole = (x: Tensor) => softmax(x.mul(1 / Math.sqrt(2)).matmul(k.transpose())).matmul(v);
  const rows = (x: Tensor) => scaledDotProductAttention(x, k, v);
  const used = () => workspace()?.host.memory.buffer.byteLength ?? 0;
  const before = used();
  const compiled = compile(grad((x: Tensor) => rows(x).square().sum()))(q);
  console.log((used() - before) / SCORES);
  expect(used() - before).toBeLessThan(1.5 * SCORES);
  expectSameBits(rows(q), whole(q));
  const slope = grad((x: Tensor) => rows(x).square().sum())(q);
  expectSameBits(compiled, slope);
  const expected = grad((x: Tensor) => whole(x).square().sum())(q);
  expect(slope.sub(expected).abs().max().item()).toBeLessThan(1e-13);
});
