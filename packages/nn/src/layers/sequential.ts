/**
 * A chain of layers.
 */

import { ArgumentError, Layer, layer, type Tensor, type TensorLike } from "@graddiff/core";
import {
  describe,
  isPlainObject,
  optional,
  optionsReader,
  seedNumber,
} from "@graddiff/core/extend";
import { initialize } from "./initialize.ts";

/** An element of a {@link Sequential}: a layer, a function or an op of one input. */
export type Link = (Layer & { compute(x: never): unknown }) | ((x: Tensor) => unknown);

/** The settings of {@link Sequential}. */
export interface SequentialOptions {
  /**
   * The seed from which all weights and draws are initialized again: see {@link initialize}. Default: they keep their
   * values.
   */
  readonly seed?: number;
}

const readOptions = optionsReader({
  seed: optional<number | undefined>(seedNumber, undefined),
});

/**
 * A chain of layers, functions and ops of one input. `forward` applies them from the first to the last, `backward` from
 * the last to the first. Functions become layers: see {@link layer}.
 *
 * @example
 * ```ts
 * import { relu, tensor } from "@graddiff/core";
 * import { Dense, Sequential } from "@graddiff/nn";
 *
 * const network = new Sequential(new Dense(2, 8), relu, new Dense(8, 1), { seed: 1 });
 * console.log(network.forward(tensor([[0.05, 0.1]])).shape, network.variables.length); // [ 1, 1 ] 4
 * ```
 */
export class Sequential extends Layer<"declared"> {
  /** The layers, in the order in which they are applied. */
  readonly layers: readonly Layer[];

  /**
   * @param links layers and functions, and optionally {@link SequentialOptions} after them.
   * @throws ArgumentError for an element that is neither a layer nor a function.
   */
  constructor(...links: readonly Link[] | readonly [...Link[], SequentialOptions]) {
    super();
    const last = links.at(-1);
    const { seed } = readOptions("Sequential", isPlainObject(last) ? last : undefined);
    const layers = isPlainObject(last) ? links.slice(0, -1) : links;
    this.layers = layers.map((each, i) => {
      if (each instanceof Layer) return each;
      if (typeof each === "function" && !(each.prototype instanceof Layer)) return layer(each);
      throw new ArgumentError(
        "Sequential",
        `layers[${i}]`,
        "a layer or a function of one input",
        describe(each),
      );
    });
    if (seed !== undefined) initialize(this, seed);
  }

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    // The compiler cannot infer the type of the result from the types of the layers.
    return this.layers.reduce<unknown>((value, each) => each.forward(value as never), x) as Tensor;
  }

  /** Runs the layers one after the other. Each stores its input for `backward`, and a number is passed on as a number. */
  protected override runForward(inputs: readonly unknown[]): unknown {
    return this.layers.reduce((value: unknown, each) => each.forward(value as never), inputs[0]);
  }

  protected override runBackward(gradient: unknown): unknown {
    return this.layers.reduceRight(
      (value: unknown, each) => each.backward(value as never),
      gradient,
    );
  }
}

export interface Sequential {
  /**
   * Returns the result of the last layer; the input of each layer is the result of the previous one.
   *
   * @param x the input of the first layer, such as floats [batch, …], or int32 indices of words.
   * @throws the errors of the layers, with the path of the layer in the message.
   * @example
   * ```ts
   * import { tanh, zeros } from "@graddiff/core";
   * import { Dense, Sequential } from "@graddiff/nn";
   *
   * const network = new Sequential(new Dense(2, 8), tanh, new Dense(8, 1));
   * console.log(network.forward(zeros([5, 2])).shape); // [ 5, 1 ]
   * ```
   */
  forward(x: Tensor): Tensor;
  /** Returns a number for a number. */
  forward(x: number): number;
  /** Returns a number for a number, and a Tensor for a Tensor. */
  forward(x: TensorLike): TensorLike;
}
