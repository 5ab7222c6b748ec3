/**
 * Layers one after the other.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { UnaryLayer } from "./arity.ts";
import { enter, leave } from "./place.ts";

/**
 * A chain of layers of one input: forward from the first to the last, backward from the last to
 * the first.
 *
 * @example
 * ```ts
 * import { Dense, Sequential, Sigmoid, tensor } from "@graddiff/core";
 *
 * const network = new Sequential(new Dense(2, 2), new Sigmoid(), new Dense(2, 2), new Sigmoid());
 * console.log(network.forward(tensor([[0.05, 0.1]])).shape, network.variables.length); // [ 1, 2 ] 4
 * ```
 */
export class Sequential extends UnaryLayer {
  readonly layers: readonly UnaryLayer[];

  /** @throws ArgumentError for anything that is no layer of one input. */
  constructor(...layers: readonly UnaryLayer[]) {
    super();
    layers.forEach((layer, i) => {
      const usable = typeof layer?.forward === "function" && typeof layer.backward === "function";
      if (!usable) {
        throw new ArgumentError({
          op: "Sequential",
          argument: `layers[${i}]`,
          expected: "a layer of one input",
          got: describe(layer),
        });
      }
    });
    this.layers = layers;
  }

  override forward(x: number): number;
  override forward(x: Tensor): Tensor;
  override forward(x: TensorLike): TensorLike;
  override forward(x: TensorLike): TensorLike {
    if (arguments.length > 1) refuseSurplus("Sequential.forward", 1, arguments);
    enter(this);
    try {
      return this.layers.reduce<TensorLike>((value, layer) => layer.forward(value), x);
    } finally {
      leave();
    }
  }

  override backward(gradient: Tensor): Tensor;
  override backward(gradient: TensorLike): TensorLike;
  override backward(gradient: TensorLike): TensorLike {
    return this.layers.reduceRight<TensorLike>((value, layer) => layer.backward(value), gradient);
  }

  protected override compute(x: Tensor): Tensor {
    return this.forward(x);
  }
}
