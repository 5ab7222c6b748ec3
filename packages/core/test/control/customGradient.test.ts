/**
 * `customGradient`, whose derivative the user defines.
 */

import { describe, expect, test } from "vitest";
import {
  clip,
  compile,
  concat,
  cond,
  cumulativeProd,
  customGradient,
  grad,
  jvp,
  split,
  stopGradient,
  type Tensor,
  type TensorLike,
  tensor,
  Variable,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { at, complaint, double, expectClose, inEveryMode, RUNNERS } from "./support.ts";

const wrong = (value: unknown): never => value as never;

inEveryMode("customGradient with the rule that fits", {
  // The inputs have equal shapes, since the rule does not sum gradients over broadcast axes.
  shapes: [[3], [3]],
  fn: customGradient(
    (x: Tensor, y: Tensor) => x.mul(y).sin(),
    (cotangent, [x, y]) => {
      const slope = cotangent.mul(x.mul(y).cos());
      return [slope.mul(y), slope.mul(x)];
    },
  ),
  plain: (x, y) => x.mul(y).sin(),
});

inEveryMode("customGradient of trees, whose rule uses the results", {
  shapes: [[2], []],
  fn: (x, y) =>
    customGradient(
      ({ x, y }: { x: Tensor; y: Tensor }) => [x.exp(), { square: y.square() }] as const,
      ([dExp, { square: dSquare }], [{ y }], [exp]) => [
        { x: dExp.mul(exp), y: dSquare.mul(y).mul(2) },
      ],
    )({ x, y }),
  plain: (x, y) => [x.exp(), y.square()],
});

inEveryMode("customGradient whose rule is that of another function", {
  shapes: [[3]],
  differences: false,
  // The value is a step function, but the derivative is that of the identity.
  fn: customGradient(
    (x: Tensor) => x.sign(),
    (cotangent) => [cotangent],
  ),
  plain: (x) => x.add(stopGradient(x.sign().sub(x))),
});

describe.each(Object.entries(RUNNERS))(
  "customGradient with a rule that is not linear, %s",
  (_runner, run) => {
    const identity = (rule: (cotangent: Tensor) => Tensor) =>
      customGradient(
        function passed(x: Tensor) {
          return x.mul(1);
        },
        (cotangent) => [rule(cotangent)],
      );
    const rules: Readonly<Record<string, readonly [(g: Tensor) => Tensor, number[]]>> = {
      "clips the cotangent": [(g) => g.maximum(-1).minimum(1), [1, -1]],
      "divides it by its norm": [(g) => g.div(g.square().sum().sqrt()), [0.6, -0.8]],
      "squares it": [(g) => g.square(), [9, 16]],
      "takes its sign": [(g) => g.sign(), [1, -1]],
      "adds a constant": [(g) => g.add(1), [4, -3]],
      "adds its sign": [(g) => g.add(g.sign()), [4, -5]],
      "adds itself, with its gradient stopped,": [(g) => g.add(stopGradient(g)), [6, -8]],
    };

    test.each(Object.entries(rules))("that %s has that gradient", (_, [rule, expected]) => {
      const fn = identity(rule);
      const loss = (x: Tensor) =>
        fn(x)
          .mul(double([3, -4]))
          .sum();
      expectClose(run((x) => [grad(loss)(x as Tensor)])(double([0.5, 2])), [double(expected)]);
      const rows = run((x) => [vectorize(grad(loss))(x as Tensor)])(
        double([
          [0.5, 2],
          [1, 1],
        ]),
      );
      expectClose(rows, [double([expected, expected])]);
    });

    for (const [name, [rule]] of Object.entries(rules)) {
      test(`that ${name} refuses jvp, by its name`, () => {
        const fn = identity(rule);
        const slopes = (x: Tensor) => [jvp(fn)([x], [x]).tangent];
        expect(complaint(() => run((x) => slopes(x as Tensor))(double([3, -4])))).toMatch(
          /^DerivativeError: customGradient: passed: expected a rule that is linear in its cotangents, .* Use reverse mode\.$/,
        );
      });
    }

    test("for one of two arguments refuses jvp along that one only", () => {
      const fn = customGradient(
        (x: Tensor, y: Tensor) => x.mul(y),
        (g, [x, y]) => [g.mul(y), g.square().mul(x)],
      );
      const along = (which: 0 | 1) =>
        run((x, y) => {
          const one = (z: Tensor) => (which === 0 ? fn(z, y as Tensor) : fn(x as Tensor, z));
          return [jvp(one)([which === 0 ? (x as Tensor) : (y as Tensor)], [double(1)]).tangent];
        })(double(2), double(5));
      expect(at(along(0), 0).item()).toBe(5);
      expect(complaint(() => along(1))).toMatch(/^DerivativeError: customGradient: fn: /);
    });
  },
);

describe("customGradient", () => {
  test("in forward mode is the transpose of its rule, even where that is no derivative", () => {
    const w = double([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const fn = customGradient(
      (x: Tensor) => x.matmul(w.transpose()),
      (cotangent) => [cotangent.matmul(w).mul(10)],
    );
    const { value, tangent } = jvp(fn)([double([1, 1])], [double([1, -1])]);
    expectClose([value, tangent], [double([3, 7, 11]), double([-10, -10, -10])]);
    const back = vjp(fn)(double([1, 1])).pullback(double([1, 0, 0]));
    expectClose(back, [double([10, 20])]);
  });

  test("in forward mode knows parts without elements as zeros, in compiled functions, too", () => {
    const none = double([]).reshape([2, 0]);
    const parts: Record<string, (x: Tensor) => Tensor> = {
      "beside the others": (x) => split(x, [2, 0], 1)[0],
      "that is captured": (x) => concat([x, none], 1),
      "of an argument": (x) => concat([x.mul(2), x.slice([0, 2])], 1),
      "whose sum counts": (x) => x.mul(2).add(none.sum()),
    };
    const x = double([
      [1, 2],
      [3, 4],
    ]);
    for (const part of Object.values(parts)) {
      const fn = customGradient(part, (cotangent, [x]) => {
        return [concat([vjp(part)(x).pullback(cotangent)[0].mul(0.5), x.slice([0, 2])], 1)];
      });
      const tangent = (x: Tensor) => jvp(fn)([x], [x]).tangent;
      expectClose([tangent(x), compile(tangent)(x)], [part(x).mul(0.5), part(x).mul(0.5)]);
    }
  });

  test("in forward mode knows a recurrence as linear, in compiled functions, too", () => {
    const products = (x: Tensor) => cumulativeProd(x).sum();
    const fn = customGradient(products, (cotangent, [x]) => {
      return [vjp(products)(x).pullback(cotangent)[0].mul(0.5)];
    });
    const tangent = (x: Tensor) => jvp(fn)([x], [double([1, 0, 2])]).tangent;
    const x = double([2, 0, 3]);
    expectClose([tangent(x), compile(tangent)(x)], [double(0.5), double(0.5)]);
  });

  test("hands zeros to the rule where no cotangent comes", () => {
    const fn = customGradient(
      (x: Tensor) => [x.mul(2), x.mul(3)] as const,
      ([first, second]) => [first.add(second.mul(100))],
    );
    expect(grad((x: Tensor) => fn(x)[0])(double(1)).item()).toBe(1);
    expect(grad((x: Tensor) => fn(x)[1])(double(1)).item()).toBe(100);
  });

  test("refuses a rule whose gradients have another form, shape or dtype", () => {
    const withRule = (rule: unknown, x = double([1, 2])) =>
      complaint(() => customGradient((x: Tensor) => x.mul(2), wrong(rule))(x));
    const named = "DerivativeError: customGradient: the rule's gradients";
    expect(withRule(() => [double([1, 2, 3])])).toBe(
      `${named}[0]: expected float64 of shape [2], as the argument, got float64 of shape [3].`,
    );
    expect(withRule(() => [tensor([1, 2])])).toBe(
      `${named}[0]: expected float64 of shape [2], as the argument, got float32 of shape [2].`,
    );
    expect(withRule(() => [])).toBe(
      `${named}[0]: expected a gradient for each leaf of the arguments, got nothing.`,
    );
    expect(withRule((g: Tensor) => g)).toMatch(/^DerivativeError: customGradient: the rule's/);
    expect(withRule((g: Tensor) => [g, g])).toMatch(/\[1\]: .* got a leaf where there is none\.$/);
    expect(withRule((g: Tensor) => [[g]])).toMatch(/\[0\]: .* got an array of length 1\.$/);
    expect(withRule(() => undefined)).toMatch(/^DerivativeError: customGradient: the rule's/);
  });

  test("refuses to be differentiated where it captures a differentiated tensor or Variable", () => {
    const said =
      /^DerivativeError: customGradient: scaled: expected a function of its arguments alone, .*outside\. Pass it as an argument, or use stopGradient on it\.$/;
    const scaled = (factor: () => Tensor) =>
      customGradient(
        function scaled(x: Tensor) {
          return x.mul(factor());
        },
        (cotangent) => [cotangent.mul(factor())],
      );
    const weight = new Variable(double(3));
    const ofTensor = (keep: (x: Tensor) => Tensor) => (w: Tensor) => scaled(() => keep(w))(w);
    const ofVariable = (keep: (x: Tensor) => Tensor) => (x: Tensor) =>
      scaled(() => keep(weight.value))(x);
    const ofWeight = (fn: (x: Tensor) => Tensor) =>
      grad((_: Variable, x: Tensor) => fn(x)) as (w: Variable, x: TensorLike) => Tensor;
    const pass = (x: Tensor) => x;
    for (const run of [pass, (x: Tensor) => compile(pass)(x)]) {
      expect(complaint(() => grad((w: Tensor) => run(ofTensor(pass)(w)))(double(2)))).toMatch(said);
      expect(complaint(() => jvp(ofTensor(pass))([double(2)], [double(1)]))).toMatch(said);
      expect(complaint(() => compile(grad(ofTensor(pass)))(double(2)))).toMatch(said);
      expect(complaint(() => compile(ofWeight(ofVariable(pass)))(weight, double(2)))).toMatch(said);
      expect(complaint(() => ofWeight(ofVariable(pass))(weight, double(2)))).toMatch(said);
    }
    expect(grad(ofTensor(stopGradient))(double(2)).item()).toBe(2);
    expect(jvp(ofTensor(stopGradient))([double(2)], [double(1)]).tangent.item()).toBe(2);
    expect(ofWeight(ofVariable(stopGradient))(weight, double(2)).item()).toBe(0);
    // No derivative with respect to the Variable is asked for, so the Variable is a constant.
    expect(grad(ofVariable(pass))(double(2)).item()).toBe(3);
  });

  test("refuses what is no function, and assignments", () => {
    expect(
      complaint(() =>
        customGradient(
          wrong(1),
          wrong(() => []),
        ),
      ),
    ).toMatch(/^ArgumentError: customGradient: fn: /);
    expect(complaint(() => customGradient((x: Tensor) => x, wrong(undefined)))).toMatch(
      /^ArgumentError: customGradient: rule: /,
    );
    const cell = new Variable(double(1));
    const assigning = (x: Tensor) => {
      cell.assign(x);
      return x;
    };
    const inFunction = customGradient(assigning, (g) => [g]);
    const inRule = customGradient(
      (x: Tensor) => x.mul(1),
      (g) => [assigning(g)],
    );
    for (const fn of [inFunction, inRule]) {
      expect(complaint(() => grad(fn)(double(2)))).toMatch(
        /^DerivativeError: customGradient: .*assigns no Variable/,
      );
    }
    expect(cell.value.item()).toBe(1);
  });

  // A gradient may have the dtype of the result: it is not cast to that of a plain number.
  test("takes plain numbers beside tensors that it captures", () => {
    const weight = tensor(3);
    const fn = customGradient(
      (x: Tensor) => x.mul(weight),
      (g) => [g.mul(weight)],
    );
    expect(fn(2).item()).toBe(6);
    expect(grad(fn)(2).item()).toBe(3);
    expect(compile(grad(fn))(2).item()).toBe(3);
  });

  test("may split and use other ops of several results in function and rule", () => {
    const fn = customGradient(
      (x: Tensor) => at(split(x, 2), 1),
      (g, [x]) => [at(split(x, 2), 0).mul(0).add(1).reshape([1]).broadcastTo([2]).mul(g)],
    );
    expect([...grad((x: Tensor) => fn(x).sum())(double([1, 2])).data()]).toEqual([1, 1]);
  });
});

test("a rule gives nothing where its result is not used, though zeros would meet an infinite slope", () => {
  const root = customGradient(
    (x: Tensor) => x.sqrt(),
    (cotangent: Tensor, [x]: [Tensor]) => [cotangent.div(x.sqrt().mul(2))],
  );
  const loss = (x: Tensor, test: Tensor) => {
    const own = root(x);
    return cond(
      test,
      () => x.mul(3),
      () => own,
    ).sum();
  };
  const x = tensor([0, 4], { dtype: "float64" });
  const [yes, no] = [true, false].map((value) => tensor(value as unknown as number[]));
  for (const run of [grad(loss), compile(grad(loss))]) {
    expect(run(x, yes as Tensor).toArray()).toEqual([3, 3]);
    expect(run(x, no as Tensor).toArray()).toEqual([Number.POSITIVE_INFINITY, 0.25]);
  }
});

test.each(Object.entries(RUNNERS))(
  "a rule that makes something of zeros says so where no cotangent comes, %s",
  (_name, run) => {
    const pair = customGradient(
      (x: Tensor) => ({ own: x.mul(1), other: x.mul(2) }),
      ({ own, other }, [x]) => [own.add(clip(other, 0, x.neg()))],
    );
    const slope = run((x) => [grad((v: Tensor) => pair(v).own)(x as Tensor)]);
    // The clip is min(max(0, 0), −x) = −2, which is added to the cotangent 1.
    expect(slope(double(2)).map((each) => each.item())).toEqual([-1]);
  },
);
