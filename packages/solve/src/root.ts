/**
 * `root`: solves fn(x) = 0.
 */

import {
  ArgumentError,
  type Input,
  implicit,
  jacobian,
  type Tensor,
  type TensorTree,
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
import { brent } from "./brent.ts";
import { dataOf } from "./data.ts";
import { elementsOf, readDType, refuseShape } from "./doors.ts";
import { newton } from "./newton.ts";
import { toleranceOf, whereNotFinite } from "./numbers.ts";
import { CONVERGED, NOT_FINITE, Outcome, type Progress, SINGULAR, STALLED } from "./outcome.ts";
import { type Unknowns, unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link root}. */
export interface RootOptions<Data> {
  /** The second argument of `fn`: a tree of tensors and numbers. Default: none. */
  readonly data?: Input<Data>;
  /** Two ends at which a function of one number has different signs: Brent's method finds a root between them. */
  readonly bracket?: readonly [low: Tensor | number, high: Tensor | number];
  /**
   * The dtype of the computation, "float64" (the default) or "float32", whatever the dtypes of start and `data` are.
   */
  readonly dtype?: "float64" | "float32";
  /**
   * The relative tolerance: a step is the last if it changes each unknown by less. Default ε^(3/4) of the dtype of the
   * computation, 1.8e-12 for float64 and 6.4e-6 for float32.
   */
  readonly tolerance?: number;
  /**
   * The absolute tolerance, in the units of each unknown, which is added to the relative one. Default 0. For an unknown
   * whose derivatives vanish with it, as at the root of x², the default is 1e-14 times the greatest magnitude that it
   * has had.
   */
  readonly absoluteTolerance?: number;
  /** The greatest number of steps. Default 100. */
  readonly maxIterations?: number;
}

const readOptions = optionsReader({
  data: anything,
  bracket: optional<readonly unknown[], undefined>(readBracket, undefined),
  dtype: readDType,
  tolerance: optional(positive, undefined),
  absoluteTolerance: optional(positive, 0),
  maxIterations: optional(positiveInteger, 100),
});

function readBracket(op: string, argument: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length === 2) return value;
  const expected = "two ends [low, high], numbers or scalar tensors";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
}

/** The result of {@link root}. */
export class Root<X> extends Outcome {
  /** The unknowns, in the form of the start: among all points that were tried, those with the smallest `fn`. */
  readonly x: X;
  /** The result of `fn` at the root. */
  readonly residual: Tensor;
  readonly #hasStart: boolean;

  /** @internal */
  constructor(
    x: X,
    residual: Tensor,
    progress: Progress,
    hasStart: boolean,
    explain: () => string | undefined,
  ) {
    super(progress, hasStart ? explain : undefined);
    this.#hasStart = hasStart;
    this.x = x;
    this.residual = residual;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return "a root: a step changes no unknown by more than the tolerance";
      case NOT_FINITE:
        return this.#hasStart
          ? "fn or its Jacobian is not finite at x"
          : "fn is not finite at an end of the bracket or at a point between them";
      case STALLED:
        return this.#hasStart
          ? "no part of a step makes fn less, though it is not zero at x"
          : "the bracket has no change of sign";
      case SINGULAR:
        return "no root: at x the Jacobian is singular, and no step makes fn less";
      default:
        return "the most iterations came first; start: x goes on";
    }
  }
}

/**
 * Finds a zero of a function by Newton's method with a line search, from a start. With `bracket` it finds one of a
 * function of one number between two ends, by Brent's method, which always finds one.
 *
 * The function is recorded, so it cannot read values. All steps run as one program for each shape, for all values of
 * captured tensors. The solution is differentiable, in both modes and to all orders, with respect to `data` and
 * captured tensors, by the implicit function theorem: see `implicit` of `@graddiff/core`. Its derivative with respect
 * to the start is 0. `vectorize` solves a batch, each example until it has converged. It computes and returns float64,
 * whatever the dtypes of start and data, unless `dtype` is "float32". The Jacobian is dense: n² numbers for n unknowns.
 *
 * @param fn a function from the unknowns and `data` to a tensor or a tree of as many floats.
 * @param start the initial unknowns, a tree of tensors and numbers; with `bracket` only its form is used.
 * @param options `data`, `bracket`, `dtype` (default "float64"), `tolerance` (default ε^(3/4)), `absoluteTolerance`
 *   (default 0) and `maxIterations` (default 100).
 * @returns a {@link Root}: `x` and `residual`, `status`, `iterations`, `evaluations` and `reason`. If no root is found,
 *   it does not throw: `status` is then 0 or below.
 * @throws ShapeError for another number of results than unknowns; DTypeError for a start or results that are not floats;
 *   ArgumentError for a start that is not finite, or a bracket for more than one unknown.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor } from "@graddiff/core";
 * import { root } from "@graddiff/solve";
 *
 * // Kepler's equation: the eccentric anomaly E of E − e sin E = M.
 * const anomaly = (e: Tensor, m: Tensor) => root((x: Tensor) => x.sub(e.mul(x.sin())).sub(m), 1).x;
 * const e = tensor(0.5, { dtype: "float64" });
 * const m = tensor(1, { dtype: "float64" });
 * console.log(anomaly(e, m).item().toFixed(10)); // 1.4987011335
 * console.log(grad(anomaly)(e, m).item().toFixed(10)); // 1.0346672324
 * ```
 */
export function root<X, Data = undefined>(
  fn: (x: X, data: Data) => unknown,
  start: Input<X>,
  options?: RootOptions<Data>,
): Root<X> {
  refuseSurplus("root", 3, arguments);
  callable("root", "fn", fn);
  const { bracket, dtype, maxIterations, ...own } = readOptions("root", options);
  const unknowns = unknownsOf<X>("root", start, { wanted: dtype });
  const data = dataOf<TensorTree | undefined>("root", "data", own.data, dtype);
  const settings = {
    tolerance: toleranceOf("root", "tolerance", own.tolerance, dtype, 3 / 4),
    absolute: own.absoluteTolerance,
    maxIterations,
  };
  const equations = (x: Tensor, given: unknown) => {
    const result = vectorOf("root", "fn", fn(unknowns.tree(x), given as Data), unknowns.dtype);
    if (result.size === unknowns.size) return result;
    const expected = `as many results as unknowns, ${unknowns.size}`;
    return refuseShape("root", "fn", expected, String(result.size));
  };
  const ends = bracket && readEnds(unknowns, bracket);
  const [x, progress] = implicit(
    (from: readonly Tensor[], given: TensorTree | undefined) => {
      const own = (x: Tensor) => equations(x, given);
      const [low, high] = from;
      const found =
        low && high
          ? brent(own, [low, high], settings)
          : newton(own, low ?? unknowns.start, settings);
      return [found.x, found.progress] as const;
    },
    (x, _from, given) => equations(x, given),
    { hasAux: true },
  )(ends ?? [unknowns.start], data);
  const solution = unknowns.tree(x);
  const explain = () =>
    whereNotFinite(
      "fn",
      () => fn(solution, data as Data),
      () => jacobian((at: Tensor) => equations(at, data))(x),
    );
  return new Root(solution, equations(x, data), progress, ends === undefined, explain);
}

function readEnds(unknowns: Unknowns<unknown>, bracket: readonly unknown[]): readonly Tensor[] {
  if (unknowns.size !== 1) {
    refuseShape("root", "bracket", "one unknown", String(unknowns.size));
  }
  const ends = bracket.map((end) => unknowns.vector("bracket", end));
  const [low = 0, high = 0] = ends.map((end) => elementsOf(end)?.[0] ?? Number.NaN);
  if (Number.isNaN(low) || Number.isNaN(high) || low !== high) return ends;
  const got = `${low} and ${high}`;
  throw new ArgumentError({ op: "root", argument: "bracket", expected: "two different ends", got });
}
