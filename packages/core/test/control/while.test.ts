/**
 * `whileLoop` and `forLoop`: values, derivatives in both modes and to second order, batches whose examples end at
 * different steps, Variables, and errors, eager and compiled.
 */

import { describe, expect, test } from "vitest";
import {
  ArgumentError,
  allClose,
  compile,
  cond,
  DerivativeError,
  type DType,
  DTypeError,
  forLoop,
  grad,
  jvp,
  ShapeError,
  scan,
  stack,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
  whileLoop,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";
import { RUNNERS } from "./support.ts";

sampleTests(3);

const float64 = { dtype: "float64" } as const;

/** Returns a function that computes the square root by Newton's method, to 1e-9. */
const root =
  (maxSteps?: number) =>
  (a: Tensor): Tensor =>
    whileLoop(
      (x: Tensor) => x.square().sub(a).abs().greater(1e-9),
      (x: Tensor) => x.add(a.div(x)).div(2),
      tensor(1, float64),
      maxSteps === undefined ? {} : { maxSteps },
    );

/** Returns the same root by a JavaScript loop. */
function unrolledRoot(a: Tensor): Tensor {
  let x: Tensor = tensor(1, float64);
  while (Math.abs(x.item() ** 2 - a.item()) > 1e-9) x = x.add(a.div(x)).div(2);
  return x;
}

/** Returns the result of a function on every runner, which must agree bit for bit. */
function everywhere(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): Tensor {
  const expected = fn(...inputs);
  for (const run of Object.values(RUNNERS)) {
    const [value] = run((...given) => [fn(...given)])(...inputs);
    expectSameBits(value as Tensor, expected);
  }
  return expected;
}

describe("a loop until a condition fails", () => {
  test.each([0.5, 1, 2, 9, 1e6])("gives the bits of JavaScript's loop for %s", (value) => {
    const a = tensor(value, float64);
    const unrolled = unrolledRoot(a);
    expectSameBits(everywhere(root(), a), unrolled);
    expectSameBits(everywhere(root(100), a), unrolled);
  });

  test.each([0.5, 1, 2, 9])("has the derivatives of the unrolled loop for %s", (value) => {
    const a = tensor(value, float64);
    const slope = grad((b: Tensor) => {
      let x: Tensor = tensor(1, float64);
      while (Math.abs(x.item() ** 2 - b.item()) > 1e-9) x = x.add(b.div(x)).div(2);
      return x;
    });
    const close = (got: Tensor, expected: Tensor) =>
      expect(allClose(got, expected, { relative: 1e-12, absolute: 1e-12 })).toBe(true);
    close(everywhere(grad(root(40)), a), slope(a));
    close(
      everywhere((b) => jvp(root())([b], [1]).tangent as Tensor, a),
      slope(a),
    );
    close(everywhere(grad(grad(root(40))), a), grad(slope)(a));
    close(
      everywhere((b) => jvp(grad(root(40)))([b], [1]).tangent as Tensor, a),
      grad(slope)(a),
    );
    close(
      everywhere(
        grad((b: Tensor) => jvp(root(40))([b], [1]).tangent as Tensor),
        a,
      ),
      grad(slope)(a),
    );
  });

  test("takes no step where the condition fails at once, and its gradient is that of the start", () => {
    const fn = (x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.less(0),
        (y: Tensor) => y.sqrt(),
        x,
        { maxSteps: 5 },
      );
    expect(everywhere(fn, tensor(3)).item()).toBe(3);
    expect(everywhere(grad(fn), tensor(3)).item()).toBe(1);
  });

  test.each(["float32", "float64", "int32"] as DType[])(
    "carries matrices and trees of %s",
    (dtype) => {
      const fn = (x: Tensor) => {
        const end = whileLoop(
          ({ n }: { n: Tensor; m: Tensor }) => n.less(4),
          ({ n, m }: { n: Tensor; m: Tensor }) => ({ n: n.add(1), m: m.add(x.mul(n)) }),
          { n: tensor(0, { dtype: "int32" }), m: x },
        );
        return end.m;
      };
      const x = uniform([3, 5], { seed: 1, low: -9, high: 9 }).cast(dtype);
      expectSameBits(everywhere(fn, x), x.add(x.mul(0)).add(x).add(x.mul(2)).add(x.mul(3)));
    },
  );

  test("takes a plain number as its first state, which condition and body see as a tensor", () => {
    const count = (x: Tensor) =>
      whileLoop(
        (i: Tensor) => i.less(x),
        (i: Tensor) => i.add(1),
        0,
      );
    expect(everywhere(count, tensor(3)).item()).toBe(3);
    const tree = (x: Tensor) =>
      whileLoop(
        ({ i }: { i: Tensor; y: Tensor }) => i.less(3),
        ({ i, y }: { i: Tensor; y: Tensor }) => ({ i: i.add(1), y: y.mul(x) }),
        { i: 0, y: 1 },
        { maxSteps: 4 },
      ).y;
    expect(everywhere(grad(tree), tensor(2)).item()).toBe(12);
  });

  test("is differentiated by what it captures, matrices among it", () => {
    const W = uniform([3, 3], { seed: 1, low: -0.5, high: 0.5, dtype: "float64" });
    const fn = (w: Tensor, limit: number) =>
      whileLoop(
        ([n]: readonly [Tensor, Tensor]) => n.less(limit),
        ([n, h]: readonly [Tensor, Tensor]) => [n.add(1), h.matmul(w).tanh().add(0.1)] as const,
        [tensor(0), uniform([2, 3], { seed: 2, dtype: "float64" })] as const,
        { maxSteps: 7 },
      )[1].sum();
    const unrolled = (w: Tensor) => {
      let h: Tensor = uniform([2, 3], { seed: 2, dtype: "float64" });
      for (let i = 0; i < 4; i++) h = h.matmul(w).tanh().add(0.1);
      return h.sum();
    };
    const got = everywhere(
      grad((w: Tensor) => fn(w, 4)),
      W,
    );
    expect(allClose(got, grad(unrolled)(W), { relative: 1e-12, absolute: 1e-14 })).toBe(true);
  });
});

describe("a batch", () => {
  const values = [0.25, 1, 9, 2, 1e4];

  test("goes on until all examples have ended, each with its own bits", () => {
    const batch = tensor(values, float64);
    const expected = stack(values.map((value) => root()(tensor(value, float64))));
    expectSameBits(everywhere(vectorize(root()), batch), expected);
  });

  test("has the gradients of its examples, in any order of the transforms", () => {
    const batch = tensor(values, float64);
    const expected = stack(values.map((value) => grad(root(40))(tensor(value, float64))));
    const close = (got: Tensor) =>
      expect(allClose(got, expected, { relative: 1e-12, absolute: 1e-12 })).toBe(true);
    close(everywhere(vectorize(grad(root(40))), batch));
    close(
      everywhere(
        grad((all: Tensor) => vectorize(root(40))(all).sum()),
        batch,
      ),
    );
    close(
      everywhere(
        vectorize((a: Tensor) => jvp(root())([a], [1]).tangent as Tensor),
        batch,
      ),
    );
    const second = stack(values.map((value) => grad(grad(root(40)))(tensor(value, float64))));
    const both = everywhere(vectorize(grad(grad(root(40)))), batch);
    expect(allClose(both, second, { relative: 1e-11, absolute: 1e-12 })).toBe(true);
  });

  test("evaluates examples that have ended neither for errors nor for gradients", () => {
    const table = tensor([10, 20, 30]);
    // If an example went on after its last step, it would read outside of the table and divide by zero.
    const fn = (x: Tensor, n: Tensor) =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.less(n),
        ([i, y]: readonly [Tensor, Tensor]) =>
          [
            i.add(1),
            y.add(table.take(i).mul(x)).add(n.sub(i).cast("float32").reciprocal()),
          ] as const,
        [tensor(0, { dtype: "int32" }), tensor(0)] as const,
        { maxSteps: 3 },
      )[1];
    const [x, n] = [tensor([1, 2, 3, 4]), tensor([3, 0, 1, 2], { dtype: "int32" })];
    const each = stack([0, 1, 2, 3].map((i) => fn(x.take(i), n.take(i))));
    expectSameBits(everywhere(vectorize(fn), x, n), each);
    const slopes = everywhere(
      grad((a: Tensor) => vectorize(fn)(a, n).sum()),
      x,
    );
    expect([...slopes.data()]).toEqual([60, 0, 10, 30]);
  });

  test("of what only bodies read shares one condition", () => {
    const fn = (x: Tensor) =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.less(3),
        ([i, y]: readonly [Tensor, Tensor]) => [i.add(1), y.mul(x)] as const,
        [tensor(0), tensor(1)] as const,
      )[1];
    expectSameBits(everywhere(vectorize(fn), tensor([1, 2, 3])), tensor([1, 8, 27]));
  });
});

describe("what is inside", () => {
  test("may be loops and conditions", () => {
    const fn = (x: Tensor) =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.less(3),
        ([i, y]: readonly [Tensor, Tensor]) => {
          const inner = whileLoop(
            (z: Tensor) => z.less(10),
            (z: Tensor) => z.mul(2).add(x),
            y,
            { maxSteps: 9 },
          );
          const [sum] = scan((s: Tensor): [Tensor, []] => [s.add(inner), []], y, undefined, {
            length: 2,
          });
          return [
            i.add(1),
            cond(
              sum.greater(20),
              () => sum.div(9),
              () => sum,
            ),
          ] as const;
        },
        [tensor(0), x] as const,
        { maxSteps: 3 },
      )[1];
    const unrolled = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 3; i++) {
        let inner = y;
        while (inner.item() < 10) inner = inner.mul(2).add(x);
        const sum = y.add(inner).add(inner);
        y = sum.item() > 20 ? sum.div(9) : sum;
      }
      return y;
    };
    for (const value of [0.5, 1.25, 4]) {
      const x = tensor(value, float64);
      expectSameBits(everywhere(fn, x), unrolled(x));
      const got = everywhere(grad(fn), x);
      expect(allClose(got, grad(unrolled)(x), { relative: 1e-12, absolute: 1e-12 })).toBe(true);
    }
  });

  test("may assign Variables, which keep their last value", () => {
    for (const how of [(fn: () => Tensor) => fn, (fn: () => Tensor) => compile(fn)]) {
      const count = new Variable(tensor(0));
      const fn = how(() =>
        whileLoop(
          (x: Tensor) => x.less(100),
          (x: Tensor) => {
            count.assign(count.value.add(1));
            return x.mul(count.value);
          },
          tensor(1),
        ),
      );
      expect(fn().item()).toBe(120);
      expect(count.value.item()).toBe(5);
      fn();
      expect(count.value.item()).toBe(8);
    }
  });

  test("reads Variables, which get gradients", () => {
    const w = new Variable(tensor(1.5, float64));
    const loss = () =>
      whileLoop(
        (x: Tensor) => x.less(10),
        (x: Tensor) => x.mul(w.value),
        tensor(1, float64),
        { maxSteps: 20 },
      );
    const { value, gradient } = valueAndGrad(loss, { variables: [w] })();
    expect(value.item()).toBe(1.5 ** 6);
    expect(gradient[0]?.item()).toBeCloseTo(6 * 1.5 ** 5, 10);
  });
});

describe("errors", () => {
  const twice = (x: Tensor) => x.mul(2);

  test("a condition that holds after maxSteps is one, and nothing is assigned", () => {
    for (const how of [(fn: () => Tensor) => fn, (fn: () => Tensor) => compile(fn)]) {
      const v = new Variable(tensor([1, 2, 3]));
      const fn = how(() => {
        v.assign(v.value.mul(0));
        return whileLoop((x: Tensor) => x.less(100), twice, tensor(1), { maxSteps: 6 });
      });
      if (how.length === 1 && fn.length === 0) expect(() => fn()).toThrow(ArgumentError);
      expect(() => fn()).toThrow(
        "whileLoop: maxSteps: expected a condition that is false after at most 6 steps, got one that still is true.",
      );
    }
    const v = new Variable(tensor([1, 2, 3]));
    const step = compile(() => {
      v.assign(v.value.mul(0));
      return whileLoop((x: Tensor) => x.less(100), twice, tensor(1), { maxSteps: 6 });
    });
    expect(step).toThrow(ArgumentError);
    expect([...v.value.data()]).toEqual([1, 2, 3]);
    expect(whileLoop((x: Tensor) => x.less(100), twice, tensor(1), { maxSteps: 7 }).item()).toBe(
      128,
    );
  });

  test("reverse mode without maxSteps is one", () => {
    expect(() => grad(root())(tensor(2, float64))).toThrow(DerivativeError);
    expect(() => grad(root())(tensor(2, float64))).toThrow("maxSteps");
  });

  test("an index out of range inside is one, eager and compiled", () => {
    const fn = () =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.less(9),
        ([i, y]: readonly [Tensor, Tensor]) => [i.add(1), y.add(tensor([1, 2]).take(i))] as const,
        [tensor(0, { dtype: "int32" }), tensor(0)] as const,
      )[1];
    expect(fn).toThrow("take: indices: expected integers from -2 to 1");
    expect(compile(fn)).toThrow("take: indices: expected integers from -2 to 1");
  });

  test("conditions and bodies of the wrong types are", () => {
    const loop = whileLoop as (...given: unknown[]) => unknown;
    expect(() => loop((x: Tensor) => x, twice, tensor(1))).toThrow(DTypeError);
    expect(() => loop((x: Tensor) => x.less(tensor([1, 2])), twice, tensor(1))).toThrow(ShapeError);
    expect(() =>
      loop(
        (x: Tensor) => x.less(3),
        () => tensor([1, 2]),
        tensor(1),
      ),
    ).toThrow("whileLoop: state");
    expect(() => loop((x: Tensor) => x.less(3), twice, tensor(1), { steps: 3 })).toThrow(
      "maxSteps",
    );
    expect(() => loop((x: Tensor) => x.less(3), twice, tensor(1), { maxSteps: -1 })).toThrow(
      ArgumentError,
    );
    expect(() => loop(3, twice, tensor(1))).toThrow("condition");
  });
});

describe("forLoop", () => {
  test("counts from the first bound up to the second", () => {
    const fn = (x: Tensor) => forLoop(2, 6, (i, y: Tensor) => y.mul(x).add(i), 1);
    let expected = 1;
    for (let i = 2; i < 6; i++) expected = expected * 1.5 + i;
    expect(everywhere(fn, tensor(1.5, float64)).item()).toBe(expected);
    expect(everywhere(grad(grad(fn)), tensor(1.5, float64)).item()).toBeCloseTo(
      12 * 1.5 ** 2 + 2 * 3 * 2 * 1.5 + 2 * 3,
      9,
    );
    expect(forLoop(3, 3, (_i, y: Tensor) => y.mul(0), tensor(7)).item()).toBe(7);
    expect(forLoop(3, 1, (_i, y: Tensor) => y.mul(0), tensor(7)).item()).toBe(7);
  });

  test("takes bounds that are tensors, and then needs maxSteps for reverse mode", () => {
    const fn = (x: Tensor, n: Tensor) =>
      forLoop(0, n, (_i, y: Tensor) => y.mul(x), 1, { maxSteps: 9 });
    const three = tensor(3, { dtype: "int32" });
    expect(everywhere(fn, tensor(2), three).item()).toBe(8);
    expect(everywhere(grad(fn), tensor(2), three).item()).toBe(12);
    const open = (x: Tensor) => forLoop(0, three, (_i, y: Tensor) => y.mul(x), 1);
    expect(() => grad(open)(2)).toThrow(DerivativeError);
    expect(() => forLoop(0.5, 3, (_i, y: Tensor) => y, 1)).toThrow("forLoop: from");
    expect(() => forLoop(0, tensor(3), (_i, y: Tensor) => y, 1)).toThrow("forLoop: to");
  });
});

test("what a program is, does not grow with the number of steps", () => {
  const text = (maxSteps: number) =>
    compile(grad(root(maxSteps)))
      .program(tensor(2, float64))
      .describe()
      .split("\n").length;
  expect(text(10)).toBe(text(100_000));
});

describe("a loop that may make no step sends nothing where it makes none", () => {
  const zero = tensor([0, 4], { dtype: "float64" });
  /**
   * Returns the sum of a loop whose body captures √x, with an infinite derivative at 0. In `carried`, √x is a carry.
   */
  const captured = (most: number) => (x: Tensor) => {
    const root = x.sqrt();
    return whileLoop(
      ({ n }: { n: Tensor; sum: Tensor }) => n.less(most),
      ({ n, sum }: { n: Tensor; sum: Tensor }) => ({ n: n.add(1), sum: sum.add(root) }),
      { n: tensor(0, { dtype: "int32" }), sum: x.mul(2) },
      { maxSteps: 3 },
    ).sum.sum();
  };
  const carried = (most: number) => (x: Tensor) =>
    whileLoop(
      ({ n }: { n: Tensor; sum: Tensor; root: Tensor }) => n.less(most),
      ({ n, sum, root }: { n: Tensor; sum: Tensor; root: Tensor }) => ({
        n: n.add(1),
        sum: sum.add(root),
        root: root.mul(0.5),
      }),
      { n: tensor(0, { dtype: "int32" }), sum: x.mul(2), root: x.sqrt() },
      { maxSteps: 3 },
    ).sum.sum();
  const along = tensor([1, 1], { dtype: "float64" });

  test.each(Object.entries({ captured, carried }))("of what is %s", (_name, loop) => {
    for (const run of [grad(loop(0)), compile(grad(loop(0)))]) {
      expect(run(zero).toArray()).toEqual([2, 2]);
    }
    for (const run of [grad(loop(1)), compile(grad(loop(1)))]) {
      expect(run(zero).toArray()).toEqual([Number.POSITIVE_INFINITY, 2.25]);
    }
    // Forward mode is tried at finite points only, since each step spreads an infinite tangent.
    const push = (most: number) => compile((x: Tensor) => jvp(loop(most))([x], [along]).tangent);
    const finite = tensor([1, 4], { dtype: "float64" });
    expect(push(0)(finite).item()).toBe(4);
    expect(push(1)(finite).item()).toBe(4.75);
  });

  test("in forward mode, where zeros would meet an infinite slope", () => {
    const behind = (most: number) => (x: Tensor) => {
      const { y } = whileLoop(
        ({ n }: { n: Tensor; y: Tensor }) => n.less(most),
        ({ n, y }: { n: Tensor; y: Tensor }) => ({ n: n.add(1), y: y.add(x) }),
        { n: tensor(0, { dtype: "int32" }), y: tensor(0, { dtype: "float64" }) },
        { maxSteps: 3 },
      );
      return y.sqrt().add(x);
    };
    const one = tensor(1, { dtype: "float64" });
    for (const fn of [behind(0), compile(behind(0))]) {
      expect(jvp(fn)([one], [one]).tangent.item()).toBe(1);
    }
    expect(jvp(behind(1))([one], [one]).tangent.item()).toBe(1.5);
  });
});
