/**
 * The fully connected layer.
 */

import { optional, optionsReader, readPositive, refuseSurplus } from "../arguments.ts";
import { Variable } from "../graph/variable.ts";
import { readFloat, uniform } from "../ops/random.ts";
import { zeros } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readSeedNumber } from "../tensor/threefry.ts";
import { UnaryLayer } from "./arity.ts";

/** The settings of a {@link Dense} layer. */
export interface DenseOptions {
  /** Names the initial weights. Default: 0 for the first layer made without one, then 1, 2, … */
  readonly seed?: number;
  /** float32 or float64. Default: float32, or what {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

let made = 0;

const readOptions = optionsReader({
  seed: optional(readSeedNumber, undefined),
  dtype: optional(readFloat, undefined),
});

/**
 * x · W + b, for a batch of rows x.
 *
 * The weight starts uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010), the
 * bias at zero. `backward` adds their gradients to `weight.gradient` and `bias.gradient` and
 * returns that of x.
 *
 * @example
 * ```ts
 * import { Dense, tensor } from "@graddiff/core";
 *
 * const dense = new Dense(3, 2);
 * const output = dense.forward(tensor([[1, 2, 3]]));
 * dense.backward(output);
 * console.log(output.shape, dense.weight.gradient.shape, dense.bias.gradient.shape); // [ 1, 2 ] [ 3, 2 ] [ 2 ]
 * ```
 */
export class Dense extends UnaryLayer {
  /** Shape [inputs, outputs]. */
  readonly weight: Variable;
  /** Shape [outputs]. */
  readonly bias: Variable;

  /**
   * @param inputs the length of an input row.
   * @param outputs the length of an output row.
   * @throws ArgumentError if a length is no positive integer.
   */
  constructor(inputs: number, outputs: number, options?: DenseOptions) {
    super();
    if (arguments.length > 3) refuseSurplus("Dense", 3, arguments);
    readPositive("Dense", "inputs", inputs);
    readPositive("Dense", "outputs", outputs);
    const { dtype = defaultDType(), ...given } = readOptions("Dense", options);
    const seed = given.seed ?? made++;
    const limit = Math.sqrt(6 / (inputs + outputs));
    this.weight = new Variable(
      uniform([inputs, outputs], { seed, low: -limit, high: limit, dtype }),
    );
    this.bias = new Variable(zeros([outputs], { dtype }));
  }

  override toString(): string {
    return `${this.constructor.name} ${this.weight.shape.join(" → ")}`;
  }

  protected override compute(x: Tensor): Tensor {
    return x.matmul(this.weight.value).add(this.bias.value);
  }
}
