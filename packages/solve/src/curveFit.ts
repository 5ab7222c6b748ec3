/**
 * `curveFit`: fits the parameters of a model to data, and predicts with standard errors.
 */

import { type Input, jacobian, ones, type Tensor, treeLeaves } from "@graddiff/core";
import {
  anything,
  callable,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { atLeast, dataOf, type NumberTree } from "./data.ts";
import { refuseShape, refuseType } from "./doors.ts";
import {
  commonReaders,
  type Fitted,
  fitted,
  LeastSquares,
  type LeastSquaresOptions,
} from "./leastSquares.ts";
import { whereNotFinite } from "./numbers.ts";
import type { Report } from "./report.ts";
import { errorsAlong } from "./uncertainty.ts";
import { unknownsOf, vectorOf } from "./unknowns.ts";

/** The settings of {@link curveFit}. */
export interface CurveFitOptions
  extends Pick<
    LeastSquaresOptions<undefined>,
    "bounds" | "loss" | "dtype" | "tolerance" | "absoluteTolerance" | "maxIterations"
  > {
  /** The standard deviations of ys, above 0, in the form of ys, or one for all. Default: all are equal. */
  readonly sigma?: NumberTree;
  /**
   * True if `sigma` is in the units of ys: then standard errors are computed from `sigma` alone. Default false: only
   * the ratios of `sigma` matter, and standard errors are scaled by the scatter of ys about the curve, as in SciPy.
   */
  readonly absoluteSigma?: boolean;
}

/** The values of a curve at some points, with their standard errors. */
export interface Prediction {
  /** The model at the points. */
  readonly value: Tensor;
  /** The standard error of the curve, to first order in the errors of the parameters (the delta method), of the same shape. */
  readonly standardError: Tensor;
}

/** The result of {@link curveFit}. */
export class CurveFit<X, Parameters> extends LeastSquares<Parameters> {
  /** The model, which `predict` calls. */
  readonly model: (xs: X, parameters: Parameters) => Tensor;
  readonly #report: Report<Parameters>;

  /** @internal */
  constructor(
    model: (xs: X, parameters: Parameters) => Tensor,
    { report, progress }: Fitted<Parameters>,
    explain: () => string | undefined,
  ) {
    super(report, progress, explain);
    this.model = model;
    this.#report = report;
  }

  /**
   * Returns the curve at other points, with its standard error. The error is infinite where the curve depends on
   * parameters that the data do not determine.
   *
   * @param xs the points, in the form that the model takes.
   * @returns a {@link Prediction}: `value` and `standardError`.
   * @throws ArgumentError for NaN.
   */
  predict(xs: Input<X>): Prediction {
    refuseSurplus("predict", 1, arguments);
    const { uncertainty, scale } = this.#report;
    const at = dataOf<X>("predict", "xs", xs, scale.dtype);
    const parameters = unknownsOf<Parameters>("predict", this.x, { argument: "x" });
    const value = this.model(at, this.x);
    const slopes = jacobian((vector: Tensor) => this.model(at, parameters.tree(vector)), {
      mode: "forward",
    })(parameters.start).reshape([value.size, parameters.size]);
    const error = errorsAlong(slopes, uncertainty, scale).reshape(value.shape);
    return { value, standardError: error };
  }
}

const readBoolean: Reader<boolean> = (op, argument, value) =>
  typeof value === "boolean" ? value : refuseType(op, argument, "true or false", String(value));

const readOptions = optionsReader({
  ...commonReaders,
  sigma: anything,
  absoluteSigma: optional(readBoolean, false),
});

/**
 * Fits the parameters of a model to data, by {@link leastSquares} of the differences between model and ys, divided by
 * `sigma`. With the default loss the standard errors of the parameters are those of the model, linearized at the fit.
 *
 * @param model a function from xs and the parameters to the expected ys, a tensor.
 * @param xs the points at which data were measured: a tensor or a tree, passed to the model.
 * @param ys the data, in the shape of the model's result.
 * @param start the initial parameters, a tree of tensors and numbers.
 * @param options `sigma`, `absoluteSigma` (default false), `bounds`, `loss`, `dtype`, `tolerance`,
 *   `absoluteTolerance` and `maxIterations`.
 * @returns a {@link CurveFit}: the result of `leastSquares`, with residuals in units of `sigma`, and `predict(xs)`,
 *   which returns the curve at other points with its standard error. The fit is differentiable with respect to xs, ys,
 *   sigma and the tensors that the model captures.
 * @throws ShapeError if ys have another shape than the model's result; ArgumentError for NaN in xs or ys, and for a
 *   sigma that is not above 0; and the errors of `leastSquares`.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { curveFit } from "@graddiff/solve";
 *
 * const xs = tensor([0, 1, 2, 3], { dtype: "float64" });
 * const line = (x: Tensor, { a, b }: { a: Tensor; b: Tensor }) => a.mul(x).add(b);
 * const fit = curveFit(line, xs, tensor([1.1, 2.9, 5.2, 6.8], { dtype: "float64" }), { a: 1, b: 0 });
 * const { value, standardError } = fit.predict(tensor([4], { dtype: "float64" }));
 * console.log(fit.x.a.item().toFixed(2), fit.x.b.item().toFixed(2)); // 1.94 1.09
 * console.log(value.at(0).item().toFixed(2), "±", standardError.at(0).item().toFixed(2)); // 8.85 ± 0.25
 * ```
 */
export function curveFit<X, Parameters>(
  model: (xs: X, parameters: Parameters) => Tensor,
  xs: Input<X>,
  ys: Tensor,
  start: Input<Parameters>,
  options?: CurveFitOptions,
): CurveFit<X, Parameters> {
  refuseSurplus("curveFit", 5, arguments);
  callable("curveFit", "model", model);
  const { sigma, absoluteSigma, ...settings } = readOptions("curveFit", options);
  const { dtype } = settings;
  const inputs = {
    xs: dataOf<X>("curveFit", "xs", xs, dtype),
    ys: dataOf<Tensor>("curveFit", "ys", ys, dtype),
    sigma: sigmaOf(sigma ?? 1).cast(dtype),
  };
  const residuals = (parameters: Parameters, { xs, ys, sigma }: typeof inputs) => {
    const curve = model(xs, parameters);
    if (String(curve.shape) !== String(ys.shape)) {
      const expected = `the shape of what the model gives, [${curve.shape}]`;
      refuseShape("curveFit", "ys", expected, `[${ys.shape}]`);
    }
    if (sigma.rank > 0 && String(sigma.shape) !== String(ys.shape)) {
      const expected = `a number, or the shape of ys, [${ys.shape}]`;
      refuseShape("curveFit", "sigma", expected, `[${sigma.shape}]`);
    }
    return curve.sub(ys).div(sigma);
  };
  const found = fitted<Parameters, typeof inputs>(
    "curveFit",
    residuals,
    start,
    { ...settings, data: inputs, weights: undefined },
    absoluteSigma,
  );
  return new CurveFit(model, found, () =>
    whereNotFinite(
      "model",
      () => model(inputs.xs, found.report.x),
      () => found.report.solved.jacobian,
    ),
  );
}

/** Returns standard deviations as a tensor. @throws ArgumentError for one that is not above 0. */
function sigmaOf(sigma: unknown): Tensor {
  const leaves = treeLeaves(sigma);
  const [first = ones([])] = leaves;
  const own = leaves.length > 1 ? vectorOf("curveFit", "sigma", sigma, "float64") : first;
  return atLeast("curveFit", "sigma", own, Number.MIN_VALUE, "standard deviations above 0");
}
