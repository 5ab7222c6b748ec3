/**
 * Loss functions: how far a prediction is from its target, as one number to make small.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, DTypeError, formatShape, ShapeError } from "../errors.ts";
import { takeFromRows } from "../ops/indexing.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { isReadable, readArray, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/**
 * The mean of the squared differences. A NaN among them is no error, here as in every loss: the loss is NaN then, and
 * `explain` shows the op at which it began.
 *
 * @param prediction any shape.
 * @param target the same shape: nothing is broadcast, since that hides mistakes.
 * @returns a scalar.
 * @throws ShapeError if the shapes differ.
 * @example
 * ```ts
 * import { meanSquaredError, tensor } from "@graddiff/core";
 *
 * console.log(meanSquaredError(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export function meanSquaredError(prediction: TensorLike, target: TensorLike): Tensor {
  if (arguments.length > 2) refuseSurplus("meanSquaredError", 2, arguments);
  const given = toTensor("meanSquaredError", "prediction", prediction);
  const wanted = toTensor("meanSquaredError", "target", target);
  if (!sameShape(given.shape, wanted.shape)) {
    throw new ShapeError({
      op: "meanSquaredError",
      argument: "target",
      expected: `the prediction's shape ${formatShape(given.shape)}`,
      got: formatShape(wanted.shape),
    });
  }
  return given.sub(wanted).square().mean();
}

/**
 * The mean cross-entropy of a softmax over the last axis against the right classes:
 * log Σⱼ e^xⱼ − x_class, averaged, computed from differences to the greatest x, so that nothing
 * overflows.
 *
 * @param logits floats of shape [..., classes], not yet normalized.
 * @param classes int32 of shape [...]: the right class of each row, from 0.
 * @returns a scalar.
 * @throws ShapeError or DTypeError for arguments that do not fit; ArgumentError for a class out of
 *   range. (A compiled function throws it when it runs, from its op `take`.)
 * @example
 * ```ts
 * import { crossEntropy, tensor } from "@graddiff/core";
 *
 * const loss = crossEntropy(tensor([[0, 0], [0, 0]]), tensor([0, 1], { dtype: "int32" }));
 * console.log(loss.item() === Math.fround(Math.log(2))); // true
 * ```
 */
export function crossEntropy(logits: TensorLike, classes: Tensor): Tensor {
  if (arguments.length > 2) refuseSurplus("crossEntropy", 2, arguments);
  const x = toTensor("crossEntropy", "logits", logits);
  const rows = toTensor("crossEntropy", "classes", classes);
  checkClasses(x, rows);
  const shifted = x.sub(x.max(-1, { keepDims: true }).stopGradient());
  const picked = takeFromRows(shifted, rows);
  return shifted.exp().sum(-1).log().sub(picked).mean();
}

/** Checks the arguments of crossEntropy. */
function checkClasses(x: Tensor, rows: Tensor): void {
  const op = "crossEntropy";
  if (x.rank === 0) {
    throw new ShapeError({
      op,
      argument: "logits",
      expected: "an axis of classes",
      got: "a scalar",
    });
  }
  const shape = x.shape.slice(0, -1);
  const fits = sameShape(rows.shape, shape);
  if (!fits || rows.dtype !== "int32") {
    const oneHot = sameShape(rows.shape, x.shape);
    const Kind = fits ? DTypeError : ShapeError;
    throw new Kind({
      op,
      argument: "classes",
      expected: `the right class of each row of logits, as int32 of shape ${formatShape(shape)}`,
      got: `${rows.dtype} of shape ${formatShape(rows.shape)}${oneHot ? ", as one-hot labels have" : ""}`,
      ...(oneHot && { hint: "Pass the place of the 1 in each row in place of the row" }),
      ...(fits && { hint: 'Make them with tensor(classes, { dtype: "int32" })' }),
    });
  }
  const count = at(x.shape, x.rank - 1);
  const wrong = isReadable(rows)
    ? readArray(rows, op).find((value) => value < 0 || value >= count)
    : undefined;
  if (wrong !== undefined) {
    throw new ArgumentError({
      op,
      argument: "classes",
      expected: `integers from 0 to ${count - 1}`,
      got: String(wrong),
    });
  }
}
