/**
 * Attention whose scores are computed by groups of rows, as for causal attention.
 */

import { describe, expect, test } from "vitest";
import {
  arange,
  compile,
  grad,
  normal,
  scaledDotProductAttention,
  setRunner,
  softmax,
  type Tensor,
  uniform,
  vectorize,
  where,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const wide = { dtype: "float64" } as const;

/** Computes attention by its definition, with all scores at once. */
function whole(q: Tensor, k: Tensor, v: Tensor, options: { mask?: Tensor; causal?: boolean } = {}) {
  const { rank } = k;
  const order = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  let scores = q.mul(1 / Math.sqrt(q.shape.at(-1) ?? 1)).matmul(k.transpose(order));
  const [length = 0, positions = 0] = scores.shape.slice(-2);
  if (options.mask) scores = where(options.mask, scores, Number.NEGATIVE_INFINITY);
  if (options.causal) {
    const seen = arange(length).reshape([length, 1]).greaterEqual(arange(positions));
    scores = where(seen, scores, Number.NEGATIVE_INFINITY);
  }
  return softmax(scores).matmul(v);
}

const close = (got: Tensor, expected: Tensor, bound = 1e-13) =>
  expect(got.sub(expected).abs().max().item()).toBeLessThan(bound);

describe.each([
  ["as many keys as queries", [2, 3, 130, 4], [2, 3, 130, 4]],
  ["more keys", [2, 1, 200, 4], [2, 3, 333, 4]],
  ["fewer keys", [300, 4], [170, 4]],
] as const)("causal attention of %s", (_name, of, others) => {
  const inputs = [
    normal(of, { seed: 1, ...wide }),
    normal(others, { seed: 2, ...wide }),
    normal(others, { seed: 3, ...wide }),
  ] as const;
  const fn = (q: Tensor, k: Tensor, v: Tensor) =>
    scaledDotProductAttention(q, k, v, { causal: true });
  const total = (attention: typeof fn) => (q: Tensor, k: Tensor, v: Tensor) =>
    attention(q, k, v).square().sum();
  const slopes = grad(total(fn), { argnums: [0, 1, 2] });

  test("has the bits of all scores at once", () => {
    expectSameBits(fn(...inputs), whole(...inputs, { causal: true }));
  });

  test("has the gradients of all scores at once", () => {
    const plain = grad(
      total((q, k, v) => whole(q, k, v, { causal: true })),
      { argnums: [0, 1, 2] },
    );
    const expected = plain(...inputs);
    for (const [i, slope] of slopes(...inputs).entries())
      close(slope, expected[i] as Tensor, 1e-12);
  });

  test("has the same bits eager and compiled, on both runners", () => {
    const eager = slopes(...inputs);
    for (const runner of ["wasm", "js"] as const) {
      setRunner(runner);
      const compiled = compile(slopes)(...inputs);
      setRunner("wasm");
      for (const [i, slope] of compiled.entries()) expectSameBits(slope, eager[i] as Tensor);
    }
  });
});

test("masks, also such as broadcast, are cut with the rows", () => {
  const [q, k, v] = [1, 2, 3].map((seed) => normal([2, 150, 3], { seed, ...wide })) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  for (const shape of [[150, 150], [150], [2, 1, 150], [2, 150, 1]]) {
    const drawn = uniform(shape, { seed: 7 }).less(0.7);
    const places = arange(150);
    // Each query may attend to its own key, so that its softmax is defined.
    const self = places.reshape([150, 1]).equal(places);
    const mask =
      shape.at(-1) === 150 && shape.length > 1 && shape.at(-2) === 150
        ? drawn.logicalOr(self)
        : drawn;
    const got = scaledDotProductAttention(q, k, v, { causal: true, mask });
    const plain = whole(q, k, v, { causal: true, mask });
    // Queries without any key give zeros here, and NaN by the definition.
    close(got, where(plain.isNaN(), 0, plain));
  }
});

test("a dropout leaves out the same weights, however many rows there are", () => {
  const [q, k, v] = [1, 2, 3].map((seed) => normal([140, 3], { seed, ...wide })) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const options = { causal: true, dropout: 0.5, seed: 3 };
  const kept = uniform([140, 140], { seed: 3, dtype: "float32" }).greaterEqual(0.5);
  const seen = arange(140).reshape([140, 1]).greaterEqual(arange(140));
  const scores = q.mul(1 / Math.sqrt(3)).matmul(k.transpose());
  const weights = softmax(where(seen, scores, Number.NEGATIVE_INFINITY));
  close(scaledDotProductAttention(q, k, v, options), where(kept, weights.div(0.5), 0).matmul(v));
});

test("it is vectorized as it runs", () => {
  const x = normal([3, 140, 2], { seed: 1, ...wide });
  const fn = (own: Tensor) => scaledDotProductAttention(own, own, own, { causal: true });
  close(vectorize(fn)(x), fn(x));
});

test("no queries and one query are none and one", () => {
  const k = normal([5, 2], { seed: 1 });
  expect(
    scaledDotProductAttention(normal([0, 2], { seed: 2 }), k, k, { causal: true }).shape,
  ).toEqual([0, 2]);
  const one = scaledDotProductAttention(normal([1, 2], { seed: 2 }), k, k, { causal: true });
  close(one, k.slice([0], [1]), 1e-7);
});
