/** The layers of nn: their results in evaluation, and steps that train them, run by onnxruntime. */

import * as core from "@graddiff/core";
import {
  type Layer,
  layer,
  loadState,
  state,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
} from "@graddiff/core";
import { readSafetensors } from "@graddiff/files";
import { BatchNorm, Conv2d, Dense, Dropout, LSTM, Residual, Sequential, SGD } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { LAYERS, type LayerRow, layersOf, resultOf } from "../../nn/test/table/layers.ts";
import { exportOnnx, exportTrainingStep } from "../src/index.ts";
import { differenceOf, expectSame, run } from "./support/runtime.ts";
import { type State, stepOf } from "./support/trainingStep.ts";

sampleTests(3);

const double = { dtype: "float64" } as const;
const seeded = { seed: 1, ...double };
const rowsOf = (count: number) => uniform([count, 5, 4], { seed: count, low: -1, ...double });

const whole = (model: Layer, x: Tensor) => model.forward(x as never) as unknown as Tensor;

const rows: Readonly<Record<string, LayerRow>> = {
  ...LAYERS,
  FunctionLayer: { make: () => layer((x: Tensor) => x.tanh()), inputs: rowsOf },
};

/** The layers that compute a single op. */
const primitives = Object.entries(core).flatMap(([name, value]) => {
  const isLayer = typeof value === "function" && value.prototype instanceof core.Layer;
  return isLayer && !(name in rows) ? [[name, value as new () => Layer] as const] : [];
});

test("a layer with a mask and a state to begin with runs there", async () => {
  const model = new LSTM(4, 3, seeded);
  const begin = { hidden: uniform([3, 3], seeded), cell: uniform([3, 3], { ...seeded, seed: 2 }) };
  const mask = uniform([3, 5], { seed: 4 }).less(0.6);
  const fn = (x: Tensor, hidden: Tensor, cell: Tensor, takesPart: Tensor) => {
    const { output, state: last } = model.forward(x, { state: { hidden, cell }, mask: takesPart });
    return [output, last.hidden, last.cell];
  };
  const inputs = [rowsOf(3), begin.hidden, begin.cell, mask] as const;
  const got = await run(exportOnnx(fn, [...inputs]), [...inputs]);
  fn(...inputs).forEach((expected, i) => {
    expect(differenceOf(got[i] as Tensor, expected)).toBeLessThan(1e-10);
  });
});

test.each([
  [
    "statistics",
    new BatchNorm(4, double),
    /got assignments to parameters\.model\.runningMean, parameters\.model\.runningVariance/,
  ],
  ["seeds", new Dropout(0.5, { seed: 1 }), /got assignments to parameters\.model\.draws/],
])("a step whose %s advance is refused, with the way to keep them", (_what, model, message) => {
  const weight = new Variable(tensor(1, double));
  const exporting = () =>
    exportTrainingStep((x: Tensor) => whole(model, x.mul(weight.value)).square().mean(), {
      parameters: { model, weight },
      optimizer: new SGD([weight], { learningRate: 0.1 }),
      batch: [rowsOf(2).reshape([-1, 4])],
    });
  expect(exporting).toThrow(message);
  expect(exporting).toThrow(/train\(false\)/);
  model.train(false);
  expect(exporting).not.toThrow();
});

test.each([
  [
    "Dropout",
    new Dropout(0.5, { seed: 1 }),
    /got assignments to draws\. train\(false\) of a model/,
  ],
  ["BatchNorm", new BatchNorm(4, double), /got assignments to runningMean, runningVariance\./],
])(
  "%s in training is refused, unless its state comes in and goes out",
  async (_name, model, message) => {
    const fn = (x: Tensor) => whole(model, x);
    const example = rowsOf(2).reshape([-1, 4]);
    const options = { dynamic: { x: 0 }, variables: model };
    expect(() => exportOnnx(fn, [example], options)).toThrow(message);
    const fixed = { variables: model, variablesAsInputs: true };
    const { outputs } = exportOnnx(fn, [example], fixed);
    expect(outputs.some(({ name }) => name.endsWith(".next"))).toBe(true);
    model.train(false);
    expect(() => exportOnnx(fn, [example], options)).not.toThrow();
  },
);

test.each(primitives)("%s, an op, runs there", async (_name, Primitive) => {
  const model = new Primitive();
  const squares = (count: number) => uniform([count, 4, 4], { seed: count, low: 0.5, ...double });
  const fn = (...inputs: Tensor[]) => model.forward(...(inputs as never[])) as Tensor;
  const inputs = Array.from({ length: model.compute.length }, (_, i) => squares(3).add(i));
  const exported = exportOnnx(fn, inputs, { inputs: ["x", "y"].slice(0, inputs.length) });
  const [got] = await run(exported, inputs);
  expect(differenceOf(got as Tensor, fn(...inputs))).toBeLessThan(1e-10);
});

describe.each(Object.entries(rows))("%s", (name, { make, inputs }) => {
  test("runs there in evaluation, with the batch open", async () => {
    const model = make();
    // A forward pass changes the running statistics from their initial values.
    resultOf(model, inputs(4));
    model.train(false);
    const fn = (x: Tensor) => resultOf(model, x);
    const exported = exportOnnx(fn, [inputs(2)], { dynamic: { x: 0 }, variables: model });
    for (const count of sampled([1, 3, 7], 3, Object.keys(rows).indexOf(name))) {
      const [got] = await run(exported, [inputs(count)]);
      expect(differenceOf(got as Tensor, fn(inputs(count)))).toBeLessThan(1e-10);
    }
  });

  test("trains there as here, its first weight frozen, and statistics and seeds as they are", async () => {
    const training = () => {
      const scale = new Variable(tensor(0.7, double));
      const model = make();
      resultOf(model, inputs(4));
      model.train(false);
      const [frozen] = model.variables;
      if (frozen !== undefined) frozen.trainable = false;
      const loss = (x: Tensor) =>
        resultOf(model, x.dtype === "int32" ? x : x.mul(scale.value))
          .mul(scale.value)
          .square()
          .mean();
      const parameters = { scale, model };
      const optimizer = new SGD(parameters, { learningRate: 0.1, momentum: 0.9 });
      return { parameters, optimizer, loss };
    };
    const { parameters, optimizer, loss } = training();
    const files = exportTrainingStep(loss, { parameters, optimizer, batch: [inputs(2)] });
    const step = stepOf(files);
    let now: State = readSafetensors(files["state.safetensors"]).tensors;
    const { variables } = optimizer;
    for (const count of sampled([3, 5], 2, Object.keys(rows).indexOf(name))) {
      const own = valueAndGrad(loss, { variables })(inputs(count));
      optimizer.step(own.gradient);
      const there = await step(now, [inputs(count)]);
      expect(differenceOf(there.loss, own.value)).toBeLessThan(1e-10);
      now = there.state;
    }
    const other = training();
    loadState({ parameters: other.parameters, optimizer: other.optimizer }, now);
    const [a, b] = [state(other.parameters), state(parameters)].map((tree) =>
      core.treeLeaves(tree),
    );
    expect(a?.length).toBe(b?.length);
    a?.forEach((value, i) => {
      expect(differenceOf(value, b?.[i] as Tensor)).toBeLessThan(1e-10);
    });
  });
});

const single = { dtype: "float32", seed: 1 } as const;
const pixels = (count: number) => uniform([count, 2, 6, 6], { seed: count, low: -1 });
const points = (count: number) => uniform([count, 4], { seed: count, low: -1 });

/** The layers in float32, for which ONNX has operators, and chains with a batch norm. */
const singles: Readonly<Record<string, LayerRow>> = {
  ...layersOf("float32"),
  "BatchNorm of rows": { make: () => new BatchNorm(4), inputs: points },
  "Dense and BatchNorm": {
    make: () => new Sequential(new Dense(4, 3, single), new BatchNorm(3)),
    inputs: points,
  },
  "Conv2d and BatchNorm": {
    make: () => new Sequential(new Conv2d(2, 3, 3, single), new BatchNorm(3)),
    inputs: pixels,
  },
  "Residual with BatchNorm": {
    make: () => new Residual(new Dense(4, 4, single), new BatchNorm(4)),
    inputs: points,
  },
};

test.each(sampled(Object.entries(singles), 5))(
  "%s of float32: its gradient runs there, with its weights in the model, which are read in other forms, too",
  async (_name, { make, inputs }) => {
    const model = make();
    resultOf(model, inputs(4));
    model.train(false);
    const { variables } = model;
    // Vectors are also read in the shapes of layers: as a row, beside rows and beside pixels.
    const forms = variables.some(({ shape }) => shape.length === 1) ? [0, 1, 2] : [0];
    for (const behind of forms) {
      const fn = (x: Tensor) => {
        const loss = () => resultOf(model, x).square().mean();
        const trees = variables.length > 0 ? [valueAndGrad(loss, { variables })().gradient] : [];
        const read = variables.map((own) => {
          const ones = new Array<number>(own.shape.length === 1 ? behind : 0).fill(1);
          return own.value.reshape([1, ...own.shape, ...ones]).mul(2);
        });
        return [resultOf(model, x), ...core.treeLeaves(trees), ...read];
      };
      await expectSame(exportOnnx(fn, [inputs(3)], { variables: model }), fn, [inputs(3)], 1e-5);
    }
  },
);
