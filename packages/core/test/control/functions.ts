/**
 * Functions from three elements to three, which use bodies or ops of several results; and functions that put another
 * function into a body. Each comes with an equivalent in plain control flow.
 */

import {
  checkpoint,
  concat,
  cond,
  customGradient,
  scan,
  split,
  type Tensor,
  topK,
  vjp,
} from "../../src/index.ts";
import { at, double } from "./support.ts";

export type Vectors = (x: Tensor) => Tensor;
/** A function, and its equivalent in plain control flow. */
export interface Pair {
  readonly fn: Vectors;
  readonly plain: Vectors;
}

const first = (x: Tensor) => x.slice([0], [1]).reshape([]);

/** Functions from three elements to three. */
export const INNER: Readonly<Record<string, Pair>> = {
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

/** Functions that put another one into a body, with their equivalents in plain control flow. */
export const OUTER: Readonly<
  Record<string, { fn: (inner: Vectors) => Vectors; plain: (inner: Vectors) => Vectors }>
> = {
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
        double([0.5, -0.8]).cast(x.dtype),
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
