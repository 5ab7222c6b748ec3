/**
 * Views that loops read without a copy, and values that are concatenated from parts.
 */

import { describe, expect, test } from "vitest";
import { compile, concat, type DType, grad, stack, type Tensor, uniform } from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 20_001];
const DTYPES = ["float32", "float64", "int32", "bool"] as const;

function random(dtype: DType, shape: number[], seed = 1): Tensor {
  return uniform(shape, { seed, low: -2, high: 2, dtype: "float64" }).cast(dtype);
}

/** Returns the steps of the compiled program, after checking its result. */
function check(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): string[] {
  const compiled = compile(fn);
  expectSameBits(compiled(...inputs), fn(...inputs));
  const text = compiled.program(...inputs).describe();
  const steps = text.slice(text.indexOf(", values at")).split("\n").slice(1);
  return steps.map((step) => step.replace(/.*<- (.*) \(.*/, "$1").replace(/loop over .*: /, ""));
}

describe("a loop reads through", () => {
  test.each(DTYPES)("transposes, slices, repetitions and reshapes of %s", (dtype) => {
    const x = random(dtype, [4, 6]);
    const y = random(dtype, [6, 4], 2);
    const views: ((z: Tensor) => Tensor)[] = [
      (z) => z.transpose(),
      (z) => z.transpose().slice([1, 1], [6, 4], [2, 1]),
      (z) => z.slice([1, 2], [4, 6], [2, 3]).transpose(),
      (z) => z.slice([1], [2]).broadcastTo([5, 6]),
      (z) => z.slice([0, 3], [4, 4]).broadcastTo([4, 3]).transpose(),
      (z) => z.reshape([2, 2, 6]).transpose([1, 2, 0]),
      (z) => z.reshape([24]).slice([1], [24], [5]),
      (z) => z.slice([1], [3]).reshape([3, 4]).slice([0, 1], [3, 4]),
      (z) => z.slice([1, 1]).slice([0, 1], [3, 5], [2, 2]).transpose(),
      (z) => z.slice([3, 5]).reshape([]).broadcastTo([2, 2]),
    ];
    for (const view of views) {
      expect(check((z) => view(z).equal(view(z).maximum(view(z))), x)).toHaveLength(1);
      check((z) => view(z), x);
    }
    expect(check((z, w) => z.add(w.transpose()).maximum(z), x, y)).toHaveLength(1);
  });

  test("no further than elements lie at regular distances", () => {
    // Rows of 3 are cut out of columns of 4: some neighbours are one column apart, some are not.
    const steps = check((z) => z.transpose().reshape([4, 6]).mul(2), random("float32", [4, 6]));
    expect(steps).toEqual(["copy", "mul"]);
    const again = (z: Tensor) => z.transpose().reshape([24]).reshape([2, 12]).reshape([3, 8]);
    expect(check((z) => again(z).mul(2), random("float32", [4, 6]))).toEqual(["copy", "mul"]);
    check((z) => again(z).matmul(again(z).transpose()), random("float32", [4, 6]));
    check((z) => again(z), random("float32", [4, 6]));
    const thin = (z: Tensor) => z.transpose().reshape([6, 1, 4]).reshape([6, 4, 1]);
    check((z) => thin(z), random("float32", [4, 6]));
    check((z) => thin(z).mul(thin(z).add(1)), random("float32", [4, 6]));
    check((z) => again(z.transpose().reshape([4, 6])).sum(1), random("float32", [4, 6]));
    check((z) => z.slice([0, 1], [4, 5]).reshape([2, 8]).neg(), random("float32", [4, 6]));
    check((z) => z.slice([1]).reshape([2, 9]).transpose().neg(), random("float32", [4, 6]));
  });

  test("long chains of views in one step", () => {
    const turns = (z: Tensor) => {
      let view = z;
      for (let i = 0; i < 3000; i++) view = view.transpose([1, 2, 0]).slice([0], [8]);
      return view.mul(2);
    };
    expect(check(turns, random("float32", [3, 3, 3]))).toEqual(["mul"]);
    const reshapes = (z: Tensor) => {
      let view = z;
      for (let i = 0; i < 3000; i++) view = view.reshape(i % 2 === 0 ? [27] : [3, 9]);
      return view.transpose().sum(1);
    };
    check(reshapes, random("float32", [3, 3, 3]));
  });

  test("what another loop computes, and not where that is", () => {
    const steps = check(
      (z) => {
        const powers = z.exp();
        return powers.add(powers.transpose());
      },
      random("float32", [5, 5]),
    );
    expect(steps).toEqual(["exp", "add"]);
  });

  test("slices of every length", () => {
    for (const length of LENGTHS) {
      const x = random("float32", [length]);
      const steps = check((z) => z.slice([1]).sub(z.slice([0], [length - 1])), x);
      if (length > 1) expect(steps).toEqual(["sub"]);
      check((z) => z.slice([0], [length], [3]).mul(2), x);
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
      expect(check((z, w) => z.sub(w.transpose()), x, y)).toEqual(["sub"]);
      expect(check((z) => z.transpose(), x)).toEqual(["copy"]);
    }
  });

  test("a view that something else needs is copied by a loop", () => {
    const x = random("float64", [6, 6]);
    const steps = check(
      (z) =>
        z
          .slice([2])
          .take(1)
          .mul(z.mul(z.slice([3], [4]))),
      x,
    );
    expect(steps.filter((step) => !step.startsWith("gather"))).toEqual(["copy", "mul mul"]);
  });
});

describe("products read", () => {
  const stacks = [random("float32", [2, 3, 5, 7]), random("float32", [2, 3, 7, 4], 2)] as const;

  test("matrices and stacks of them through transposes and slices", () => {
    const views: ((x: Tensor, y: Tensor) => Tensor)[] = [
      (x) => x.transpose([0, 1, 3, 2]).matmul(x),
      (x, y) => x.transpose([1, 0, 2, 3]).matmul(y.transpose([1, 0, 2, 3])),
      (x, y) => x.slice([0, 0, 1, 2], [2, 3, 5, 6]).matmul(y.slice([0, 0, 3])),
      (x, y) => x.slice([1], [2]).matmul(y),
      (x, y) => x.slice([0, 2], [1, 3]).reshape([5, 7]).matmul(y),
      (x, y) => y.transpose([0, 1, 3, 2]).matmul(x.transpose([0, 1, 3, 2])),
    ];
    for (const view of views) {
      const steps = check((x, y) => view(x, y), ...stacks);
      expect(steps, String(view)).not.toContain("copy");
    }
  });

  test("no elements that lie at a distance, and no repetitions", () => {
    const apart = (x: Tensor, y: Tensor) =>
      x.slice([0, 0, 0, 1], [2, 3, 5, 5], [1, 1, 2, 2]).matmul(y.slice([0, 0, 5]));
    expect(check(apart, ...stacks)).toEqual(["copy", expect.stringContaining("matmul")]);
    const repeated = (x: Tensor, y: Tensor) =>
      x.slice([1], [2]).matmul(y.sum(-1, { keepDims: true }).broadcastTo([2, 3, 7, 3]));
    expect(check(repeated, ...stacks)).toContain("copy");
  });

  test("what their gradients transpose", () => {
    const slopes = grad((x: Tensor, y: Tensor) => x.matmul(y).tanh().sum(), { argnums: [0, 1] });
    const steps = check(
      (x, y) => {
        const [first, second] = slopes(x, y) as [Tensor, Tensor];
        return concat([first.reshape([-1]), second.reshape([-1])]);
      },
      ...stacks,
    );
    expect(steps.filter((step) => step.includes("matmul"))).toHaveLength(3);
    // Two copies remain, which concatenate both inputs.
    expect(steps.filter((step) => step.includes("copy"))).toHaveLength(2);
  });
});

describe("loops put together", () => {
  test.each(DTYPES)("parts of %s along each axis", (dtype) => {
    for (const length of LENGTHS) {
      const [x, y] = [random(dtype, [3, length]), random(dtype, [3, length], 2)];
      check((z, w) => concat([z, w.slice([1]), z]), x, y);
      check((z, w) => concat([z, w, z.slice([0, 0], [3, 2])], 1), x, y);
      check((z, w) => stack([z, w], 2), x, y);
      check((z, w) => concat([z.transpose(), w.transpose().slice([0], [length], [2])]), x, y);
    }
  });

  test.each(["float32", "float64"] as const)("zeros and what was sliced, in %s", (dtype) => {
    for (const length of LENGTHS) {
      check(
        grad((z: Tensor) => z.slice([0, 1], [4, length], [2, 3]).square().sum()),
        random(dtype, [4, length]),
      );
      check(
        grad((z: Tensor) => z.slice([1]).sum()),
        random(dtype, [length + 1]),
      );
    }
  });

  test("again on every call, when what was there before has changed", () => {
    const part = compile(grad((z: Tensor) => z.slice([1], [7], [2]).exp().sum()));
    for (let seed = 0; seed < 3; seed++) {
      const x = random("float32", [9], seed);
      compile((z: Tensor) => z.mul(3).add(1))(x);
      expectSameBits(part(x), grad((z: Tensor) => z.slice([1], [7], [2]).exp().sum())(x));
    }
  });
});
