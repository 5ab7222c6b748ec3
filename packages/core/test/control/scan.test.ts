/**
 * `scan`: a loop that is recorded once.
 */

import { describe, expect, test } from "vitest";
import {
  grad,
  scan,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  treeLeaves,
} from "../../src/index.ts";
import { sampleTests } from "../support/sampling.ts";
import { at, complaint, double, expectClose, inEveryMode, RUNNERS } from "./support.ts";

sampleTests(3);

const wrong = (value: unknown): never => value as never;

/** Returns the result of a JavaScript loop over the rows of a tensor. */
function loop<Carry>(
  step: (carry: Carry, x: Tensor) => [Carry, Tensor],
  init: Carry,
  xs: Tensor,
  reverse = false,
): [Carry, Tensor] {
  const [length = 0, ...shape] = xs.shape;
  const ys: Tensor[] = [];
  let carry = init;
  for (let n = 0; n < length; n++) {
    const place = reverse ? length - 1 - n : n;
    const [next, y] = step(carry, xs.slice([place], [place + 1]).reshape(shape));
    carry = next;
    ys[place] = y;
  }
  return [carry, stack(ys)];
}

for (const reverse of [false, true]) {
  const direction = reverse ? "from the last row to the first" : "from the first row to the last";
  const step =
    (w: Tensor) =>
    (h: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = h.matmul(w).add(x).tanh();
      return [next, next.mul(x).sum()];
    };
  inEveryMode(`a recurrent layer ${direction}`, {
    shapes: [[2], [4, 2], [2, 2]],
    fn: (h, xs, w) => scan(step(w), h, xs, { reverse }),
    plain: (h, xs, w) => loop(step(w), h, xs, reverse),
  });
}

interface State {
  readonly position: Tensor;
  readonly rest: readonly [Tensor, Tensor];
}

function advance({ position, rest: [speed, time] }: State, drag: Tensor): [State, Tensor] {
  const faster = speed.sub(position.sin().mul(0.3)).mul(drag.exp());
  return [
    { position: position.add(faster), rest: [faster, time.add(0.5)] },
    position.mul(time).sum(),
  ];
}

inEveryMode("scan with trees as carry, rows and results", {
  shapes: [[2], [2], [], [3]],
  low: -1,
  high: 1,
  fn: (position, speed, time, drags) =>
    scan(
      (state: State, x: { readonly drags: readonly [Tensor] }): [State, { energy: Tensor }] => {
        const [next, energy] = advance(state, x.drags[0]);
        return [next, { energy }];
      },
      { position, rest: [speed, time] },
      { drags: [drags] },
    ),
  plain: (position, speed, time, drags) => loop(advance, { position, rest: [speed, time] }, drags),
});

inEveryMode("scan with an int32 counter as its first carry", {
  shapes: [[3], [4]],
  fn: (h, table) =>
    scan(
      ([count, h]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
        const next = h.mul(table.take(count)).sin();
        return [[count.add(1), next], next];
      },
      [tensor(0, { dtype: "int32" }), h],
      undefined,
      { length: 4 },
    ),
  plain: (h, table) => {
    const [last, all] = loop(
      (h, row): [Tensor, Tensor] => {
        const next = h.mul(row).sin();
        return [next, next];
      },
      h,
      table,
    );
    return [tensor(4, { dtype: "int32" }), last, all];
  },
});

inEveryMode("scan without xs, by length, that collects nothing", {
  shapes: [[2]],
  fn: (x) =>
    scan((h: Tensor): [Tensor, never[]] => [h.sin().add(x.mul(h)), []], x, undefined, {
      length: 3,
    }),
  plain: (x) => {
    let h = x;
    for (let n = 0; n < 3; n++) h = h.sin().add(x.mul(h));
    return h;
  },
});

inEveryMode("scan that only carries integers and collects floats", {
  shapes: [[3]],
  fn: (xs) =>
    scan(
      (odd: Tensor, x: Tensor): [Tensor, Tensor] => [odd.add(1), x.sin().mul(odd.cast("float64"))],
      tensor(2, { dtype: "int32" }),
      xs,
    )[1],
  plain: (xs) => xs.sin().mul(double([2, 3, 4])),
});

inEveryMode("scan of length 0", {
  shapes: [[2], [2]],
  fn: (x, y) =>
    scan(
      (h: Tensor, row: Tensor): [Tensor, Tensor] => [h.mul(row).mul(y), h.sin()],
      x,
      double([]).reshape([0, 1]),
    ),
  plain: (x, y) => [x.add(y.mul(0)), tensor([], { shape: [0, 2], dtype: "float64" })],
});

describe.each(Object.entries(RUNNERS))("scan, %s", (_, run) => {
  test("gives a plain number as init the dtype of what the step makes of it", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const xs = tensor([1, 2, 3], { dtype });
      const sums = (xs: Tensor) =>
        scan((sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.add(x), sum], 0, xs);
      const got = run((xs) => sums(xs as Tensor))(xs);
      expect(got.map(({ dtype }) => dtype)).toEqual([dtype, dtype]);
      expectClose(got, [tensor(6, { dtype }), tensor([0, 1, 3], { dtype })], 0);
    }
  });

  test("gives a plain number that a step returns the dtype of the carry", () => {
    const last = (x: Tensor) => [
      scan((_: Tensor): [TensorLike, never[]] => [2, []], x, undefined, { length: 2 })[0],
    ];
    expectClose(run((x) => last(x as Tensor))(double(1)), [double(2)], 0);
  });

  test("counts from the last step to the first without rows too", () => {
    const count = (x: Tensor) =>
      scan((n: Tensor): [Tensor, Tensor] => [n.add(1), n], x, undefined, {
        length: 3,
        reverse: true,
      });
    expectClose(run((x) => count(x as Tensor))(double(0)), [double(3), double([2, 1, 0])], 0);
  });

  test("leaves the carry as it is after no steps, with empty results", () => {
    const none = (x: Tensor) =>
      scan((h: Tensor): [Tensor, Tensor] => [h.mul(2), h], x, undefined, { length: 0 });
    const got = run((x) => none(x as Tensor))(double([1, 2]));
    expectClose(got, [double([1, 2]), tensor([], { shape: [0, 2], dtype: "float64" })], 0);
    const sum = (x: Tensor) => none(x)[0].sum();
    expectClose(run((x) => [grad(sum)(x as Tensor)])(double([1, 2])), [double([1, 1])], 0);
  });

  test("sends no NaN back where no cotangent comes from", () => {
    // The second carry has an infinite derivative at 0, but its result is not used.
    const fn = (x: Tensor) =>
      scan(
        ([a, b]: [Tensor, Tensor]): [[Tensor, Tensor], never[]] => [[a.mul(2), b.sqrt()], []],
        [x, x],
        undefined,
        { length: 3 },
      )[0][0];
    expect(run((x) => [grad(fn)(x as Tensor)])(double(0))[0]?.item()).toBe(8);
  });
});

describe("scan", () => {
  const same = (h: Tensor): [Tensor, Tensor] => [h, h];

  test("takes options that agree with the rows", () => {
    const [, ys] = scan(same, tensor(1), tensor([1, 2]), { length: 2, checkpoint: true });
    expect(ys.shape).toEqual([2]);
  });

  test("refuses a step that changes the form, the shape or the dtype of the carry", () => {
    const steps = (step: (h: never) => unknown, init: unknown = tensor([1, 2])) =>
      complaint(() => scan(wrong(step), wrong(init), undefined, { length: 2 }));
    expect(steps((h: Tensor) => [h.sum(), h])).toBe(
      "ShapeError: scan: carry: expected the shape of init, [2], got [].",
    );
    expect(steps((h: Tensor) => [h.cast("float64"), h])).toBe(
      "DTypeError: scan: carry: expected the dtype of init, float32, got float64. Cast the one or the other.",
    );
    expect(steps((h: Tensor) => [h.cast("float32"), h], tensor(1, { dtype: "int32" }))).toMatch(
      /^DTypeError: scan: carry: expected the dtype of init, int32, got float32\./,
    );
    expect(steps((h: Tensor) => [[h], h])).toBe(
      "ShapeError: scan: carry: expected the form of init, got an array of length 1.",
    );
    expect(steps(({ a }: { a: Tensor }) => [{ b: a }, a], { a: 1 })).toMatch(
      /^ShapeError: scan: carry\.a: expected the form of init, got nothing\.$/,
    );
  });

  // Truncation would be silent; add and where refuse such numbers, too.
  test("refuses a plain number that is not whole for an int32 carry", () => {
    const one = tensor(1, { dtype: "int32" });
    const twice = { length: 2 };
    const said = /^DTypeError: scan: /;
    expect(complaint(() => scan(() => [one, one], 0.5, undefined, twice))).toMatch(said);
    expect(complaint(() => scan((h: Tensor) => [0.5, h], one, undefined, twice))).toMatch(said);
  });

  test("refuses a step that returns no pair, is none or reads a value", () => {
    const steps = (step: unknown) =>
      complaint(() => scan(wrong(step), tensor(1), undefined, { length: 2 }));
    for (const returned of [tensor(1), [tensor(1)], [1, 2, 3], undefined]) {
      expect(steps(() => returned)).toMatch(
        /^ArgumentError: scan: step: expected a function that returns \[carry, y\], got /,
      );
    }
    expect(steps(3)).toMatch(/^ArgumentError: scan: step: .* got 3\.$/);
    expect(steps((h: Tensor) => [h.mul(h.item()), h])).toMatch(
      /^RecordingError: item: .*a function of scan/,
    );
    expect(steps(async (h: Tensor) => [h, h])).toMatch(
      /^ArgumentError: scan: step: .* an async function/,
    );
  });

  test("refuses rows of different number, scalars among xs, and no number of steps", () => {
    const over = (xs: unknown, options?: unknown) =>
      complaint(() => scan(wrong(same), tensor(1), wrong(xs), wrong(options)));
    expect(over([tensor([1, 2]), tensor([1])])).toBe(
      "ShapeError: scan: xs[1]: expected 2 rows, got 1.",
    );
    expect(over(tensor([1, 2]), { length: 3 })).toBe(
      "ShapeError: scan: xs: expected 3 rows, got 2.",
    );
    expect(over([tensor([1, 2]), 3])).toMatch(
      /^ShapeError: scan: xs\[1\]: expected a tensor with a first axis, .* got a scalar\. /,
    );
    expect(over(undefined)).toBe(
      "ArgumentError: scan: length: expected the number of steps, where there are no xs, got nothing.",
    );
    for (const length of [-1, 1.5, "2"]) {
      expect(over(undefined, { length })).toMatch(/^ArgumentError: scan: .*length/);
    }
    expect(over(tensor([1]), { reverse: 1 })).toMatch(/^ArgumentError: scan: .*reverse/);
    expect(over(tensor([1]), { backwards: true })).toMatch(/^ArgumentError: scan: .*backwards/);
  });
});

test("collects what trees of one leaf give", () => {
  const [carry, ys] = scan(
    (h: { a: Tensor }): [{ a: Tensor }, [Tensor]] => [{ a: h.a.add(1) }, [h.a]],
    { a: double(0) },
    undefined,
    { length: 2 },
  );
  expectClose([carry.a, at(ys, 0), ...treeLeaves({})], [double(2), double([0, 1])], 0);
});
