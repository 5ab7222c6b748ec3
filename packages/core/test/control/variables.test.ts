/**
 * Variables in bodies. Values that a step assigns are part of the carry; a Variable that only one branch assigns keeps
 * its old value on the other. Nothing changes where an op throws.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  cond,
  full,
  grad,
  jvp,
  ones,
  scan,
  type Tensor,
  take,
  tensor,
  treeLeaves,
  uniform,
  Variable,
  valueAndGrad,
  vectorize,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { complaint, double, expectClose, RUNNERS } from "./support.ts";

/** An int32 scalar. */
const whole = (value: number) => tensor(value, { dtype: "int32" });

describe.each(Object.entries(RUNNERS))("Variables, %s,", (_, run) => {
  const ran = (fn: (x: Tensor) => unknown) => run((x) => treeLeaves(fn(x as Tensor)));

  test("change from step to step of a scan, and keep the last value", () => {
    const count = new Variable(whole(10));
    const total = new Variable(double(1));
    const step = (_: Tensor, x: Tensor): [Tensor, Tensor] => {
      count.assign(count.value.add(1));
      total.assign(total.value.mul(x).add(count.value.cast("float64")));
      return [x, total.value];
    };
    const fn = ran((xs) => scan(step, double(0), xs));
    expectClose(fn(double([2, 3])), [double(3), double([13, 51])], 0);
    expect([count.value.item(), total.value.item()]).toEqual([12, 51]);
    expectClose(fn(double([1, 0])), [double(0), double([64, 14])], 0);
    expect([count.value.item(), total.value.item()]).toEqual([14, 14]);
  });

  test("that a scan only reads stay as they are", () => {
    const weight = new Variable(double(3));
    const fn = ran((xs) => scan((h: Tensor, x: Tensor) => [h.mul(weight.value).add(x), []], 1, xs));
    expect(fn(double([1, 1]))[0]?.item()).toBe(13);
    weight.assign(double(1));
    expect(fn(double([1, 1]))[0]?.item()).toBe(3);
  });

  test("that a scan of no steps would assign keep their value", () => {
    const cell = new Variable(double(5));
    const fn = ran((x) =>
      scan(
        (h: Tensor): [Tensor, never[]] => {
          cell.assign(h);
          return [h, []];
        },
        x,
        undefined,
        { length: 0 },
      ),
    );
    fn(double(1));
    expect(cell.value.item()).toBe(5);
  });

  test("that a differentiated function makes for itself hold what it differentiates", () => {
    const fn = (x: Tensor) => {
      const sum = new Variable(x.mul(2));
      sum.assign(sum.value.mul(x));
      return sum.value.add(x);
    };
    const x = double(3);
    expectClose(ran((y) => grad(fn)(y))(x), [double(13)], 0);
    expectClose(ran((y) => grad(grad(fn))(y))(x), [double(4)], 0);
    expectClose(ran((y) => jvp(fn)([y], [double(1)]).tangent)(x), [double(13)], 0);
    const each = vectorize((y: Tensor) => grad(fn)(y));
    expectClose(ran((y) => each(y))(double([3, 1])), [double([13, 5])], 0);
    const inside = (y: Tensor) =>
      scan(
        (sum: Tensor, row: Tensor): [Tensor, []] => [sum.add(grad(fn)(row)), []],
        double(0),
        y,
      )[0];
    expectClose(ran(inside)(double([3, 1])), [double(18)], 0);
  });

  test("do not change where a step throws half-way", () => {
    const before = new Variable(double(1));
    const inside = new Variable(double(2));
    const table = double([1, 2, 3]);
    const steps = (places: Tensor) => {
      const [last] = scan(
        (sum: Tensor, place: Tensor): [Tensor, Tensor] => {
          inside.assign(inside.value.add(1));
          const item = table.take(place);
          return [sum.add(item), item];
        },
        double(0),
        places,
      );
      before.assign(last);
      return last;
    };
    const fn = ran(steps);
    const places = tensor([0, 1, 2, 7, 0], { dtype: "int32" });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(complaint(() => fn(places))).toMatch(/^\w+Error: take: .*7/);
      expect([before.value.item(), inside.value.item()]).toEqual([1, 2]);
    }
    const ofTable = ran((x) => grad((x: Tensor) => steps(places).mul(x))(x));
    expect(complaint(() => ofTable(double(1)))).toMatch(/^\w+Error: take: .*7/);
    expect([before.value.item(), inside.value.item()]).toEqual([1, 2]);
    // The function still works after the errors.
    fn(tensor([2, 1], { dtype: "int32" }));
    expect([before.value.item(), inside.value.item()]).toEqual([5, 4]);
  });

  test("swap in a scan, and in a cond", () => {
    const [a, b] = [new Variable(double([1, 2])), new Variable(double([3, 4]))];
    const swap = () => {
      const old = a.value;
      a.assign(b.value);
      b.assign(old);
    };
    const step = (n: Tensor): [Tensor, never[]] => {
      swap();
      return [n.add(1), []];
    };
    const fn = ran((x) => {
      const [steps] = scan(step, whole(0), undefined, { length: 3 });
      cond(x.greater(0), swap, () => undefined);
      return steps;
    });
    fn(double(-1));
    expectClose([a.value, b.value], [double([3, 4]), double([1, 2])], 0);
    fn(double(1));
    expectClose([a.value, b.value], [double([3, 4]), double([1, 2])], 0);
  });

  test.each([2, 4000])("of %i elements leave their old values to who has read them", (size) => {
    const cell = new Variable(ones([size], { dtype: "float64" }));
    const fn = ran((x) => {
      const old = cell.value;
      const [, ys] = scan(
        (n: Tensor, row: Tensor): [Tensor, Tensor] => {
          const before = cell.value;
          cell.assign(before.mul(row).add(1));
          return [n, before];
        },
        whole(0),
        x,
      );
      return [old, ys, cell.value];
    });
    const [first, second] = [fn(double([2, 3])), fn(double([0, 1]))];
    const ends = [...first, ...second].map((each) => each.data().at(-1));
    expect(ends).toEqual([1, 3, 10, 10, 1, 2]);
    expect(first[0]?.data()[0]).toBe(1);
  });

  test("may be all that a cond is for", () => {
    const cell = new Variable(double(1));
    const fn = ran((x) => {
      cond(
        x.greater(0),
        () => cell.assign(cell.value.add(x)),
        () => undefined,
      );
      return [];
    });
    fn(double(2));
    expect(cell.value.item()).toBe(3);
    fn(double(-2));
    expect(cell.value.item()).toBe(3);
  });

  test("that branches of a cond assign keep their old value on the other", () => {
    const [a, b] = [new Variable(double(1)), new Variable(double(2))];
    const fn = ran((x) => {
      const old = cond(
        x.greater(0),
        () => {
          a.assign(x.add(b.value));
          return a.value;
        },
        () => {
          b.assign(x.mul(a.value));
          return b.value;
        },
      );
      return [old, a.value, b.value];
    });
    expectClose(fn(double(5)), [double(7), double(7), double(2)], 0);
    expect([a.value.item(), b.value.item()]).toEqual([7, 2]);
    expectClose(fn(double(-1)), [double(-7), double(7), double(-7)], 0);
    expect([a.value.item(), b.value.item()]).toEqual([7, -7]);
  });

  test("change in a cond in a scan in a cond", () => {
    const evens = new Variable(whole(0));
    const sum = new Variable(double(0));
    const fn = ran((x) =>
      cond(
        x.greater(0),
        () =>
          scan(
            (n: Tensor): [Tensor, never[]] => {
              cond(
                n.cast("float64").mul(Math.PI).cos().greater(0),
                () => evens.assign(evens.value.add(1)),
                () => sum.assign(sum.value.add(x)),
              );
              return [n.add(1), []];
            },
            whole(0),
            undefined,
            { length: 5 },
          )[0],
        () => evens.value,
      ),
    );
    expect(fn(double(2))[0]?.item()).toBe(5);
    expect([evens.value.item(), sum.value.item()]).toEqual([3, 4]);
    expect(fn(double(-2))[0]?.item()).toBe(3);
    expect([evens.value.item(), sum.value.item()]).toEqual([3, 4]);
  });

  test("that bodies read have gradients of first and second order", () => {
    const weight = new Variable(tensor(1.5, { dtype: "float64" }));
    const fn = (xs: Tensor) =>
      scan(
        (h: Tensor, x: Tensor): [Tensor, never[]] => [
          cond(
            x.greater(0),
            () => h.mul(weight.value).add(x),
            () => h,
          ),
          [],
        ],
        double(1),
        xs,
      )[0];
    // After the rows 1, −1, 2, the carry is h = (w + 1) w + 2, so the derivative is 2w + 1.
    const both = ran((xs) => {
      const { value, gradient } = valueAndGrad(fn, { variables: weight })(xs);
      return [value, gradient];
    });
    expectClose(both(double([1, -1, 2])), [double(5.75), double(4)]);
    const slope = (xs: Tensor) => valueAndGrad(fn, { variables: weight })(xs).gradient as Tensor;
    const second = ran((xs) => valueAndGrad(slope, { variables: weight })(xs).gradient);
    expectClose(second(double([1, -1, 2])), [double(2)]);
  });

  test("that a step assigns pass gradients on to what comes later", () => {
    const state = new Variable(double(0));
    const fn = (x: Tensor) => {
      state.assign(x);
      scan(
        (n: Tensor): [Tensor, never[]] => {
          state.assign(state.value.mul(x));
          return [n.add(1), []];
        },
        whole(0),
        undefined,
        { length: 3 },
      );
      return state.value;
    };
    // The function computes the fourth power of its argument.
    expectClose(ran(grad(fn))(double(2)), [double(32)]);
    expect(state.value.item()).toBe(16);
    expectClose(ran(grad(grad(fn)))(double(2)), [double(48)]);
    expect(state.value.item()).toBe(16);
  });

  test("that a batched condition would set differently from example to example are refused", () => {
    const cell = new Variable(double(1));
    const fn = ran((xs) =>
      vectorize((x: Tensor) => {
        cond(
          x.greater(0),
          () => cell.assign(double(2)),
          () => undefined,
        );
        return x;
      })(xs),
    );
    expect(complaint(() => fn(double([1, -1])))).toMatch(
      /^RecordingError: vectorize: Variable\.assign: /,
    );
    expect(cell.value.item()).toBe(1);
  });
});

test("a compiled step in a plain loop trains as one scan does", () => {
  const rate = 0.1;
  const [first, second] = [new Variable(double(3)), new Variable(double(3))];
  const loss = (w: Tensor, x: Tensor) => w.mul(x).sub(1).square();
  const xs = double([1, 2, 0.5, 1.5]);
  const step = compile((x: Tensor) => {
    first.assign(first.value.sub(grad(loss)(first.value, x).mul(rate)));
  });
  for (const x of xs.data()) step(double(x));
  compile((xs: Tensor) =>
    scan(
      (n: Tensor, x: Tensor): [Tensor, never[]] => {
        second.assign(second.value.sub(grad(loss)(second.value, x).mul(rate)));
        return [n, []];
      },
      whole(0),
      xs,
    ),
  )(xs);
  expectClose([second.value], [first.value]);
});

describe("Variables that one branch of a condition assigns", () => {
  const makeSteps = () => {
    const [a, b] = [1, 2].map((seed) => new Variable(uniform([50, 40], { seed }))) as [
      Variable,
      Variable,
    ];
    const step = (x: Tensor) =>
      cond(
        x.sum().greater(0),
        () => {
          const before = a.value;
          a.assign(before.mul(0.5).add(x));
          b.assign(b.value.add(before));
          return x.sum();
        },
        () => x.mean(),
      );
    return { a, b, step };
  };

  test("are updated where they stand, and nothing is copied", () => {
    const [eager, compiled] = [makeSteps(), makeSteps()];
    const step = compile(compiled.step);
    const inputs = [1, -1, 2, -3].map((value) => full([50, 40], value));
    for (const x of inputs) expectSameBits(step(x), eager.step(x));
    expectSameBits(compiled.a.value, eager.a.value);
    expectSameBits(compiled.b.value, eager.b.value);
    const text = step.program(inputs[0] as Tensor).describe();
    expect(text).toMatch(/%\d+@variable 0 .*<- cond/);
    // No whole value is copied, although the branch reads the old value of `a` after the assignment.
    expect(text.match(/copy \(.*8000\)/g) ?? []).toHaveLength(0);
    expect(text).not.toContain("at the end");
  });

  test("keep their values for who has read them, and where a branch throws", () => {
    const { a, step } = makeSteps();
    const compiled = compile((x: Tensor, index: Tensor) => {
      const before = a.value;
      const result = cond(
        x.sum().greater(0),
        () => {
          a.assign(a.value.mul(2));
          return take(x, index).sum();
        },
        () => x.sum(),
      );
      return [before, result];
    });
    step(full([50, 40], 1));
    const start = a.value;
    const x = full([50, 40], 1);
    const [before] = compiled(x, tensor([0], { dtype: "int32" })) as Tensor[];
    expectSameBits(before as Tensor, start);
    expectSameBits(a.value, start.mul(2));
    const doubled = a.value;
    expect(() => compiled(x, tensor([50], { dtype: "int32" }))).toThrow("take: indices");
    expectSameBits(a.value, doubled);
  });

  test("are updated in a loop", () => {
    const run = () => {
      const { a, step } = makeSteps();
      const loop = (xs: Tensor) =>
        scan((c: Tensor, x: Tensor): [Tensor, Tensor] => [c.add(step(x.mul(a.value))), c], 0, xs);
      return { a, loop };
    };
    const [eager, compiled] = [run(), run()];
    const xs = uniform([5, 50, 40], { seed: 9, low: -1 });
    const program = compile(compiled.loop);
    expectSameBits(program(xs)[1] as Tensor, eager.loop(xs)[1] as Tensor);
    expectSameBits(compiled.a.value, eager.a.value);
    expect(
      program
        .program(xs)
        .describe()
        .match(/copy \(.*8000\)/g) ?? [],
    ).toHaveLength(0);
  });
});
