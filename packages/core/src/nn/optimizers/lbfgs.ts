/**
 * L-BFGS: a quasi-Newton method with a memory of some steps. Nocedal and Wright, Numerical Optimization, 2nd edition,
 * 2006, algorithms 7.4 and 7.5.
 *
 * It works on numbers in float64, whatever the dtype of the Variables: they decide how it goes on, and its own
 * arithmetic is little beside that of a loss.
 */

import {
  ArgumentError,
  RecordingError,
  type Tensor,
  type Trainable,
  tensor,
  zeros,
} from "../../index.ts";
import {
  at,
  isReadable,
  nonNegative,
  oneOf,
  optional,
  optionsReader,
  readCount,
  readPositive,
  refuseSurplus,
  warnOfEvaluation,
} from "../inside.ts";
import { along, dot, Memory, type Vector } from "./lbfgsMemory.ts";
import { strongWolfe, type Trial } from "./lineSearch.ts";
import { gradientOfLoss, type Loss } from "./minimize.ts";
import { Optimizer, type OptimizerBase } from "./optimizers.ts";
import type { OptimizerOptions } from "./settings.ts";

/** The settings of {@link LBFGS}. */
export interface LBFGSOptions {
  /** The length that a line search tries first. Default 1, which is right for a quasi-Newton method. */
  readonly learningRate?: number;
  /** The number of steps that are remembered. Default 10. */
  readonly history?: number;
  /** It has converged where no element of the gradient is greater than this. Default 1e-7. */
  readonly tolerance?: number;
  /** The greatest number of steps of a call of `minimize`. Default 100. */
  readonly maxSteps?: number;
  /**
   * How long a step is: "strongWolfe" searches until the strong Wolfe conditions hold; "none" takes the learning rate,
   * with one evaluation a step, and may diverge. Default "strongWolfe".
   */
  readonly lineSearch?: "strongWolfe" | "none";
}

/** The outcome of a call of `minimize` of {@link LBFGS}. */
export interface Minimized<Result> {
  /** The result of the function at the last place, as values. */
  readonly result: Result;
  /** The loss there. */
  readonly loss: number;
  /** The number of steps taken. */
  readonly steps: number;
  /** The number of calls of the function. */
  readonly evaluations: number;
  /**
   * Whether the gradient is within the tolerance. It is not after `maxSteps`, and where no lower loss was found: then
   * another call goes on, or the rounding of the loss allows no more.
   */
  readonly converged: boolean;
}

const readLBFGS = optionsReader({
  learningRate: optional(nonNegative, 1),
  history: optional(readPositive, 10),
  tolerance: optional(nonNegative, 1e-7),
  maxSteps: optional(readCount, 100),
  lineSearch: optional<"strongWolfe" | "none">(oneOf("strongWolfe", "none"), "strongWolfe"),
});

/** A place, with the loss and the gradient there. */
interface Point<Result> {
  readonly place: Vector;
  readonly loss: number;
  readonly gradient: Vector;
  /** By how much equal losses may differ. */
  readonly rounding: number;
  readonly result: Result;
}

/** Losses are right to these parts of them in float32 and float64, some roundings together. */
const ROUNDING32 = 2 ** -20;
const ROUNDING64 = 2 ** -48;

// It is an Optimizer at run time, by which `state` knows it; its minimize and step are of other types.
const AnyOptimizer: abstract new (
  variables: Trainable,
  options: OptimizerOptions,
) => OptimizerBase = Optimizer;

/**
 * L-BFGS, for losses that are computed from all data at once and are smooth: it models the curvature by the last
 * steps, and reaches a minimum in some dozens of them, to many digits in float64.
 *
 * Its state, the steps remembered, is saved by `state`; a call of {@link minimize} goes on where the last one stopped,
 * so two of 10 steps end with the bits of one of 20.
 *
 * Other than in PyTorch, the line search is on by default, `minimize` takes 100 steps rather than 20 at most, and pairs
 * of steps without curvature are left out by their ratio rather than by their size.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor, unstack, Variable } from "@graddiff/core";
 * import { LBFGS } from "@graddiff/core/nn";
 *
 * const w = new Variable(tensor([-1.2, 1], { dtype: "float64" }));
 * const optimizer = new LBFGS(w);
 * const { converged, steps } = optimizer.minimize(() => {
 *   const [x, y] = unstack(w.value) as [Tensor, Tensor];
 *   return x.square().sub(y).square().mul(100).add(x.sub(1).square());
 * });
 * console.log(converged, steps < 50, String(w.value)); // true true [1. 1.]
 * ```
 */
export class LBFGS extends AnyOptimizer {
  readonly #settings: Required<LBFGSOptions>;
  readonly #memory: Memory;

  /**
   * @param variables what is to be trained: a Variable, a model, or a list or tree of them.
   * @throws ArgumentError if there are no Variables, if a list has one twice, and for settings out of their bounds.
   */
  constructor(variables: Trainable, options?: LBFGSOptions) {
    refuseSurplus("LBFGS", 2, arguments);
    const settings = readLBFGS("LBFGS", options);
    super(variables, settings);
    this.#settings = settings;
    const size = this.all.reduce((sum, { value }) => sum + value.size, 0);
    this.#memory = this.register("memory", new Memory(settings.history, size));
  }

  /**
   * Changes the Variables until the gradient is within the tolerance, at most by `maxSteps` steps.
   *
   * @param fn computes the loss from the Variables, the same for the same values. It returns a scalar Tensor, or an
   *   object with it as `loss` and further entries. It may be a compiled function.
   * @returns `result`, `loss`, `steps`, `evaluations` and `converged`: see {@link Minimized}.
   * @throws RecordingError inside of compiled functions; ArgumentError where no Variable is trained, where `fn`
   *   returns no loss, or where that is not finite at the first place; ShapeError for a loss that is no scalar;
   *   DerivativeError for one that depends on no trained Variable. Where `fn` throws, the Variables are as after the
   *   last step.
   */
  minimize<Result extends Loss>(fn: () => Result): Minimized<Result> {
    const op = `${this.constructor.name}.minimize`;
    refuseSurplus(op, 1, arguments);
    this.#refuseRecording(op);
    const { maxSteps, tolerance } = this.#settings;
    let evaluations = 0;
    const evaluate = (place: Vector): Point<Result> => {
      evaluations++;
      return this.#evaluate(op, fn, place);
    };
    let point = evaluate(flatten(this.all.map(({ value }) => value)));
    if (!Number.isFinite(point.loss)) {
      throw new ArgumentError({
        op,
        argument: "loss",
        expected: "a finite number at the first place",
        got: String(point.loss),
      });
    }
    const isConverged = () => point.gradient.every((each) => Math.abs(each) <= tolerance);
    let steps = 0;
    try {
      warnOfEvaluation(op, this.all);
      while (steps < maxSteps && !isConverged()) {
        const next = this.#next(point, evaluate);
        if (next === undefined) {
          // The memory may be of another loss, or of other Variables.
          if (this.#memory.isEmpty) break;
          this.#memory.forget();
          continue;
        }
        const step = along(next.place, -1, point.place);
        this.#memory.remember(step, along(next.gradient, -1, point.gradient));
        point = next;
        steps++;
      }
    } finally {
      this.#write(point.place);
    }
    const { result, loss } = point;
    return { result, loss, steps, evaluations, converged: isConverged() };
  }

  /**
   * Not for this optimizer: it evaluates the loss at several places.
   * @throws ArgumentError always.
   */
  step(_gradients?: unknown): never {
    throw new ArgumentError({
      op: `${this.constructor.name}.step`,
      expected: "a function that computes the loss, at several places in a step",
      got: "a call with gradients of one place",
      hint: "Call optimizer.minimize(() => loss)",
    });
  }

  #refuseRecording(op: string): void {
    if (this.all.every(({ value }) => isReadable(value))) return;
    throw new RecordingError({
      op,
      expected:
        "a call outside of compile and vectorize, since it reads the loss to decide how to go on",
      got: "one inside",
      hint: "Compile the function that computes the loss",
    });
  }

  /** The loss and the gradient at a place, which the Variables have then. */
  #evaluate<Result extends Loss>(op: string, fn: () => Result, place: Vector): Point<Result> {
    this.#write(place);
    const { loss, gradient, returned } = gradientOfLoss(op, fn, this.variables);
    let next = 0;
    const gradients = this.all.map(({ trainable, shape }) =>
      trainable ? at(gradient, next++) : zeros(shape),
    );
    const value = loss.item();
    return {
      // As the Variables have it, rounded to their dtype.
      place: flatten(this.all.map(({ value }) => value)),
      loss: value,
      gradient: flatten(gradients),
      rounding: Math.abs(value) * (loss.dtype === "float32" ? ROUNDING32 : ROUNDING64),
      result: returned,
    };
  }

  /** Gives the Variables that are trained the values of a place. */
  #write(place: Vector): void {
    let from = 0;
    for (const variable of this.all) {
      const { shape, dtype } = variable;
      const end = from + variable.value.size;
      if (variable.trainable) variable.assign(tensor(place.subarray(from, end), { shape, dtype }));
      from = end;
    }
  }

  /** The place after a step; undefined where there is none with a lower loss. */
  #next<Result>(
    point: Point<Result>,
    evaluate: (place: Vector) => Point<Result>,
  ): Point<Result> | undefined {
    const { learningRate } = this;
    // Where a Variable is not trained its gradient is 0, and no step is written.
    const direction = this.#memory.direction(point.gradient);
    const slope = dot(direction, point.gradient);
    if (!(slope < 0)) return undefined;
    const attempt = (length: number): Point<Result> & Trial => {
      const found = evaluate(along(point.place, length, direction));
      return { ...found, length, slope: dot(direction, found.gradient) };
    };
    // The size of a gradient alone does not tell how far to go.
    const first = this.#memory.isEmpty ? Math.min(1, 1 / sizeOf(point.gradient)) : 1;
    const length = learningRate * first;
    if (this.#settings.lineSearch === "none") {
      const found = attempt(length);
      return Number.isFinite(found.loss) ? found : undefined;
    }
    const start = { length: 0, loss: point.loss, slope };
    return strongWolfe({ start, length, rounding: point.rounding }, attempt);
  }
}

/** The elements of tensors in one array. */
function flatten(tensors: readonly Tensor[]): Vector {
  const flat = new Float64Array(tensors.reduce((sum, { size }) => sum + size, 0));
  let from = 0;
  for (const each of tensors) {
    flat.set(each.data(), from);
    from += each.size;
  }
  return flat;
}

/** The norm Σ |x|. */
function sizeOf(x: Vector): number {
  return x.reduce((sum, each) => sum + Math.abs(each), 0);
}
