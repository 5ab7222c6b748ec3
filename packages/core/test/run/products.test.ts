import { Arena } from "@graddiff/wasm-kernel";
import { afterEach, describe, expect, test } from "vitest";
import {
  contractionCalls,
  contractionForm,
  contractionScratchBytes,
  type Stack,
} from "../../src/families/contractionForm.ts";
import { compile, setRunner, type Tensor, tensor, uniform } from "../../src/index.ts";
import { boundCall } from "../../src/run/wasm/kernel/makeCall.ts";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(3);

afterEach(() => setRunner("wasm"));

/**
 * Expects a product through the kernel to have the bits of JavaScript's product. Transposed factors whose elements were
 * never read are tried, too.
 */
function expectSameProduct(x: Tensor, y: Tensor): void {
  setRunner("js");
  const expected = x.matmul(y);
  setRunner("wasm");
  for (const left of [x, exchangedTwice(x)]) {
    for (const right of [y, exchangedTwice(y)]) expectSameBits(left.matmul(right), expected);
  }
}

/** Returns the same matrices, stored as transposes. */
function exchangedTwice(x: Tensor): Tensor {
  if (x.rank < 2) return x;
  const transpose = exchange(x);
  // Reading stores the transpose's elements in order, so that the result has them transposed.
  transpose.data();
  return exchange(transpose);
}

function exchange(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return x.transpose([...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** Returns a cheap matrix for large shapes: uniform() would take longer than the product. */
function matrix(rows: number, columns: number): Tensor {
  const elements = new Float32Array(rows * columns);
  for (let i = 0; i < elements.length; i++) elements[i] = ((i * 7919) % 1009) / 500 - 1;
  return tensor(elements).reshape([rows, columns]);
}

describe("matrix products through the kernel give the bits of JavaScript", () => {
  for (const dtype of ["float32", "float64"] as const) {
    test(`for lengths around every tile's end, in ${dtype}`, () => {
      const lengths = [1, 3, 4, 5, 8, 9, 31, 33, 65];
      for (const [i, rows] of lengths.entries()) {
        for (const [k, columns] of lengths.entries()) {
          for (const inner of sampled(lengths, 6, i + k)) {
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
      for (const [xShape, yShape] of sampled(shapes, 3, dtype === "float32" ? 0 : 1)) {
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

  test("for integers, which wrap around", () => {
    const whole = (shape: number[], factor: number) =>
      tensor(
        Int32Array.from({ length: shape.reduce((x, y) => x * y) }, (_, i) => i * factor),
      ).reshape(shape);
    expectSameProduct(whole([20, 20], 70_001), whole([20, 20], -90_001));
    expectSameProduct(whole([3, 31, 33], 70_001), whole([33, 9], -90_001));
    expectSameProduct(whole([3, 31, 33], 7), whole([3, 33, 1], 9));
  });

  test("for products that go through linear memory in blocks, which stays below 256 MB", () => {
    // The rows, the columns and the results take more than 48 MB, each in one of the cases.
    const sizes = [
      [3200, 4100, 2],
      [2, 4100, 3200],
      [3700, 2, 3600],
    ] as const;
    for (const [rows, inner, columns] of sampled(sizes, 3)) {
      expectSameProduct(matrix(rows, inner), matrix(inner, columns));
    }
    const bytes = workspace()?.host.memory.buffer.byteLength ?? Number.NaN;
    expect(bytes).toBeGreaterThan(48 * 2 ** 20);
    expect(bytes).toBeLessThan(256 * 2 ** 20);
  });

  test("and a transpose that others read as well is put in order once, for keeps", () => {
    const x = uniform([40, 30], { seed: 1 });
    const transpose = x.transpose();
    const product = transpose.matmul(x);
    const elements = transpose.data();
    expect([...elements.slice(0, 40)]).toEqual(
      Array.from({ length: 40 }, (_, i) => x.data()[30 * i]),
    );
    expectSameBits(transpose.matmul(x), product);
    expectSameBits(transpose.transpose(), x);
    expectSameBits(transpose.add(0), tensor(elements as Float32Array).reshape([30, 40]));
    // Disposing of a view leaves its source intact.
    x.transpose().dispose();
    expectSameBits(x.transpose().matmul(x), product);
  });

  test("and leave nothing in linear memory", () => {
    const used = () => workspace()?.heap.usedBytes;
    const before = used();
    matrix(300, 200).matmul(matrix(200, 100));
    expect(used()).toBe(before);
  });
});

describe("compiled products give the bits of JavaScript", () => {
  /** Expects the same product with each factor given directly, and stored as a transpose of its transpose. */
  function expectCompiled(x: Tensor, y: Tensor): void {
    setRunner("js");
    const expected = x.matmul(y);
    const [xFlipped, yFlipped] = [exchange(x), exchange(y)];
    setRunner("wasm");
    expectSameBits(compile((a: Tensor, b: Tensor) => a.matmul(b))(x, y), expected);
    expectSameBits(compile((a: Tensor, b: Tensor) => exchange(a).matmul(b))(xFlipped, y), expected);
    expectSameBits(compile((a: Tensor, b: Tensor) => a.matmul(exchange(b)))(x, yFlipped), expected);
  }

  for (const dtype of ["float32", "float64", "int32"] as const) {
    /** Samples are numbers between −1 and 1, or any int32. */
    const sample = (shape: readonly number[], seed: number): Tensor =>
      dtype === "int32"
        ? uniform(shape, { seed, low: -(2 ** 31), high: 2 ** 31, dtype: "float64" }).cast(dtype)
        : uniform(shape, { seed, low: -1, dtype });

    test(`for stacks that repeat on either side, in ${dtype}`, () => {
      for (const [rows, inner, columns] of [
        [1, 3, 4],
        [5, 1, 9],
        [9, 31, 1],
        [7, 8, 33],
        [1, 9, 1],
        [31, 0, 5],
      ] as const) {
        for (const [xStack, yStack] of [
          [[], []],
          [[3], []],
          [[], [3]],
          [[3], [1]],
          [[1], [3]],
          [[2, 3], []],
          [[2, 3], [3]],
          [[3], [2, 3]],
          [
            [2, 1],
            [1, 3],
          ],
          [
            [2, 1, 3],
            [4, 1],
          ],
          [[0], []],
          [[2, 1], [0]],
        ] as const) {
          const x = sample([...xStack, rows, inner], 1);
          expectCompiled(x, sample([...yStack, inner, columns], 2));
        }
      }
    });

    test(`for stacks over several chunks and blocks, in ${dtype}`, () => {
      expectCompiled(sample([2, 3, 4100], 1), sample([4100, 5], 2));
      expectCompiled(sample([2, 1, 4100], 1), sample([2, 4100, 5], 2));
      expectCompiled(sample([3, 250, 20], 1), sample([20, 9], 2));
    });
  }
});

test("a stack is one tall matrix where one y serves it and its rows follow each other", () => {
  const rowsOf = (x: Stack, y: Stack) => {
    const { rows, x: left, y: right } = contractionForm(x, y, [4, 3, 6]);
    expect(left.offsets.length).toBe(right.offsets.length);
    expect(rows * left.offsets.length).toBe(12);
    return rows;
  };
  const [x, y] = [{ shape: [4, 3, 5] }, { shape: [5, 6] }];
  expect(rowsOf(x, y)).toBe(12);
  expect(rowsOf(x, { shape: [1, 5, 6] })).toBe(12);
  // A y that is broadcast over the stack counts as one matrix; rows with equal gaps are allowed, too.
  expect(rowsOf(x, { shape: [4, 5, 6], strides: [0, 6, 1] })).toBe(12);
  expect(rowsOf({ shape: [4, 3, 5], strides: [30, 10, 1] }, y)).toBe(12);
  expect(rowsOf(x, { shape: [4, 5, 6] })).toBe(3);
  expect(rowsOf({ shape: [3, 5] }, { shape: [4, 5, 6] })).toBe(3);
  expect(rowsOf({ shape: [4, 3, 5], strides: [15, 1, 3] }, y)).toBe(3);
  expect(rowsOf({ shape: [4, 3, 5], strides: [0, 5, 1] }, y)).toBe(3);
});

test("a product in linear memory reads stacks with any strides", () => {
  const host = workspace()?.host;
  if (host === undefined) return;
  const { memory } = host;
  const arena = new Arena(memory, memory.buffer.byteLength);
  const x = uniform([4, 3, 5], { seed: 1 });
  const y = uniform([5, 3, 6], { seed: 2 });
  const place = (size: number) => arena.allocate(4 * size);
  const [a, b, out] = [place(60), place(90), place(3 * 4 * 6)];
  const scratchBytes = contractionScratchBytes("float32", [3, 4, 5], [3, 4, 6]);
  const scratch = place(scratchBytes);
  const type = { dtype: "float32", weak: false } as const;
  const at = (region: number, access: "read" | "write" | "scratch") =>
    ({ region, offset: 0, bytes: 0, access, value: undefined }) as const;
  const view = (address: number, size: number) => new Float32Array(memory.buffer, address, size);
  view(a, 60).set(x.data());
  view(b, 90).set(y.data());
  // The middle axis of both factors in memory is the axis of the stack.
  const calls = contractionCalls(
    "float32",
    { ...type, shape: [3, 4, 5], address: at(0, "read"), strides: [5, 15, 1] },
    { ...type, shape: [3, 5, 6], address: at(1, "read"), strides: [6, 18, 1] },
    { ...type, shape: [3, 4, 6], address: at(2, "write") },
    at(3, "scratch"),
  );
  expect(calls.map((call) => call.function)).toEqual(["matmul_f32", "matmul_f32", "matmul_f32"]);
  for (const call of calls) boundCall(host, call, [a, b, out, scratch])();
  const expected = x.transpose([1, 0, 2]).matmul(y.transpose([1, 0, 2]));
  expectSameBits(tensor(view(out, 72)).reshape([3, 4, 6]), expected);
});
