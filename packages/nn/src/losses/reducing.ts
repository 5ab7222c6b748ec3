/**
 * The options that all losses have, and their last step: the losses of the elements become one number.
 */

import {
  broadcastTo,
  DTypeError,
  type Shape,
  ShapeError,
  type Tensor,
  type TensorLike,
  where,
} from "@graddiff/core";
import {
  broadcasts,
  formatShape,
  oneOf,
  optional,
  optionsReader,
  promoteInputs,
  type Reader,
  type Readers,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";

/**
 * The reduction of the losses of the elements to one number: their "mean", their "sum", or "none", which gives them as
 * they are.
 */
export type LossReduction = "mean" | "sum" | "none";

/** The options of every loss. */
export interface LossOptions {
  /** The reduction of the losses of the elements. Default "mean". */
  readonly reduction?: LossReduction;
  /**
   * Bools, true where an element takes part: of the shape that the loss has with reduction "none", or one that
   * broadcasts to it. The others have a loss and a gradient of 0, also where they are NaN or infinite, and do not count
   * in a mean. Default: all take part.
   */
  readonly mask?: Tensor;
}

/** The option `mask` of losses and metrics. @internal */
export const readMask: Reader<Tensor | undefined> = (op, argument, value) => {
  if (value === undefined) return undefined;
  const mask = toTensor(op, argument, value);
  if (mask.dtype === "bool") return mask;
  throw new DTypeError({
    op,
    argument,
    expected: "a bool tensor, true where an element takes part",
    got: mask.dtype,
    hint: "Compare first, as in x.greater(0)",
  });
};

/** Returns the reader of the options of a loss: its own and those of {@link LossOptions}. */
/* @__NO_SIDE_EFFECTS__ */
export function lossReader<Own extends Readers>(own: Own) {
  return optionsReader({
    reduction: optional<LossReduction>(oneOf<LossReduction>("mean", "sum", "none"), "mean"),
    mask: readMask,
    ...own,
  });
}

/** The reader of losses that have no options of their own. */
export const readLossOptions = lossReader({});

/** @throws ShapeError for a mask that does not broadcast to the shape of the losses. */
export function checkMask(op: string, mask: Tensor | undefined, shape: Shape): void {
  if (mask === undefined || broadcasts(mask.shape, shape)) return;
  throw new ShapeError({
    op,
    argument: "mask",
    expected: `a shape that broadcasts to that of the losses, ${formatShape(shape)}`,
    got: formatShape(mask.shape),
  });
}

/**
 * Returns an input with a harmless value in the place of elements that take no part. It is chosen before the loss is
 * computed, since the derivative of an unused NaN would be NaN, too.
 */
export function selected(mask: Tensor | undefined, x: Tensor, harmless: number): Tensor {
  return mask ? where(mask, x, harmless) : x;
}

/** Returns a mask of rows as one of their elements, of which the rows have another axis. */
export function ofRows(mask: Tensor | undefined): Tensor | undefined {
  return mask?.reshape([...mask.shape, 1]);
}

/** The divisor of a mean of losses that do not count alike. */
export interface Weighing {
  /** The weights, of the shape of the losses; 0 where an element does not take part. */
  readonly weights?: Tensor | undefined;
}

/** Returns the last step of every loss. @throws ShapeError for a mean of no elements. */
export function reduceLosses(
  op: string,
  losses: Tensor,
  options: { readonly reduction: LossReduction; readonly mask: Tensor | undefined } & Weighing,
): Tensor {
  const { reduction, mask, weights } = options;
  const kept = selected(mask, losses, 0);
  if (reduction === "none") return kept;
  if (reduction === "sum") return kept.sum();
  if (losses.size === 0) throw noMean(op, losses.shape);
  if (weights) return kept.sum().div(weights.sum());
  return mask ? kept.sum().div(broadcastTo(mask, losses.shape).sum()) : losses.mean();
}

/** Returns the error of a mean over no elements. */
export function noMean(op: string, shape: Shape): ShapeError {
  return new ShapeError({
    op,
    expected: "at least one element for a mean",
    got: `losses of shape ${formatShape(shape)}`,
    hint: 'With { reduction: "sum" } no elements give 0',
  });
}

/** Returns two inputs of one shape and one float dtype. @throws ShapeError if the second has another shape. */
export function samePair(
  op: string,
  [first, second]: readonly [string, string],
  x: TensorLike,
  y: TensorLike,
): readonly [Tensor, Tensor] {
  const given = toTensor(op, first, x);
  const wanted = toTensor(op, second, y);
  checkSame(op, [first, given.shape], [second, wanted.shape]);
  return promoteInputs(op, [given, wanted], "float");
}

/** @throws ShapeError if the second argument has not the shape of the first: nothing is broadcast. */
export function checkSame(
  op: string,
  [first, shape]: readonly [string, Shape],
  [argument, got]: readonly [string, Shape],
): void {
  if (sameShape(shape, got)) return;
  throw new ShapeError({
    op,
    argument,
    expected: `${ownerOf(first)} shape ${formatShape(shape)}`,
    got: formatShape(got),
  });
}

/** Returns an argument as the owner of something: "the target's", "the logits'" or "x's". */
function ownerOf(argument: string): string {
  if (argument.length === 1) return `${argument}'s`;
  return `the ${argument}${argument.endsWith("s") ? "'" : "'s"}`;
}

/** Returns a loss of each pair of elements of a prediction and a target. */
export function elementLoss(
  op: string,
  pair: readonly [Tensor, Tensor],
  options: { readonly reduction: LossReduction; readonly mask: Tensor | undefined },
  of: (prediction: Tensor, target: Tensor) => Tensor,
): Tensor {
  const { mask } = options;
  const [prediction, target] = pair;
  checkMask(op, mask, prediction.shape);
  const losses = of(selected(mask, prediction, 0), selected(mask, target, 0));
  return reduceLosses(op, losses, options);
}
