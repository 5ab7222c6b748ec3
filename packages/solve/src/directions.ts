/** The directions of a minimization, from what it has seen of the function: the methods of {@link minimize}. */

import { concat, eye, hessian, outer, type Tensor, where, zeros } from "@graddiff/core";
import { eigh } from "@graddiff/core/linalg";
import { epsilonOf } from "./numbers.ts";

/** A way to choose directions. What it has seen is a list of tensors. */
export interface Way {
  readonly begin: (x: Tensor) => readonly Tensor[];
  /** @param step the last step; `change` that of the gradient. */
  readonly seen: (memory: readonly Tensor[], step: Tensor, change: Tensor) => readonly Tensor[];
  /** Returns a direction that leads down, without the unknowns that are not free, whose `free` is 0. */
  readonly direction: (
    memory: readonly Tensor[],
    x: Tensor,
    gradient: Tensor,
    free: Tensor,
  ) => Tensor;
}

const dot = (x: Tensor, y: Tensor) => x.mul(y).sum();

/** Returns whether the gradient has grown along the step, as it does where the function is convex. */
function isConvex(step: Tensor, change: Tensor): Tensor {
  const least = dot(step, step).mul(dot(change, change)).sqrt().mul(epsilonOf(step.dtype));
  return dot(step, change).greater(least);
}

/** Returns the first direction: downhill, and no longer than 1. */
function downhill(gradient: Tensor): Tensor {
  return gradient.div(dot(gradient, gradient).sqrt().maximum(1)).neg();
}

/** The method of Broyden, Fletcher, Goldfarb and Shanno (J. Nocedal and S. J. Wright, 2006, section 6.1). */
export const bfgs: Way = {
  // The inverse of the Hessian as it has been seen, and how many steps it is of.
  begin: (x) => [eye(x.size, x.size, { dtype: x.dtype }), zeros([], { dtype: x.dtype })],
  seen: ([inverse, count], step, change) => {
    const [before, steps] = [inverse as Tensor, count as Tensor];
    const isGood = isConvex(step, change);
    const product = where(isGood, dot(step, change), 1);
    const scale = product.div(where(isGood, dot(change, change), 1));
    const first = where(steps.equal(0), before.mul(scale), before);
    const turned = first.matmul(change);
    const factor = dot(change, turned).div(product).add(1).div(product);
    const mixed = outer(turned, step).add(outer(step, turned)).div(product);
    const next = first.sub(mixed).add(outer(step, step).mul(factor));
    return [where(isGood, next, before), steps.add(isGood.cast(steps.dtype))];
  },
  direction: ([inverse, count], _x, gradient, free) => {
    const own = gradient.mul(free);
    const turned = (inverse as Tensor).matmul(own).mul(free).neg();
    return where((count as Tensor).equal(0), downhill(own), turned);
  },
};

/** The last steps that the method of limited memory keeps. */
const KEPT = 10;

/** The same of the last steps alone, by two loops over them (section 7.2 there). */
export const lbfgs: Way = {
  // Steps and changes of the gradient, the newest first, and the inverses of their products: 0 for none.
  begin: (x) => {
    const rows = zeros([KEPT, x.size], { dtype: x.dtype });
    return [rows, rows, zeros([KEPT], { dtype: x.dtype })];
  },
  seen: (memory, step, change) => {
    const isGood = isConvex(step, change);
    const inverse = where(isGood, dot(step, change), 1).reciprocal();
    const first = [step, change, inverse];
    return memory.map((rows, i) => {
      const own = (first[i] as Tensor).reshape([1, ...rows.shape.slice(1)]);
      return where(isGood, concat([own, rows.slice([0], [KEPT - 1])]), rows);
    });
  },
  direction: ([steps, changes, inverses], _x, gradient, free) => {
    const [s, y, r] = [steps as Tensor, changes as Tensor, inverses as Tensor];
    const own = gradient.mul(free);
    let turned = own;
    const factors: Tensor[] = [];
    for (let i = 0; i < KEPT; i++) {
      const factor = r.at(i).mul(dot(s.at(i), turned));
      factors.push(factor);
      turned = turned.sub(y.at(i).mul(factor));
    }
    const isThere = r.at(0).greater(0);
    const size = where(isThere, dot(y.at(0), y.at(0)).mul(r.at(0)), 1);
    turned = turned.div(size);
    for (let i = KEPT - 1; i >= 0; i--) {
      const factor = r.at(i).mul(dot(y.at(i), turned));
      turned = turned.add(s.at(i).mul((factors[i] as Tensor).sub(factor)));
    }
    return where(isThere, turned.mul(free).neg(), downhill(own));
  },
};

/**
 * Newton's method with the absolute values of the Hessian's eigenvalues, which leads down where the function is not convex
 * (J. Greenstadt, "On the relative efficiencies of gradient methods", 1967).
 */
export const newtonWay = (fn: (x: Tensor) => Tensor): Way => ({
  begin: () => [],
  seen: (memory) => memory,
  direction: (_memory, x, gradient, free) => {
    const found = hessian(fn)(x);
    const n = x.size;
    const unit = eye(n, n, { dtype: x.dtype });
    const whole = where(found.isFinite().all(), found, unit);
    const own = whole.mul(outer(free, free)).add(unit.mul(free.neg().add(1)));
    const { values, vectors } = eigh(own);
    const sizes = values.abs();
    const least = sizes
      .max()
      .mul(epsilonOf(x.dtype) ** 0.75)
      .maximum(Number.MIN_VALUE * 2 ** 60);
    const parts = vectors.transpose().matmul(gradient.mul(free)).div(sizes.maximum(least));
    return vectors.matmul(parts).mul(free).neg();
  },
});
