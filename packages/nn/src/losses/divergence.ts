/**
 * The Kullback-Leibler divergence of distributions.
 */

import { any, broadcastTo, ShapeError, type Tensor, type TensorLike, where } from "@graddiff/core";
import { flag, oneOf, optional, optionsReader, refuseSurplus } from "@graddiff/core/extend";
import { shareTimesLog } from "./classes.ts";
import {
  elementLoss,
  type LossOptions,
  type LossReduction,
  noMean,
  readMask,
  samePair,
} from "./reducing.ts";

/** The options of {@link klDivergence}. */
export interface KlDivergenceOptions extends Omit<LossOptions, "reduction"> {
  /** The reduction of other losses, or "batchMean", the sum divided by the length of the first axis. Default "mean". */
  readonly reduction?: LossReduction | "batchMean";
  /** True if the target is the logarithm of its probabilities, too. Default false. */
  readonly logTarget?: boolean;
}

const readOptions = optionsReader({
  reduction: optional(
    oneOf<LossReduction | "batchMean">("mean", "sum", "none", "batchMean"),
    "mean" as const,
  ),
  mask: readMask,
  logTarget: optional(flag, false),
});

/**
 * Returns the terms q (log q − log p) of the divergence of a distribution q from p, Σ q log(q / p) (Kullback and
 * Leibler, On Information and Sufficiency, 1951). A q of 0 has the term 0, whatever p is; PyTorch has NaN for a p of 0
 * there.
 *
 * For rows that are distributions use the reduction "batchMean", which gives the mean of their divergences. "mean", the
 * default here and in PyTorch, divides by the number of elements.
 *
 * @param logProbabilities log p, floats of any shape, as `logSoftmax` gives them.
 * @param target q, the same shape; or log q, with `logTarget`, which keeps the digits of small probabilities.
 * @param options `logTarget` (default false). `reduction` ("mean", "sum", "none" or "batchMean"; default "mean"),
 *   `mask` (bools that broadcast to the shape, true where an element takes part). "batchMean" divides by the number of
 *   rows that have an element that takes part. Means are NaN where none does.
 * @returns a scalar; with reduction "none" the shape of the target.
 * @throws ShapeError if the shapes differ, for a mean of no elements, and for "batchMean" of scalars.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { klDivergence } from "@graddiff/nn";
 *
 * const p = tensor([[0.5, 0.5], [0.5, 0.5]], { dtype: "float64" });
 * const q = tensor([[0.5, 0.5], [1, 0]], { dtype: "float64" });
 * console.log(klDivergence(p.log(), q, { reduction: "batchMean" }).item() === Math.log(2) / 2); // true
 * ```
 */
export function klDivergence(
  logProbabilities: TensorLike,
  target: TensorLike,
  options?: KlDivergenceOptions,
): Tensor {
  const op = "klDivergence";
  refuseSurplus(op, 3, arguments);
  const pair = samePair(op, ["logProbabilities", "target"], logProbabilities, target);
  const { reduction, mask, logTarget } = readOptions(op, options);
  const terms = logTarget ? ofLogarithms : ofProbabilities;
  if (reduction !== "batchMean") return elementLoss(op, pair, { reduction, mask }, terms);
  const losses = elementLoss(op, pair, { reduction: "none", mask }, terms);
  const [batch, ...inner] = losses.shape;
  if (batch === undefined) {
    const expected = 'an axis of examples for the reduction "batchMean"';
    throw new ShapeError(op, "target", expected, "a scalar");
  }
  if (losses.size === 0) throw noMean(op, losses.shape);
  if (mask === undefined) return losses.sum().div(batch);
  const takesPart = broadcastTo(mask, losses.shape);
  const axes = inner.map((_, i) => i + 1);
  return losses.sum().div(any(takesPart, axes).sum());
}

function ofProbabilities(logP: Tensor, q: Tensor): Tensor {
  const logQ = where(q.equal(0), 1, q).log();
  return q.mul(logQ).sub(shareTimesLog(q, logP));
}

function ofLogarithms(logP: Tensor, logQ: Tensor): Tensor {
  const isNothing = logQ.equal(Number.NEGATIVE_INFINITY);
  return logQ.exp().mul(where(isNothing, 0, logQ.sub(logP)));
}
