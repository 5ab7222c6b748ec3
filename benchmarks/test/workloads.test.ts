// Tests of the results of the workloads. Timings are not checked.

import { explain, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { describe, expect, it } from "vitest";
import { sampleTests } from "../../packages/core/test/support/sampling.ts";
import { cnns } from "../src/workloads/cnn.ts";
import {
  matrices,
  purchaseCount,
  purchases,
  type Stack,
  scalarGraph,
  stacks,
} from "../src/workloads/data.ts";
import { factorisations } from "../src/workloads/linalg.ts";
import { products } from "../src/workloads/product.ts";
import { purchaseGradients } from "../src/workloads/purchases.ts";
import { rows } from "../src/workloads/rows.ts";
import { evaluate, scalars } from "../src/workloads/scalarGraph.ts";
import { training } from "../src/workloads/training.ts";
import { transformers } from "../src/workloads/transformer.ts";
import type { Mode } from "../src/workloads/workload.ts";
import { distanceOf } from "./distance.ts";

sampleTests(5);

const first = (results: readonly Tensor[]) => results[0]?.item() ?? Number.NaN;

describe("training", () => {
  it.each([...training, ...cnns, ...transformers])(
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

describe("rows", () => {
  const named = (name: string) => {
    const found = rows.find((one) => one.name === name);
    if (found?.inputs === undefined) throw new Error(`There is no ${name}.`);
    return { ...found, inputs: found.inputs };
  };
  const elementsOf = (results: readonly Tensor[]) => results.map((result) => result.data());

  it("the cross-entropy is that of the definition, and so is its gradient", () => {
    const { inputs, prepare } = named("cross-entropy of 4096 × 1000 and its gradient");
    const [logits = [], classes = []] = inputs().map(([elements]) => elements);
    const [[loss = 0] = [], gradient = []] = elementsOf(prepare("compiled")());
    let expected = 0;
    for (let row = 0; row < 4096; row++) {
      const own = Array.from(logits.slice(1000 * row, 1000 * (row + 1)), Math.exp);
      const sum = own.reduce((all, power) => all + power);
      expected -= Math.log((own[classes[row] ?? 0] ?? 0) / sum) / 4096;
      if (row % 1000 > 0) continue;
      const share = own.map((power, i) => (power / sum - (i === classes[row] ? 1 : 0)) / 4096);
      const got = gradient.slice(1000 * row, 1000 * (row + 1));
      expect(distanceOf(got, share)).toBeLessThan(1e-5);
    }
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-6);
  });

  it("the columns stand side by side, five of each order of the vectors", () => {
    const { inputs, prepare } = named("stack of 15 columns");
    const vectors = inputs().map(([elements]) => elements);
    const [stacked] = prepare("compiled")();
    expect(stacked?.shape).toEqual([1_000_000, 15]);
    const values = stacked?.data() ?? [];
    for (const row of [0, 1, 499_999, 999_999]) {
      const at = (i: number) => vectors[i % 3]?.[row] ?? Number.NaN;
      const expected = [0, 1, 2].flatMap((i) => {
        const [x, y, z] = [at(i), at(i + 1), at(i + 2)];
        return [x * y, x * y - z, (x - y) * z, x * x + z, -x];
      });
      const got = Array.from({ length: 15 }, (_, i) => values[15 * row + i] ?? Number.NaN);
      expect(distanceOf(got, expected)).toBeLessThan(1e-6);
    }
  });
});

describe("the factorisations", () => {
  /** The large matrix is left out, since it takes long in plain loops. */
  const small = stacks.filter(({ side }) => side <= 64);
  const workload = (name: string, stack: Stack) => {
    const found = factorisations.find((one) => one.name === `${name} of ${stack.name}`);
    if (found?.inputs === undefined) throw new Error(`There is no ${name} of ${stack.name}.`);
    return { prepare: found.prepare, inputs: found.inputs().map(([elements]) => elements) };
  };
  const resultsOf = (name: string, stack: Stack) => {
    const { prepare, inputs } = workload(name, stack);
    const [compiled = [], eager] = (["compiled", "eager"] as const).map((mode) =>
      prepare(mode)().map((result) => result.data()),
    );
    expect(compiled).toEqual(eager);
    return { inputs, results: compiled };
  };
  /** Returns the greatest error of a function of matrices, relative to the greatest element. */
  const distance = (
    { count, side }: Stack,
    wanted: ArrayLike<number>,
    element: (matrix: number, row: number, column: number) => number,
    columns: number = side,
  ) => {
    let [worst, most] = [0, 0];
    for (let i = 0; i < count * side * columns; i++) {
      const row = Math.floor(i / columns);
      const expected = wanted[i] ?? Number.NaN;
      const got = element(Math.floor(row / side), row % side, i % columns);
      worst = Math.max(worst, Math.abs(got - expected));
      most = Math.max(most, Math.abs(expected));
    }
    return worst / most;
  };
  const sumTo = (count: number, term: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += term(i);
    return sum;
  };

  it("are of each size, and of each kind", () => {
    expect(factorisations.length).toBe(12);
    expect(new Set(factorisations.map(({ name }) => name)).size).toBe(12);
  });

  it.each(small)("cholesky has triangles whose product is the matrix, $name", (stack) => {
    const { side } = stack;
    const { inputs, results } = resultsOf("cholesky", stack);
    const l = (matrix: number, row: number, column: number) =>
      results[0]?.[(matrix * side + row) * side + column] ?? Number.NaN;
    const product = (matrix: number, row: number, column: number) =>
      sumTo(side, (k) => l(matrix, row, k) * l(matrix, column, k));
    expect(distance(stack, inputs[0] ?? [], product)).toBeLessThan(1e-6);
    expect(l(stack.count - 1, 0, side - 1)).toBe(0);
  });

  it.each(small)("solve gives what the matrix makes the right-hand side of, $name", (stack) => {
    const { side } = stack;
    const { inputs, results } = resultsOf("solve", stack);
    const [a = [], b = []] = inputs;
    const product = (matrix: number, row: number) =>
      sumTo(side, (k) => {
        const x = results[0]?.[matrix * side + k] ?? Number.NaN;
        return (a[(matrix * side + row) * side + k] ?? 0) * x;
      });
    expect(distance(stack, b, product, 1)).toBeLessThan(1e-5);
  });

  it.each(["eigh", "svd"])("%s has the row sums and the norm of the matrix", (name) => {
    for (const stack of small) {
      const { count, side } = stack;
      const { inputs, results } = resultsOf(name, stack);
      const [a = []] = inputs;
      const [values = [], sums = []] = results;
      const rowSum = (matrix: number, row: number) =>
        sumTo(side, (k) => a[(matrix * side + row) * side + k] ?? 0);
      expect(distance(stack, sums, rowSum, 1)).toBeLessThan(1e-5);
      for (let matrix = 0; matrix < count; matrix++) {
        const own = values.slice(matrix * side, (matrix + 1) * side);
        const squares = sumTo(side * side, (i) => (a[matrix * side * side + i] ?? 0) ** 2);
        const norm = sumTo(side, (i) => (own[i] ?? 0) ** 2);
        expect(Math.abs(norm / squares - 1)).toBeLessThan(1e-5);
        const sorted = [...own].sort((x, y) => (name === "eigh" ? x - y : y - x));
        expect([...own]).toEqual(sorted);
      }
    }
  });
});
