// Printing, compared with NumPy's (test/golden/format.py), and a few examples to read.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { arange, full, type Tensor, tensor, zeros } from "../../src/index.ts";
import { allocate, DTYPES, type DType } from "../../src/tensor/dtype.ts";
import { formatTensor } from "../../src/tensor/format.ts";
import { sizeOf } from "../../src/tensor/shape.ts";

interface Case {
  shape: number[];
  dtype: DType;
  /** The elements, which are repeated until the shape is full. */
  data: string;
  str: string;
  repr: string;
}

const { madeBy, cases }: { madeBy: string; cases: Case[] } = JSON.parse(
  readFileSync(new URL("../golden/format.json", import.meta.url), "utf8"),
);

function parseElement(word: string): number {
  if (word === "nan") return Number.NaN;
  return Number(word.replace("inf", "Infinity"));
}

function storageOf({ shape, dtype, data }: Case) {
  const values = data === "" ? [] : data.split(" ").map(parseElement);
  const storage = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < storage.length; i++) storage[i] = values[i % values.length] ?? Number.NaN;
  return shape.length === 0 ? (storage[0] ?? Number.NaN) : storage;
}

function lines(...text: string[]): string {
  return text.join("\n");
}

describe(`formatTensor against ${madeBy}`, () => {
  it("has some hundreds of cases, of every rank to 4 and every dtype", () => {
    expect(cases.length).toBeGreaterThan(400);
    for (const dtype of DTYPES) {
      const ranks = cases.filter((one) => one.dtype === dtype).map(({ shape }) => shape.length);
      expect(new Set(ranks), dtype).toEqual(new Set([0, 1, 2, 3, 4]));
    }
  });

  for (const style of ["str", "repr"] as const) {
    it(`prints each as ${style} does`, () => {
      for (const one of cases) {
        const printed = formatTensor(one.shape, one.dtype, storageOf(one), style);
        expect(printed, `${one.dtype} [${one.shape}]: ${one.data}`).toBe(one[style]);
      }
    });
  }
});

describe("String(tensor)", () => {
  it("shows a scalar with all of its digits", () => {
    expect(String(tensor(220.00000000000003, { dtype: "float64" }))).toBe("220.00000000000003");
    expect(String(tensor(0.1))).toBe("0.1");
    expect(String(tensor(1e-5))).toBe("1e-05");
    expect(String(tensor(true))).toBe("True");
  });

  it("cuts the elements of arrays at 8 fractional digits and aligns their points", () => {
    expect(String(tensor([1 / 3, -20, Number.NaN], { dtype: "float64" }))).toBe(
      "[  0.33333333 -20.                  nan]",
    );
  });

  it("gives all elements an exponent when one is large, or small, or far from another", () => {
    expect(String(tensor([1e8, 0]))).toBe("[1.e+08 0.e+00]");
    expect(String(tensor([0.00005]))).toBe("[5.e-05]");
    expect(String(tensor([2500, 2]))).toBe("[2.5e+03 2.0e+00]");
  });

  it("rounds the exact value, a tie to the even digit", () => {
    // The exact value of 2^-9 is 0.001953125.
    expect(String(tensor([2 ** -9, 3 * 2 ** -9]))).toBe("[0.00195312 0.00585938]");
  });

  it("writes a matrix row by row, and a blank line between matrices", () => {
    expect(String(tensor([[[1, 2]], [[3, 4.5]]]))).toBe(lines("[[[1.  2. ]]", "", " [[3.  4.5]]]"));
  });

  it("breaks lines before column 75", () => {
    expect(String(full([2, 18], 100))).toBe(
      lines(
        "[[100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100.",
        "  100. 100. 100. 100.]",
        " [100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100. 100.",
        "  100. 100. 100. 100.]]",
      ),
    );
  });

  it("shows the ends of each axis of more than 1000 elements", () => {
    expect(String(zeros([1000]))).not.toContain("...");
    expect(String(zeros([1001]))).toBe("[0. 0. 0. ... 0. 0. 0.]");
    expect(String(zeros([2, 600]))).toBe(
      lines("[[0. 0. 0. ... 0. 0. 0.]", " [0. 0. 0. ... 0. 0. 0.]]"),
    );
  });

  it("looks only at the elements that it shows", () => {
    const storage = new Proxy(new Int32Array(1), {
      get: (_, index) => {
        const shown = Number(index) < 3 || Number(index) >= 1e6 - 3;
        if (!shown) throw new Error(`read ${String(index)}`);
        return Number(index);
      },
    });
    expect(formatTensor([1_000_000], "int32", storage, "str")).toBe(
      "[     0      1      2 ... 999997 999998 999999]",
    );
  });

  it("does not throw for many axes, many shown elements or a detached buffer", () => {
    const rank = 2000;
    const deep = formatTensor(new Array(rank).fill(1), "int32", new Int32Array([7]), "str");
    expect(deep).toBe(`${"[".repeat(rank)}7${"]".repeat(rank)}`);

    const shape = [6, 6, 6, 6, 6, 6, 6];
    const wide = formatTensor(shape, "bool", new Uint8Array(6 ** 7), "str");
    expect(wide.match(/False/g)).toHaveLength(6 ** 7);

    const detached = new Float32Array(2);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(formatTensor([2], "float32", detached, "str")).toBe("[nan nan]");
  });
});

describe("console.log(tensor)", () => {
  it("names the dtype", () => {
    expect(inspect(tensor(2, { dtype: "float64" }))).toBe("tensor(2.0, dtype=float64)");
    expect(inspect(tensor([1, 2.5]))).toBe("tensor([1. , 2.5], dtype=float32)");
    expect(inspect(tensor([true, false]))).toBe("tensor([ True, False], dtype=bool)");
  });

  it("indents rows below the first bracket", () => {
    const matrix = tensor([
      [1, -2],
      [30, 4],
    ]);
    expect(inspect(matrix)).toBe(
      lines("tensor([[ 1., -2.],", "        [30.,  4.]], dtype=float32)"),
    );
  });

  it("tells the shape where brackets do not", () => {
    expect(inspect(zeros([0, 3]))).toBe("tensor([], shape=(0, 3), dtype=float32)");
    expect(inspect(zeros([1001]))).toBe(
      "tensor([0., 0., 0., ..., 0., 0., 0.], shape=(1001,), dtype=float32)",
    );
  });

  it("moves the dtype to a line of its own where it would pass column 75", () => {
    expect(inspect(full([15], 0.5))).toBe(
      lines(
        "tensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,",
        "        0.5, 0.5], dtype=float32)",
      ),
    );
    expect(inspect(full([12], 0.5))).toBe(
      lines(
        "tensor([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],",
        "       dtype=float32)",
      ),
    );
  });
});

describe("with digits", () => {
  const float64 = { dtype: "float64" } as const;
  const cases: readonly (readonly [Tensor, number, string])[] = [
    [tensor([0.0123456, 12.3456]), 3, "[ 0.0123 12.3   ]"],
    [tensor(1 / 3, float64), 4, "0.3333"],
    [tensor(-2 / 3, float64), 2, "-0.67"],
    [tensor(123456), 2, "120000.0"],
    [tensor([1 / 3], float64), 12, "[0.333333333333]"],
    // A tie is rounded to the even digit.
    [tensor([0.5, 2.5, 3.5, -2.5]), 1, "[ 0.5  2.   4.  -2. ]"],
    // No more digits are printed than the element has, here the float32 0.1.
    [tensor([0.1, 1.5]), 20, "[0.1 1.5]"],
    [tensor([1234.5, 0.5]), 2, "[1.2e+03 5.0e-01]"],
    [tensor([1, 1e-9], float64), 3, "[1.e+00 1.e-09]"],
    [tensor([Number.NaN, Number.NEGATIVE_INFINITY, -0]), 2, "[ nan -inf  -0.]"],
    [tensor(1.7976931348623157e308, float64), 1, "1.7976931348623157e+308"],
    [tensor([123, 4], { dtype: "int32" }), 1, "[123   4]"],
    [tensor([true, false]), 1, "[ True False]"],
    [tensor([]), 1, "[]"],
  ];
  it.each(cases)("%s to %i digits is %s", (x, digits, expected) => {
    expect(x.toString({ digits })).toBe(expected);
  });

  it("nothing changes without, and other digits are refused", () => {
    const x = tensor([0.0123456, 12.3456]);
    for (const text of [String(x), `${x}`, x.toString(), x.toString({})]) {
      expect(text).toBe("[ 0.0123456 12.3456   ]");
    }
    for (const digits of [0, -1, 1.5, Number.NaN, "3"]) {
      expect(() => x.toString({ digits: digits as number })).toThrow(
        "toString: digits: expected a positive integer",
      );
    }
    expect(() => x.toString(2 as never)).toThrow(
      "toString: options: expected an object of options",
    );
  });

  it("only elements that are shown are rounded", () => {
    expect(arange(2000).div(3).toString({ digits: 2 })).toBe(
      "[0.0e+00 3.3e-01 6.7e-01 ... 6.7e+02 6.7e+02 6.7e+02]",
    );
  });
});
