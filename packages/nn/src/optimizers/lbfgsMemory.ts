/**
 * The memory of L-BFGS: pairs of steps and changes of the gradient, which represent an inverse Hessian. Nocedal and
 * Wright, Numerical Optimization, 2nd edition, 2006, section 7.2.
 */

import { arange, concat, forLoop, type Tensor, Variable, where, zeros } from "@graddiff/core";
import { at, scalar } from "../basics.ts";

/** Pairs in float64, the newest first. */
export interface Pairs<Value = Tensor> {
  /** Differences of points, [history, n]. */
  readonly steps: Value;
  /** Differences of the gradients there, [history, n]. */
  readonly changes: Value;
  /** The number of pairs, an int32 scalar. Rows from there on have no meaning. */
  readonly count: Value;
}

/** Returns a memory without pairs, in Variables, so that `state` has them. */
export function newMemory(history: number, size: number): Pairs<Variable> {
  const rows = () =>
    new Variable(zeros([history, size], { dtype: "float64" }), { trainable: false });
  const count = new Variable(scalar(0, "int32"), { trainable: false });
  return { steps: rows(), changes: rows(), count };
}

/** Returns the pairs with a new one instead of the oldest; unchanged if rounding makes its curvature meaningless. */
export function remember(pairs: Pairs, step: Tensor, change: Tensor): Pairs {
  const keeps = dot(step, change).greater(dot(change, change).mul(Number.EPSILON));
  const history = at(pairs.steps.shape, 0);
  const pushed = (rows: Tensor, row: Tensor) =>
    where(keeps, concat([row.expandDims(0), rows.slice([0], [history - 1])]), rows);
  return {
    steps: pushed(pairs.steps, step),
    changes: pushed(pairs.changes, change),
    count: pairs.count.add(keeps.cast("int32")).minimum(history),
  };
}

/**
 * Returns minus the inverse Hessian, which the pairs represent, times the gradient: algorithm 7.4, the two-loop
 * recursion.
 */
export function directionOf({ steps, changes, count }: Pairs, gradient: Tensor): Tensor {
  const indices = arange(at(steps.shape, 0), { dtype: "int32" });
  const none = zeros([indices.size], { dtype: "float64" });
  type Carry = readonly [direction: Tensor, parts: Tensor];
  const [back, parts] = forLoop(
    scalar(0, "int32"),
    count,
    (i, [direction, parts]: Carry): Carry => {
      const [step, change] = [steps.take(i), changes.take(i)];
      const part = dot(step, direction).div(dot(step, change));
      return [direction.sub(change.mul(part)), where(indices.equal(i), part, parts)];
    },
    [gradient.neg(), none],
  );
  const [step, change] = [rowOf(steps), rowOf(changes)];
  // Equation 7.20: the size of the inverse Hessian along the newest step.
  const scale = where(count.equal(0), 1, dot(step, change).div(dot(change, change)));
  return forLoop(
    scalar(0, "int32"),
    count,
    (k, direction: Tensor): Tensor => {
      const i = count.sub(k).sub(1);
      const [step, change] = [steps.take(i), changes.take(i)];
      const part = dot(change, direction).div(dot(step, change));
      return direction.add(step.mul(parts.take(i).sub(part)));
    },
    back.mul(scale),
  );
}

/** Returns the first row. */
function rowOf(rows: Tensor): Tensor {
  return rows.slice([0], [1]).reshape(rows.shape.slice(1));
}

/** Returns the dot product Σ x · y. */
export function dot(x: Tensor, y: Tensor): Tensor {
  return x.mul(y).sum();
}
