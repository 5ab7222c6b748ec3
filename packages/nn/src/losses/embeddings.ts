/**
 * Losses with a margin: for scores with labels −1 and 1, and for vectors that should be near to or far from each other.
 */

import {
  cosineSimilarity,
  minimum,
  norm,
  ShapeError,
  type Tensor,
  type TensorLike,
  where,
} from "@graddiff/core";
import {
  checked,
  finite,
  flag,
  formatShape,
  numberThat,
  optional,
  promoteInputs,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import {
  checkMask,
  checkSame,
  type LossOptions,
  lossReader,
  ofRows,
  reduceLosses,
  samePair,
  selected,
} from "./reducing.ts";

/** Returns labels after a check. @throws ArgumentError for labels that are neither −1 nor 1. */
function checkLabels(op: string, labels: Tensor): Tensor {
  return checked(labels, {
    op,
    argument: "labels",
    low: -1,
    high: 1,
    only: true,
    takesNaN: true,
    expected: "labels −1 and 1",
    hint: "Make them of 0 and 1 with y.mul(2).sub(1)",
  });
}

/** The options of {@link hingeLoss} and {@link cosineEmbeddingLoss}. */
export interface MarginLossOptions extends LossOptions {
  /** The distance beyond which the loss is 0. */
  readonly margin?: number;
}

const readHinge = lossReader({ margin: optional(finite, 1) });

/**
 * Returns the hinge loss, max(0, margin − y x). A score x should have the sign of its label y and at least the
 * magnitude of the margin, as in a support vector machine (Cortes and Vapnik, Support-Vector Networks, 1995). Its
 * gradient at the margin is 0.
 *
 * PyTorch's HingeEmbeddingLoss, x for y = 1 and max(0, margin − x) for y = −1, is another loss, of distances.
 *
 * @param scores floats of any shape; int32 and bools become the default float dtype.
 * @param labels −1 and 1, of the same shape.
 * @param options `margin` (default 1); `reduction` ("mean", "sum" or "none"; default "mean"), `mask` (bools that
 *   broadcast to the scores, true where an element takes part). A mean is NaN where none does.
 * @returns a scalar; with reduction "none" the shape of the scores.
 * @throws ShapeError if the shapes differ, and for a mean of no elements; ArgumentError for other labels (a compiled
 *   function throws it when it runs).
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { hingeLoss } from "@graddiff/nn";
 *
 * console.log(String(hingeLoss(tensor([3, 0.5, 3]), tensor([1, 1, -1]), { reduction: "none" }))); // [0.  0.5 4. ]
 * ```
 */
export function hingeLoss(
  scores: TensorLike,
  labels: TensorLike,
  options?: MarginLossOptions,
): Tensor {
  const op = "hingeLoss";
  refuseSurplus(op, 3, arguments);
  const [given, wanted] = samePair(op, ["scores", "labels"], scores, labels);
  const { margin, mask, reduction } = readHinge(op, options);
  checkMask(op, mask, given.shape);
  const y = checkLabels(op, selected(mask, wanted, 1));
  const losses = selected(mask, given, 0).mul(y).neg().add(margin).relu();
  return reduceLosses(op, losses, { reduction, mask });
}

const readCosine = lossReader({
  margin: optional(
    numberThat((value) => value >= -1 && value <= 1, "a number from −1 to 1"),
    0,
  ),
});

/**
 * Returns 1 − c for vectors that belong together (label 1), and max(0, c − margin) for vectors that do not (label −1).
 * Here c is the cosine of the angle between them. The vectors are along the last axis.
 *
 * The cosine of a vector of zeros is 0, and its gradient is 0. In PyTorch this gradient is 10⁶ times the direction of
 * the other vector.
 *
 * @param x floats, [..., elements]; int32 and bools become the default float dtype.
 * @param y the same shape.
 * @param labels −1 and 1, of shape [...].
 * @param options `margin` (from −1 to 1, default 0); `reduction` ("mean", "sum" or "none"; default "mean"), `mask`
 *   (bools that broadcast to the labels, true where a pair takes part). A mean is NaN where none does.
 * @returns a scalar; with reduction "none" the shape of the labels.
 * @throws ShapeError if the shapes do not fit, and for a mean of no pairs; ArgumentError for other labels (a compiled
 *   function throws it when it runs).
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { cosineEmbeddingLoss } from "@graddiff/nn";
 *
 * const [x, y] = [tensor([[1, 0], [1, 0]]), tensor([[0, 1], [2, 0]])];
 * console.log(String(cosineEmbeddingLoss(x, y, tensor([1, -1]), { reduction: "none" }))); // [1. 1.]
 * ```
 */
export function cosineEmbeddingLoss(
  x: TensorLike,
  y: TensorLike,
  labels: TensorLike,
  options?: MarginLossOptions,
): Tensor {
  const op = "cosineEmbeddingLoss";
  refuseSurplus(op, 4, arguments);
  const [first, second] = samePair(op, ["x", "y"], x, y);
  const rows = rowsOf(op, "x", first);
  const own = toTensor(op, "labels", labels);
  if (!sameShape(own.shape, rows)) {
    throw new ShapeError(
      op,
      "labels",
      `one for each pair of vectors, the shape ${formatShape(rows)}`,
      formatShape(own.shape),
    );
  }
  const { margin, mask, reduction } = readCosine(op, options);
  checkMask(op, mask, rows);
  const signs = checkLabels(op, selected(mask, own, 1));
  const ofVectors = ofRows(mask);
  const cosine = cosineOf(selected(ofVectors, first, 1), selected(ofVectors, second, 1));
  const losses = where(signs.greater(0), cosine.neg().add(1), cosine.sub(margin).relu());
  return reduceLosses(op, losses, { reduction, mask });
}

/** Returns the cosine of vectors along the last axis, and 0 where one of them is of zeros, which have no direction. */
function cosineOf(x: Tensor, y: Tensor): Tensor {
  const isNothing = (vectors: Tensor) => vectors.square().sum(-1).equal(0);
  const known = isNothing(x).logicalOr(isNothing(y)).logicalNot();
  const ofVectors = ofRows(known);
  const cosine = cosineSimilarity(selected(ofVectors, x, 1), selected(ofVectors, y, 1));
  return selected(known, cosine, 0);
}

/** Returns the shape of the vectors along the last axis. @throws ShapeError for scalars. */
function rowsOf(op: string, argument: string, { shape }: Tensor): readonly number[] {
  if (shape.length > 0) return shape.slice(0, -1);
  throw new ShapeError(op, argument, "an axis of elements", "a scalar");
}

/** The options of {@link tripletMarginLoss}. */
export interface TripletLossOptions extends LossOptions {
  /** The distance by which the negative should be farther than the positive. Default 1. */
  readonly margin?: number;
  /** The order of the norm that measures distances: above 0, up to Infinity. Default 2. */
  readonly order?: number;
  /**
   * True if the distance of positive and negative counts where it is less than that of anchor and negative. Default
   * false.
   */
  readonly swap?: boolean;
}

const readTriplet = lossReader({
  margin: optional(finite, 1),
  order: optional(
    numberThat((value) => value > 0, "a number above 0, or Infinity"),
    2,
  ),
  swap: optional(flag, false),
});

/**
 * Returns max(0, d(anchor, positive) − d(anchor, negative) + margin) for vectors along the last axis, with the distance
 * d (Schroff et al., FaceNet, 2015). With `swap` the distance of the negative is the lesser of its distances to anchor
 * and positive (Balntas et al., Learning Local Feature Descriptors with Triplets, 2016).
 *
 * The gradient of a distance of 0 is 0. PyTorch adds 10⁻⁶ to all differences (its option eps), which is not done here.
 *
 * @param anchor floats, [..., elements]; int32 and bools become the default float dtype.
 * @param positive the same shape: the vectors that should be near.
 * @param negative the same shape: the vectors that should be far.
 * @param options `margin` (default 1), `order` of the norm (2), `swap` (false). `reduction` ("mean", "sum" or "none";
 *   default "mean"), `mask` (bools that broadcast to the shape [...], true where a triplet takes part). A mean is NaN
 *   where none does.
 * @returns a scalar; with reduction "none" the shape [...].
 * @throws ShapeError if the shapes differ, and for a mean of no triplets; ArgumentError for an order that is not above
 *   0.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { tripletMarginLoss } from "@graddiff/nn";
 *
 * const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]])];
 * console.log(tripletMarginLoss(anchor, positive, negative).item()); // 4
 * ```
 */
export function tripletMarginLoss(
  anchor: TensorLike,
  positive: TensorLike,
  negative: TensorLike,
  options?: TripletLossOptions,
): Tensor {
  const op = "tripletMarginLoss";
  refuseSurplus(op, 4, arguments);
  const [a, p, n] = promoteInputs(
    op,
    [
      toTensor(op, "anchor", anchor),
      toTensor(op, "positive", positive),
      toTensor(op, "negative", negative),
    ],
    "float",
  );
  const rows = rowsOf(op, "anchor", a);
  checkSame(op, ["anchor", a.shape], ["positive", p.shape]);
  checkSame(op, ["anchor", a.shape], ["negative", n.shape]);
  const { margin, order, swap, mask, reduction } = readTriplet(op, options);
  checkMask(op, mask, rows);
  const taking = (x: Tensor) => selected(ofRows(mask), x, 0);
  const [own, near, far] = [taking(a), taking(p), taking(n)];
  const distance = (x: Tensor, y: Tensor) => norm(x.sub(y), -1, { order });
  const ofNegative = distance(own, far);
  const toNegative = swap ? minimum(ofNegative, distance(near, far)) : ofNegative;
  const losses = distance(own, near).sub(toNegative).add(margin).relu();
  return reduceLosses(op, losses, { reduction, mask });
}
