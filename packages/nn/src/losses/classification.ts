/**
 * Losses of classification: the negative logarithm of the probability that a model assigns to the target.
 */

import { ArgumentError, ShapeError, type Tensor, type TensorLike } from "@graddiff/core";
import {
  broadcasts,
  checked,
  formatShape,
  fraction,
  isFloat,
  optional,
  promoteInputs,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { elementsOf, takeAt } from "../inside.ts";
import {
  type ClassLossOptions,
  checkClasses,
  checkWeight,
  classCount,
  classReader,
  noClasses,
  rowsOf,
  shareTimesLog,
} from "./classes.ts";
import {
  checkMask,
  type LossOptions,
  lossReader,
  ofRows,
  reduceLosses,
  samePair,
  selected,
} from "./reducing.ts";

/** The options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends ClassLossOptions {
  /** The share of the probability, from 0 to 1, that is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

const readCrossEntropy = classReader({
  labelSmoothing: optional(fraction, 0),
});

type CrossEntropySettings = ReturnType<typeof readCrossEntropy>;

/**
 * Returns the cross-entropy of a softmax over the last axis against the right classes: log Σⱼ e^xⱼ − x_class, computed
 * from differences to the greatest x, so that nothing overflows.
 *
 * In place of a class each row may have a distribution over the classes, p: then it is Σₖ pₖ (log Σⱼ e^xⱼ − xₖ). With a
 * `labelSmoothing` of ε the right distribution is (1 − ε) p + ε / classes (Szegedy et al., Rethinking the Inception
 * Architecture, 2015). A `weight` multiplies the term of each class.
 *
 * As in PyTorch, a mean over classes is divided by the sum of the weights of the right classes that take part, one over
 * distributions by their number. Other than there, the classes are the last axis, not the second, and no class is
 * ignored by default.
 *
 * @param logits floats of shape [..., classes], not yet normalized; int32 and bools become the default float dtype.
 * @param classes int32 of shape [...]: the right class of each row, from 0. Or floats of the shape of the logits, whose
 *   rows are distributions: elements from 0 that add up to 1, which is checked to within 0.05.
 * @param options `weight` ([classes]), `labelSmoothing` (default 0), `ignoreIndex` (a class that takes no part; not
 *   with distributions). `reduction` ("mean", "sum" or "none"; default "mean"), `mask` (bools that broadcast to the
 *   shape of the rows, true where a row takes part). The others may have any number as their class. A mean is NaN where
 *   no row takes part, and its gradient 0.
 * @returns a scalar; with reduction "none" the shape of the rows.
 * @throws ShapeError or DTypeError for arguments that do not fit, and for a mean of no rows; ArgumentError for a class
 *   out of range, and for rows that are no distributions. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { crossEntropy } from "@graddiff/nn";
 *
 * const loss = crossEntropy(tensor([[0, 0], [0, 0]]), tensor([0, 1], { dtype: "int32" }));
 * console.log(loss.item() === Math.fround(Math.log(2))); // true
 *
 * const padded = tensor([0, -1], { dtype: "int32" });
 * const options = { ignoreIndex: -1, reduction: "none" } as const;
 * console.log(String(crossEntropy(tensor([[5, 5], [5, 5]]), padded, options))); // [0.6931472 0.       ]
 * ```
 */
export function crossEntropy(
  logits: TensorLike,
  classes: Tensor,
  options?: CrossEntropyOptions,
): Tensor {
  const op = "crossEntropy";
  refuseSurplus(op, 3, arguments);
  const x = toFloats(op, "logits", logits);
  const rows = toTensor(op, "classes", classes);
  const count = classCount(op, "logits", x);
  const settings = readCrossEntropy(op, options);
  if (isFloat(rows.dtype) && !rows.weak && sameShape(rows.shape, x.shape)) {
    return ofDistributions(op, x, rows, settings);
  }
  checkClasses(op, "logits", rows, x.shape);
  const { labelSmoothing, weight, reduction } = settings;
  const taken = rowsOf(op, rows, count, settings);
  const { shifted, total } = logitParts(selected(ofRows(taken.mask), x, 0));
  const surprise = total.sub(takeOwn(shifted, taken.classes));
  let losses = taken.weights ? surprise.mul(taken.weights) : surprise;
  if (labelSmoothing > 0) {
    const each = ofElements(total).sub(shifted);
    const all = (weight ? each.mul(weight) : each).sum(-1);
    losses = losses.mul(1 - labelSmoothing).add(all.mul(labelSmoothing / count));
  }
  return reduceLosses(op, losses, { reduction, mask: taken.mask, weights: taken.weights });
}

function toFloats(op: string, argument: string, x: TensorLike): Tensor {
  const [floats] = promoteInputs(op, [toTensor(op, argument, x)], "float");
  return floats;
}

/** Returns from each row the element at the index of that row. The indices have been checked. */
function takeOwn(rows: Tensor, indices: Tensor): Tensor {
  const axis = rows.rank - 1;
  return takeAt(rows, indices, { axis, shared: axis });
}

/** Returns the differences of logits to the greatest of their row, and the logarithm of the sum of their exponentials. */
function logitParts(x: Tensor): { readonly shifted: Tensor; readonly total: Tensor } {
  const shifted = x.sub(x.max(-1, { keepDims: true }).stopGradient());
  return { shifted, total: shifted.exp().sum(-1).log() };
}

/** Adds a last axis of length 1, so that a number for each row broadcasts to the elements of the row. */
function ofElements(rows: Tensor): Tensor {
  return rows.reshape([...rows.shape, 1]);
}

/** Returns the cross-entropy of each row against a target distribution over the classes. */
function ofDistributions(
  op: string,
  logits: Tensor,
  distributions: Tensor,
  { mask, weight, reduction, labelSmoothing, ignoreIndex }: CrossEntropySettings,
): Tensor {
  const count = classCount(op, "logits", logits);
  checkMask(op, mask, logits.shape.slice(0, -1));
  checkWeight(op, weight, count);
  if (ignoreIndex !== undefined) {
    throw new ArgumentError(
      op,
      "ignoreIndex",
      "classes, of which one is ignored",
      "distributions over the classes",
      "Leave rows out with { mask }",
    );
  }
  const [x, target] = promoteInputs(op, [logits, distributions], "float");
  const ofMask = ofRows(mask);
  const right = checkDistributions(op, selected(ofMask, target, 1 / count));
  const { shifted, total } = logitParts(selected(ofMask, x, 0));
  const smooth = labelSmoothing > 0;
  const shares = smooth ? right.mul(1 - labelSmoothing).add(labelSmoothing / count) : right;
  const terms = shareTimesLog(shares, ofElements(total).sub(shifted));
  const losses = (weight ? terms.mul(weight) : terms).sum(-1);
  return reduceLosses(op, losses, { reduction, mask });
}

/**
 * The greatest difference of the sum of a distribution from 1. Rounding, and the steps of numerical gradient checks,
 * change it.
 */
const SLACK = 0.05;

/**
 * Returns distributions along the last axis after a check. If their values are known, one-hot rows along another axis are
 * refused.
 *
 * @throws ShapeError or ArgumentError for rows that are not distributions. NaN is not an error: the loss is then NaN.
 */
function checkDistributions(op: string, rows: Tensor): Tensor {
  const demand = {
    op,
    argument: "classes",
    takesNaN: true,
    expected: "distributions along the last axis, of numbers from 0 that add up to 1",
    hint: "softmax(x) makes distributions of logits",
  };
  const sums = rows.sum(-1);
  if (elementsOf(rows, op)?.every((share) => share === 0 || share === 1)) {
    if (elementsOf(sums, op)?.some((sum) => sum !== 1)) {
      const expected = rows.shape.slice(0, -1);
      throw noClasses(op, "logits", rows, { expected, fits: false, oneHot: true });
    }
  }
  const [least, most] = [-SLACK, Number.POSITIVE_INFINITY];
  const positive = checked(rows, { ...demand, low: least, high: most, got: "a row with" });
  const whole = { low: 1 - SLACK, high: 1 + SLACK, got: "a row that adds up to" };
  return checked(positive, { ...demand, ...whole }, sums);
}

const readLikelihood = classReader({});

/**
 * Returns the negative logarithm of the probability of the right class, −log p_class, from logarithms of probabilities:
 * `crossEntropy(x, classes)` is `negativeLogLikelihood(logSoftmax(x), classes)`.
 *
 * As in PyTorch, a mean is divided by the sum of the weights of the classes that take part. Other than there, the
 * classes are the last axis, not the second, and no class is ignored by default.
 *
 * @param logProbabilities floats of shape [..., classes], as `logSoftmax` gives them: neither probabilities nor logits.
 * @param classes int32 of shape [...]: the right class of each row, from 0.
 * @param options `weight` ([classes]), `ignoreIndex`, `reduction` and `mask`, as for {@link crossEntropy}.
 * @returns a scalar; with reduction "none" the shape of the rows.
 * @throws ShapeError or DTypeError for arguments that do not fit, and for a mean of no rows; ArgumentError for a class
 *   out of range. (A compiled function throws it when it runs.)
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@graddiff/core";
 * import { negativeLogLikelihood } from "@graddiff/nn";
 *
 * const logProbabilities = logSoftmax(tensor([[0, 0], [1, 1]]));
 * const classes = tensor([0, 1], { dtype: "int32" });
 * console.log(String(negativeLogLikelihood(logProbabilities, classes))); // 0.6931472
 * ```
 */
export function negativeLogLikelihood(
  logProbabilities: TensorLike,
  classes: Tensor,
  options?: ClassLossOptions,
): Tensor {
  const op = "negativeLogLikelihood";
  refuseSurplus(op, 3, arguments);
  const x = toFloats(op, "logProbabilities", logProbabilities);
  const rows = toTensor(op, "classes", classes);
  const count = classCount(op, "logProbabilities", x);
  const settings = readLikelihood(op, options);
  checkClasses(op, "logProbabilities", rows, x.shape);
  const { mask, classes: right, weights } = rowsOf(op, rows, count, settings);
  const surprise = takeOwn(selected(ofRows(mask), x, 0), right).neg();
  const losses = weights ? surprise.mul(weights) : surprise;
  return reduceLosses(op, losses, { reduction: settings.reduction, mask, weights });
}

/** The options of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** A factor of the losses, which broadcasts to the logits. A mean is still divided by the number of losses. */
  readonly weight?: TensorLike;
  /**
   * A factor of the losses of positive labels, such as the number of negatives for each positive; it broadcasts to the
   * logits.
   */
  readonly positiveWeight?: TensorLike;
}

const readFactor = optional<Tensor | undefined>(toTensor, undefined);
const readBinary = lossReader({ weight: readFactor, positiveWeight: readFactor });

/**
 * Returns the cross-entropy of independent yes-or-no answers, of which the logits x are log(p / (1 − p)). It is y log(1
 * + e^−x) + (1 − y) log(1 + e^x), which neither overflows nor loses the digits of small losses.
 *
 * It takes logits, never probabilities: those of p are `logit(p)`, and a network should end without a sigmoid.
 *
 * @param logits floats of any shape; int32 and bools become the default float dtype.
 * @param target the same shape: labels 0 and 1 (or bools), or probabilities between them.
 * @param options `weight` and `positiveWeight` (numbers, or tensors that broadcast to the logits). `reduction` ("mean",
 *   "sum" or "none"; default "mean"), `mask` (bools that broadcast to the logits, true where an element takes part). As
 *   in PyTorch, a mean is divided by the number of elements that take part, whatever their weights, and is NaN where
 *   none does.
 * @returns a scalar; with reduction "none" the shape of the logits.
 * @throws ShapeError for shapes that do not fit, and for a mean of no elements; ArgumentError for labels that are not
 *   from 0 to 1, to within 0.05 (a compiled function throws it when it runs).
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { binaryCrossEntropy } from "@graddiff/nn";
 *
 * const labels = tensor([true, false]);
 * console.log(String(binaryCrossEntropy(tensor([0, -1e4]), labels, { reduction: "none" }))); // [0.6931472 0.       ]
 * ```
 */
export function binaryCrossEntropy(
  logits: TensorLike,
  target: TensorLike,
  options?: BinaryCrossEntropyOptions,
): Tensor {
  const op = "binaryCrossEntropy";
  refuseSurplus(op, 3, arguments);
  const [given, wanted] = samePair(op, ["logits", "target"], logits, target);
  const { mask, weight, positiveWeight, reduction } = readBinary(op, options);
  checkMask(op, mask, given.shape);
  checkFactor(op, "weight", weight, given);
  checkFactor(op, "positiveWeight", positiveWeight, given);
  const x = selected(mask, given, 0);
  const y = checked(selected(mask, wanted, 0), {
    op,
    argument: "target",
    low: -SLACK,
    high: 1 + SLACK,
    takesNaN: true,
    expected: "labels 0 and 1, or probabilities",
    hint: "Make labels of numbers with y.greater(0), and probabilities of bytes with y.div(255)",
  });
  const ofPositive = y.mul(x.neg().softplus());
  const ofNegative = y.neg().add(1).mul(x.softplus());
  const both = (positiveWeight ? ofPositive.mul(positiveWeight) : ofPositive).add(ofNegative);
  return reduceLosses(op, weight ? both.mul(weight) : both, { reduction, mask });
}

/** Throws a ShapeError for a factor that does not broadcast to the losses. */
function checkFactor(op: string, argument: string, factor: Tensor | undefined, { shape }: Tensor) {
  if (factor === undefined || broadcasts(factor.shape, shape)) return;
  throw new ShapeError(
    op,
    argument,
    `a shape that broadcasts to that of the logits, ${formatShape(shape)}`,
    formatShape(factor.shape),
  );
}
