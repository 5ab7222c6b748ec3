/**
 * `checkGradients`: compares derivatives with differences of the function itself.
 *
 * Every comparison is along one random direction v, so that it costs a few calls whatever the
 * number of inputs. Differences are central and of sixth order, in float64 with h = 2⁻¹⁰, which leaves about 1e-12
 * of relative error: enough to tell a wrong rule from rounding. Where the values are not those of a smooth
 * function, the slopes on both sides are looked at (`slopes.ts`). At a corner, every derivative between both slopes is right.
 * Sums with corners are compared element by element, since corners with weights of both signs hide each other, and hide
 * smooth terms.
 */

import {
  checkFunction,
  listOf,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, DerivativeError, DTypeError } from "../errors.ts";
import { treeLeaves } from "../graph/tree.ts";
import { normal } from "../ops/random.ts";
import { tensor } from "../tensor/create.ts";
import { sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { jvp } from "./forward.ts";
import { grad } from "./grad.ts";
import {
  type Break,
  breakOf,
  type CentralSlope,
  centralSlope,
  standsOut,
  stencilOf,
} from "./slopes.ts";

/** The settings of {@link checkGradients}. */
export interface CheckOptions {
  /** The highest order of the derivatives that are checked. Default 2. */
  readonly order?: 1 | 2;
  /** The greatest relative error allowed. Default 1e-6. */
  readonly tolerance?: number;
  /** Names the random directions: an integer from 0 to 10⁹. Default 0. */
  readonly seed?: number;
  /** The number of directions, from 1 to 1000. Default 2. */
  readonly directions?: number;
}

/** The findings of {@link checkGradients}. */
export interface CheckReport {
  /** The greatest relative error of all comparisons, but for those that are too small to compare. */
  readonly worst: number;
  /** The number of comparisons. */
  readonly comparisons: number;
  /**
   * The number of comparisons that were too small: the derivative is not greater than what differences miss by
   * rounding. So they tell that it is about that small, and no more. Zeros are, and `x + 1e12` is.
   */
  readonly tooSmall: number;
  /**
   * The number of comparisons at a corner, such as that of relu at 0: the derivative is between the slopes on both
   * sides. A second derivative counts here where the first one jumps.
   */
  readonly corners: number;
}

/* @__NO_SIDE_EFFECTS__ */
const integerFrom = (least: number, most: number) =>
  numberThat(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    `an integer from ${least} to ${most}`,
  );

/** Each direction and each of its tensors has a separate seed, below 2⁵³. */
const MOST_DIRECTIONS = 1000;
const MOST_SEED = 1e9;

const readOptions = optionsReader({
  order: optional(oneOf(1, 2), 2),
  tolerance: optional(
    numberThat((value) => value >= 0, "a number from 0"),
    1e-6,
  ),
  seed: optional(integerFrom(0, MOST_SEED), 0),
  directions: optional(integerFrom(1, MOST_DIRECTIONS), 2),
});

const STEP = 2 ** -10;
/** The step of one-sided differences, which are of lower order. */
const SIDE_STEP = 2 ** -17;

/** The number of slopes at corners that one check splits into the parts of their sum. */
const MOST_PARTS = 400;

const readPoints = listOf(toTensor, "an array of float64 tensors and numbers");

type ScalarFunction = (...inputs: Tensor[]) => Tensor;

/**
 * Checks the derivatives of a function, in reverse and in forward mode, to second order, against
 * central differences along random directions.
 *
 * At a corner any derivative between the slopes on both sides passes. Sums with corners are split, so that
 * elements are compared one by one. An infinite slope is an error, as at 0 of `sqrt(abs(x))`.
 *
 * @param fn a function of float64 tensors that is smooth near the inputs, or has corners there; its result is a
 *   Tensor, or a tree of Tensors.
 * @param inputs where to check: float64 tensors or numbers.
 * @returns the worst relative error, the number of comparisons, how many of them were too small to compare, and how
 *   many were made at a corner.
 * @throws DerivativeError for a derivative that is wrong, and for a function that jumps at the inputs; DTypeError
 *   for inputs that are not float64, in which differences cannot tell.
 * @example
 * ```ts
 * import { checkGradients, tensor } from "@graddiff/core";
 *
 * const x = tensor([0.5, 1.5], { dtype: "float64" });
 * const { worst, tooSmall } = checkGradients((x) => x.sin().mul(x), [x]);
 * console.log(worst < 1e-8, tooSmall); // true 0
 * console.log(checkGradients((x) => x.relu(), [0], { order: 1 }).corners); // 4
 * ```
 */
export function checkGradients(
  fn: (...inputs: Tensor[]) => unknown,
  inputs: readonly TensorLike[],
  options?: CheckOptions,
): CheckReport {
  refuseSurplus("checkGradients", 3, arguments);
  checkFunction("checkGradients", fn);
  const { order, tolerance, seed, directions } = readOptions("checkGradients", options);
  const points = readPoints("checkGradients", "inputs", inputs);
  if (points.length === 0) {
    throw new ArgumentError("checkGradients", "inputs", "at least one input", "none");
  }
  points.forEach((point, i) => {
    if (point.dtype !== "float64") {
      const hint = 'Make it with { dtype: "float64" }';
      throw new DTypeError("checkGradients", `inputs[${i}]`, "float64", point.dtype, hint);
    }
  });
  const comparisons = new Comparisons(tolerance);
  for (let n = 0; n < directions; n++) {
    const random = new Directions(seed * 1000 + n);
    const weights = random.like(resultsOf(fn, points));
    const sum: Projected = (inputs) => weightedSum(fn, inputs);
    const cornersBefore = comparisons.corners;
    const direction = random.like(points);
    compareSlopes(comparisons, { order: 1, fn: sum, points, weights, direction, hasCorner: false });
    if (order === 2) {
      const u = random.like(points);
      const slope: Projected = (inputs) => {
        const gradients = grad(weightedSum(fn, inputs), { argnums: points.map((_, i) => i) });
        return (...at) => dot(gradients(...at), u);
      };
      const hasCorner = comparisons.corners > cornersBefore;
      const slopes: Slope = {
        order,
        fn: slope,
        points,
        weights,
        direction: random.like(points),
        hasCorner,
      };
      compareSlopes(comparisons, slopes);
    }
  }
  const { worst, count, tooSmall, corners } = comparisons;
  return { worst, comparisons: count, tooSmall, corners };
}

/** Returns all results of the function at the inputs. */
function resultsOf(fn: (...inputs: Tensor[]) => unknown, points: readonly Tensor[]): Tensor[] {
  const results = treeLeaves(fn(...points));
  if (results.length > 0) return results;
  throw new DerivativeError("checkGradients", "result", "a Tensor or a tree of Tensors", "none");
}

function weightedSum(
  fn: (...inputs: Tensor[]) => unknown,
  weights: readonly Tensor[],
): ScalarFunction {
  return (...inputs) => dot(treeLeaves(fn(...inputs)), weights);
}

function dot(tensors: readonly Tensor[], weights: readonly Tensor[]): Tensor {
  const terms = tensors.map((tensor, i) => tensor.mul(weights[i] ?? 0).sum());
  return terms.reduce((sum, term) => sum.add(term));
}

/** A function of the inputs for weights of the results. */
type Projected = (weights: readonly Tensor[]) => ScalarFunction;

/** A slope that is compared: the derivative of a weighted sum of the results along a direction. */
interface Slope {
  /** The order of the derivative. */
  readonly order: 1 | 2;
  readonly fn: Projected;
  readonly points: readonly Tensor[];
  readonly weights: readonly Tensor[];
  readonly direction: readonly Tensor[];
  /** True if there is a corner at the points, where a first derivative jumps. */
  readonly hasCorner: boolean;
}

/** Compares a slope by differences with those in reverse mode and in forward mode. */
function compareSlopes(comparisons: Comparisons, slope: Slope): void {
  const { order, points, direction, hasCorner } = slope;
  const fn = slope.fn(slope.weights);
  const at = (offset: number) =>
    fn(...points.map((point, i) => point.add(direction[i]?.mul(offset) ?? 0))).item();
  const central = centralSlope((steps) => at(steps * STEP), STEP);
  const argnums = points.map((_, i) => i);
  const reverse = dot(grad(fn, { argnums })(...points), direction).item();
  const forward = jvp(fn)(points, direction).tangent.item();
  let found: { readonly break: Break | undefined } | undefined;
  const parts = () => {
    const all = partsOf(slope);
    for (const part of all) compareSlopes(comparisons.ofParts(), part);
    return all.length > 0;
  };
  let passed: boolean | undefined;
  const expected = {
    order,
    central,
    hasCorner,
    look: () => {
      found ??= { break: central.isRough ? breakAt(at, central.rounding, slope) : undefined };
      return found.break;
    },
    inParts: () => {
      passed ??= parts();
      return passed;
    },
  };
  const word = order === 1 ? "first" : "second";
  comparisons.compare(`${word} derivative in reverse mode`, reverse, expected);
  comparisons.compare(`${word} derivative in forward mode`, forward, expected);
}

function breakAt(
  at: (offset: number) => number,
  rounding: number,
  { order, hasCorner }: Slope,
): Break | undefined {
  const here = at(0);
  const look = (part: number) =>
    stencilOf(here, (offset) => ({ offset, value: at(offset) }), part * SIDE_STEP);
  const found = breakOf(look(1), look, rounding);
  if (found?.kind !== "jump") return found;
  const isMeant = order === 1 ? standsOut(found, (steps) => at(steps * STEP)) : hasCorner;
  return isMeant ? found : undefined;
}

/**
 * Returns two slopes, each of half of the results or, where there is only one, of half of the inputs: slopes of many
 * corners add up, and corners with weights of both signs may hide each other.
 */
function partsOf(slope: Slope): Slope[] {
  const weights = halvesOf(slope.weights);
  const part = { ...slope, hasCorner: true };
  if (weights.length > 0) return weights.map((half) => ({ ...part, weights: half }));
  return halvesOf(slope.direction).map((direction) => ({ ...part, direction }));
}

/**
 * Returns tensors in which one half of the nonzero elements is zero, and tensors in which the other half is; none if
 * only one element is nonzero.
 */
function halvesOf(tensors: readonly Tensor[]): Tensor[][] {
  const all = tensors.map((each) => Array.from(each.data(), Number));
  const count = all.flat().filter((element) => element !== 0).length;
  if (count < 2) return [];
  return [true, false].map((isFirst) => {
    let seen = 0;
    return tensors.map(({ shape }, i) => {
      const half = all[i]?.map((element) => {
        if (element !== 0) seen++;
        return seen <= count / 2 === isFirst ? element : 0;
      });
      return tensor(half ?? [], { shape, dtype: "float64" });
    });
  });
}

/** The numerical slope that a derivative is compared with. */
interface Expected extends Pick<Slope, "order" | "hasCorner"> {
  readonly central: CentralSlope;
  /** Uses shorter steps, and returns how the function differs from a smooth one. */
  readonly look: () => Break | undefined;
  /** Compares the parts of the slope; false if there are none. @throws DerivativeError if one of them does not pass. */
  readonly inParts: () => boolean;
}

class Comparisons {
  worst = 0;
  count = 0;
  tooSmall = 0;
  corners = 0;
  readonly #tolerance: number;
  /** The number of passing slopes that are still split. */
  readonly #parts: { left: number };

  constructor(tolerance: number, parts = { left: MOST_PARTS }) {
    this.#tolerance = tolerance;
    this.#parts = parts;
  }

  /** Returns comparisons for the parts of a slope, which the report does not count. */
  ofParts(): Comparisons {
    return new Comparisons(this.#tolerance, this.#parts);
  }

  compare(what: string, got: number, expected: Expected): void {
    this.count++;
    const { slope, noise } = expected.central;
    const scale = Math.max(Math.abs(got), Math.abs(slope));
    const difference = Math.abs(got - slope);
    const isSmall = difference <= noise && scale * this.#tolerance <= noise;
    const error = Math.max(0, difference - noise) / scale;
    // Written so that NaN fails too.
    if (!isSmall && error <= this.#tolerance) {
      this.worst = Math.max(this.worst, error);
      return;
    }
    const found = expected.look();
    if (found !== undefined) this.#compareAt(found, what, got, expected);
    else if (isSmall) this.tooSmall++;
    // A wrong derivative that is small beside steep terms is found once these are split off.
    else if (expected.hasCorner && expected.inParts()) this.corners++;
    else throw this.#wrong(what, `${slope} (by central differences)`, got);
  }

  #compareAt(found: Break, what: string, got: number, expected: Expected): void {
    // The smooth parts of a sum with a corner are compared without the corner.
    const isSplit = this.#parts.left-- > 0;
    if (found.kind === "corner") {
      const { left, right, noise } = found;
      const slack = noise + this.#tolerance * Math.max(Math.abs(left), Math.abs(right));
      const isBetween =
        got >= Math.min(left, right) - slack && got <= Math.max(left, right) + slack;
      const passes = (isBetween && !isSplit) || expected.inParts();
      if (!isBetween && !passes) {
        throw this.#wrong(
          what,
          `from ${left} to ${right}, the slopes left and right of a corner,`,
          got,
        );
      }
    } else if (expected.order === 1) {
      throw new DerivativeError(
        "checkGradients",
        "fn",
        "a function without a jump at the inputs",
        "one that jumps there",
        "Check it at other inputs",
      );
    } else if (isSplit) expected.inParts();
    this.corners++;
  }

  #wrong(what: string, expected: string, got: number): DerivativeError {
    return new DerivativeError(
      "checkGradients",
      what,
      `${expected} within a relative ${this.#tolerance}`,
      String(got),
    );
  }
}

/** Random directions of about unit length. */
class Directions {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed * 1000;
  }

  like(tensors: readonly Tensor[]): Tensor[] {
    const size = tensors.reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);
    return tensors.map(({ shape }) =>
      normal(shape, {
        seed: this.#seed++,
        deviation: 1 / Math.sqrt(Math.max(1, size)),
        dtype: "float64",
      }),
    );
  }
}
