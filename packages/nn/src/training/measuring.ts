/** The values that the steps of a run compute for a batch, and their sums over an epoch. */

import {
  ArgumentError,
  compile,
  Draws,
  findNaN,
  ShapeError,
  type Tensor,
  treeLeaves,
} from "@graddiff/core";
import { describe, formatShape, isPlainObject, isTensor } from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import type { MetricState, StreamingMetric } from "../metrics/metric.ts";
import { namesOf } from "../model.ts";
import type { AveragedWeights } from "../optimizers/averages.ts";
import type { FitLoss, Settings } from "./fitOptions.ts";
import { Averages, type EpochValues } from "./history.ts";
import {
  type Accumulated,
  type Measured,
  onlyIf,
  type Part,
  refusing,
  type Step,
  takeStep,
} from "./parts.ts";
import { checkedLoss, guardModel, optionsOf } from "./trainingStep.ts";

/** The sums of an epoch so far. */
export interface Running {
  readonly averages: Averages;
  readonly states: Readonly<Record<string, MetricState>>;
}

/**
 * A compiled step, or the evaluation of a batch.
 *
 * @param before the loss of an unfinished step: if that one fails, this step fails, too.
 */
export type Measure = (
  batch: unknown,
  states: Running["states"],
  ...before: readonly Tensor[]
) => Measured;

/** The metrics of a run by their names. */
type Metrics = ReadonlyMap<string, StreamingMetric>;

/** Returns empty sums. */
export function nothing(metrics: Metrics): Running {
  const states = [...metrics].map(([name, metric]) => [name, metric.start()] as const);
  return { averages: new Averages(), states: Object.fromEntries(states) };
}

/** Returns the values of an epoch from its sums. */
export function valuesOf({ averages, states }: Running, metrics: Metrics): EpochValues {
  const own = [...metrics].map(
    ([name, metric]) => [name, metric.result(states[name] as MetricState).item()] as const,
  );
  return { ...averages.means(), ...Object.fromEntries(own) };
}

/** The compiled functions of a run. */
export interface Steps {
  readonly train: Measure;
  /** Takes the optimizer step, by the gradients that were accumulated since the last one. */
  readonly finish: () => void;
  readonly evaluate: Measure;
  /**
   * Returns the states of metrics with a batch more. @param measured the states of the batch, or the values that
   * metrics compare.
   */
  readonly count: (before: Running["states"], measured: Measured["states"]) => Running["states"];
}

/** The name of the values that metrics compare, among the states of a batch. */
const COMPARED = "compared";

/** The predictions of a batch, the right answers, and which of them take part. */
interface Compared {
  readonly predicted: Tensor;
  readonly expected: Tensor;
  readonly mask?: Tensor;
}

/** Makes the compiled functions of a run. @param accumulated sums of gradients, if a step has several batches. */
export function compiledSteps(
  op: string,
  model: object,
  parts: readonly Part[],
  { metrics, others, average, backend }: Settings,
  accumulated: Accumulated | undefined,
): Steps {
  const isAwaited = typeof backend === "object";
  // `checkedLoss` checks the Variables that a training step trains and reads.
  const checked = parts.map((part) => {
    const measured = measuredLoss(op, part, metrics, isAwaited);
    const own = (given: object, [batch, states]: readonly [unknown, Running["states"]]) =>
      measured(given, batch, states);
    return {
      part,
      measured,
      own: checkedLoss(op, model, own, part.optimizer, others, part.prefix),
    };
  });
  const stepsOf = (batch: unknown, states: Running["states"]): Step[] =>
    checked.map(({ part, own }) => ({ ...part, measure: () => own([batch, states]) }));
  const options = optionsOf(backend);
  // The reader of the option has checked that the methods exist.
  const averages = average as AveragedWeights | undefined;
  const steps = compile(
    (batch: unknown, states: Running["states"], ...before: readonly Tensor[]) => {
      const measured = merged(
        op,
        stepsOf(batch, states).map((step) => takeStep(op, step, isAwaited)),
        parts,
        metrics,
      );
      if (averages && isAwaited) averages.take();
      else if (averages) onlyIf(measured.loss.isFinite(), () => averages.take());
      return following(measured, before);
    },
    options,
  ) as Measure;
  type Gathered = [
    batch: unknown,
    states: Running["states"],
    count: Tensor,
    ...before: readonly Tensor[],
  ];
  const gather = compile((...[batch, states, count, ...before]: Gathered) => {
    const { examples } = accumulated as Accumulated;
    const gathered = stepsOf(batch, states).map(
      (step, i) => accumulated?.add(op, i, step, count, isAwaited) as Measured,
    );
    examples.assign(examples.value.add(count));
    return following(merged(op, gathered, parts, metrics), before);
  }, options);
  const finish = compile(() => {
    accumulated?.step(parts);
    averages?.take();
  }, options);
  const evaluate = compile((batch: unknown, states: Running["states"]) => {
    guardModel(op, model);
    const measured = checked.map((each) => {
      const own = each.measured(model, batch, states);
      return isAwaited ? refusing(op, each.part, own) : own;
    });
    return merged(op, measured, parts, metrics);
  }, options) as Measure;
  const examples = (batch: unknown) => scalar(examplesOf(batch), "float64");
  const train: Measure = accumulated
    ? (batch, states, ...before) =>
        gather(batch as never, states, examples(batch), ...before) as Measured
    : steps;
  if (!isAwaited) return { train, finish, evaluate, count: (_, states) => states };
  // Metrics count in float64, so the host computes them, from the values of the steps.
  const counted = compile((before: Running["states"], compared: Compared) =>
    withMore(metrics, before, compared),
  );
  return {
    train: (batch, _, before = scalar(0, "float32")) => train(batch, {}, before),
    finish,
    evaluate: (batch) => evaluate(batch, {}),
    count: (before, { [COMPARED]: compared }) =>
      compared ? (counted(before, compared as never) as Running["states"]) : before,
  };
}

/**
 * Returns the measured values with a value that depends on checked results of others: if their check fails, this step
 * fails.
 */
function following(measured: Measured, others: readonly Tensor[]): Measured {
  return others.length === 0 ? measured : { ...measured, seen: others.map((own) => own.isNaN()) };
}

/** Returns the results of all losses as one result: the sum of the losses, and each loss by its name. */
function merged(
  op: string,
  measured: readonly Measured[],
  parts: readonly Part[],
  metrics: Metrics,
): Measured {
  const [first, ...others] = measured as readonly [Measured, ...Measured[]];
  if (parts[0]?.name === undefined) return first;
  const scalars: Record<string, Tensor> = {};
  let states: Measured["states"] | undefined;
  measured.forEach((own, i) => {
    const { name = "", prefix } = at(parts, i);
    for (const [key, value] of [[name, own.loss] as const, ...Object.entries(own.scalars)]) {
      if (Object.hasOwn(scalars, key)) {
        const argument = `${prefix}loss.${key}`;
        const expected = "a name that no other loss has";
        throw new ArgumentError(op, argument, expected, key);
      }
      scalars[key] = value;
    }
    if (Object.keys(own.states).length === 0) return;
    if (states !== undefined) {
      const argument = `${prefix}loss.predicted`;
      const expected = "undefined, since another loss gives what the metrics compare";
      throw new ArgumentError(op, argument, expected, "a Tensor");
    }
    states = own.states;
  });
  if (metrics.size > 0 && states === undefined)
    refuseUnfit(op, "optimizers", "predicted", undefined);
  const loss = others.reduce((sum, own) => sum.add(own.loss), first.loss);
  return { loss, scalars, states: states ?? {} };
}

/** Returns the loss and the values of metrics and averages, as ops. */
function measuredLoss(
  op: string,
  { name, prefix, loss }: Part,
  metrics: Metrics,
  isAwaited: boolean,
) {
  return (model: object, batch: unknown, before: Running["states"]): Measured => {
    const returned: unknown = loss(model, batch);
    const argument = `${prefix}loss`;
    if (!isPlainObject(returned)) {
      if (metrics.size > 0 && name === undefined) refuseUnfit(op, argument, "predicted", undefined);
      // The optimizer refuses a value that is no loss.
      return { loss: returned as Tensor, scalars: {}, states: {} };
    }
    const { loss: value, predicted, expected, mask, ...others } = returned;
    // Only one of several losses returns the values that metrics compare.
    const isCompared = metrics.size > 0 && (name === undefined || predicted !== undefined);
    let states: Measured["states"] = {};
    if (isCompared) {
      if (!isTensor(predicted)) refuseUnfit(op, argument, "predicted", predicted);
      if (!isTensor(expected)) refuseUnfit(op, argument, "expected", expected);
      const masked = mask === undefined ? {} : { mask: mask as Tensor };
      const compared = { predicted, expected, ...masked };
      states = isAwaited ? { [COMPARED]: compared } : withMore(metrics, before, compared);
    }
    for (const [key, scalar] of Object.entries(others)) {
      checkScalar(op, `${argument}.${key}`, key, scalar, metrics);
    }
    return {
      loss: value as Tensor,
      scalars: others as Record<string, Tensor>,
      states,
    };
  };
}

/** Returns the states of metrics with a batch more. */
function withMore(
  metrics: Metrics,
  before: Running["states"],
  { predicted, expected, mask }: Compared,
): Running["states"] {
  const states = [...metrics].map(([key, metric]) => {
    return [key, metric.add(before[key] as MetricState, predicted, expected, mask)] as const;
  });
  return Object.fromEntries(states);
}

/** True if a batch is one of `last: "pad"`. */
export function isPadded(batch: unknown): batch is { readonly mask: Tensor } {
  return isPlainObject(batch) && "batch" in batch && isTensor(batch["mask"]);
}

/** Returns the number of examples in a batch, the weight of its means: the length of the first axis, without padding. */
export function examplesOf(batch: unknown): number {
  if (isPadded(batch)) return batch.mask.cast("int32").sum().item();
  const length = lengthIn(batch) ?? treeLeaves(batch).find(({ rank }) => rank > 0)?.shape[0];
  return length ?? 1;
}

/** Returns the length of the first tensor with axes in plain lists and objects; undefined where there is none. */
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
 * Returns the report of `findNaN` for a loss that is not finite. The step has not changed the weights, so the loss can
 * be computed again, with the same random draws.
 *
 * @param parts the objects that contain states of random draws: the model and others.
 * @param isTakenBack true if these states were already reset to those before the step.
 */
export function reasonOf(
  op: string,
  parts: object,
  loss: () => FitLoss,
  isTakenBack: boolean,
): string {
  const lossNow = () => {
    const returned = loss();
    return isTensor(returned) ? returned : returned.loss;
  };
  const look = () => findNaN(lossNow)();
  const report = isTakenBack ? look() : withDrawsOfBefore(op, parts, lossNow, look);
  return report === undefined ? "Look at the loss with findNaN" : String(report);
}

/** Runs a function with the seeds before the last draws, which have counted up by the same number. */
function withDrawsOfBefore<Result>(
  op: string,
  parts: object,
  run: () => unknown,
  look: () => Result,
): Result {
  const draws = [...namesOf(op, parts).keys()].filter((variable) => variable instanceof Draws);
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

function refuseUnfit(op: string, argument: string, name: string, got: unknown): never {
  throw new ArgumentError(
    op,
    `${argument}.${name}`,
    "a Tensor for the metrics",
    describe(got),
    "Return { loss, predicted, expected } from the loss",
  );
}

function checkScalar(
  op: string,
  argument: string,
  name: string,
  value: unknown,
  metrics: Metrics,
): void {
  if (!isTensor(value)) {
    throw new ArgumentError(op, argument, "a scalar Tensor", describe(value));
  }
  if (value.rank > 0) {
    const got = formatShape(value.shape);
    throw new ShapeError(op, argument, "a scalar, to be averaged", got);
  }
  if (!metrics.has(name)) return;
  const expected = "a name that no metric has";
  throw new ArgumentError(op, argument, expected, name);
}
