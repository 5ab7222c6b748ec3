/**
 * The interface of all distributions, and the constructor that reads arguments for them: a distribution itself states its
 * mathematics alone.
 */

import {
  ArgumentError,
  broadcastTo,
  ShapeError,
  type Tensor,
  type TensorLike,
  where,
} from "@graddiff/core";
import {
  broadcasts,
  formatShape,
  optional,
  optionsReader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { float64, readSeed, readShape } from "./numbers.ts";
import type { Support } from "./supports.ts";

/** A distribution. Its parameters are float64 tensors or numbers, which broadcast against each other. */
export interface Distribution {
  /** The name, such as "Normal". */
  readonly name: string;
  /** The shape of one draw: that of the parameters. */
  readonly shape: readonly number[];
  /** The number of last axes that are one value: 0 for numbers, 1 for vectors, 2 for matrices. */
  readonly eventRank: number;
  /** The set of values; undefined for integers, which have no density. */
  readonly support: Support | undefined;
  /** Returns the logarithm of the density, or of the probability, of each value: −∞ for a value out of the support. */
  logProb(x: TensorLike): Tensor;
  /**
   * Returns draws.
   *
   * @param options `seed`, a number or a scalar; `shape`, to which that of the distribution broadcasts (default that).
   */
  sample(options: SampleOptions): Tensor;
  /** The expected value; NaN where there is none. */
  readonly mean: Tensor;
  /** The variance of each element; NaN or infinity where there is none. */
  readonly variance: Tensor;
  /** Returns the probability of values up to x. */
  cdf?(x: TensorLike): Tensor;
  /** Returns the value up to which others have a probability. */
  quantile?(p: TensorLike): Tensor;
}

/** The options of the draws of a distribution. */
export interface SampleOptions {
  /** The number, or scalar tensor, that all draws follow from. */
  readonly seed: TensorLike;
  /** The shape of the draws. Default: that of the distribution. */
  readonly shape?: readonly number[];
}

/** The mathematics of a distribution. */
export interface Definition {
  readonly shape: readonly number[];
  readonly eventRank?: number;
  readonly support: Support | undefined;
  /** True for values out of the support, a bool tensor; undefined if there are none. */
  readonly outside?: (x: Tensor) => Tensor;
  /** A value of the support, which stands for others where these are computed in vain. Default 1. */
  readonly inside?: TensorLike;
  readonly logProb: (x: Tensor) => Tensor;
  readonly sample: (seed: Tensor, shape: readonly number[]) => Tensor;
  readonly mean: () => Tensor;
  readonly variance: () => Tensor;
  readonly cdf?: (x: Tensor) => Tensor;
  readonly quantile?: (p: Tensor) => Tensor;
  /** Returns the value at the same distance on the other side of the middle, of a symmetric distribution. */
  readonly reflected?: (x: Tensor) => Tensor;
}

const readOptions = optionsReader({ seed: readSeed, shape: optional(readShape, undefined) });

const definitions = new WeakMap<object, Definition>();

/** True if a value is a distribution of this package. */
export function isDistribution(value: unknown): value is Distribution {
  return typeof value === "object" && value !== null && definitions.has(value);
}

/** Returns the definition of a distribution. */
export function definitionOf(of: Distribution): Pick<Definition, "reflected"> {
  return definitions.get(of) ?? {};
}

/** Returns the distribution with a name and a definition. */
export function distribution(name: string, definition: Definition): Distribution {
  const { shape, eventRank = 0, support, outside, inside = 1 } = definition;
  const spread = (x: Tensor) => (x.shape.length < shape.length ? broadcastTo(x, shape) : x);
  const { cdf, quantile } = definition;
  const self: Distribution = {
    name,
    shape,
    eventRank,
    support,
    logProb(x) {
      refuseSurplus(`${name}.logProb`, 1, arguments);
      const value = float64(`${name}.logProb`, "x", x);
      if (outside === undefined) return definition.logProb(value);
      const isOut = outside(value);
      const isOutOfEach = eventRank === 0 ? isOut : isOut.any(lastAxes(eventRank));
      const safe = where(isOut, inside, value);
      return where(isOutOfEach, Number.NEGATIVE_INFINITY, definition.logProb(safe));
    },
    sample(options) {
      const op = `${name}.sample`;
      refuseSurplus(op, 1, arguments);
      const { seed, shape: wanted = shape } = readOptions(op, options);
      refuseShape(op, shape, wanted);
      return definition.sample(seed, wanted);
    },
    get mean() {
      return spread(definition.mean());
    },
    get variance() {
      return spread(definition.variance());
    },
    ...(cdf && {
      cdf(x: TensorLike) {
        refuseSurplus(`${name}.cdf`, 1, arguments);
        return cdf(float64(`${name}.cdf`, "x", x));
      },
    }),
    ...(quantile && {
      quantile(p: TensorLike) {
        refuseSurplus(`${name}.quantile`, 1, arguments);
        return quantile(float64(`${name}.quantile`, "p", p));
      },
    }),
  };
  definitions.set(self, definition);
  return self;
}

/** Returns so many last axes: −1, −2 and so on. */
export function lastAxes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => -1 - i);
}

/** Refuses a shape to which that of a distribution does not broadcast. @throws ShapeError. */
export function refuseShape(op: string, own: readonly number[], wanted: readonly number[]): void {
  if (broadcasts(own, wanted)) return;
  const expected = `one to which that of the distribution, ${formatShape(own)}, broadcasts`;
  throw new ShapeError({ op, argument: "shape", expected, got: formatShape(wanted) });
}

/** Refuses an argument that is no distribution. @throws ArgumentError. */
export function readDistribution(
  op: string,
  argument: string,
  value: unknown,
  got: string,
): Distribution {
  if (isDistribution(value)) return value;
  throw new ArgumentError({ op, argument, expected: "a distribution, such as Normal(0, 1)", got });
}
