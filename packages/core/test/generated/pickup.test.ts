/**
 * The generated tests apply to a new op without further code, and find an op that is wrong.
 */

import { expect, test } from "vitest";
import { type Convention, partials } from "../../src/graph/op.ts";
import type { Attributes } from "../../src/graph/types.ts";
import { registeredOps } from "../../src/index.ts";
import { type ElementwiseDefinition, unary } from "../../src/ops/elementwise.ts";
import { opNamed, register } from "../../src/ops/registry.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
// The ops are defined in docs/adding-an-op.md, from which scripts/examples.mjs extracts them.
import { mix } from "../examples/generated/op_mix.ts";
import { swish } from "../examples/generated/op_swish.ts";
import { opChecks } from "../support/opChecks.ts";

function failures(names: string): string[] {
  const op = registeredOps().find(({ name }) => name === names);
  if (op === undefined) throw new Error(`${names} is not in the table`);
  return opChecks(op).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch {
      return [name];
    }
  });
}

test("one block is all that a new op needs to be tested", () => {
  const checks = opChecks(swish.op).map(({ name }) => name);
  for (const part of ["exact values", "first and second derivatives", "vectorize", "dtype"]) {
    expect(checks.some((name) => name.includes(part))).toBe(true);
  }
  expect(failures("swish")).toEqual([]);
});

test("an op of three inputs is tested, too", () => {
  expect(mix(1, 3, 0.5).item()).toBe(2);
  const { examples } = opNamed("mix");
  expect(examples.cases.map(({ shapes }) => shapes.length)).toEqual([3, 3, 3]);
  expect(failures("mix")).toEqual([]);
});

const planted: [string, Partial<ElementwiseDefinition<(x: Tensor) => Tensor>>, RegExp][] = [
  [
    "a wrong derivative",
    { derivative: partials((x) => x.mul(2.001)) },
    /derivatives in both modes/,
  ],
  ["a wrong edge", { edges: [[3, 10]] }, /exact values of its edges in float32/],
  ["a wrong dtype", { promotion: "comparison" }, /shape and dtype/],
  ["a derivative for too many inputs", { derivative: partials(undefined, undefined) }, /states a/],
];

test.each(planted)("%s does not pass", (name, wrong, expected) => {
  unary({
    name: `${name} (test only)`,
    formula: "x²",
    body: (x) => x.mul(x),
    domain: [-3, 3],
    ...wrong,
  });
  expect(failures(`${name} (test only)`).join("\n")).toMatch(expected);
});

test("the points of a convention are of the result that it names", () => {
  const parts = (name: string, convention: Convention) =>
    register<Attributes>({
      name,
      symbol: name,
      family: "statistics",
      promotion: "float",
      formula: "sin x, |x|",
      convention,
      results: ([x]) => (x ? [x, x] : []),
      body: ([x]) => (x ? [x.sin(), x.abs()] : []),
      examples: { domain: [0.5, 3], cases: [{ shapes: [[3]] }] },
    });
  parts("the second (test only)", { result: 1, points: [[0, 0]] });
  parts("the first (test only)", { points: [[0, 0]] });
  expect(failures("the second (test only)")).toEqual([]);
  expect(failures("the first (test only)")).toEqual(["has the derivatives of its convention"]);
});

test("an op cannot take the name of another", () => {
  const again = () => unary({ name: "sin", formula: "", body: (x) => x, domain: [0, 1] });
  expect(again).toThrow("an op named sin is defined already");
});
