/** The posterior of a model: draws, statistics of the transitions, a summary, and warnings. */

import { compile, concat, scan, type Tensor, type TensorLike, treeMap } from "@graddiff/core";
import { anything, optional, optionsReader, refuseSurplus } from "@graddiff/core/extend";
import type { Kept } from "./model.ts";
import { type Data, double, readSeed } from "./numbers.ts";
import type { State } from "./sample.ts";
import { pointwise, predicted, type Simulation } from "./simulate.ts";
import { Summary } from "./summary.ts";
import { dataOf, madeOnce, type Target, targetOf } from "./target.ts";
import { warningsOf } from "./warnings.ts";

/** The names of the statistics of each transition. */
export const REPORTED = ["lp", "accept", "depth", "leapfrogs", "energy", "divergent"] as const;

/** The statistics of each transition, float64, [chains, draws]. */
export interface Transitions {
  /** The logarithm of the density of the unbounded unknowns, up to a constant. */
  readonly lp: Tensor;
  /** The mean acceptance probability of the points of the trajectory. */
  readonly accept: Tensor;
  /** The number of doublings of the trajectory, at most 10. */
  readonly depth: Tensor;
  /** The number of leapfrog steps; each computes one gradient. */
  readonly leapfrogs: Tensor;
  /** The energy at the start of the trajectory, from its position and random momentum, for {@link bfmi}. */
  readonly energy: Tensor;
  /** 1 for a divergent trajectory, on which integration errors increased the energy by more than 1000; else 0. */
  readonly divergent: Tensor;
}

/** The results of a run, from which a posterior is made. */
export interface Run {
  /** The draws of the unbounded unknowns of each chain, one row after the other. */
  readonly rows: readonly Float64Array[];
  readonly reported: Readonly<Record<(typeof REPORTED)[number], readonly Float64Array[]>>;
  /** The number of draws of each chain. */
  readonly count: number;
  /** The number of unbounded unknowns. */
  readonly size: number;
  readonly state: State;
}

/** A compiled function from rows of unbounded unknowns to the results of a model, stacked along a new first axis. */
type Results = (rows: Tensor, data: Data) => object;

/** Returns the compiled function that computes the results of a model from its unbounded unknowns. */
export const resultsOf = madeOnce(
  (target: { readonly of: object; result(q: Tensor, data: Data): unknown }): Results => {
    const made = compile((rows: Tensor, data: Data) =>
      scan(
        // The result is the tree of tensors that the model declares.
        (i: Tensor, q: Tensor): [Tensor, object] => [i, target.result(q, data) as object],
        double(0),
        rows,
      ),
    );
    return (rows, data) => {
      const [count = 0, size = 0] = rows.shape;
      // A run in progress has ever more rows. With a power of two of them, twenty posteriors have few programs.
      const length = 2 ** Math.ceil(Math.log2(Math.max(count, 1)));
      if (count === 0 || length === count) return made(rows, data)[1];
      const rest = rows.slice([0, 0], [1, size]).broadcastTo([length - count, size]);
      return treeMap(
        (leaf: Tensor) => leaf.slice([0], [count]),
        made(concat([rows, rest]), data)[1],
      );
    };
  },
);

/** The settings of {@link Posterior.predict}. */
export interface PredictOptions {
  /** Other data for the model, of the type that it declares. Default: the data of the posterior. */
  readonly data?: object;
  /** The number that determines all simulations. Default 0. */
  readonly seed?: TensorLike;
}

const readPredict = optionsReader({
  data: optional(anything, undefined),
  seed: optional(readSeed, double(0)),
});

/**
 * The result of {@link sample}: draws from the posterior distribution, with statistics, a summary, warnings and
 * predictions.
 */
export class Posterior<Result> {
  /** The result of the model for each draw: a tree of tensors, [chains, draws, …]. */
  readonly draws: Kept<Result>;
  /** The statistics of each transition. */
  readonly stats: Transitions;
  /**
   * The state of the chains. `sample(model, { data, from: posterior.state })` continues the run, with the same bits as
   * one longer run, and returns the further draws alone.
   */
  readonly state: State;
  readonly #target: Target<Result>;
  readonly #data: Data;
  /** The draws of the unbounded unknowns, [chains, draws, size]. @internal */
  readonly unknowns: Tensor;

  /** @internal */
  constructor(target: Target<Result>, data: Data, run: Run) {
    const { rows, reported, count, size, state } = run;
    const chains = rows.length;
    const table = (arrays: readonly Float64Array[], width: number) => {
      const all = new Float64Array(chains * count * width);
      for (const [c, array] of arrays.entries()) {
        all.set(array.subarray(0, count * width), c * count * width);
      }
      return double(all);
    };
    this.unknowns = table(rows, size).reshape([chains, count, size]);
    const kept = resultsOf(target)(this.unknowns.reshape([chains * count, size]), data);
    this.draws = treeMap(
      (leaf: Tensor) => leaf.reshape([chains, count, ...leaf.shape.slice(1)]),
      kept,
    ) as Kept<Result>;
    this.stats = Object.fromEntries(
      REPORTED.map((name) => [name, table(reported[name], 1).reshape([chains, count])]),
    ) as unknown as Transitions;
    this.state = state;
    this.#target = target;
    this.#data = data;
  }

  /**
   * Returns the mean, the standard deviation, quantiles and diagnostics of each element of the draws. `String(summary)`
   * is a table.
   */
  summary(): Summary {
    return new Summary(this.draws);
  }

  /**
   * Returns posterior predictions: for each draw of the unknowns, one simulation of the data that the model observes.
   *
   * @param options `data`, such as other inputs of a regression, with the shapes of the simulated data (default: those of the
   *   posterior); `seed`, the number that determines all simulations (default 0).
   * @throws ArgumentError for the posterior of a density that is written without a model.
   */
  predict(options: PredictOptions = {}): Simulation<Result> {
    refuseSurplus("predict", 1, arguments);
    const { data, seed } = readPredict("predict", options);
    const { model } = targetOf<Result>("predict", this.#target.of, true);
    const given = data === undefined ? this.#data : dataOf("predict", data);
    return predicted(model, given, seed, this.unknowns);
  }

  /**
   * Returns the log-density of each observation at each draw, float64, [chains, draws, observations], in the order of the
   * calls of `observe`.
   *
   * @throws ArgumentError for the posterior of a density that is written without a model.
   */
  logLikelihood(): Tensor {
    refuseSurplus("logLikelihood", 0, arguments);
    const { model } = targetOf<Result>("logLikelihood", this.#target.of, true);
    return pointwise(model, this.#data, this.unknowns);
  }

  /**
   * Sentences that say why the draws may be wrong, such as divergent transitions; empty if no problem was found. They are
   * computed each time the property is read.
   */
  get warnings(): readonly string[] {
    return warningsOf({
      draws: this.draws,
      stats: this.stats,
      state: this.state,
      unknowns: this.unknowns,
      density: (q) => this.#target.logDensity(q, this.#data),
    });
  }

  /**
   * Returns the groups and names of ArviZ, as arrays: `JSON.stringify(posterior)` is the text of a file that ArviZ reads. Numbers
   * that are not finite are null there.
   *
   * ```python
   * groups = {group: {name: numpy.array(x) for name, x in of.items()} for group, of in json.load(file).items()}
   * posterior = arviz.from_dict(groups)
   * ```
   *
   * ArviZ before 1.0 reads the file by `arviz.from_json(path)`.
   */
  toJSON() {
    const posterior: Record<string, unknown> = {};
    treeMap((leaf: Tensor, path) => {
      posterior[path === "" ? "x" : path] = leaf.toArray();
      return leaf;
    }, this.draws);
    const { lp, accept, depth, leapfrogs, energy, divergent } = this.stats;
    const isTrue = (row: unknown) => (row as number[]).map((x) => x !== 0);
    const count = lp.shape[1] ?? 0;
    const steps = this.state.chains.map(({ stepSize }) => Array(count).fill(stepSize.item()));
    return {
      posterior,
      sample_stats: {
        lp: lp.toArray(),
        acceptance_rate: accept.toArray(),
        tree_depth: depth.toArray(),
        n_steps: leapfrogs.toArray(),
        energy: energy.toArray(),
        step_size: steps,
        diverging: (divergent.toArray() as unknown[]).map(isTrue),
      },
    };
  }
}
