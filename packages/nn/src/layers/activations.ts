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
} from "@graddiff/core";
import { callable, type Reader } from "@graddiff/core/extend";

type Unary = (x: Tensor) => Tensor;

type ActivationName =
  | "celu"
  | "elu"
  | "gelu"
  | "hardSigmoid"
  | "hardSwish"
  | "leakyRelu"
  | "mish"
  | "relu"
  | "relu6"
  | "selu"
  | "sigmoid"
  | "silu"
  | "softplus"
  | "softsign"
  | "tanh";

const ACTIVATIONS: Readonly<Record<ActivationName, Unary>> = {
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

/** An activation: the name of an op, which is used with its default settings, or any function of one tensor. */
export type Activation = ActivationName | ((x: Tensor) => Tensor);

/** The reader of an activation, which returns it as a function. */
export const readActivation: Reader<Unary> = (op, argument, value) => {
  if (typeof value !== "string") return callable(op, argument, value) as Unary;
  if (Object.hasOwn(ACTIVATIONS, value)) return ACTIVATIONS[value as ActivationName];
  throw new ArgumentError(
    op,
    argument,
    `a function, or one of ${Object.keys(ACTIVATIONS).join(", ")}`,
    JSON.stringify(value),
  );
};
