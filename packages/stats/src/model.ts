/**
 * Models: functions that draw their unknowns and observe their data by handlers that they are given. Other handlers do other
 * work: the density of a vector for the sampler, simulations, or the density of each observation.
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
   * An unknown with a prior.
   *
   * @param shape the shape of the unknown, to which that of the prior broadcasts. Default: that of the prior.
   */
  draw(prior: Distribution, shape?: readonly number[]): Tensor;
  /** Data with their distribution; a simulation returns other data in their place. */
  observe(likelihood: Distribution, data: TensorLike): Tensor;
  /** A further term of the logarithm of the density, a scalar. */
  factor(logDensity: TensorLike): void;
}

/** A function of handlers and data whose result is kept: a tree of tensors. */
export type ModelFunction<Result, Data> = (handlers: Handlers, data: Data) => Result;

/** A model: see {@link model}. */
export interface Model<Result, Data> {
  /** The function of the model. */
  readonly fn: ModelFunction<Result, Data>;
}

/**
 * Returns a model of a function. The function draws its unknowns, observes its data, and returns what is kept of each draw, with
 * names and types: unknowns and whatever follows from them.
 *
 * It is recorded as functions of `compile` are, so no value can be read inside, and `draw` and `observe` are called in the
 * function itself, outside of `cond` and loops.
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

/** A value of a model with what it returns as tensors. */
export type Kept<Result> = Mapped<Result, Tensor>;

/** The work that is done at each of the handlers, once arguments are checked. `name` is such as "draw 2". */
export interface Work {
  readonly draw: (name: string, prior: Distribution, shape: readonly number[]) => Tensor;
  readonly observe: (name: string, likelihood: Distribution, data: Tensor) => Tensor;
  readonly factor?: (name: string, logDensity: Tensor) => void;
}

/** Runs a model, and returns what it returns. */
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

/** Refuses data that are not of the shape of what is observed, which would broadcast to more of them. @throws ShapeError. */
function refuseData(op: string, { shape, name }: Distribution, data: Tensor): void {
  try {
    broadcastTo(zeros(shape), data.shape);
  } catch (error) {
    if (!(error instanceof GraddiffError)) throw error;
    const expected = `a shape to which that of ${name}, ${formatShape(shape)}, broadcasts`;
    throw new ShapeError({ op, argument: "data", expected, got: formatShape(data.shape) });
  }
}

/** The calls of the handlers during a run of a model, by their numbers. */
class Calls {
  readonly #counts = new Map<string, number>();
  #isRunning = false;
  #escaped: GraddiffError | undefined;

  /** Returns the name of the next call, such as "draw 2". Refuses later one that another recording holds. */
  next(handler: string): string {
    const count = (this.#counts.get(handler) ?? 0) + 1;
    this.#counts.set(handler, count);
    const op = `${handler} ${count}`;
    if (!this.#isRunning) {
      const expected = "a call while the model runs";
      throw new RecordingError({ op, expected, got: "one after it has returned" });
    }
    // A recording that closes before the model returns is one inside of it.
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

/** The logarithm of the density of a model at a vector of unbounded unknowns, what the model returns there, and its terms. */
export interface Density<Result> {
  /** The number of unbounded unknowns. */
  readonly size: number;
  readonly logDensity: Tensor;
  readonly result: Kept<Result>;
}

/**
 * Returns the density of a model.
 *
 * @param q the vector of unbounded unknowns, or a scalar in the place of each of them, while their number is not known.
 * @param see is called with each term of the density and the name of its call.
 * @param seeObserved is called with the logarithms of the densities of the data of each call of `observe`.
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
