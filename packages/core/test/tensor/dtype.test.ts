import { describe, expect, test } from "vitest";
import { add, DTypeError, div, grad, mul, type Tensor, tensor, where } from "../../src/index.ts";

const float32 = tensor([1, 2]);
const float64 = tensor([1, 2], { dtype: "float64" });
const int32 = tensor([1, 2], { dtype: "int32" });
const bool = tensor([true, false]);

const kind = (x: Tensor) => `${x.weak ? "weak " : ""}${x.dtype}`;

describe("promotion", () => {
  test.each([
    [float32, float64, "float64"],
    [int32, float32, "float32"],
    [int32, float64, "float64"],
    [bool, int32, "int32"],
    [bool, float32, "float32"],
    [bool, bool, "int32"],
    [int32, int32, "int32"],
  ] as const)("adds tensors of two dtypes in the greater", (x, y, expected) => {
    expect([kind(x.add(y)), kind(y.add(x))]).toEqual([expected, expected]);
  });

  test("lets a plain number adapt to the tensor beside it", () => {
    expect(kind(float32.mul(1.1))).toBe("float32");
    expect(kind(float64.mul(1.1))).toBe("float64");
    expect(kind(int32.mul(2))).toBe("int32");
    expect(kind(bool.mul(2))).toBe("int32");
    expect(() => int32.mul(1.1)).toThrow(DTypeError);
    expect(() => bool.mul(0.5)).toThrow(DTypeError);
    expect(float32.mul(0.1).data()[0]).toBe(Math.fround(0.1));
  });

  test("computes with numbers alone in float64, as weak as they are", () => {
    expect(kind(mul(0.1, 3))).toBe("weak float64");
    expect(mul(0.1, 3).item()).toBe(0.1 * 3);
    expect(kind(mul(0.1, 3).add(float32))).toBe("float32");
  });

  test("refuses a differentiated number beside int32, where it would lose its gradient", () => {
    const slope = grad((factor) => int32.mul(factor).sum());
    expect(() => slope(2)).toThrow(DTypeError);
    const cast = grad((factor) => int32.cast("float32").mul(factor).sum());
    expect(cast(2).item()).toBe(3);
  });

  test("divides integers into floats, and gives bool for comparisons", () => {
    expect(kind(div(int32, int32))).toBe("float32");
    expect(int32.div(2).toArray()).toEqual([0.5, 1]);
    expect(kind(int32.less(float64))).toBe("bool");
    expect(kind(int32.exp())).toBe("float32");
    expect(kind(int32.mean())).toBe("float32");
    expect(kind(bool.sum())).toBe("int32");
    expect(bool.sum().item()).toBe(1);
    expect(kind(where(bool, int32, 2))).toBe("int32");
    expect(kind(where(bool, int32.cast("float32"), 0.5))).toBe("float32");
  });

  test("wraps int32 around as two's complement does", () => {
    const big = tensor([2147483647], { dtype: "int32" });
    expect(add(big, 1).toArray()).toEqual([-2147483648]);
    expect(mul(big, big).toArray()).toEqual([1]);
    expect(tensor(46341, { dtype: "int32" }).square().item()).toBe(-2147479015);
    expect(tensor([-2147483648], { dtype: "int32" }).neg().toArray()).toEqual([-2147483648]);
  });

  test("brings gradients back in the dtype of each argument", () => {
    const [d32, d64] = grad((x, y) => x.mul(y).sum(), { argnums: [0, 1] })(float32, float64);
    expect([d32.dtype, d64.dtype]).toEqual(["float32", "float64"]);
  });
});

describe("cast", () => {
  test("converts as creation does", () => {
    expect(tensor([1.7, -1.7, Number.NaN]).cast("int32").toArray()).toEqual([1, -1, 0]);
    expect(tensor([0, 0.5]).cast("bool").toArray()).toEqual([false, true]);
  });

  test("is differentiable between floats", () => {
    const gradient = grad((x) => x.cast("float64").mul(3).sum())(float32);
    expect([gradient.dtype, gradient.toArray()]).toEqual(["float32", [3, 3]]);
  });
});
