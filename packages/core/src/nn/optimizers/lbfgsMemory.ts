/**
 * The memory of L-BFGS: pairs of steps and changes of the gradient, which stand for an inverse Hessian. Nocedal and
 * Wright, Numerical Optimization, 2nd edition, 2006, section 7.2.
 */

import { tensor, Variable, zeros } from "../../index.ts";
import { at, readArray, scalar } from "../inside.ts";

/** Numbers in float64, one for each element of the Variables. */
export type Vector = Float64Array;

/** Pairs in Variables, so that `state` has them. */
export class Memory {
  /** Differences of places. */
  readonly steps: readonly Variable[];
  /** Differences of the gradients there. */
  readonly changes: readonly Variable[];
  /** How many pairs there have been since all were forgotten; the next one replaces the oldest. */
  readonly count: Variable = new Variable(scalar(0), { trainable: false });

  constructor(history: number, size: number) {
    const make = () =>
      Array.from(
        { length: history },
        () => new Variable(zeros([size], { dtype: "float64" }), { trainable: false }),
      );
    this.steps = make();
    this.changes = make();
  }

  get isEmpty(): boolean {
    return this.count.value.item() === 0;
  }

  forget(): void {
    this.count.assign(scalar(0));
  }

  /** Keeps a pair, unless its curvature is lost in rounding. */
  remember(step: Vector, change: Vector): void {
    if (!(dot(step, change) > Number.EPSILON * dot(change, change))) return;
    const count = this.count.value.item();
    const place = count % this.steps.length;
    at(this.steps, place).assign(tensor(step));
    at(this.changes, place).assign(tensor(change));
    this.count.assign(scalar(count + 1));
  }

  /** Algorithm 7.4, the two-loop recursion: minus the inverse Hessian, as the pairs have it, times the gradient. */
  direction(gradient: Vector): Vector {
    const direction = gradient.map((each) => -each);
    const pairs = this.#newestFirst();
    const parts = pairs.map(({ step, change, curvature }) => {
      const part = dot(step, direction) / curvature;
      addTo(direction, -part, change);
      return part;
    });
    const [newest] = pairs;
    if (newest === undefined) return direction;
    // Equation 7.20: the size of the inverse Hessian along the newest step.
    const scale = newest.curvature / dot(newest.change, newest.change);
    const scaled = direction.map((each) => each * scale);
    for (let i = pairs.length - 1; i >= 0; i--) {
      const { step, change, curvature } = at(pairs, i);
      addTo(scaled, at(parts, i) - dot(change, scaled) / curvature, step);
    }
    return scaled;
  }

  #newestFirst(): { step: Vector; change: Vector; curvature: number }[] {
    const count = this.count.value.item();
    const history = this.steps.length;
    return Array.from({ length: Math.min(count, history) }, (_, i) => {
      const place = (count - 1 - i) % history;
      const step = elementsOf(at(this.steps, place));
      const change = elementsOf(at(this.changes, place));
      return { step, change, curvature: dot(step, change) };
    });
  }
}

function elementsOf({ value }: Variable): Vector {
  // The Variables of a memory are of float64 and have an axis.
  return readArray(value, "LBFGS") as Vector;
}

/** The dot product Σ x · y. */
export function dot(x: Vector, y: Vector): number {
  let sum = 0;
  // Its places are inside of both, here and below.
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** The place at a length along a direction: x + length · y. */
export function along(x: Vector, length: number, y: Vector): Vector {
  const result = x.slice();
  addTo(result, length, y);
  return result;
}

/** Adds to a vector: x ← x + factor · y. */
function addTo(x: Vector, factor: number, y: Vector): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + factor * (y[i] as number);
}
