/**
 * Learning-rate schedules: functions from the number of completed steps to the learning rate. They consist of ops, so
 * that compiled steps follow them.
 */

import { minimum, pow, type Tensor, type TensorLike, where } from "@graddiff/core";
import {
  fraction,
  fractionBelowOne,
  isFloat,
  nonNegative,
  optional,
  optionsReader,
  positive,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { type LearningRate, readRate } from "./settings.ts";

/** The learning rate after a number of steps: a number, or a tensor of any shape, as for a plot. */
export type Schedule = (step: TensorLike) => Tensor;

const readStepDecay = optionsReader({ every: positive, factor: optional(nonNegative, 0.1) });
const readExponential = optionsReader({ factor: nonNegative, every: optional(positive, 1) });
const readCosine = optionsReader({ steps: positive, final: optional(nonNegative, 0) });
// The literal is 1 / 3: bundlers cannot drop an unused constant with a division.
const readWarmup = optionsReader({
  steps: positive,
  start: optional(fraction, 0.3333333333333333),
});
const readCycle = optionsReader({
  steps: positive,
  warmup: optional(fractionBelowOne, 0.3),
  startDivisor: optional(positive, 25),
  finalDivisor: optional(positive, 1e4),
});

/**
 * Returns the schedule of a formula. For a plain number of steps the rate has a weak type, which adapts to the dtype of
 * any Variable.
 */
function schedule(op: string, formula: (step: Tensor) => Tensor): Schedule {
  return (step) => {
    const given = toTensor(op, "step", step);
    return formula(isFloat(given.dtype) ? given : given.cast("float64"));
  };
}

/** Returns a value between two along half a period of the cosine: `from` for the part 0, `to` for the part 1. */
function alongCosine(from: number, to: number, part: Tensor): Tensor {
  return part
    .mul(Math.PI)
    .cos()
    .add(1)
    .mul((from - to) / 2)
    .add(to);
}

/**
 * Returns a rate that is multiplied by a factor after every so many steps: initial · factor^⌊step / every⌋, as
 * PyTorch's StepLR.
 *
 * @param initial the initial rate.
 * @param options `every`: the number of steps between two reductions; `factor` (default 0.1).
 * @throws ArgumentError for numbers that are not finite or below 0, and for an `every` of 0.
 * @example
 * ```ts
 * import { stepDecay } from "@graddiff/nn";
 *
 * const rate = stepDecay(8, { every: 10, factor: 0.5 });
 * console.log(rate(9).item(), rate(10).item(), rate(25).item()); // 8 4 2
 * ```
 */
export function stepDecay(
  initial: number,
  options: { readonly every: number; readonly factor?: number },
): Schedule {
  refuseSurplus("stepDecay", 2, arguments);
  nonNegative("stepDecay", "initial", initial);
  const { every, factor } = readStepDecay("stepDecay", options);
  return schedule("stepDecay", (step) => pow(factor, step.div(every).floor()).mul(initial));
}

/**
 * Returns a rate that decays exponentially: initial · factor^(step / every), as PyTorch's ExponentialLR.
 *
 * @param initial the initial rate.
 * @param options `factor`; `every`: the number of steps in which the rate is multiplied by the factor (default 1).
 * @throws ArgumentError for numbers that are not finite or below 0, and for an `every` of 0.
 * @example
 * ```ts
 * import { exponentialDecay } from "@graddiff/nn";
 *
 * const rate = exponentialDecay(8, { factor: 0.25, every: 10 });
 * console.log(rate(0).item(), rate(5).item(), rate(10).item()); // 8 4 2
 * ```
 */
export function exponentialDecay(
  initial: number,
  options: { readonly factor: number; readonly every?: number },
): Schedule {
  refuseSurplus("exponentialDecay", 2, arguments);
  nonNegative("exponentialDecay", "initial", initial);
  const { factor, every } = readExponential("exponentialDecay", options);
  return schedule("exponentialDecay", (step) => pow(factor, step.div(every)).mul(initial));
}

/**
 * Returns a rate that falls along half a period of the cosine (Loshchilov and Hutter, SGDR, ICLR 2017, without restarts):
 * final + (initial − final) · (1 + cos(π · step / steps)) / 2. From `steps` on it is final, where PyTorch's
 * CosineAnnealingLR would rise again.
 *
 * @param initial the initial rate.
 * @param options `steps`: the number of steps until the final rate; `final`: the final rate (default 0).
 * @throws ArgumentError for numbers that are not finite or below 0, and for 0 steps.
 * @example
 * ```ts
 * import { tensor, Variable } from "@graddiff/core";
 * import { cosineDecay, SGD } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([4, 8]));
 * const optimizer = new SGD(w, { learningRate: cosineDecay(0.5, { steps: 2 }) });
 * optimizer.step(tensor([1, 1]));
 * console.log(optimizer.learningRate, String(w.value)); // 0.25 [3.5 7.5]
 * ```
 */
export function cosineDecay(
  initial: number,
  options: { readonly steps: number; readonly final?: number },
): Schedule {
  refuseSurplus("cosineDecay", 2, arguments);
  nonNegative("cosineDecay", "initial", initial);
  const { steps, final } = readCosine("cosineDecay", options);
  return schedule("cosineDecay", (step) =>
    alongCosine(initial, final, minimum(step, steps).div(steps)),
  );
}

/**
 * Returns a rate that rises linearly before another schedule begins: schedule(0) · (start + (1 − start) · step /
 * steps), and schedule(step − steps) from `steps` on. It is PyTorch's LinearLR followed by another schedule in a
 * SequentialLR.
 *
 * @param rate a number, or the schedule that follows.
 * @param options `steps`: the number of steps of the rise; `start`: the fraction of the rate at the first step (default
 *   1/3, as in PyTorch). With 0 the first step changes nothing.
 * @throws ArgumentError for a rate that is neither a finite number from 0 nor a function, for a start outside of 0 to
 *   1, and for 0 steps.
 * @example
 * ```ts
 * import { exponentialDecay, linearWarmup } from "@graddiff/nn";
 *
 * const rate = linearWarmup(exponentialDecay(8, { factor: 0.5 }), { steps: 4, start: 0.25 });
 * console.log([0, 2, 4, 5].map((step) => rate(step).item())); // [ 2, 5, 8, 4 ]
 * ```
 */
export function linearWarmup(
  rate: LearningRate,
  options: { readonly steps: number; readonly start?: number },
): Schedule {
  const op = "linearWarmup";
  refuseSurplus(op, 2, arguments);
  const follows = readRate(op, "rate", rate);
  const { steps, start } = readWarmup(op, options);
  return schedule(op, (step) => {
    const part = minimum(step.mul((1 - start) / steps).add(start), 1);
    const after = step.sub(steps).maximum(0);
    return part.mul(typeof follows === "number" ? follows : follows(after));
  });
}

/**
 * Returns a rate that rises from peak / startDivisor to the peak and falls to peak / (startDivisor · finalDivisor),
 * both along half a period of the cosine (Smith and Topin, Super-Convergence, 2019). It is PyTorch's OneCycleLR without
 * its cycle of the momentum. From `steps` on the rate is constant.
 *
 * @param peak the greatest rate.
 * @param options `steps` of the whole training; `warmup`: the fraction of them in which the rate rises (default 0.3);
 *   `startDivisor` (default 25), `finalDivisor` (default 10,000).
 * @throws ArgumentError for numbers that are not finite and above 0, and for a warm-up that is not from 0 to below 1.
 * @example
 * ```ts
 * import { oneCycle } from "@graddiff/nn";
 *
 * const rate = oneCycle(1, { steps: 11, warmup: 0.5, startDivisor: 4 });
 * console.log(rate(0).item(), rate(4.5).item(), rate(10).item()); // 0.25 1 0.000025
 * ```
 */
export function oneCycle(
  peak: number,
  options: {
    readonly steps: number;
    readonly warmup?: number;
    readonly startDivisor?: number;
    readonly finalDivisor?: number;
  },
): Schedule {
  refuseSurplus("oneCycle", 2, arguments);
  nonNegative("oneCycle", "peak", peak);
  const { steps, warmup, startDivisor, finalDivisor } = readCycle("oneCycle", options);
  const start = peak / startDivisor;
  const last = steps - 1;
  // As in PyTorch the peak is reached in the last step of the warm-up, not in the one after it.
  const top = warmup * steps - 1;
  return schedule("oneCycle", (step) => {
    const falling = minimum(step, last)
      .sub(top)
      .div(last - top);
    const fall = alongCosine(peak, start / finalDivisor, falling);
    if (top <= 0) return fall;
    return where(step.less(top), alongCosine(start, peak, step.div(top)), fall);
  });
}
