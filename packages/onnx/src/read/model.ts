/** The types of `importOnnx`'s result. */

import type { DType, Shape, Tensor, TensorLike, Variable } from "@graddiff/core";
import type { ElementType } from "./types.ts";

/** An input or a result of a model. */
export interface ImportedValue {
  /** The name of the value in the model. */
  readonly name: string;
  /** The type of its elements in the model; undefined for an inner value whose type the file does not state. */
  readonly type: ElementType | undefined;
  /** The dtype with which the value is computed. */
  readonly dtype: DType | undefined;
  /** The shape, in which an open length is a text, or undefined. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** An operator of a model. */
export interface ImportedNode {
  /** The name of the node in the model; empty if it has none. */
  readonly name: string;
  /** The type of the operator, with its domain unless that is ONNX's own. */
  readonly operator: string;
  /** The names of the values that it reads. */
  readonly inputs: readonly string[];
  /** The names of the values that it makes. */
  readonly outputs: readonly string[];
  /** The nodes of the graphs inside it, by the names of the operator's attributes, such as `then_branch`. */
  readonly bodies: Readonly<Record<string, readonly ImportedNode[]>>;
}

/**
 * The role of a stored tensor. A "weight" is the learned operand of a product, a convolution or a recurrence, and a
 * "bias" is added to its result. A "scale" belongs to a normalisation, a "table" is read row by row, and a "statistic"
 * is a mean or a variance. A "parameter" has the name of one, and a "setting" is an exponent, a bound or a scale of
 * quantisation.
 */
export type TensorRole =
  | "weight"
  | "bias"
  | "scale"
  | "table"
  | "statistic"
  | "parameter"
  | "setting";

/** A tensor of floats that a model has, as it is passed to `trainable`. */
export interface StoredTensor {
  /** The shape of the tensor. */
  readonly shape: Shape;
  /** The type of its elements in the model. */
  readonly type: ElementType;
  /** The role of the tensor among the operators that read it; undefined if none has a role for it. */
  readonly role: TensorRole | undefined;
  /** The operators that read it, or a view of it. */
  readonly readers: readonly string[];
  /** True if it is trained by default. */
  readonly trainable: boolean;
}

/** A tensor of floats that a model has, and whether it is trained. */
export interface ImportedTensor {
  /** The name of the tensor in the model. */
  readonly name: string;
  /** The shape of the tensor. */
  readonly shape: Shape;
  /** The role of the tensor; undefined if none is known. */
  readonly role: TensorRole | undefined;
  /** True if it is a Variable that was trainable when the model was imported. */
  readonly trained: boolean;
  /** The reason for the decision, such as "the weight of MatMul" or "the exponent of Pow". */
  readonly reason: string;
}

/** A tensor of floats that is not trained, and why. */
export interface FrozenTensor {
  /** The name of the tensor. If its elements are finite and more than one, it is a frozen Variable in `weights`. */
  readonly name: string;
  /** The shape of the tensor. */
  readonly shape: Shape;
  /** The reason why it is not trained, such as "one number, read by Pow". */
  readonly reason: string;
}

/** A node of a summary: its outputs, and the number of weights that it reads and no earlier node has read. */
export interface ImportedSummaryRow extends ImportedNode {
  /** The graphs that contain it, from the outermost: empty for a node of the model itself. */
  readonly within: readonly string[];
  /**
   * The shapes of the outputs when the node ran last; undefined for an output that is left out. Empty for a node that
   * did not run.
   */
  readonly shapes: readonly (Shape | undefined)[];
  /** The number of elements of its weights. */
  readonly parameters: number;
}

/** The nodes of a model with the shapes of their outputs for some inputs. */
export interface ImportedSummary {
  /** A row for each operator, in the order of the model. */
  readonly rows: readonly ImportedSummaryRow[];
  /** The number of elements of all weights. */
  readonly parameters: number;
  /** The number of elements that are trained. */
  readonly trained: number;
  /** The tensors of floats that are not trained, with the reason, settings such as scales excepted. */
  readonly frozen: readonly FrozenTensor[];
  /** Returns a line for each node, and one for each reason. */
  toString(): string;
}

/** A model as a function. */
export interface ImportedModel {
  /** The function from the inputs of the model to its results, in order. */
  readonly fn: (...inputs: Tensor[]) => [Tensor, ...Tensor[]];
  /** Variables by the names of the model. */
  readonly weights: Readonly<Record<string, Variable>>;
  /** The tensors of floats that the model has, settings such as the scales of a Resize excepted. */
  readonly tensors: readonly ImportedTensor[];
  /** The inputs that a call takes, in the order of the model. */
  readonly inputs: readonly ImportedValue[];
  /** The results of a call, in the order of the model. */
  readonly outputs: readonly ImportedValue[];
  /** The operators that the results need, in order. */
  readonly nodes: readonly ImportedNode[];
  /** Runs the model, and returns for each node the shapes of its outputs and the number of its weights. */
  summary(...inputs: readonly TensorLike[]): ImportedSummary;
  /**
   * Returns the inputs and outputs, the number of nodes of each operator, also inside nodes, and the number of elements
   * of the weights.
   */
  toString(): string;
}
