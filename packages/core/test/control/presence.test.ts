/**
 * A value gets no derivative where an op with bodies sends none. Zeros instead would become NaN when they are
 * multiplied with an infinite derivative in an earlier op; the same computation in plain control flow has no such path.
 */

import { describe, expect, test } from "vitest";
import {
  acos,
  checkpoint,
  compile,
  cond,
  customGradient,
  grad,
  jvp,
  scan,
  type Tensor,
  tensor,
  vjp,
} from "../../src/index.ts";
import { RUNNERS } from "./support.ts";

const yes = (x: Tensor) => x.greaterEqual(0);
const no = (x: Tensor) => x.less(0);
const zero = tensor(0, { dtype: "float64" });

/** Functions of a scalar x at 0, and their derivative there. √x has an infinite derivative. */
const cases: Readonly<Record<string, readonly [(x: Tensor) => Tensor, number]>> = {
  "a cond inside checkpoint that does not take what it captures": [
    (x) => {
      const root = x.sqrt();
      return checkpoint((y: Tensor) =>
        cond(
          no(y),
          () => root.mul(y),
          () => y.mul(3),
        ),
      )(x);
    },
    3,
  ],
  "a cond inside scan that does not take what it captures": [
    (x) => {
      const root = x.sqrt();
      const step = (sum: Tensor): [Tensor, Tensor] => {
        const next = sum.add(
          cond(
            no(x),
            () => root,
            () => x.mul(2),
          ),
        );
        return [next, next];
      };
      return scan(step, zero, undefined, { length: 3 })[0];
    },
    6,
  ],
  "a cond inside scan that takes it in no step of the rows": [
    (x) => {
      const roots = x.sqrt().broadcastTo([2]);
      const step = (sum: Tensor, root: Tensor): [Tensor, Tensor] => {
        const next = cond(
          no(x),
          () => sum.mul(root),
          () => sum.add(x),
        );
        return [next, next];
      };
      return scan(step, zero, roots)[1].sum();
    },
    3,
  ],
  "a cond inside a cond": [
    (x) => {
      const root = x.sqrt();
      return cond(
        yes(x),
        () =>
          cond(
            no(x),
            () => root,
            () => x.mul(5),
          ),
        () => root.mul(2),
      );
    },
    5,
  ],
  "a carry of scan that nothing reads at the end": [
    (x) => {
      const step = (h: Tensor): [Tensor, Tensor] => [h.sqrt(), h.mul(2)];
      return scan(step, x, undefined, { length: 1 })[1].sum();
    },
    2,
  ],
  "a scan of no steps": [
    (x) => {
      const root = x.sqrt();
      const step = (h: Tensor): [Tensor, Tensor] => [h.mul(root), h];
      return scan(step, x, undefined, { length: 0 })[0];
    },
    1,
  ],
  "a result of a cond that does not depend on x in the branch taken": [
    (x) =>
      cond(
        no(x),
        () => x.mul(1),
        () => zero,
      )
        .sqrt()
        .add(x),
    1,
  ],
  "a result of a scan that does not depend on x": [
    (x) => {
      const step = ([h, n]: Tensor[]): [Tensor[], Tensor] => [
        [h?.add(x) ?? x, n?.mul(2) ?? x],
        zero,
      ];
      const [[h = x, n = x]] = scan(step, [zero, zero], undefined, { length: 2 });
      return h.add(n.sqrt());
    },
    2,
  ],
  "a custom rule for a result that nothing reads": [
    (x) => {
      const twin = customGradient(
        (a: Tensor) => ({ root: a.sqrt(), double: a.mul(2) }),
        ({ root, double }, _, results) => [root.mul(results.root.reciprocal()).add(double.mul(2))],
      );
      return twin(x).double;
    },
    2,
  ],
  "a custom rule that gives zeros": [
    (x) => {
      const nothing = customGradient(
        (_a: Tensor) => zero,
        () => [tensor(0, { dtype: "float64" }).mul(0.5)],
      );
      return nothing(x.sqrt()).add(x);
    },
    1,
  ],
};

describe.each(Object.entries(RUNNERS))("no derivative comes from nowhere, %s", (_, run) => {
  test.each(Object.entries(cases))("%s", (_name, [fn, slope]) => {
    const both = run((x) => [
      grad(fn)(x as Tensor),
      jvp(fn)([x as Tensor], [tensor(1, { dtype: "float64" })]).tangent,
    ]);
    expect(both(zero).map((found) => found.item())).toEqual([slope, slope]);
  });
});

describe("the way back over a scan", () => {
  const loss = (checkpoint: boolean) => (w: Tensor) => {
    const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = h.matmul(w).add(x).tanh();
      return [next, next];
    };
    const [, ys] = scan(step, tensor([1, 2]), tensor([[1, 2]]), { checkpoint });
    return ys.sum();
  };
  const printed = (given: boolean) =>
    compile(grad(loss(given)))
      .program(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )
      .stages();
  const count = (text: string, op: string) => text.split(`= ${op} `).length - 1;

  test("computes nothing that the step has saved", () => {
    const recorded = printed(false).split("lowered:")[0] ?? "";
    // One product is forward; two are in the backward pass, with the transposes of h and of w.
    expect([count(recorded, "tanh"), count(recorded, "matmul")]).toEqual([1, 3]);
  });

  test("computes the step anew with checkpoint", () => {
    const recorded = printed(true).split("lowered:")[0] ?? "";
    expect(count(recorded, "tanh")).toBeGreaterThan(1);
  });

  test("keeps what the same for all steps is once, and not with each", () => {
    const step =
      (w: Tensor) =>
      (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const next = h.matmul(w.transpose()).add(x).tanh();
        return [next, next];
      };
    const recorded = compile(
      grad((w: Tensor) =>
        scan(
          step(w),
          tensor([1, 2]),
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        )[1].sum(),
      ),
    )
      .program(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      )
      .stages()
      .split("lowered:")[0];
    // Stacked copies of the transposed weights for three rows would have the shape [3, 2, 2].
    expect(recorded).not.toContain("[3, 2, 2]");
  });
});

test("a custom rule of empty tensors is linear, also where no value can be read", () => {
  const empty = customGradient(
    (_a: Tensor) => tensor([], { shape: [0] }),
    (_cotangent, [a]) => [a.mul(1)],
  );
  const slope = compile((x: Tensor) => jvp(empty)([x], [x]).tangent);
  expect(slope(tensor([], { shape: [0, 3] })).shape).toEqual([0]);
});

test("custom rules of empty tensors may be nested", () => {
  const once = (fn: (x: Tensor) => Tensor) =>
    customGradient(fn, (cotangent, [x]) => [vjp(fn)(x).pullback(cotangent)[0]]);
  const empty = tensor([], { shape: [2, 0] });
  const twice = once((x) => once((y) => y.mul(2))(x));
  expect(jvp(twice)([empty], [empty]).tangent.shape).toEqual([2, 0]);
});

describe("a custom rule that is the pullback of the function itself", () => {
  const own = <Result>(fn: (x: Tensor) => Result) =>
    customGradient(fn, (cotangent, [x]) => [vjp(fn)(x).pullback(cotangent as never)[0]]);

  test("has its slope where a result is not read, and a comparison decides", () => {
    const power = own((x: Tensor) => [x.pow(x), x]);
    expect(grad((x) => power(x)[0] ?? x)(zero).item()).toBe(0);
  });

  test("hands on that nothing has come through the branch that was not taken", () => {
    for (const within of [own, (fn: (x: Tensor) => Tensor) => own(checkpoint(fn))]) {
      const constant = within((x) =>
        cond(
          no(x.add(3)),
          () => x.mul(2),
          () => zero,
        ),
      );
      const fn = (x: Tensor) => constant(acos(x));
      const one = tensor(1, { dtype: "float64" });
      expect(grad(fn)(one).item()).toBe(0);
      expect(compile(grad(fn))(one).item()).toBe(0);
      expect(grad(compile(fn))(one).item()).toBe(0);
    }
  });

  test("is linear with a cond in a scan, whose guards are no numbers", () => {
    const summed = own((x: Tensor) => {
      const step = (h: Tensor): [Tensor, Tensor] => [
        h,
        cond(
          no(x),
          () => x.mul(2),
          () => zero,
        ),
      ];
      return scan(step, x, undefined, { length: 2 })[1].sum();
    });
    for (const [at, slope] of [
      [-1, 4],
      [1, 0],
    ]) {
      const x = tensor(at ?? 0, { dtype: "float64" });
      expect(jvp(summed)([x], [tensor(1, { dtype: "float64" })]).tangent.item()).toBe(slope);
    }
  });
});
