/**
 * Brent's method for the root of a function of one number between two ends at which it has different signs
 * (R. P. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 4).
 */

import { type Tensor, where, whileLoop } from "@graddiff/core";
import type { NewtonSettings } from "./newton.ts";
import { epsilonOf, whole } from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, STALLED, UNFINISHED } from "./outcome.ts";

interface State {
  /**
   * The best point (b), the previous best point (a) and the other end of the interval (c), with the function values
   * there.
   */
  readonly b: Tensor;
  readonly a: Tensor;
  readonly c: Tensor;
  readonly ofB: Tensor;
  readonly ofA: Tensor;
  readonly ofC: Tensor;
  /** The last step, and the step before it. */
  readonly step: Tensor;
  readonly before: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
}

/** Finds x with fn(x) = 0 between two ends, all of them vectors of one element. */
export function brent(
  fn: (x: Tensor) => Tensor,
  [low, high]: readonly [Tensor, Tensor],
  { tolerance, absolute, maxIterations }: NewtonSettings,
): Found {
  const epsilon = epsilonOf(low.dtype);
  const [ofLow, ofHigh] = [fn(low), fn(high)];
  const isGood = ofLow.isFinite().logicalAnd(ofHigh.isFinite());
  const isAround = ofLow.sign().mul(ofHigh.sign()).lessEqual(0);
  const start = where(isGood, where(isAround, UNFINISHED, STALLED), NOT_FINITE).cast("int32");
  const init: State = ordered({
    ...{ a: low, b: high, c: low, ofA: ofLow, ofB: ofHigh, ofC: ofLow },
    ...{ step: high.sub(low), before: high.sub(low), status: start, iterations: whole(0) },
  });
  const last = whileLoop(
    ({ status, iterations }: State) =>
      status.all().logicalNot().logicalAnd(iterations.less(maxIterations)),
    (state: State) => {
      const { a, b, c, ofA, ofB, ofC, step, before } = state;
      const least = b
        .abs()
        .mul(2 * epsilon)
        .add(
          b
            .abs()
            .mul(tolerance)
            .maximum(absolute || TINY)
            .mul(0.5),
        );
      const middle = c.sub(b).mul(0.5);
      // The secant through two points, or inverse quadratic interpolation through three.
      const s = ofB.div(ofA);
      const [q, r] = [ofA.div(ofC), ofB.div(ofC)];
      const isSecant = a.equal(c);
      const p0 = where(
        isSecant,
        middle.mul(2).mul(s),
        s.mul(
          middle
            .mul(2)
            .mul(q)
            .mul(q.sub(r))
            .sub(b.sub(a).mul(r.sub(1))),
        ),
      );
      const q0 = where(isSecant, s.neg().add(1), q.sub(1).mul(r.sub(1)).mul(s.sub(1)));
      const turned = where(p0.greater(0), q0.neg(), q0);
      const size = p0.abs();
      const bound = middle.mul(turned).mul(3).sub(least.mul(turned).abs());
      const isInside = size.mul(2).less(bound.minimum(before.mul(turned).abs()));
      const isUseful = before
        .abs()
        .greaterEqual(least)
        .logicalAnd(ofA.abs().greater(ofB.abs()))
        .logicalAnd(isInside);
      const next = where(isUseful, size.div(where(isUseful, turned, 1)), middle);
      const far = where(
        next.abs().greater(least),
        next,
        where(middle.greater(0), least, least.neg()),
      );
      const [b1, ofB1] = [b.add(far), fn(b.add(far))];
      const same = ofB1.sign().mul(ofC.sign()).greater(0);
      const after = ordered({
        ...{ a: b, ofA: ofB, b: b1, ofB: ofB1 },
        c: where(same, b, c),
        ofC: where(same, ofB, ofC),
        step: where(same, b1.sub(b), next),
        before: where(same, b1.sub(b), where(isUseful, step, middle)),
        ...{ status: state.status, iterations: state.iterations.add(1) },
      });
      const width = after.c.sub(after.b).abs().mul(0.5);
      const rest = after.b.abs().mul(2 * epsilon);
      const near = rest.add(
        after.b
          .abs()
          .mul(tolerance)
          .maximum(absolute || TINY)
          .mul(0.5),
      );
      const isFound = width.lessEqual(near).logicalOr(after.ofB.equal(0));
      const status = where(ofB1.isFinite(), where(isFound, CONVERGED, UNFINISHED), NOT_FINITE);
      return { ...after, status: status.cast("int32") };
    },
    init,
  );
  const { b, iterations } = last;
  const status = last.status.reshape([]);
  return { x: b, progress: { status, iterations, evaluations: iterations.add(2) } };
}

/** The least width of an interval: at a root at zero a relative tolerance would never be met. */
const TINY = 1e-300;

/** Exchanges the ends of the interval if needed, so that b is the one with the smaller function value. */
function ordered(state: State): State {
  const isBetter = state.ofC.abs().less(state.ofB.abs());
  const choose = (first: Tensor, second: Tensor) => where(isBetter, first, second);
  return {
    ...state,
    a: choose(state.b, state.a),
    ofA: choose(state.ofB, state.ofA),
    b: choose(state.c, state.b),
    ofB: choose(state.ofC, state.ofB),
    c: choose(state.b, state.c),
    ofC: choose(state.ofB, state.ofC),
  };
}
