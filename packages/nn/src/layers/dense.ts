/**
 * The fully connected layer.
 */

import { Layer, matmul, type Tensor, type Variable } from "@graddiff/core";
import { positiveInteger, refuseSurplus } from "@graddiff/core/extend";
import { type BiasOptions, biasReader, Weights } from "./weights.ts";

/** A layer that computes x · W + b: {@link Dense}, or a {@link LowRank} adapter around one. */
export type Linear = {
  /** Shape [inputs, outputs]. */
  readonly weight: Variable;
  /** Shape [outputs]; undefined without a bias. */
  readonly bias: Variable | undefined;
  /** Returns the result for x, [..., outputs]. @param x floats [..., inputs]. */
  forward(x: Tensor): Tensor;
  compute(x: Tensor): Tensor;
} & Layer<"declared">;

/** The settings of a {@link Dense} layer. */
export interface DenseOptions extends BiasOptions {}

const readOptions = biasReader({});

/**
 * x · W + b, for a batch of rows x.
 *
 * The initial weight is uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010), the initial bias zero.
 * `backward` adds their gradients to `weight.gradient` and `bias.gradient`, and returns the gradient of x.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const dense = new Dense(3, 2);
 * const output = dense.forward(tensor([[1, 2, 3]]));
 * dense.backward(output);
 * console.log(output.shape, dense.weight.gradient.shape, dense.bias?.gradient.shape); // [ 1, 2 ] [ 3, 2 ] [ 2 ]
 * ```
 */
export class Dense extends Layer<"declared"> implements Linear {
  /** Shape [inputs, outputs]. */
  readonly weight: Variable;
  /** Shape [outputs]; undefined with `bias: false`. */
  readonly bias: Variable | undefined;

  /**
   * @param inputs the length of an input row.
   * @param outputs the length of an output row.
   * @throws ArgumentError if a length is not a positive integer.
   */
  constructor(inputs: number, outputs: number, options?: DenseOptions) {
    super();
    refuseSurplus("Dense", 3, arguments);
    positiveInteger("Dense", "inputs", inputs);
    positiveInteger("Dense", "outputs", outputs);
    const { bias, ...own } = readOptions("Dense", options);
    const weights = new Weights("Dense", own);
    this.weight = weights.weight([inputs, outputs]);
    this.bias = bias ? weights.zeros([outputs]) : undefined;
  }

  override toString(): string {
    return `${this.constructor.name} ${this.weight.shape.join(" → ")}`;
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const product = matmul(x, this.weight.value);
    return this.bias ? product.add(this.bias.value) : product;
  }
}

export interface Dense {
  /**
   * Returns x · W + b, [..., outputs], in the dtype of the weight.
   *
   * @param x floats [..., inputs]; any number of axes before the last.
   * @throws ShapeError for another length of the last axis.
   * @example
   * ```ts
   * import { ones } from "@graddiff/core";
   * import { Dense } from "@graddiff/nn";
   *
   * console.log(new Dense(3, 2).forward(ones([4, 7, 3])).shape); // [ 4, 7, 2 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}
