/** Messages that tell a newcomer what to do: where in a model, with which labels, by which option. */

import { afterEach, describe, expect, test, vi } from "vitest";
import {
  compile,
  crossEntropy,
  Dense,
  grad,
  Layer,
  Relu,
  Sequential,
  type Tensor,
  tensor,
  topK,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  zeros,
} from "../../src/index.ts";
import { errorOf, messageOf, wrong } from "./support.ts";

describe("an error inside of a layer names its way", () => {
  const chain = new Sequential(new Dense(3, 5), new Relu(), new Dense(4, 2));
  const x = zeros([1, 3]);

  test("in a chain", () => {
    expect(messageOf(() => chain.forward(x))).toBe(
      "matmul: expected as many columns of x as rows of y, got shapes [1, 5] and [4, 2]. " +
        "In Sequential.layers[2], Dense 4 → 2.",
    );
    expect(messageOf(() => new Dense(4, 2).forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
  });

  test("in layers of one's own, lists and objects", () => {
    class Block extends Layer {
      readonly parts = { first: new Dense(3, 3), list: [new Relu(), chain] };
      readonly data = new Float32Array(3);
      override compute(input: Tensor): Tensor {
        return this.parts.list.reduce(
          (value, layer) => layer.forward(value),
          this.parts.first.forward(input),
        );
      }
    }
    const block = new Block();
    const way = "In Block.parts.list[1].layers[2], Dense 4 → 2.";
    expect(messageOf(() => block.forward(x))).toMatch(way);
    const { variables } = block;
    const loss = () => block.forward(x).sum();
    expect(messageOf(() => valueAndGrad(loss, { variables })())).toMatch(way);
    const error = errorOf(() => compile(loss)()) as Error;
    expect(error.message).toContain(way);
    expect(error.message).toMatch(/\[hints\.test\.ts:\d+:\d+\]$/);
    expect(error.stack).toContain(way);
    // Nothing stays behind.
    expect(messageOf(() => new Dense(4, 2).forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
    expect(messageOf(() => x.matmul(x))).not.toContain("In ");
  });

  test("and layers that are no part of it name themselves", () => {
    class Loose extends Layer {
      override compute(input: Tensor): Tensor {
        return chain.forward(input);
      }
    }
    expect(messageOf(() => new Loose().forward(x))).toMatch(/\. In Dense 4 → 2\.$/);
    expect(String(new Loose())).toBe("Loose");
    expect(new Loose()).toBeInstanceOf(Layer);
  });
});

test("one-hot labels are called so at once", () => {
  const logits = zeros([2, 3]);
  expect(messageOf(() => crossEntropy(logits, zeros([2, 3])))).toBe(
    "crossEntropy: classes: expected the right class of each row of logits, as int32 of shape [2], " +
      "got float32 of shape [2, 3], as one-hot labels have. Pass the place of the 1 in each row in place of the row.",
  );
  expect(messageOf(() => crossEntropy(logits, zeros([2])))).toBe(
    "crossEntropy: classes: expected the right class of each row of logits, as int32 of shape [2], " +
      'got float32 of shape [2]. Make them with tensor(classes, { dtype: "int32" }).',
  );
});

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
    "a seed of its own": (_x, n) => uniform([wrong(n)], { seed: 1 }),
  };
  const hint = "compile(fn, { static: [its place] }) keeps it a number.";
  for (const [name, use] of Object.entries(uses)) {
    expect(
      messageOf(() => compile(use)(zeros([4]), 3)),
      name,
    ).toContain(hint);
    const constant = compile(wrong(use) as (x: Tensor, n: number) => unknown, { static: [1] });
    if (name !== "its value" && name !== "an axis")
      expect(() => constant(zeros([12]), 3)).not.toThrow();
  }
  // Elsewhere it would not help.
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
        "Each compilation takes some milliseconds: give batches few sizes, and pass what changes as a number or a " +
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
