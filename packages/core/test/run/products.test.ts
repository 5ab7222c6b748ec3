import { afterEach, describe, expect, test } from "vitest";
import { setRunner, type Tensor, tensor, uniform } from "../../src/index.ts";
import { workspace } from "../../src/run/wasm/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";

afterEach(() => setRunner("wasm"));

/** The product through the kernel has the bits of the product in JavaScript. */
function expectSameProduct(x: Tensor, y: Tensor): void {
  setRunner("js");
  const expected = x.matmul(y);
  setRunner("wasm");
  expectSameBits(x.matmul(y), expected);
}

/** A cheap matrix for large shapes: uniform() would take longer than the product. */
function matrix(rows: number, columns: number): Tensor {
  const elements = new Float32Array(rows * columns);
  for (let i = 0; i < elements.length; i++) elements[i] = ((i * 7919) % 1009) / 500 - 1;
  return tensor(elements).reshape([rows, columns]);
}

describe("matrix products through the kernel give the bits of JavaScript", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`for lengths around every tile's end, in ${dtype}`, () => {
      const lengths = [1, 3, 4, 5, 8, 9, 31, 33, 65];
      for (const rows of lengths) {
        for (const columns of lengths) {
          for (const inner of lengths) {
            const x = uniform([rows, inner], { seed: rows, low: -1, dtype });
            expectSameProduct(x, uniform([inner, columns], { seed: columns, low: -1, dtype }));
          }
        }
      }
    });

    test(`for stacks that repeat on either side, in ${dtype}`, () => {
      const shapes = [
        [
          [9, 10],
          [10, 11],
        ],
        [
          [3, 9, 10],
          [10, 11],
        ],
        [
          [9, 10],
          [3, 10, 11],
        ],
        [
          [3, 9, 10],
          [1, 10, 11],
        ],
        [
          [1, 9, 10],
          [1, 1, 10, 11],
        ],
        [
          [3, 9, 10],
          [3, 10, 11],
        ],
        [
          [2, 1, 9, 10],
          [4, 10, 11],
        ],
        [
          [2, 1, 3, 9, 10],
          [4, 1, 10, 11],
        ],
        [
          [5, 1, 9, 10],
          [5, 3, 10, 11],
        ],
        [
          [2, 700],
          [3, 700, 1],
        ],
        [
          [700, 0],
          [0, 3],
        ],
        [
          [0, 9, 10],
          [10, 11],
        ],
        [
          [3, 9, 10],
          [0, 1, 10, 11],
        ],
      ] as const;
      for (const [xShape, yShape] of shapes) {
        const x = uniform(xShape, { seed: 1, low: -1, dtype });
        expectSameProduct(x, uniform(yShape, { seed: 2, low: -1, dtype }));
      }
    });

    test(`over several chunks, in ${dtype}`, () => {
      const x = uniform([6, 9000], { seed: 1, low: -1, dtype });
      expectSameProduct(x, uniform([9000, 9], { seed: 2, low: -1, dtype }));
      expectSameProduct(x, uniform([9000], { seed: 3, low: -1, dtype }));
    });
  }

  test("for infinities, NaN and denormal numbers", () => {
    const values = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-45, 3.4e38, 1e-39];
    const many = (step: number) =>
      tensor(Array.from({ length: 400 }, (_, i) => values[(i * step) % 10] ?? 0));
    expectSameProduct(many(7).reshape([20, 20]), many(3).reshape([20, 20]));
    expectSameProduct(many(11).reshape([2, 200]), many(13).reshape([200, 2]));
  });

  test("for integers, which have no kernel", () => {
    const whole = tensor(new Int32Array(400).fill(70_000)).reshape([20, 20]);
    expectSameProduct(whole, whole);
  });

  test("for products that go through linear memory in blocks, which stays below 256 MB", () => {
    // More than 48 MB of rows, of columns, and of results.
    expectSameProduct(matrix(3200, 4100), matrix(4100, 2));
    expectSameProduct(matrix(2, 4100), matrix(4100, 3200));
    expectSameProduct(matrix(3700, 2), matrix(2, 3600));
    const bytes = workspace()?.kernel.memory.buffer.byteLength ?? Number.NaN;
    expect(bytes).toBeGreaterThan(48 * 2 ** 20);
    expect(bytes).toBeLessThan(256 * 2 ** 20);
  });

  test("and leave nothing in linear memory", () => {
    const used = () => workspace()?.kernel.arena.usedBytes;
    const before = used();
    matrix(300, 200).matmul(matrix(200, 100));
    expect(used()).toBe(before);
  });
});
