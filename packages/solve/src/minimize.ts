/**
 * `minimize`: the unknowns that make a function as small as it can be.
 */

import { grad, type Input, implicit, type Tensor, type TensorTree } from "@graddiff/core";
import {
  anything,
  callable,
  oneOf,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { boundsOf, optimality, readBounds, within } from "./bounds.ts";
import { dataOf } from "./data.ts";
import { descend } from "./descent.ts";
import { bfgs, lbfgs, newtonWay } from "./directions.ts";
import { refuseShape } from "./doors.ts";
import type { LeastSquaresOptions } from "./leastSquares.ts";
import { toleranceOf, whereNotFinite } from "./numbers.ts";
import {
  CONVERGED,
  NOT_FINITE,
  Outcome,
  type Progress,
  SADDLE,
  STALLED,
  STATIONARY,
} from "./outcome.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link minimize}. */
export interface MinimizeOptions<Data> extends Pick<LeastSquaresOptions<Data>, "data" | "bounds"> {
  /**
   * The relative change of each unknown below which a step is the last. Default ε^(2/3) of the unknowns' dtype, 3.7e-11
   * for float64 and 2.4e-5 for float32.
   */
  readonly tolerance?: number;
  /**
   * The change of each unknown, in its units, below which a step is the last, too. Default 0; but 1e-14 of the greatest
   * magnitude that it has had where the curvature vanishes, as at the minimum of x⁴.
   */
  readonly absoluteTolerance?: number;
  /**
   * "bfgs" keeps n² numbers of n unknowns; "lbfgs" those of the last 10 steps; "newton" computes the Hessian in each step. Default:
   * "bfgs" for up to 200 unknowns, else "lbfgs".
   */
  readonly method?: "bfgs" | "lbfgs" | "newton";
  /** The most steps. Default 1000. */
  readonly maxIterations?: number;
}

const readOptions = optionsReader({
  data: anything,
  bounds: optional<readonly unknown[], readonly unknown[]>(readBounds, []),
  method: optional(oneOf("bfgs", "lbfgs", "newton"), undefined),
  tolerance: optional(positive, undefined),
  absoluteTolerance: optional(positive, 0),
  maxIterations: optional(positiveInteger, 1000),
});

type Method = NonNullable<MinimizeOptions<unknown>["method"]>;

/** The most unknowns for which a dense matrix is kept, unless an option says otherwise. */
const FEW = 200;

/** The result of {@link minimize}. */
export class Minimum<X> extends Outcome {
  /** The unknowns, in the form of the start. */
  readonly x: X;
  /** The function there, a scalar. */
  readonly value: Tensor;
  /** The gradient there, in the form of the start. */
  readonly gradient: X;
  readonly #method: Method;

  /** @internal */
  constructor(
    { x, value, gradient }: Pick<Minimum<X>, "x" | "value" | "gradient">,
    progress: Progress,
    explain: () => string | undefined,
    method: Method,
  ) {
    super(progress, explain);
    this.#method = method;
    this.x = x;
    this.value = value;
    this.gradient = gradient;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return this.#method === "newton"
          ? "a minimum: a step changes no unknown by more than the tolerance, and the Hessian has no negative eigenvalue"
          : "a stationary point, reached by descent: a step changes no unknown by more than the tolerance";
      case STATIONARY:
        return "a stationary point: the gradient is zero at the start, so no step tells a minimum from a maximum or a saddle";
      case SADDLE:
        return "a saddle or a maximum: the gradient is zero, and the Hessian has a negative eigenvalue";
      case NOT_FINITE:
        return "fn or its gradient is not finite at x";
      case STALLED:
        return "no step makes fn less, though its gradient is not zero: it may jump, have a kink, or be computed in float32";
      default:
        return "the most iterations came first; start: x goes on";
    }
  }
}

/**
 * Finds the unknowns for which a function is least, near a start. It goes along directions by the method of Broyden,
 * Fletcher, Goldfarb and Shanno, with or without all of its memory, or by Newton's; bounds hold by projection. For sums
 * of squares {@link leastSquares} needs far fewer steps.
 *
 * `fn` is recorded, so no value can be read inside. All steps run as one program for each shape. The minimum is differentiable, in
 * both modes and to all orders, with respect to `data`, bounds that are reached, and captures, by the theorem of the
 * implicit function. It does not depend on the start. `vectorize` minimizes a batch. It computes in the dtype of the unknowns:
 * plain numbers are float64, and tensors keep theirs.
 *
 * `status` 1 says that a step changes no unknown by more than the tolerance, or that steps change values by rounding alone and
 * shrink no more. In both cases the curvature along the step was what gave it its length. "newton" tells a minimum from a saddle by
 * the Hessian (status -4); the others say "a stationary point, reached by descent". Where the gradient is zero at the start,
 * `status` is 2.
 *
 * @param fn from the unknowns and `data` to a scalar.
 * @param start the unknowns to begin with, a tree of tensors and numbers.
 * @param options `data`, `method` (default "bfgs" for up to 200 unknowns, else "lbfgs"), `bounds`, `tolerance` (default ε^(2/3)),
 *   `absoluteTolerance` (default 0) and `maxIterations` (default 1000).
 * @returns a {@link Minimum}: `x`, `value`, `gradient`, `status`, `iterations`, `evaluations` and `reason`.
 * @throws ShapeError for a function whose result is no scalar, or bounds that do not fit; ArgumentError for a start that is not
 *   finite or outside of its bounds, as far as they can be read; DTypeError for what is not floats.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor } from "@graddiff/core";
 * import { minimize } from "@graddiff/solve";
 *
 * // Rosenbrock's valley, which bends with a.
 * const valley = (a: Tensor) =>
 *   minimize(
 *     ({ x, y }: { x: Tensor; y: Tensor }) => y.sub(x.square().mul(a)).square().mul(100).add(x.neg().add(1).square()),
 *     { x: -1.2, y: 1 },
 *   ).x;
 * const a = tensor(1, { dtype: "float64" });
 * console.log(valley(a).x.item().toFixed(8), valley(a).y.item().toFixed(8)); // 1.00000000 1.00000000
 * console.log(grad((a: Tensor) => valley(a).y)(a).item().toFixed(6)); // 1.000000
 * ```
 */
export function minimize<X, Data = undefined>(
  fn: (x: X, data: Data) => Tensor,
  start: Input<X>,
  options?: MinimizeOptions<Data>,
): Minimum<X> {
  refuseSurplus("minimize", 3, arguments);
  callable("minimize", "fn", fn);
  const { bounds, method, maxIterations, ...own } = readOptions("minimize", options);
  const unknowns = unknownsOf<X>("minimize", start);
  const { absoluteTolerance: absolute } = own;
  const tolerance = toleranceOf("minimize", "tolerance", own.tolerance, unknowns.dtype, 2 / 3);
  const value = (x: Tensor, given: unknown) => {
    const result = vectorOf("minimize", "fn", fn(unknowns.tree(x), given as Data), unknowns.dtype);
    if (result.size === 1) return result.reshape([]);
    return refuseShape("minimize", "fn", "a function that returns a scalar", `[${result.shape}]`);
  };
  const inputs = {
    ...boundsOf("minimize", unknowns, bounds),
    data: dataOf<TensorTree | undefined>("minimize", "data", own.data),
  };
  const name = method ?? (unknowns.size > FEW ? "lbfgs" : "bfgs");
  const gradientAt = (x: Tensor, given: unknown) => grad((at: Tensor) => value(at, given))(x);
  const [x, progress] = implicit(
    (from: Tensor, { low, high, data }: typeof inputs) => {
      const at = (x: Tensor) => value(x, data);
      const way = name === "newton" ? newtonWay(at) : name === "bfgs" ? bfgs : lbfgs;
      const found = descend(at, way, from, { low, high, tolerance, absolute, maxIterations });
      return [found.x, found.progress] as const;
    },
    (x, _from, { low, high, data }) => optimality(x, gradientAt(x, data), { low, high }),
    { hasAux: true },
  )(within(inputs, unknowns.start), inputs);
  const solution = unknowns.tree(x);
  const found = {
    x: solution,
    value: value(x, inputs.data),
    gradient: unknowns.tree(gradientAt(x, inputs.data)),
  };
  const explain = () =>
    whereNotFinite(
      "fn",
      () => fn(solution, inputs.data as Data),
      () => gradientAt(x, inputs.data),
    );
  return new Minimum(found, progress, explain, name);
}
