/**
 * Models: functions that declare unknowns by a handler `draw` and data by a handler `observe`. `run` calls a model with
 * the handlers for one purpose: the density of a vector for the sampler, a simulation, or the density of each
 * observation.
 */

import {
  ArgumentError,
  broadcastTo,
  GraddiffError,
  type Mapped,
  RecordingError,
  ShapeError,
  type Tensor,
  type TensorLike,
  treeMap,
  whenRecordingCloses,
  zeros,
} from "@graddiff/core";
import { callable, describe, formatShape, refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, readDistribution, refuseShape } from "./distribution.ts";
import { double, float64, readShape, sizeOf } from "./numbers.ts";

/** The functions with which a model states its unknowns and its data. */
export interface Handlers {
  /**
   * Declares an unknown with a prior distribution, and returns its value.
   *
   * @param shape the shape of the unknown, to which the shape of the prior broadcasts. Default: the shape of the prior.
   */
  draw(prior: Distribution, shape?: readonly number[]): Tensor;
  /** Declares the distribution of data, and returns the data. In a simulation it returns simulated data instead. */
  observe(likelihood: Distribution, data: TensorLike): Tensor;
  /** Adds a scalar to the logarithm of the density. */
  factor(logDensity: TensorLike): void;
}

/** A function of handlers and data. It returns a tree of tensors, which is stored for each draw. */
export type ModelFunction<Result, Data> = (handlers: Handlers, data: Data) => Result;

/** A model: see {@link model}. */
export interface Model<Result, Data> {
  /** The function of the model. */
  readonly fn: ModelFunction<Result, Data>;
}

/**
 * Returns the model that a function describes. The function draws its unknowns, observes its data, and returns a tree of
 * tensors that is stored for each draw: unknowns, and values that it computes from them.
 *
 * The function is recorded, as `compile` records one, so it cannot read values. It calls `draw` and `observe` directly,
 * not inside of `cond` or a loop.
 *
 * @param fn from `{ draw, observe, factor }` and a tree of data to a tree of tensors.
 * @throws ArgumentError if it is no function.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { HalfNormal, model, Normal, sample } from "@graddiff/stats";
 *
 * const heights = model(({ draw, observe }, { y }: { y: Tensor }) => {
 *   const mean = draw(Normal(170, 20));
 *   const scale = draw(HalfNormal(20));
 *   observe(Normal(mean, scale), y);
 *   return { mean, scale };
 * });
 * const y = tensor([168, 181, 177, 190, 172], { dtype: "float64" });
 * const posterior = await sample(heights, { data: { y }, seed: 1 });
 * console.log(posterior.draws.mean.shape); // [ 4, 1000 ]
 * ```
 */
export function model<Result, Data = Record<never, Tensor>>(
  fn: ModelFunction<Result, Data>,
): Model<Result, Data> {
  refuseSurplus("model", 1, arguments);
  callable("model", "fn", fn);
  return { fn };
}

/** The result of a model: the tree that its function returns, with tensors as leaves. */
export type Kept<Result> = Mapped<Result, Tensor>;

/** The implementation of the handlers, called with validated arguments. `name` is the call, such as "draw 2". */
export interface Work {
  readonly draw: (name: string, prior: Distribution, shape: readonly number[]) => Tensor;
  readonly observe: (name: string, likelihood: Distribution, data: Tensor) => Tensor;
  readonly factor?: (name: string, logDensity: Tensor) => void;
}

/** Runs a model with an implementation of its handlers, and returns its result. */
export function run<Result, Data>(
  { fn }: Model<Result, Data>,
  data: Data,
  work: Work,
): Kept<Result> {
  const calls = new Calls();
  const handlers: Handlers = {
    draw(prior, shape) {
      const name = calls.next("draw");
      refuseSurplus(name, 2, arguments);
      const read = readDistribution(name, "prior", prior, describe(prior));
      const wanted = shape === undefined ? read.shape : readShape(name, "shape", shape);
      refuseShape(name, read.shape, wanted);
      return work.draw(name, read, wanted);
    },
    observe(likelihood, values) {
      const name = calls.next("observe");
      refuseSurplus(name, 2, arguments);
      const read = readDistribution(name, "likelihood", likelihood, describe(likelihood));
      const x = float64(name, "data", values);
      refuseData(name, read, x);
      return work.observe(name, read, x);
    },
    factor(logDensity) {
      const name = calls.next("factor");
      refuseSurplus(name, 1, arguments);
      const term = float64(name, "logDensity", logDensity);
      if (term.shape.length > 0) {
        const hint = "Add the terms up with sum()";
        const got = formatShape(term.shape);
        throw new ShapeError({ op: name, argument: "logDensity", expected: "a scalar", got, hint });
      }
      work.factor?.(name, term);
    },
  };
  return calls.during(() => {
    const result = fn(handlers, data);
    return treeMap((leaf: Tensor) => leaf, result) as Kept<Result>;
  });
}

/**
 * Throws a ShapeError unless the shape of a distribution broadcasts to the shape of the data. Otherwise the data would
 * broadcast, and each element would count several times.
 */
function refuseData(op: string, { shape, name }: Distribution, data: Tensor): void {
  try {
    broadcastTo(zeros(shape), data.shape);
  } catch (error) {
    if (!(error instanceof GraddiffError)) throw error;
    const expected = `a shape to which that of ${name}, ${formatShape(shape)}, broadcasts`;
    throw new ShapeError({ op, argument: "data", expected, got: formatShape(data.shape) });
  }
}

/**
 * The names of the handlers' calls during a run of a model, and the refusal of calls that are not in the model itself.
 */
class Calls {
  readonly #counts = new Map<string, number>();
  #isRunning = false;
  #escaped: GraddiffError | undefined;

  /**
   * Returns the name of the next call, such as "draw 2". Throws a RecordingError for a call after the run. For a call
   * inside of `cond` or a loop, `during` throws the error at the end of the run.
   */
  next(handler: string): string {
    const count = (this.#counts.get(handler) ?? 0) + 1;
    this.#counts.set(handler, count);
    const op = `${handler} ${count}`;
    if (!this.#isRunning) {
      const expected = "a call while the model runs";
      throw new RecordingError({ op, expected, got: "one after it has returned" });
    }
    // A recording that closes while the model still runs was opened within the model, by `cond` or a loop.
    const error = new RecordingError({
      op,
      expected: "a call in the model itself",
      got: "one inside of cond, scan, whileLoop or another function that is recorded",
      hint: "Draw and observe outside, and use the values inside",
    });
    whenRecordingCloses(() => {
      if (this.#isRunning) this.#escaped ??= error;
    });
    return op;
  }

  during<Result>(fn: () => Result): Result {
    this.#isRunning = true;
    try {
      const result = fn();
      if (this.#escaped) throw this.#escaped;
      return result;
    } catch (error) {
      throw this.#escaped ?? error;
    } finally {
      this.#isRunning = false;
    }
  }
}

/** The log-density of a model at a vector of unbounded unknowns, and the result of the model there. */
export interface Density<Result> {
  /** The number of unbounded unknowns. */
  readonly size: number;
  readonly logDensity: Tensor;
  readonly result: Kept<Result>;
}

/**
 * Returns the log-density of a model, including the log-volumes of the supports, and the model's result.
 *
 * @param q the vector of unbounded unknowns; or, while their number is not known, one scalar as the value of each of
 *   them.
 * @param see is called with each term of the log-density and the name of its handler's call.
 * @param seeObserved is called with the log-densities of the data at each call of `observe`, before they are summed.
 */
export function density<Result, Data>(
  of: Model<Result, Data>,
  data: Data,
  q: Tensor,
  see: (name: string, term: Tensor) => void = () => {},
  seeObserved: (logProb: Tensor) => void = () => {},
): Density<Result> {
  let size = 0;
  let logDensity = double(0);
  const add = (name: string, term: Tensor) => {
    see(name, term);
    logDensity = logDensity.add(term);
  };
  const result = run(of, data, {
    draw: (name, prior, shape) => {
      const { support } = prior;
      if (support === undefined) throw discreteUnknown(name, prior);
      const free = support.free(shape);
      const count = sizeOf(free);
      const own = q.shape.length === 0 ? q.broadcastTo([count]) : q.slice([size], [size + count]);
      size += count;
      const { x, logVolume } = support.constrain(own.reshape(free));
      add(name, prior.logProb(x).sum().add(logVolume));
      return x;
    },
    observe: (name, likelihood, values) => {
      const logProb = likelihood.logProb(values);
      seeObserved(logProb);
      add(name, logProb.sum());
      return values;
    },
    factor: add,
  });
  return { size, logDensity, result };
}

function discreteUnknown(op: string, { name }: Distribution): ArgumentError {
  return new ArgumentError({
    op,
    argument: "prior",
    expected: "a distribution of numbers with a density, since integers have no gradient",
    got: name,
    hint: "Sum it out: observe(Mixture(weights, parts), y) adds up the densities of the parts",
  });
}
