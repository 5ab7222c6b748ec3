/**
 * Numbers that metrics add up. They are float64, in which counts are exact up to 2⁵³, and so are the results.
 */

import {
  broadcastTo,
  ones,
  type Shape,
  ShapeError,
  type Tensor,
  where,
  zeros,
} from "@graddiff/core";
import { broadcasts, formatShape } from "@graddiff/core/extend";

/** Zeros to which counts and sums are added. */
export function noCounts(shape: Shape = []): Tensor {
  return zeros(shape, { dtype: "float64" });
}

/** Bools of a shape: which elements take part. @throws ShapeError for a mask that does not broadcast to it. */
export function takingPart(op: string, mask: Tensor | undefined, shape: Shape): Tensor {
  if (mask === undefined) return ones(shape, { dtype: "bool" });
  if (broadcasts(mask.shape, shape)) return broadcastTo(mask, shape);
  throw new ShapeError(
    op,
    "mask",
    `a shape that broadcasts to that of the right answers, ${formatShape(shape)}`,
    formatShape(mask.shape),
  );
}

/** Returns the number of bools that are true, in float64. */
export function countOf(truths: Tensor): Tensor {
  return truths.cast("int32").sum().cast("float64");
}

/** x / y, and another number where y is 0. */
export function ratioOr(otherwise: number, x: Tensor, y: Tensor): Tensor {
  const isNothing = y.equal(0);
  return where(isNothing, otherwise, x.div(where(isNothing, 1, y)));
}
