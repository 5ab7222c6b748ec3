/**
 * Composites with several results that define neither a derivative nor a batching rule: both are derived from their
 * bodies, in every mode, with the bits of the bodies written out.
 */

import { describe, expect, test } from "vitest";
import { apply, applyAll } from "../../src/graph/apply.ts";
import type { Op } from "../../src/graph/op.ts";
import { type Attributes, NO_ATTRIBUTES, type TensorType } from "../../src/graph/types.ts";
import {
  checkpoint,
  cond,
  DerivativeError,
  explain,
  findNaN,
  grad,
  jvp,
  scan,
  stack,
  type Tensor,
  tensor,
  topK,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { opNamed } from "../../src/ops/registry.ts";
import { expectSameBits, opChecks } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { at, double, inEveryMode } from "./support.ts";

sampleTests(4);

const SHAPES = [[3], [2, 3]] as const;

/** Returns an op of two inputs with a given body. */
function planted(
  name: string,
  of: (x: Tensor, y: Tensor) => readonly Tensor[],
  types: (x: TensorType, y: TensorType) => readonly TensorType[],
): Op {
  return {
    name: `${name} (test only)`,
    symbol: name,
    family: "planted",
    promotion: "float",
    formula: name,
    results: ([x, y]) => (x && y ? types(x, y) : []),
    body: ([x, y]) => (x && y ? of(x, y) : []),
    derivative: undefined,
    batch: undefined,
    examples: { domain: [0.5, 2], cases: [{ shapes: SHAPES }, { shapes: [[], [4]] }] },
  };
}

const whole = ({ shape }: TensorType): TensorType => ({ shape, dtype: "int32", weak: false });

const PLANTED: Readonly<Record<string, Op>> = {
  "product and quotient": planted(
    "product and quotient",
    (x, y) => [x.mul(y).sin(), y.div(x).exp()],
    (x, y) => [y, { ...y, weak: x.weak && y.weak }],
  ),
  "a count, and what is differentiated": planted(
    "a count first",
    (x, y) => [y.greater(x).cast("int32"), x.mul(y).tanh()],
    (_x, y) => [whole(y), y],
  ),
  "one input in each result, and a constant": planted(
    "apart",
    (x, y) => [x.square(), y.log(), tensor(2, { dtype: x.dtype })],
    (x, y) => [x, y, { shape: [], dtype: x.dtype, weak: false }],
  ),
  "ops of several results inside": planted(
    "ordered",
    (x, y) => {
      const { values, indices } = topK(x.mul(y.sum()).reshape([-1]), 1);
      return [values.square(), y.add(values), indices];
    },
    (x, y) => [{ ...x, shape: [1] }, y, { shape: [1], dtype: "int32", weak: false }],
  ),
  "a branch inside": planted(
    "branched",
    (x, y) => {
      const total = x.sum();
      const root = cond(
        total.less(0),
        () => total.sqrt(),
        () => total.mul(2),
      );
      return [root, y.mul(root)];
    },
    (x, y) => [{ ...x, shape: [] }, y],
  ),
};

/** Returns a function that computes the body of an op in place of the op. */
const bodyOf =
  ({ body }: Op) =>
  (...inputs: Tensor[]): readonly Tensor[] =>
    body?.(inputs, NO_ATTRIBUTES, () => []) ?? [];

const opOf =
  (op: Op) =>
  (...inputs: Tensor[]): readonly Tensor[] =>
    applyAll(op, inputs, NO_ATTRIBUTES);

for (const [name, op] of Object.entries(PLANTED)) {
  inEveryMode(name, { fn: opOf(op), plain: bodyOf(op), shapes: SHAPES, low: 0.5, high: 2 });

  describe(`the generated tests of ${name}`, () => {
    const checks = sampled(opChecks(op), 4, Object.keys(PLANTED).indexOf(name));
    for (const check of checks) test(check.name, check.run);
  });

  inEveryMode(`${name}, nested`, {
    fn: (x, y) => nested(opOf(op), x, y),
    plain: (x, y) => nested(bodyOf(op), x, y),
    shapes: SHAPES,
    low: 0.5,
    high: 2,
    differences: false,
  });
}

/** Returns the result of a function that is nested in a checkpoint in a branch in a loop. */
function nested(of: (x: Tensor, y: Tensor) => readonly Tensor[], x: Tensor, y: Tensor): Tensor {
  const step = checkpoint((h: Tensor, row: Tensor) =>
    of(row, h)
      .map((result) => result.cast("float64").sum().mul(0.1))
      .reduce((sum, each) => sum.add(each)),
  );
  return scan(
    (h: Tensor, row: Tensor): [Tensor, []] => [
      cond(
        h.sum().greater(0),
        () => h.mul(0.5).add(step(h, row).tanh().add(1.5)),
        () => h,
      ),
      [],
    ],
    y,
    stack([x, x.add(0.25)]),
  )[0];
}

test("only the results that are read send gradients, and NaN of others stays where it is", () => {
  const op = planted(
    "root and double",
    (x, y) => [x.sqrt().mul(y), x.mul(y)],
    (x) => [x, x],
  );
  const second = (x: Tensor, y: Tensor) => at(applyAll(op, [x, y], NO_ATTRIBUTES), 1);
  expect(grad(second)(double(0), double(3)).item()).toBe(3);
  expect(jvp(second)([double(0), double(3)], [double(1), double(0)]).tangent.item()).toBe(3);
});

test("a wrong derivative of several results is found by the generated tests", () => {
  const right = at(Object.values(PLANTED), 0);
  const wrong: Op = {
    ...right,
    derivative: {
      kind: "joint",
      vjp: ({ inputs }) => ({
        results: bodyOf(right)(...inputs),
        pull: () => inputs.map((value) => ({ value, mask: undefined })),
      }),
      jvp: ({ inputs }) => ({ results: bodyOf(right)(...inputs), tangents: [] }),
    },
  };
  const failed = opChecks(wrong).filter(({ run }) => {
    try {
      run();
      return false;
    } catch {
      return true;
    }
  });
  expect(failed.map(({ name }) => name).join("\n")).toMatch(/derivatives in both modes/);
});

test("a body that gives another result than is stated is seen by the generated tests", () => {
  const op = planted(
    "short",
    (x, y) => [x.mul(y), x.sum()],
    (_x, y) => [y, y],
  );
  const types = opChecks(op).find(({ name }) => name.includes("shape and dtype"));
  expect(() => types?.run()).toThrow();
});

test("it is drawn as one node with parts, and looked into for NaN", () => {
  const op = at(Object.values(PLANTED), 0);
  const fn = (x: Tensor, y: Tensor) => {
    const [first, second] = applyAll(op, [x, y], NO_ATTRIBUTES) as [Tensor, Tensor];
    return first.add(second).sum();
  };
  const [x, y] = [double([1, 2, 3]), double([2, 1, 0.5])];
  const graph = explain(fn)(x, y);
  expect(graph.nodes.filter((node) => node.op === op)).toHaveLength(1);
  const [ofX, ofY] = grad(fn, { argnums: [0, 1] })(x, y);
  const drawn = graph.nodes.filter(({ kind }) => kind === "input").map((node) => node.gradient);
  expectSameBits(at(drawn as Tensor[], 0), ofX);
  expectSameBits(at(drawn as Tensor[], 1), ofY);
  expect(findNaN(fn)(x.mul(Number.NaN), y)).toBeDefined();
});

/** A primitive with two results and no batching rule. */
const withoutRule: Op = { ...opNamed("topK"), batch: undefined };

test("a primitive of several results without a rule is run for each element, and stacked", () => {
  const attributes: Attributes = { k: 2, descending: true };
  const rows = uniform([4, 5], { seed: 3, dtype: "float64" });
  const both = (op: Op) => (x: Tensor) => [...applyAll(op, [x], attributes)];
  const found = vectorize(both(withoutRule))(rows);
  vectorize(both(opNamed("topK")))(rows).forEach((expected, i) => {
    expectSameBits(at(found, i), expected);
  });
  const none = vectorize(both(withoutRule))(rows.slice([0], [0]));
  expect(none.map(({ shape, dtype }) => [shape, dtype])).toEqual([
    [[0, 2], "float64"],
    [[0, 2], "int32"],
  ]);
});

test("several results without a derivative and without a body are an error of the library's own", () => {
  const bare: Op = { ...opNamed("topK"), derivative: undefined };
  const first = (x: Tensor) => apply(bare, [x], { k: 1, descending: true }).sum();
  const message = "topK: expected a derivative rule, got none in the op's definition.";
  const x = double([1, 2]);
  expect(() => grad(first)(x)).toThrow(DerivativeError);
  expect(() => grad(first)(x)).toThrow(message);
  expect(() => jvp(first)([x], [x])).toThrow(message);
});
