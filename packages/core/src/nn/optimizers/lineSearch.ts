/**
 * The line search for the strong Wolfe conditions: a step length along a direction that lowers the loss enough and
 * makes its slope small enough. Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, algorithms 3.5 and 3.6.
 */

/** The loss at a place along the direction. */
export interface Trial {
  /** The length of the step. */
  readonly length: number;
  readonly loss: number;
  /** The derivative of the loss with respect to the length. */
  readonly slope: number;
}

/** c₁ of the sufficient decrease, and c₂ of the curvature, as Nocedal and Wright have them for quasi-Newton methods. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;

/** The settings of {@link strongWolfe}. */
interface Search {
  /** The loss and the slope, below 0, at length 0. */
  readonly start: Trial;
  /** The first length to be tried. */
  readonly length: number;
  /** By how much two equal losses may differ for rounding. */
  readonly rounding: number;
}

/** A search takes few evaluations: what needs more has met the rounding of the loss. */
const MOST_TRIALS = 25;

/** The part of an interval in which a length is as good as its end. */
const MARGIN = 1e-3;

/**
 * Finds a step length that fulfils the strong Wolfe conditions.
 *
 * Near a minimum losses differ by less than their rounding, and slopes alone tell what is lower: where a loss is that
 * of the start but for rounding, a slope that has risen to at most (1 − 2 c₁) times its size counts as decrease (the
 * approximate conditions of Hager and Zhang, SIAM J. Optim. 16, 2005). Without them the arguments would have half of
 * their digits.
 *
 * @param evaluate the loss and the slope at a length. A loss that is NaN is taken as too great.
 * @returns the trial that fulfils them; or, where the trials end before, the lowest one that is below the start;
 *   undefined where there is none.
 */
export function strongWolfe<Found extends Trial>(
  { start, length, rounding }: Search,
  evaluate: (length: number) => Found,
): Found | undefined {
  let trials = 0;
  let lowest: Found | undefined;
  const attempt = (at: number): Found => {
    trials++;
    const trial = evaluate(at);
    if (trial.loss < (lowest ?? start).loss) lowest = trial;
    return trial;
  };
  const decreases = ({ length, loss, slope }: Trial) =>
    loss <= start.loss + DECREASE * length * start.slope ||
    (Math.abs(loss - start.loss) <= rounding && slope <= (2 * DECREASE - 1) * start.slope);
  const isFlat = ({ slope }: Trial) => Math.abs(slope) <= -CURVATURE * start.slope;

  /** Algorithm 3.6: a good length is between the two, of which `low` has the lower loss. */
  const zoom = (low: Trial, high: Trial): Found | undefined => {
    let [from, to] = [low, high];
    let halves = false;
    while (trials < MOST_TRIALS && from.length !== to.length) {
      const width = Math.abs(to.length - from.length);
      const trial = attempt(halves ? middle(from, to) : between(from, to));
      if (!decreases(trial) || trial.loss >= from.loss) to = trial;
      else {
        if (isFlat(trial)) return trial;
        if (trial.slope * (to.length - from.length) >= 0) to = from;
        from = trial;
      }
      // Cubics may come near to one end again and again, and leave the other one where it is.
      halves = !halves && Math.abs(to.length - from.length) > width / 2;
    }
    return lowest;
  };

  // Algorithm 3.5: lengths grow until one is good, or a good one is between the last two.
  let previous = start;
  let next = length;
  while (trials < MOST_TRIALS) {
    const trial = attempt(next);
    if (!decreases(trial) || (previous !== start && trial.loss >= previous.loss)) {
      return zoom(previous, trial);
    }
    if (isFlat(trial)) return trial;
    if (trial.slope >= 0) return zoom(trial, previous);
    next = beyond(previous, trial);
    previous = trial;
  }
  return lowest;
}

/** The place of the least value of the cubic through two trials (equation 3.59); NaN where it has none. */
function cubicMinimum(first: Trial, second: Trial): number {
  const width = second.length - first.length;
  const sum = first.slope + second.slope - (3 * (second.loss - first.loss)) / width;
  const root = Math.sign(width) * Math.sqrt(sum * sum - first.slope * second.slope);
  const part = (second.slope + root - sum) / (second.slope - first.slope + 2 * root);
  return second.length - width * part;
}

function middle(first: Trial, second: Trial): number {
  return first.length + (second.length - first.length) / 2;
}

/** A length inside of an interval: the least value of the cubic, if that is away from both ends, else the middle. */
function between(first: Trial, second: Trial): number {
  const place = cubicMinimum(first, second);
  const part = (place - first.length) / (second.length - first.length);
  return part > MARGIN && part < 1 - MARGIN ? place : middle(first, second);
}

/** A length twice to ten times as great: at the least value of the cubic, where that is ahead. */
function beyond(previous: Trial, trial: Trial): number {
  const place = cubicMinimum(previous, trial);
  const [least, most] = [2 * trial.length, 10 * trial.length];
  return place > trial.length ? Math.min(Math.max(place, least), most) : (least + most) / 2;
}
