/**
 * The nodes of a graph, as its drawings read them.
 */

import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** From a node to one of its inputs. */
export interface GraphEdge {
  /** The id of the node that has the value. */
  readonly from: number;
  /**
   * ∂output/∂input of this one op. There for elementwise ops and for ops with a scalar result,
   * where it has the input's shape.
   */
  readonly localDerivative: Tensor | undefined;
  /** The part of the result's gradient that flows back along this edge. */
  readonly gradient: Tensor | undefined;
}

/** One step of a computation, or a value that it starts from. */
export interface GraphNode {
  /** The node's rank in the order of evaluation. */
  readonly id: number;
  /** A projection is a further output of a multi-output op. */
  readonly kind: "input" | "constant" | "operation" | "projection";
  /** The name that the user gave it. */
  readonly name: string | undefined;
  /** The op of an operation. */
  readonly op: Op | undefined;
  /** The settings of the op beside its inputs, such as an axis. */
  readonly attributes: Attributes;
  /** The edges from its inputs, in the order of the op. */
  readonly inputs: readonly GraphEdge[];
  /** The length of each axis of its value. */
  readonly shape: Shape;
  /** The type of the elements of its value. */
  readonly dtype: DType;
  /** The forward value, where the graph was run. */
  readonly value: Tensor | undefined;
  /** The gradient of the result with respect to this node; undefined where none flows. */
  readonly gradient: Tensor | undefined;
  /** The difference that `adjusted` has added to the value; undefined where there was none. */
  readonly difference: Tensor | undefined;
}

/** A graph to be drawn, in evaluation order: every node comes after its inputs. */
export interface Nodes {
  readonly nodes: readonly GraphNode[];
  /** The id of the result. */
  readonly output: number;
}
