/** The methods of {@link minimize}: how each chooses a direction from the gradients and steps so far. */

import { concat, eye, hessian, outer, type Tensor, where, zeros } from "@graddiff/core";
import { eigh } from "@graddiff/core/linalg";
import { divided, epsilonOf, normOf } from "./numbers.ts";

/** An accepted step. */
export interface Seen {
  readonly step: Tensor;
  /** The change of the gradient. */
  readonly change: Tensor;
}

/** A direction, and the state of the method. */
export interface Direction {
  readonly direction: Tensor;
  /** True if its length was derived from observed curvature, so that a short one is evidence of a near minimum. */
  readonly isScaled: Tensor;
  /** True if the Hessian has a negative eigenvalue, and true if all are positive; undefined without a Hessian. */
  readonly isSaddle?: Tensor;
  readonly isConvex?: Tensor;
}

/** A method that chooses directions. Its memory is a list of tensors. */
export interface Way {
  readonly begin: (x: Tensor) => readonly Tensor[];
  readonly seen: (memory: readonly Tensor[], seen: Seen) => readonly Tensor[];
  /** Returns a descent direction, which is 0 for fixed unknowns, whose `free` is 0. */
  readonly direction: (
    memory: readonly Tensor[],
    x: Tensor,
    gradient: Tensor,
    free: Tensor,
  ) => Direction;
}

const dot = (x: Tensor, y: Tensor) => x.mul(y).sum();

/** Returns a bool: true if the slope has increased along a step, as it does where the function is convex. */
function isConvex(step: Tensor, change: Tensor): Tensor {
  const products = step.mul(change);
  return products.sum().greater(products.abs().sum().mul(epsilonOf(step.dtype)));
}

/** The factor by which directions become longer after a step along which no positive curvature was seen. */
const LONGER = 10;

/** The length of the first step relative to the unknowns, at which gradients differ by more than rounding. */
const VISIBLE = 1e-3;

/** Returns the first direction: downhill, of length at most 1 but long enough to see curvature. Lengths are 1-norms. */
function downhill(x: Tensor, gradient: Tensor): Tensor {
  const size = gradient.abs().sum();
  const length = size.minimum(1).maximum(x.abs().sum().mul(VISIBLE));
  return gradient.mul(divided(length, size)).neg();
}

/** The method of Broyden, Fletcher, Goldfarb and Shanno (J. Nocedal and S. J. Wright, 2006, section 6.1). */
export const bfgs: Way = {
  // The inverse of the Hessian as it has been seen, the number of its steps, and the factor of directions.
  begin: (x) => {
    const zero = zeros([], { dtype: x.dtype });
    return [eye(x.size, x.size, { dtype: x.dtype }), zero, zero.add(1)];
  },
  seen: ([inverse, count, stretch], { step, change }) => {
    const [before, steps] = [inverse as Tensor, count as Tensor];
    const isGood = isConvex(step, change);
    const product = where(isGood, dot(step, change), 1);
    const scale = product.div(where(isGood, dot(change, change), 1));
    const first = where(steps.equal(0), before.mul(scale), before);
    const turned = first.matmul(change);
    const factor = dot(change, turned).div(product).add(1).div(product);
    const mixed = outer(turned, step).add(outer(step, turned)).div(product);
    const next = first.sub(mixed).add(outer(step, step).mul(factor));
    return [
      where(isGood, next, before),
      steps.add(isGood.cast(steps.dtype)),
      where(isGood, 1, (stretch as Tensor).mul(LONGER)),
    ];
  },
  direction: ([inverse, count, stretch], x, gradient, free) => {
    const freeGradient = gradient.mul(free);
    const isScaled = (count as Tensor).greater(0);
    const turned = (inverse as Tensor).matmul(freeGradient).mul(free).neg();
    const direction = where(isScaled, turned, downhill(x, freeGradient)).mul(stretch as Tensor);
    return { direction, isScaled };
  },
};

/** The last steps that the method of limited memory keeps. */
const KEPT = 10;

/** The same of the last steps alone, by two loops over them (section 7.2 there). */
export const lbfgs: Way = {
  // Steps and changes of the gradient, the newest first, the inverses of their products, 0 for none, and a factor.
  begin: (x) => {
    const rows = zeros([KEPT, x.size], { dtype: x.dtype });
    const one = zeros([], { dtype: x.dtype }).add(1);
    return [rows, rows, zeros([KEPT], { dtype: x.dtype }), one];
  },
  seen: (memory, { step, change }) => {
    const isGood = isConvex(step, change);
    const inverse = where(isGood, dot(step, change), 1).reciprocal();
    const first = [step, change, inverse];
    const stretch = memory[KEPT_LISTS] as Tensor;
    const lists = memory.slice(0, KEPT_LISTS).map((rows, i) => {
      const own = (first[i] as Tensor).reshape([1, ...rows.shape.slice(1)]);
      return where(isGood, concat([own, rows.slice([0], [KEPT - 1])]), rows);
    });
    return [...lists, where(isGood, 1, stretch.mul(LONGER))];
  },
  direction: ([steps, changes, inverses, stretch], x, gradient, free) => {
    const [s, y, r] = [steps as Tensor, changes as Tensor, inverses as Tensor];
    const own = gradient.mul(free);
    let turned = own;
    const factors: Tensor[] = [];
    for (let i = 0; i < KEPT; i++) {
      const factor = r.at(i).mul(dot(s.at(i), turned));
      factors.push(factor);
      turned = turned.sub(y.at(i).mul(factor));
    }
    const isScaled = r.at(0).greater(0);
    const size = where(isScaled, dot(y.at(0), y.at(0)).mul(r.at(0)), 1);
    turned = turned.div(size);
    for (let i = KEPT - 1; i >= 0; i--) {
      const factor = r.at(i).mul(dot(y.at(i), turned));
      turned = turned.add(s.at(i).mul((factors[i] as Tensor).sub(factor)));
    }
    const chosen = where(isScaled, turned.mul(free).neg(), downhill(x, own));
    return { direction: chosen.mul(stretch as Tensor), isScaled };
  },
};

/** The number of tensors in the memory of the method of limited memory that are lists of steps. */
const KEPT_LISTS = 3;

/**
 * The greatest length of a step of Newton's method, in units of the norm of the unknowns or of 1, whichever is greater.
 */
const FARTHEST = 100;

/**
 * Newton's method with the absolute values of the Hessian's eigenvalues, which descends also where the function is not
 * convex (J. Greenstadt, "On the relative efficiencies of gradient methods", 1967), in units in which the Hessian's
 * diagonal is 1.
 */
export const newtonWay = (fn: (x: Tensor) => Tensor): Way => ({
  begin: () => [],
  seen: (memory) => memory,
  direction: (_memory, x, gradient, free) => {
    const found = hessian(fn)(x);
    const n = x.size;
    const identity = eye(n, n, { dtype: x.dtype });
    const whole = where(found.isFinite().all(), found, identity);
    const curvatures = whole.mul(identity).sum(0).abs();
    const isCurved = curvatures.greater(0);
    const units = where(isCurved, where(isCurved, curvatures, 1).rsqrt(), 1);
    const scaled = whole.mul(outer(units.mul(free), units.mul(free)));
    const { values, vectors } = eigh(scaled.add(identity.mul(free.neg().add(1))));
    const sizes = values.abs();
    const own = vectors.transpose().matmul(gradient.mul(units).mul(free));
    const farthest = normOf(x.div(units)).maximum(1).mul(FARTHEST);
    const rounding = sizes.max().mul(epsilonOf(x.dtype) ** 0.75);
    const least = rounding.maximum(normOf(own).div(farthest));
    const parts = own.div(where(least.greater(0), sizes.maximum(least), 1));
    return {
      direction: vectors.matmul(parts).mul(units).mul(free).neg(),
      isScaled: x.equal(x).all(),
      isSaddle: values.min().less(rounding.neg()),
      isConvex: values.min().greater(rounding),
    };
  },
});
