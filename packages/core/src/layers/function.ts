/**
 * A layer of any differentiable function.
 */

import { checkFunction, refuseSurplus } from "../arguments.ts";
import { Layer } from "./layer.ts";
import type {
  Computation,
  ForwardInputs,
  ForwardResult,
  TensorArguments,
  TensorResult,
} from "./types.ts";

/**
 * The layer that {@link layer} makes.
 *
 * @example
 * ```ts
 * import { FunctionLayer, layer, type Tensor } from "@graddiff/core";
 *
 * const node = layer((x: Tensor) => x.square());
 * console.log(node instanceof FunctionLayer, node.forward(3)); // true 9
 * ```
 */
export class FunctionLayer<Compute extends Computation> extends Layer<"declared"> {
  override readonly compute: Compute;

  /** @internal Use `layer(fn)`. */
  constructor(fn: Compute) {
    super();
    checkFunction("layer", fn);
    this.compute = fn;
  }

  /** Returns the name of the op or of the function; that of the class if it has none. */
  override toString(): string {
    const { op } = this.compute as { readonly op?: { readonly name: string } };
    return op?.name ?? (this.compute.name || super.toString());
  }
}

export interface FunctionLayer<Compute extends Computation> {
  /**
   * Returns the result of the function, and keeps what `backward` needs.
   *
   * @param inputs those of the function, by its names, shapes and dtypes; a number in the place of a Tensor is a scalar.
   * @returns what the function returns, with numbers in the place of Tensors if all inputs are numbers.
   * @example
   * ```ts
   * import { layer, type Tensor, tensor } from "@graddiff/core";
   *
   * const scaled = layer((x: Tensor, factor: Tensor) => x.mul(factor));
   * console.log(String(scaled.forward(tensor([1, 2]), 3)), scaled.forward(2, 3)); // [3. 6.] 6
   * ```
   */
  forward(...inputs: TensorArguments<"compute", Compute>): TensorResult<Compute>;
  forward<const Inputs extends ForwardInputs<Compute>>(
    ...inputs: Inputs
  ): ForwardResult<Compute, Inputs>;
}

/**
 * Makes a layer of a function of tensors, or of trees of them.
 *
 * @param fn any differentiable function that returns a Tensor or a tree of Tensors.
 * @throws ArgumentError if it is no function.
 * @example
 * ```ts
 * import { layer, type Tensor } from "@graddiff/core";
 *
 * const distance = layer((x: Tensor, y: Tensor) => x.square().add(y.square()).sqrt());
 * console.log(distance.forward(3, 4), distance.backward(1)); // 5 [ 0.6000000000000001, 0.8 ]
 * ```
 */
export function layer<Compute extends Computation>(fn: Compute): FunctionLayer<Compute> {
  refuseSurplus("layer", 1, arguments);
  return new FunctionLayer(fn);
}
