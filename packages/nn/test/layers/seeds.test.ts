/**
 * Seeds of layers and data: no two uses of a seed share a sequence, and one seed determines a whole model.
 */

import {
  Draws,
  Layer,
  loadState,
  normal,
  permutation,
  relu,
  splitSeed,
  state,
  tensor,
  uniform,
  Variable,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { seedFor } from "../../../core/src/ops/sequences.ts";
import {
  BatchNorm,
  batches,
  Conv1d,
  Dense,
  Dropout,
  Embedding,
  GRU,
  glorot,
  type Initializer,
  initialize,
  LSTM,
  MultiHeadAttention,
  Sequential,
  SGD,
  splitData,
  TransformerBlock,
  trainingStep,
} from "../../src/index.ts";

/** Returns the seeds of a layer's initial weights and of its random draws. */
function seedsOf(make: (initializer: Initializer) => Layer): number[] {
  const seeds: number[] = [];
  const layer = make((shape, options) => {
    seeds.push(options.seed);
    return glorot(shape, options);
  });
  const draws = Object.values(state(layer) as Record<string, unknown>);
  const isDraws = (each: unknown): each is Draws => each instanceof Draws;
  const found = [layer, ...Object.values(layer)].flatMap((each) => Object.values(Object(each)));
  expect(draws.length).toBeGreaterThan(0);
  return [...seeds, ...new Set(found.filter(isDraws))].map((each) =>
    typeof each === "number" ? each : each.value.item(),
  );
}

describe("no two streams of one seed meet", () => {
  test("among weights, parts and draws of layers, and the numbers of the seed itself", () => {
    const seed = 3;
    const layers: Readonly<Record<string, (initializer: Initializer) => Layer>> = {
      Dense: (initializer) => new Dense(2, 3, { seed, initializer }),
      LSTM: (initializer) => new LSTM(2, 3, { seed, initializer }),
      MultiHeadAttention: (initializer) =>
        new MultiHeadAttention(4, 2, { seed, initializer, dropout: 0.5 }),
      Dropout: () => new Dropout(0.5, { seed }),
    };
    const seeds = Object.values(layers).flatMap(seedsOf);
    // Different layers of one seed have the same first weights, but parts of a layer have different seeds.
    const [dense = 0, ...others] = seeds;
    expect(others.filter((each) => each === dense).length).toBe(1);
    expect(new Set(seeds).size).toBe(seeds.length - 2);
    for (const each of [seed, ...(splitSeed(seed, 20).toArray() as number[])]) {
      expect(seeds).not.toContain(each);
    }
  });

  test("by the sequences of the functions that draw", () => {
    const seeds = splitSeed(7, 5).toArray() as number[];
    expect(seeds.map((_, i) => seedFor("splitSeed", 7, i))).toEqual(seeds);
  });

  test("between a weight and random numbers", () => {
    const weight = new Dense(4, 4, { seed: 5 }).weight.value;
    const limit = Math.sqrt(6 / 8);
    expect(weight.div(limit).toArray()).not.toEqual(
      uniform([4, 4], { seed: 5, low: -1, high: 1 }).toArray(),
    );
  });

  test("between a layer without a seed and any number of a user's", () => {
    const first = String(new Dense(2, 3).weight.value);
    for (let seed = 0; seed < 200; seed++) {
      expect(String(new Dense(2, 3, { seed }).weight.value)).not.toBe(first);
    }
  });

  test("between the order of batches, the parts of splitData and a permutation", () => {
    const rows = tensor(Array.from({ length: 40 }, (_, i) => i));
    const order = (data: { toArray(): unknown }) => JSON.stringify(data.toArray());
    const [seen] = splitData(rows, [39, 1], { seed: 2 });
    const [batch] = [...batches(rows, { size: 39, shuffle: true, seed: 2 })];
    const drawn = permutation(40, { seed: 2 }).slice([0], [39]).cast("float32");
    const all = [seen, batch, drawn].map((each) => order(each as typeof drawn));
    expect(new Set(all).size).toBe(3);
  });
});

/** A model with layers of all kinds, and a separate Variable. */
class Model extends Layer {
  readonly embedding = new Embedding(5, 4);
  readonly body = new Sequential(new Dense(4, 4), new BatchNorm(4), relu, new Dropout(0.5));
  readonly cells = [new GRU(4, 3), new Conv1d(2, 3, 1)];
  readonly block = new TransformerBlock(4, 2, { dropout: 0.1 });
  readonly own = new Variable(tensor([7, 8]));
  override compute(): undefined {}
}

const texts = (model: object) => JSON.stringify(state(model));

describe("initialize", () => {
  test("gives a model from one seed, whatever was made before it", () => {
    const first = initialize(new Model(), 4);
    new Dense(3, 3);
    expect(texts(initialize(new Model(), 4))).toBe(texts(first));
    expect(texts(initialize(new Model(), 5))).not.toBe(texts(first));
  });

  test("gives each weight and each draw a seed of its own", () => {
    const model = initialize([new Dense(3, 3), new Dense(3, 3), new Dropout(), new Dropout()], 1);
    const values = Object.values(state(model)).flatMap((each) => Object.values(each as object));
    const drawn = values.map(String).filter((text) => text !== "[0. 0. 0.]");
    expect(new Set(drawn).size).toBe(4);
  });

  test("begins a trained model anew, with its own initializers and dtypes", () => {
    const make = () =>
      new Sequential(
        new Dense(2, 3, { initializer: (shape, options) => normal(shape, options) }),
        new BatchNorm(3),
        new Dropout(0.5),
        new Dense(3, 1, { dtype: "float32" }),
        { seed: 9 },
      );
    const model = make();
    const before = texts(model);
    const loss = (own: Sequential) =>
      own
        .forward(uniform([8, 2], { seed: 1 }))
        .sub(1)
        .square()
        .mean();
    const step = trainingStep(model, loss, new SGD(model, { learningRate: 0.1 }));
    for (let i = 0; i < 3; i++) step();
    expect(texts(model)).not.toBe(before);
    expect(initialize(model, 9)).toBe(model);
    expect(texts(model)).toBe(before);
    expect(texts(make())).toBe(before);
  });

  test("keeps what no layer has made, and draws tied weights once", () => {
    const model = new Model();
    model.own.assign(tensor([1, 2]));
    expect(String(initialize(model, 1).own.value)).toBe("[1. 2.]");
    const dense = new Dense(2, 2);
    const twice = initialize({ first: dense, second: dense }, 3);
    expect(texts(twice.first)).toBe(texts(initialize(new Dense(2, 2), 3)));
  });

  test("draws anew what is drawn from a Draws", () => {
    const dropout = initialize(new Dropout(0.5), 2);
    const other = new Dropout(0.5, { seed: 1 });
    loadState(other, state(dropout) as never);
    expect(texts(other)).toBe(texts(dropout));
    const draws = initialize({ draws: new Draws(5) }, 2).draws;
    expect(draws.value.item()).toBe(dropout.draws.value.item());
  });

  test("refuses what has nothing to begin, and other seeds", () => {
    expect(() => initialize({ own: new Variable(tensor(1)) }, 1)).toThrow(
      "initialize: model: expected a model with layers that have Variables, got an object",
    );
    expect(() => initialize(new Dense(1, 1), 0.5)).toThrow(
      "initialize: seed: expected an integer from 0 to 2^53 - 1, got 0.5",
    );
    expect(() => new Sequential(new Dense(1, 1), { sed: 1 } as object)).toThrow(
      "Sequential: options: expected no others than",
    );
  });
});
