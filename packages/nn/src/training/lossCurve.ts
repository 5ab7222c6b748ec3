/**
 * The picture of a training with a hand-written loop.
 */

import { ArgumentError, type WideSvgOptions } from "@graddiff/core";
import { describe, isPlainObject, refuseSurplus } from "@graddiff/core/extend";
import { drawCurves } from "../inside.ts";
import { type Drawn, type EpochValues, panelsOf } from "./history.ts";

/** The values of a step or an epoch: a loss, or values by name such as `{ loss, accuracy }`. */
export type CurveValues = number | Readonly<Record<string, number>>;

/** A row of {@link lossCurve}. The rows of `fit` have this type. */
export interface CurveRow {
  /** The values of the training data. */
  readonly training?: CurveValues;
  /** The values of the validation data. */
  readonly validation?: CurveValues;
  /** The learning rate of the epoch. */
  readonly learningRate?: number;
}

/**
 * Draws the curves of a training, as `history.svg` of {@link fit} does: the loss, further values, and the learning
 * rate, with the last values beside the curves.
 *
 * @param rows one for each step or epoch: a loss, or `{ training, validation, learningRate }`, each of which may be missing. A
 *   value that is not finite leaves a gap.
 * @param options `title`, `theme`, `width`: see {@link WideSvgOptions}.
 * @returns an SVG document.
 * @throws ArgumentError for other rows and other options.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Dense, lossCurve, meanSquaredError, SGD, trainingStep } from "@graddiff/nn";
 *
 * const model = new Dense(1, 1, { seed: 1 });
 * const x = tensor([[0], [1], [2]]);
 * const loss = (own: Dense) => meanSquaredError(own.forward(x), x.mul(2));
 * const step = trainingStep(model, loss, new SGD(model, { learningRate: 0.1 }));
 * const losses = Array.from({ length: 50 }, () => step().item());
 * console.log(lossCurve(losses, { theme: "dark" }).startsWith("<svg")); // true
 * ```
 */
export function lossCurve(rows: readonly (number | CurveRow)[], options?: WideSvgOptions): string {
  const op = "lossCurve";
  refuseSurplus(op, 2, arguments);
  if (!Array.isArray(rows)) {
    const expected = "an array of losses, or of { training, validation, learningRate }";
    throw new ArgumentError(op, "rows", expected, describe(rows));
  }
  // `from` sees the holes of an array, too.
  const drawn = Array.from(rows, (row, i) => readRow(op, `rows[${i}]`, row));
  const panels = panelsOf(drawn).filter(({ curves }) => curves.length > 0);
  return drawCurves(panels, { op, step: "step", heading: "Training" }, options);
}

function readRow(op: string, argument: string, row: unknown): Drawn {
  if (typeof row === "number") return { training: { loss: row } };
  const { training, validation, learningRate }: Record<string, unknown> = Object(row);
  const isRow = isPlainObject(row) && (training ?? validation) !== undefined;
  if (!isRow || !(learningRate === undefined || typeof learningRate === "number")) {
    const expected = "a loss, or { training, validation, learningRate }";
    throw new ArgumentError(op, argument, expected, describe(row));
  }
  return {
    ...(training !== undefined && { training: readValues(op, `${argument}.training`, training) }),
    ...(validation !== undefined && {
      validation: readValues(op, `${argument}.validation`, validation),
    }),
    ...(learningRate !== undefined && { learningRate }),
  };
}

function readValues(op: string, argument: string, values: unknown): EpochValues {
  if (typeof values === "number") return { loss: values };
  const isNumbers =
    isPlainObject(values) && Object.values(values).every((value) => typeof value === "number");
  if (isNumbers) return values as EpochValues & object;
  const expected = "a number, or numbers by name";
  throw new ArgumentError(op, argument, expected, describe(values));
}
