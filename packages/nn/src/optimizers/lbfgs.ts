/**
 * L-BFGS: a quasi-Newton method with a memory of some steps. Nocedal and Wright, Numerical Optimization, 2nd edition,
 * 2006, algorithms 7.4 and 7.5.
 *
 * It computes in float64 whatever the dtype of the Variables, since its arithmetic costs little compared with the loss.
 * One function of ops, `advance`, processes an evaluation of the loss and returns the next point. Outside of recordings
 * JavaScript calls it; in a recording a loop of the program does.
 */

import {
  ArgumentError,
  bitwiseAnd,
  compile,
  type Mapped,
  RecordingError,
  type Tensor,
  type Trainable,
  tensor,
  treeLeaves,
  treeMap,
  type Variable,
  where,
  whileLoop,
  zeros,
} from "@graddiff/core";
import {
  checked,
  nonNegative,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import { warnOfEvaluation } from "../evaluation.ts";
import { elementsOf } from "../inside.ts";
import { newMemory, type Pairs } from "./lbfgsMemory.ts";
import {
  advance,
  beginning,
  type Evaluation,
  OUTCOME,
  type SearchSettings,
  type SearchState,
  splitLike,
} from "./lbfgsSearch.ts";
import { gradientOfLoss, type Loss } from "./minimize.ts";
import { Optimizer, type OptimizerBase } from "./optimizers.ts";
import type { OptimizerOptions } from "./settings.ts";

/** The settings of {@link LBFGS}. */
export interface LBFGSOptions {
  /** The length that a line search tries first. Default 1, which is right for a quasi-Newton method. */
  readonly learningRate?: number;
  /** The number of steps that are remembered. Default 10. */
  readonly history?: number;
  /** The search has converged if no element of the gradient is greater than this. Default 1e-7. */
  readonly tolerance?: number;
  /** The greatest number of steps of a call of `minimize`. Default 100. */
  readonly maxSteps?: number;
  /**
   * The length of a step: "strongWolfe" searches until the strong Wolfe conditions hold; "none" takes the learning
   * rate, with one evaluation a step, and may diverge. Default "strongWolfe".
   */
  readonly lineSearch?: "strongWolfe" | "none";
}

/** The result of a call of `minimize` of {@link LBFGS}. */
export interface Minimized<Result> {
  /** The result of the function at the last point, as values. */
  readonly result: Result;
  /** The loss there. */
  readonly loss: number;
  /** The number of steps taken. */
  readonly steps: number;
  /** The number of calls of the function. */
  readonly evaluations: number;
  /**
   * True if the gradient is within the tolerance. False after `maxSteps`, where another call continues, and if no lower
   * loss was found, since the rounding of the loss allows no more.
   */
  readonly converged: boolean;
}

/** The result of {@link LBFGS.minimizeRecorded}: the fields of {@link Minimized}, as Tensors. */
export interface MinimizedRecorded<Result> {
  /** The result of the function at the last point. */
  readonly result: Mapped<Result, Tensor>;
  /** The loss there, a scalar of float64. */
  readonly loss: Tensor;
  /** The number of steps taken, an int32 scalar. */
  readonly steps: Tensor;
  /** The number of evaluations of the loss, an int32 scalar. */
  readonly evaluations: Tensor;
  /** True if the gradient is within the tolerance, a bool scalar. */
  readonly converged: Tensor;
}

const readLBFGS = optionsReader({
  learningRate: optional(nonNegative, 1),
  history: optional(positiveInteger, 10),
  tolerance: optional(nonNegative, 1e-7),
  maxSteps: optional(nonNegativeInteger, 100),
  lineSearch: optional<"strongWolfe" | "none">(oneOf("strongWolfe", "none"), "strongWolfe"),
});

/** Compiled functions of optimizers by the types of their Variables: optimizers with equal types share a program. */
const compiledAdvances = new Map<string, typeof advance>();

/** The greatest number of compiled functions that are cached. */
const MOST_ADVANCES = 64;

function advanceCompiled(types: string): typeof advance {
  const known = compiledAdvances.get(types);
  if (known !== undefined) return known;
  const [oldest] = compiledAdvances.keys();
  if (oldest !== undefined && compiledAdvances.size >= MOST_ADVANCES) {
    compiledAdvances.delete(oldest);
  }
  // The results of the compiled step are Tensors, as those of the function itself.
  const made = compile(advance, { static: [3] }) as typeof advance;
  compiledAdvances.set(types, made);
  return made;
}

/** An evaluation, and the value that the function returned. */
interface Evaluated<Result> {
  readonly evaluation: Evaluation;
  readonly returned: Result;
}

// The base class is Optimizer at run time, by which `state` knows it; its minimize and step are of other types.
const AnyOptimizer: abstract new (
  variables: Trainable,
  options: OptimizerOptions,
) => OptimizerBase = Optimizer;

/**
 * L-BFGS, for losses that are computed from all data at once and are smooth. It models the curvature by the last
 * steps, and reaches a minimum in some dozens of them, to many digits in float64.
 *
 * Its state, the steps remembered, is saved by `state`; a call of {@link minimize} goes on where the last one stopped.
 * So two of 10 steps end with the bits of one of 20.
 *
 * Outside of recordings {@link minimize} returns numbers; inside of `compile` {@link minimizeRecorded} is the same search as a
 * loop of the program, and returns Tensors. `trainingStep` and `fit` take this optimizer, too: a step is a search on its batch,
 * of at most `maxSteps` steps, so the batch should have all data. What follows from an evaluation is compiled at the first
 * call for Variables of these dtypes and shapes, which takes some 50 ms.
 *
 * Other than in PyTorch, the line search is on by default, `minimize` takes 100 steps rather than 20 at most. Pairs of
 * steps without curvature are left out by their ratio rather than by their size.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor, unstack, Variable } from "@graddiff/core";
 * import { LBFGS } from "@graddiff/nn";
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
  readonly #memory: Pairs<Variable>;

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
    this.#memory = this.register("memory", newMemory(settings.history, size));
  }

  /**
   * Changes the Variables until the gradient is within the tolerance, at most by `maxSteps` steps.
   *
   * @param fn computes the loss from the Variables, the same for the same values. It returns a scalar Tensor, or an
   *   object with it as `loss` and further entries. It may be a compiled function, which is compiled with its gradient.
   * @returns `result`, `loss`, `steps`, `evaluations` and `converged`: see {@link Minimized}.
   * @throws RecordingError inside of compiled functions, where {@link minimizeRecorded} does the same; ArgumentError where
   *   no Variable is trained, where `fn` returns no loss, or where that is not finite at the first point; ShapeError
   *   for a loss that is no scalar; DerivativeError for one that depends on no trained Variable. Where `fn` throws, the
   *   Variables are as after the last step.
   */
  minimize<Result extends Loss>(fn: () => Result): Minimized<Result> {
    const op = `${this.constructor.name}.minimize`;
    refuseSurplus(op, 1, arguments);
    refuseRecorded(op, this.nextRate);
    const evaluate = () => {
      const { evaluation, returned } = this.#evaluate(op, fn);
      const { loss, gradients, values } = evaluation;
      // Under vectorize the loss may be of a batch where the Variables are not.
      refuseRecorded(op, loss);
      const own = { loss: plain(loss), gradients: gradients.map(plain), values: values.map(plain) };
      return { evaluation: own, returned };
    };
    let found = evaluate();
    checkedFirst(op, found.evaluation.loss);
    warnOfEvaluation(op, this.all);
    const settings = this.#searchSettings();
    const types = this.all.map(({ dtype, shape }) => `${dtype} ${shape}`).join("; ");
    const advanceOwn = advanceCompiled(types);
    let state = beginning(this.#pairs());
    let result: Result = found.returned;
    let lowest: Result = result;
    let isWritten = true;
    try {
      for (;;) {
        const next = advanceOwn(state, found.evaluation, settings, this.#searches);
        state = next.state;
        const outcome = state.outcome.item();
        if (outcome & OUTCOME.lowest) lowest = found.returned;
        if (outcome & OUTCOME.here) result = found.returned;
        if (outcome & OUTCOME.atLowest) result = lowest;
        this.#write(next.values);
        isWritten = (outcome & OUTCOME.done) !== 0;
        if (isWritten) break;
        found = evaluate();
      }
    } finally {
      if (!isWritten) this.#write(splitLike(this.#values(), state.point.values));
      this.#remember(state.pairs);
    }
    return {
      result,
      loss: state.point.loss.item(),
      steps: state.steps.item(),
      evaluations: state.evaluations.item(),
      converged: state.converged.item() === 1,
    };
  }

  /**
   * Runs the search of {@link minimize} in code that is recorded: inside of `compile` and other recordings the whole
   * search is a loop of the program, with the same bits. No value can be read there, so the outcome is Tensors:
   * `converged` chooses by `where` or `cond`, and is true as any object in an `if`.
   *
   * @param fn as for {@link minimize}. It is recorded twice, once for the first point.
   * @returns `result`, `loss`, `steps`, `evaluations` and `converged`: see {@link MinimizedRecorded}.
   * @throws what {@link minimize} throws, but for the RecordingError; inside of compiled functions, a loss that is not
   *   finite at the first point is refused when they run.
   * @example
   * ```ts
   * import { compile, tensor, Variable } from "@graddiff/core";
   * import { LBFGS } from "@graddiff/nn";
   *
   * const w = new Variable(tensor([5, -3], { dtype: "float64" }));
   * const optimizer = new LBFGS(w);
   * const fit = compile((target) => {
   *   const { loss, converged } = optimizer.minimizeRecorded(() => w.value.sub(target).square().sum());
   *   return { loss, converged };
   * });
   * const { loss, converged } = fit(tensor([1, 2]));
   * console.log(loss.item() < 1e-14, converged.item(), String(w.value)); // true 1 [1. 2.]
   * ```
   */
  minimizeRecorded<Result extends Loss>(fn: () => Result): MinimizedRecorded<Result> {
    const op = `${this.constructor.name}.minimizeRecorded`;
    refuseSurplus(op, 1, arguments);
    return this.#loop(op, fn, true);
  }

  /**
   * Returns a step of `fit`: the result of `fn` at the last point. Where its loss is not finite at the first point,
   * nothing changes. @internal
   */
  stepOfFit<Result extends Loss>(op: string, fn: () => Result): Mapped<Result, Tensor> {
    return this.#loop(op, fn, false).result;
  }

  /**
   * Throws, because this optimizer evaluates the loss at several points.
   * @throws ArgumentError always.
   */
  step(_gradients?: unknown): never {
    throw new ArgumentError(
      `${this.constructor.name}.step`,
      "",
      "a function that computes the loss, at several points in a step",
      "a call with gradients of one point",
      "Call optimizer.minimize(() => loss)",
    );
  }

  #loop<Result extends Loss>(
    op: string,
    fn: () => Result,
    mustBeFinite: boolean,
  ): MinimizedRecorded<Result> {
    const { evaluation, returned } = this.#evaluate(op, fn);
    const loss = mustBeFinite ? checkedFirst(op, evaluation.loss) : evaluation.loss;
    warnOfEvaluation(op, this.all);
    const settings = this.#searchSettings();
    const step = (state: SearchState, evaluation: Evaluation) => {
      const next = advance(state, evaluation, settings, this.#searches);
      this.#write(next.values);
      return next.state;
    };
    const begun = step(beginning(this.#pairs()), { ...evaluation, loss });
    interface Carry {
      readonly state: SearchState;
      /** The leaves of the result where the last step has ended, and at the trial of the least loss. */
      readonly result: readonly Tensor[];
      readonly lowest: readonly Tensor[];
    }
    const leaves = treeLeaves(returned);
    const end = whileLoop(
      ({ state }: Carry) => state.isDone.logicalNot(),
      ({ state, ...before }: Carry): Carry => {
        const { evaluation, returned } = this.#evaluate(op, fn);
        const next = step(state, evaluation);
        const has = (bit: number) => bitwiseAnd(next.outcome, bit).notEqual(0);
        const here = treeLeaves(returned);
        const lowest = chosenOf(has(OUTCOME.lowest), here, before.lowest);
        const atLowest = chosenOf(has(OUTCOME.atLowest), lowest, before.result);
        return { state: next, lowest, result: chosenOf(has(OUTCOME.here), here, atLowest) };
      },
      { state: begun, result: leaves, lowest: leaves },
    );
    const { point, pairs, steps, evaluations, converged } = end.state;
    this.#remember(pairs);
    let leaf = 0;
    const result = treeMap(() => at(end.result, leaf++), returned);
    return { result, loss: point.loss, steps, evaluations, converged };
  }

  get #searches(): boolean {
    return this.#settings.lineSearch === "strongWolfe";
  }

  #searchSettings(): SearchSettings {
    const { tolerance, maxSteps } = this.#settings;
    return {
      learningRate: this.nextRate.cast("float64"),
      tolerance: tensor(tolerance, { dtype: "float64" }),
      maxSteps: scalar(maxSteps, "int32"),
    };
  }

  #pairs(): Pairs {
    const { steps, changes, count } = this.#memory;
    return { steps: steps.value, changes: changes.value, count: count.value };
  }

  #remember({ steps, changes, count }: Pairs): void {
    this.#memory.steps.assign(steps);
    this.#memory.changes.assign(changes);
    this.#memory.count.assign(count);
  }

  #values(): readonly Tensor[] {
    return this.all.map(({ value }) => value);
  }

  /** Returns the loss and the gradient at the point that the Variables have. */
  #evaluate<Result extends Loss>(op: string, fn: () => Result): Evaluated<Result> {
    const { loss, gradient, returned } = gradientOfLoss(op, fn, this.variables);
    let next = 0;
    // The gradient of a frozen Variable is 0, and its step is not written.
    const gradients = this.all.map(({ trainable, shape, dtype }) =>
      trainable ? at(gradient, next++) : zeros(shape, { dtype }),
    );
    return { evaluation: { loss, gradients, values: this.#values() }, returned };
  }

  /** Assigns the elements of a point of the search to the trained Variables. */
  #write(values: readonly Tensor[]): void {
    this.all.forEach((variable, i) => {
      if (variable.trainable) variable.assign(at(values, i));
    });
  }
}

/** Throws a RecordingError for a recorded scalar, whose value cannot be read. */
function refuseRecorded(op: string, scalar: Tensor): void {
  try {
    scalar.item();
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    throw new RecordingError(
      op,
      "",
      "a call outside of compile and vectorize, since it returns numbers that are read from the loss",
      "one inside",
      "Call minimizeRecorded, which returns Tensors, or compile the function that computes the loss",
    );
  }
}

/** Returns a tensor as a constant of surrounding transforms: the decisions of a search have no derivative. */
function plain(x: Tensor): Tensor {
  if (elementsOf(x, "LBFGS") !== undefined) return x;
  return tensor(x.data(), { shape: x.shape, dtype: x.dtype });
}

/** Returns the loss at the first point, once it is known to be finite. */
function checkedFirst(op: string, loss: Tensor): Tensor {
  const low = -Number.MAX_VALUE;
  const expected = "a finite number at the first point";
  return checked(loss, { op, argument: "loss", low, high: Number.MAX_VALUE, expected });
}

function chosenOf(
  test: Tensor,
  first: readonly Tensor[],
  second: readonly Tensor[],
): readonly Tensor[] {
  return first.map((leaf, i) => where(test, leaf, at(second, i)));
}
