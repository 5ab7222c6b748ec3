/**
 * Weights of layers: their first values, and the seeds of these.
 */

import {
  ArgumentError,
  type DType,
  defaultDType,
  ones,
  type Shape,
  type Tensor,
  uniform,
  Variable,
  type VariableOptions,
  zeros,
} from "@graddiff/core";
import {
  describe,
  flag,
  formatShape,
  isTensor,
  layerSeed,
  optional,
  optionsReader,
  type Reader,
  type Readers,
  sameShape,
  seedNumber,
  withInitializer,
} from "@graddiff/core/extend";
import { sizeOf } from "../basics.ts";
import { seedFor } from "../inside.ts";
import { readFloat } from "../readers.ts";
import { WEIGHTS } from "../seeds.ts";

/** Makes the first value of a weight, such as {@link glorot}. */
export type Initializer = (
  shape: Shape,
  options: { readonly seed: number; readonly dtype: DType },
) => Tensor;

/** The settings that all layers with weights have. */
export interface WeightOptions {
  /** Makes the first weights. Default: {@link glorot}. */
  readonly initializer?: Initializer;
  /**
   * Names the initial weights. Default: one of its own for each layer, the same in each run of a program. Two layers of
   * one seed begin with the same weights, so give each its own, or one to the whole model: see {@link initialize}.
   */
  readonly seed?: number;
  /** float32 or float64. Default: float32, or what {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/** The settings of layers that may have a bias. */
export interface BiasOptions extends WeightOptions {
  /** True if something is added to the results that is learnt, too. Default true. */
  readonly bias?: boolean;
}

const readInitializer: Reader<Initializer> = (op, argument, value) => {
  if (typeof value === "function") return value as Initializer;
  throw new ArgumentError(
    op,
    argument,
    "a function that makes a tensor of a shape, such as glorot",
    describe(value),
  );
};

const readSeed = optional<number | undefined>(seedNumber, undefined);

/** The reader of a dtype of weights. */
export const readWeightDType: Reader<DType | undefined> = optional<DType | undefined>(
  readFloat,
  undefined,
);

/**
 * Returns the reader of {@link WeightOptions}, but for the dtype, and of others. A function spreads them, since
 * bundlers keep a spread at load.
 */
/* @__NO_SIDE_EFFECTS__ */
export function drawnReader<Own extends Readers>(own: Own) {
  return optionsReader({
    initializer: optional<Initializer | undefined>(readInitializer, undefined),
    seed: readSeed,
    ...own,
  });
}

/** Returns the reader of {@link WeightOptions} and of others. */
/* @__NO_SIDE_EFFECTS__ */
export function weightReader<Own extends Readers>(own: Own) {
  return drawnReader({ dtype: readWeightDType, ...own });
}

/** Returns the reader of {@link BiasOptions} and of others. */
/* @__NO_SIDE_EFFECTS__ */
export function biasReader<Own extends Readers>(own: Own) {
  return weightReader({ bias: optional(flag, true), ...own });
}

/**
 * The bits of {@link glorot} without options: of its own, so that a program with layers has no normal distribution.
 */
const glorotUniform: Initializer = (shape, { seed, dtype }) => {
  const [first = 1, second = 1, ...window] = shape;
  const limit = Math.sqrt(6 / Math.max((first + second) * sizeOf(window), 1));
  return uniform(shape, { seed, low: -limit, high: limit, dtype });
};

/** Makes a first value that is not drawn, such as zeros. */
type Constant = (shape: Shape, options: { readonly dtype: DType }) => Tensor;

/** Makes the weights of one layer, each from a seed of its own. */
export class Weights {
  readonly #op: string;
  readonly #initializer: Initializer;
  readonly #dtype: DType;
  readonly #seed: number;
  #count = 0;

  constructor(
    op: string,
    {
      initializer,
      seed,
      dtype = defaultDType(),
    }: { [Key in keyof WeightOptions]: WeightOptions[Key] | undefined },
  ) {
    this.#op = op;
    this.#initializer = initializer ?? glorotUniform;
    this.#seed = layerSeed(seed);
    this.#dtype = dtype;
  }

  /** Returns a weight of a shape, by the initializer, from a seed of its own. */
  weight(shape: Shape, initializer: Initializer = this.#initializer): Variable {
    const begin = (seed: number) => this.#drawn(shape, initializer, seed);
    return withInitializer(new Variable(begin(seedFor(WEIGHTS, this.#seed, this.#count++))), begin);
  }

  zeros(shape: Shape): Variable {
    return this.#constant(zeros, shape);
  }

  ones(shape: Shape): Variable {
    return this.#constant(ones, shape);
  }

  /** Returns a constant value that is state, and is not trained. */
  state(value: Constant, shape: Shape): Variable {
    return this.#constant(value, shape, { trainable: false });
  }

  #constant(make: Constant, shape: Shape, options?: VariableOptions): Variable {
    const value = make(shape, { dtype: this.#dtype });
    return withInitializer(new Variable(value, options), () => value);
  }

  #drawn(shape: Shape, initializer: Initializer, seed: number): Tensor {
    const value = initializer(shape, { seed, dtype: this.#dtype });
    if (isTensor(value) && sameShape(value.shape, shape) && value.dtype === this.#dtype)
      return value;
    throw new ArgumentError(
      this.#op,
      "initializer",
      `a function that makes a ${this.#dtype} Tensor of shape ${formatShape(shape)}`,
      describe(value),
    );
  }
}
