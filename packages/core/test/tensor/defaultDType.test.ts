import { afterEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  arange,
  compile,
  eye,
  full,
  grad,
  linspace,
  normal,
  oneHot,
  ones,
  setDefaultDType,
  type Tensor,
  tensor,
  uniform,
  vjp,
  withDefaultDType,
  zeros,
} from "../../src/index.ts";
import { opChecks } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

afterEach(() => setDefaultDType("float32"));

const int = tensor([1, 2, 3], { dtype: "int32" });

/** The functions that make tensors without a dtype. */
const makers: Readonly<Record<string, () => Tensor>> = {
  tensor: () => tensor([[1, 2]]),
  "tensor of a number": () => tensor(1),
  "tensor of nothing": () => tensor([]),
  zeros: () => zeros([2]),
  ones: () => ones([2]),
  full: () => full([2], 3),
  arange: () => arange(3),
  linspace: () => linspace(0, 1, 3),
  eye: () => eye(2),
  uniform: () => uniform([2], { seed: 1 }),
  normal: () => normal([2], { seed: 1 }),
  oneHot: () => oneHot(int, 4),
  "int32 div": () => int.div(2),
  "int32 exp": () => int.exp(),
  "int32 mean": () => int.mean(),
  "bool sqrt": () => int.greater(1).sqrt(),
};

test.each(Object.entries(makers))("%s has the default dtype", (_name, make) => {
  expect(make().dtype).toBe("float32");
  setDefaultDType("float64");
  expect(make().dtype).toBe("float64");
  setDefaultDType("float32");
  expect(withDefaultDType("float64", make).dtype).toBe("float64");
  expect(compile(() => withDefaultDType("float64", make))().dtype).toBe("float64");
  expect(make().dtype).toBe("float32");
});

test("what says its dtype keeps it, and what exists", () => {
  const x = tensor([1, 2]);
  setDefaultDType("float64");
  const kept: readonly (readonly [Tensor, string])[] = [
    [x, "float32"],
    [x.mul(2).exp(), "float32"],
    [tensor(Float32Array.of(1)), "float32"],
    [tensor([Float32Array.of(1)]), "float32"],
    [tensor(Uint8Array.of(1)), "int32"],
    [tensor([true]), "bool"],
    [tensor([1], { dtype: "float32" }), "float32"],
    [zeros([1], { dtype: "int32" }), "int32"],
    [uniform([1], { seed: 1, dtype: "float32" }), "float32"],
    [int.add(1), "int32"],
    [int.mul(x.at(0)), "float32"],
    [grad((y: Tensor) => y.mul(y).sum())(x), "float32"],
    [x.mul(0).matmul(tensor([1, 2])), "float64"],
  ];
  for (const [tensor, dtype] of kept) expect(tensor.dtype).toBe(dtype);
});

test("float64 numbers are the ones that float32 rounds", () => {
  setDefaultDType("float64");
  expect(tensor(0.1).item()).toBe(0.1);
  expect(tensor([1, 3], { dtype: "int32" }).div(3).toArray()).toEqual([1 / 3, 1]);
});

test("the default of before holds after a return, a throw and a nested one", () => {
  setDefaultDType("float64");
  const inner = () => {
    expect(zeros([1]).dtype).toBe("float32");
    expect(withDefaultDType("float64", () => zeros([1]).dtype)).toBe("float64");
    setDefaultDType("float64");
    throw new Error("mine");
  };
  expect(() => withDefaultDType("float32", inner)).toThrow("mine");
  expect(zeros([1]).dtype).toBe("float64");
  setDefaultDType("float32");
  expect(withDefaultDType("float64", () => 5)).toBe(5);
  expect(zeros([1]).dtype).toBe("float32");
});

test("other dtypes and functions that answer later are refused", () => {
  const anything = "int32" as "float32";
  expect(() => setDefaultDType(anything)).toThrow(
    new ArgumentError({
      op: "setDefaultDType",
      argument: "dtype",
      expected: '"float32" or "float64"',
      got: '"int32"',
    }),
  );
  expect(() => withDefaultDType(anything, () => 1)).toThrow("withDefaultDType: dtype: expected");
  expect(() => withDefaultDType("float64", async () => 1)).toThrow("It must be synchronous");
  expect(() => withDefaultDType("float64", () => Promise.resolve(1))).toThrow(
    "withDefaultDType: fn: expected a function that returns its result, got one that returns a Promise",
  );
  expect(zeros([1]).dtype).toBe("float32");
});

test("a compiled function compiles again under another default, and keeps both programs", () => {
  let recorded = 0;
  const shifted = compile((x: Tensor) => {
    recorded++;
    return x.add(tensor([0.1])).mul(x.cast("int32").div(3));
  });
  const x = tensor([1, 2], { dtype: "float32" });
  const each = (["float32", "float64", "float32", "float64"] as const).map((dtype) =>
    withDefaultDType(dtype, () => shifted(x)),
  );
  expect(each.map(({ dtype }) => dtype)).toEqual(["float32", "float64", "float32", "float64"]);
  expect(each[1]?.toArray()).toEqual([(1 + 0.1) * (1 / 3), (2 + 0.1) * (2 / 3)]);
  expect(recorded).toBe(2);
  const outer = compile((y: Tensor) => grad((z: Tensor) => shifted(z).sum())(y));
  expect(withDefaultDType("float64", () => outer(x)).dtype).toBe("float32");
  expect(recorded).toBe(2);
});

test("a pullback gives the same under another default", () => {
  const x = tensor([3, 1, 2]);
  const { pullback } = vjp((y: Tensor) => y.max().add(y.mean()).add(y.variance()))(x);
  const expected = pullback(tensor(1));
  const got = withDefaultDType("float64", () => pullback(tensor(1, { dtype: "float32" })));
  expect(got.map(String)).toEqual(expected.map(String));
});

describe("under float64", () => {
  const ops = sampled(registeredOps(), 12).map((op) => [op.name, op] as const);
  test.each(ops)("the op %s has its values and derivatives, also in float32", (_name, op) => {
    setDefaultDType("float64");
    const checks = opChecks(op).filter(({ name }) => /exact|derivatives/.test(name));
    // An op with many kinks has many checks, of which at most 12 run.
    const every = Math.ceil(checks.length / 12);
    for (const { run } of checks.filter((_, i) => i % every === 0)) run();
  });
});
