/**
 * The options that all losses have, and their last step: the reduction of the losses of the elements to one number.
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
  callable,
  formatShape,
  type Options,
  oneOf,
  optional,
  optionsReader,
  promoteInputs,
  type Reader,
  type Readers,
  refuseSurplus,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { checkName, checkReaders } from "../definitions.ts";

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
  throw new DTypeError(
    op,
    argument,
    "a bool tensor, true where an element takes part",
    mask.dtype,
    "Compare first, as in x.greater(0)",
  );
};

/** The readers of {@link LossOptions}. */
type LossReaders = {
  readonly reduction: Reader<LossReduction>;
  readonly mask: Reader<Tensor | undefined>;
};

/** The reader of the options of a loss: its own and those of {@link LossOptions}. */
export type LossReader<Own extends Readers> = (
  op: string,
  options: unknown,
) => Options<LossReaders & Own>;

/** Returns the reader of the options of a loss. */
/* @__NO_SIDE_EFFECTS__ */
export function lossReader<Own extends Readers>(own: Own): LossReader<Own> {
  return optionsReader({
    reduction: optional<LossReduction>(oneOf<LossReduction>("mean", "sum", "none"), "mean"),
    mask: readMask,
    ...own,
  });
}

/** The reader of losses with no further options. */
export const readLossOptions: LossReader<Record<never, never>> = lossReader({});

/** @throws ShapeError for a mask that does not broadcast to the shape of the losses. */
export function checkMask(op: string, mask: Tensor | undefined, shape: Shape): void {
  if (mask === undefined || broadcasts(mask.shape, shape)) return;
  throw new ShapeError(
    op,
    "mask",
    `a shape that broadcasts to that of the losses, ${formatShape(shape)}`,
    formatShape(mask.shape),
  );
}

/**
 * Returns an input in which masked elements are replaced by a harmless value. They must be replaced before the loss is
 * computed, since the gradient of an unused NaN would be NaN, too.
 */
export function selected(mask: Tensor | undefined, x: Tensor, harmless: number): Tensor {
  return mask ? where(mask, x, harmless) : x;
}

/** Returns a mask of rows as a mask of their elements, along one more axis. */
export function ofRows(mask: Tensor | undefined): Tensor | undefined {
  return mask?.reshape([...mask.shape, 1]);
}

/** The options of every loss, as they were read. */
interface Reducing {
  readonly reduction: LossReduction;
  readonly mask: Tensor | undefined;
}

/** The weights of losses, whose sum is the divisor of a mean. */
export interface Weighing {
  /** The weights, of the shape of the losses; 0 where an element does not take part. */
  readonly weights?: Tensor | undefined;
}

/**
 * Returns losses reduced as the options say: the last step of every loss. @throws ShapeError for a mean of no elements.
 */
export function reduceLosses(op: string, losses: Tensor, options: Reducing & Weighing): Tensor {
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
  return new ShapeError(
    op,
    "",
    "at least one element for a mean",
    `losses of shape ${formatShape(shape)}`,
    'With { reduction: "sum" } no elements give 0',
  );
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

/** Throws a ShapeError if two arguments differ in shape: losses do not broadcast. */
export function checkSame(
  op: string,
  [first, shape]: readonly [string, Shape],
  [argument, got]: readonly [string, Shape],
): void {
  if (sameShape(shape, got)) return;
  throw new ShapeError(
    op,
    argument,
    `${ownerOf(first)} shape ${formatShape(shape)}`,
    formatShape(got),
  );
}

/** Returns the possessive of an argument's name: "the target's", "the logits'" or "x's". */
function ownerOf(argument: string): string {
  if (argument.length === 1) return `${argument}'s`;
  return `the ${argument}${argument.endsWith("s") ? "'" : "'s"}`;
}

/** A loss of each pair of elements of a prediction and a target, which {@link pairLoss} makes. */
export type PairLoss<Settings extends LossOptions = LossOptions> = (
  prediction: TensorLike,
  target: TensorLike,
  options?: Settings,
) => Tensor;

/**
 * Returns a loss of a prediction and a target of one shape, made from a formula for a pair of elements. The loss
 * validates its arguments and options, does not broadcast, ignores masked elements, and reduces as all losses do.
 *
 * @param name the name of the loss, for errors.
 * @param options the reader of each option that the loss has beside those of all losses.
 * @param formula returns the losses of the elements, from two float tensors of one shape and dtype and the options.
 * @returns a function of the prediction, the target and the options. It throws ShapeError if the shapes differ, and for a
 *   mean of no elements.
 * @throws ArgumentError for a name that is no text, and for a formula that cannot be called.
 * @example
 * ```ts
 * import { log, cosh, tensor } from "@graddiff/core";
 * import { optional, positive } from "@graddiff/core/extend";
 * import { pairLoss } from "@graddiff/nn";
 *
 * const logCosh = pairLoss("logCosh", { scale: optional(positive, 1) }, (x, y, { scale }) =>
 *   log(cosh(x.sub(y).div(scale))).mul(scale),
 * );
 * console.log(logCosh(tensor([1, 2]), tensor([1, 2])).item()); // 0
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function pairLoss<Own extends Readers>(
  name: string,
  options: Own,
  formula: (prediction: Tensor, target: Tensor, options: Options<Own>) => Tensor,
): PairLoss<LossOptions & Partial<Options<Own>>> {
  const op = "pairLoss";
  refuseSurplus(op, 3, arguments);
  checkName(op, "name", name);
  checkReaders(op, "options", options);
  callable(op, "formula", formula);
  const read = lossReader(options);
  const loss = function (
    prediction: TensorLike,
    target: TensorLike,
    given?: LossOptions & Partial<Options<Own>>,
  ): Tensor {
    refuseSurplus(name, 3, arguments);
    const pair = samePair(name, ["prediction", "target"], prediction, target);
    // Each option has the type that its reader returns, which the compiler cannot infer for unknown readers.
    const settings = read(name, given) as unknown as Reducing & Options<Own>;
    return elementLoss(name, pair, settings, (x, y) => formula(x, y, settings));
  };
  Object.defineProperty(loss, "name", { value: name });
  return loss;
}

/** Returns a loss of each pair of elements of a prediction and a target. */
export function elementLoss(
  op: string,
  pair: readonly [Tensor, Tensor],
  options: Reducing,
  of: (prediction: Tensor, target: Tensor) => Tensor,
): Tensor {
  const { mask } = options;
  const [prediction, target] = pair;
  checkMask(op, mask, prediction.shape);
  const losses = of(selected(mask, prediction, 0), selected(mask, target, 0));
  return reduceLosses(op, losses, options);
}
