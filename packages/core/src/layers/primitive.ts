/**
 * The primitive layers: each is one op. Their backward is the op's own rule.
 */

import { refuseSurplus } from "../arguments.ts";
import * as ops from "../functions/methods.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Layer } from "./layer.ts";

/** A layer of one op of one input. */
class UnaryOpLayer extends Layer {
  readonly #op: (x: Tensor) => Tensor;

  constructor(op: (x: Tensor) => Tensor) {
    super();
    this.#op = op;
  }

  override compute(x: Tensor): Tensor {
    return this.#op(x);
  }
}

/** A layer of one op of two inputs. */
class BinaryOpLayer extends Layer {
  readonly #op: (x: Tensor, y: Tensor) => Tensor;

  constructor(op: (x: Tensor, y: Tensor) => Tensor) {
    super();
    this.#op = op;
  }

  override compute(x: Tensor, y: Tensor): Tensor {
    return this.#op(x, y);
  }
}

// Each layer is a class of its own, since errors show its name; it extends what these two return.

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

/** x − y. Backward changes the sign of the second gradient. */
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

/** x / y. */
export class Divide extends binaryLayer(ops.div) {}

/** x to the power y. */
export class Power extends binaryLayer(ops.pow) {}

/** The greater of both; equal inputs share the gradient. */
export class Maximum extends binaryLayer(ops.maximum) {}

/** The lesser of both; equal inputs share the gradient. */
export class Minimum extends binaryLayer(ops.minimum) {}

/** The matrix product of two tensors. */
export class MatrixMultiply extends binaryLayer(ops.matmul) {}

/** −x. */
export class Negate extends unaryLayer(ops.neg) {}

/** x². */
export class Square extends unaryLayer(ops.square) {}

/** √x. */
export class SquareRoot extends unaryLayer(ops.sqrt) {}

/** |x|. */
export class Absolute extends unaryLayer(ops.abs) {}

/** e^x. */
export class Exponential extends unaryLayer(ops.exp) {}

/** The natural logarithm. */
export class Logarithm extends unaryLayer(ops.log) {}

/** The sine. */
export class Sine extends unaryLayer(ops.sin) {}

/** The cosine. */
export class Cosine extends unaryLayer(ops.cos) {}

/** The hyperbolic tangent, as an activation. */
export class Tanh extends unaryLayer(ops.tanh) {}

/**
 * The logistic function 1 / (1 + e^−x), as an activation. Backward multiplies the gradient by
 * o · (1 − o), where o is the output.
 */
export class Sigmoid extends unaryLayer(ops.sigmoid) {}

/** log(1 + e^x), as an activation. */
export class Softplus extends unaryLayer(ops.softplus) {}

/** max(x, 0), as an activation. */
export class Relu extends unaryLayer(ops.relu) {}

/** The sum of all elements. */
export class Sum extends unaryLayer(ops.sum) {}

/** The mean of all elements. */
export class Mean extends unaryLayer(ops.mean) {}
