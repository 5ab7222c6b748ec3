/**
 * What is made of plain numbers (weak) alone: eagerly and compiled on each runner it has one type, and floats of it are plain
 * numbers, but for those of linear algebra and of ops that always give float64. A composite has the type that its block says,
 * whatever op its body ends in.
 */

import { describe, expect, test } from "vitest";
import { applyAll } from "../../src/graph/apply.ts";
import type { Op } from "../../src/graph/op.ts";
import * as gd from "../../src/index.ts";
import { compile, type Tensor } from "../../src/index.ts";
import { stored } from "../../src/tensor/tensor.ts";
import { callsOf } from "../misuse/calls.ts";
import { applied, samples } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";

/** Returns a tensor of plain numbers with the elements of one of float64. */
const plain = (x: Tensor) =>
  x.dtype === "float64" ? stored(x.shape, x.dtype, x.data().slice(), true) : x;

const isFloat = (x: unknown): x is Tensor => x instanceof gd.Tensor && x.dtype.startsWith("float");

const typesOf = (results: readonly Tensor[]) =>
  results.map(({ dtype, weak }) => `${weak ? "plain " : ""}${dtype}`);

/** Ops whose results are float64 whatever they are given. */
const OF_FLOAT64: readonly string[] = ["cast to float64", "clipFactor"];

/** Bodies of ops are traced for the types of their examples. */
const ops = registeredOps().filter((op) => op.bodies === undefined && op.examples.cases.length > 0);

test.each(ops.map((op) => [op.name, op] as const))("%s", (name, op) => {
  for (const example of op.examples.cases) {
    const { inputs, attributes } = samples(op, example, "float64");
    const numbers = inputs.map(plain);
    const fn = (...given: Tensor[]) => [...applied(op, given, attributes)];
    const types = typesOf(fn(...numbers));
    for (const backend of ["js", "wasm"] as const) {
      expect(typesOf(compile(fn, { backend })(...numbers)), backend).toEqual(types);
    }
    const isTensor = op.family === "linear algebra" || OF_FLOAT64.includes(name);
    if (numbers.some(({ weak }) => weak) && !isTensor) expect(types).not.toContain("float64");
  }
});

/** Returns a composite of an op alone, whose results are plain numbers, or are none. */
function composite(op: Op, weak: boolean): Op {
  const { kernel: _kernel, kept: _kept, identities: _identities, ...rest } = op;
  return {
    ...rest,
    name: `composite of ${op.name}`,
    results: (inputs, attributes) =>
      op
        .results(inputs, attributes)
        .map((type) => (type.dtype === "float64" ? { ...type, weak } : type)),
    body: (inputs, attributes) => applyAll(op, inputs, attributes),
  };
}

test.each(ops.map((op) => [op.name, op] as const))("a composite of %s alone", (_, op) => {
  for (const example of op.examples.cases) {
    const { inputs, attributes } = samples(op, example, "float64");
    const numbers = inputs.map(plain);
    // An input that a body gives back has the type that it has.
    if (applyAll(op, numbers, attributes).some((result) => numbers.includes(result))) continue;
    for (const weak of [false, true]) {
      const other = composite(op, weak);
      // Beside the op itself: equal ops become one where they have one type.
      const fn = (...given: Tensor[]) => [
        ...applyAll(op, given, attributes),
        ...applyAll(other, given, attributes),
      ];
      const types = typesOf(fn(...numbers));
      for (const backend of ["js", "wasm"] as const) {
        expect(typesOf(compile(fn, { backend })(...numbers)), `${weak} ${backend}`).toEqual(types);
      }
    }
  }
});

describe("functions of plain numbers alone", () => {
  const image = gd.arange(0, 24, { dtype: "float64" }).reshape([1, 1, 4, 6]);
  const series = gd.arange(0, 6, { dtype: "float64" });
  const ids = gd.tensor([0, 1, 1, 0, 2, 2], { dtype: "int32" });
  const grid = gd.zeros([1, 2, 2, 2], { dtype: "float64" });
  /** Calls that take other paths than the examples of `callsOf`. */
  const more: readonly (readonly [string, (x: Tensor, series: Tensor, grid: Tensor) => unknown])[] =
    [
      [
        "averagePool2d, without padding",
        (x) => gd.averagePool2d(x, 2, { padding: 1, countPadding: false }),
      ],
      ["averagePool2d, with a divisor", (x) => gd.averagePool2d(x, 2, { divisor: 3 })],
      ["adaptiveAveragePool2d, uneven", (x) => gd.adaptiveAveragePool2d(x, [3, 4])],
      ["adaptiveMaxPool2d, uneven", (x) => gd.adaptiveMaxPool2d(x, [3, 4])],
      ...(["linear", "cubic", "area", "nearest-exact"] as const).map(
        (mode) =>
          [`interpolate ${mode}`, (x: Tensor) => gd.interpolate(x, { size: 5, mode })] as const,
      ),
      ...(["linear", "nearest", "cubic"] as const).map(
        (mode) =>
          [
            `gridSample ${mode}`,
            (x: Tensor, _: Tensor, own: Tensor) => gd.gridSample(x, own, { mode }),
          ] as const,
      ),
      ...(["constant", "reflect", "edge", "wrap"] as const).map(
        (mode) => [`pad ${mode}`, (x: Tensor) => gd.pad(x, 1, { mode })] as const,
      ),
      ["pad with a number", (x) => gd.pad(x, 1, { value: 2 })],
      ...[gd.segmentSum, gd.segmentMean, gd.segmentMax, gd.segmentMin, gd.segmentProd].map(
        (fn) => [fn.name, (_: Tensor, own: Tensor) => fn(own, ids, 3)] as const,
      ),
    ];
  const named = callsOf(".").flatMap(({ name, full, run }) => {
    if (/[ .]/.test(name) || /^(set|open)/.test(name)) return [];
    const given = full.map((x) => (isFloat(x) ? plain(x.cast("float64")) : x));
    return given.some(isFloat) ? [[name, () => run(given)] as const] : [];
  });
  const others = more.map(
    ([name, fn]) => [name, () => fn(plain(image), plain(series), plain(grid))] as const,
  );

  test.each([...named, ...others])("%s", (_, run) => {
    const results = gd.treeLeaves(run()).filter((x) => x instanceof gd.Tensor);
    expect(typesOf(results)).not.toContain("float64");
  });
});
