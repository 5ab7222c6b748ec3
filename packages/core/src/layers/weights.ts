/**
 * Weights of layers: their first values, and the seeds of these.
 */

import { flag, optional, optionsReader, type Reader, type Readers } from "../arguments.ts";
import { ArgumentError, describe, formatShape } from "../errors.ts";
import { Variable } from "../graph/variable.ts";
import { readFloat, uniform } from "../ops/random.ts";
import { ones, zeros } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import type { DType } from "../tensor/dtype.ts";
import { type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";
import { readSeedNumber } from "../tensor/threefry.ts";

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
   * Names the initial weights. Default: 0 for the first layer made without one, then 1, 2, … Two layers, or a layer and
   * random data, of one seed begin with the same draws: give each its own.
   */
  readonly seed?: number;
  /** float32 or float64. Default: float32, or what {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/** The settings of layers that may have a bias. */
export interface BiasOptions extends WeightOptions {
  /** Whether something is added to the results that is learnt, too. Default true. */
  readonly bias?: boolean;
}

const readInitializer: Reader<Initializer> = (op, argument, value) => {
  if (typeof value === "function") return value as Initializer;
  throw new ArgumentError({
    op,
    argument,
    expected: "a function that makes a tensor of a shape, such as glorot",
    got: describe(value),
  });
};

const readSeed = optional<number | undefined>(readSeedNumber, undefined);

/** The reader of a dtype of weights. */
export const readWeightDType: Reader<DType | undefined> = optional<DType | undefined>(
  readFloat,
  undefined,
);

/** The reader of {@link WeightOptions} and of others. A function spreads them, since bundlers keep a spread at load. */
/* @__NO_SIDE_EFFECTS__ */
export function weightReader<Own extends Readers>(own: Own) {
  return optionsReader({
    initializer: optional<Initializer | undefined>(readInitializer, undefined),
    seed: readSeed,
    dtype: readWeightDType,
    ...own,
  });
}

/** The reader of {@link BiasOptions} and of others. */
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

let made = 0;

/** The seed of a layer: layers without one have one after the other. */
export function seedOf(seed: number | undefined): number {
  return seed ?? made++;
}

/** Makes the weights of one layer, each from a seed of its own. */
export class Weights {
  readonly #op: string;
  readonly #initializer: Initializer;
  readonly #dtype: DType;
  #seed: number;

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
    this.#seed = seedOf(seed);
    this.#dtype = dtype;
  }

  /** A weight of a shape, by the initializer. The first one has the seed of the layer. */
  weight(shape: Shape, initializer: Initializer = this.#initializer): Variable {
    const value = initializer(shape, { seed: this.#seed, dtype: this.#dtype });
    // Seeds of layers count from 0, those of further weights go on far from there.
    this.#seed += 2 ** 32;
    if (isTensor(value) && sameShape(value.shape, shape) && value.dtype === this.#dtype) {
      return new Variable(value);
    }
    throw new ArgumentError({
      op: this.#op,
      argument: "initializer",
      expected: `a function that makes a ${this.#dtype} Tensor of shape ${formatShape(shape)}`,
      got: describe(value),
    });
  }

  zeros(shape: Shape): Variable {
    return new Variable(zeros(shape, { dtype: this.#dtype }));
  }

  ones(shape: Shape): Variable {
    return new Variable(ones(shape, { dtype: this.#dtype }));
  }

  /** Zeros that are state, and are not trained. */
  state(value: (shape: Shape, options: { dtype: DType }) => Tensor, shape: Shape): Variable {
    return new Variable(value(shape, { dtype: this.#dtype }), { trainable: false });
  }
}
