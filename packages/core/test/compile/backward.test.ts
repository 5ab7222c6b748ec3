/**
 * Views that read backwards: a test-only op slices with steps of either sign, and its adjoint writes backwards.
 */

import { describe, expect, test } from "vitest";
import { readKernel, writeKernel } from "../../src/families/movement.ts";
import { apply, applyAll } from "../../src/graph/apply.ts";
import type { StridedLayout } from "../../src/graph/kernel.ts";
import { linear, type Op } from "../../src/graph/op.ts";
import {
  compile,
  concat,
  type DType,
  grad,
  jvp,
  type Tensor,
  uniform,
  Variable,
  vectorize,
} from "../../src/index.ts";
import { register } from "../../src/ops/registry.ts";
import { at, type Shape, stridesOf } from "../../src/tensor/shape.ts";
import { expectSameBits, opChecks } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(3);

const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 20_001];
const DTYPES = ["float32", "float64", "int32", "bool"] as const;

interface Steps extends Readonly<Record<string, unknown>> {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

interface Stepped extends Steps {
  readonly lengths: Shape;
}

interface Placed extends Steps {
  readonly shape: Shape;
}

function layoutOf(shape: Shape, { starts, steps }: Steps): StridedLayout {
  const strides = stridesOf(shape);
  return {
    offset: strides.reduce((sum, stride, axis) => sum + stride * at(starts, axis), 0),
    strides: strides.map((stride, axis) => stride * at(steps, axis)),
  };
}

const stepOp: Op<Stepped> = register<Stepped>({
  name: "step",
  symbol: "step",
  family: "view",
  promotion: "none",
  formula: "x[start : : step], in either direction",
  results: ([x], { lengths }) => [
    { shape: lengths, dtype: x?.dtype ?? "float32", weak: !!x?.weak },
  ],
  derivative: linear((cotangent, { inputs: [x], attributes }) => {
    const { starts, steps } = attributes;
    return apply(placeOp, [cotangent], { shape: x?.shape ?? [], starts, steps });
  }),
  kernel: readKernel(layoutOf),
  batch: ({ op, inputs, attributes: { starts, lengths, steps }, size }) =>
    applyAll(op, inputs, {
      starts: [0, ...starts],
      lengths: [size, ...lengths],
      steps: [1, ...steps],
    }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[5]], attributes: { starts: [4], lengths: [5], steps: [-1] } },
      { shapes: [[3, 4]], attributes: { starts: [2, 0], lengths: [2, 2], steps: [-2, 3] } },
      { shapes: [[3, 0]], attributes: { starts: [2, 0], lengths: [3, 0], steps: [-1, -1] } },
    ],
  },
});

const placeOp: Op<Placed> = register<Placed>({
  name: "place",
  symbol: "place",
  family: "view",
  promotion: "none",
  formula: "zeros with x at [start : : step], in either direction",
  results: ([x], { shape }) => [{ shape, dtype: x?.dtype ?? "float32", weak: !!x?.weak }],
  derivative: linear((cotangent, { inputs: [x], attributes }) => {
    const { starts, steps } = attributes;
    return apply(stepOp, [cotangent], { starts, steps, lengths: x?.shape ?? [] });
  }),
  kernel: writeKernel((_, attributes) => [layoutOf(attributes.shape, attributes)]),
  batch: ({ op, inputs, attributes: { shape, starts, steps }, size }) =>
    applyAll(op, inputs, {
      shape: [size, ...shape],
      starts: [0, ...starts],
      steps: [1, ...steps],
    }),
  examples: {
    domain: [-3, 3],
    cases: [
      { shapes: [[3]], attributes: { shape: [5], starts: [4], steps: [-2] } },
      { shapes: [[2, 2]], attributes: { shape: [3, 4], starts: [2, 0], steps: [-2, 3] } },
    ],
  },
});

/** Returns x with some axes in reverse order. */
function flip(x: Tensor, ...axes: number[]): Tensor {
  const turned = x.shape.map((_, axis) => axes.includes(axis));
  return apply(stepOp, [x], {
    starts: x.shape.map((length, axis) => (turned[axis] ? Math.max(0, length - 1) : 0)),
    lengths: x.shape,
    steps: turned.map((is) => (is ? -1 : 1)),
  });
}

function random(dtype: DType, shape: number[], seed = 1): Tensor {
  return uniform(shape, { seed, low: -2, high: 2, dtype: "float64" }).cast(dtype);
}

/** Returns the steps of the compiled program, after checking its result on both backends. */
function check(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): string[] {
  const expected = fn(...inputs);
  expectSameBits(compile(fn, { backend: "js" })(...inputs), expected);
  const compiled = compile(fn);
  expectSameBits(compiled(...inputs), expected);
  const text = compiled.program(...inputs).describe();
  const steps = text.slice(text.indexOf(", values at")).split("\n").slice(1);
  return steps.map((step) => step.replace(/.*<- (.*) \(.*/, "$1").replace(/loop over .*: /, ""));
}

const made = registeredOps().filter(({ name }) => name === stepOp.name || name === placeOp.name);

describe.each(made)("the generated tests of $name", (op) => {
  test.each(opChecks(op))("$name", ({ run }) => run());
});

test("eager, it reads from the end to the front", () => {
  expect(flip(random("int32", [0, 3]), 0).shape).toEqual([0, 3]);
  for (const length of LENGTHS) {
    const x = random("float32", [3, length]);
    const rows = x.toArray() as number[][];
    expect(flip(x, 1).toArray()).toEqual(rows.map((row) => [...row].reverse()));
    expect(flip(x, 0).toArray()).toEqual([...rows].reverse());
  }
});

describe("a loop reads backwards", () => {
  test.each(DTYPES)("through chains of views of %s", (dtype) => {
    const x = random(dtype, [4, 6]);
    const views: ((z: Tensor) => Tensor)[] = [
      (z) => flip(z, 0),
      (z) => flip(z, 1),
      (z) => flip(z, 0, 1),
      (z) => flip(flip(z, 0), 1),
      (z) => flip(flip(z, 1), 1),
      (z) => flip(z, 1).transpose(),
      (z) => flip(z.transpose(), 0).slice([1, 1], [6, 4], [2, 1]),
      (z) => flip(z.slice([1, 2], [4, 6], [2, 3]), 0, 1),
      (z) => flip(z.slice([1], [2]), 1).broadcastTo([5, 6]),
      (z) => flip(z.slice([0, 3], [4, 4]).broadcastTo([4, 3]), 0, 1),
      (z) => flip(z.reshape([2, 2, 6]).transpose([1, 2, 0]), 0, 2),
      (z) => flip(z.reshape([24]), 0).slice([1], [24], [5]),
      (z) => flip(z, 0, 1).reshape([24]),
      (z) => flip(z.reshape([24]), 0).reshape([2, 3, 4]),
      (z) => flip(flip(z.reshape([24]), 0).reshape([2, 3, 4]), 1).transpose([2, 0, 1]),
      (z) => flip(z, 0).slice([1], [3]).expandDims(1),
      (z) => flip(z.slice([1, 0], [2, 6]), 0, 1).reshape([3, 2]),
    ];
    for (const view of views) {
      expect(
        check((z) => view(z).equal(view(z).maximum(view(z))), x),
        String(view),
      ).toHaveLength(1);
      check((z) => view(z), x);
      check((z) => view(z).cast("float64").sum(), x);
      check((z) => view(z).mul(view(z)).cast("float32").sum(-1), x);
    }
  });

  test("no further than elements lie at regular distances", () => {
    const x = random("float32", [4, 6]);
    const carries: ((z: Tensor) => Tensor)[] = [
      (z) => flip(z, 0).reshape([24]),
      (z) => flip(z, 1).reshape([24]),
      (z) => flip(z, 1).reshape([3, 8]),
      (z) => flip(flip(z, 1).reshape([8, 3]), 0),
      (z) => flip(z, 0).reshape([2, 12]).transpose(),
      (z) => flip(flip(z, 0).reshape([24]), 0).reshape([4, 6]),
    ];
    for (const view of carries) {
      check((z) => view(z).mul(2), x);
      check((z) => view(z), x);
      check((z) => view(z).sum(0), x);
    }
    expect(check((z) => flip(z, 1).reshape([3, 8]).mul(2), x)).toEqual(["copy", "mul"]);
  });

  test("twice turned, as if nothing had been", () => {
    const steps = check((z) => flip(flip(z, 0), 0).exp().add(z), random("float32", [9]));
    expect(steps).toEqual(["exp add"]);
  });

  test("arrays of every length, beside others, into loops and reductions", () => {
    for (const length of LENGTHS) {
      const [x, y] = [random("float32", [length]), random("float32", [length], 2)];
      expect(check((z, w) => flip(z, 0).sub(w).mul(z), x, y)).toEqual(["sub mul"]);
      check((z) => z.add(flip(z, 0)).exp().sum(), x);
      check((z) => flip(z, 0).sum().add(flip(z, 0).max()), x);
      check((z) => z.add(flip(z.exp(), 0)), x);
      const wide = random("float64", [2, length]);
      check((z, w) => flip(z, 1).mul(w.cast("float64")).sum(1), wide, y);
      check((z) => flip(z, 0, 1).mul(z).min(1), wide);
    }
  });

  test("large transposes, in tiles", () => {
    for (const shape of [
      [64, 64],
      [65, 97],
      [3, 70, 64],
    ]) {
      const x = random("float32", shape);
      const y = random("float32", [...shape].reverse(), 2);
      for (let axis = 0; axis < shape.length; axis++) {
        const axes = [axis, shape.length - 1];
        expect(check((z, w) => z.sub(flip(w.transpose(), axis)), x, y)).toEqual(["sub"]);
        check((z, w) => flip(z, axis).sub(flip(w, ...axes).transpose()), x, y);
        check((z) => flip(z, axis).transpose(), x);
        check((z, w) => z.mul(flip(w, axis).transpose()).sum(-1), x, y);
      }
    }
  });

  test("the old value of a Variable, and does not write over it before", () => {
    for (const length of LENGTHS) {
      const first = random("float32", [length]);
      const v = new Variable(first);
      const step = compile((y: Tensor) => v.assign(flip(v.value, 0).mul(0.5).add(v.value).add(y)));
      let expected = first;
      for (let seed = 2; seed < 6; seed++) {
        const y = random("float32", [length], seed);
        step(y);
        expected = flip(expected, 0).mul(0.5).add(expected).add(y);
      }
      expectSameBits(v.value, expected);
    }
  });
});

describe("products", () => {
  const stacks = [random("float32", [2, 3, 5, 7]), random("float32", [2, 3, 7, 4], 2)] as const;

  test("copy a factor whose rows or columns are turned", () => {
    for (const axes of [[2], [3], [2, 3], [0, 3]]) {
      const steps = check((x, y) => flip(x, ...axes).matmul(flip(y, ...axes)), ...stacks);
      expect(steps.filter((step) => step === "copy")).toHaveLength(2);
      check(
        (x, y) =>
          flip(x, ...axes)
            .transpose([0, 1, 3, 2])
            .matmul(x)
            .mul(y.sum()),
        ...stacks,
      );
    }
    check(
      (x) =>
        flip(x, 2, 3)
          .reshape([2, 3, 35, 1])
          .matmul(x.reshape([2, 3, 1, 35])),
      stacks[0],
    );
  });

  test("read the matrices of a stack in reverse order", () => {
    for (const axes of [[0], [1], [0, 1]]) {
      const steps = check((x, y) => flip(x, ...axes).matmul(y), ...stacks);
      expect(steps).toEqual([expect.stringContaining("matmul")]);
      check((x, y) => flip(x, ...axes).matmul(flip(y, ...axes).slice([1])), ...stacks);
      check((x, y) => flip(x, ...axes).matmul(y.slice([0, 0], [1, 1]).reshape([7, 4])), ...stacks);
    }
  });
});

describe("what is written backwards", () => {
  test.each(["float32", "float64"] as const)("are gradients of turned %s", (dtype) => {
    for (const length of LENGTHS) {
      const x = random(dtype, [3, length]);
      check(
        grad((z: Tensor) => flip(z, 1).mul(z).exp().sum()),
        x,
      );
      check(
        grad((z: Tensor) =>
          flip(z.slice([1], [3]), 0, 1)
            .square()
            .sum(),
        ),
        x,
      );
      check((z) => jvp((w: Tensor) => flip(w, 0).mul(w))([z], [z.sin()]).tangent, x);
      check((z) => vectorize((w: Tensor) => flip(w, 0).add(w))(z), x);
    }
  });

  test("are parts that are put together", () => {
    for (const length of LENGTHS) {
      const x = random("float32", [3, length]);
      check((z) => concat([flip(z, 0), z, flip(z, 1)], 1), x);
      check((z) => concat([flip(z, 0, 1).transpose(), z.transpose()]), x);
    }
  });
});
