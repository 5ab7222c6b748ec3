// The workloads compute what they say. No timing is looked at.

import { explain, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { describe, expect, it } from "vitest";
import { matrices, purchaseCount, purchases, scalarGraph } from "../src/workloads/data.ts";
import { products } from "../src/workloads/product.ts";
import { purchaseGradients } from "../src/workloads/purchases.ts";
import { evaluate, scalars } from "../src/workloads/scalarGraph.ts";
import { training } from "../src/workloads/training.ts";
import { transformers } from "../src/workloads/transformer.ts";
import type { Mode } from "../src/workloads/workload.ts";

const first = (results: readonly Tensor[]) => results[0]?.item() ?? Number.NaN;

describe("training", () => {
  it.each([...training, ...transformers])(
    "$name has the same losses compiled and eager, and learns",
    ({ prepare }) => {
      const [compiled, eager] = [prepare("compiled"), prepare("eager")];
      const losses = Array.from({ length: 6 }, () => first(compiled()));
      expect(Array.from({ length: 3 }, () => first(eager()))).toEqual(losses.slice(0, 3));
      expect(Math.min(...losses)).toBeGreaterThan(0);
      expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    },
  );
});

describe("the purchases", () => {
  it.each(["compiled", "eager"] as const)(
    "have the products of the others as gradients, %s",
    (mode) => {
      const { price, count, tax } = purchases();
      const [total, ...gradients] = purchaseGradients.prepare(mode)();
      const product = (x: Float32Array, y: Float32Array) =>
        x.map((value, i) => value * (y[i] ?? 0));
      const expected = [product(tax, count), product(tax, price), product(price, count)];
      gradients.forEach((gradient, i) => {
        const actual = gradient.data();
        const wanted = expected[i];
        expect(actual.length).toBe(purchaseCount);
        expect(wanted?.findIndex((value, element) => value !== actual[element])).toBe(-1);
      });
      const sum = price.reduce((sum, value, i) => sum + value * (count[i] ?? 0) * (tax[i] ?? 0), 0);
      expect(Math.abs((total?.item() ?? 0) / sum - 1)).toBeLessThan(1e-6);
    },
  );
});

describe.each([
  ["any", 0],
  ["eighth", 1],
] as const)("the scalar graph from %s of eight", (from, index) => {
  const graph = scalarGraph(from);
  const prepare = (mode: Mode) => scalars[index]?.prepare(mode)() ?? [];

  it("has 1000 nodes, a third of each kind, each made from one of the eight values before it", () => {
    expect(graph.nodes.length).toBe(1000);
    for (const kind of ["add", "mul", "tanh"]) {
      const count = graph.nodes.filter((node) => node.kind === kind).length;
      expect(Math.abs(count - 1000 / 3)).toBeLessThan(1);
    }
    graph.nodes.forEach(({ first, second }, i) => {
      const values = graph.inputs.length + i;
      expect(first).toBeGreaterThanOrEqual(values - 8);
      expect(first).toBeLessThan(values);
      expect(second).toBeLessThan(graph.inputs.length);
    });
  });

  it("records all of them, and the additions of the last sixteen", () => {
    const inputs = graph.inputs.map((input) => tensor(input));
    const { nodes } = explain((all: readonly Tensor[]) => evaluate(graph, all))(inputs);
    const operations = nodes.filter((node) => node.kind === "operation");
    expect(operations.length).toBe(1000 + graph.summed - 1);
  });

  it("has the gradient that central differences have", () => {
    const float64 = (values: readonly number[]) =>
      values.map((value) => tensor(value, { dtype: "float64" }));
    const value = (values: readonly number[]) => evaluate(graph, float64(values)).item();
    const gradient = valueAndGrad((all: readonly Tensor[]) => evaluate(graph, all));
    const exact = gradient(float64(graph.inputs)).gradient.map((one) => one.item());
    expect(exact.some((one) => Math.abs(one) > 0.01)).toBe(true);
    const step = 1e-6;
    exact.forEach((slope, i) => {
      const moved = (by: number) => graph.inputs.map((input, k) => (k === i ? input + by : input));
      const difference = (value(moved(step)) - value(moved(-step))) / (2 * step);
      expect(Math.abs(difference - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
    });
    const single = prepare("compiled").map((one) => one.item());
    exact.forEach((slope, i) => {
      const distance = Math.abs((single[i + 1] ?? Number.NaN) - slope);
      expect(distance).toBeLessThan(1e-3 * Math.max(1, Math.abs(slope)));
    });
  });

  it("has the same bits compiled and eager", () => {
    const [compiled, eager] = (["compiled", "eager"] as const).map((mode) =>
      prepare(mode).map((one) => one.item()),
    );
    expect(compiled).toEqual(eager);
    expect(compiled?.length).toBe(11);
  });
});

describe("the matrix products", () => {
  it("are those of the definition", () => {
    const [x, y] = matrices(64);
    const [result] = products[0]?.prepare("compiled")() ?? [];
    const values = result?.data() ?? [];
    for (const [row, column] of [
      [0, 0],
      [5, 60],
      [63, 63],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < 64; k++) sum += (x[row * 64 + k] ?? 0) * (y[k * 64 + column] ?? 0);
      expect(Math.abs((values[row * 64 + column] ?? Number.NaN) - sum)).toBeLessThan(1e-5);
    }
  });
});
