import { compile, grad, jvp, type Tensor, tensor, whileLoop } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { at } from "./at.ts";
import { descend, gradientBy, type Mode } from "./descent.ts";
import { callsOf, variants } from "./variants.ts";

const float64 = { dtype: "float64" } as const;

/** A vector as two scalars and not as one tensor, so that steps compile to straight-line code. */
interface Vector {
  readonly across: Tensor;
  readonly up: Tensor;
}

/** The position of a particle, and its velocity. */
interface Flight {
  readonly x: Vector;
  readonly v: Vector;
}

const vector = (across: number, up: number): Vector => ({
  across: tensor(across, float64),
  up: tensor(up, float64),
});
const start: Flight = { x: vector(0, 8), v: vector(0.75, 0) };
const interval = 0.1;

/** Returns the potential of charges at (10, 10 − w) and (10, 0). */
function potential(x: Vector, w: Tensor): Tensor {
  const distance = (height: Tensor | number) =>
    x.across.sub(10).square().add(x.up.sub(height).square()).sqrt();
  return distance(w.neg().add(10)).reciprocal().add(distance(0).reciprocal());
}

/** Returns the gradient of the potential. */
function slope(mode: Mode, x: Vector, w: Tensor): Vector {
  const ofPlace = (x: Vector) => potential(x, w);
  if (mode === "reverse") return grad(ofPlace)(x);
  const along = (across: number, up: number) => jvp(ofPlace)([x], [{ across, up }]).tangent;
  return { across: along(1, 0), up: along(0, 1) };
}

/** Makes a step of Euler's method. The force is the gradient of the potential, by the inner mode. */
function step(inner: Mode, { x, v }: Flight, w: Tensor): Flight {
  const force = slope(inner, x, w);
  const moved = (from: Vector, by: Vector, factor: number): Vector => ({
    across: from.across.add(by.across.mul(factor)),
    up: from.up.add(by.up.mul(factor)),
  });
  return { x: moved(x, v, interval), v: moved(v, force, -interval) };
}

/**
 * Returns the squared horizontal position at which the particle meets the ground, on a straight line from its last step.
 */
function landing({ x, v }: Flight): Tensor {
  return x.across.sub(x.up.div(v.up).mul(v.across)).square();
}

/** A flight at a step and at the next step. */
interface Flying {
  readonly now: Flight;
  readonly next: Flight;
}

/** The bound of the number of steps, which no flight reaches. */
const most = 1000;

/** Returns the w, a scalar, with which the particle lands nearest to the origin. The descent begins at `first`. */
export function bestCharge(outer: Mode, inner: Mode, first = 0): () => Tensor {
  const missed = (w: Tensor) => {
    const charge = at(w, 0);
    const flown = whileLoop(
      ({ next }: Flying) => next.x.up.greater(0),
      ({ next }: Flying): Flying => ({ now: next, next: step(inner, next, charge) }),
      { now: start, next: step(inner, start, charge) },
      { maxSteps: most },
    );
    return landing(flown.now);
  };
  return compile(() => descend(missed, gradientBy(outer, missed), tensor([first], float64)).x);
}

/** The expected value, which GradBench has stored. */
const stored = 0.2071918746486116;

export const particle: Eval<number, null> = {
  name: "particle",
  description: "the best charge for a particle's flight, by outer and inner mode",
  functions: Object.keys(variants),
  score: "fastest",
  sizes: [0],
  nameOf: (w) => `w=${w}`,
  input: () => null,
  prepare: () =>
    callsOf((outer, inner) => {
      const best = bestCharge(outer, inner);
      return () => [best()];
    }),
  expected: () => callsOf(() => () => [[stored]]),
};
