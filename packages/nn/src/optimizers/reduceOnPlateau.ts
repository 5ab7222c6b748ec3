/**
 * A learning rate that is lowered when a metric stops improving.
 */

import { ArgumentError, ShapeError, type TensorLike, Variable, where } from "@graddiff/core";
import {
  describe,
  formatShape,
  fraction,
  fractionBelowOne,
  isVariable,
  nonNegative,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { OptimizerBase } from "./optimizers.ts";

/** The settings of {@link reduceOnPlateau}. */
export interface PlateauOptions {
  /** The factor by which the rate is multiplied. Default 0.1. */
  readonly factor?: number;
  /**
   * The number of successive calls without an improvement that are tolerated; after one more the rate is lowered. Default
   * 10.
   */
  readonly patience?: number;
  /** The least rate. Default 0. */
  readonly minimum?: number;
  /** The least relative improvement of the best metric that counts. Default 1e-4. */
  readonly threshold?: number;
  /** The direction of improvement: "min" for a metric that should be small, "max" for a large one. Default "min". */
  readonly mode?: "min" | "max";
}

/** A watched metric: the result of {@link reduceOnPlateau}. */
export interface Plateau {
  /** The best metric so far. */
  readonly best: Variable;
  /** The number of calls without an improvement, since the best metric or since the rate was lowered. */
  readonly waited: Variable;
  /**
   * Takes the metric of an epoch, and lowers the rate if it is due. NaN is no improvement. It can be compiled.
   * @throws ShapeError for a metric that is not a scalar.
   */
  step(metric: TensorLike): void;
}

const OP = "reduceOnPlateau";
const readOptions = optionsReader({
  factor: optional(fractionBelowOne, 0.1),
  patience: optional(nonNegativeInteger, 10),
  minimum: optional(nonNegative, 0),
  threshold: optional(fraction, 1e-4),
  mode: optional<"min" | "max">(oneOf("min", "max"), "min"),
});

/**
 * Lowers the learning rate of an optimizer by a factor when a metric has not improved for some calls, as PyTorch's
 * ReduceLROnPlateau with relative thresholds and without cooldown. An improvement is below best · (1 − threshold) or,
 * with the mode "max", above best · (1 + threshold).
 *
 * Its state is in the Variables `best` and `waited`, which `state` and `loadState` find. The rate is part of the
 * optimizer's state.
 *
 * @param optimizer an optimizer whose learning rate is a number.
 * @param options `factor`, `patience`, `minimum`, `threshold`, `mode`: see {@link PlateauOptions}.
 * @returns an object with a method `step(metric)`.
 * @throws ArgumentError for a value that is not an optimizer, for an optimizer with a schedule, and for options out of
 *   their bounds.
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { reduceOnPlateau, SGD } from "@graddiff/nn";
 *
 * const optimizer = new SGD(new Variable(tensor(1)), { learningRate: 0.5 });
 * const plateau = reduceOnPlateau(optimizer, { factor: 0.5, patience: 1 });
 * for (const loss of [3, 2, 2, 2]) plateau.step(loss);
 * console.log(optimizer.learningRate, plateau.best.value.item()); // 0.25 2
 * ```
 */
export function reduceOnPlateau(optimizer: OptimizerBase, options?: PlateauOptions): Plateau {
  refuseSurplus(OP, 2, arguments);
  const settings = readOptions(OP, options);
  const { factor, patience, mode } = settings;
  const rate = rateOf(optimizer);
  const isLess = mode === "min";
  const bestPart = isLess ? 1 - settings.threshold : 1 + settings.threshold;
  const worst = isLess ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const best = new Variable(scalar(worst), { trainable: false });
  const waited = new Variable(scalar(0), { trainable: false });
  return {
    best,
    waited,
    step(metric) {
      refuseSurplus(`${OP}.step`, 1, arguments);
      const given = toTensor(`${OP}.step`, "metric", metric);
      if (given.rank !== 0) {
        const got = formatShape(given.shape);
        throw new ShapeError(`${OP}.step`, "metric", "a scalar", got);
      }
      const value = given.cast("float64");
      const bound = best.value.mul(bestPart);
      const isBetter = isLess ? value.less(bound) : value.greater(bound);
      const count = where(isBetter, 0, waited.value.add(1));
      const falls = count.greater(patience);
      best.assign(where(isBetter, value, best.value));
      waited.assign(where(falls, 0, count));
      const reduced = rate.value.mul(factor).maximum(settings.minimum);
      rate.assign(where(falls, reduced, rate.value));
    },
  };
}

function rateOf(optimizer: unknown): Variable {
  const isOptimizer = optimizer instanceof OptimizerBase;
  const rate = isOptimizer ? optimizer.state["learningRate"] : undefined;
  if (isVariable(rate)) return rate;
  throw new ArgumentError(
    OP,
    "optimizer",
    "an optimizer whose learning rate is a number",
    isOptimizer ? "one with a schedule" : describe(optimizer),
  );
}
