/**
 * Negative log-likelihoods of counts, and of measurements with an uncertainty.
 */

import { broadcastTo, type Tensor, type TensorLike, where } from "@graddiff/core";
import {
  checked,
  flag,
  nonNegative,
  optional,
  promoteInputs,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import {
  checkMask,
  checkSame,
  type LossOptions,
  lossReader,
  type PairLoss,
  pairLoss,
  reduceLosses,
  samePair,
  selected,
} from "./reducing.ts";

/** The options of {@link poissonNegativeLogLikelihood}. */
export interface PoissonLossOptions extends LossOptions {
  /** True if the prediction is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** True if Stirling's approximation of log y! is added, for counts above 1. Default false. */
  readonly full?: boolean;
  /** A number that is added to a rate before its logarithm is taken; not used with `logInput`. Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Returns the negative log-likelihood of counts y under Poisson distributions with the rate λ, λ − y log λ, without the
 * term log y!, which no gradient of the rate needs. The prediction is log λ: e^x − y x.
 *
 * With `full` that term is y log y − y + log(2πy) / 2 for counts above 1, and 0 for others, as in PyTorch.
 *
 * @param prediction log λ, or with `logInput: false` λ; any shape. int32 and bools become the default float dtype.
 * @param target the counts, of the same shape.
 * @param options `logInput` (default true), `full` (false), `epsilon` (1e-8: added to λ before its logarithm is taken).
 *   `reduction` ("mean", "sum" or "none"; default "mean"), `mask` (bools that broadcast to the prediction, true where
 *   an element takes part). A mean is NaN where none does.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { poissonNegativeLogLikelihood } from "@graddiff/nn";
 *
 * console.log(poissonNegativeLogLikelihood(tensor([0, 0]), tensor([3, 5])).item()); // 1
 * ```
 */
export const poissonNegativeLogLikelihood: PairLoss<PoissonLossOptions> = pairLoss(
  "poissonNegativeLogLikelihood",
  {
    logInput: optional(flag, true),
    full: optional(flag, false),
    epsilon: optional(nonNegative, 1e-8),
  },
  (x, y, { logInput, full, epsilon }) => {
    const own = logInput ? x.exp().sub(y.mul(x)) : x.sub(y.mul(x.add(epsilon).log()));
    return full ? own.add(stirling(y)) : own;
  },
);

/** Stirling's approximation of log y!. */
function stirling(y: Tensor): Tensor {
  const isMany = y.greater(1);
  const many = where(isMany, y, 1);
  const logarithm = many.mul(many.log()).sub(many);
  return where(
    isMany,
    logarithm.add(
      many
        .mul(2 * Math.PI)
        .log()
        .mul(0.5),
    ),
    0,
  );
}

/** The options of {@link gaussianNegativeLogLikelihood}. */
export interface GaussianLossOptions extends LossOptions {
  /** True if log(2π) / 2 is added. Default false. */
  readonly full?: boolean;
  /** The least variance; smaller ones count as this. Default 1e-6. */
  readonly epsilon?: number;
}

const readGaussian = lossReader({
  full: optional(flag, false),
  epsilon: optional(nonNegative, 1e-6),
});

/** log √(2π) */
const LOG_ROOT = 0.9189385332046727;

/**
 * Returns the negative log-likelihood of numbers y under normal distributions with the mean x and the variance v, (log
 * v + (x − y)² / v) / 2 (Nix and Weigend, Estimating the Mean and Variance of the Target Probability Distribution,
 * 1994).
 *
 * A variance below epsilon is replaced by epsilon, but keeps the gradient of a variance of epsilon, as in PyTorch, so
 * that training can increase it again.
 *
 * @param prediction the means, any shape; int32 and bools become the default float dtype.
 * @param target the same shape.
 * @param variance the same shape, or a scalar.
 * @param options `full` (default false: log(2π) / 2 is left out), `epsilon` (1e-6). `reduction` ("mean", "sum" or
 *   "none"; default "mean"), `mask` (bools that broadcast to the prediction, true where an element takes part). A mean
 *   is NaN where none does.
 * @returns a scalar; with reduction "none" the shape of the prediction.
 * @throws ShapeError if the shapes differ, and for a mean of no elements; ArgumentError for a negative variance (a
 *   compiled function throws it when it runs).
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { gaussianNegativeLogLikelihood } from "@graddiff/nn";
 *
 * console.log(gaussianNegativeLogLikelihood(tensor([1, 3]), tensor([3, 3]), 1).item()); // 1
 * ```
 */
export function gaussianNegativeLogLikelihood(
  prediction: TensorLike,
  target: TensorLike,
  variance: TensorLike,
  options?: GaussianLossOptions,
): Tensor {
  const op = "gaussianNegativeLogLikelihood";
  refuseSurplus(op, 4, arguments);
  const pair = samePair(op, ["prediction", "target"], prediction, target);
  const [given, wanted, spread] = promoteInputs(
    op,
    [...pair, toTensor(op, "variance", variance)],
    "float",
  );
  const { full, epsilon, mask, reduction } = readGaussian(op, options);
  const { shape } = given;
  if (spread.rank > 0) checkSame(op, ["prediction", shape], ["variance", spread.shape]);
  checkMask(op, mask, shape);
  const v = checked(selected(mask, mask ? broadcastTo(spread, shape) : spread, 1), {
    op,
    argument: "variance",
    low: 0,
    high: Number.POSITIVE_INFINITY,
    takesNaN: true,
    expected: "numbers from 0",
    hint: "x.exp() or softplus(x) makes variances of any numbers",
  });
  const variances = v.add(v.maximum(epsilon).sub(v).stopGradient());
  const difference = selected(mask, given, 0).sub(selected(mask, wanted, 0));
  const losses = difference.square().div(variances).add(variances.log()).mul(0.5);
  const whole = full ? losses.add(LOG_ROOT) : losses;
  return reduceLosses(op, whole, { reduction, mask });
}
