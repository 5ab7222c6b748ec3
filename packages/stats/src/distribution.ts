/**
 * The public interface of distributions, and `distribution`, which makes one from a `Definition`. It validates the
 * arguments of every method, so a definition has only the formulas.
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

/** A probability distribution. Its parameters are float64 tensors or numbers, which broadcast against each other. */
export interface Distribution {
  /** The name, such as "Normal". */
  readonly name: string;
  /** The shape of one draw: batch axes, to which the parameters broadcast, then the axes of one value. */
  readonly shape: readonly number[];
  /** The number of last axes that hold one value: 0 for numbers, 1 for vectors, 2 for matrices. */
  readonly eventRank: number;
  /** The set of values with a positive density; undefined for distributions of integers, which have no density. */
  readonly support: Support | undefined;
  /** Returns the logarithm of the density (for integers: of the probability) of each value; −∞ outside of the support. */
  logProb(x: TensorLike): Tensor;
  /**
   * Returns random draws, float64. The same seed gives the same draws.
   *
   * @param options `seed`, a number or a scalar tensor; `shape`, the shape of the result, to which the shape of the
   *   distribution broadcasts (default: the shape of the distribution).
   */
  sample(options: SampleOptions): Tensor;
  /** The expected value; NaN or infinity where there is no finite one. */
  readonly mean: Tensor;
  /** The variance of each element; NaN or infinity where there is no finite one. */
  readonly variance: Tensor;
  /** Returns the cumulative distribution function: the probability of values up to x. */
  cdf?(x: TensorLike): Tensor;
  /** Returns the inverse of `cdf`: the value x up to which values have the probability p. */
  quantile?(p: TensorLike): Tensor;
}

/** The options of the draws of a distribution. */
export interface SampleOptions {
  /** The number, or scalar tensor, that determines all draws. */
  readonly seed: TensorLike;
  /** The shape of the result. Default: the shape of the distribution. */
  readonly shape?: readonly number[];
}

/** The formulas of a distribution, from which `distribution` makes the public object. */
export interface Definition {
  readonly shape: readonly number[];
  readonly eventRank?: number;
  readonly support: Support | undefined;
  /** Returns a bool tensor, true for elements outside of the support; undefined if every number is in the support. */
  readonly outside?: (x: Tensor) => Tensor;
  /**
   * A value of the support. It replaces values outside of the support before `logProb`, whose result is discarded
   * there, so that neither it nor its gradient is NaN. Default 1.
   */
  readonly inside?: TensorLike;
  readonly logProb: (x: Tensor) => Tensor;
  readonly sample: (seed: Tensor, shape: readonly number[]) => Tensor;
  readonly mean: () => Tensor;
  readonly variance: () => Tensor;
  readonly cdf?: (x: Tensor) => Tensor;
  readonly quantile?: (p: Tensor) => Tensor;
  /** The ends of an interval outside of which there are no values; undefined for the real and the positive numbers. */
  readonly ends?: readonly [Tensor, Tensor];
  /** Returns the mirror image of x about the centre; undefined for a distribution that is not symmetric. */
  readonly reflected?: (x: Tensor) => Tensor;
}

const readOptions = optionsReader({ seed: readSeed, shape: optional(readShape, undefined) });

const definitions = new WeakMap<object, Definition>();

/** True if a value is a distribution of this package. */
export function isDistribution(value: unknown): value is Distribution {
  return typeof value === "object" && value !== null && definitions.has(value);
}

/** Returns the definition of a distribution; an empty record for an object that is not from `distribution`. */
export function definitionOf(of: Distribution): Pick<Definition, "ends" | "reflected"> {
  return definitions.get(of) ?? {};
}

/** Returns the public object of a definition. Errors name the distribution. */
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

/** Returns the indices of the last `count` axes: −1, −2 and so on. */
export function lastAxes(count: number): number[] {
  return Array.from({ length: count }, (_, i) => -1 - i);
}

/** Throws a ShapeError unless the shape of a distribution broadcasts to the requested shape. */
export function refuseShape(op: string, own: readonly number[], wanted: readonly number[]): void {
  if (broadcasts(own, wanted)) return;
  const expected = `one to which that of the distribution, ${formatShape(own)}, broadcasts`;
  throw new ShapeError({ op, argument: "shape", expected, got: formatShape(wanted) });
}

/** Returns an argument if it is a distribution, else throws an ArgumentError. */
export function readDistribution(
  op: string,
  argument: string,
  value: unknown,
  got: string,
): Distribution {
  if (isDistribution(value)) return value;
  throw new ArgumentError({ op, argument, expected: "a distribution, such as Normal(0, 1)", got });
}
