/**
 * `quadrature`: the integral of a function of one variable.
 */

import {
  ArgumentError,
  arange,
  concat,
  type DType,
  type Input,
  put,
  type Tensor,
  type TensorTree,
  tensor,
  vectorize,
  where,
  whileLoop,
  zeros,
} from "@graddiff/core";
import {
  anything,
  callable,
  describe,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { dataOf } from "./data.ts";
import { readDType, refuseShape } from "./doors.ts";
import { epsilonOf, toleranceOf, whereNotFinite, whole } from "./numbers.ts";
import { CONVERGED, NOT_FINITE, Outcome, type Progress, UNFINISHED } from "./outcome.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link quadrature}. */
export interface QuadratureOptions<Data> {
  /** The second argument of `fn`: a tree of tensors and numbers. Default: none. */
  readonly data?: Input<Data>;
  /** The dtype of the computation, "float64" (the default) or "float32", whatever the dtypes of ends and `data` are. */
  readonly dtype?: "float64" | "float32";
  /** The relative tolerance of the error of the integral. Default 1e-10 for float64, and 1e-5 for float32. */
  readonly relative?: number;
  /**
   * The absolute tolerance, which applies if it is greater than the relative one. Default 1e-13 (float32: 1e-7) times
   * the sum of the magnitudes of the integrals over the intervals.
   */
  readonly absolute?: number;
  /** The greatest number of intervals. Default 100. */
  readonly maxIntervals?: number;
}

const readOptions = optionsReader({
  data: anything,
  dtype: readDType,
  relative: optional(positive, undefined),
  absolute: optional(positive, undefined),
  maxIntervals: optional(positiveInteger, 100),
});

/** The positive nodes of Kronrod's rule of 15 points, its weights, and those of Gauss's rule of 7 (QUADPACK, 1983). */
const NODES = [
  0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945,
  0.5860872354676911, 0.4058451513773972, 0.20778495500789848, 0,
];
const KRONROD = [
  0.022935322010529224, 0.06309209262997856, 0.10479001032225019, 0.14065325971552592,
  0.1690047266392679, 0.19035057806478542, 0.20443294007529889, 0.20948214108472782,
];
const GAUSS = [
  0, 0.1294849661688697, 0, 0.27970539148927664, 0, 0.3818300505051189, 0, 0.4179591836734694,
];

/** Returns all 15 numbers of a rule from those of its first half; the second half is mirrored, with a sign. */
const whole15 = (half: readonly number[], sign: number) => [
  ...half,
  ...half
    .slice(0, -1)
    .reverse()
    .map((value) => sign * value),
];

/** The result of {@link quadrature}. */
export class Quadrature extends Outcome {
  /** The integral, a scalar. */
  readonly value: Tensor;
  /** An estimate of the error, a scalar; it has no derivatives. */
  readonly error: Tensor;

  /** @internal */
  constructor(value: Tensor, error: Tensor, progress: Progress, explain: () => string | undefined) {
    super(progress, explain);
    this.value = value;
    this.error = error;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return "the error is within what is allowed";
      case NOT_FINITE:
        return "fn is not finite inside of the ends";
      default:
        return "maxIntervals intervals came first: the integral may diverge, or fn jump or oscillate much";
    }
  }
}

interface Parts {
  readonly low: Tensor;
  readonly high: Tensor;
  readonly values: Tensor;
  readonly errors: Tensor;
  readonly count: Tensor;
}

/**
 * Returns the integral of a function from a to b, by the Gauss–Kronrod rules of 7 and 15 points. The interval with the
 * greatest error is halved until the sum of all errors is within the tolerance. Ends may be infinite.
 *
 * `fn` is recorded, and evaluated at 15 points at a time as a batch, in float64 whatever the dtypes of ends and data.
 * The integral is differentiable, in both modes and to all orders, with respect to ends that are tensors, `data` and
 * captured tensors. The intervals that were found count as constants.
 *
 * @param fn a function from a scalar and `data` to a scalar.
 * @param a, b the ends: numbers, also infinite ones, or scalar tensors.
 * @param options `data`, `dtype` (default "float64"), `relative` (default 1e-10), `absolute` (default 1e-13 of the
 *   magnitudes) and `maxIntervals` (default 100).
 * @returns a {@link Quadrature}: `value` and `error`, `status`, `iterations` (the number of intervals), `evaluations`
 *   and `reason`.
 * @throws ShapeError for a function whose result is not a scalar, or ends that are not scalars; DTypeError for results
 *   or ends that are not floats; ArgumentError for NaN as an end.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor } from "@graddiff/core";
 * import { quadrature } from "@graddiff/solve";
 *
 * const gauss = (width: Tensor) => quadrature((x: Tensor) => x.div(width).square().neg().exp(), -Infinity, Infinity).value;
 * const one = tensor(1, { dtype: "float64" });
 * console.log(gauss(one).item().toFixed(10), grad(gauss)(one).item().toFixed(10)); // 1.7724538509 1.7724538509
 * ```
 */
export function quadrature<Data = undefined>(
  fn: (x: Tensor, data: Data) => Tensor,
  a: Tensor | number,
  b: Tensor | number,
  options?: QuadratureOptions<Data>,
): Quadrature {
  refuseSurplus("quadrature", 4, arguments);
  callable("quadrature", "fn", fn);
  const { dtype, maxIntervals, absolute, ...own } = readOptions("quadrature", options);
  const [low, high] = [readEnd("a", a, dtype), readEnd("b", b, dtype)];
  const isDouble = dtype === "float64";
  const usual = isDouble ? 1e-10 : 1e-5;
  const relative = toleranceOf("quadrature", "relative", own.relative ?? usual, dtype, 1);
  const given = dataOf<TensorTree | undefined>("quadrature", "data", own.data, dtype);
  const at = (x: Tensor) => {
    const result = vectorOf("quadrature", "fn", fn(x, given as Data), dtype);
    return result.size === 1
      ? result.reshape([])
      : refuseShape("quadrature", "fn", "a scalar", `[${result.shape}]`);
  };
  const parts = substituted(at, low, high);
  const list = (values: readonly number[]) => tensor([...values], { dtype });
  const nodes = list(whole15(NODES, -1));
  const [kronrod, gauss] = [list(whole15(KRONROD, 1)), list(whole15(GAUSS, 1))];
  /** Returns the values of the function at the nodes of intervals within [0, 1], [intervals, 15]. */
  const valuesIn = (from: Tensor, to: Tensor) => {
    const [middle, half] = [from.add(to).div(2), to.sub(from).div(2)];
    const points = middle.reshape([-1, 1]).add(half.reshape([-1, 1]).mul(nodes));
    const values = vectorize(parts)(points.reshape([points.size]));
    return values.reshape(points.shape).mul(half.reshape([-1, 1]));
  };
  const rules = (from: Tensor, to: Tensor) => {
    const values = valuesIn(from, to).stopGradient();
    const [fine, coarse] = [values.mul(kronrod).sum(1), values.mul(gauss).sum(1)];
    return { values: fine, errors: fine.sub(coarse).abs() };
  };
  const zero = zeros([1], { dtype });
  const indices = arange(maxIntervals + 1, { dtype: "int32" });
  const begin = rules(zero, zero.add(1));
  const rest = zeros([maxIntervals], { dtype });
  const init: Parts = {
    // Unused rows are the whole interval: its nodes are known to have finite values, so their gradients are not NaN.
    ...{ low: concat([zero, rest]), high: concat([zero, rest]).add(1) },
    ...{ values: concat([begin.values, rest]), errors: concat([begin.errors, rest]) },
    count: whole(1),
  };
  const wanted = ({ values }: Parts) =>
    values
      .sum()
      .abs()
      .mul(relative)
      .maximum(
        absolute ??
          values
            .abs()
            .sum()
            .mul(isDouble ? 1e-13 : 1e-7),
      );
  const last = whileLoop(
    (now: Parts) => now.errors.sum().greater(wanted(now)).logicalAnd(now.count.less(maxIntervals)),
    ({ low, high, values, errors, count }: Parts) => {
      const worst = errors.argMax();
      const [from, to] = [low.take(worst), high.take(worst)];
      const middle = from.add(to).div(2);
      const own = rules(
        concat([from.reshape([1]), middle.reshape([1])]),
        concat([middle.reshape([1]), to.reshape([1])]),
      );
      const rows = concat([worst.reshape([1]), count.reshape([1])]);
      // If the two rules agree up to rounding, the error is that of rounding.
      const noise = own.values.abs().mul(50 * epsilonOf(dtype));
      return {
        low: put(low, count, middle),
        high: put(put(high, worst, middle), count, to),
        values: put(values, rows, own.values),
        errors: put(errors, rows, where(own.errors.less(noise), 0, own.errors)),
        count: count.add(1),
      };
    },
    init,
    { maxSteps: maxIntervals },
  );
  const isThere = indices.less(last.count).reshape([maxIntervals + 1, 1]);
  const all = valuesIn(last.low, last.high);
  const value = where(isThere, all, 0).mul(kronrod).sum();
  const error = last.errors.sum();
  const reached = where(error.lessEqual(wanted(last)), CONVERGED, UNFINISHED);
  const status = where(value.isFinite().logicalAnd(error.isFinite()), reached, NOT_FINITE).cast(
    "int32",
  );
  const progress = { status, iterations: last.count, evaluations: last.count.mul(30).sub(15) };
  return new Quadrature(value, error, progress, () =>
    whereNotFinite("fn", () => valuesIn(last.low, last.high)),
  );
}

/** Returns the integrand as a function of u in [0, 1], multiplied by the derivative dx/du of the substitution. */
function substituted(
  fn: (x: Tensor) => Tensor,
  a: Tensor | number,
  b: Tensor | number,
): (u: Tensor) => Tensor {
  const isInfinite = (end: Tensor | number) => typeof end === "number" && !Number.isFinite(end);
  if (isInfinite(a) && isInfinite(b)) {
    const sign = a === b ? 0 : a < b ? 1 : -1;
    // x = t/(1 − t²)
    return (u) => {
      const t = u.mul(2).sub(1);
      const rest = t.square().neg().add(1);
      return fn(t.div(rest)).mul(
        t
          .square()
          .add(1)
          .div(rest.square())
          .mul(2 * sign),
      );
    };
  }
  if (isInfinite(b)) return fromEnd(fn, a, b === Number.POSITIVE_INFINITY ? 1 : -1, 1);
  if (isInfinite(a)) return fromEnd(fn, b, a === Number.POSITIVE_INFINITY ? 1 : -1, -1);
  return (u) => {
    const length = u.mul(0).add(b).sub(a);
    return fn(u.mul(length).add(a)).mul(length);
  };
}

/** Returns the integrand after the substitution x = end ± u/(1 − u), for one infinite end. */
function fromEnd(
  fn: (x: Tensor) => Tensor,
  end: Tensor | number,
  side: number,
  sign: number,
): (u: Tensor) => Tensor {
  return (u) => {
    const rest = u.neg().add(1);
    const x = u.div(rest).mul(side).add(end);
    return fn(x).mul(
      rest
        .square()
        .reciprocal()
        .mul(side * sign),
    );
  };
}

/** Returns an end: a number, or a tensor. */
function readEnd(argument: string, end: unknown, dtype: DType): Tensor | number {
  if (typeof end === "number") {
    if (!Number.isNaN(end)) return end;
    const expected = "a number, also an infinite one, or a scalar tensor";
    throw new ArgumentError({ op: "quadrature", argument, expected, got: "NaN" });
  }
  if (typeof end !== "object" || end === null || !("shape" in end)) {
    const expected = "a number, also an infinite one, or a scalar tensor";
    throw new ArgumentError({ op: "quadrature", argument, expected, got: describe(end) });
  }
  const { start, size } = unknownsOf("quadrature", end, { argument, wanted: dtype });
  if (size === 1) return start.reshape([]);
  return refuseShape("quadrature", argument, "a scalar", `${size} numbers`);
}
