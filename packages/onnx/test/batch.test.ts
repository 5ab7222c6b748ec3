/** Models with an open batch size. */

import { ones, type Tensor, topK, uniform, zeros } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { exportOnnx } from "../src/index.ts";
import { batchFunctions } from "./support/batchFunctions.ts";
import { expectSame, run } from "./support/runtime.ts";

sampleTests(3);

const double = { dtype: "float64" } as const;

function random(shape: readonly number[], seed: number, dtype: "float32" | "float64" = "float64") {
  return uniform(shape, { seed, low: -1, high: 2, dtype });
}

/** True if a function is defined without rows: a mean, for example, is not. */
function isDefined(fn: (x: Tensor) => unknown, x: Tensor): boolean {
  try {
    fn(x);
    return true;
  } catch {
    return false;
  }
}

describe.each([
  ["float64", 1e-10],
  ["float32", 2e-6],
] as const)("a symbolic batch axis of %s", (dtype, bound) => {
  test.each(Object.entries(batchFunctions))("%s", async (name, fn) => {
    const example = random([4, 3], 1, dtype);
    const model = exportOnnx(fn, [example], { dynamic: { x: 0 }, inputs: ["x"] });
    expect(model.inputs[0]?.shape).toEqual(["batch", 3]);
    const turn = Object.keys(batchFunctions).indexOf(name);
    for (const size of sampled([4, 7, 1, 2, 0], 3, turn)) {
      const x = random([size, 3], size, dtype);
      if (isDefined(fn, x)) await expectSame(model, fn, [x], bound);
    }
  });
});

describe("a batch axis", () => {
  test("a cube of it is refused, with the line that asks for it", () => {
    const cubed = (x: Tensor) => {
      const size = x.shape[0] ?? 0;
      return x.add(size ** 3);
    };
    expect(() => exportOnnx(cubed, [zeros([5, 3])], { dynamic: { x: 0 } })).toThrow(
      /exportOnnx: fn: expected a function that is the same for every batch size N.*got a number: 125, 1000, 3375, 1331.*\[batch\.test\.ts:\d+:\d+\]/,
    );
  });

  test.each<[string, (x: Tensor, size: number) => Tensor]>([
    ["whether it is even", (x, size) => x.mul(size % 2 === 0 ? 2 : 3)],
    ["a remainder", (x, size) => x.add(size % 4)],
    ["a half, rounded down", (x, size) => x.slice([Math.floor(size / 2)], [])],
    ["its root", (x, size) => x.mul(1 / Math.sqrt(size))],
  ])("a function of %s is refused", (_name, fn) => {
    const own = (x: Tensor) => fn(x, x.shape[0] ?? 0);
    for (const size of [2, 4]) {
      for (const dtype of ["float32", "float64"] as const) {
        expect(() => exportOnnx(own, [zeros([size, 3], { dtype })], { dynamic: { x: 0 } })).toThrow(
          /the same for every batch size N.*batch\.test\.ts/,
        );
      }
    }
  });

  test("a function may ask for an even one", async () => {
    const pairs = (x: Tensor) =>
      x
        .reshape([(x.shape[0] ?? 0) / 2, 2, 3])
        .sum([1])
        .mul(2);
    const refuses = (x: Tensor) => {
      if ((x.shape[0] ?? 0) % 2 !== 0) throw new Error("an even batch, please");
      return x.mul((x.shape[0] ?? 0) / 2);
    };
    expect(() => exportOnnx(pairs, [zeros([4, 3])], { dynamic: { x: 0 } })).toThrow(
      /shapes: 2, 4, 6, 8/,
    );
    const model = exportOnnx(refuses, [zeros([4, 3], double)], { dynamic: { x: 0 } });
    await expectSame(model, refuses, [random([10, 3], 1)]);
  });

  test("an axis may be counted from the end", async () => {
    const fn = (x: Tensor) => x.sum(0).mul(1 / (x.shape[1] ?? 0));
    const model = exportOnnx(fn, [random([3, 4], 1)], { dynamic: { x: -1 } });
    expect(model.inputs[0]?.shape).toEqual([3, "batch"]);
    await expectSame(model, fn, [random([3, 7], 2)]);
    expect(() => exportOnnx(fn, [zeros([3, 4])], { dynamic: { x: -3 } })).toThrow(
      /dynamic\.x: expected an axis of the shape \[3, 4\], got -3/,
    );
  });

  test("large batches have the numbers of small ones", async () => {
    const fn = (x: Tensor) => {
      const size = x.shape[0] ?? 0;
      return [x.mul(1 / size), x.mul(0.3 / (size - 1)), x.mul(Math.PI * size)];
    };
    const model = exportOnnx(fn, [zeros([2])], { dynamic: { x: 0 } });
    await expectSame(model, fn, [ones([1_000_003])], 3e-7);
  });

  test("what is an error without rows is one of the runtime", async () => {
    const functions: ((x: Tensor) => Tensor)[] = [
      (x) => x.mean(),
      (x) => x.mean(0),
      (x) => x.max(0),
      (x) => x.cast("int32").min(),
    ];
    for (const fn of functions) {
      const model = exportOnnx(fn, [random([4, 3], 1)], { dynamic: { x: 0 }, inputs: ["x"] });
      await expectSame(model, fn, [random([1, 3], 1)]);
      expect(() => fn(zeros([0, 3], double))).toThrow(/mean|max|min/);
      await expect(run(model, [zeros([0, 3], double)])).rejects.toThrow();
    }
  });

  test("products of no matrices broadcast", async () => {
    const fn = (x: Tensor) => x.reshape([x.shape[0] ?? 0, 1, 1, 3]).matmul(ones([4, 3, 2], double));
    const model = exportOnnx(fn, [random([4, 3], 1)], { dynamic: { x: 0 } });
    for (const size of [0, 2]) await expectSame(model, fn, [random([size, 3], 1)]);
  });

  test("without rows an operator without steps is passed by", async () => {
    // The number of rows is known, so the model needs no condition for it.
    const fn = (x: Tensor) => Object.values(topK(x, 2));
    await expectSame(exportOnnx(fn, [zeros([0, 3])]), fn, [zeros([0, 3])]);
  });

  test("every second row is refused", () => {
    const half = (x: Tensor) => x.slice([0], [], [2]);
    expect(() => exportOnnx(half, [zeros([5, 3])], { dynamic: { x: 0 } })).toThrow(
      /shapes: 3, 5, 8, 6.*batch\.test\.ts/,
    );
  });

  test("a loop in JavaScript is refused", () => {
    const loop = (x: Tensor) => {
      let sum = zeros([3]);
      for (let i = 0; i < (x.shape[0] ?? 0); i++) sum = sum.add(x.take(i));
      return sum;
    };
    expect(() => exportOnnx(loop, [zeros([2, 3])], { dynamic: { x: 0 } })).toThrow(
      /got (ops|the number of ops).*scan/,
    );
  });

  test("a captured batch is refused", () => {
    const captured = ones([4, 3]);
    const fn = (x: Tensor) => x.add(captured);
    expect(() => exportOnnx(fn, [zeros([4, 3])], { dynamic: { x: 0 } })).toThrow(/batch\.test\.ts/);
  });

  test("random numbers of a plain seed are refused", () => {
    const fn = (x: Tensor) => x.mul(uniform(x.shape, { seed: 1 }));
    expect(() => exportOnnx(fn, [zeros([4, 3])], { dynamic: { x: 0 } })).toThrow(
      /a constant tensor.*pass the seed as a tensor.*batch\.test\.ts/,
    );
  });

  test("an empty batch has sums of 0", async () => {
    const fn = (x: Tensor) => [x.sum(0), x.mul(2), x.sum()];
    const model = exportOnnx(fn, [random([4, 3], 1)], { dynamic: { x: 0 } });
    await expectSame(model, fn, [zeros([0, 3], double)]);
  });

  test("several inputs share it, and must", async () => {
    const fn = (x: Tensor, y: Tensor) => x.matmul(y).mean();
    const given: [Tensor, Tensor] = [random([4, 3], 1), random([3, 4], 2)];
    const model = exportOnnx(fn, given, { dynamic: { x: 0, y: 1 } });
    await expectSame(model, fn, [random([5, 3], 3), random([3, 5], 4)]);
    expect(() => exportOnnx(fn, [given[0], zeros([3, 5])], { dynamic: { x: 0, y: 1 } })).toThrow(
      /dynamic\.y.*a batch of 4, as x has/,
    );
    expect(() => exportOnnx(fn, given, { dynamic: { z: 0 } })).toThrow(/one of the inputs x, y/);
    expect(() => exportOnnx(fn, given, { dynamic: { x: 2 } })).toThrow(/an axis of the shape/);
  });
});
