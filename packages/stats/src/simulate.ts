/** Simulations: unknowns are drawn from their priors or taken from a posterior, and data are drawn given the unknowns. */

import {
  ArgumentError,
  compile,
  concat,
  scan,
  splitSeed,
  type Tensor,
  type TensorLike,
  treeMap,
} from "@graddiff/core";
import {
  anything,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { density, type Kept, type Model, run } from "./model.ts";
import { type Data, double, readSeed, sizeOf } from "./numbers.ts";
import type { DataOption } from "./sample.ts";
import { dataOf, targetOf } from "./target.ts";

/** Simulations: results of a model, and simulated data instead of the data that it observes. */
export interface Simulation<Result> {
  /**
   * The results of the model: a tree of tensors, [draws, …] by {@link simulate}, or [chains, draws, …] for a posterior.
   */
  readonly draws: Kept<Result>;
  /** The simulated data of each call of `observe`, in the order of the calls, with the same first axes. */
  readonly observed: readonly Tensor[];
}

/** The settings of {@link simulate}. */
export interface SimulateOptions {
  /** The number that determines all simulations. Default 0. */
  readonly seed?: TensorLike;
  /** The number of simulations. Default 1000. */
  readonly draws?: number;
}

const readOptions = optionsReader({
  data: optional(anything, {}),
  seed: optional(readSeed, double(0)),
  draws: optional(positiveInteger, 1000),
});

/**
 * Simulates a model before it has seen data: draws the unknowns from their priors, then data from their distributions
 * given these unknowns.
 *
 * @param of a {@link model}.
 * @param options `data`, the tree that the model is called with: simulated data have the shapes of the data that the
 *   model observes; `seed` and `draws` of {@link SimulateOptions}.
 * @returns the results of the model and the simulated data.
 * @throws ArgumentError for any value but a model, and for a prior without random draws, such as Flat.
 * @example
 * ```ts
 * import { type Tensor, zeros } from "@graddiff/core";
 * import { HalfNormal, model, Normal, simulate } from "@graddiff/stats";
 *
 * const heights = model(({ draw, observe }, { y }: { y: Tensor }) => {
 *   const mean = draw(Normal(170, 20));
 *   observe(Normal(mean, draw(HalfNormal(20))), y);
 *   return { mean };
 * });
 * const y = zeros([5], { dtype: "float64" });
 * const { draws, observed } = simulate(heights, { data: { y }, seed: 1 });
 * console.log(draws.mean.shape, observed[0]?.shape); // [ 1000 ] [ 1000, 5 ]
 * ```
 */
export function simulate<Result, Input>(
  of: Model<Result, Input>,
  options: SimulateOptions & DataOption<Input>,
): Simulation<Result>;
export function simulate<Result>(
  of: Model<Result, Record<never, Tensor>>,
  options?: SimulateOptions,
): Simulation<Result>;
export function simulate<Result>(of: object, options: SimulateOptions = {}): Simulation<Result> {
  refuseSurplus("simulate", 2, arguments);
  const { model } = targetOf<Result>("simulate", of, true);
  const { seed, draws, data } = readOptions("simulate", options);
  const given = dataOf("simulate", data);
  const simulated = compile((seeds: Tensor, own: Data) =>
    scan(
      (i: Tensor, each: Tensor): [Tensor, object] => [i, forwards(model, own, each)],
      double(0),
      seeds,
    ),
  );
  return simulated(splitSeed(seed, draws), given)[1] as Simulation<Result>;
}

/**
 * Returns one simulation of a model.
 *
 * @param q the vector of unbounded unknowns; if it is undefined, unknowns are drawn from their priors.
 */
export function forwards<Result>(
  model: Model<Result, Data>,
  data: Data,
  seed: Tensor,
  q?: Tensor,
): Simulation<Result> {
  const observed: Tensor[] = [];
  let [calls, size] = [0, 0];
  // `splitSeed` gives the same first seeds for every count, so each call has one seed, however many calls follow.
  const nextSeed = () => splitSeed(seed, ++calls).at(calls - 1);
  const draws = run(model, data, {
    draw: (_name, prior, shape) => {
      const own = nextSeed();
      if (q === undefined || prior.support === undefined) return prior.sample({ seed: own, shape });
      const free = prior.support.free(shape);
      const from = size;
      size += sizeOf(free);
      return prior.support.constrain(q.slice([from], [size]).reshape(free)).x;
    },
    observe: (_name, likelihood, values) => {
      const drawn = likelihood.sample({ seed: nextSeed(), shape: values.shape });
      observed.push(drawn);
      return drawn;
    },
  });
  return { draws, observed };
}

/** Returns one simulation for each draw of a posterior, [chains, draws, …]. */
export function predicted<Result>(
  model: Model<Result, Data>,
  data: Data,
  seed: Tensor,
  unknowns: Tensor,
): Simulation<Result> {
  const [chains = 0, count = 0, size = 0] = unknowns.shape;
  const rows = unknowns.reshape([chains * count, size]);
  const simulated = compile((seeds: Tensor, all: Tensor, own: Data) =>
    scan(
      (i: Tensor, [each, q]: [Tensor, Tensor]): [Tensor, object] => [
        i,
        forwards(model, own, each, q),
      ],
      double(0),
      [seeds, all] as [Tensor, Tensor],
    ),
  );
  const [, found] = simulated(splitSeed(seed, chains * count), rows, data);
  return treeMap(
    (leaf: Tensor) => leaf.reshape([chains, count, ...leaf.shape.slice(1)]),
    found,
  ) as Simulation<Result>;
}

/** Returns the log-density of each observation at each draw of a posterior, [chains, draws, observations]. */
export function pointwise<Result>(
  model: Model<Result, Data>,
  data: Data,
  unknowns: Tensor,
): Tensor {
  const [chains = 0, count = 0, size = 0] = unknowns.shape;
  const terms = (own: Data, q: Tensor): Tensor => {
    const all: Tensor[] = [];
    density(
      model,
      own,
      q,
      () => {},
      (term) => all.push(term.reshape([-1])),
    );
    if (all.length > 0) return concat(all);
    const expected = "a model that observes data";
    throw new ArgumentError({ op: "logLikelihood", argument: "model", expected, got: "none" });
  };
  const rows = compile((all: Tensor, own: Data) =>
    scan((i: Tensor, q: Tensor): [Tensor, Tensor] => [i, terms(own, q)], double(0), all),
  );
  return rows(unknowns.reshape([chains * count, size]), data)[1].reshape([chains, count, -1]);
}
