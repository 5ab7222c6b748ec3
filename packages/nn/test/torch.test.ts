/** Weights with PyTorch's names; `packages/files` compares them with models of PyTorch. */

import { Layer, ones, relu, type Tensor, tensor, uniform, Variable, zeros } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../core/test/misuse/support.ts";
import {
  Adam,
  BatchNorm,
  Conv2d,
  Conv3d,
  Dense,
  Dropout,
  GRU,
  InstanceNorm,
  LSTM,
  loadTorch,
  MultiHeadAttention,
  Residual,
  RNN,
  Sequential,
  TransformerBlock,
  toTorch,
} from "../src/index.ts";
import { resultOf } from "./table/layers.ts";

const values = (x: Tensor | undefined) => Array.from(x?.data() ?? []);
const network = () =>
  new Sequential(new Dense(2, 2, { seed: 1 }), relu, new Dense(2, 1, { seed: 2 }));
const weights = {
  "0.weight": tensor([
    [1, 2],
    [3, 4],
  ]),
  "0.bias": tensor([5, 6]),
  "2.weight": tensor([[7, 8]]),
  "2.bias": tensor([9]),
};

test("a square weight is transposed", () => {
  const model = network();
  expect(loadTorch(model, weights)).toEqual({
    used: [
      { tensor: "0.weight", variables: ["layers.0.weight"] },
      { tensor: "0.bias", variables: ["layers.0.bias"] },
      { tensor: "2.weight", variables: ["layers.2.weight"] },
      { tensor: "2.bias", variables: ["layers.2.bias"] },
    ],
    left: [],
    missing: [],
  });
  // By hand, x Wᵀ + b for [1, 2] is [1 + 4 + 5, 3 + 8 + 6], and then 70 + 136 + 9.
  expect(model.forward(tensor([[1, 2]])).item()).toBe(215);
});

test("names are PyTorch's for each layer, and those of properties elsewhere", () => {
  class Model extends Layer {
    readonly blocks = [new TransformerBlock(4, 2, { dropout: 0.1 }), new Residual(new Dense(4, 4))];
    readonly rest = { conv: new Conv2d(1, 2, 3), norm: new BatchNorm(2), lstm: new LSTM(2, 3) };
    readonly volume = new Sequential(new Conv3d(1, 2, 2), new InstanceNorm(2, { affine: true }));
    readonly attention = new MultiHeadAttention(4, 2, { bias: false });
    readonly scale = new Variable(ones([2]));
    readonly drop = new Dropout(0.5);

    override compute(x: Tensor): Tensor {
      return x;
    }
  }
  const shapes = Object.entries(toTorch(new Model())).map(
    ([name, { shape }]) => `${name} ${shape}`,
  );
  expect(shapes).toEqual([
    "blocks.0.self_attn.in_proj_weight 12,4",
    "blocks.0.self_attn.in_proj_bias 12",
    "blocks.0.self_attn.out_proj.weight 4,4",
    "blocks.0.self_attn.out_proj.bias 4",
    "blocks.0.linear1.weight 16,4",
    "blocks.0.linear1.bias 16",
    "blocks.0.linear2.weight 4,16",
    "blocks.0.linear2.bias 4",
    "blocks.0.norm1.weight 4",
    "blocks.0.norm1.bias 4",
    "blocks.0.norm2.weight 4",
    "blocks.0.norm2.bias 4",
    "blocks.1.inner.0.weight 4,4",
    "blocks.1.inner.0.bias 4",
    "rest.conv.weight 2,1,3,3",
    "rest.conv.bias 2",
    "rest.norm.weight 2",
    "rest.norm.bias 2",
    "rest.norm.running_mean 2",
    "rest.norm.running_var 2",
    "rest.lstm.weight_ih_l0 12,2",
    "rest.lstm.weight_hh_l0 12,3",
    "rest.lstm.bias_ih_l0 12",
    "rest.lstm.bias_hh_l0 12",
    "volume.0.weight 2,1,2,2,2",
    "volume.0.bias 2",
    "volume.1.weight 2",
    "volume.1.bias 2",
    "attention.in_proj_weight 12,4",
    "attention.out_proj.weight 4,4",
    "scale 2",
  ]);
});

test("what toTorch gives loads back, also a class with more than the one that it extends", () => {
  class Scaled extends Dense {
    readonly scale = new Variable(uniform([3], { seed: 5 }));
  }
  const make = (seed: number) => ({
    dense: new Scaled(2, 3, { seed }),
    block: new TransformerBlock(4, 2, { seed }),
  });
  const [from, to] = [make(1), make(2)];
  const told = toTorch(from);
  expect(Object.keys(told)).toContain("dense.scale");
  expect(loadTorch(to, told).left).toEqual([]);
  expect(toTorch(to)).toEqual(told);
  expect(values(to.dense.weight.value)).toEqual(values(from.dense.weight.value));
});

describe("what does not fit is an error, and nothing is loaded:", () => {
  test.each<[string, Record<string, Tensor>, string]>([
    [
      "a missing tensor",
      {
        "0.weight": weights["0.weight"],
        "0.bias": weights["0.bias"],
        "2.weight": weights["2.weight"],
      },
      "loadTorch: 2.bias: expected a float32 Tensor of shape [1], got nothing.",
    ],
    [
      "one that is left over",
      { ...weights, "4.weight": ones([2]) },
      "loadTorch: 4.weight: expected nothing, for the model has no Variable there, got a float32 Tensor of shape [2].",
    ],
    [
      "another shape, told as PyTorch has it",
      { ...weights, "2.weight": ones([2, 1]) },
      "loadTorch: 2.weight: expected a float32 Tensor of shape [1, 2], got a float32 Tensor of shape [2, 1].",
    ],
    [
      "another dtype",
      { ...weights, "2.bias": zeros([1], { dtype: "float64" }) },
      "loadTorch: 2.bias: expected a float32 Tensor of shape [1], got a float64 Tensor of shape [1].",
    ],
    [
      "several",
      { "0.weight": ones([3]), "0.bias": ones([2]), "2.weight": ones([1, 2]), x: ones([]) },
      "loadTorch: tensors: expected one fitting Tensor for each weight of the model, got a float32 Tensor of shape [3] for 0.weight",
    ],
  ])("%s", (_, given, message) => {
    const model = network();
    const before = toTorch(model);
    expect(messageOf(() => loadTorch(model, given))).toContain(message);
    expect(toTorch(model)).toEqual(before);
  });

  test("names of a part, with the option that takes it", () => {
    const inside = Object.fromEntries(
      Object.entries(weights).map(([name, w]) => [`module.${name}`, w]),
    );
    expect(messageOf(() => loadTorch(network(), inside))).toContain(
      'The option prefix takes a part: { prefix: "module" }.',
    );
    for (const prefix of ["module", "module."]) {
      expect(loadTorch(network(), inside, { prefix }).used[0]?.tensor).toBe("module.0.weight");
    }
    expect(messageOf(() => loadTorch(network(), inside, { prefix: "net" }))).toBe(
      'loadTorch: prefix: expected names that begin with "net.", got none.',
    );
  });

  test("what is no tensor, and what is no object of them", () => {
    expect(messageOf(() => loadTorch(network(), [ones([1])] as never))).toContain(
      "tensors: expected an object of tensors by name",
    );
    expect(messageOf(() => loadTorch(network(), { "0.weight": 1 } as never))).toContain(
      "0.weight: expected a Tensor, got 1",
    );
    expect(messageOf(() => loadTorch(network(), weights, { strict: false } as never))).toContain(
      "prefix, rename, partial",
    );
  });
});

describe("options", () => {
  test("rename gives tensors the names of the model", () => {
    const named = {
      "fc1.weight": weights["0.weight"],
      "fc1.bias": weights["0.bias"],
      "fc2.weight": weights["2.weight"],
      "fc2.bias": weights["2.bias"],
    };
    const rename = (name: string) => name.replace("fc1", "0").replace("fc2", "2");
    const model = network();
    expect(loadTorch(model, named, { rename }).used[2]).toEqual({
      tensor: "fc2.weight",
      variables: ["layers.2.weight"],
    });
    expect(model.forward(tensor([[1, 2]])).item()).toBe(215);
    expect(messageOf(() => loadTorch(network(), named, { rename: () => "0.weight" }))).toContain(
      'fc1.bias: expected a name of its own, got "0.weight" for "fc1.weight", too',
    );
    expect(messageOf(() => loadTorch(network(), named, { rename: (() => 1) as never }))).toContain(
      'rename("fc1.weight"): expected a text, got 1',
    );
  });

  test("partial says what was left and what is missing, and loads the rest", () => {
    const model = network();
    const last = values(model.layers[2]?.variables[0]?.value);
    const { used, left, missing } = loadTorch(
      model,
      { "0.weight": weights["0.weight"], "0.bias": weights["0.bias"], "head.weight": ones([9, 2]) },
      { partial: true },
    );
    expect(used.length).toBe(2);
    expect(left).toEqual(["head.weight"]);
    expect(missing).toEqual(["layers.2.weight", "layers.2.bias"]);
    expect(values(model.layers[2]?.variables[0]?.value)).toEqual(last);
    // A head with another number of classes keeps its initial weights.
    const other = { ...weights, "2.weight": ones([4, 2]), "2.bias": ones([4]) };
    expect(loadTorch(network(), other, { partial: true })).toMatchObject({
      left: ["2.weight", "2.bias"],
      missing: ["layers.2.weight", "layers.2.bias"],
    });
    expect(
      messageOf(() => loadTorch(network(), { "0.weight": ones([3]) }, { partial: true })),
    ).toContain("got a float32 Tensor of shape [3] for 0.weight");
  });

  test("counts of batches are taken as they come, and no others", () => {
    const count = tensor(3, { dtype: "int32" });
    const given = { ...toTorch(new BatchNorm(2)), num_batches_tracked: count };
    expect(loadTorch(new BatchNorm(2), given).left).toEqual([]);
    expect(
      messageOf(() =>
        loadTorch(new Dense(2, 2), { ...toTorch(new Dense(2, 2)), num_batches_tracked: count }),
      ),
    ).toContain("num_batches_tracked: expected nothing");
  });
});

test("a Variable that stands twice has the name of the first", () => {
  class Tied extends Layer {
    readonly one = new Dense(2, 2, { seed: 1 });
    readonly other = this.one;

    override compute(x: Tensor): Tensor {
      return this.other.forward(this.one.forward(x));
    }
  }
  expect(Object.keys(toTorch(new Tied()))).toEqual(["one.weight", "one.bias"]);
});

test("an optimizer beside a model has no weights of PyTorch", () => {
  const model = new Dense(1, 1);
  const both = { model, optimizer: new Adam(model, { learningRate: 0.1 }) };
  expect(
    messageOf(() => loadTorch(both, { "model.weight": ones([1, 1]), "model.bias": ones([1]) })),
  ).toContain("optimizer");
});

test("recurrent layers of several layers and directions have a name for each", () => {
  const lstm = new LSTM(2, 3, { layers: 2, bidirectional: true });
  const shapes = Object.entries(toTorch(lstm)).map(([name, { shape }]) => `${name} ${shape}`);
  const cells = ["l0 12,2", "l0_reverse 12,2", "l1 12,6", "l1_reverse 12,6"].map((cell) =>
    cell.split(" "),
  );
  expect(shapes).toEqual(
    cells.flatMap(([place, input]) => [
      `weight_ih_${place} ${input}`,
      `weight_hh_${place} 12,3`,
      `bias_ih_${place} 12`,
      `bias_hh_${place} 12`,
    ]),
  );
});

test("recurrent layers without biases are those of PyTorch with bias=False", () => {
  for (const [Kind, gates] of [
    [RNN, 1],
    [GRU, 3],
    [LSTM, 4],
  ] as const) {
    const own = new Kind(2, 3, { layers: 2, bias: false, seed: 1 });
    const tensors = toTorch(own);
    expect(Object.entries(tensors).map(([name, { shape }]) => `${name} ${shape}`)).toEqual([
      ...[`weight_ih_l0 ${3 * gates},2`, `weight_hh_l0 ${3 * gates},3`],
      ...[`weight_ih_l1 ${3 * gates},3`, `weight_hh_l1 ${3 * gates},3`],
    ]);
    expect(own.cells.map(({ inputBias, stateBias }) => [inputBias, stateBias])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    const other = new Kind(2, 3, { layers: 2, bias: false, seed: 2 });
    expect(loadTorch(other, tensors).missing).toEqual([]);
    const x = ones([1, 4, 2]);
    expect(values(resultOf(other, x))).toEqual(values(resultOf(own, x)));
  }
});

test("a model without weights is refused, as it would be an empty file", () => {
  const expected = "model: expected a model with weights, got";
  for (const model of [Math, {}, new Sequential(relu, new Dropout(0.5))]) {
    expect(messageOf(() => toTorch(model))).toContain(`toTorch: ${expected}`);
    expect(messageOf(() => loadTorch(model, {}))).toContain(`loadTorch: ${expected}`);
  }
});
