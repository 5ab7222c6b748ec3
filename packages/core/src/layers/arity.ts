/**
 * Layers by their number of inputs, so that `forward` and `backward` have exact types.
 */

import { refuseSurplus } from "../arguments.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";

/** A layer of one input: backward returns the bare gradient. */
export abstract class UnaryLayer extends Layer {
  /** Computes the output: a number for a number, a Tensor for a Tensor. */
  forward(x: number): number;
  forward(x: Tensor): Tensor;
  forward(x: TensorLike): TensorLike;
  forward(x: TensorLike): TensorLike {
    if (arguments.length > 1) refuseSurplus(`${this.constructor.name}.forward`, 1, arguments);
    return this.runForward([x]);
  }

  /**
   * The gradient of the input from that of the output.
   * @throws RecordingError before forward; ShapeError for a gradient of another shape.
   */
  backward(gradient: Tensor): Tensor;
  backward(gradient: TensorLike): TensorLike;
  backward(gradient: TensorLike): TensorLike {
    return at(this.runBackward(gradient), 0);
  }
}

/** A layer of two inputs: backward returns both gradients. */
export abstract class BinaryLayer extends Layer {
  /** Computes the output: a number for numbers, a Tensor if either input is one. */
  forward(x: number, y: number): number;
  forward(x: Tensor, y: TensorLike): Tensor;
  forward(x: TensorLike, y: Tensor): Tensor;
  forward(x: TensorLike, y: TensorLike): TensorLike;
  forward(x: TensorLike, y: TensorLike): TensorLike {
    if (arguments.length > 2) refuseSurplus(`${this.constructor.name}.forward`, 2, arguments);
    return this.runForward([x, y]);
  }

  /**
   * The gradients of both inputs from that of the output.
   * @throws RecordingError before forward; ShapeError for a gradient of another shape.
   */
  backward(gradient: Tensor): [Tensor, Tensor];
  backward(gradient: TensorLike): [TensorLike, TensorLike];
  backward(gradient: TensorLike): [TensorLike, TensorLike] {
    const gradients = this.runBackward(gradient);
    return [at(gradients, 0), at(gradients, 1)];
  }
}
