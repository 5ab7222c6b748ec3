import { setDefaultDType, tensor, valueAndGrad } from "@graddiff/core";
import { afterEach, expect, test } from "vitest";
import { Dense, meanSquaredError } from "../../src/index.ts";

afterEach(() => setDefaultDType("float32"));

test("weights have the default dtype, but for those that say theirs", () => {
  const dtypes = () => {
    const { weight, bias } = new Dense(2, 2, { seed: 1 });
    return [weight.dtype, bias?.dtype];
  };
  expect(dtypes()).toEqual(["float32", "float32"]);
  setDefaultDType("float64");
  expect(dtypes()).toEqual(["float64", "float64"]);
  expect(new Dense(1, 1, { dtype: "float32" }).weight.dtype).toBe("float32");
});

test("a network trains in float64 without a word of it", () => {
  setDefaultDType("float64");
  const dense = new Dense(2, 1, { seed: 1 });
  const loss = () => meanSquaredError(dense.forward(tensor([[1, 2]])), tensor([[3]]));
  const { value, gradient } = valueAndGrad(loss, { variables: dense.variables })();
  expect([value, ...gradient].map(({ dtype }) => dtype)).toEqual(["float64", "float64", "float64"]);
});
