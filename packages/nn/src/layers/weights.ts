/**
 * The weights of layers: their initial values, and the seeds of these values.
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

/** A function that makes the initial value of a weight, such as {@link glorot}. */
export type Initializer = (
  shape: Shape,
  options: { readonly seed: number; readonly dtype: DType },
) => Tensor;

/** The settings of all layers with weights. */
export interface WeightOptions {
  /** The function that makes the initial weights. Default: {@link glorot}. */
  readonly initializer?: Initializer;
  /**
   * The seed of the initial weights. Default: a different seed for each layer, the same in each run of a program. Two
   * layers with one seed have the same initial weights, so pass different seeds, or one seed for the whole model: see
   * {@link initialize}.
   */
  readonly seed?: number;
  /** float32 or float64. Default: float32, or the dtype that {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/** The settings of layers that may have a bias. */
export interface BiasOptions extends WeightOptions {
  /** True if the layer adds a learned bias to its result. Default true. */
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
 * Returns the reader of {@link WeightOptions} without the dtype, and of further options. It is a function, because
 * bundlers cannot drop an unused reader that spreads an object while the module loads.
 */
/* @__NO_SIDE_EFFECTS__ */
export function drawnReader<Own extends Readers>(own: Own) {
  return optionsReader({
    initializer: optional<Initializer | undefined>(readInitializer, undefined),
    seed: readSeed,
    ...own,
  });
}

/** Returns the reader of {@link WeightOptions} and of further options. */
/* @__NO_SIDE_EFFECTS__ */
export function weightReader<Own extends Readers>(own: Own) {
  return drawnReader({ dtype: readWeightDType, ...own });
}

/** Returns the reader of {@link BiasOptions} and of further options. */
/* @__NO_SIDE_EFFECTS__ */
export function biasReader<Own extends Readers>(own: Own) {
  return weightReader({ bias: optional(flag, true), ...own });
}

/**
 * Returns the same bits as {@link glorot} without options. It is separate, so that bundles of programs with layers do
 * not contain normal random numbers.
 */
const glorotUniform: Initializer = (shape, { seed, dtype }) => {
  const [first = 1, second = 1, ...window] = shape;
  const limit = Math.sqrt(6 / Math.max((first + second) * sizeOf(window), 1));
  return uniform(shape, { seed, low: -limit, high: limit, dtype });
};

/** A function that makes an initial value that is not random, such as zeros. */
type Constant = (shape: Shape, options: { readonly dtype: DType }) => Tensor;

/** Makes the weights of one layer, each with a different seed, derived from the seed of the layer. */
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

  /** Returns a weight of a shape by the initializer, with the next seed. */
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

  /** Returns a Variable with a constant initial value that is saved, but not trained. */
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
