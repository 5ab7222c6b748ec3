/** Awkward names and types of a model's inputs and outputs. */

import { fromBinary } from "@bufbuild/protobuf";
import {
  cond,
  grad,
  named,
  ones,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  where,
  zeros,
} from "@graddiff/core";
import { readSafetensors } from "@graddiff/files";
import { Adam, Dense, SGD } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { type GraphProto, ModelProtoSchema } from "../src/generated/onnx_pb.js";
import { exportOnnx, exportTrainingStep, type TrainingStepOptions } from "../src/index.ts";
import { differenceOf, expectSame, run } from "./support/runtime.ts";
import { stepOf } from "./support/trainingStep.ts";

/** Returns the names of all nodes in a graph and in its bodies. */
function namesOfNodes(graph: GraphProto | undefined): string[] {
  return (graph?.node ?? []).flatMap(({ name, attribute }) => [
    name,
    ...attribute.flatMap(({ g }) => namesOfNodes(g)),
  ]);
}

const double = { dtype: "float64" } as const;

describe("a training step trains all Variables whatever they are called", () => {
  const rows = [uniform([5, 3], { seed: 1, ...double })];
  const parameter = (seed: number) => new Variable(uniform([3], { seed, ...double }));

  /** Compares a training step by the exported files with one by the optimizer. */
  async function expectStep(
    loss: (...batch: Tensor[]) => Tensor,
    options: Omit<TrainingStepOptions, "batch">,
  ): Promise<void> {
    const { optimizer } = options;
    const before = optimizer.variables.map(({ value }) => value);
    const files = exportTrainingStep(loss, { ...options, batch: [zeros([1, 3], double)] });
    const step = stepOf(files);
    const { state, loss: got } = await step(
      readSafetensors(files["state.safetensors"]).tensors,
      rows,
    );
    const { variables } = optimizer;
    const own = valueAndGrad(loss, { variables })(...rows);
    optimizer.step(own.gradient);
    expect(differenceOf(got, own.value)).toBeLessThan(1e-12);
    const values = Object.values(state);
    variables.forEach(({ value }, i) => {
      expect(differenceOf(value, before[i] as Tensor)).toBeGreaterThan(1e-6);
      expect(values.some((each) => differenceOf(each, value) < 1e-12)).toBe(true);
    });
  }

  test.each(["w.next", "w_1", "loss", "gradients.parameters.w", "x", "batch", "0"])(
    "a parameter w beside one called %s",
    async (other) => {
      const parameters = { w: parameter(2), [other]: parameter(3) };
      const variables = Object.values(parameters);
      const loss = (x: Tensor) =>
        x
          .mul(parameters.w.value)
          .add(parameters[other]?.value ?? 0)
          .square()
          .mean();
      const optimizer = new Adam(variables, { learningRate: 0.1 });
      await expectStep(loss, { parameters, optimizer });
    },
  );

  test.each(["loss", "gradients.parameters", "parameters", "optimizer.learningRate", "output"])(
    "an argument and a value in the loss called %s",
    async (name) => {
      const parameters = parameter(2);
      const loss = (x: Tensor) => named(name, x.mul(parameters.value)).square().mean();
      const optimizer = new SGD([parameters], { learningRate: 0.1 });
      await expectStep(loss, { parameters, optimizer, inputs: [name] });
    },
  );

  test("and leaves frozen ones as they are", async () => {
    const frozen = new Dense(3, 4, { seed: 1, ...double });
    const head = new Dense(4, 2, { seed: 2, ...double });
    const mean = new Variable(tensor([1, 2, 3], double));
    const optimizer = new SGD(head.variables, { learningRate: 0.1 });
    const loss = (x: Tensor) =>
      head
        .forward(frozen.forward(x.sub(mean.value)).tanh())
        .square()
        .mean();
    const options = { parameters: { frozen, head, mean }, optimizer };
    await expectStep(loss, options);
    const files = exportTrainingStep(loss, { ...options, batch: [zeros([1, 3], double)] });
    const { tensors } = readSafetensors(files["state.safetensors"]);
    expect(tensors["parameters.mean"]?.toArray()).toEqual([1, 2, 3]);
    const about = JSON.parse(new TextDecoder().decode(files["training.json"]));
    expect(Object.keys(about.gradient.state)).toContain("parameters.frozen.weight");
    expect(Object.keys(about.update.next)).toEqual([
      "parameters.head.weight",
      "parameters.head.bias",
    ]);
  });
});

describe("a model has valid names and types", () => {
  test("for a plain number that is also returned", async () => {
    const fn = (x: Tensor, a: Tensor) => [x.mul(a), a];
    const model = exportOnnx(fn as never, [zeros([2]), 0.5] as never);
    expect([...model.inputs, ...model.outputs].map(({ dtype }) => dtype)).toEqual([
      "float32",
      "float64",
      "float32",
      "float64",
    ]);
    const [product, same] = await run(model, [tensor([2, 4]), tensor(0.1, double)]);
    expect([product?.dtype, same?.dtype, same?.item()]).toEqual(["float32", "float64", 0.1]);
  });

  test.each(["int32", "bool", "float32"] as const)(
    "for a plain number that is converted to %s alone",
    async (dtype) => {
      const fn = (x: Tensor) => x.cast(dtype);
      const model = exportOnnx(fn as never, [1] as never);
      const [got] = await run(model, [tensor(3, double)]);
      expect([got?.dtype, Number(got?.item())]).toEqual([dtype, dtype === "bool" ? 1 : 3]);
    },
  );

  test("for results that are called like inputs and like values inside", async () => {
    const fn = (x: Tensor) => ({
      x: named("y", x.mul(2)).sin(),
      y: named("batch", x.add(1)),
      "": x,
    });
    const model = exportOnnx(fn, [zeros([2, 2], double)], { dynamic: { x: 0 } });
    expect(model.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(model.outputs.map(({ name }) => name)).toEqual(["x_1", "y", "output"]);
    const x = uniform([3, 2], { seed: 1, ...double });
    const [sine, sum, same] = await run(model, [x]);
    expect(differenceOf(sine as Tensor, x.mul(2).sin())).toBeLessThan(1e-15);
    expect(differenceOf(sum as Tensor, x.add(1))).toBe(0);
    expect(differenceOf(same as Tensor, x)).toBe(0);
  });

  test("for nodes, whose names runtimes build on: each has one of its own, those of bodies too", () => {
    const fn = (x: Tensor, y: Tensor) => [
      x.prod(),
      cond(
        y.sum().greater(0),
        () => y.prod(),
        () => y.mul(2).sum(),
      ),
      scan((sum: Tensor, row: Tensor) => [sum.add(row), sum.mul(row)], zeros([3]), y)[1],
    ];
    const { bytes } = exportOnnx(
      (x, y) => [...fn(x, y), grad((own: Tensor) => own.prod())(x)],
      [ones([5]), ones([4, 3])],
    );
    const graph = fromBinary(ModelProtoSchema, bytes).graph;
    const names = namesOfNodes(graph);
    expect(names.length).toBeGreaterThan(20);
    expect(names).not.toContain("");
    expect(new Set(names).size).toBe(names.length);
  });

  test("for a value that gets a second name", async () => {
    const fn = (x: Tensor) => {
      const y = x.mul(2);
      return [named("again", stopGradient(y)).add(1), y.add(2)];
    };
    await expectSame(exportOnnx(fn, [zeros([2], double)]), fn, [
      uniform([2], { seed: 1, ...double }),
    ]);
  });

  test.each<[object, RegExp]>([
    [{ inputs: [""] }, /inputs\[0\]: expected a name: a text that is not empty.*got ""/],
    [{ inputs: ["x", "x"] }, /inputs: expected each name once, got "x" twice/],
    [{ inputs: ["x", "y", "z"] }, /inputs: expected at most 2 names, one for each argument, got 3/],
    [{ inputs: ["\ud800"] }, /inputs\[0\]: expected a name/],
    [{ name: "" }, /name: expected a name/],
  ])("and refuses %o", (options, message) => {
    const fn = (x: Tensor, y: Tensor) => x.add(y);
    expect(() => exportOnnx(fn, [zeros([1]), zeros([1])], options)).toThrow(message);
  });
});

describe("a chain of conversions", () => {
  const numbers = [0, -0, 0.4, -0.4, 1, 1.5, -2.7, 2 ** 24 + 1, 3e9, -3e9, Number.NaN];
  const dtypes = ["float32", "float64", "int32", "bool"] as const;

  test.each(dtypes)("from %s has our results", async (from) => {
    const fn = (x: Tensor) =>
      dtypes.flatMap((first) =>
        dtypes.flatMap((second) => dtypes.map((third) => x.cast(first).cast(second).cast(third))),
      );
    const x = tensor(numbers, double).cast(from);
    await expectSame(exportOnnx(fn, [x]), fn, [x], 0);
  });

  test("that a condition reads has our result", async () => {
    const fn = (x: Tensor) => [
      where(x.cast("int32").cast("bool"), x, -1),
      x.cast("int32").logicalAnd(x),
      x.cast("int32").logicalNot(),
    ];
    const x = tensor([0.4, 1.5, 0, -0.2]);
    await expectSame(exportOnnx(fn, [x]), fn, [x], 0);
  });
});
