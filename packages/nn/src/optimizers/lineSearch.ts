/**
 * The line search for the strong Wolfe conditions: a step length along a direction that lowers the loss enough and
 * makes its slope small enough. Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, algorithms 3.5 and 3.6,
 * written in ops as one state machine: a call judges one trial, and gives the length of the next one.
 */

import { type Tensor, tensor, where } from "@graddiff/core";
import { scalar } from "../basics.ts";

/** The loss at a length along the direction. All are float64 scalars. */
export interface Trial {
  /** The length of the step. */
  readonly length: Tensor;
  readonly loss: Tensor;
  /** The derivative of the loss with respect to the length. */
  readonly slope: Tensor;
}

/** The state of a line search between two trials. */
export interface LineSearch {
  /** True where a good length is between `low` and `high` (algorithm 3.6); else lengths still grow (algorithm 3.5). */
  readonly zooms: Tensor;
  /** The trial of the lower loss at one end of the interval; while lengths grow, the last trial. */
  readonly low: Trial;
  /** The trial at the other end. It has no meaning while lengths grow. */
  readonly high: Trial;
  /** True where the next trial is in the middle of the interval, whatever the cubic proposes. */
  readonly halves: Tensor;
  /** The number of trials, int32. */
  readonly trials: Tensor;
  /** The number of trials in the interval whose losses equalled that of the start up to rounding, int32. */
  readonly blind: Tensor;
  /** The length to be tried next. */
  readonly length: Tensor;
}

/** The judgement of a trial. */
export interface Verdict {
  /** True where the trial fulfils the conditions. */
  readonly accepts: Tensor;
  /** True where the search ends without such a trial. */
  readonly ends: Tensor;
  /** True where it ends since losses and slopes tell nothing but their rounding. */
  readonly isBlind: Tensor;
  readonly next: LineSearch;
}

/** c₁ of the sufficient decrease, and c₂ of the curvature, as Nocedal and Wright have them for quasi-Newton methods. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;

/** The greatest number of trials of a search. */
const MOST_TRIALS = 25;

/**
 * The number of trials in an interval that may have the loss of the start but for rounding: slopes of a smooth function
 * find a good length in two or three, so further ones would compare the rounding of slopes.
 */
const MOST_BLIND_TRIALS = 4;

/** The fraction of an interval within which a length is not distinguished from the end of the interval. */
const MARGIN = 1e-3;

/** Returns the state of a search before its first trial, which has the length `length`. `slope` is below 0. */
export function beginSearch(loss: Tensor, slope: Tensor, length: Tensor): LineSearch {
  const start = { length: zero(), loss, slope };
  const none = () => scalar(0, "int32");
  return {
    zooms: tensor(false),
    low: start,
    high: start,
    halves: tensor(false),
    trials: none(),
    blind: none(),
    length,
  };
}

/**
 * Judges a trial by the strong Wolfe conditions.
 *
 * Near a minimum losses differ by less than their rounding, and slopes alone tell what is lower: where a loss is that
 * of the start but for rounding, a slope that has risen to at most (1 − 2 c₁) times its size counts as decrease (the
 * approximate conditions of Hager and Zhang, SIAM J. Optim. 16, 2005), and lengths between trials of equal losses
 * follow from their slopes. Without that the arguments would have half of their digits.
 *
 * @param start the loss and the slope, below 0, at length 0.
 * @param rounding by how much two equal losses may differ.
 * @param trial the loss and the slope at `search.length`. A loss that is NaN is taken as too great.
 */
export function judge(
  search: LineSearch,
  start: Pick<Trial, "loss" | "slope">,
  rounding: Tensor,
  trial: Trial,
): Verdict {
  const { zooms, low, high } = search;
  const isEqual = trial.loss.sub(start.loss).abs().lessEqual(rounding);
  const decreases = trial.loss
    .lessEqual(start.loss.add(trial.length.mul(start.slope).mul(DECREASE)))
    .logicalOr(isEqual.logicalAnd(trial.slope.lessEqual(start.slope.mul(2 * DECREASE - 1))));
  const isFlat = trial.slope.abs().lessEqual(start.slope.mul(-CURVATURE));
  // The start is no trial, so the first trial only has to meet the first condition.
  const isHigher = trial.loss
    .greaterEqual(low.loss)
    .logicalAnd(trial.loss.sub(low.loss).greater(rounding).logicalOr(rounding.equal(0)))
    .logicalAnd(zooms.logicalOr(low.length.notEqual(0)));
  const isHigh = decreases.logicalNot().logicalOr(isHigher);
  const accepts = isFlat.logicalAnd(isHigh.logicalNot());
  // True if the loss rises from the trial towards the other end.
  const width = high.length.sub(low.length);
  const rises = trial.slope.mul(where(zooms, width, 1)).greaterEqual(0);
  const nextLow = chosen(isHigh, low, trial);
  const nextHigh = chosen(isHigh, trial, chosen(rises, low, high));
  const nextZooms = zooms.logicalOr(isHigh).logicalOr(rises);
  const nextWidth = nextHigh.length.sub(nextLow.length);
  // Cubics may come near to one end again and again, and leave the other one at its length.
  const halves = zooms
    .logicalAnd(search.halves.logicalNot())
    .logicalAnd(nextWidth.abs().greater(width.abs().mul(0.5)));
  const first = chosen(nextZooms, nextLow, low);
  const second = chosen(nextZooms, nextHigh, trial);
  const best = leastBetween(first, second, rounding);
  const length = where(
    nextZooms,
    between(first, second, where(halves, Number.NaN, best)),
    beyond(trial, best),
  );
  const trials = search.trials.add(1);
  const blind = search.blind.add(nextZooms.logicalAnd(isEqual).cast("int32"));
  const isBlind = blind.greaterEqual(MOST_BLIND_TRIALS);
  const ends = trials
    .greaterEqual(MOST_TRIALS)
    .logicalOr(nextZooms.logicalAnd(nextWidth.equal(0)))
    .logicalOr(isBlind);
  return {
    accepts,
    ends: ends.logicalAnd(accepts.logicalNot()),
    isBlind,
    next: { zooms: nextZooms, low: nextLow, high: nextHigh, halves, trials, blind, length },
  };
}

/**
 * Returns the length of the least value of the cubic through two trials (equation 3.59); of the parabola with their
 * slopes, where their losses are equal but for rounding. NaN where there is none.
 */
function leastBetween(first: Trial, second: Trial, rounding: Tensor): Tensor {
  const width = second.length.sub(first.length);
  const rise = second.loss.sub(first.loss);
  const change = second.slope.sub(first.slope);
  const sum = first.slope.add(second.slope).sub(rise.mul(3).div(width));
  const root = sum.square().sub(first.slope.mul(second.slope)).sqrt().mul(width.sign());
  const cubic = second.slope
    .add(root)
    .sub(sum)
    .div(change.add(root.mul(2)));
  const parabola = second.slope.div(change);
  return second.length.sub(width.mul(where(rise.abs().greater(rounding), cubic, parabola)));
}

/** Returns a length inside of an interval: the best one, if that is away from both ends, else the middle. */
function between(first: Trial, second: Trial, best: Tensor): Tensor {
  const width = second.length.sub(first.length);
  const part = best.sub(first.length).div(width);
  const isInside = part.greater(MARGIN).logicalAnd(part.less(1 - MARGIN));
  return where(isInside, best, first.length.add(width.mul(0.5)));
}

/**
 * Returns a length two to ten times that of a trial: the best one within these bounds if it is greater, else six times.
 */
function beyond({ length }: Trial, best: Tensor): Tensor {
  const [least, most] = [length.mul(2), length.mul(10)];
  return where(best.greater(length), best.maximum(least).minimum(most), length.mul(6));
}

/** Returns the first search where a test is true, else the second. */
export function chosenSearch(test: Tensor, first: LineSearch, second: LineSearch): LineSearch {
  const of = (name: "zooms" | "halves" | "trials" | "blind" | "length") =>
    where(test, first[name], second[name]);
  return {
    zooms: of("zooms"),
    low: chosen(test, first.low, second.low),
    high: chosen(test, first.high, second.high),
    halves: of("halves"),
    trials: of("trials"),
    blind: of("blind"),
    length: of("length"),
  };
}

/** Returns the first trial where a test is true, else the second. */
function chosen(test: Tensor, first: Trial, second: Trial): Trial {
  return {
    length: where(test, first.length, second.length),
    loss: where(test, first.loss, second.loss),
    slope: where(test, first.slope, second.slope),
  };
}

function zero(): Tensor {
  return tensor(0, { dtype: "float64" });
}
