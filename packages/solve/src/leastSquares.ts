/**
 * `leastSquares`: the unknowns that minimize the sum of squared residuals.
 */

import {
  type Input,
  implicit,
  jacobian,
  Tensor,
  type TensorTree,
  treeLeaves,
  vjp,
  where,
} from "@graddiff/core";
import {
  anything,
  callable,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { boundsOf, optimality, readBounds, within } from "./bounds.ts";
import { atLeast, dataOf, type NumberTree } from "./data.ts";
import { readDType, refuseShape } from "./doors.ts";
import { levenbergMarquardt } from "./levenbergMarquardt.ts";
import { type LossName, readLoss, slopeOf, weighed } from "./losses.ts";
import { divided, normOf, toleranceOf, whereNotFinite } from "./numbers.ts";
import { CONVERGED, NOT_FINITE, Outcome, type Progress, STALLED, STATIONARY } from "./outcome.ts";
import { Report } from "./report.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link leastSquares}. */
export interface LeastSquaresOptions<Data> {
  /** The second argument of `residuals`: a tree of tensors and numbers. Default: none. */
  readonly data?: Input<Data>;
  /** The lower and upper bound of each unknown: numbers, or trees of the form of the start. Default: none. */
  readonly bounds?: readonly [low: NumberTree | undefined, high: NumberTree | undefined];
  /** The weight of each squared residual, in the form of the residuals, or a number. Default 1. */
  readonly weights?: NumberTree;
  /**
   * The loss of a squared residual: "linear" (the default), or a robust loss, which reduces the weight of large
   * residuals: "huber", "softL1" or "cauchy", as in SciPy. With `{ name, scale }` the weight is reduced beyond the
   * scale; the default scale is 1.
   */
  readonly loss?: LossName | { readonly name: LossName; readonly scale: number };
  /**
   * The dtype of the computation, "float64" (the default) or "float32", whatever the dtypes of start and `data` are.
   */
  readonly dtype?: "float64" | "float32";
  /**
   * The relative tolerance: a step is the last if it changes each unknown by less. Default ε^(2/3) of the dtype of the
   * computation, 3.7e-11 for float64 and 2.4e-5 for float32.
   */
  readonly tolerance?: number;
  /**
   * The absolute tolerance, in the units of each unknown, which is added to the relative one. Default 0. For an unknown
   * whose derivatives vanish with it, the default is 1e-14 times the greatest magnitude that it has had.
   */
  readonly absoluteTolerance?: number;
  /** The greatest number of steps, including rejected ones. Default 200 (n + 1) for n unknowns. */
  readonly maxIterations?: number;
}

/** The readers of the options that `curveFit` also has. */
export const commonReaders = {
  bounds: optional<readonly unknown[], readonly unknown[]>(readBounds, []),
  loss: optional(readLoss, readLoss("leastSquares", "loss", "linear")),
  dtype: readDType,
  absoluteTolerance: optional(positive, 0),
  tolerance: optional(positive, undefined),
  maxIterations: optional(positiveInteger, undefined),
};

const readOptions = optionsReader({ data: anything, weights: anything, ...commonReaders });

type Settings = ReturnType<typeof readOptions>;

/** Returns the name of each unknown in a tree, and its value with its standard error. */
function rowsOf(path: string, values: unknown, errors: unknown): [name: string, value: string][] {
  if (values instanceof Tensor) {
    const error = (errors as Tensor).toString({ digits: 2 });
    return [[path === "" ? "x" : path, `${values.toString({ digits: 6 })} ± ${error}`]];
  }
  return Object.entries(values as object).flatMap(([key, each]) =>
    rowsOf(path === "" ? key : `${path}.${key}`, each, (errors as Record<string, unknown>)[key]),
  );
}

/** The result of {@link leastSquares}. */
export class LeastSquares<X> extends Outcome {
  readonly #report: Report<X>;

  /** @internal */
  constructor(report: Report<X>, progress: Progress, explain: () => string | undefined) {
    super(progress, explain);
    this.#report = report;
    // Node's console.log prints an object by this method.
    Object.defineProperty(this, Symbol.for("nodejs.util.inspect.custom"), {
      value: () => this.toString(),
    });
  }

  /** The unknowns, in the form of the start. */
  get x(): X {
    return this.#report.x;
  }

  /** The residuals at x as one vector, without weights. */
  get residuals(): Tensor {
    return this.#report.solved.residuals;
  }

  /** Half of the sum of the losses of the weighted squares. */
  get cost(): Tensor {
    return this.#report.cost;
  }

  /**
   * The derivatives of the weighted residuals with respect to the unknowns, [residuals, unknowns]. With a loss its rows
   * are scaled so that JᵀJ is about the Hessian of the cost.
   */
  get jacobian(): Tensor {
    return this.#report.solved.jacobian;
  }

  /**
   * The covariance of the unknowns, [unknowns, unknowns]: s² (JᵀJ)⁻¹, where s² is 2 cost / (number of residuals −
   * number of unknowns). It is infinite in the rows and columns of unknowns that the residuals do not determine, and
   * everywhere if there are no more residuals than unknowns. Bounds are ignored.
   */
  get covariance(): Tensor {
    return this.#report.covariance;
  }

  /** The square roots of the diagonal of the covariance, in the form of the start. */
  get standardErrors(): X {
    return this.#report.standardErrors;
  }

  /**
   * The names of the unknowns that the residuals do not determine at x, such as `["rate", "offset[2]"]`. The residuals
   * do not depend on them, or changes of several unknowns together leave the residuals unchanged. They are found by the
   * rank of the Jacobian with columns of length 1, at the relative tolerance max(m, n) ε. Their standard errors are
   * infinite.
   *
   * @throws RecordingError inside of recordings, where no value can be read.
   */
  get undetermined(): readonly string[] {
    return this.#report.undetermined;
  }

  /**
   * Returns a text with the unknowns and their standard errors, a line each, and the reason why the run ended.
   * `console.log` of Node prints it.
   *
   * @throws RecordingError inside of recordings, where no value can be read.
   */
  override toString(): string {
    const rows = rowsOf("", this.x, this.standardErrors);
    const width = Math.max(...rows.map(([name]) => name.length));
    const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
    const cost = this.cost.toString({ digits: 4 });
    return `${lines.join("\n")}\ncost ${cost}, iterations ${this.iterations}: ${this.reason}`;
  }

  /** @internal */
  protected override remark(): string {
    const names = this.undetermined;
    return names.length === 0 ? "" : `; the residuals do not determine ${names.join(", ")}`;
  }

  /** @internal */
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return "a minimum: a step changes no unknown by more than the tolerance";
      case STATIONARY:
        return "a stationary point: the gradient is zero at the start, so no step tells a minimum from a maximum or a saddle";
      case NOT_FINITE:
        return "residuals or their Jacobian are not finite at x";
      case STALLED:
        return "no step makes the cost less, though its gradient is not zero: residuals may jump, have a kink, or be computed in float32";
      default:
        return "the most iterations came first; start: x goes on";
    }
  }
}

/**
 * Finds a local minimum of the sum of squared residuals, near a start. It uses the Levenberg–Marquardt method, a trust
 * region in the units of the Jacobian's columns. Steps are computed by a QR factorisation and singular values, which
 * keeps the precision of the residuals and allows a rank-deficient Jacobian.
 *
 * `residuals` is recorded, so it cannot read values. All steps run as one program for each shape, for all values of
 * `data` and of captured tensors. The result is differentiable, in both modes and to all orders, with respect to
 * `data`, weights, active bounds and captured tensors. It is differentiated by the implicit function
 * theorem with the full Hessian, not the Gauss–Newton approximation: see `implicit` of `@graddiff/core`. Its derivative
 * with respect to the start is 0.
 * `vectorize` fits a batch, each example until it has converged. It computes and returns float64, whatever the dtypes
 * of start and data, unless `dtype` is "float32".
 *
 * `status` 1 means convergence, by one of three criteria for Gauss–Newton steps that the trust region has not
 * shortened. The first: a step changes no unknown by more than the tolerance. The second: steps reduce the cost by less
 * than ε^(2/3) of it and do not become shorter. The third: a step changes the residuals by less than rounding of the
 * unknowns does. If the start is far from the solution, unknowns in which the residuals are affine are solved for first.
 * So the scale of the data does not matter for amplitudes and offsets.
 *
 * @param residuals a function from the unknowns and `data` to a tensor or a tree of floats.
 * @param start the initial unknowns, a tree of tensors and numbers.
 * @param options `data`, `bounds`, `weights`, `loss`, `dtype` (default "float64"), `tolerance` (default ε^(2/3)),
 *   `absoluteTolerance` (default 0) and `maxIterations` (default 200 (n + 1) for n unknowns).
 * @returns a {@link LeastSquares}: `x`, `residuals`, `cost`, `jacobian`, `covariance`, `standardErrors` and `undetermined`, with
 *   `status`, `iterations`, `evaluations` and `reason`. If it does not converge, it does not throw: `status` is then 0
 *   or below.
 * @throws ArgumentError for a start that is not finite or outside of its bounds, as far as they can be read (in a recording
 *   it begins at the bound); ArgumentError for NaN in `data`, negative weights, and a tolerance below the ε of the dtype;
 *   ShapeError for bounds or weights that do not fit, and for no residuals; DTypeError for a start or residuals that
 *   are not floats. A gradient through `x` throws an ArgumentError if the residuals do not determine x.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { leastSquares } from "@graddiff/solve";
 *
 * const times = tensor([0, 1, 2, 3, 4], { dtype: "float64" });
 * const counts = tensor([10.1, 6.1, 3.6, 2.3, 1.3], { dtype: "float64" });
 * const { x, standardErrors, reason } = leastSquares(
 *   ({ start, rate }: { start: Tensor; rate: Tensor }) => start.mul(rate.mul(times).neg().exp()).sub(counts),
 *   { start: 1, rate: 1 },
 * );
 * console.log(x.start.item().toFixed(3), x.rate.item().toFixed(4)); // 10.099 0.5063
 * console.log(standardErrors.rate.item().toFixed(4)); // 0.0063
 * console.log(reason); // a minimum: a step changes no unknown by more than the tolerance
 * ```
 */
export function leastSquares<X, Data = undefined>(
  residuals: (x: X, data: Data) => unknown,
  start: Input<X>,
  options?: LeastSquaresOptions<Data>,
): LeastSquares<X> {
  refuseSurplus("leastSquares", 3, arguments);
  callable("leastSquares", "residuals", residuals);
  const settings = readOptions("leastSquares", options);
  const { report, progress, explain } = fitted("leastSquares", residuals, start, settings);
  return new LeastSquares(report, progress, explain);
}

/** A solution, and the progress of the run that found it. */
export interface Fitted<X> {
  readonly report: Report<X>;
  readonly progress: Progress;
  /** Returns a sentence about values or derivatives that are not finite at x; undefined if there are none. */
  readonly explain: () => string | undefined;
}

/**
 * Solves a least-squares problem with options that were already read. Errors name the function `op`.
 *
 * @param isAbsolute true if residuals are in units of their standard deviations.
 */
export function fitted<X, Data>(
  op: string,
  residuals: (x: X, data: Data) => unknown,
  start: unknown,
  { data, bounds, weights, loss, dtype, ...limits }: Settings,
  isAbsolute = false,
): Fitted<X> {
  const unknowns = unknownsOf<X>(op, start, { wanted: dtype });
  const { size } = unknowns;
  const tolerance = toleranceOf(op, "tolerance", limits.tolerance, dtype, 2 / 3);
  const { absoluteTolerance: absolute, maxIterations = 200 * (size + 1) } = limits;
  const plain = (x: Tensor, values: unknown) => {
    const found = vectorOf(op, "residuals", residuals(unknowns.tree(x), values as Data), dtype);
    return found.size > 0 ? found : refuseShape(op, "residuals", "at least one residual", "none");
  };
  const inputs = {
    ...boundsOf(op, unknowns, bounds),
    weights: weights === undefined ? undefined : weightsOf(op, weights).cast(dtype),
    data: dataOf<TensorTree | undefined>(op, "data", data, dtype),
  };
  type Inputs = typeof inputs;
  const withWeights = (values: Tensor, { weights }: Inputs) =>
    weights === undefined ? values : values.mul(weighted(op, weights, values).root);
  const weightedAt = (x: Tensor, own: Inputs) => withWeights(plain(x, own.data), own);
  const [x, progress] = implicit(
    (from: Tensor, own: Inputs) => {
      const { low, high } = own;
      const found = levenbergMarquardt({
        residuals: (x) => weightedAt(x, own),
        ...{ start: from, low, high, loss, tolerance, absolute, maxIterations },
      });
      return [found.x, found.progress] as const;
    },
    (x, _from, own) =>
      optimality(
        x,
        gradientAt(op, (at) => plain(at, own.data), x, own, loss),
        own,
      ),
    { hasAux: true },
  )(within(inputs, unknowns.start), inputs);
  const values = plain(x, inputs.data);
  const own = withWeights(values, inputs);
  const whole = jacobian((at: Tensor) => weightedAt(at, inputs), {
    mode: size <= values.size ? "forward" : "reverse",
  })(x);
  const rows = weighed(loss, own)?.[1];
  const slopes = rows === undefined ? whole : whole.mul(rows.reshape([values.size, 1]));
  const report = new Report<X>({
    ...{ op, unknowns, x, loss, isAbsolute },
    ...{ residuals: values, weighted: own, jacobian: slopes },
  });
  const explain = () =>
    whereNotFinite(
      "residuals",
      () => residuals(report.x, inputs.data as Data),
      () => slopes,
    );
  return { report, progress, explain };
}

/**
 * Returns the gradient of the cost divided by the norm of the weighted residuals, so that no square overflows. It is the
 * pullback of w ρ′ r for each residual r of weight w.
 */
function gradientAt(
  op: string,
  residualsAt: (x: Tensor) => Tensor,
  x: Tensor,
  { weights }: { readonly weights: Tensor | undefined },
  loss: Parameters<typeof slopeOf>[0],
): Tensor {
  const { value, pullback } = vjp(residualsAt)(x);
  const own = weights === undefined ? undefined : weighted(op, weights, value);
  const scaled = own === undefined ? value : value.mul(own.root);
  const size = normOf(scaled).stopGradient();
  const slope = slopeOf(loss, scaled);
  const sloped = slope === undefined ? value : value.mul(slope);
  const cotangent = own === undefined ? sloped : sloped.mul(own.whole);
  const [gradient] = pullback(divided(cotangent, size));
  return gradient as Tensor;
}

function weightsOf(op: string, weights: unknown): Tensor {
  const leaves = treeLeaves(weights);
  const [first] = leaves;
  const isOne = leaves.length === 1 && first !== undefined && first.rank === 0;
  const all = isOne ? first : vectorOf(op, "weights", weights, "float64");
  return atLeast(op, "weights", all, 0, "numbers that are not negative");
}

/** Returns the weights of residuals and their roots. @throws ShapeError for another number of them. */
function weighted(
  op: string,
  weights: Tensor,
  residuals: Tensor,
): { readonly whole: Tensor; readonly root: Tensor } {
  if (weights.rank > 0 && weights.size !== residuals.size) {
    const expected = `a number, or one for each residual, ${residuals.size}`;
    refuseShape(op, "weights", expected, String(weights.size));
  }
  const whole = weights.broadcastTo(residuals.shape);
  // The square root of a weight of 0 has an infinite derivative, which is replaced by 0.
  const root = where(whole.greater(0), where(whole.greater(0), whole, 1).sqrt(), 0);
  return { whole, root };
}
