/** Graphs inside of a model, functions, and values that are known while a model is compiled. */

import { compile, grad, ones, type Tensor, tensor, vectorize } from "@graddiff/core";
import { expect, test } from "vitest";
import { exportOnnx, importOnnx } from "../../src/index.ts";
import { differenceOf, run } from "../support/runtime.ts";
import { floats, graph, int64, localFunction, model, node, Type } from "./support/build.ts";

const values = (x: Tensor) => [...x.data()];
const BOOL = Type.BOOL;
const INT64 = Type.INT64;

test("shapes that follow from shapes are known when a function is compiled", () => {
  // The model reshapes x to [first length / 2, −1].
  const bytes = model({
    nodes: [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "zero"], ["first"], { axis: 0 }),
      node("Div", ["first", "two"], ["half"]),
      node("Concat", ["half", "open"], ["wanted"], { axis: 0 }),
      node("Reshape", ["x", "wanted"], ["y"]),
    ],
    inputs: [["x", ["n", 3]]],
    outputs: [["y", ["m", "k"]]],
    constants: [int64("zero", [1], [0]), int64("two", [1], [2]), int64("open", [1], [-1])],
  });
  const { fn } = importOnnx(bytes);
  expect(compile((x: Tensor) => fn(x)[0])(ones([4, 3])).shape).toEqual([2, 6]);
});

test("numbers that a compiled function would have to read are an error with the node", () => {
  const bytes = model({
    nodes: [node("Reshape", ["x", "shape"], ["y"])],
    inputs: [
      ["x", [4]],
      ["shape", [2], INT64],
    ],
    outputs: [["y", [2, 2]]],
  });
  const { fn } = importOnnx(bytes);
  const shape = tensor([2, 2], { dtype: "int32" });
  expect(fn(ones([4]), shape)[0].shape).toEqual([2, 2]);
  expect(compile((x: Tensor) => fn(x, shape)[0])(ones([4])).shape).toEqual([2, 2]);
  const compiled = compile((x: Tensor, own: Tensor) => fn(x, own)[0]);
  expect(() => compiled(ones([4]), shape)).toThrow(
    /^Reshape "y": input 1: expected numbers that follow/,
  );
});

test("an If chooses its graph when the condition is known, and becomes a cond else", () => {
  const branch = (operator: string) =>
    graph({ nodes: [node(operator, ["x"], ["result"])], outputs: [["result", [2]]] });
  const bytes = model({
    nodes: [
      node("If", ["condition"], ["y"], { then_branch: branch("Exp"), else_branch: branch("Neg") }),
    ],
    inputs: [
      ["condition", [], BOOL],
      ["x", [2]],
    ],
    outputs: [["y", [2]]],
  });
  const { fn } = importOnnx(bytes);
  const f = (condition: Tensor, x: Tensor) => fn(condition, x)[0];
  const x = tensor([0, 0]);
  for (const run of [f, compile(f)]) {
    expect(values(run(tensor(true), x))).toEqual([1, 1]);
    expect(values(run(tensor(false), tensor([1, 2])))).toEqual([-1, -2]);
  }
});

const fitting = (operator: string, inputs: string[], shape: number[]) =>
  graph({ nodes: [node(operator, inputs, ["result"])], outputs: [["result", shape]] });

/**
 * The else branch of the If multiplies x by a matrix of four rows; the then branch declares a result of two columns.
 */
const choice = model({
  nodes: [
    node("If", ["condition"], ["y"], {
      then_branch: fitting("Exp", ["x"], [1, 2]),
      else_branch: fitting("MatMul", ["x", "square"], [1, 2]),
    }),
  ],
  inputs: [
    ["condition", [], BOOL],
    ["x", [1, "n"]],
  ],
  outputs: [["y", [1, "n"]]],
  constants: [floats("square", [4, 4], new Array(16).fill(1))],
});

test("a branch that does not fit is an error where it is taken, in compiled and exported functions, too", async () => {
  const { fn } = importOnnx(choice);
  const f = (condition: Tensor, x: Tensor) => fn(condition, x)[0];
  const x = ones([1, 2]);
  expect(values(compile(f)(tensor(true), x))).toEqual(values(x.exp()));
  expect(values(compile(f)(tensor(false), ones([1, 4])))).toEqual([4, 4, 4, 4]);
  expect(() => f(tensor(false), x)).toThrow(/^MatMul "result": matmul: /);
  expect(() => compile(f)(tensor(false), x)).toThrow(
    /^If "y": else_branch: expected the other branch, since this one does not fit the inputs, got a condition of 0\. .*MatMul "result": matmul: /,
  );
  const slope = compile(grad((own: Tensor) => f(tensor(true), own).sum()));
  expect(values(slope(x))).toEqual(values(x.exp()));
  const batch = vectorize((own: Tensor) => f(own, x));
  expect(values(batch(tensor([true, true])))).toEqual([...values(x.exp()), ...values(x.exp())]);
  expect(() => batch(tensor([true, false]))).toThrow(/^If "y": else_branch: /);

  const exported = exportOnnx(f, [tensor(true), x]);
  const [result] = await run(exported, [tensor(true), x]);
  expect(differenceOf(result as Tensor, x.exp())).toBeLessThan(1e-6);
  await expect(run(exported, [tensor(false), x])).rejects.toThrow();
});

test("where no branch fits, and where both fit but differ, a compiled function is refused", () => {
  const both = (first: string[], second: string[]) =>
    importOnnx(
      model({
        nodes: [
          node("If", ["condition"], ["y"], {
            then_branch: fitting("MatMul", first, [2, 2]),
            else_branch: fitting("MatMul", second, [2, 2]),
          }),
        ],
        inputs: [
          ["condition", [], BOOL],
          ["x", [2, 2]],
        ],
        outputs: [["y", ["m", "n"]]],
        constants: [floats("tall", [3, 2], [1, 2, 3, 4, 5, 6])],
      }),
    ).fn;
  const none = compile(both(["x", "tall"], ["x", "tall"]));
  expect(() => none(tensor(true), ones([2, 2]))).toThrow(/^MatMul "result": matmul: /);
  const differ = compile(both(["x", "x"], ["tall", "x"]));
  expect(() => differ(tensor(true), ones([2, 2]))).toThrow(
    /^If "y": cond: result\[0\] of whenFalse: expected the shape of whenTrue's/,
  );
});

test("nodes, the text and the summary of a model have the bodies of an If and a Loop", () => {
  const imported = importOnnx(choice);
  const [choose] = imported.nodes;
  expect(choose?.bodies["else_branch"]?.map(({ operator }) => operator)).toEqual(["MatMul"]);
  expect(String(imported)).toContain("nodes   1 If\ninside  1 Exp, 1 MatMul\n");
  expect(String(imported.summary(tensor(false), ones([1, 4])))).toBe(
    [
      "node                  operator  shape   parameters",
      "y                     If        [1, 4]",
      "  then_branch/result  Exp",
      "  else_branch/result  MatMul    [1, 4]  16",
    ].join("\n"),
  );
});

test("a Loop whose end depends on values is a whileLoop when compiled", () => {
  const body = graph({
    nodes: [node("Add", ["state", "state"], ["next"]), node("Less", ["next", "limit"], ["goes"])],
    inputs: [
      ["i", [], INT64],
      ["on", [], BOOL],
      ["state", []],
    ],
    outputs: [
      ["goes", [], BOOL],
      ["next", []],
    ],
  });
  const bytes = model({
    nodes: [node("Loop", ["", "yes", "x"], ["y"], { body })],
    inputs: [
      ["x", []],
      ["limit", []],
      ["yes", [], BOOL],
    ],
    outputs: [["y", []]],
  });
  const { fn } = importOnnx(bytes);
  const f = (x: Tensor, limit: Tensor) => fn(x, limit, tensor(true))[0];
  for (const run of [f, compile(f)]) expect(run(tensor(3), tensor(40)).item()).toBe(48);
});

test("a Loop of many steps is recorded once, and its results of each step are rows", () => {
  const body = graph({
    nodes: [
      node("Identity", ["on"], ["goes"]),
      node("Mul", ["state", "factor"], ["next"]),
      node("Identity", ["next"], ["row"]),
    ],
    inputs: [
      ["i", [], INT64],
      ["on", [], BOOL],
      ["state", []],
    ],
    outputs: [
      ["goes", [], BOOL],
      ["next", []],
      ["row", []],
    ],
  });
  const looped = (steps: number) =>
    importOnnx(
      model({
        nodes: [node("Loop", ["steps", "", "x"], ["y", "rows"], { body })],
        inputs: [["x", []]],
        outputs: [
          ["y", []],
          ["rows", ["n"]],
        ],
        constants: [int64("steps", [], [steps]), floats("factor", [], [0.5])],
      }),
    ).fn;
  for (const steps of [3, 60]) {
    const f = (x: Tensor) => looped(steps)(x);
    const [y, rows] = compile(f)(tensor(8));
    expect(y.item()).toBe(8 / 2 ** steps);
    expect(values(rows as Tensor).slice(0, 3)).toEqual([4, 2, 1]);
    expect(rows?.shape).toEqual([steps]);
    expect(grad((x: Tensor) => f(x)[0])(tensor(8)).item()).toBe(1 / 2 ** steps);
  }
});

test("functions of the model are run in the place of their calls, with their settings", () => {
  const twice = localFunction(
    "Twice",
    ["x", "axis"],
    ["y"],
    [node("Concat", ["x", "x"], ["both"], { axis: "@axis" }), node("Identity", ["both"], ["y"])],
  );
  const bytes = model({
    nodes: [node("Twice", ["x"], ["y"], { axis: 1 }, "own")],
    inputs: [["x", [1, 2]]],
    outputs: [["y", [1, 4]]],
    functions: [twice],
  });
  expect(importOnnx(bytes).fn(tensor([[1, 2]]))[0].shape).toEqual([1, 4]);
});

test("a function that calls itself is refused", () => {
  const bytes = model({
    nodes: [node("Again", ["x"], ["y"], {}, "own")],
    inputs: [["x", [1]]],
    outputs: [["y", [1]]],
    functions: [localFunction("Again", ["x"], ["y"], [node("Again", ["x"], ["y"], {}, "own")])],
  });
  expect(() => importOnnx(bytes)).toThrow(
    /expected a function that does not call itself, got a circle/,
  );
});
