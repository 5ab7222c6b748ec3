/**
 * The Graph: a computation as a value, to list, to draw and to compile.
 */

import { ArgumentError, describe } from "../errors.ts";
import { type Attributes, NO_ATTRIBUTES, type Op } from "../graph/op.ts";
import { isTrace, nodeAt, type Trace } from "../graph/trace.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { drawDot } from "./dot.ts";
import { listGraph } from "./listing.ts";
import { drawMermaid } from "./mermaid.ts";
import { drawSvg, type SvgOptions } from "./svg.ts";
import { drawText } from "./text.ts";

/** From a node to one of its inputs. */
export interface GraphEdge {
  /** The id of the node that the value comes from. */
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
  /** Its place in the order of evaluation. */
  readonly id: number;
  /** A part is another result of the operation that it comes from. */
  readonly kind: "input" | "constant" | "operation" | "part";
  /** The name that the user gave it. */
  readonly name: string | undefined;
  /** The op of an operation. */
  readonly op: Op | undefined;
  readonly attributes: Attributes;
  readonly inputs: readonly GraphEdge[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The forward value, where the graph was run. */
  readonly value: Tensor | undefined;
  /** The gradient of the result with respect to this node; undefined where none flows. */
  readonly gradient: Tensor | undefined;
}

/** What stands beside a trace, by id. */
export interface Beside {
  readonly values?: readonly (Tensor | undefined)[];
  readonly gradients?: readonly (Tensor | undefined)[];
  /** What stands beside the edge from a node to its input `k`. */
  readonly edge?: (id: number, k: number) => Omit<GraphEdge, "from">;
}

const NO_DERIVATIVE = { localDerivative: undefined, gradient: undefined };

/** A computational graph in evaluation order: every node comes after its inputs. */
export class Graph {
  /** @internal */
  readonly trace: Trace;
  readonly nodes: readonly GraphNode[];
  /** The id of the result. */
  readonly output: number;

  /** @internal Made by `explain` and the compiler. */
  constructor(trace: Trace, output: number, beside: Beside = {}) {
    if (!isTrace(trace) || typeof output !== "number" || trace.nodes[output] === undefined) {
      throw new ArgumentError({
        op: "Graph",
        expected: "a trace and the id of one of its nodes, as explain gives them",
        got: `${describe(trace)} and ${describe(output)}`,
      });
    }
    this.trace = trace;
    this.output = output;
    this.nodes = trace.nodes.map((_, id) => graphNode(trace, id, beside));
  }

  /** The node of a name given by the user, or undefined. */
  node(name: string): GraphNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  /** Drawn for a terminal: forward values above each edge, gradients below. */
  text(): string {
    return drawText(this);
  }

  /** Drawn as a stand-alone SVG document: forward values above each edge, gradients below. */
  svg(options?: SvgOptions): string {
    return drawSvg(this, options);
  }

  /** In the DOT language of Graphviz. */
  dot(): string {
    return drawDot(this);
  }

  /** As a Mermaid flowchart, which Markdown viewers draw. */
  mermaid(): string {
    return drawMermaid(this);
  }

  /** One line a node, for graphs too large to draw. */
  list(): string {
    return listGraph(this);
  }

  /** The nodes as plain data, tensors as nested arrays. */
  toJSON(): unknown {
    return {
      output: this.output,
      nodes: this.nodes.map(({ op, ...node }) => ({ ...node, op: op?.name })),
    };
  }

  /** The same as {@link text}. */
  toString(): string {
    return this.text();
  }

  /** What `console.log` prints in Node. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.text();
  }
}

function graphNode({ nodes, names }: Trace, id: number, beside: Beside): GraphNode {
  const node = nodeAt(nodes, id);
  const { shape, dtype, kind } = node;
  const inputs = kind === "operation" ? node.inputs : kind === "part" ? [node.of] : [];
  return {
    id,
    kind: kind === "argument" || kind === "state" ? "input" : kind,
    name: names.get(id),
    op: kind === "operation" ? node.op : undefined,
    attributes: kind === "operation" ? node.attributes : NO_ATTRIBUTES,
    inputs: inputs.map((from, k) => ({ from, ...(beside.edge?.(id, k) ?? NO_DERIVATIVE) })),
    shape,
    dtype,
    value: beside.values?.[id] ?? (kind === "constant" ? node.tensor : undefined),
    gradient: beside.gradients?.[id],
  };
}
