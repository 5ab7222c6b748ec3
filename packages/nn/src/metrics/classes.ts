/**
 * The reading of predictions by metrics of classes: the right classes are int32, the predicted ones are int32 or
 * scores.
 */

import {
  ArgumentError,
  argMax,
  DTypeError,
  type Shape,
  ShapeError,
  type Tensor,
  where,
} from "@graddiff/core";
import { checked, finite, formatShape, isFloat, optional, sameShape } from "@graddiff/core/extend";
import { takingPart } from "./counting.ts";
import type { MetricBatch } from "./metric.ts";

/** The option of metrics that read scores of one of two classes. */
export interface ThresholdOptions {
  /**
   * The number that scores of class 1 are above, where predictions are floats of the shape of the right classes: 0 for
   * logits, 0.5 for probabilities. There is no default, since the one mistaken for the other would go unseen.
   */
  readonly threshold?: number;
}

/** The reader of {@link ThresholdOptions}. */
export const readThreshold = optional<number | undefined>(finite, undefined);

/**
 * Returns the right classes, as int32.
 *
 * @param batch where one prediction for each class may be of two classes: then labels may be floats, as
 *   binaryCrossEntropy takes them.
 * @throws DTypeError for other floats; ArgumentError for such labels that are neither 0 nor 1.
 */
export function rightClasses(
  op: string,
  argument: string,
  classes: Tensor,
  batch?: MetricBatch,
): Tensor {
  if (classes.dtype === "bool") return classes.cast("int32");
  if (classes.dtype === "int32") return classes;
  if (batch && sameShape(batch.predicted.shape, classes.shape)) {
    const takesPart = takingPart(op, batch.mask, classes.shape);
    const labels = checked(where(takesPart, classes, 0), {
      op,
      argument,
      low: 0,
      high: 1,
      only: true,
      expected: "floats that are 0 or 1",
      hint: 'Classes are int32, as tensor(classes, { dtype: "int32" }) makes them',
    });
    return labels.cast("int32");
  }
  throw new DTypeError(
    op,
    argument,
    "the right classes as int32, or bools",
    `${classes.dtype} of shape ${formatShape(classes.shape)}`,
    'Make them with tensor(classes, { dtype: "int32" }), or of one-hot rows with rows.argMax(-1)',
  );
}

/** Returns the number of classes if predictions are scores of classes; otherwise undefined. */
export function scoredClasses({ predicted, expected }: MetricBatch): number | undefined {
  return isScores(predicted, expected.shape) ? predicted.shape.at(-1) : undefined;
}

function isScores({ dtype, shape }: Tensor, rows: Shape): boolean {
  return isFloat(dtype) && shape.length === rows.length + 1 && sameShape(shape.slice(0, -1), rows);
}

/** Returns the predicted classes, as int32 of the shape of the right ones. */
export function predictedClasses(
  op: string,
  { predicted, expected }: MetricBatch,
  threshold: number | undefined,
): Tensor {
  const { dtype, shape } = predicted;
  const { shape: rows } = expected;
  if (isScores(predicted, rows)) return bestOf(op, predicted);
  if (!sameShape(shape, rows)) {
    throw new ShapeError(
      op,
      "predicted",
      `classes of the shape ${formatShape(rows)} of the right ones, or scores with one more axis, of the classes`,
      `${dtype} of shape ${formatShape(shape)}`,
      "The classes of one-hot rows, predicted or expected, are rows.argMax(-1)",
    );
  }
  if (!isFloat(dtype)) return predicted.cast("int32");
  if (threshold === undefined) {
    throw new ArgumentError(
      op,
      "threshold",
      "the number that scores of class 1 are above, since each right class has one score",
      "none",
      "Pass { threshold: 0 } for logits or { threshold: 0.5 } for probabilities; or, if the right classes are one-hot rows, rows.argMax(-1)",
    );
  }
  return predicted.greater(threshold).cast("int32");
}

/** Returns the class of the greatest score of each row; the first of equal ones. */
function bestOf(op: string, scores: Tensor): Tensor {
  if ((scores.shape.at(-1) ?? 0) > 1) return argMax(scores, -1);
  throw new ShapeError(
    op,
    "predicted",
    "scores of two classes or more along the last axis",
    formatShape(scores.shape),
    "One score for each right class has their shape, as predicted.squeeze(-1) has, and { threshold }",
  );
}

/**
 * Returns the same classes, checked: classes of elements that take part must be from 0 up to but without a number; the
 * others become 0. A compiled function checks them when it runs.
 *
 * @throws ArgumentError for a class out of range.
 */
export function checkedClasses(
  {
    op,
    argument,
    hint,
  }: { readonly op: string; readonly argument: string; readonly hint?: string | undefined },
  classes: Tensor,
  takesPart: Tensor,
  count: number,
): Tensor {
  return checked(where(takesPart, classes, 0), {
    op,
    argument,
    low: 0,
    high: count - 1,
    expected: `integers from 0 to ${count - 1}`,
    ...(hint !== undefined && { hint }),
  });
}

/** Throws a ShapeError unless there is one class for each row of logits. */
export function checkRows(op: string, logits: Tensor, classes: Tensor): void {
  const rows = logits.shape.slice(0, -1);
  if (sameShape(classes.shape, rows)) return;
  const isHot = sameShape(classes.shape, logits.shape);
  throw new ShapeError(
    op,
    "expected",
    `the right class of each row of logits, of shape ${formatShape(rows)}`,
    formatShape(classes.shape),
    isHot ? "The classes of one-hot rows are rows.argMax(-1)" : undefined,
  );
}
