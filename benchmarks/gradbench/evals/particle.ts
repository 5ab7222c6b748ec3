import { compile, grad, jvp, scan, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { at } from "./at.ts";
import { descend, gradientBy, type Mode } from "./descent.ts";
import { callsOf, variants } from "./variants.ts";

const float64 = { dtype: "float64" } as const;

/** Numbers, not a tensor of two: steps on them compile to straight-line code. */
interface Vector {
  readonly across: Tensor;
  readonly up: Tensor;
}

/** Where a particle is, and how fast. */
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

/** The potential of charges at (10, 10 − w) and (10, 0). */
function potential(x: Vector, w: Tensor): Tensor {
  const distance = (height: Tensor | number) =>
    x.across.sub(10).square().add(x.up.sub(height).square()).sqrt();
  return distance(w.neg().add(10)).reciprocal().add(distance(0).reciprocal());
}

/** The gradient of the potential. */
function slope(mode: Mode, x: Vector, w: Tensor): Vector {
  const ofPlace = (x: Vector) => potential(x, w);
  if (mode === "reverse") return grad(ofPlace)(x);
  const along = (across: number, up: number) => jvp(ofPlace)([x], [{ across, up }]).tangent;
  return { across: along(1, 0), up: along(0, 1) };
}

/** A step of Euler's method; the force is a derivative by the inner mode. */
function step(inner: Mode, { x, v }: Flight, w: Tensor): Flight {
  const force = slope(inner, x, w);
  const moved = (from: Vector, by: Vector, factor: number): Vector => ({
    across: from.across.add(by.across.mul(factor)),
    up: from.up.add(by.up.mul(factor)),
  });
  return { x: moved(x, v, interval), v: moved(v, force, -interval) };
}

/** The squared place at which the particle comes to the ground, straight on from its last step. */
function landing({ x, v }: Flight): Tensor {
  return x.across.sub(x.up.div(v.up).mul(v.across)).square();
}

/**
 * The w, one number, with which the particle lands nearest to the origin. How many steps it flies
 * follows from numbers, and no op loops until a condition holds: so the steps are counted by a loop
 * in JavaScript, and what is differentiated is a scan of that length.
 */
export function bestCharge(outer: Mode, inner: Mode): () => Tensor {
  const compiledStep = compile((flight: Flight, w: Tensor) => step(inner, flight, at(w, 0)));
  const fly = (w: Tensor) => {
    let flight = start;
    for (let steps = 0; ; steps++) {
      const next = compiledStep(flight, w);
      if (next.x.up.item() <= 0) return { flight, steps };
      flight = next;
    }
  };
  const compiledLanding = compile(landing);
  const gradient = compile(
    (w: Tensor, steps: number) =>
      gradientBy(outer, (w) => {
        const body = (flight: Flight): [Flight, []] => [step(inner, flight, at(w, 0)), []];
        return landing(scan(body, start, undefined, { length: steps })[0]);
      })(w),
    { static: [1] },
  );
  return () =>
    descend(
      (w) => compiledLanding(fly(w).flight),
      (w) => gradient(w, fly(w).steps),
      tensor([0], float64),
    );
}

/** What GradBench has stored. */
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
