/**
 * Perplexity, the metric of language models.
 */

import { integer, optional } from "@graddiff/core/extend";
import { classCount } from "../losses/classes.ts";
import { crossEntropy } from "../losses/classification.ts";
import { checkedClasses, checkRows, rightClasses } from "./classes.ts";
import { countOf, noCounts, takingPart } from "./counting.ts";
import { type Metric, metric } from "./metric.ts";

/** The options of {@link perplexity}. */
export interface PerplexityOptions {
  /** A class that takes no part, such as that of padding. Default: none. */
  readonly ignoreIndex?: number;
}

/**
 * e to the power of the mean cross-entropy: among how many classes of equal probability a model would be as uncertain
 * (Jelinek et al., Perplexity, a Measure of the Difficulty of Speech Recognition Tasks, 1977). NaN where nothing takes
 * part.
 *
 * @param logits floats of shape [..., classes], not yet normalized, as for `crossEntropy`.
 * @param classes int32 of shape [...]: the right class of each row, from 0.
 * @param options `ignoreIndex` (a class that takes no part), `mask` (bools that broadcast to the classes, true where a
 *   row takes part).
 * @returns a float64 scalar; the cross-entropies are in the dtype of the logits, their sum is float64. It can be
 *   computed inside of compile.
 * @throws ShapeError or DTypeError for arguments that do not fit; ArgumentError for a class out of range.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { perplexity } from "@graddiff/nn";
 *
 * const logits = tensor([[0, 0, 0, 0], [9, 9, 9, 9]], { dtype: "float64" });
 * console.log(perplexity(logits, tensor([3, 0], { dtype: "int32" })).item().toFixed(12)); // 4.000000000000
 * ```
 */
export const perplexity: Metric<PerplexityOptions> = metric({
  name: "perplexity",
  options: { ignoreIndex: optional<number | undefined>(integer, undefined) },
  settings: ({ ignoreIndex }) => ignoreIndex,
  start: () => ({ total: noCounts(), count: noCounts() }),
  add: (state, { predicted, expected, mask }, ignoreIndex) => {
    const op = "perplexity";
    const count = classCount(op, "predicted", predicted);
    const right = rightClasses(op, "expected", expected);
    checkRows(op, predicted, right);
    const given = takingPart(op, mask, right.shape);
    const known = ignoreIndex === undefined ? given : given.logicalAnd(right.notEqual(ignoreIndex));
    const classes = checkedClasses({ op, argument: "expected" }, right, known, count);
    const losses = crossEntropy(predicted, classes, { reduction: "none", mask: known });
    return {
      total: state.total.add(losses.cast("float64").sum()),
      count: state.count.add(countOf(known)),
    };
  },
  result: ({ total, count }) => total.div(count).exp(),
});
