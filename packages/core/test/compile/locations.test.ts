/**
 * The locations of values in linear memory: values without elements take no memory, and a value that is still needed is
 * not overwritten.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  concat,
  grad,
  ones,
  stopGradient,
  type Tensor,
  tensor,
  uniform,
  Variable,
  zeros,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

/** Lengths below and above the sizes from which arguments and results stay in memory. */
const LENGTHS = [1, 3, 9, 1009, 2000, 5000, 20_001];

/** Expects all results of a compiled function to be those of the eager one, also in later runs. */
function check(fn: (...inputs: Tensor[]) => Tensor[], ...inputs: Tensor[]): void {
  const compiled = compile(fn);
  const expected = fn(...inputs);
  for (let run = 0; run < 2; run++) {
    compiled(...inputs).forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
}

describe("a value without elements", () => {
  const none = tensor([], { dtype: "int32" });

  test("takes no memory from others, whatever it is and wherever it stands among them", () => {
    for (const length of LENGTHS) {
      const x = uniform([length], { seed: length });
      const before = zeros([0]);
      check((y) => [concat([y, zeros([0])])], x);
      check((y) => [concat([before, y])], x);
      check((y) => [y.take(none), y.mul(2)], x);
      check((y) => [y.mul(2), y.take(none), y.neg()], x);
      check((y, e) => [e, y.mul(2), e.mul(3), y.slice([length])], x, before);
      check((y) => [grad((z: Tensor) => z.slice([Math.min(3, length)], [3]).sum())(y)], x);
      check((y) => [y.reshape([length, 1]).matmul(zeros([1, 0])), y.exp()], x);
      check((y) => [y.reshape([1, length]).slice([1]).sum(0), y.exp()], x);
    }
  });

  test("may be what a Variable holds", () => {
    const [empty, full] = [new Variable(zeros([0, 3])), new Variable(ones([3000]))];
    const step = compile((x: Tensor) => {
      empty.assign(empty.value.mul(2));
      full.assign(full.value.add(x));
      return [empty.value, full.value.mul(2)];
    });
    for (let run = 1; run < 4; run++) {
      const results = step(ones([3000])).map((result) => result.data());
      expect(results).toEqual([new Float32Array(0), new Float32Array(3000).fill(2 + 2 * run)]);
      expect(full.value.data()).toEqual(new Float32Array(3000).fill(1 + run));
    }
  });
});

describe("an old value of a Variable", () => {
  const views: Record<string, (x: Tensor) => Tensor> = {
    reshape: (x) => x.reshape([x.size, 1]),
    expandDims: (x) => x.expandDims(0).expandDims(0),
    squeeze: (x) => x.expandDims(0).squeeze(),
    stopGradient: (x) => stopGradient(x).reshape([1, x.size]),
    "two reshapes": (x) => x.reshape([1, x.size]).reshape([x.size, 1, 1]),
  };

  test.each(Object.entries(views))("is returned through %s as it was", (_, view) => {
    for (const length of LENGTHS) {
      const v = new Variable(uniform([length], { seed: 1 }));
      const step = compile((y: Tensor) => {
        const old = view(v.value);
        v.assign(y.mul(5));
        return [old, v.value, view(v.value)];
      });
      for (let seed = 2; seed < 6; seed++) {
        const before = view(v.value);
        const y = uniform([length], { seed });
        const [old, value, viewed] = step(y) as [Tensor, Tensor, Tensor];
        expectSameBits(old, before);
        for (const now of [value, v.value]) expectSameBits(now, y.mul(5));
        expectSameBits(viewed, view(y.mul(5)));
      }
    }
  });

  test.each(Object.entries(views))("is given to another through %s as it was", (_, view) => {
    for (const length of LENGTHS) {
      const first = uniform([length], { seed: 1 });
      const [v, w] = [new Variable(first), new Variable(view(first))];
      // The value of v is not read between runs of this program, so the new value overwrites the old one.
      const step = compile((y: Tensor) => {
        w.assign(view(v.value));
        v.assign(v.value.mul(0.5).add(y));
      });
      let expected = first;
      for (let seed = 2; seed < 6; seed++) {
        const y = uniform([length], { seed });
        step(y);
        expectSameBits(w.value, view(expected));
        expected = expected.mul(0.5).add(y);
      }
      expectSameBits(v.value, expected);
    }
  });

  test("is exchanged for another's through reshapes", () => {
    for (const length of LENGTHS) {
      const [a, b] = [uniform([length], { seed: 1 }), uniform([1, length], { seed: 2 })];
      const [v, w] = [new Variable(a), new Variable(b)];
      const swap = compile(() => {
        const old = v.value.reshape([1, length]);
        v.assign(w.value.reshape([length]));
        w.assign(old);
      });
      swap();
      expectSameBits(v.value, b.reshape([length]));
      expectSameBits(w.value, a.reshape([1, length]));
    }
  });
});

test("arguments and constants are returned and assigned through reshapes as they are", () => {
  for (const length of LENGTHS) {
    const constant = uniform([length], { seed: 1 });
    const [v, w] = [new Variable(zeros([1, length])), new Variable(zeros([length, 1]))];
    const step = compile((x: Tensor, number: Tensor) => {
      v.assign(x.reshape([1, length]));
      w.assign(constant.reshape([length, 1]));
      return [
        x.reshape([length, 1]),
        constant.reshape([1, length]),
        number.reshape([1]),
        x.mul(constant).mul(number),
      ];
    });
    for (let seed = 2; seed < 5; seed++) {
      const x = uniform([length], { seed });
      const results = step(x, seed);
      const expected = [
        x.reshape([length, 1]),
        constant.reshape([1, length]),
        tensor([seed], { dtype: "float64" }),
        x.mul(constant).mul(seed),
      ];
      expected.forEach((value, i) => {
        expectSameBits(results[i] as Tensor, value);
      });
      expectSameBits(v.value, x.reshape([1, length]));
      expectSameBits(w.value, constant.reshape([length, 1]));
    }
  }
});
