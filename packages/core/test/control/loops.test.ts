/**
 * Long loops: no walk over a graph recurses, and a trace does not grow with the number of steps.
 */

import { describe, expect, test } from "vitest";
import { compile, grad, scan, type Tensor, topK } from "../../src/index.ts";
import { double } from "./support.ts";

describe("a loop of 10^5 steps ends, and has the right slope,", () => {
  // The loop computes h ← 0.99999 h + x, so the last h is linear in x.
  const length = 100_000;
  const factor = 0.99999;
  const last = (x: Tensor) =>
    scan((h: Tensor): [Tensor, never[]] => [h.mul(factor).add(x), []], double(0), undefined, {
      length,
    })[0];
  const slope = (1 - factor ** length) / (1 - factor);

  test.each([
    ["forward", (x: Tensor) => last(x).div(x)],
    ["in reverse mode", (x: Tensor) => grad(last)(x)],
    ["in a nested gradient", (x: Tensor) => grad(grad((x: Tensor) => last(x.square())))(x).div(2)],
  ])("%s", (_, fn) => {
    for (const run of [fn, compile(fn, { backend: "js" }), compile(fn)]) {
      expect(Math.abs(run(double(0.5)).item() / slope - 1)).toBeLessThan(1e-9);
    }
  });

  test("and its trace is as long as that of two steps", () => {
    const lines = (length: number) => {
      const fn = (xs: Tensor) =>
        scan((h: Tensor, x: Tensor): [Tensor, Tensor] => [h.mul(x), h], double(1), xs)[0];
      const program = compile(grad(fn)).program(double(new Array<number>(length).fill(1)));
      return program.stages().split("\n").length;
    };
    expect(lines(length)).toBe(lines(2));
  });
});

test("a chain of 5,000 ops with several results compiles, since no stage walks over all of the others", () => {
  const chain = (x: Tensor) => {
    let y = x;
    for (let i = 0; i < 5000; i++) y = topK(y, 3).values.add(1);
    return y;
  };
  expect(compile(chain)(double([3, 1, 2])).toArray()).toEqual([5003, 5002, 5001]);
});
