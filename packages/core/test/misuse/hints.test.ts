/** Messages that tell newcomers what to do: the path in a model, the labels, or the option. */

import { afterEach, describe, expect, test, vi } from "vitest";
import {
  compile,
  conv2d,
  grad,
  norm,
  normal,
  ones,
  split,
  type Tensor,
  tensor,
  tile,
  topK,
  uniform,
  Variable,
  valueAndGrad,
  variance,
  vectorize,
  zeros,
} from "../../src/index.ts";
import { matrixNorm } from "../../src/linalg.ts";
import { messageOf, wrong } from "./support.ts";

test("a forgotten option variables is named", () => {
  const w = new Variable(tensor(1));
  const loss = () => w.value.square();
  for (const [name, call] of [
    ["grad", grad(loss)],
    ["valueAndGrad", valueAndGrad(loss)],
  ] as const) {
    expect(messageOf(call)).toBe(
      `${name}: variables: expected the Variables to differentiate with respect to, since there are no arguments, got none. ` +
        `Name what the function reads, as in ${name}(fn, { variables: model.variables }).`,
    );
  }
});

test("several numbers in the place of a list are told to be one", () => {
  const x = zeros([2, 3]);
  // Calls a method as JavaScript code may, without types.
  const method = (name: keyof Tensor, ...given: unknown[]) =>
    messageOf(() => (x[name] as (...all: unknown[]) => unknown)(...given));
  const hints: readonly (readonly [string, string])[] = [
    [method("transpose", 0, 1), "transpose([1, 0]), or swapAxes(x, 0, 1)"],
    [method("reshape", 3, 2), "reshape([2, -1])"],
    [method("squeeze", 0, 1), "squeeze([0, 1])"],
    [method("broadcastTo", 2, 3), "broadcastTo([2, 3])"],
    [method("flip", 0, 1), "flip([0, 1])"],
    [method("sum", 0, 1), "sum([0, 1])"],
    [method("max", 0, 1), "max([0, 1])"],
    [messageOf(() => variance(x, 0, wrong(1))), "variance([0, 1])"],
    [messageOf(() => norm(x, 0, wrong(1))), "norm([0, 1])"],
    [messageOf(() => Reflect.apply(tile, undefined, [x, 2, 2])), "tile([1, 2])"],
  ];
  for (const [message, call] of hints) {
    expect(message.endsWith(`. Several numbers are one list: ${call}.`), message).toBe(true);
  }
  // Messages have no hint where the method takes no list, or a value is not a number.
  for (const message of [
    method("argMax", 0, 1),
    method("add", 1, 2),
    method("transpose", [1, 0], "x"),
    method("sum", [0], 1),
  ]) {
    expect(message).toMatch(/\d\.$|"x"\.$/);
  }
  for (const make of [zeros, ones, uniform, normal]) {
    expect(messageOf(() => make(wrong(2), wrong(3)))).toBe(
      `${make.name}: shape: expected an array of non-negative integers, got 2.`,
    );
  }
});

test("an image whose channels are last is told the order of axes, and how to get it", () => {
  const moved =
    "x is [batch, channels, height, width]: moveAxis(x, -1, 1) puts channels there that are last.";
  expect(
    messageOf(() => conv2d(zeros([2, 8, 9, 6]), zeros([4, 3, 3, 3]), { groups: 2 })),
  ).toContain(moved);
});

test("an index that is a tensor is told of take, and of static where it is a number", () => {
  const x = zeros([4]);
  const take = "take(x, indices) reads at indices of a tensor.";
  expect(messageOf(() => x.at(wrong(tensor(1, { dtype: "int32" }))))).toMatch(
    /reads at indices of a tensor\.$/,
  );
  expect(messageOf(() => compile((v: Tensor, i: Tensor) => v.at(wrong(i)))(x, 1))).toContain(
    `${take} A number among the arguments of a compiled function is a Tensor inside`,
  );
});

test("slice with numbers is told that it takes arrays", () => {
  const x = zeros([4]);
  expect(messageOf(() => x.slice(wrong(1), wrong(3)))).toBe(
    "slice: starts: expected an array of integers, one for each axis from the first, such as [1], got 1.",
  );
  expect(messageOf(() => x.slice([1], wrong(3)))).toContain(
    "slice: ends: expected an array of integers",
  );
  expect(messageOf(() => x.slice([1, 2]))).toBe(
    "slice: starts: expected at most 1 entries, one for each axis, got 2.",
  );
});

test("a number argument of a compiled function that is used as a plain number is told of static", () => {
  const uses: Readonly<Record<string, (x: Tensor, n: Tensor) => unknown>> = {
    "a bound": (x, n) => {
      let sum = x;
      for (let i = 0; i < wrong(n); i++) sum = sum.add(x);
      return sum;
    },
    "its value": (x, n) => (n.item() > 2 ? x : x.neg()),
    "a length": (_x, n) => zeros([wrong(n)]),
    "a shape": (x, n) => x.reshape([wrong(n), -1]),
    "an axis": (x, n) => x.sum(wrong(n)),
    "a start": (x, n) => x.slice([wrong(n)]),
    "a count": (x, n) => topK(x, wrong(n)).values,
    "a position": (x, n) => x.at(wrong(n)),
    "a range": (x, n) => x.at([0, wrong(n)]),
    lengths: (x, n) => split(x, wrong(n)),
    options: (x, n) => x.sum(0, wrong(n)),
    "a choice": (x, n) => matrixNorm(x.reshape([2, -1]), { order: wrong(n) }),
    "a seed of its own": (_x, n) => uniform([wrong(n)], { seed: 1 }),
  };
  const hint = "compile(fn, { static: [its index] }) keeps it a number.";
  for (const [name, use] of Object.entries(uses)) {
    expect(
      messageOf(() => compile(use)(zeros([4]), 3)),
      name,
    ).toContain(hint);
    const constant = compile(wrong(use) as (x: Tensor, n: number) => unknown, { static: [1] });
    if (!["its value", "an axis", "options", "a choice"].includes(name))
      expect(() => constant(zeros([12]), 3)).not.toThrow();
  }
  // The hint about static arguments is only in errors of compile.
  expect(messageOf(() => vectorize((n: Tensor) => zeros([wrong(n)]))(zeros([2])))).not.toContain(
    "static",
  );
});

describe("a compiled function that compiles again and again", () => {
  afterEach(() => vi.restoreAllMocks());

  const told = (run: () => void): string[] => {
    const warnings: string[] = [];
    vi.spyOn(console, "warn").mockImplementation((message: string) => void warnings.push(message));
    run();
    return warnings;
  };

  test("says so once, with how often and by which argument", () => {
    const step = compile(function train(w: Tensor, x: Tensor) {
      return x.mul(w).sum();
    });
    const warnings = told(() => {
      for (let n = 1; n <= 70; n++) step(tensor(2), zeros([n]));
    });
    expect(warnings).toEqual([
      "graddiff: the function train was compiled 32 times, since argument 1 came with 32 shapes or dtypes. " +
        "Each compilation takes some 5 to 50 milliseconds: give batches few sizes, and pass what changes as a number or a " +
        "Tensor that is not static.",
    ]);
  });

  test("by a static argument, or by the structure of one", () => {
    const scaled = compile((x: Tensor, rate: number) => x.mul(rate), { static: [1] });
    expect(
      told(() => Array.from({ length: 40 }, (_, i) => scaled(zeros([2]), i))).join(),
    ).toContain("since argument 1 came with 32 values");
    const summed = compile((list: readonly Tensor[]) => list.reduce((a, b) => a.add(b)));
    const lists = Array.from({ length: 40 }, (_, i) => new Array<Tensor>(i + 1).fill(tensor(1)));
    expect(told(() => lists.forEach((list) => void summed(list))).join()).toContain(
      "since argument 0 came with 32 structures or shapes",
    );
  });

  test("and says nothing where few sizes come again and again", () => {
    const step = compile((x: Tensor) => x.sum());
    expect(told(() => Array.from({ length: 200 }, (_, i) => step(zeros([i % 30]))))).toEqual([]);
  });
});
