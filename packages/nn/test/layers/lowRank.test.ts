/** Adapters of low rank. */

import {
  allClose,
  compile,
  type Layer,
  loadState,
  normal,
  relu,
  state,
  type Tensor,
  uniform,
  type Variable,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  Adam,
  Conv2d,
  Dense,
  Embedding,
  fit,
  LowRank,
  loadTorch,
  MultiHeadAttention,
  meanSquaredError,
  Sequential,
  TransformerBlock,
  toTorch,
} from "../../src/index.ts";

const dtype = "float64";
const x = uniform([5, 4], { seed: 3, low: -1, dtype });
const make = (options = {}) =>
  new LowRank(new Dense(4, 3, { seed: 1, dtype }), { rank: 2, scale: 0.5, seed: 2, ...options });
/** Returns an adapter with nonzero weights, as after training. */
function learnt(): LowRank {
  const layer = make();
  layer.up.assign(normal([2, 3], { seed: 4, dtype }));
  return layer;
}

describe("an adapter", () => {
  test("begins as the layer that it stands around", () => {
    expectSameBits(make().forward(x), new Dense(4, 3, { seed: 1, dtype }).forward(x));
    expect(String(make())).toBe("LowRank 2 around Dense 4 → 3");
  });

  test("computes x W + b + scale (x down) up, with the gradients of that", () => {
    const layer = learnt();
    const { down, up } = layer;
    const [w, b] = [layer.weight.value, layer.bias?.value as Tensor];
    const product = down.value.matmul(up.value).mul(0.5);
    const result = layer.forward(x);
    const close = (actual: Tensor, expected: Tensor) =>
      expect(allClose(actual, expected, { relative: 1e-12, absolute: 1e-13 })).toBe(true);
    close(result, x.matmul(w.add(product)).add(b));
    // For g, the gradient of the results, the gradient of W is xᵀ g. Those of the factors in D U are xᵀ g times Uᵀ, and
    // Dᵀ times xᵀ g.
    const g = normal([5, 3], { seed: 5, dtype });
    close(layer.backward(g) as Tensor, g.matmul(w.add(product).transpose()));
    const ofProduct = x.transpose().matmul(g).mul(0.5);
    close(down.gradient, ofProduct.matmul(up.value.transpose()));
    close(up.gradient, down.value.transpose().matmul(ofProduct));
  });

  test("is all that learns", async () => {
    const model = new Sequential(make({ rank: 3 }), relu, new Dense(3, 1, { seed: 5, dtype }));
    const [adapter, , head] = model.layers as [LowRank, unknown, Dense];
    for (const variable of head.variables) variable.trainable = false;
    const frozen = [adapter.weight, adapter.bias as Variable, head.weight];
    const before = frozen.map(({ value }) => value);
    const targets = x.sum(1, { keepDims: true });
    const { rows } = await fit(model, {
      data: [{ x, targets }],
      loss: (own, batch) => meanSquaredError(own.forward(batch.x), batch.targets),
      optimizer: new Adam(model, { learningRate: 0.05 }),
      epochs: 100,
    }).run();
    expect(rows.at(-1)?.training.loss).toBeLessThan((rows[0]?.training.loss ?? 0) / 2);
    frozen.forEach(({ value }, i) => {
      expectSameBits(value, before[i] as Tensor);
    });
  });
});

describe("merging", () => {
  test("gives the same results, in compiled functions, too, and comes back to the bits", () => {
    const layer = learnt();
    const run = compile((x: Tensor) => layer.forward(x));
    const [apart, weight] = [run(x), layer.weight.value];
    layer.merge();
    layer.merge();
    expect(layer.isMerged).toBe(true);
    expect(allClose(run(x), apart, { relative: 1e-12 })).toBe(true);
    expectSameBits(run(x), layer.layer.forward(x));
    layer.unmerge();
    layer.unmerge();
    expectSameBits(layer.weight.value, weight);
    expectSameBits(run(x), apart);
  });

  test("takes the product out of a weight that has changed since", () => {
    const layer = learnt();
    const weight = layer.weight.value;
    layer.merge();
    layer.weight.assign(layer.weight.value.add(1));
    layer.unmerge();
    expect(allClose(layer.weight.value, weight.add(1), { relative: 1e-12 })).toBe(true);
  });
});

describe("around attention", () => {
  const rows = normal([2, 3, 4], { seed: 6, dtype });
  const attention = () => new MultiHeadAttention(4, 2, { seed: 7, dtype, causal: true });

  test("queries and values learn, and nothing else is changed", () => {
    const own = attention();
    const adapters = LowRank.around(own, { rank: 1, seed: 8 });
    expect(own.query).toBe(adapters[0]);
    expect(own.value).toBe(adapters[1]);
    expectSameBits(own.forward(rows), attention().forward(rows));
    expect(adapters[0].down.value.equal(adapters[1].down.value).all().item()).toBe(0);
    adapters[0].up.assign(normal([1, 4], { seed: 9, dtype }));
    const changed = own.forward(rows);
    expect(allClose(changed, attention().forward(rows))).toBe(false);
    for (const adapter of adapters) adapter.merge();
    expect(allClose(own.forward(rows), changed, { relative: 1e-11 })).toBe(true);
    const first = rows.slice([0, 0, 0], [2, 1, 4]);
    expect(own.next(first, own.start(2, 3)).output.shape).toEqual([2, 1, 4]);
    expect(() => LowRank.around(own, { rank: 1 })).toThrow(
      "LowRank: layer: expected a Dense layer",
    );
  });

  test("in blocks and stacks of blocks, of which an entry will do", () => {
    const block = (seed: number) => new TransformerBlock(4, 2, { seed, dtype });
    const stack = new Sequential(block(1), block(2));
    const parts = (stack.layers as TransformerBlock[]).map(({ attention }) => attention);
    const adapters = LowRank.around(stack, { rank: 1, seed: 8 });
    adapters.forEach((adapter, i) => {
      const { query, value } = parts[Math.floor(i / 2)] as MultiHeadAttention;
      expect(adapter).toBe([query, value][i % 2]);
    });
    const downs = adapters.map(({ down }) => String(down.value.toArray()));
    expect(new Set(downs).size).toBe(4);
    const other = new Sequential(block(1), block(2));
    expect(LowRank.around(other.layers[1] as Layer, { rank: 1 }).length).toBe(2);
    // A layer that has adapters already is refused before any other layer is changed.
    const [untouched] = other.layers as TransformerBlock[];
    expect(() => LowRank.around(other, { rank: 1 })).toThrow("LowRank: layer: expected a Dense");
    expect(untouched?.attention.query).toBeInstanceOf(Dense);
  });

  test("weights of PyTorch are those of the layers inside, and adapters are loaded alone", () => {
    const to = new MultiHeadAttention(4, 2, { seed: 10, dtype, causal: true });
    const from = attention();
    const adapters = LowRank.around(to, { rank: 1 });
    const { missing } = loadTorch(to, toTorch(from), { partial: true });
    expect(missing).toEqual(["query.down", "query.up", "value.down", "value.up"]);
    expectSameBits(to.forward(rows), from.forward(rows));
    const up = normal([1, 4], { seed: 9, dtype });
    loadState(adapters[0], { up }, { partial: true });
    expectSameBits(adapters[0].up.value, up);
    expect(Object.keys(state(adapters))).toEqual(["0", "1"]);
    expect(Object.keys(toTorch(new Sequential(make())))).toEqual([
      "0.weight",
      "0.bias",
      "0.down",
      "0.up",
    ]);
  });
});

test("what it cannot stand around is refused, and a rank that is none", () => {
  expect(() => new LowRank(new Conv2d(1, 1, 1) as never, { rank: 1 })).toThrow(
    "LowRank: layer: expected a Dense layer, got a Conv2d",
  );
  expect(() => LowRank.around(new Embedding(2, 2) as never, { rank: 1 })).toThrow(
    "LowRank.around: part: expected what has a MultiHeadAttention in it, got an Embedding",
  );
  expect(() => make({ rank: 0 })).toThrow("LowRank: rank: expected a positive integer, got 0");
  expect(() => new LowRank(new Dense(1, 1), {} as never)).toThrow("LowRank: rank");
});
