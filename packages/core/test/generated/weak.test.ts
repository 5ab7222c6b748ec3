/**
 * What is made of plain numbers (weak) alone: eagerly and compiled on each runner it has one type, and floats of it are plain
 * numbers, but for those of linear algebra and of ops that always give float64.
 */

import { expect, test } from "vitest";
import { compile, type Tensor } from "../../src/index.ts";
import { stored } from "../../src/tensor/tensor.ts";
import { applied, samples } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";

/** Returns a tensor of plain numbers with the elements of one of float64. */
const plain = (x: Tensor) =>
  x.dtype === "float64" ? stored(x.shape, x.dtype, x.data().slice(), true) : x;

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
