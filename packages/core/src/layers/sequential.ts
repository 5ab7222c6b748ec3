/**
 * Layers one after the other.
 */

import { ArgumentError, describe } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { layer } from "./function.ts";
import { Layer } from "./layer.ts";

/** What a {@link Sequential} is made of: a layer, a function or an op of one input. */
export type Link = (Layer & { compute(x: never): unknown }) | ((x: Tensor) => unknown);

/**
 * A chain of layers, functions and ops of one input: forward from the first to the last, backward from the last to
 * the first. Functions become layers, see {@link layer}.
 *
 * @example
 * ```ts
 * import { Dense, relu, Sequential, tensor } from "@graddiff/core";
 *
 * const network = new Sequential(new Dense(2, 8), relu, new Dense(8, 1));
 * console.log(network.forward(tensor([[0.05, 0.1]])).shape, network.variables.length); // [ 1, 1 ] 4
 * ```
 */
export class Sequential extends Layer {
  readonly layers: readonly Layer[];

  /** @throws ArgumentError for anything that is no layer and no function. */
  constructor(...layers: readonly Link[]) {
    super();
    this.layers = layers.map((each, i) => {
      if (each instanceof Layer) return each;
      if (typeof each === "function" && !(each.prototype instanceof Layer)) return layer(each);
      throw new ArgumentError({
        op: "Sequential",
        argument: `layers[${i}]`,
        expected: "a layer or a function of one input",
        got: describe(each),
      });
    });
  }

  override compute(x: Tensor): Tensor {
    // The type of a chain is not known from those of its links.
    return this.layers.reduce<unknown>((value, each) => each.forward(value as never), x) as Tensor;
  }

  /** Each layer keeps what it saw, and numbers stay numbers between them. @internal */
  protected override runForward(inputs: readonly unknown[]): unknown {
    return this.layers.reduce((value: unknown, each) => each.forward(value as never), inputs[0]);
  }

  /** @internal */
  protected override runBackward(gradient: unknown): unknown {
    return this.layers.reduceRight(
      (value: unknown, each) => each.backward(value as never),
      gradient,
    );
  }
}
