/**
 * Counts and sums of metrics. They are float64, in which counts are exact up to 2⁵³.
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

/** Returns zeros, the start of counts and sums. */
export function noCounts(shape: Shape = []): Tensor {
  return zeros(shape, { dtype: "float64" });
}

/** Returns a mask, broadcast to a shape; all true if it is undefined. @throws ShapeError if it does not broadcast. */
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

/** Returns x / y, and another number where y is 0. */
export function ratioOr(otherwise: number, x: Tensor, y: Tensor): Tensor {
  const isNothing = y.equal(0);
  return where(isNothing, otherwise, x.div(where(isNothing, 1, y)));
}
