/**
 * A layer of any differentiable function.
 */

import { checkCall, checkFunction, refuseSurplus } from "../arguments.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";

/** What {@link layer} makes. */
export class FunctionLayer<Inputs extends readonly Tensor[]> extends Layer {
  readonly #fn: (...inputs: Inputs) => Tensor;

  /** @internal Use `layer(fn)`. */
  constructor(fn: (...inputs: Inputs) => Tensor) {
    super();
    checkFunction("layer", fn);
    this.#fn = fn;
  }

  protected override compute(...inputs: Tensor[]): Tensor {
    // forward takes exactly the inputs of the function's own type.
    return this.#fn(...(inputs as readonly Tensor[] as Inputs));
  }

  /** Computes the output: a number if all inputs are plain numbers. */
  forward(...inputs: { [Key in keyof Inputs]: number }): number;
  forward(...inputs: { [Key in keyof Inputs]: TensorLike }): TensorLike;
  forward(...inputs: readonly TensorLike[]): TensorLike {
    checkCall("layer", this.#fn, inputs);
    return this.runForward(inputs);
  }

  /**
   * The gradient of the input; an array of gradients if there are several inputs.
   * @throws RecordingError before forward; ShapeError for a gradient of another shape.
   */
  backward(
    gradient: TensorLike,
  ): Inputs extends readonly [Tensor]
    ? TensorLike
    : { -readonly [Key in keyof Inputs]: TensorLike };
  backward(gradient: TensorLike): unknown {
    const gradients = this.runBackward(gradient);
    return gradients.length === 1 ? gradients[0] : gradients;
  }
}

/**
 * Makes a layer of a function of tensors.
 *
 * @param fn any differentiable function that returns a Tensor.
 * @throws ArgumentError if it is no function.
 * @example
 * ```ts
 * import { layer, type Tensor } from "@graddiff/core";
 *
 * const distance = layer((x: Tensor, y: Tensor) => x.square().add(y.square()).sqrt());
 * console.log(distance.forward(3, 4), distance.backward(1)); // 5 [ 0.6000000000000001, 0.8 ]
 * ```
 */
export function layer<Inputs extends readonly Tensor[]>(
  fn: (...inputs: Inputs) => Tensor,
): FunctionLayer<Inputs> {
  if (arguments.length > 1) refuseSurplus("layer", 1, arguments);
  return new FunctionLayer(fn);
}
