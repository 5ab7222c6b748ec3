import { describe, expect, test } from "vitest";
import * as methods from "../../src/functions/methods.ts";
import * as graddiff from "../../src/index.ts";
import { arange, Tensor, tensor } from "../../src/index.ts";

describe("methods of Tensor", () => {
  test("are the ops that take a tensor first, all of them also functions of the package", () => {
    for (const name of Object.keys(methods)) {
      expect(Tensor.prototype[name as "add"], name).toBeTypeOf("function");
      expect(graddiff[name as "add"], name).toBe(methods[name as "add"]);
    }
  });

  test("take every argument that the functions take", () => {
    const x = arange(6).reshape([2, 3]);
    expect(x.expandDims(-1).shape).toEqual([2, 3, 1]);
    expect(x.expandDims().shape).toEqual([1, 2, 3]);
    expect(x.expandDims(1).squeeze(1).shape).toEqual([2, 3]);
    expect(x.sum(1, { keepDims: true }).shape).toEqual([2, 1]);
    expect(x.mean(0).shape).toEqual([3]);
    expect(x.transpose([1, 0]).shape).toEqual([3, 2]);
    expect(x.slice([0, 0], [2, 3], [1, 2]).shape).toEqual([2, 2]);
    expect(x.broadcastTo([4, 2, 3]).shape).toEqual([4, 2, 3]);
    expect(x.cast("int32").dtype).toBe("int32");
    expect(x.greater(2).where(x, 0).sum().item()).toBe(12);
    expect(x.pow(2).max().item()).toBe(25);
  });

  test("refuse an axis that does not exist", () => {
    expect(() => tensor([1]).expandDims(5)).toThrow(
      "expandDims: axis: expected an integer from -2 to 1, got 5.",
    );
  });
});
