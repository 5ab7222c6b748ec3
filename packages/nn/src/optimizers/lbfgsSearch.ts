/**
 * L-BFGS as one state machine in ops: each call takes an evaluation of the loss, and returns the next state and the
 * point of the next evaluation. Outside of recordings JavaScript calls it; in a recording a loop of the program does.
 */

import { concat, cond, type Tensor, tensor, where, zeros } from "@graddiff/core";
import { at, scalar } from "../basics.ts";
import { directionOf, dot, type Pairs, remember } from "./lbfgsMemory.ts";
import { beginSearch, chosenSearch, judge, type LineSearch, type Verdict } from "./lineSearch.ts";

/** The values of the Variables, with the loss and the gradient there, in float64. */
interface Point {
  readonly values: Tensor;
  readonly loss: Tensor;
  readonly gradient: Tensor;
}

/** The state between two evaluations. */
export interface SearchState {
  /** The point at which the last step has ended. */
  readonly point: Point;
  /** The direction of the line search, and the slope along it at its start. */
  readonly direction: Tensor;
  readonly slope: Tensor;
  readonly search: LineSearch;
  /** The trial of the least loss; of no meaning unless `hasLowest`. */
  readonly lowest: Point;
  readonly hasLowest: Tensor;
  readonly pairs: Pairs;
  /** Counts of steps and of evaluations, int32. */
  readonly steps: Tensor;
  readonly evaluations: Tensor;
  readonly converged: Tensor;
  /** True where there is nothing more to evaluate. */
  readonly isDone: Tensor;
  /** The outcome of the last evaluation: a sum of the bits of {@link OUTCOME}, int32. */
  readonly outcome: Tensor;
}

/** The bits of an outcome. */
export const OUTCOME = {
  /** `isDone`. */
  done: 1,
  /** The evaluated point is the trial of the least loss. */
  lowest: 2,
  /** A step has ended at the evaluated point. */
  here: 4,
  /** A step has ended at the trial of the least loss. */
  atLowest: 8,
} as const;

/** The loss and gradient at the evaluated point. */
export interface Evaluation {
  readonly loss: Tensor;
  /** The gradient of each Variable. */
  readonly gradients: readonly Tensor[];
  /** The values of the Variables, as they are rounded to their dtypes. */
  readonly values: readonly Tensor[];
}

/** Settings that may change from call to call: scalars of float64, and of int32. */
export interface SearchSettings {
  readonly learningRate: Tensor;
  readonly tolerance: Tensor;
  readonly maxSteps: Tensor;
}

/** The assumed relative errors of losses in float32 and float64: 16 and 64 roundings, the error of sums of powers. */
const ROUNDING32 = 2 ** -20;
const ROUNDING64 = 2 ** -46;

/** Returns the state before the first evaluation. */
export function beginning(pairs: Pairs): SearchState {
  const none = zeros([at(pairs.steps.shape, 1)], { dtype: "float64" });
  const zero = tensor(0, { dtype: "float64" });
  const count = scalar(0, "int32");
  const point = { values: none, loss: zero, gradient: none };
  return {
    point,
    direction: none,
    slope: zero,
    search: beginSearch(zero, zero, zero),
    lowest: point,
    hasLowest: tensor(false),
    pairs,
    steps: count,
    evaluations: count,
    converged: tensor(false),
    isDone: tensor(false),
    outcome: count,
  };
}

/**
 * Returns the next state, and the values of the Variables for the next evaluation: after the last one those where the
 * last step has ended.
 *
 * @param searches whether a line search is made: else each trial with a finite loss is a step.
 */
export function advance(
  state: SearchState,
  { loss, gradients, values }: Evaluation,
  settings: SearchSettings,
  searches: boolean,
): { readonly state: SearchState; readonly values: readonly Tensor[] } {
  const { point, hasLowest } = state;
  const here = {
    values: flattened(values),
    loss: loss.cast("float64"),
    gradient: flattened(gradients),
  };
  const part = loss.dtype === "float32" ? ROUNDING32 : ROUNDING64;
  const { accepts, ends, isBlind, next } = verdictOn(state, here, part, searches);
  const isFirst = state.evaluations.equal(0);
  const isTrial = isFirst.logicalNot();
  const isLower = here.loss
    .less(where(hasLowest, state.lowest.loss, point.loss))
    .logicalAnd(isTrial);
  const lowest = chosen(isLower, here, state.lowest);
  const hasAny = hasLowest.logicalOr(isLower);
  const isHere = isFirst.logicalOr(accepts);
  const isAtLowest = isTrial.logicalAnd(ends).logicalAnd(hasAny);
  const fails = isTrial.logicalAnd(ends).logicalAnd(hasAny.logicalNot());
  const isOver = isHere.logicalOr(isAtLowest).logicalOr(fails);
  const { point: before, direction, slope, pairs, steps, converged, isDone } = state;
  const same = { point: before, direction, slope, pairs, steps, converged, isDone };
  const { first, ...after } = cond(
    isOver,
    () => {
      const moved = chosen(fails, before, chosen(isHere, here, lowest));
      const takesStep = isTrial.logicalAnd(fails.logicalNot());
      const kept = rememberIf(takesStep, pairs, moved, before);
      const isStuck = fails.logicalAnd(isBlind.logicalOr(kept.count.equal(0)));
      // The memory may be of another loss, or of other Variables.
      const count = where(fails, 0, kept.count);
      const taken = steps.add(takesStep.cast("int32"));
      return aimed(moved, { ...kept, count }, taken, isStuck, settings);
    },
    () => ({ ...same, first: next.length }),
  );
  const outcome = [
    bit(after.isDone, OUTCOME.done),
    bit(isLower, OUTCOME.lowest),
    bit(isHere, OUTCOME.here),
    bit(isAtLowest, OUTCOME.atLowest),
  ].reduce((sum, bit) => sum.add(bit));
  const anew = beginSearch(after.point.loss, after.slope, first);
  const trial = after.point.values.add(after.direction.mul(first));
  return {
    state: {
      ...after,
      search: chosenSearch(isOver, anew, next),
      lowest,
      hasLowest: hasAny.logicalAnd(isOver.logicalNot()),
      evaluations: state.evaluations.add(1),
      outcome,
    },
    values: splitLike(values, where(after.isDone, after.point.values, trial)),
  };
}

/** Returns the direction from a point, and the first length to be tried there; or the end of all. */
function aimed(
  point: Point,
  pairs: Pairs,
  steps: Tensor,
  isStuck: Tensor,
  { learningRate, tolerance, maxSteps }: SearchSettings,
) {
  const { gradient } = point;
  const direction = directionOf(pairs, gradient);
  const slope = dot(direction, gradient);
  // If the direction of the memory does not descend, the memory is cleared, and the search follows the gradient.
  const isUsed = slope.less(0);
  const steepest = dot(gradient, gradient).neg();
  const count = where(isUsed, pairs.count, 0);
  // Without a memory the gradient has no length scale, so the first length is limited by its norm.
  const part = where(count.equal(0), gradient.abs().sum().reciprocal().minimum(1), 1);
  const converged = gradient.abs().lessEqual(tolerance).all();
  const isDone = converged
    .logicalOr(isStuck)
    .logicalOr(point.loss.isFinite().logicalNot())
    .logicalOr(steps.greaterEqual(maxSteps))
    .logicalOr(steepest.less(0).logicalNot());
  return {
    point,
    direction: where(isUsed, direction, gradient.neg()),
    slope: where(isUsed, slope, steepest),
    pairs: { ...pairs, count },
    steps,
    converged,
    isDone,
    first: learningRate.mul(part),
  };
}

/** Returns the judgement of a trial by the line search. */
function verdictOn(
  { point, direction, slope, search }: SearchState,
  here: Point,
  part: number,
  searches: boolean,
): Verdict {
  if (!searches) {
    const accepts = here.loss.isFinite();
    return { accepts, ends: accepts.logicalNot(), isBlind: tensor(false), next: search };
  }
  // The loss also has the rounding error of its arguments, which dominates near 0.
  const sizes = point.loss.abs().add(point.gradient.mul(point.values).abs().sum());
  const { length } = search;
  const trial = { length, loss: here.loss, slope: dot(direction, here.gradient) };
  return judge(search, { loss: point.loss, slope }, sizes.mul(part), trial);
}

/** Returns the pairs, with a new pair if a step was taken. */
function rememberIf(takesStep: Tensor, pairs: Pairs, after: Point, before: Point): Pairs {
  // A step of zeros has no curvature, so it is not kept.
  const step = where(takesStep, after.values.sub(before.values), 0);
  return remember(pairs, step, after.gradient.sub(before.gradient));
}

/** Returns the first point where a test is true, else the second. */
function chosen(test: Tensor, first: Point, second: Point): Point {
  return {
    values: where(test, first.values, second.values),
    loss: where(test, first.loss, second.loss),
    gradient: where(test, first.gradient, second.gradient),
  };
}

function bit(test: Tensor, value: number): Tensor {
  return test.cast("int32").mul(value);
}

/** Returns the elements of tensors in one vector of float64. */
function flattened(tensors: readonly Tensor[]): Tensor {
  const [first, ...others] = tensors.map((each) => each.reshape([each.size]).cast("float64"));
  if (first === undefined || others.length === 0) return first ?? zeros([0], { dtype: "float64" });
  return concat([first, ...others]);
}

/** Returns the parts of a vector, of the shapes and dtypes of other tensors. */
export function splitLike(tensors: readonly Tensor[], vector: Tensor): readonly Tensor[] {
  let from = 0;
  return tensors.map(({ shape, dtype, size }) => {
    const part = vector.slice([from], [from + size]);
    from += size;
    return part.reshape(shape).cast(dtype);
  });
}
