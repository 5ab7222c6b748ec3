/**
 * `sample`: runs several chains of a model by one compiled program, which makes a chunk of transitions of one chain.
 *
 * The host makes a chunk of each chain in turn, so that a stopped run has equally many draws of all chains. Between
 * chunks it ends windows of the warm-up, reports progress, and looks whether to stop.
 */

import {
  ArgumentError,
  eye,
  type Mapped,
  ones,
  splitSeed,
  type Tensor,
  type TensorLike,
  tensor,
  treeLeaves,
} from "@graddiff/core";
import {
  anything,
  argumentError,
  callable,
  nonNegativeInteger,
  numberThat,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import type { Model } from "./model.ts";
import { type Data, double, readSeed, whole } from "./numbers.ts";
import { type Chain, programsOf } from "./nuts.ts";
import { Posterior, REPORTED } from "./posterior.ts";
import { dataOf, startOf, type Target, targetOf, type Unknowns } from "./target.ts";
import { nextTurn } from "./turns.ts";
import { averagingFrom, noMoments, type Window, windowsOf, withMasses } from "./warmup.ts";
import { type MakeWorker, startWorkers } from "./workers.ts";

/** The progress of a run, which `onProgress` gets after each chunk. */
export interface Progress<Result> {
  /** The number of transitions that all chains together have made so far. */
  readonly done: number;
  /** The number of transitions that all chains together make in the whole run. */
  readonly total: number;
  /** The phase of the last chunk. */
  readonly phase: "warmup" | "draws";
  /** The posterior of the draws made so far, which a page can show during the run. It is computed when it is read. */
  readonly posterior: Posterior<Result>;
}

/** The settings of {@link sample}. */
export interface SamplerOptions<Result> {
  /** The number that determines all draws. Default 0. */
  readonly seed?: TensorLike;
  /** The number of chains. Default 4. */
  readonly chains?: number;
  /** The number of transitions of each chain that adapt its step size and masses, and are discarded. Default 1000. */
  readonly warmup?: number;
  /** The number of draws that the run makes of each chain, after the warm-up. Default 1000. */
  readonly draws?: number;
  /**
   * The number of transitions of each chain between two turns of the event loop. The draws do not depend on it. Default
   * 100.
   */
  readonly chunk?: number;
  /**
   * The mean acceptance probability to which the step size is adapted, in (0, 1). A greater one gives smaller steps.
   * Default 0.8.
   */
  readonly target?: number;
  /** The masses: "diagonal" for a scale of each unknown, "dense" for all their covariances. Default "diagonal". */
  readonly mass?: "diagonal" | "dense";
  /** The signal that stops the run: once it is aborted, `sample` returns the draws so far after the current chunk. */
  readonly signal?: { readonly aborted: boolean };
  /** The function that is called after each chunk of all chains. */
  readonly onProgress?: (progress: Progress<Result>) => void;
  /**
   * Makes a worker whose module calls {@link serveChains} with the same model. Each chain has one worker, which
   * compiles the model once more: it pays for runs of several seconds. The draws are the same. Default: this thread makes
   * the transitions of all chains.
   */
  readonly worker?: MakeWorker;
  /**
   * Another posterior of the same model and data, or its state. The run continues its chains, with the same bits as one longer
   * run; `seed`, `chains`, `warmup`, `target` and `mass` are those of the first run. From a posterior the result has its draws
   * first, and then the new ones; from a state it has the new ones alone.
   */
  readonly from?: State | Posterior<Result>;
}

/** The option `data`, which may be missing if the model has no data. */
export type DataOption<Data> =
  Record<never, Tensor> extends Data
    ? {
        /** The tree that the model is called with: float64 tensors, integers or booleans. */
        readonly data?: Data;
      }
    : {
        /** The tree that the model is called with: float64 tensors, integers or booleans. */
        readonly data: Data;
      };

/** The state of a run, for the option `from` of {@link sample}. Its fields are internal and may change. */
export interface State {
  /** The states of the chains, as the compiled programs take them. */
  readonly chains: readonly Chain[];
  /** The number of transitions of the warm-up that each chain has made. */
  readonly warmed: number;
  /** The number of transitions of the whole warm-up of each chain. */
  readonly warmup: number;
  /** The mean acceptance probability to which the step size is adapted. */
  readonly target: number;
}

const readOptions = optionsReader({
  data: optional(anything, {}),
  seed: optional(readSeed, double(0)),
  chains: optional(positiveInteger, 4),
  warmup: optional(nonNegativeInteger, 1000),
  draws: optional(nonNegativeInteger, 1000),
  chunk: optional(positiveInteger, 100),
  target: optional(
    numberThat((value) => value > 0 && value < 1, "a number between 0 and 1"),
    0.8,
  ),
  mass: optional(oneOf("diagonal", "dense"), "diagonal"),
  signal: optional(readSignal, undefined),
  onProgress: optional(callable, undefined),
  worker: optional(callable, undefined),
  from: optional(readFrom, undefined),
});

function readSignal(op: string, argument: string, value: unknown): { readonly aborted: boolean } {
  if (typeof Object(value).aborted === "boolean") return value as { readonly aborted: boolean };
  throw new ArgumentError({ op, argument, expected: "an AbortSignal", got: typeof value });
}

/** The density that a state is of, and the number of its unbounded unknowns. */
interface Origin {
  readonly of: object;
  readonly data: Data;
  readonly size: number;
}

/** The states of posteriors of `sample`. The option `from` refuses any other object. */
const origins = new WeakMap<object, Origin>();

function readFrom(op: string, argument: string, value: unknown): State | Posterior<unknown> {
  if (value instanceof Posterior || origins.has(Object(value))) return value as State;
  throw argumentError(op, argument, "a posterior of sample, or its state", value);
}

/**
 * Draws from the posterior of a model by the No-U-Turn sampler, with Stan's warm-up.
 *
 * A seed gives the same draws with every `chunk`, runner and browser, also if the run is stopped and continued.
 *
 * @param of a {@link model}, or `{ logDensity, start, constrain }` for a density that you write yourself. `logDensity` is a
 *   function of a tree of unbounded unknowns. Chains start around `start`, a tree of their shape. `constrain` returns the tree
 *   that is stored for each draw (default: the unknowns).
 * @param options `data`, the tree that the model is called with: float64 tensors, integers or booleans; and the
 *   {@link SamplerOptions}.
 * @returns the {@link Posterior}, with the draws as a tree of tensors, [chains, draws, …].
 * @throws ArgumentError if the density or its gradient is not finite at any of 100 random starts: the error names the
 *   term; ArgumentError for `from` of another model or other data; DTypeError for data of float32; any error of the model.
 * @example
 * ```ts
 * import { model, Normal, sample } from "@graddiff/stats";
 *
 * const coin = model(({ draw, observe }) => {
 *   const mean = draw(Normal(0, 1));
 *   observe(Normal(mean, 1), 2);
 *   return { mean };
 * });
 * const posterior = await sample(coin, { seed: 1 });
 * console.log(posterior.draws.mean.mean().item().toFixed(1)); // 1.0
 * ```
 */
export async function sample<Result, Data>(
  of: Model<Result, Data>,
  options: SamplerOptions<Result> & DataOption<Data>,
): Promise<Posterior<Result>>;
export async function sample<Result>(
  of: Model<Result, Record<never, Tensor>>,
  options?: SamplerOptions<Result>,
): Promise<Posterior<Result>>;
export async function sample<Start, Data, Result = Mapped<Start, Tensor>>(
  of: Unknowns<Start, Result, Data>,
  options: SamplerOptions<Result> & DataOption<Data>,
): Promise<Posterior<Result>>;
export async function sample<Start, Result = Mapped<Start, Tensor>>(
  of: Unknowns<Start, Result, Record<never, Tensor>>,
  options?: SamplerOptions<Result>,
): Promise<Posterior<Result>>;
export async function sample<Result>(
  of: object,
  // The overloads have the precise types of both arguments.
  options: SamplerOptions<Result> = {},
): Promise<Posterior<Result>> {
  refuseSurplus("sample", 2, arguments);
  const read = readOptions("sample", options);
  const { chunk, draws, signal } = read;
  const earlier = read.from instanceof Posterior ? read.from : undefined;
  const from = read.from instanceof Posterior ? read.from.state : read.from;
  const { onProgress, worker } = options;
  const data = dataOf("sample", read.data);
  const target = targetOf<Result>("sample", of);
  const { advance, firstStep, at } = programsOf(target);
  const size = from ? continuedSize(from, target, data) : target.sizeOf(data);
  const first = (chain: Chain) => firstStep(chain, data);
  const { warmup, warmed, goal } = from
    ? { warmup: from.warmup, warmed: from.warmed, goal: from.target }
    : { warmup: read.warmup, warmed: 0, goal: read.target };
  const chains: Chain[] = from
    ? [...from.chains]
    : seedsOf(read.seed, read.chains).map(({ key, start }) => {
        const positions = target.starts(start, size);
        const point = startOf("sample", target, data, positions, (q) => at(q, data));
        return restarted(beginning(point, key, read.mass === "dense"), first);
      });
  let kept = earlier?.unknowns.shape[1] ?? 0;
  const end = kept + draws;
  /** Returns an array for each chain with room for all draws, which begins with the earlier ones. */
  const room = (before: Tensor | undefined, width: number) =>
    chains.map((_, c) => {
      const array = new Float64Array(end * width);
      if (before) array.set(before.data().subarray(c * kept * width, (c + 1) * kept * width));
      return array;
    });
  const rows = room(earlier?.unknowns, size);
  const reported = Object.fromEntries(
    REPORTED.map((name) => [name, room(earlier?.stats[name], 1)]),
  ) as Record<(typeof REPORTED)[number], Float64Array[]>;
  const total = chains.length * (warmup - warmed + draws);
  let done = 0;
  let position = warmed;
  const posterior = () => {
    const state: State = { chains: [...chains], warmed: position, warmup, target: goal };
    origins.set(state, { of: target.of, data, size });
    return new Posterior(target, data, { rows, reported, count: kept, size, state });
  };
  /** Makes `count` transitions of each chain, and stores the draws of those after the warm-up. */
  const go = async (count: number) => {
    const adapts = position < warmup;
    const made = await Promise.all(
      chains.map((chain, c) => {
        const request = {
          ...{ length: chunk, chain, count: whole(count) },
          ...{ adapts: tensor(adapts), target: double(goal) },
        };
        return workers === undefined ? advance(request, data) : workers.advance(c, request);
      }),
    );
    for (const [c, { chain, drawn }] of made.entries()) {
      chains[c] = chain;
      if (adapts) continue;
      const { q, ...others } = drawn;
      rows[c]?.set(q.data().subarray(0, count * size) as Float64Array, kept * size);
      for (const name of REPORTED)
        reported[name][c]?.set(others[name].data().subarray(0, count), kept);
    }
    if (adapts) position += count;
    else kept += count;
    done += count * chains.length;
    const phase = adapts ? "warmup" : "draws";
    onProgress?.({
      done,
      total,
      phase,
      get posterior() {
        return posterior();
      },
    });
    await nextTurn();
  };
  const workers = worker && (await startWorkers(worker, chains.length, data));
  try {
    for (const window of windowsOf(warmup)) {
      while (position < window.end && !signal?.aborted) {
        await go(Math.min(chunk, window.end - position));
        if (position === window.end) {
          for (const [c, chain] of chains.entries()) {
            chains[c] = closed(chain, window, window.end === warmup, first);
          }
        }
      }
    }
    while (kept < end && !signal?.aborted) await go(Math.min(chunk, end - kept));
  } finally {
    workers?.end();
  }
  return posterior();
}

/**
 * Returns the number of unbounded unknowns of a run that is continued.
 *
 * @throws ArgumentError if the density at the state is not the one that the state has: chains would start with a wrong energy.
 */
function continuedSize(
  from: State,
  target: Pick<Target<unknown>, "of" | "logDensity" | "sizeOf">,
  data: Data,
): number {
  const origin = origins.get(from);
  const leaves = treeLeaves(origin?.data);
  const isSame =
    origin?.of === target.of && treeLeaves(data).every((leaf, i) => Object.is(leaf, leaves[i]));
  if (isSame) return origin.size;
  const size = target.sizeOf(data);
  const { at } = programsOf(target);
  for (const { point } of from.chains) {
    const here = point.q.size === size ? at(point.q, data).logDensity.item() : Number.NaN;
    if (Object.is(here, point.logDensity.item())) continue;
    const expected = "the state of a posterior of the same model and data";
    const got = Number.isNaN(here)
      ? `one of ${point.q.size} unbounded unknowns, not ${size}`
      : `one whose log-density is ${point.logDensity.item()}, not ${here}`;
    throw new ArgumentError({ op: "sample", argument: "from", expected, got });
  }
  return size;
}

/** Returns two seeds for each chain: `key`, to which its transitions add a count, and `start` for its random starts. */
function seedsOf(seed: Tensor, count: number): { key: Tensor; start: number }[] {
  const seeds = splitSeed(seed, 2 * count).data();
  return Array.from({ length: count }, (_, c) => ({
    // Seeds are below 2⁵³. A quarter of one plus a count is below 2⁵³, too, and so an exact integer in float64.
    key: double(Math.floor((seeds[c] ?? 0) / 4)),
    start: seeds[count + c] ?? 0,
  }));
}

/** Returns a new chain at a point, with unit masses and the step size 1. */
function beginning(point: Chain["point"], key: Tensor, isDense: boolean): Chain {
  const size = point.q.shape[0] ?? 0;
  const inverse = isDense ? eye(size, { dtype: "float64" }) : ones([size], { dtype: "float64" });
  return {
    point,
    key,
    count: double(0),
    stepSize: double(1),
    metric: { inverse, root: inverse },
    averaging: averagingFrom(double(1)),
    moments: noMoments(inverse.shape),
  };
}

/** Returns a chain with a new first guess of its step size, from which dual averaging starts again. */
function restarted(chain: Chain, firstStep: (chain: Chain) => Tensor): Chain {
  const stepSize = firstStep(chain);
  return { ...chain, count: chain.count.add(1), stepSize, averaging: averagingFrom(stepSize) };
}

/**
 * Returns a chain at the end of a window of the warm-up: with new masses if the window estimates them, with empty
 * moments and, after the last window, with the averaged step size.
 */
function closed(
  chain: Chain,
  { estimates }: Window,
  isLast: boolean,
  firstStep: (chain: Chain) => Tensor,
): Chain {
  const next = estimates ? restarted(withMasses(chain), firstStep) : chain;
  const moments = noMoments(chain.moments.squares.shape);
  const { averaging } = next;
  return { ...next, moments, ...(isLast && { stepSize: averaging.logAverage.exp() }) };
}
