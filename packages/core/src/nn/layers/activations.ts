/**
 * Activations as settings of layers: by name, or as a function.
 */

import {
  ArgumentError,
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  type Tensor,
  tanh,
} from "../../index.ts";
import { type Reader, readFunction } from "../inside.ts";

const ACTIVATIONS = {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  tanh,
};

/** An activation: the name of an op, which then has its default settings, or any function of one tensor. */
export type Activation = keyof typeof ACTIVATIONS | ((x: Tensor) => Tensor);

/** The reader of an activation, as a function. */
export const readActivation: Reader<(x: Tensor) => Tensor> = (op, argument, value) => {
  if (typeof value !== "string") return readFunction(op, argument, value) as (x: Tensor) => Tensor;
  if (Object.hasOwn(ACTIVATIONS, value)) return ACTIVATIONS[value as keyof typeof ACTIVATIONS];
  throw new ArgumentError({
    op,
    argument,
    expected: `a function, or one of ${Object.keys(ACTIVATIONS).join(", ")}`,
    got: JSON.stringify(value),
  });
};
