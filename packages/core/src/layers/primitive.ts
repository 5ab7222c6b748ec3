/**
 * The primitive layers: each is one op. Their backward is the rule of the op.
 */

import { refuseSurplus } from "../arguments.ts";
import * as ops from "../functions/methods.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";

/** A layer of one op of one input. */
class UnaryOpLayer extends Layer<"declared"> {
  readonly #op: (x: Tensor) => Tensor;

  constructor(op: (x: Tensor) => Tensor) {
    super();
    this.#op = op;
  }

  override compute(x: Tensor): Tensor {
    return this.#op(x);
  }
}

interface UnaryOpLayer {
  /**
   * Returns the result of the op, and keeps what `backward` needs.
   *
   * @param x a Tensor of any shape and dtype that the op takes, or a number.
   * @returns a Tensor for a Tensor, and a number for a number.
   * @example
   * ```ts
   * import { Square, tensor } from "@graddiff/core";
   *
   * const node = new Square();
   * console.log(node.forward(3), String(node.forward(tensor([1, 2])))); // 9 [1. 4.]
   * ```
   */
  forward(x: Tensor): Tensor;
  /** Returns a number for a number. */
  forward(x: number): number;
  /** Returns a number for a number, and a Tensor for a Tensor. */
  forward(x: TensorLike): TensorLike;
}

/** A layer of one op of two inputs. */
class BinaryOpLayer extends Layer<"declared"> {
  readonly #op: (x: Tensor, y: Tensor) => Tensor;

  constructor(op: (x: Tensor, y: Tensor) => Tensor) {
    super();
    this.#op = op;
  }

  override compute(x: Tensor, y: Tensor): Tensor {
    return this.#op(x, y);
  }
}

interface BinaryOpLayer {
  /**
   * Returns the result of the op, and keeps what `backward` needs.
   *
   * @param x a Tensor of any shape and dtype that the op takes, or a number.
   * @param y the same, of a shape that broadcasts with that of x; of `MatrixMultiply` one that it multiplies.
   * @returns a Tensor, and a number for two numbers.
   * @example
   * ```ts
   * import { Multiply, tensor } from "@graddiff/core";
   *
   * const node = new Multiply();
   * console.log(node.forward(3, 4), String(node.forward(tensor([1, 2]), 4))); // 12 [4. 8.]
   * ```
   */
  forward(x: Tensor, y: TensorLike): Tensor;
  /** Returns a Tensor, since one argument is a Tensor. */
  forward(x: TensorLike, y: Tensor): Tensor;
  /** Returns a number for two numbers. */
  forward(x: number, y: number): number;
  /** Returns a number for two numbers, and else a Tensor. */
  forward(x: TensorLike, y: TensorLike): TensorLike;
}

// Each layer is a separate class, since errors show its name; it extends what these two return.

/* @__NO_SIDE_EFFECTS__ */
function unaryLayer(op: (x: Tensor) => Tensor): new () => UnaryOpLayer {
  return class extends UnaryOpLayer {
    constructor() {
      refuseSurplus(new.target.name, 0, arguments);
      super(op);
    }
  };
}

/* @__NO_SIDE_EFFECTS__ */
function binaryLayer(op: (x: Tensor, y: Tensor) => Tensor): new () => BinaryOpLayer {
  return class extends BinaryOpLayer {
    constructor() {
      refuseSurplus(new.target.name, 0, arguments);
      super(op);
    }
  };
}

/**
 * x + y. Backward hands the gradient on to both inputs unchanged.
 *
 * @example
 * ```ts
 * import { Add } from "@graddiff/core";
 *
 * const add = new Add();
 * console.log(add.forward(200, 450), add.backward(1.1)); // 650 [ 1.1, 1.1 ]
 * ```
 */
export class Add extends binaryLayer(ops.add) {}

/**
 * x − y. Backward changes the sign of the second gradient.
 *
 * @example
 * ```ts
 * import { Subtract } from "@graddiff/core";
 *
 * const node = new Subtract();
 * console.log(node.forward(5, 3), node.backward(1)); // 2 [ 1, -1 ]
 * ```
 */
export class Subtract extends binaryLayer(ops.sub) {}

/**
 * x · y. Backward multiplies the gradient by the other input.
 *
 * @example
 * ```ts
 * import { Multiply } from "@graddiff/core";
 *
 * const snack = new Multiply();
 * const tax = new Multiply();
 * const price = snack.forward(100, 2);
 * console.log(price, tax.forward(price, 1.1)); // 200 220.00000000000003
 * const [dPrice, dTax] = tax.backward(1);
 * console.log(dPrice, dTax); // 1.1 200
 * console.log(...snack.backward(dPrice)); // 2.2 110.00000000000001
 * ```
 */
export class Multiply extends binaryLayer(ops.mul) {}

/**
 * x / y.
 *
 * @example
 * ```ts
 * import { Divide } from "@graddiff/core";
 *
 * const node = new Divide();
 * console.log(node.forward(6, 3), node.backward(1)); // 2 [ 0.3333333333333333, -0.6666666666666666 ]
 * ```
 */
export class Divide extends binaryLayer(ops.div) {}

/**
 * x to the power y.
 *
 * @example
 * ```ts
 * import { Power } from "@graddiff/core";
 *
 * const node = new Power();
 * console.log(node.forward(2, 3), node.backward(1)); // 8 [ 12, 5.545177444479562 ]
 * ```
 */
export class Power extends binaryLayer(ops.pow) {}

/**
 * The greater of both; equal inputs share the gradient.
 *
 * @example
 * ```ts
 * import { Maximum } from "@graddiff/core";
 *
 * const node = new Maximum();
 * console.log(node.forward(2, 3), node.backward(1)); // 3 [ 0, 1 ]
 * ```
 */
export class Maximum extends binaryLayer(ops.maximum) {}

/**
 * The lesser of both; equal inputs share the gradient.
 *
 * @example
 * ```ts
 * import { Minimum } from "@graddiff/core";
 *
 * const node = new Minimum();
 * console.log(node.forward(2, 3), node.backward(1)); // 2 [ 1, 0 ]
 * ```
 */
export class Minimum extends binaryLayer(ops.minimum) {}

/**
 * The matrix product of two tensors.
 *
 * @example
 * ```ts
 * import { MatrixMultiply, tensor } from "@graddiff/core";
 *
 * const node = new MatrixMultiply();
 * console.log(String(node.forward(tensor([[1, 2]]), tensor([[3], [4]])))); // [[11.]]
 * ```
 */
export class MatrixMultiply extends binaryLayer(ops.matmul) {}

/**
 * −x.
 *
 * @example
 * ```ts
 * import { Negate } from "@graddiff/core";
 *
 * const node = new Negate();
 * console.log(node.forward(2), node.backward(1)); // -2 -1
 * ```
 */
export class Negate extends unaryLayer(ops.neg) {}

/**
 * x².
 *
 * @example
 * ```ts
 * import { Square } from "@graddiff/core";
 *
 * const node = new Square();
 * console.log(node.forward(3), node.backward(1)); // 9 6
 * ```
 */
export class Square extends unaryLayer(ops.square) {}

/**
 * √x.
 *
 * @example
 * ```ts
 * import { SquareRoot } from "@graddiff/core";
 *
 * const node = new SquareRoot();
 * console.log(node.forward(4), node.backward(1)); // 2 0.25
 * ```
 */
export class SquareRoot extends unaryLayer(ops.sqrt) {}

/**
 * |x|.
 *
 * @example
 * ```ts
 * import { Absolute } from "@graddiff/core";
 *
 * const node = new Absolute();
 * console.log(node.forward(-2), node.backward(1)); // 2 -1
 * ```
 */
export class Absolute extends unaryLayer(ops.abs) {}

/**
 * e^x.
 *
 * @example
 * ```ts
 * import { Exponential } from "@graddiff/core";
 *
 * const node = new Exponential();
 * console.log(node.forward(0), node.backward(1)); // 1 1
 * ```
 */
export class Exponential extends unaryLayer(ops.exp) {}

/**
 * The natural logarithm.
 *
 * @example
 * ```ts
 * import { Logarithm } from "@graddiff/core";
 *
 * const node = new Logarithm();
 * console.log(node.forward(2), node.backward(1)); // 0.6931471805599453 0.5
 * ```
 */
export class Logarithm extends unaryLayer(ops.log) {}

/**
 * The sine.
 *
 * @example
 * ```ts
 * import { Sine } from "@graddiff/core";
 *
 * const node = new Sine();
 * console.log(node.forward(0), node.backward(1)); // 0 1
 * ```
 */
export class Sine extends unaryLayer(ops.sin) {}

/**
 * The cosine.
 *
 * @example
 * ```ts
 * import { Cosine } from "@graddiff/core";
 *
 * const node = new Cosine();
 * console.log(node.forward(0), node.backward(1)); // 1 -0
 * ```
 */
export class Cosine extends unaryLayer(ops.cos) {}

/**
 * The hyperbolic tangent, as an activation.
 *
 * @example
 * ```ts
 * import { Tanh } from "@graddiff/core";
 *
 * const node = new Tanh();
 * console.log(node.forward(0), node.backward(1)); // 0 1
 * ```
 */
export class Tanh extends unaryLayer(ops.tanh) {}

/**
 * The logistic function 1 / (1 + e^−x), as an activation. Backward multiplies the gradient by
 * o · (1 − o), where o is the output.
 *
 * @example
 * ```ts
 * import { Sigmoid } from "@graddiff/core";
 *
 * const node = new Sigmoid();
 * console.log(node.forward(0), node.backward(1)); // 0.5 0.25
 * ```
 */
export class Sigmoid extends unaryLayer(ops.sigmoid) {}

/**
 * log(1 + e^x), as an activation.
 *
 * @example
 * ```ts
 * import { Softplus } from "@graddiff/core";
 *
 * const node = new Softplus();
 * console.log(node.forward(0), node.backward(1)); // 0.6931471805599453 0.5
 * ```
 */
export class Softplus extends unaryLayer(ops.softplus) {}

/**
 * max(x, 0), as an activation.
 *
 * @example
 * ```ts
 * import { Relu } from "@graddiff/core";
 *
 * const node = new Relu();
 * console.log(node.forward(2), node.backward(1)); // 2 1
 * ```
 */
export class Relu extends unaryLayer(ops.relu) {}

/**
 * The sum of all elements.
 *
 * @example
 * ```ts
 * import { Sum, tensor } from "@graddiff/core";
 *
 * const node = new Sum();
 * console.log(node.forward(tensor([1, 2, 3])).item(), String(node.backward(1))); // 6 [1. 1. 1.]
 * ```
 */
export class Sum extends unaryLayer(ops.sum) {}

/**
 * The mean of all elements.
 *
 * @example
 * ```ts
 * import { Mean, tensor } from "@graddiff/core";
 *
 * const node = new Mean();
 * console.log(node.forward(tensor([1, 2, 6])).item()); // 3
 * ```
 */
export class Mean extends unaryLayer(ops.mean) {}
