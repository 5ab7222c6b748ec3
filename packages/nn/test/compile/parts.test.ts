/**
 * Parts of a model that are replaced: compiled functions are recorded again, whatever path leads to the part.
 */

import { compile, Layer, relu, type Tensor, tensor, Variable } from "@graddiff/core";
import { describe, expect, test, vi } from "vitest";
import {
  batches,
  Dense,
  fit,
  MultiHeadAttention,
  meanSquaredError,
  Sequential,
  SGD,
  TransformerBlock,
  trainingStep,
} from "../../src/index.ts";

const x = tensor([[1, 2]]);

/** Multiplies x by a number, and adds the results of its parts. */
class Net extends Layer {
  scale = 2;
  k = new Variable(tensor(1));
  head: Layer = new Dense(2, 1, { seed: 1 });
  parts: { readonly list: Layer[]; extra?: Layer } = { list: [new Dense(2, 1, { seed: 2 })] };
  readonly seen: number[] = [];
  readonly rows: { readonly epoch: number; readonly values: readonly number[] }[] = [];
  fn = (y: Tensor) => y.sum();
  #calls = 0;
  calls = 0;
  last: Tensor | undefined;

  compute(given: Tensor): Tensor {
    this.calls = ++this.#calls;
    const all = [this.head, ...this.parts.list, ...(this.parts.extra ? [this.parts.extra] : [])];
    const sum = all.reduce(
      (y, each) => y.add(each.forward(given as never) as Tensor),
      this.k.value,
    );
    this.last = this.fn(sum.mul(this.scale));
    return this.last;
  }
}

/** Returns a compiled function of a net, and a counter of its recordings. */
function watched(net: Net) {
  let recordings = 0;
  const run = compile((given: Tensor) => {
    recordings++;
    return net.forward(given);
  });
  return { run, recordings: () => recordings };
}

const changes: Readonly<Record<string, (net: Net) => void>> = {
  "another layer in a property": (net) => {
    net.head = new Dense(2, 1, { seed: 7 });
  },
  "another Variable in a property": (net) => {
    net.k = new Variable(tensor(5));
  },
  "another number in a property": (net) => {
    net.scale = 3;
  },
  "another function in a property": (net) => {
    net.fn = (y) => y.sin().sum();
  },
  "another layer in a list": (net) => {
    net.parts.list[0] = new Dense(2, 1, { seed: 8 });
  },
  "one more layer in a list": (net) => {
    net.parts.list.push(new Dense(2, 1, { seed: 9 }));
  },
  "a layer less in a list": (net) => {
    net.parts.list.pop();
  },
  "another list": (net) => {
    net.parts = { list: [] };
  },
  "one more entry of an object": (net) => {
    net.parts.extra = new Dense(2, 1, { seed: 10 });
  },
};

describe("a compiled function notices", () => {
  test.each(Object.entries(changes))("%s", (_, change) => {
    const net = new Net();
    const { run, recordings } = watched(net);
    const before = run(x).item();
    run(x);
    expect(recordings()).toBe(1);
    change(net);
    const after = run(x).item();
    expect(after).toBe(net.forward(x).item());
    expect(after).not.toBe(before);
    run(x);
    expect(recordings()).toBe(2);
  });

  test("a part that comes back, whose program it has still", () => {
    const net = new Net();
    const { run, recordings } = watched(net);
    const [first, second] = [net.head, new Dense(2, 1, { seed: 4 })];
    const before = run(x).item();
    net.head = second;
    run(x);
    net.head = first;
    expect(run(x).item()).toBe(before);
    expect(recordings()).toBe(2);
  });

  test("a part of a layer that an inner compiled function runs", () => {
    const net = new Net();
    const inner = watched(net).run;
    const outer = compile((given: Tensor) => inner(given).mul(10));
    const before = outer(x).item();
    outer(x);
    net.head = new Dense(2, 1, { seed: 5 });
    expect(outer(x).item()).not.toBe(before);
    expect(outer(x).item()).toBeCloseTo(10 * net.forward(x).item(), 4);
  });
});

test("what a layer keeps of its last call, and lists of numbers, record nothing anew", () => {
  const net = new Net();
  const { run, recordings } = watched(net);
  for (let i = 0; i < 4; i++) {
    net.seen.push(run(x).item());
    net.rows.push({ epoch: i, values: [i] });
    net.forward(x);
  }
  expect(recordings()).toBe(1);
});

test.each<[string, (net: Net, i: number) => void]>([
  [
    "Net.scale",
    (net, i) => {
      net.scale = i;
    },
  ],
  ["the length of Object.list", (net) => net.parts.list.push(new Dense(2, 1))],
])("many recordings are told with what has changed: %s", (name, change) => {
  const net = new Net();
  const { run } = watched(net);
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  for (let i = 0; i < 40; i++) {
    change(net, i);
    run(x);
  }
  expect(warned.mock.calls.flat().join()).toContain(
    `was compiled 32 times, since ${name} has changed`,
  );
  expect(warned).toHaveBeenCalledTimes(1);
  warned.mockRestore();
});

/** A model that is not a Layer: its properties are watched when it is given to a training function. */
class Plain {
  first: Dense = new Dense(2, 1, { seed: 1 });
  k = new Variable(tensor(1));
  forward(given: Tensor) {
    return this.first.forward(given).mul(this.k.value);
  }
}

const y = tensor([[1]]);

test("a model whose parts are replaced needs another optimizer, which the step says", () => {
  const model = new Plain();
  const step = trainingStep(
    model,
    (own) => meanSquaredError(own.forward(x), y),
    new SGD(model, { learningRate: 0.1 }),
  );
  step();
  const old = model.k;
  model.k = new Variable(tensor(2));
  for (let i = 0; i < 2; i++) {
    expect(() => step()).toThrow(
      "trainingStep: model: expected the Variables that it had when its optimizer was made, got another, k. A part was added or replaced: make the optimizer and the step anew",
    );
  }
  expect(model.k.value.item()).toBe(2);
  model.k = old;
  step();
  model.k = new Variable(tensor(3), { trainable: false });
  step();
  expect(model.k.value.item()).toBe(3);
});

test("fit evaluates and trains the parts that there are", async () => {
  const model = new Plain();
  const optimizer = new SGD([...model.first.variables, model.k], { learningRate: 0.01 });
  const data = batches(
    {
      x: tensor([
        [1, 2],
        [3, 4],
      ]),
      y: tensor([[1], [2]]),
    },
    { size: 2 },
  );
  const run = fit(model, {
    data,
    validation: data,
    loss: (own, batch) => meanSquaredError(own.forward(batch.x), batch.y),
    optimizer,
    epochs: 4,
  });
  const losses: number[] = [];
  await expect(async () => {
    for await (const { validation } of run) {
      losses.push(validation?.loss ?? 0);
      if (losses.length === 2) model.first = new Dense(2, 1, { seed: 3 });
    }
  }).rejects.toThrow(
    "fit: model: expected the Variables that it had when its optimizer was made, got another, first.weight",
  );
  expect(losses.length).toBe(2);
});

test("a block that goes step by step notices, too", () => {
  const block = new TransformerBlock(4, 2, { causal: true, seed: 1 });
  const run = compile((row: Tensor) => block.next(row, block.start(1, 3)).output);
  const row = tensor([[[1, 2, 3, 5]]]);
  const before = String(run(row));
  (block as { attention: MultiHeadAttention }).attention = new MultiHeadAttention(4, 2, {
    causal: true,
    seed: 9,
  });
  expect(String(run(row))).not.toBe(before);
  (block.attention as { query: Dense }).query = new Dense(4, 4, { seed: 4 });
  (block.attention as { value: Dense }).value = new Dense(4, 4, { seed: 5 });
  expect(String(run(row))).toBe(String(block.next(row, block.start(1, 3)).output));
});

test("a Sequential is a list of layers like another", () => {
  const layers: Layer[] = [new Dense(2, 2, { seed: 1 })];
  const model = new Sequential(...layers, relu);
  const run = compile((given: Tensor) => model.forward(given));
  const before = String(run(x));
  (model.layers as Layer[])[0] = new Dense(2, 2, { seed: 2 });
  expect(String(run(x))).toBe(String(model.forward(x)));
  expect(String(run(x))).not.toBe(before);
});
