/**
 * `leastSquares`: the unknowns that make residuals as small as they can be.
 */

import {
  diagonal,
  grad,
  type Input,
  implicit,
  jacobian,
  ones,
  Tensor,
  type TensorTree,
  treeLeaves,
  where,
} from "@graddiff/core";
import { pinv } from "@graddiff/core/linalg";
import { boundsOf, optimality, readBounds, within } from "./bounds.ts";
import {
  anything,
  checkFunction,
  countFromOne,
  optional,
  positive,
  readOptions,
  refuseShape,
  refuseSurplus,
} from "./doors.ts";
import { levenbergMarquardt } from "./levenbergMarquardt.ts";
import { costOf, type LossName, readLoss, weighed } from "./losses.ts";
import { epsilonOf, whereNotFinite } from "./numbers.ts";
import { CONVERGED, NOT_FINITE, Outcome, type Progress, STALLED } from "./outcome.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link leastSquares}. */
export interface LeastSquaresOptions<Data> {
  /** The second argument of `residuals`: a tree of tensors and numbers. Default: none. Default: nothing. */
  readonly data?: Input<Data>;
  /** The least and the greatest value of each unknown: numbers, or trees of the form of the start. Default: none. */
  readonly bounds?: readonly [
    low: TensorTree | number | undefined,
    high: TensorTree | number | undefined,
  ];
  /** The weight of each squared residual, in the form of the residuals, or a number. Default 1. */
  readonly weights?: TensorTree | number;
  /**
   * The loss of a squared residual: "linear" (the default), or one that counts large residuals less: "huber", "softL1"
   * or "cauchy", as in SciPy. With `{ name, scale }` residuals count less beyond the scale; default 1.
   */
  readonly loss?: LossName | { readonly name: LossName; readonly scale: number };
  /**
   * The relative change of each unknown below which a step is the last. Default: ε^(2/3) of the unknowns' dtype, 3.7e-11
   * for float64 and 2.4e-5 for float32.
   */
  readonly tolerance?: number;
  /** The most steps, those that lead nowhere included. Default 200 (n + 1) for n unknowns. */
  readonly maxIterations?: number;
}

/** The readers of the options that `curveFit` has, too. */
export const commonReaders = {
  bounds: optional<readonly unknown[], readonly unknown[]>(readBounds, []),
  loss: optional(readLoss, readLoss("leastSquares", "loss", "linear")),
  tolerance: optional(positive, undefined),
  maxIterations: optional(countFromOne, undefined),
};

const readers = { data: anything, weights: anything, ...commonReaders };

type Settings = ReturnType<typeof readOptions<typeof readers>>;

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
  /** The unknowns, in the form of the start. */
  readonly x: X;
  /** The residuals there as one vector, without weights. */
  readonly residuals: Tensor;
  /** Half of the sum of the losses of the weighted squares. */
  readonly cost: Tensor;
  /**
   * The derivatives of the weighted residuals with respect to the unknowns, [residuals, unknowns]. With a loss its rows
   * are scaled so that JᵀJ is about the Hessian of the cost.
   */
  readonly jacobian: Tensor;
  /**
   * s² (JᵀJ)⁻¹, with s² = 2 cost / (residuals − unknowns), or of a Jacobian without full rank with the pseudo-inverse,
   * [unknowns, unknowns]; infinite where there are no more residuals than unknowns. Bounds do not count.
   */
  readonly covariance: Tensor;
  /** The square roots of the diagonal of the covariance, in the form of the start. */
  readonly standardErrors: X;

  /** @internal */
  constructor(
    found: Omit<LeastSquares<X>, keyof Outcome>,
    progress: Progress,
    explain: () => string | undefined,
  ) {
    super(progress, explain);
    this.x = found.x;
    this.residuals = found.residuals;
    this.cost = found.cost;
    this.jacobian = found.jacobian;
    this.covariance = found.covariance;
    this.standardErrors = found.standardErrors;
    // As `Graph` of core does it.
    Object.defineProperty(this, Symbol.for("nodejs.util.inspect.custom"), {
      value: () => this.toString(),
    });
  }

  /**
   * Returns the unknowns with their standard errors, a line each, and how the run has ended: what `console.log` prints
   * in Node.
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
  protected override say(status: number): string {
    switch (status) {
      case CONVERGED:
        return "a minimum: a step changes no unknown by more than the tolerance";
      case NOT_FINITE:
        return "residuals or their Jacobian are not finite at x";
      case STALLED:
        return "no step makes the cost less, though its gradient is not zero: residuals may jump, or be computed in float32";
      default:
        return "the most iterations came first; start: x goes on";
    }
  }
}

/**
 * Finds the unknowns for which the sum of squared residuals is least, near a start. The method is that of Levenberg and
 * Marquardt, a trust region in the units of the Jacobian's columns. Its steps come from a QR factorisation and singular
 * values, so that residuals keep their digits and a Jacobian need not have full rank.
 *
 * `residuals` is recorded, so no value can be read inside. All steps run as one program for each shape, whatever `residuals`
 * captures and `data` holds. The result is differentiable, in both modes and to all orders, with respect to `data`, weights,
 * bounds that are reached, and captures. It goes by the theorem of the implicit function, with the whole Hessian and
 * not that of Gauss and Newton; see `implicit` of `@graddiff/core`. It does not depend on the start. `vectorize` fits a
 * batch, each example to its end. Plain numbers are float64; tensors keep their dtype.
 *
 * @param residuals from the unknowns and `data` to a tensor or a tree of floats.
 * @param start the unknowns to begin with, a tree of tensors and numbers.
 * @param options `data`, `bounds`, `weights`, `loss`, `tolerance` (default ε^(2/3)) and `maxIterations` (default 200 (n + 1)
 *   for n unknowns).
 * @returns a {@link LeastSquares}: `x`, `residuals`, `cost`, `jacobian`, `covariance` and `standardErrors`, with `status`,
 *   `iterations`, `evaluations` and `reason`. It never throws because nothing is found: then `status` is not above 0.
 * @throws ArgumentError for a start that is not finite or outside of its bounds, as far as they can be read (in a recording
 *   it begins at the bound); ShapeError for bounds or weights that do not fit; DTypeError for what is not floats.
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
  checkFunction("leastSquares", "residuals", residuals);
  return fitted("leastSquares", residuals, start, readOptions("leastSquares", options, readers));
}

/** Returns the same for a function of another name, whose options have been read. */
export function fitted<X, Data>(
  op: string,
  residuals: (x: X, data: Data) => unknown,
  start: unknown,
  { data, bounds, weights, loss, ...limits }: Settings,
): LeastSquares<X> {
  const unknowns = unknownsOf<X>(op, start);
  const { dtype, size } = unknowns;
  const tolerance = limits.tolerance ?? epsilonOf(dtype) ** (2 / 3);
  const maxIterations = limits.maxIterations ?? 200 * (size + 1);
  const plain = (x: Tensor, given: unknown) =>
    vectorOf(op, "residuals", residuals(unknowns.tree(x), given as Data), dtype);
  const inputs = {
    ...boundsOf(op, unknowns, bounds),
    weights: weights === undefined ? undefined : weightsOf(weights),
    data: data as TensorTree | undefined,
  };
  const begin = within(inputs, unknowns.start);
  const costWith = (values: Tensor, { weights }: typeof inputs) => {
    const squares = values.square();
    return costOf(loss, weights === undefined ? squares : squares.mul(weighted(weights, squares)));
  };
  const [x, progress] = implicit(
    (from: Tensor, own: typeof inputs) => {
      const { low, high } = own;
      const found = levenbergMarquardt({
        residuals: (x) => scaledBy(own.weights, plain(x, own.data)),
        ...{ start: from, low, high, loss, tolerance, maxIterations },
      });
      return [found.x, found.progress] as const;
    },
    (x, _from, own) => {
      const gradient = grad((at: Tensor) => costWith(plain(at, own.data), own))(x);
      return optimality(x, gradient, own);
    },
    { hasAux: true },
  )(begin, inputs);
  const values = plain(x, inputs.data);
  const [, rows] = weighed(loss, scaledBy(inputs.weights, values), epsilonOf(dtype));
  const slopes = jacobian((at: Tensor) => scaledBy(inputs.weights, plain(at, inputs.data)), {
    mode: size <= values.size ? "forward" : "reverse",
  })(x).mul(rows.reshape([values.size, 1]));
  const cost = costWith(values, inputs);
  const covariance = covarianceOf(slopes, cost);
  const solution = unknowns.tree(x);
  const found = {
    ...{ x: solution, residuals: values, cost, jacobian: slopes, covariance },
    standardErrors: unknowns.tree(diagonal(covariance).sqrt()),
  };
  return new LeastSquares(found, progress, () =>
    whereNotFinite("residuals", () => residuals(solution, data as Data)),
  );
}

/** Returns residuals times the roots of their weights. */
function scaledBy(weights: Tensor | undefined, residuals: Tensor): Tensor {
  return weights === undefined ? residuals : residuals.mul(weighted(weights, residuals).sqrt());
}

function weightsOf(weights: unknown): Tensor {
  const leaves = treeLeaves(weights);
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined && first.rank === 0) return first;
  return vectorOf("leastSquares", "weights", weights, "float64");
}

/** Weights of residuals. @throws ShapeError for another number of them. */
function weighted(weights: Tensor, residuals: Tensor): Tensor {
  const own = weights.cast(residuals.dtype);
  if (own.rank === 0 || own.size === residuals.size) return own.broadcastTo(residuals.shape);
  const expected = `a number, or one for each residual, ${residuals.size}`;
  return refuseShape("leastSquares", "weights", expected, String(own.size));
}

/** s² (JᵀJ)⁺, whose columns have length 1 when it is inverted. */
function covarianceOf(slopes: Tensor, cost: Tensor): Tensor {
  const [m, n] = slopes.shape as [number, number];
  if (m <= n) return ones([n, n], { dtype: slopes.dtype }).mul(Number.POSITIVE_INFINITY);
  const lengths = slopes.square().sum(0).stopGradient().sqrt();
  const units = where(lengths.greater(0), lengths.reciprocal(), 1);
  const isGood = slopes.isFinite().all();
  const inverse = pinv(where(isGood, slopes, 0).mul(units)).mul(units.reshape([n, 1]));
  return inverse.matmul(inverse.transpose()).mul(cost.mul(2 / (m - n)));
}
