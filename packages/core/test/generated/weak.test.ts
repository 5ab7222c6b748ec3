/**
 * Results of plain numbers (weak tensors) only. Eagerly and compiled on each runner they have the same type. Floats are
 * plain numbers, except those of linear algebra, of Fourier transforms and of ops that always return float64. A
 * composite has the type that its definition says, whatever op its body ends in.
 */

import { expect, test } from "vitest";
import { applyAll } from "../../src/graph/apply.ts";
import type { Op } from "../../src/graph/op.ts";
import { compile, type Tensor } from "../../src/index.ts";
import { applied, samples } from "../support/opChecks.ts";
import { plain, typesOf } from "../support/plain.ts";
import { sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

/** Ops whose results are always float64. */
const OF_FLOAT64: readonly string[] = ["cast to float64", "clipFactor"];

/** Ops with bodies are left out, since their bodies are traced for the types of the examples. */
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
    const isTensor =
      ["linear algebra", "Fourier transforms"].includes(op.family) || OF_FLOAT64.includes(name);
    if (numbers.some(({ weak }) => weak) && !isTensor) expect(types).not.toContain("float64");
  }
});

/** Returns a composite whose body is a single op, with results that are plain numbers or not. */
function composite(op: Op, weak: boolean): Op {
  const { kernel: _kernel, compositeKernel: _kept, identities: _identities, ...rest } = op;
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
    // Ops that return an input are skipped, since the input keeps its type.
    if (applyAll(op, numbers, attributes).some((result) => numbers.includes(result))) continue;
    for (const weak of [false, true]) {
      const other = composite(op, weak);
      // The op itself is computed as well, since equal ops are merged if they have equal types.
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
