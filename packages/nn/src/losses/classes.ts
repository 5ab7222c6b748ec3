/**
 * The target classes of losses: int32, with weights by class and classes that are ignored.
 */

import { DTypeError, type Shape, ShapeError, type Tensor, take, where } from "@graddiff/core";
import {
  checked,
  formatShape,
  integer,
  optional,
  type Reader,
  type Readers,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { checkMask, type LossOptions, type LossReader, lossReader, selected } from "./reducing.ts";

/** The options of losses with classes. */
export interface ClassLossOptions extends LossOptions {
  /**
   * The weight of each class, of shape [classes]. A mean is divided by the sum of the weights of the rows' classes.
   * Default: 1 for each class.
   */
  readonly weight?: Tensor;
  /** A class whose rows are ignored, such as padding: any int32. Default: none, so that PyTorch's −100 is an error. */
  readonly ignoreIndex?: number;
}

/** The readers of the options that {@link ClassLossOptions} adds to those of all losses. */
type ClassReaders = {
  readonly weight: Reader<Tensor | undefined>;
  readonly ignoreIndex: Reader<number | undefined>;
};

/** Returns the reader of the options of a loss with classes: {@link ClassLossOptions} and further ones. */
/* @__NO_SIDE_EFFECTS__ */
export function classReader<Own extends Readers>(own: Own): LossReader<ClassReaders & Own> {
  return lossReader({
    weight: optional<Tensor | undefined>(toTensor, undefined),
    ignoreIndex: optional<number | undefined>(integer, undefined),
    ...own,
  });
}

/** The values of the options of a loss with classes. */
export type ClassSettings = ReturnType<ReturnType<typeof classReader<Record<never, never>>>>;

/** Returns the number of classes, the length of the last axis. @throws ShapeError for none. */
export function classCount(op: string, argument: string, { shape }: Tensor): number {
  const count = shape.at(-1);
  if (count !== undefined && count > 0) return count;
  const got = shape.length === 0 ? "a scalar" : formatShape(shape);
  throw new ShapeError(op, argument, "an axis of classes", got);
}

/** @throws ShapeError or DTypeError for classes that are not int32 of the shape of the rows. */
export function checkClasses(op: string, of: string, rows: Tensor, shape: Shape): void {
  const expected = shape.slice(0, -1);
  const fits = sameShape(rows.shape, expected);
  if (fits && rows.dtype === "int32") return;
  throw noClasses(op, of, rows, { expected, fits, oneHot: sameShape(rows.shape, shape) });
}

/** Returns the error for classes that are not int32 of the expected shape. */
export function noClasses(
  op: string,
  of: string,
  { dtype, shape }: Tensor,
  {
    expected,
    fits,
    oneHot,
  }: { readonly expected: Shape; readonly fits: boolean; readonly oneHot: boolean },
): ShapeError | DTypeError {
  const Kind = fits ? DTypeError : ShapeError;
  return new Kind({
    op,
    argument: "classes",
    expected: `the right class of each row of ${of}, as int32 of shape ${formatShape(expected)}`,
    got: `${dtype} of shape ${formatShape(shape)}${oneHot ? ", as one-hot labels have" : ""}`,
    ...(oneHot && { hint: "Pass the place of the 1 in each row in place of the row" }),
    ...(fits && { hint: 'Make them with tensor(classes, { dtype: "int32" })' }),
  });
}

/** Throws a ShapeError for another number of weights than classes. */
export function checkWeight(op: string, weight: Tensor | undefined, count: number): void {
  if (weight === undefined || sameShape(weight.shape, [count])) return;
  throw new ShapeError(
    op,
    "weight",
    `the weight of each class, of shape ${formatShape([count])}`,
    formatShape(weight.shape),
  );
}

/** The parts of rows of classes that a loss needs. */
export interface Rows {
  /** The rows that take part; undefined if all do. */
  readonly mask: Tensor | undefined;
  /** The right class of each row that takes part; 0 for the others. */
  readonly classes: Tensor;
  /** The weight of each row, 0 for those that do not take part; undefined if all are 1. */
  readonly weights: Tensor | undefined;
}

/** Returns the rows that take part, by mask and by class. @throws ArgumentError for a class out of range. */
export function rowsOf(
  op: string,
  rows: Tensor,
  count: number,
  { mask, weight, ignoreIndex }: Pick<ClassSettings, "mask" | "weight" | "ignoreIndex">,
): Rows {
  checkMask(op, mask, rows.shape);
  checkWeight(op, weight, count);
  const known = ignoreIndex === undefined ? undefined : rows.notEqual(ignoreIndex);
  const takesPart = known && mask ? known.logicalAnd(mask) : (known ?? mask);
  const classes = checked(selected(takesPart, rows, 0), {
    op,
    argument: "classes",
    low: 0,
    high: count - 1,
    expected: `integers from 0 to ${count - 1}`,
    hint: "With { ignoreIndex } rows of one class take no part",
  });
  const weights = weight && selected(takesPart, take(weight, classes), 0);
  return { mask: takesPart, classes, weights };
}

/** Returns shares · logarithms, and 0 where the share is 0 and the logarithm infinite, as entropies define it. */
export function shareTimesLog(shares: Tensor, logarithms: Tensor): Tensor {
  const isNothing = shares.equal(0).logicalAnd(logarithms.abs().equal(Number.POSITIVE_INFINITY));
  return shares.mul(where(isNothing, 0, logarithms));
}
