/**
 * The primitive layers: each is one op. Their backward is the op's own rule.
 */

import * as ops from "../ops/index.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { BinaryLayer, UnaryLayer } from "./arity.ts";

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
export class Add extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.add(x, y);
  }
}

/** x − y. Backward changes the sign of the second gradient. */
export class Subtract extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.sub(x, y);
  }
}

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
export class Multiply extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.mul(x, y);
  }
}

/** x / y. */
export class Divide extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.div(x, y);
  }
}

/** x to the power y. */
export class Power extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.pow(x, y);
  }
}

/** The greater of both; equal inputs share the gradient. */
export class Maximum extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.maximum(x, y);
  }
}

/** The lesser of both; equal inputs share the gradient. */
export class Minimum extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.minimum(x, y);
  }
}

/** The matrix product of two tensors. */
export class MatrixMultiply extends BinaryLayer {
  protected override compute(x: Tensor, y: Tensor): Tensor {
    return ops.matmul(x, y);
  }
}

/** −x. */
export class Negate extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.neg(x);
  }
}

/** x². */
export class Square extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.square(x);
  }
}

/** √x. */
export class SquareRoot extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.sqrt(x);
  }
}

/** |x|. */
export class Absolute extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.abs(x);
  }
}

/** e^x. */
export class Exponential extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.exp(x);
  }
}

/** The natural logarithm. */
export class Logarithm extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.log(x);
  }
}

/** The sine. */
export class Sine extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.sin(x);
  }
}

/** The cosine. */
export class Cosine extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.cos(x);
  }
}

/** The hyperbolic tangent, as an activation. */
export class Tanh extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.tanh(x);
  }
}

/**
 * The logistic function 1 / (1 + e^−x), as an activation. Backward multiplies the gradient by
 * o · (1 − o), where o is the output.
 */
export class Sigmoid extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.sigmoid(x);
  }
}

/** log(1 + e^x), as an activation. */
export class Softplus extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.softplus(x);
  }
}

/** max(x, 0), as an activation. */
export class Relu extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.relu(x);
  }
}

/** The sum of all elements. */
export class Sum extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.sum(x);
  }
}

/** The mean of all elements. */
export class Mean extends UnaryLayer {
  protected override compute(x: Tensor): Tensor {
    return ops.mean(x);
  }
}
