/** The parts of a model that can be trained, and those that are constants. */

import {
  compile,
  ones,
  type Tensor,
  tensor,
  uniform,
  valueAndGrad,
  variables,
  zeros,
} from "@graddiff/core";
import { SGD } from "@graddiff/nn";
import { expect, test } from "vitest";
import { exportOnnx, importOnnx } from "../../src/index.ts";
import { affine } from "./support/affine.ts";
import { floats, int64, model, node, Type } from "./support/build.ts";

const values = (x: Tensor) => [...x.data()];
const INT64 = Type.INT64;

test("weights are trained and frozen", () => {
  const { fn, weights } = importOnnx(affine());
  const x = tensor([[1, 2]]);
  const loss = () => fn(x)[0].sum();
  const { gradient } = valueAndGrad(loss, { variables: weights })();
  expect(values(gradient["b"] as Tensor)).toEqual([0, 2]);
  const { w, b } = weights;
  if (w === undefined || b === undefined) throw new Error("weights are missing");
  w.trainable = false;
  const optimizer = new SGD(variables(weights), { learningRate: 0.5 });
  const step = compile(() => optimizer.minimize(loss));
  expect(step().item()).toBe(22);
  expect(values(b.value)).toEqual([-10, 0]);
  expect(values(w.value)).toEqual([1, 2, 3, 4]);
});

test("constants of nodes are weights, but for numbers without axes; settings and integers are none", () => {
  const bytes = model({
    nodes: [
      node("ConstantOfShape", ["lengths"], ["w"], { value: floats("", [1], [3]) }),
      node("Constant", [], ["b"], { value: floats("", [2], [1, 2]) }),
      node("Constant", [], ["half"], { value: floats("", [], [0.5]) }),
      node("MatMul", ["x", "w"], ["p"]),
      node("Add", ["p", "b"], ["q"]),
      node("Mul", ["q", "half"], ["r"]),
      node("Resize", ["r", "", "scales"], ["y"]),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 4]]],
    constants: [int64("lengths", [2], [2, 2]), floats("scales", [2], [1, 2])],
  });
  const { fn, weights } = importOnnx(bytes);
  expect(Object.keys(weights)).toEqual(["w", "b"]);
  expect(values(fn(ones([1, 2]))[0])).toEqual([3.5, 3.5, 4, 4]);
});

test("numbers from which settings are computed are none either", () => {
  const bytes = model({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Cast", ["shape"], ["lengths"], { to: Type.FLOAT }),
      node("Mul", ["lengths", "factors"], ["more"]),
      node("Cast", ["more"], ["sizes"], { to: INT64 }),
      node("Resize", ["x", "", "", "sizes"], ["y"]),
    ],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 4]]],
    constants: [floats("factors", [2], [1, 2])],
  });
  const { fn, weights } = importOnnx(bytes);
  expect(weights).toEqual({});
  expect(values(compile((x: Tensor) => fn(x)[0])(tensor([[1, 2]])))).toEqual([1, 1, 2, 2]);
});

test("statistics, and scalars among the initializers, are weights that are not trained", () => {
  const names = ["scale", "bias", "mean", "variance"];
  const bytes = model({
    nodes: [
      node("BatchNormalization", ["x", ...names], ["n"], { epsilon: { float: 0 } }),
      node("Mul", ["n", "factor"], ["y"]),
    ],
    inputs: [["x", [1, 1]]],
    outputs: [["y", [1, 1]]],
    constants: [
      ...names.map((name, i) => floats(name, [1], [[2, 1, 3, 4][i] ?? 0])),
      floats("factor", [], [10]),
    ],
  });
  const { fn, weights } = importOnnx(bytes);
  expect(fn(tensor([[5]]))[0].item()).toBe(30);
  const trained = Object.entries(weights).filter(([, { trainable }]) => trainable);
  expect(trained.map(([name]) => name)).toEqual(["scale", "bias"]);
});

test("an imported model is exported again, with its weights", () => {
  const first = importOnnx(affine());
  const again = exportOnnx((x: Tensor) => first.fn(x)[0], [zeros([1, 2])], {
    variables: first.weights,
    dynamic: { x: 0 },
  });
  const second = importOnnx(again.bytes);
  const trained = Object.entries(second.weights).filter(([, { trainable }]) => trainable);
  expect(trained.map(([name]) => name)).toEqual(["w", "b"]);
  const x = uniform([5, 2], { seed: 1, low: -9, high: 9 });
  expect(values(second.fn(x)[0])).toEqual(values(first.fn(x)[0]));
});
