/**
 * The layers of nn: shapes, modes, masks and caches, and steps that compile.
 */

import {
  allClose,
  arange,
  checkGradients,
  compile,
  concat,
  gelu,
  normal,
  ones,
  silu,
  summary,
  type Tensor,
  tanh,
  tensor,
  uniform,
  valueAndGrad,
  where,
  zeros,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  type Activation,
  BatchNorm,
  Conv2d,
  Dense,
  Dropout,
  Embedding,
  GRU,
  glorot,
  LSTM,
  MultiHeadAttention,
  RNN,
  Sequential,
  TransformerBlock,
} from "../../src/index.ts";

const dtype = "float64";
const seed = 1;
const _images = uniform([3, 2, 6, 6], { seed, dtype });
const rows = uniform([3, 5, 4], { seed, dtype });

describe("BatchNorm", () => {
  test("normalizes a batch in training, and by what it has seen in evaluation", () => {
    const norm = new BatchNorm(2, { dtype, momentum: 0.5 });
    const x = tensor(
      [
        [1, 10],
        [3, 30],
      ],
      { dtype },
    );
    const first = norm.forward(x);
    expect(
      allClose(
        first,
        tensor([
          [-1, -1],
          [1, 1],
        ]),
        { absolute: 1e-5 },
      ),
    ).toBe(true);
    expect(norm.runningMean.value.toArray()).toEqual([1, 10]);
    // The variances of the batch are 2 and 200, which are averaged with 1.
    expect(norm.runningVariance.value.toArray()).toEqual([1.5, 100.5]);
    const later = norm.train(false).forward(tensor([[1, 10]], { dtype }));
    expect(later.toArray()).toEqual([[0, 0]]);
    expect(norm.runningMean.value.toArray()).toEqual([1, 10]);
    expect(() => norm.train().forward(zeros([1, 2], { dtype }))).toThrow(
      "BatchNorm: x: expected at least two elements of each channel in training, got [1, 2]",
    );
    expect(() => norm.forward(zeros([4, 3], { dtype }))).toThrow("expected 2 channels as axis 1");
  });

  test("keeps its statistics in compiled steps", () => {
    const norm = new BatchNorm(2, { dtype });
    const twin = new BatchNorm(2, { dtype });
    const step = compile((x: Tensor) => {
      return valueAndGrad((y: Tensor) => norm.forward(y).square().sum(), { argnums: 0 })(x).value;
    });
    for (let i = 0; i < 3; i++) {
      const x = normal([4, 2], { seed: i, dtype });
      step(x);
      twin.forward(x);
    }
    expectSameBits(norm.runningMean.value, twin.runningMean.value);
    expectSameBits(norm.runningVariance.value, twin.runningVariance.value);
  });
});

describe("Dropout", () => {
  test("draws anew in each pass, in compiled functions, too", () => {
    const [eager, compiled] = [new Dropout(0.5, { seed }), new Dropout(0.5, { seed })];
    const run = compile((x: Tensor) => compiled.forward(x));
    const seen = [0, 1, 2].map(() => {
      const expected = eager.forward(ones([64]));
      expectSameBits(run(ones([64])), expected);
      return String(expected);
    });
    expect(new Set(seen).size).toBe(3);
    const other = new Dropout(0.5, { seed: 2 });
    expect(String(other.forward(ones([64])))).not.toBe(seen[0]);
    expect(eager.variables).toEqual([]);
    expectSameBits(new Dropout(1).forward(ones([3])), zeros([3]));
  });
});

describe.each([
  ["RNN", (options: object) => new RNN(4, 3, { seed, dtype, ...options })],
  ["GRU", (options: object) => new GRU(4, 3, { seed, dtype, ...options })],
  ["LSTM", (options: object) => new LSTM(4, 3, { seed, dtype, ...options })],
] as const)("%s", (_name, make) => {
  const layer = make({}) as RNN;

  test("goes on where a sequence was cut", () => {
    const whole = layer.forward(rows);
    const first = layer.forward(rows.slice([0, 0, 0], [3, 2, 4]));
    const second = layer.forward(rows.slice([0, 2, 0], [3, 5, 4]), { state: first.state });
    expectSameBits(concat([first.output, second.output], 1), whole.output);
  });

  test("stands still where a mask says so", () => {
    const mask = tensor([
      [true, true, true, true, true],
      [true, true, false, false, false],
      [false, false, false, false, false],
    ]);
    const { output, state: last } = layer.forward(rows, { mask });
    const short = layer.forward(rows.slice([1, 0, 0], [2, 2, 4]));
    const hidden = (of: unknown) => ((of as { hidden?: Tensor }).hidden ?? of) as Tensor;
    expectSameBits(hidden(last).at(1), hidden(short.state).at(0));
    expectSameBits(output.at(1, [0, 2]), short.output.at(0));
    expect(output.at(1, [2, 5]).abs().sum().item()).toBe(0);
    expect(hidden(last).at(2).abs().sum().item()).toBe(0);
    expect(() => layer.forward(rows, { mask: ones([3, 5]) })).toThrow(
      "mask: expected bool of shape [3, 5], got float32 of shape [3, 5]",
    );
  });

  test("has gradients of weights, input and state, and compiles", () => {
    const values = layer.variables.map(({ value }) => value);
    const fn = (x: Tensor, ...given: Tensor[]) => {
      layer.variables.forEach((variable, i) => {
        variable.assign(given[i] as Tensor);
      });
      return layer.forward(x).output;
    };
    expect(checkGradients(fn, [rows, ...values]).comparisons).toBeGreaterThan(0);
    const run = compile((x: Tensor) => layer.forward(x).output);
    expectSameBits(run(rows), layer.forward(rows).output);
    expect(() => layer.forward(rows.slice([0, 0, 0], [3, 5, 2]))).toThrow(
      "x: expected [batch, length, 4]",
    );
  });
});

describe("MultiHeadAttention", () => {
  test("gives step by step from a cache what it gives at once", () => {
    const attention = new MultiHeadAttention(4, 2, { seed, dtype, causal: true });
    const whole = attention.forward(rows);
    let cache = attention.start(3, 8);
    const step = compile((x: Tensor, keys: Tensor, values: Tensor, length: Tensor) =>
      attention.next(x, { keys, values, length }),
    );
    for (let place = 0; place < 5; place++) {
      const x = rows.slice([0, place, 0], [3, place + 1, 4]);
      const eager = attention.next(x, cache);
      const { output } = step(x, cache.keys, cache.values, cache.length);
      expectSameBits(output, eager.output);
      cache = eager.cache;
      const expected = whole.slice([0, place, 0], [3, place + 1, 4]);
      expect(allClose(eager.output, expected, { absolute: 1e-12 })).toBe(true);
    }
    expect(cache.length.item()).toBe(5);
    const full = { ...cache, length: tensor(8, { dtype: "int32" }) };
    const row = rows.slice([0, 0, 0], [3, 1, 4]);
    expect(() => attention.next(row, full)).toThrow("since axis 0 has length 8, got 8");
    expect(() => step(row, full.keys, full.values, full.length).output.data()).toThrow(
      "since axis 0 has length 8, got 8",
    );
    expect(() => Reflect.apply(attention.next, attention, [row, {}])).toThrow(
      "MultiHeadAttention.next: cache: expected what start or next has returned",
    );
  });

  test("does so in a block, too", () => {
    const block = new TransformerBlock(4, 2, { seed, dtype, causal: true });
    const whole = block.forward(rows);
    let cache = block.start(3, 5);
    for (let place = 0; place < 5; place++) {
      const known = block.next(rows.slice([0, place, 0], [3, place + 1, 4]), cache);
      cache = known.cache;
      const expected = whole.slice([0, place, 0], [3, place + 1, 4]);
      expect(allClose(known.output, expected, { absolute: 1e-12 })).toBe(true);
    }
    expect(() => block.next(rows.slice([0, 0, 0], [3, 1, 4]), cache)).toThrow("got 5");
  });

  test("looks at a context, and not at what is masked", () => {
    const attention = new MultiHeadAttention(4, 2, { seed, dtype });
    const context = normal([3, 2, 4], { seed: 2, dtype });
    const padded = concat([context, normal([3, 3, 4], { seed: 3, dtype })], 1);
    const mask = tensor([true, true, false, false, false]);
    const expected = attention.forward(rows, { context });
    expect(
      allClose(attention.forward(rows, { context: padded, mask }), expected, { absolute: 1e-12 }),
    ).toBe(true);
    attention.forward(rows, { context: padded, mask });
    const [ofRows, of] = attention.backward(ones([3, 5, 4], { dtype }));
    expect([ofRows.shape, of?.context?.shape, of?.mask]).toEqual([[3, 5, 4], [3, 5, 4], undefined]);
    expect(of?.context?.at("...", [2, 5], [null, null]).abs().sum().item()).toBe(0);
    expect(() => new MultiHeadAttention(5, 2)).toThrow(
      "MultiHeadAttention: heads: expected a divisor of the size, 5, got 2",
    );
  });
});

describe("a network", () => {
  test("of words and blocks trains in a compiled step, and is evaluated without dropout", () => {
    const model = new Sequential(
      new Embedding(10, 8, { seed: 1 }),
      new TransformerBlock(8, 2, { causal: true, dropout: 0.1, seed: 2 }),
      new Dense(8, 10, { seed: 3 }),
    );
    const words = tensor(
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      { dtype: "int32" },
    );
    const run = compile(() => {
      return valueAndGrad(() => model.forward(words).square().mean(), {
        variables: model.variables,
      })();
    });
    const { value, gradient } = run();
    expect(gradient.length).toBe(model.variables.length);
    expect(value.item()).not.toBe(run().value.item());
    model.train(false);
    expect(run().value.item()).toBe(run().value.item());
  });

  test("refuses settings that are none", () => {
    expect(() => new Conv2d(1, 2, 3, { strides: 2 } as object)).toThrow(
      "Conv2d: options: expected no others than",
    );
    expect(() => new Dense(1, 2, { initializer: () => zeros([2]) })).toThrow(
      "Dense: initializer: expected a function that makes a float32 Tensor of shape [1, 2]",
    );
    expect(() => new Dropout(2)).toThrow("Dropout: rate: expected a number from 0 to 1, got 2");
    expect(() => new Embedding(0, 2)).toThrow(
      "Embedding: count: expected a positive integer, got 0",
    );
  });
});

test("starts by the bits of glorot", () => {
  const options = { seed: 7, dtype: "float32" } as const;
  const explicit = { ...options, initializer: glorot };
  expectSameBits(new Dense(5, 3, options).weight.value, new Dense(5, 3, explicit).weight.value);
  expectSameBits(
    new Conv2d(2, 4, 3, options).weight.value,
    new Conv2d(2, 4, 3, explicit).weight.value,
  );
});

describe("the activation of a TransformerBlock", () => {
  const x = uniform([2, 3, 4], { seed: 1 });
  const blockOf = (activation?: Activation) =>
    new TransformerBlock(4, 2, { seed, ...(activation && { activation }) });

  test("is the op of its name, exact GELU if nothing is said", () => {
    for (const [name, fn] of [
      [undefined, gelu],
      ["gelu", gelu],
      ["silu", silu],
      ["tanh", tanh],
    ] as const) {
      expectSameBits(blockOf(name).forward(x), blockOf((rows) => fn(rows)).forward(x));
    }
    const approximate = blockOf((rows) => gelu(rows, { approximation: "tanh" })).forward(x);
    expect(approximate.sub(blockOf().forward(x)).abs().max().item()).toBeGreaterThan(1e-6);
  });

  test("has its name in a summary", () => {
    expect(String(summary(blockOf(), x))).toContain("gelu");
    expect(String(summary(blockOf("silu"), x))).toContain("silu");
  });

  test("is refused where it is none", () => {
    expect(() => blockOf("geluu" as "gelu")).toThrow(
      'TransformerBlock: activation: expected a function, or one of celu, elu, gelu, hardSigmoid, hardSwish, leakyRelu, mish, relu, relu6, selu, sigmoid, silu, softplus, softsign, tanh, got "geluu"',
    );
    expect(() => blockOf(3 as unknown as "gelu")).toThrow(
      "TransformerBlock: activation: expected a function, got 3",
    );
  });
});

describe("recurrent layers", () => {
  const lengths = tensor([5, 2, 0], { dtype: "int32" });

  test("stand in a Sequential with the tensor that they are told to give", () => {
    const all = new Sequential(
      new LSTM(4, 3, { seed, dtype, output: "all" }),
      new Dense(3, 2, { dtype }),
    );
    expect(all.forward(rows).shape).toEqual([3, 5, 2]);
    const last = new Sequential(
      new GRU(4, 3, { seed, dtype, output: "last" }),
      new Dense(3, 1, { dtype }),
    );
    expect(last.forward(rows).shape).toEqual([3, 1]);
    // The annotated types depend on the options.
    const output: Tensor = new RNN(4, 3, { dtype, output: "all" }).forward(rows);
    const { state: end }: { state: Tensor } = new RNN(4, 3, { dtype }).forward(rows);
    expect([output.shape, end.shape]).toEqual([
      [3, 5, 3],
      [3, 3],
    ]);
  });

  test("give the same, whole or in part", () => {
    for (const bidirectional of [false, true]) {
      const own = { seed, dtype, bidirectional, layers: 2 } as const;
      const { output, state: end } = new LSTM(4, 3, own).forward(rows, { lengths });
      const all = new LSTM(4, 3, { ...own, output: "all" }).forward(rows, { lengths });
      const last = new LSTM(4, 3, { ...own, output: "last" }).forward(rows, { lengths });
      expectSameBits(all, output);
      const top = bidirectional ? [end.hidden.at(2), end.hidden.at(3)] : [end.hidden.at(1)];
      expectSameBits(last, concat(top, 1));
      expect(end.cell.shape).toEqual([bidirectional ? 4 : 2, 3, 3]);
    }
  });

  test("take lengths for the mask that they make, and padding for nothing", () => {
    const layer = new GRU(4, 3, { seed, dtype, layers: 2, bidirectional: true });
    const mask = arange(5, { dtype: "int32" }).less(lengths.expandDims(1));
    const masked = layer.forward(rows, { mask });
    const counted = layer.forward(rows, { lengths });
    expectSameBits(counted.output, masked.output);
    expectSameBits(counted.state, masked.state);
    const other = where(mask.expandDims(-1), rows, 1e6);
    expectSameBits(layer.forward(other, { lengths }).output, counted.output);
    // The second sequence is computed alone, without its padding.
    const short = layer.forward(rows.slice([1, 0, 0], [2, 2, 4]));
    expectSameBits(counted.output.slice([1, 0, 0], [2, 2, 6]), short.output);
    expectSameBits(counted.state.slice([0, 1, 0], [4, 2, 3]), short.state);
  });

  test("drop outputs between layers in training alone, and say so of one layer", () => {
    const make = (dropout: number) => new RNN(4, 3, { seed, dtype, layers: 2, dropout });
    const [whole, dropping] = [make(0), make(0.5)];
    expect(dropping.forward(rows).output.equal(whole.forward(rows).output).all().item()).toBe(0);
    dropping.train(false);
    expectSameBits(dropping.forward(rows).output, whole.forward(rows).output);
    expect(() => new RNN(4, 3, { dropout: 0.5 })).toThrow(
      "RNN: dropout: expected 0 for one layer, since it stands between layers, got 0.5",
    );
  });

  test("refuse a state of another shape, and other options", () => {
    const layer = new LSTM(4, 3, { seed, dtype, layers: 2 });
    const single = new LSTM(4, 3, { seed, dtype }).forward(rows).state;
    expect(() => layer.forward(rows, { state: single })).toThrow(
      "LSTM: state.hidden: expected [2, 3, 3], got [3, 3]",
    );
    expect(() => new GRU(4, 3, { output: "first" as never })).toThrow('"both" or "all" or "last"');
    expect(() => new GRU(4, 3, { layers: 0 })).toThrow("GRU: layers");
    expect(String(new GRU(4, 3, { layers: 2, bidirectional: true }))).toBe(
      "GRU 4 → 3, 2 layers, bidirectional",
    );
  });
});
