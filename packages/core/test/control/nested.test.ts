/**
 * The ops in each other: each one of several results or with a body, within each one with a body.
 */

import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  concat,
  cond,
  customGradient,
  grad,
  scan,
  split,
  type Tensor,
  topK,
  vjp,
} from "../../src/index.ts";
import { at, double, expectClose, inEveryMode, RUNNERS } from "./support.ts";

type Map = (x: Tensor) => Tensor;
interface Pair {
  readonly fn: Map;
  readonly plain: Map;
}

const first = (x: Tensor) => x.slice([0], [1]).reshape([]);

/** From three elements to three. */
const INNER: Readonly<Record<string, Pair>> = {
  split: {
    fn: (x) => {
      const [a, b] = split(x, [1, 2]) as [Tensor, Tensor];
      return concat([b.mul(a.sin()), a.square()]);
    },
    plain: (x) => concat([x.slice([1]).mul(x.slice([0], [1]).sin()), x.slice([0], [1]).square()]),
  },
  topK: {
    fn: (x) => concat([topK(x, 2).values.sin(), x.slice([1], [2])]),
    plain: (x) => {
      const order = Array.from(x.data(), (value, i) => ({ value, i }));
      order.sort((a, b) => b.value - a.value);
      const top = order.slice(0, 2).map(({ i }) => x.slice([i], [i + 1]).sin());
      return concat([...top, x.slice([1], [2])]);
    },
  },
  cond: {
    fn: (x) =>
      cond(
        x.sum().greater(0.2),
        () => x.sin(),
        () => x.mul(x).sub(1),
      ),
    plain: (x) => (x.sum().item() > 0.2 ? x.sin() : x.mul(x).sub(1)),
  },
  scan: {
    fn: (x) => {
      const [last, rows] = scan(
        (h: Tensor, row: Tensor): [Tensor, Tensor] => [h.mul(row).add(x).tanh(), h.mul(row)],
        x.cos(),
        x,
      );
      return last.add(rows.sum(0));
    },
    plain: (x) => {
      let h = x.cos();
      let sum = x.mul(0);
      for (let n = 0; n < 3; n++) {
        const row = x.slice([n], [n + 1]).reshape([]);
        sum = sum.add(h.mul(row));
        h = h.mul(row).add(x).tanh();
      }
      return h.add(sum);
    },
  },
  checkpoint: {
    fn: checkpoint((x: Tensor) => x.sin().mul(x.exp())),
    plain: (x) => x.sin().mul(x.exp()),
  },
  customGradient: {
    fn: customGradient(
      (x: Tensor) => x.exp().mul(x),
      (g, [x]) => [g.mul(x.exp()).mul(x.add(1))],
    ),
    plain: (x) => x.exp().mul(x),
  },
};

/** What puts a function into a body, and the same in plain code. */
const OUTER: Readonly<Record<string, { fn: (inner: Map) => Map; plain: (inner: Map) => Map }>> = {
  cond: {
    fn: (inner) => (x) =>
      cond(
        first(x).less(0.4),
        () => inner(x.mul(0.7)),
        () => inner(x.neg()).mul(x),
      ),
    plain: (inner) => (x) => (first(x).item() < 0.4 ? inner(x.mul(0.7)) : inner(x.neg()).mul(x)),
  },
  scan: {
    fn: (inner) => (x) => {
      const [last, ys] = scan(
        (h: Tensor, row: Tensor): [Tensor, Tensor] => [inner(h.mul(row)), inner(h.add(x))],
        x,
        double([0.5, -0.8]),
      );
      return last.add(ys.sum(0));
    },
    plain: (inner) => (x) => {
      const second = inner(x.mul(0.5));
      return inner(second.mul(-0.8))
        .add(inner(x.add(x)))
        .add(inner(second.add(x)));
    },
  },
  checkpoint: {
    fn: (inner) => (x) => checkpoint((x: Tensor) => inner(x.mul(0.9)).sin())(x).add(x),
    plain: (inner) => (x) => inner(x.mul(0.9)).sin().add(x),
  },
  customGradient: {
    fn: (inner) => {
      const fn = customGradient(
        (x: Tensor) => inner(x.mul(0.9)).sin(),
        (g, [x]) => [at(vjp((x: Tensor) => inner(x.mul(0.9)).sin())(x).pullback(g), 0)],
      );
      return (x) => fn(x).mul(x);
    },
    plain: (inner) => (x) => inner(x.mul(0.9)).sin().mul(x),
  },
};

for (const [around, { fn, plain }] of Object.entries(OUTER)) {
  for (const [within, inner] of Object.entries(INNER)) {
    inEveryMode(`${within} in ${around}`, {
      shapes: [[3]],
      low: -1,
      high: 1,
      seed: 2,
      fn: fn(inner.fn),
      plain: plain(inner.plain),
      // Forward mode takes the barrier of checkpoint for a slope that depends on the cotangents.
      ...(around === "customGradient" && within === "checkpoint"
        ? { failing: /tangents|central differences/ }
        : {}),
    });
  }
}

inEveryMode("a scan in a cond in a scan", {
  seed: 4,
  shapes: [[2], [3, 2]],
  low: -1,
  high: 1,
  fn: (x, rows) =>
    scan(
      (h: Tensor, row: Tensor): [Tensor, Tensor] => {
        const next = cond(
          row.sum().greater(0),
          () =>
            scan(
              (k: Tensor): [Tensor, Tensor] => [k.mul(row).add(h).sin(), k.mul(x).sum()],
              h,
              undefined,
              { length: 2 },
            ),
          () => [h.cos(), row] as [Tensor, Tensor],
        );
        return [next[0], next[1].sum()];
      },
      x,
      rows,
    ),
  plain: (x, rows) => {
    let h = x;
    const ys: Tensor[] = [];
    for (let n = 0; n < 3; n++) {
      const row = rows.slice([n], [n + 1]).reshape([2]);
      if (row.sum().item() > 0) {
        const second = h.mul(row).add(h).sin();
        ys.push(h.mul(x).sum().add(second.mul(x).sum()).reshape([1]));
        h = second.mul(row).add(h).sin();
      } else {
        ys.push(row.sum().reshape([1]));
        h = h.cos();
      }
    }
    return [h, concat(ys)];
  },
});

describe("captures of an outer gradient", () => {
  const inBodies: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
    checkpoint: (x, w) => checkpoint((x: Tensor) => x.mul(w).sin())(x),
    cond: (x, w) =>
      cond(
        x.greater(w.mul(-10)),
        () => x.mul(w).sin(),
        () => x,
      ),
    scan: (x, w) =>
      scan((h: Tensor): [Tensor, never[]] => [h.mul(w).sin(), []], x, undefined, { length: 1 })[0],
  };

  test.each(Object.entries(inBodies))("by %s are differentiated to second order", (_, body) => {
    // ∂/∂w of ∂/∂x of sin(x w) is cos(x w) − x w sin(x w), and of that once more.
    const [x, w] = [0.7, 1.3];
    const mixed = (w: Tensor) => grad((x: Tensor) => body(x, w))(double(x));
    const twice = (w: Tensor) => grad((w: Tensor) => body(double(x), w))(w);
    for (const run of Object.values(RUNNERS)) {
      const got = run((w) => [grad(mixed)(w as Tensor), grad(twice)(w as Tensor)])(double(w));
      const product = x * w;
      const expected = [
        Math.cos(product) - product * Math.sin(product),
        -x * x * Math.sin(product),
      ];
      expectClose(got, expected.map(double));
    }
  });
});

test("each application of a function records its body anew, so that shapes may differ", () => {
  const square = checkpoint((x: Tensor) => x.mul(x).sum());
  const own = customGradient(
    (x: Tensor) => x.mul(2).sum(),
    (g, [x]) => [g.mul(x)],
  );
  const loss = (x: Tensor, y: Tensor) => square(x).add(square(y)).add(own(x)).add(own(y));
  const both = grad(loss, { argnums: [0, 1] });
  const [x, y] = [double([1, 2]), double([[3], [4], [5]])];
  for (const each of [both, compile(both), compile(both, { backend: "js" })]) {
    expectClose(each(x, y), [x.mul(3), y.mul(3)]);
  }
  let runs = 0;
  const counted = checkpoint((x: Tensor) => {
    runs++;
    return x.mul(2);
  });
  counted(x);
  counted(y);
  expect(runs).toBe(2);
});
