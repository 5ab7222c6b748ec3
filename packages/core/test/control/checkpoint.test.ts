/**
 * `checkpoint`, whose function is computed again in the backward pass.
 */

import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  grad,
  type Tensor,
  tensor,
  uniform,
  Variable,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { at, complaint, inEveryMode, RUNNERS } from "./support.ts";

const wrong = (value: unknown): never => value as never;

inEveryMode("checkpoint of a function of two tensors", {
  shapes: [[3], [3]],
  fn: checkpoint((x: Tensor, y: Tensor) => x.sin().mul(y).exp().tanh()),
  plain: (x, y) => x.sin().mul(y).exp().tanh(),
});

inEveryMode("checkpoint of trees, with a capture and a result that is an argument", {
  shapes: [[2], [2]],
  fn: (x, y) =>
    checkpoint(({ a, rest }: { a: Tensor; rest: readonly [Tensor] }) => ({
      a,
      product: a.mul(rest[0]).mul(y.cos()).sum(),
    }))({ a: x, rest: [x.exp()] }),
  plain: (x, y) => ({ a: x, product: x.mul(x.exp()).mul(y.cos()).sum() }),
});

describe("checkpoint", () => {
  const layers = (x: Tensor, w: Tensor) => x.matmul(w).tanh().matmul(w.transpose()).exp().sum();
  const kept = checkpoint(layers);

  test.each(["float32", "float64"] as const)("gives the same bits as without it in %s", (dtype) => {
    const x = uniform([3, 4], { seed: 1, low: -1, high: 1, dtype });
    const w = uniform([4, 4], { seed: 2, low: -1, high: 1, dtype });
    for (const run of Object.values(RUNNERS)) {
      const both = [layers, kept].map((fn) =>
        run((x, w) => [
          fn(x as Tensor, w as Tensor),
          ...grad(fn, { argnums: [0, 1] })(x as Tensor, w as Tensor),
        ])(x, w),
      );
      at(both, 0).forEach((expected, i) => {
        expectSameBits(at(at(both, 1), i), expected);
      });
    }
  });

  test("refuses to assign a Variable, in its body or in one within", () => {
    const cell = new Variable(tensor(1));
    const fn = checkpoint((x: Tensor) => {
      cell.assign(x);
      return x;
    });
    for (const run of [fn, compile(fn), grad(fn), checkpoint((x: Tensor) => fn(x))]) {
      expect(complaint(() => run(tensor(2)))).toBe(
        "DerivativeError: checkpoint: fn: expected a function that assigns no Variable, since it may run again, got one assignment. Return the new value, and assign it outside.",
      );
    }
    expect(cell.value.item()).toBe(1);
  });

  test("refuses what is no function, values read inside, and results that are no tensors", () => {
    expect(complaint(() => checkpoint(wrong(1)))).toMatch(/^ArgumentError: checkpoint: fn: /);
    expect(complaint(() => checkpoint((x: Tensor) => x.mul(x.item()))(2))).toMatch(
      /^RecordingError: item: .*a function of checkpoint/,
    );
    expect(complaint(() => checkpoint(() => new Map())())).toMatch(/^ArgumentError: checkpoint: /);
  });
});
