/**
 * `checkGradients`: compares derivatives with differences of the function itself.
 *
 * Every comparison is along one random direction v, so that it costs a few calls whatever the
 * number of inputs. With fₙ = f(x + n h v), differences are central and of sixth order,
 *
 *   f′ ≈ (45 (f₁ − f₋₁) − 9 (f₂ − f₋₂) + (f₃ − f₋₃)) / 60h,
 *
 * (Fornberg, Mathematics of Computation 51, 1988, table 1), in float64 with h = 2⁻¹⁰, which leaves about 1e-12
 * of relative error: enough to tell a wrong rule from rounding. What they cannot tell, their noise, is
 * estimated by the sixth difference of the same values: where f is smooth it is next to 0, and the rounding
 * of the seven values stands in it √924 times (Hamming, Introduction to Applied Numerical Analysis, 1971).
 */

import {
  checkFunction,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, DerivativeError, DTypeError } from "../errors.ts";
import { treeLeaves } from "../graph/tree.ts";
import { normal } from "../ops/random.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { jvp } from "./forward.ts";
import { grad } from "./grad.ts";

/** How strictly {@link checkGradients} looks. */
export interface CheckOptions {
  /** Up to which order derivatives are checked. Default 2. */
  readonly order?: 1 | 2;
  /** The greatest relative error allowed. Default 1e-6. */
  readonly tolerance?: number;
  /** Names the random directions: an integer from 0 to 10⁹. Default 0. */
  readonly seed?: number;
  /** How many directions: from 1 to 1000. Default 2. */
  readonly directions?: number;
}

/** What {@link checkGradients} found. */
export interface CheckReport {
  /** The greatest relative error of all comparisons, but for those that are too small to compare. */
  readonly worst: number;
  /** How many comparisons were made. */
  readonly comparisons: number;
  /**
   * How many of them were too small to compare: the derivative is not greater than what differences miss by
   * rounding, so they tell that it is about that small, and no more. Zeros are, and `x + 1e12` is.
   */
  readonly tooSmall: number;
}

/* @__NO_SIDE_EFFECTS__ */
const integerFrom = (least: number, most: number) =>
  numberThat(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    `an integer from ${least} to ${most}`,
  );

/** Each direction and each of its tensors has a seed of its own, below 2⁵³. */
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

type ScalarFunction = (...inputs: Tensor[]) => Tensor;

/**
 * Checks the derivatives of a function, in reverse and in forward mode, to second order, against
 * central differences along random directions.
 *
 * @param fn a function of float64 tensors that is smooth near the inputs; its result is a Tensor,
 *   or a tree of Tensors.
 * @param inputs where to check: float64 tensors or numbers.
 * @returns the worst relative error, the number of comparisons, and how many of them were too small to compare.
 * @throws DerivativeError for a derivative that is wrong; DTypeError for inputs that are not
 *   float64, in which differences cannot tell.
 * @example
 * ```ts
 * import { checkGradients, tensor } from "@graddiff/core";
 *
 * const x = tensor([0.5, 1.5], { dtype: "float64" });
 * const { worst, tooSmall } = checkGradients((x) => x.sin().mul(x), [x]);
 * console.log(worst < 1e-8, tooSmall); // true 0
 * ```
 */
export function checkGradients(
  fn: (...inputs: Tensor[]) => unknown,
  inputs: readonly TensorLike[],
  options?: CheckOptions,
): CheckReport {
  if (arguments.length > 3) refuseSurplus("checkGradients", 3, arguments);
  checkFunction("checkGradients", fn);
  const { order, tolerance, seed, directions } = readOptions("checkGradients", options);
  const points = treeLeaves(inputs);
  if (points.length === 0) {
    throw new ArgumentError({
      op: "checkGradients",
      argument: "inputs",
      expected: "at least one input",
      got: "none",
    });
  }
  points.forEach((point, i) => {
    if (point.dtype !== "float64") {
      throw new DTypeError({
        op: "checkGradients",
        argument: `inputs[${i}]`,
        expected: "float64",
        got: point.dtype,
        hint: 'Make it with { dtype: "float64" }',
      });
    }
  });
  const comparisons = new Comparisons(tolerance);
  for (let n = 0; n < directions; n++) {
    const random = new Directions(seed * 1000 + n);
    const scalarFn = projected(fn, points, random);
    compareSlopes(comparisons, "first", scalarFn, points, random.like(points));
    if (order === 2) {
      const u = random.like(points);
      const gradients = grad(scalarFn, { argnums: points.map((_, i) => i) });
      const slope: ScalarFunction = (...at) => dot(gradients(...at), u);
      compareSlopes(comparisons, "second", slope, points, random.like(points));
    }
  }
  const { worst, count, tooSmall } = comparisons;
  return { worst, comparisons: count, tooSmall };
}

/** A random weighted sum of everything the function returns. */
function projected(
  fn: (...inputs: Tensor[]) => unknown,
  points: readonly Tensor[],
  random: Directions,
): ScalarFunction {
  const results = treeLeaves(fn(...points));
  if (results.length === 0) {
    throw new DerivativeError({
      op: "checkGradients",
      argument: "result",
      expected: "a Tensor or a tree of Tensors",
      got: "none",
    });
  }
  const weights = random.like(results);
  return (...inputs) => dot(treeLeaves(fn(...inputs)), weights);
}

function dot(tensors: readonly Tensor[], weights: readonly Tensor[]): Tensor {
  const terms = tensors.map((tensor, i) => tensor.mul(weights[i] ?? 0).sum());
  return terms.reduce((sum, term) => sum.add(term));
}

/** Slope along a direction: by differences, in reverse mode and in forward mode. */
function compareSlopes(
  comparisons: Comparisons,
  order: string,
  fn: ScalarFunction,
  points: readonly Tensor[],
  direction: readonly Tensor[],
): void {
  const at = (n: number) =>
    fn(...points.map((point, i) => point.add(direction[i]?.mul(n * STEP) ?? 0))).item();
  const here = at(0);
  const [up1, up2, up3] = [at(1), at(2), at(3)];
  const [down1, down2, down3] = [at(-1), at(-2), at(-3)];
  const expected = (45 * (up1 - down1) - 9 * (up2 - down2) + (up3 - down3)) / (60 * STEP);
  const sixth = up3 + down3 - 6 * (up2 + down2) + 15 * (up1 + down1) - 20 * here;
  // The sixth difference may be small by chance; seven values are rounded to no less than this.
  const largest = Math.max(...[here, up3, down3].map(Math.abs));
  const noise = (Math.abs(sixth) + 16 * largest * 2 ** -52) / STEP;
  const argnums = points.map((_, i) => i);
  const reverse = dot(grad(fn, { argnums })(...points), direction).item();
  comparisons.compare(`${order} derivative in reverse mode`, reverse, expected, noise);
  const forward = jvp(fn)(points, direction).tangent.item();
  comparisons.compare(`${order} derivative in forward mode`, forward, expected, noise);
}

class Comparisons {
  worst = 0;
  count = 0;
  tooSmall = 0;
  readonly #tolerance: number;

  constructor(tolerance: number) {
    this.#tolerance = tolerance;
  }

  compare(what: string, got: number, expected: number, noise: number): void {
    this.count++;
    const scale = Math.max(Math.abs(got), Math.abs(expected));
    const difference = Math.abs(got - expected);
    if (difference <= noise && scale * this.#tolerance <= noise) {
      this.tooSmall++;
      return;
    }
    const error = Math.max(0, difference - noise) / scale;
    // Written so that NaN fails too.
    if (!(error <= this.#tolerance)) {
      throw new DerivativeError({
        op: "checkGradients",
        argument: what,
        expected: `${expected} (by central differences) within a relative ${this.#tolerance}`,
        got: String(got),
      });
    }
    this.worst = Math.max(this.worst, error);
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
