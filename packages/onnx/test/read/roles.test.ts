/** The tensors of a file that are weights: those that an operator reads as weights, wherever the file stores them. */

import { create } from "@bufbuild/protobuf";
import { compile, grad, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { expect, test } from "vitest";
import { TensorProtoSchema } from "../../src/generated/onnx_pb.js";
import { importOnnx } from "../../src/index.ts";
import { floats, graph, int64, localFunction, model, node, Type } from "./support/build.ts";

/** Returns a tensor of numbers that are all different. */
const some = (name: string, ...shape: number[]) =>
  floats(
    name,
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 0.3 + 0.1 * i),
  );

const constant = (name: string, ...shape: number[]) =>
  node("Constant", [], [name], { value: some("", ...shape) });

type Nodes = Parameters<typeof model>[0]["nodes"];

/** Returns the names of the trained weights of a model with the input x. */
function trainedOf(
  nodes: Nodes,
  constants: ReturnType<typeof floats>[] = [],
  shape: readonly (number | string)[] = ["a", "b"],
): string[] {
  const bytes = model({ nodes, inputs: [["x", shape]], outputs: [["y", ["?"]]], constants });
  const { weights } = importOnnx(bytes);
  return Object.entries(weights).flatMap(([name, { trainable }]) => (trainable ? [name] : []));
}

test("learned operands are weights, in initializers and Constants alike", () => {
  const nodes = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["b", "p"], ["y"])];
  expect(trainedOf(nodes, [some("w", 2, 3), some("b", 3)])).toEqual(["w", "b"]);
  expect(trainedOf([constant("w", 2, 3), constant("b", 3), ...nodes])).toEqual(["w", "b"]);
});

test("so are the operands of convolutions, recurrences, tables and normalisations", () => {
  const conv = node("Conv", ["x", "w", "b"], ["y"]);
  const image = [1, 2, 4, 4];
  expect(trainedOf([conv], [some("w", 1, 2, 3, 3), some("b", 1)], image)).toEqual(["w", "b"]);
  const lstm = node("LSTM", ["x", "w", "r", "b", "", "h", "c", "p"], ["y"], { hidden_size: 2 });
  const cells = [some("w", 1, 8, 2), some("r", 1, 8, 2), some("b", 1, 16), some("p", 1, 6)];
  const states = [some("h", 1, 1, 2), some("c", 1, 1, 2)];
  expect(trainedOf([lstm], [...cells, ...states], [4, 1, 2])).toEqual(["w", "r", "b", "p"]);
  const norm = node("LayerNormalization", ["x", "s", "b"], ["y"]);
  expect(trainedOf([norm], [some("s", 3), some("b", 3)])).toEqual(["s", "b"]);
  const places = node("Constant", [], ["i"], { value: int64("", [2], [0, 1]) });
  const table = [places, node("Gather", ["t", "i"], ["rows"]), node("Add", ["x", "rows"], ["y"])];
  expect(trainedOf(table, [some("t", 4, 3)])).toEqual(["t"]);
  expect(trainedOf([node("PRelu", ["x", "s"], ["y"])], [some("s", 3)])).toEqual(["s"]);
});

test("a view of a stored tensor is that tensor, and so is what is computed of it alone", () => {
  const turned = [
    node("Transpose", ["w"], ["t"]),
    node("Identity", ["t"], ["i"]),
    node("Cast", ["i"], ["f"], { to: Type.FLOAT }),
    node("MatMul", ["x", "f"], ["y"]),
  ];
  expect(trainedOf(turned, [some("w", 3, 2)])).toEqual(["w"]);
  // The weight is divided by its norm, as PyTorch exports weight_norm, and multiplied by a mask.
  const normed = [
    node("ReduceL2", ["v"], ["n"], { axes: [1] }),
    node("Div", ["v", "n"], ["u"]),
    node("Mul", ["u", "g"], ["w"]),
    node("Mul", ["w", "mask"], ["m"]),
    node("MatMul", ["x", "m"], ["y"]),
  ];
  const mask = floats("mask", [2, 2], [1, 0, 1, 1]);
  expect(trainedOf(normed, [some("v", 2, 2), some("g", 2, 1), mask])).toEqual(["v", "g"]);
});

test("what is added or multiplied elsewhere is not", () => {
  const scores = [node("MatMul", ["x", "x"], ["p"]), node("Add", ["p", "mask"], ["y"])];
  expect(trainedOf(scores, [some("mask", 2, 2)], [2, 2])).toEqual([]);
  // Positions have a number for each element of the product, while a bias has one for each column.
  const positions = [
    node("MatMul", ["x", "w"], ["p"]),
    node("Add", ["p", "b"], ["q"]),
    node("Add", ["q", "places"], ["r"]),
    node("Mul", ["r", "factors"], ["y"]),
  ];
  const own = [some("w", 2, 3), some("b", 3), some("places", 5, 3), some("factors", 3)];
  expect(trainedOf(positions, own, [5, 2])).toEqual(["w", "b"]);
});

test("scale and shift of a normalisation that is written out are weights, those that change nothing are not", () => {
  const written = [
    node("ReduceMean", ["x"], ["m"], { axes: [1] }),
    node("Sub", ["x", "m"], ["d"]),
    node("Mul", ["d", "d"], ["q"]),
    node("ReduceMean", ["q"], ["v"], { axes: [1] }),
    node("Add", ["v", "epsilon"], ["e"]),
    node("Sqrt", ["e"], ["r"]),
    node("Div", ["d", "r"], ["n"]),
    node("Mul", ["n", "s"], ["k"]),
    node("Add", ["k", "b"], ["y"]),
  ];
  const own = [floats("epsilon", [1], [1e-5]), some("s", 3), some("b", 3)];
  expect(trainedOf(written, own)).toEqual(["s", "b"]);
  const root = [
    ...written.slice(0, 5),
    node("Pow", ["e", "minus"], ["r"]),
    node("Mul", ["r", "d"], ["n"]),
    ...written.slice(7),
  ];
  expect(trainedOf(root, [...own, floats("minus", [], [-0.5])])).toEqual(["s", "b"]);

  const [ones, zeros] = [floats("ones", [2], [1, 1]), floats("zeros", [2], [0, 0])];
  const groups = [
    node("InstanceNormalization", ["x", "ones", "zeros"], ["i"]),
    node("Reshape", ["i", "shape"], ["n"]),
    ...written.slice(7),
  ];
  const shape = int64("shape", [3], [1, 4, 2]);
  const four = [some("s", 4, 1), some("b", 4, 1), shape];
  expect(trainedOf(groups, [ones, zeros, ...four], [1, 2, 4])).toEqual(["s", "b"]);
  // In an untrained network, ones and zeros are initial weights if they are stored as initializers.
  const fresh = [node("InstanceNormalization", ["x", "ones", "zeros"], ["y"])];
  expect(trainedOf(fresh, [ones, zeros], [1, 2, 4])).toEqual(["ones", "zeros"]);
  const none = [
    node("Constant", [], ["ones"], { value: ones }),
    node("Constant", [], ["zeros"], { value: zeros }),
    ...fresh,
  ];
  expect(trainedOf(none, [], [1, 2, 4])).toEqual([]);
});

test("a bias of one number is one where a product has one column", () => {
  const nodes = [node("MatMul", ["x", "w"], ["p"]), node("Add", ["p", "b"], ["y"])];
  const b = floats("b", [1], [0.5]);
  expect(trainedOf(nodes, [some("w", 3, 1), b])).toEqual(["w", "b"]);
  expect(trainedOf(nodes, [some("w", 3, 2), b])).toEqual(["w"]);
});

test("a summary says why the others are frozen", () => {
  const bytes = model({
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      node("BatchNormalization", ["c", "s", "b", "mean", "variance"], ["n"]),
      node("Clip", ["n", "low", "high"], ["k"]),
      node("Where", ["yes", "k", "nothing"], ["m"]),
      node("Add", ["m", "places"], ["y"]),
    ],
    inputs: [
      ["x", [1, 1, 2, 2]],
      ["yes", [], Type.BOOL],
    ],
    outputs: [["y", [1, 2, 2, 2]]],
    constants: [
      some("w", 2, 1, 1, 1),
      ...["s", "b", "mean", "variance"].map((name) => some(name, 2)),
      floats("low", [1], [0]),
      floats("high", [], [1]),
      floats("nothing", [2, 1, 1], [-Infinity, -Infinity]),
      some("places", 1, 2, 2, 2),
    ],
  });
  const imported = importOnnx(bytes);
  const x = tensor([
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ]);
  const { frozen } = imported.summary(x, tensor(true));
  expect(Object.fromEntries(frozen.map(({ name, reason }) => [name, reason]))).toEqual({
    mean: "a statistic of BatchNormalization",
    variance: "a statistic of BatchNormalization",
    low: "the bound of Clip",
    high: "the bound of Clip",
    nothing: "not finite",
    places: "read by Add, as no weight",
  });
  expect(String(imported.summary(x, tensor(true)))).toContain(
    "not trained: mean, variance (a statistic of BatchNormalization)",
  );
  // Scalars and tensors with infinite elements are constants; the others are Variables that may be trained.
  expect(Object.keys(imported.weights)).toEqual(["w", "s", "b", "mean", "variance", "places"]);
});

test("a weight that is cut, chosen or compared is one, and its limit is none", () => {
  const one = (name: string, value: number) => floats(name, [], [value]);
  const product = node("MatMul", ["x", "v"], ["y"]);
  for (const cut of [
    node("Max", ["matrix", "zero"], ["v"]),
    node("Min", ["zero", "matrix"], ["v"]),
    node("Clip", ["matrix", "zero", "one"], ["v"]),
    node("Pow", ["matrix", "zero"], ["v"]),
    node("QuantizeLinear", ["matrix", "one"], ["v"]),
  ]) {
    expect(
      trainedOf([cut, product], [some("matrix", 2, 3), one("zero", 0), one("one", 1)]),
    ).toEqual(["matrix"]);
  }
  const chosen = [
    node("Greater", ["matrix", "half"], ["yes"]),
    node("Where", ["yes", "matrix", "zero"], ["v"]),
    product,
  ];
  expect(trainedOf(chosen, [some("matrix", 2, 3), one("half", 0.5), one("zero", 0)])).toEqual([
    "matrix",
  ]);
  // A name like that of a parameter counts as evidence in a comparison with a limit, but not in a power.
  const scaled = (operator: string) => [
    node("MatMul", ["x", "matrix"], ["p"]),
    node(operator, ["alpha", "zero"], ["a"]),
    node("Mul", ["p", "a"], ["y"]),
  ];
  const two = [some("matrix", 2, 3), one("alpha", 0.5), one("zero", 0)];
  expect(trainedOf(scaled("Max"), two)).toEqual(["matrix", "alpha"]);
  expect(trainedOf([...scaled("Max").slice(0, 2), node("Pow", ["p", "a"], ["y"])], two)).toEqual([
    "matrix",
  ]);
});

test("vectors of a norm are no weights, unless they have the name of a parameter", () => {
  const normed = (u: string, v: string) => [
    node("MatMul", ["matrix", v], ["a"]),
    node("MatMul", [u, "a"], ["s"]),
    node("Div", ["matrix", "s"], ["n"]),
    node("MatMul", ["x", "n"], ["y"]),
  ];
  expect(trainedOf(normed("u", "v"), [some("matrix", 2, 3), some("u", 2), some("v", 3)])).toEqual([
    "matrix",
  ]);
  const latent = [node("MatMul", ["latent", "matrix"], ["a"]), node("Add", ["x", "a"], ["y"])];
  expect(trainedOf(latent, [some("matrix", 2, 3), some("latent", 2)])).toEqual([
    "matrix",
    "latent",
  ]);
});

test("what follows a dynamic quantisation is no scale of it", () => {
  const integers = create(TensorProtoSchema, {
    name: "w",
    dims: [2n, 3n],
    dataType: Type.INT8,
    rawData: Uint8Array.of(1, 2, 3, 4, 5, 6),
  });
  const bytes = model({
    nodes: [
      node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
      node("MatMulInteger", ["q", "w", "z"], ["i"]),
      node("Cast", ["i"], ["f"], { to: Type.FLOAT }),
      node("Mul", ["s", "w_scale"], ["t"]),
      node("Mul", ["f", "t"], ["p"]),
      node("Mul", ["p", "gamma"], ["y"]),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 3]]],
    constants: [integers, floats("w_scale", [], [0.5]), some("gamma", 3)],
  });
  const { tensors } = importOnnx(bytes, { trainable: ["gamma"] });
  expect(tensors.map(({ name, role, trained }) => [name, role, trained])).toEqual([
    ["w_scale", "setting", false],
    ["gamma", "parameter", true],
  ]);
});

test("trainable decides of each, and is told what it is", () => {
  const bytes = model({
    nodes: [
      node("MatMul", ["x", "w"], ["p"]),
      node("Exp", ["t"], ["e"]),
      node("Mul", ["p", "e"], ["q"]),
      node("Resize", ["q", "", "scales"], ["y"]),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 2]]],
    constants: [some("w", 2, 2), floats("t", [], [0]), floats("scales", [2], [1, 2])],
  });
  const told: unknown[] = [];
  const { fn, weights, summary } = importOnnx(bytes, {
    trainable: (name, each) => {
      told.push([name, each.role, each.readers, each.trainable]);
      return name === "t";
    },
  });
  expect(told).toEqual([
    ["w", "weight", ["MatMul"], true],
    ["t", undefined, ["Exp"], false],
  ]);
  expect(weights["w"]?.trainable).toBe(false);
  expect(weights["t"]?.trainable).toBe(true);
  const { gradient } = valueAndGrad(() => fn(tensor([[1, 1]]))[0].sum(), { variables: weights })();
  expect(gradient["t"]?.item()).toBeCloseTo(2 * (0.3 + 0.4 + 0.5 + 0.6), 5);
  expect(summary).toBeDefined();
  expect(() => importOnnx(bytes, { trainable: () => 1 as never })).toThrow(
    'importOnnx: trainable: expected true or false for "w", got 1.',
  );
});

const branch = (operator: string, name: string) =>
  graph({
    nodes: [constant(name, 2, 2), node(operator, ["x", name], ["r"])],
    outputs: [["r", [2, 2]]],
  });

test("weights inside of branches are trained, eager and compiled, whichever is taken", () => {
  const bytes = model({
    nodes: [
      node("If", ["yes"], ["y"], {
        then_branch: branch("MatMul", "w"),
        else_branch: branch("MatMul", "w"),
      }),
    ],
    inputs: [
      ["x", [2, 2]],
      ["yes", [], Type.BOOL],
    ],
    outputs: [["y", [2, 2]]],
  });
  const { fn, weights } = importOnnx(bytes);
  expect(Object.keys(weights)).toEqual(["w", "w.2"]);
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const slopes = (yes: Tensor) =>
    valueAndGrad((own: Tensor) => fn(x, own)[0].sum(), { variables: weights })(yes).gradient;
  for (const run of [slopes, compile(slopes)]) {
    const [taken, other] = [run(tensor(true)), run(tensor(false))];
    for (const [name, gradient] of [
      ["w", taken],
      ["w.2", other],
    ] as const) {
      expect([...(gradient[name]?.data() ?? [])]).toEqual([4, 4, 6, 6]);
      expect([...(gradient[name === "w" ? "w.2" : "w"]?.data() ?? [])]).toEqual([0, 0, 0, 0]);
    }
  }
});

test("weights inside of loops and of functions are trained", () => {
  const body = graph({
    nodes: [
      constant("w", 2, 2),
      node("MatMul", ["state", "w"], ["next"]),
      node("Identity", ["on"], ["goes"]),
    ],
    inputs: [
      ["i", [], Type.INT64],
      ["on", [], Type.BOOL],
      ["state", [1, 2]],
    ],
    outputs: [
      ["goes", [], Type.BOOL],
      ["next", [1, 2]],
    ],
  });
  for (const steps of [2, 40]) {
    const bytes = model({
      nodes: [node("Loop", ["steps", "", "x"], ["y"], { body })],
      inputs: [["x", [1, 2]]],
      outputs: [["y", [1, 2]]],
      constants: [int64("steps", [], [steps])],
    });
    const { fn, weights } = importOnnx(bytes);
    const { w } = weights;
    if (w === undefined) throw new Error("a weight is missing");
    const total = (own: Tensor) => {
      w.assign(own);
      return fn(tensor([[1, 2]]))[0]
        .log()
        .sum();
    };
    const at = w.value;
    const slope = grad(total)(at);
    w.assign(at);
    const { gradient } = valueAndGrad(
      () =>
        fn(tensor([[1, 2]]))[0]
          .log()
          .sum(),
      {
        variables: weights,
      },
    )();
    expect([...(gradient["w"]?.data() ?? [])]).toEqual([...slope.data()]);
    expect(Math.max(...slope.data().map(Math.abs))).toBeGreaterThan(0.1);
  }
  const own = localFunction(
    "Linear",
    ["x", "w"],
    ["y"],
    [node("MatMul", ["x", "w"], ["p"]), constant("b", 2), node("Add", ["p", "b"], ["y"])],
  );
  const twice = model({
    nodes: [
      node("Linear", ["x", "v"], ["h"], {}, "own"),
      node("Linear", ["h", "v"], ["y"], {}, "own"),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 2]]],
    constants: [some("v", 2, 2)],
    functions: [own],
  });
  const imported = importOnnx(twice);
  expect(Object.entries(imported.weights).map(([name, each]) => [name, each.trainable])).toEqual([
    ["v", true],
    ["b", true],
  ]);
  expect(imported.summary(tensor([[1, 2]])).rows.map(({ parameters }) => parameters)).toEqual([
    6, 0,
  ]);
});
