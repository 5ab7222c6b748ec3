/**
 * `minimize`: the unknowns that minimize a function.
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
   * The relative tolerance: a step is the last if it changes each unknown by less. Default ε^(2/3) of the unknowns'
   * dtype, 3.7e-11 for float64 and 2.4e-5 for float32.
   */
  readonly tolerance?: number;
  /**
   * The absolute tolerance, in the units of each unknown, which is added to the relative one. Default 0. For an unknown
   * whose curvature vanishes, as at the minimum of x⁴, the default is 1e-14 times the greatest magnitude that it has had.
   */
  readonly absoluteTolerance?: number;
  /**
   * The method. "bfgs" stores n² numbers for n unknowns, "lbfgs" only the last 10 steps, and "newton" computes the
   * Hessian in each step. Default: "bfgs" for up to 200 unknowns, else "lbfgs".
   */
  readonly method?: "bfgs" | "lbfgs" | "newton";
  /** The greatest number of steps. Default 1000. */
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

/** The greatest number of unknowns for which the default method stores a dense matrix. */
const FEW = 200;

/** The result of {@link minimize}. */
export class Minimum<X> extends Outcome {
  /** The unknowns, in the form of the start. */
  readonly x: X;
  /** The function at x, a scalar. */
  readonly value: Tensor;
  /** The gradient at x, in the form of the start. */
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
 * Finds a local minimum of a function, near a start, by BFGS, L-BFGS or Newton's method with a line search. Bounds are
 * handled by projection. For sums of squares {@link leastSquares} needs far fewer steps.
 *
 * `fn` is recorded, so it cannot read values. All steps run as one program for each shape. The minimum is
 * differentiable, in both modes and to all orders, with respect to `data`, active bounds and captured tensors, by the
 * implicit function theorem. Its derivative with respect to the start is 0. `vectorize` minimizes a batch. It computes
 * in the dtype of the unknowns: plain numbers are float64, and tensors keep their dtype.
 *
 * `status` 1 means convergence: a step changes no unknown by more than the tolerance, or steps change the value only by
 * rounding and do not become shorter. In both cases the step has seen the curvature from which its length was derived.
 * "newton" distinguishes a minimum from a saddle by the Hessian (status -4); the other methods report "a stationary
 * point, reached by descent". If the gradient is zero at the start, `status` is 2.
 *
 * @param fn a function from the unknowns and `data` to a scalar.
 * @param start the initial unknowns, a tree of tensors and numbers.
 * @param options `data`, `method` (default "bfgs" for up to 200 unknowns, else "lbfgs"), `bounds`, `tolerance` (default ε^(2/3)),
 *   `absoluteTolerance` (default 0) and `maxIterations` (default 1000).
 * @returns a {@link Minimum}: `x`, `value`, `gradient`, `status`, `iterations`, `evaluations` and `reason`.
 * @throws ShapeError for a function whose result is not a scalar, or bounds that do not fit; ArgumentError for a start
 *   that is not finite or outside of its bounds, as far as they can be read; DTypeError for a start or result that is
 *   not a float.
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
