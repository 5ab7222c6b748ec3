/**
 * What the steps of a run compute of a batch, and what they add up over an epoch.
 */

import {
  ArgumentError,
  compile,
  cond,
  Draws,
  findNaN,
  ShapeError,
  type Tensor,
  treeLeaves,
} from "../../index.ts";
import { at, describe, formatShape, isPlainObject, isTensor, listVariables } from "../inside.ts";
import type { MetricState, StreamingMetric } from "../metrics/metric.ts";
import type { LBFGS } from "../optimizers/lbfgs.ts";
import { gradientOfLoss } from "../optimizers/minimize.ts";
import type { Optimizer } from "../optimizers/optimizers.ts";
import type { FitLoss, Settings } from "./fitOptions.ts";
import { Averages, type EpochValues } from "./history.ts";
import { checkedLoss, guardModel, isSearching } from "./trainingStep.ts";

/** The result of a step: numbers to be averaged, and states of metrics. */
interface Measured {
  readonly loss: Tensor;
  readonly scalars: Readonly<Record<string, Tensor>>;
  readonly states: Readonly<Record<string, MetricState>>;
}

/** The sums of an epoch so far. */
export interface Running {
  readonly averages: Averages;
  readonly states: Readonly<Record<string, MetricState>>;
}

/** A compiled step, or the evaluation of a batch. */
export type Measure = (batch: unknown, states: Running["states"]) => Measured;

/** The metrics of a run by their names. */
type Metrics = ReadonlyMap<string, StreamingMetric>;

/** The sums of nothing. */
export function nothing(metrics: Metrics): Running {
  const states = [...metrics].map(([name, metric]) => [name, metric.start()] as const);
  return { averages: new Averages(), states: Object.fromEntries(states) };
}

/** The values of an epoch, from its sums. */
export function valuesOf({ averages, states }: Running, metrics: Metrics): EpochValues {
  const own = [...metrics].map(
    ([name, metric]) => [name, metric.result(states[name] as MetricState).item()] as const,
  );
  return { ...averages.means(), ...Object.fromEntries(own) };
}

/** The compiled functions of a run: a step, and the evaluation of a batch. */
export function compiledSteps(
  op: string,
  model: object,
  { loss, metrics, optimizer, others }: Settings,
): { readonly train: Measure; readonly evaluate: Measure } {
  // What a training step trains and reads is checked there.
  const own = optimizer as Optimizer | LBFGS;
  const measured = measuredLoss(op, loss as (model: object, batch: unknown) => FitLoss, metrics);
  const checked = checkedLoss(
    op,
    model,
    (given: object, [batch, states]: [unknown, Running["states"]]) =>
      measured(given, batch, states),
    own,
    others,
  );
  const train = compile((batch: unknown, states: Running["states"]) => {
    const measuredOwn = () => checked([batch, states]);
    if (isSearching(own)) return own.stepOfFit(op, measuredOwn);
    const { loss, gradient, returned } = gradientOfLoss(op, measuredOwn, own.variables);
    // A step of a loss that is not finite would spoil all weights.
    const step = () => {
      own.step([...gradient]);
      return [];
    };
    cond(loss.isFinite(), step, () => []);
    return returned;
  }) as Measure;
  const evaluate = compile((batch: unknown, states: Running["states"]) => {
    guardModel(op, model);
    return measured(model, batch, states);
  }) as Measure;
  return { train, evaluate };
}

/** The loss and what metrics and averages are made of, in ops. */
function measuredLoss(
  op: string,
  loss: (model: object, batch: unknown) => FitLoss,
  metrics: Settings["metrics"],
) {
  return (model: object, batch: unknown, before: Running["states"]): Measured => {
    const returned: unknown = loss(model, batch);
    if (!isPlainObject(returned)) {
      if (metrics.size > 0) refuseUnfit(op, "predicted", undefined);
      // The optimizer refuses what is no loss.
      return { loss: returned as Tensor, scalars: {}, states: {} };
    }
    const { loss: value, predicted, expected, mask, ...others } = returned;
    const states = [...metrics].map(([name, metric]) => {
      if (!isTensor(predicted)) refuseUnfit(op, "predicted", predicted);
      if (!isTensor(expected)) refuseUnfit(op, "expected", expected);
      const state = before[name] as MetricState;
      return [name, metric.add(state, predicted, expected, mask as Tensor | undefined)] as const;
    });
    for (const [name, scalar] of Object.entries(others)) checkScalar(op, name, scalar, metrics);
    return {
      loss: value as Tensor,
      scalars: others as Record<string, Tensor>,
      states: Object.fromEntries(states),
    };
  };
}

/** Whether a batch is one of `last: "pad"`. */
export function isPadded(batch: unknown): batch is { readonly mask: Tensor } {
  return isPlainObject(batch) && "batch" in batch && isTensor(batch["mask"]);
}

/** The number of examples in a batch, by which its means count: the length of the first axis. */
export function examplesOf(batch: unknown): number {
  if (isPadded(batch)) return batch.mask.cast("int32").sum().item();
  const length = lengthIn(batch) ?? treeLeaves(batch).find(({ rank }) => rank > 0)?.shape[0];
  return length ?? 1;
}

/** The length of the first tensor with axes in plain lists and objects; undefined where there is none. */
function lengthIn(tree: unknown): number | undefined {
  if (isTensor(tree)) return tree.shape[0];
  if (!Array.isArray(tree) && !isPlainObject(tree)) return undefined;
  for (const each of Object.values(tree)) {
    const length = lengthIn(each);
    if (length !== undefined) return length;
  }
  return undefined;
}

/**
 * What `findNaN` says of a loss that is not finite. The step has left the weights alone, so the loss can be looked at once
 * more, with the same draws.
 *
 * @param parts what holds the draws: the model and its kin.
 */
export function reasonOf(op: string, parts: object, loss: () => FitLoss): string {
  const lossNow = () => {
    const returned = loss();
    return isTensor(returned) ? returned : returned.loss;
  };
  const report = withDrawsOfBefore(op, parts, lossNow, () => findNaN(lossNow)());
  return report === undefined ? "Look at the loss with findNaN" : String(report);
}

/** Looks at a run that has drawn, with the seeds that it had: they count up alike in each run. */
function withDrawsOfBefore<Result>(
  op: string,
  parts: object,
  run: () => unknown,
  look: () => Result,
): Result {
  const draws = listVariables(op, parts).filter((variable) => variable instanceof Draws);
  const seeds = () => draws.map(({ value }) => value);
  const after = seeds();
  run();
  const further = seeds();
  draws.forEach((own, k) => {
    own.assign(at(after, k).sub(at(further, k).sub(at(after, k))));
  });
  try {
    return look();
  } finally {
    draws.forEach((own, k) => {
      own.assign(at(after, k));
    });
  }
}

function refuseUnfit(op: string, name: string, got: unknown): never {
  throw new ArgumentError({
    op,
    argument: `loss.${name}`,
    expected: "a Tensor for the metrics",
    got: describe(got),
    hint: "Return { loss, predicted, expected } from the loss",
  });
}

function checkScalar(
  op: string,
  name: string,
  value: unknown,
  metrics: ReadonlyMap<string, unknown>,
): void {
  const argument = `loss.${name}`;
  if (!isTensor(value)) {
    throw new ArgumentError({
      op,
      argument,
      expected: "a scalar Tensor",
      got: describe(value),
    });
  }
  if (value.rank > 0) {
    const got = formatShape(value.shape);
    throw new ShapeError({ op, argument, expected: "a scalar, to be averaged", got });
  }
  if (!metrics.has(name)) return;
  const expected = "a name that no metric has";
  throw new ArgumentError({ op, argument, expected, got: name });
}
