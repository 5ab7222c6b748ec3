/**
 * The confusion matrix, and the scores of classes by it: precision, recall and their harmonic mean.
 */

import { ArgumentError, diagonal, segmentSum, type Tensor } from "@graddiff/core";
import { oneOf, optional, positiveInteger } from "@graddiff/core/extend";
import {
  checkedClasses,
  predictedClasses,
  readThreshold,
  rightClasses,
  scoredClasses,
  type ThresholdOptions,
} from "./classes.ts";
import { noCounts, ratioOr, takingPart } from "./counting.ts";
import { type Metric, type MetricBatch, type MetricState, metric } from "./metric.ts";

/** The options of {@link confusionMatrix}. */
export interface ConfusionOptions extends ThresholdOptions {
  /** The number of classes. Default: that of the scores, or 2 where there is a threshold. */
  readonly classes?: number;
}

/** The way in which the scores of all classes are averaged to one number. */
export type MetricAverage = "binary" | "macro" | "micro" | "weighted" | "none";

/** The options of {@link precision}, {@link recall} and {@link f1}. */
export interface ClassScoreOptions extends ConfusionOptions {
  /**
   * "binary", of class 1 alone, where there are two; "macro", the mean of the classes; "weighted", that mean with each
   * class weighted by how often it is right. "micro" is of all predictions together, and "none" one number for each
   * class. Default "binary".
   */
  readonly average?: MetricAverage;
}

const readClasses = optional<number | undefined>(positiveInteger, undefined);

interface Counting {
  readonly classes: number;
  readonly threshold: number | undefined;
  /** The hint at the fix for a class out of range. */
  readonly hint?: string;
}

/**
 * Returns the settings of counting: the number of classes, the threshold and a hint for errors.
 * @param otherwise the number of classes if neither the options nor the scores have it.
 * @throws ArgumentError if the number of classes is unknown.
 */
function countingOf(
  op: string,
  { classes, threshold }: { readonly [Name in "classes" | "threshold"]: number | undefined },
  whole: MetricBatch | undefined,
  otherwise?: number,
): Counting {
  const scored = whole && scoredClasses(whole);
  const count = classes ?? scored ?? (threshold === undefined ? otherwise : 2);
  if (count !== undefined) return { classes: count, threshold };
  throw new ArgumentError(
    op,
    "classes",
    "the number of classes, which no scores tell",
    "none",
    "Pass { classes: 10 }, so that all batches count alike",
  );
}

interface Cells extends MetricState {
  readonly counts: Tensor;
}

/** Returns counts by expected and predicted class, [classes, classes], with the counts of a batch added. */
function countsWith(op: string, state: Cells, batch: MetricBatch, counting: Counting): Cells {
  const { classes, threshold, hint } = counting;
  const right = rightClasses(op, "expected", batch.expected, batch);
  const predicted = predictedClasses(op, batch, threshold);
  const takesPart = takingPart(op, batch.mask, right.shape);
  const row = checkedClasses({ op, argument: "expected", hint }, right, takesPart, classes);
  const column = checkedClasses({ op, argument: "predicted", hint }, predicted, takesPart, classes);
  const cells = row.mul(classes).add(column).reshape([right.size]);
  const counts = segmentSum(takesPart.reshape([right.size]), cells, classes * classes);
  const more = counts.reshape([classes, classes]).cast("float64");
  return { counts: state.counts.add(more) };
}

/**
 * Returns the number of times that each class was predicted for each right class.
 *
 * @param predicted classes or scores, as for {@link accuracy}.
 * @param expected the right classes, as for {@link accuracy}.
 * @param options `classes` (their number; needed where neither scores nor a threshold tell it, and for streaming),
 *   `threshold` (of scores of two classes). `mask` (bools that broadcast to `expected`, true where an element takes
 *   part).
 * @returns int32, [classes, classes]: expected, predicted. It can be computed inside of compile.
 * @throws DTypeError for right classes that are other floats; ShapeError for shapes that do not fit; ArgumentError for a
 *   class out of range, or an unknown number of classes.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { confusionMatrix } from "@graddiff/nn";
 *
 * const predicted = tensor([0, 1, 1, 2], { dtype: "int32" });
 * const expected = tensor([0, 0, 1, 2], { dtype: "int32" });
 * console.log(confusionMatrix(predicted, expected, { classes: 3 }).toArray()); // [ [ 1, 1, 0 ], [ 0, 1, 0 ], [ 0, 0, 1 ] ]
 * ```
 */
export const confusionMatrix: Metric<ConfusionOptions> = metric({
  name: "confusionMatrix",
  options: { classes: readClasses, threshold: readThreshold },
  settings: (options, whole) => countingOf("confusionMatrix", options, whole),
  start: ({ classes }) => ({ counts: noCounts([classes, classes]) }),
  add: (state, batch, settings) => countsWith("confusionMatrix", state, batch, settings),
  result: ({ counts }) => counts.cast("int32"),
});

/** For each class, the number of times that it was predicted, was expected, and both. */
interface Counts {
  readonly hits: Tensor;
  readonly predicted: Tensor;
  readonly expected: Tensor;
}

/** A function from the counts of all classes to a score of each. */
type Score = (counts: Counts) => Tensor;

/** Returns the scores of all classes, or their average. */
function averaged(score: Score, counts: Tensor, average: MetricAverage): Tensor {
  const hits = diagonal(counts);
  const [predicted, expected] = [counts.sum(0), counts.sum(1)];
  if (average === "micro") {
    return score({ hits: hits.sum(), predicted: predicted.sum(), expected: expected.sum() });
  }
  const each = score({ hits, predicted, expected });
  if (average === "none") return each;
  if (average === "binary") return each.take(1);
  if (average === "macro") return each.mean();
  return ratioOr(0, each.mul(expected).sum(), expected.sum());
}

/* @__NO_SIDE_EFFECTS__ */
function classScore(op: string, score: Score): Metric<ClassScoreOptions> {
  return metric({
    name: op,
    options: {
      average: optional<MetricAverage>(
        oneOf<MetricAverage>("binary", "macro", "micro", "weighted", "none"),
        "binary",
      ),
      classes: readClasses,
      threshold: readThreshold,
    },
    settings: ({ average, classes, threshold }, whole) => {
      const isBinary = average === "binary";
      const counting = countingOf(op, { classes, threshold }, whole, isBinary ? 2 : undefined);
      if (isBinary && counting.classes !== 2) {
        throw new ArgumentError(
          op,
          "average",
          `one of "macro", "micro", "weighted" and "none" for ${counting.classes} classes`,
          '"binary"',
        );
      }
      const more = { hint: 'Pass { average: "macro", classes } for more classes' };
      return { ...counting, average, ...(isBinary && more) };
    },
    start: ({ classes }) => ({ counts: noCounts([classes, classes]) }),
    add: (state, batch, settings) => countsWith(op, state, batch, settings),
    result: ({ counts }, { average }) => averaged(score, counts, average),
  });
}

/**
 * Returns the share of the predictions of a class that is right: hits / predicted. It is 0 for a class that was never
 * predicted, as in scikit-learn.
 *
 * @param predicted classes or scores, as for {@link accuracy}.
 * @param expected the right classes, as for {@link accuracy}.
 * @param options `average` ("binary", the number of class 1; "macro"; "micro"; "weighted"; or "none", one for each
 *   class; default "binary"). `classes` (their number; needed but for "binary" where no scores tell it, and for
 *   streaming: classes that never appear count in "macro"), `threshold` (of scores of two classes). `mask` (bools that
 *   broadcast to `expected`, true where an element takes part).
 * @returns a float64 scalar; with average "none" [classes]. It can be computed inside of compile.
 * @throws DTypeError for right classes that are other floats; ShapeError for shapes that do not fit; ArgumentError for a
 *   class out of range, an unknown number of classes, or the average "binary" of more than two.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { precision } from "@graddiff/nn";
 *
 * const predicted = tensor([1, 1, 1, 0], { dtype: "int32" });
 * const expected = tensor([1, 0, 1, 1], { dtype: "int32" });
 * console.log(precision(predicted, expected).item()); // 0.6666666666666666
 * console.log(String(precision(predicted, expected, { average: "none", classes: 2 }))); // [0.         0.66666667]
 * ```
 */
export const precision: Metric<ClassScoreOptions> = classScore("precision", ({ hits, predicted }) =>
  ratioOr(0, hits, predicted),
);

/**
 * Returns the share of the elements of a class that was found: hits / expected. It is 0 for a class that never was
 * right, as in scikit-learn.
 *
 * Its arguments, options and errors are those of {@link precision}.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { recall } from "@graddiff/nn";
 *
 * const scores = tensor([2, -1, 3, -2]);
 * console.log(recall(scores, tensor([true, false, true, true]), { threshold: 0 }).item()); // 0.6666666666666666
 * ```
 */
export const recall: Metric<ClassScoreOptions> = classScore("recall", ({ hits, expected }) =>
  ratioOr(0, hits, expected),
);

/**
 * The harmonic mean of precision and recall of a class, 2 hits / (predicted + expected) (van Rijsbergen, Information
 * Retrieval, 1979). It is 0 for a class that was neither predicted nor right.
 *
 * Its arguments, options and errors are those of {@link precision}. As in scikit-learn, an average is that of the
 * numbers of the classes, not the harmonic mean of averages.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { f1 } from "@graddiff/nn";
 *
 * const scores = tensor([[5, 1, 0], [0, 2, 1], [1, 3, 2]]);
 * const expected = tensor([0, 1, 2], { dtype: "int32" });
 * console.log(f1(scores, expected, { average: "macro" }).item()); // 0.5555555555555555
 * ```
 */
export const f1: Metric<ClassScoreOptions> = classScore("f1", ({ hits, predicted, expected }) =>
  ratioOr(0, hits.mul(2), predicted.add(expected)),
);
