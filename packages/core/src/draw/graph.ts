/**
 * The Graph: a computation as a value, to list, to draw and to compile.
 *
 * In: a trace, with values, gradients and names. Out: text, SVG, DOT, Mermaid, JSON, or data of a layout.
 *
 * Invariant: a Graph is a value. Drawing runs no op and changes nothing.
 */

import { refuseSurplus, text } from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";
import { isTrace, nodeAt, type Trace } from "../graph/trace.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { readChanges } from "./changes.ts";
import { drawDot } from "./dot.ts";
import { listGraph } from "./listing.ts";
import { drawMermaid } from "./mermaid.ts";
import type { GraphEdge, GraphNode } from "./nodes.ts";
import { type GraphLayout, type LayoutOptions, layoutOf } from "./positions.ts";
import { drawSvg, type SvgOptions } from "./svg.ts";
import { drawText, readWriter, type TextOptions } from "./text.ts";

/** The names and values of a trace's nodes, by id. */
export interface Beside {
  readonly values?: readonly (Tensor | undefined)[];
  readonly gradients?: readonly (Tensor | undefined)[];
  /** Returns the parts of the edge from a node to its input `k`. */
  readonly edge?: (id: number, k: number) => Omit<GraphEdge, "from">;
  readonly differences?: ReadonlyMap<number, Tensor>;
  /** Runs the trace again; undefined for one that was not run. */
  readonly replays?: Replays;
}

/** Runs of a graph's trace with changes, by id. */
export interface Replays {
  adjusted(differences: ReadonlyMap<number, Tensor>): Graph;
  values(differences: ReadonlyMap<number, Tensor>): readonly Tensor[];
  tangents(directions: ReadonlyMap<number, Tensor>): readonly (Tensor | undefined)[];
}

const NO_DERIVATIVE = { localDerivative: undefined, gradient: undefined };

/**
 * A computational graph in evaluation order: every node comes after its inputs.
 *
 * @example
 * ```ts
 * import { explain, Graph, type Tensor } from "@graddiff/core";
 *
 * const graph = explain((x: Tensor) => x.square())(3);
 * console.log(graph instanceof Graph, graph.nodes.length); // true 2
 * ```
 */
export class Graph {
  /** @internal */
  readonly trace: Trace;
  /** The nodes, in order of evaluation. */
  readonly nodes: readonly GraphNode[];
  /** The id of the result. */
  readonly output: number;
  readonly #replays: Replays | undefined;

  /** @internal Made by `explain` and the compiler. */
  constructor(trace: Trace, output: number, beside: Beside = {}) {
    if (!isTrace(trace) || typeof output !== "number" || trace.nodes[output] === undefined) {
      const expected = "a trace and the id of one of its nodes, as explain gives them";
      throw new ArgumentError("Graph", "", expected, `${describe(trace)} and ${describe(output)}`);
    }
    this.trace = trace;
    this.output = output;
    this.nodes = trace.nodes.map((_, id) => graphNode(trace, id, beside));
    this.#replays = beside.replays;
    // Sets the text that console.log prints in Node. As a method it would have a computed name, and esbuild
    // keeps classes with such names, with all that they lead to, in every bundle.
    Object.defineProperty(this, Symbol.for("nodejs.util.inspect.custom"), {
      value: () => this.text(),
    });
  }

  /** Returns the node of a name given by the user, or undefined. */
  node(name: string): GraphNode | undefined {
    refuseSurplus("node", 1, arguments);
    const wanted = text("node", "name", name);
    return this.nodes.find((node) => node.name === wanted);
  }

  /**
   * Returns the graph with something added to values, also to those in the middle: everything that follows from them is
   * computed anew, and so are all gradients. The function is not called again, so a branch that JavaScript took stays
   * taken, and Variables are not assigned.
   *
   * A difference is added after its node's op. It stays when the graph is adjusted again, and adds to an
   * earlier one.
   *
   * @param differences by the names or ids of nodes: a number, which is added to every element, or a tensor
   *   of the node's shape and dtype.
   * @returns a new graph with the same ids.
   * @throws ArgumentError for a name that no node or more than one has, with a list of the ids, and for a
   *   graph that was not run, such as that of a Program; DTypeError for a node of int32 or bool and for
   *   another dtype; ShapeError for another shape.
   * @example
   * ```ts
   * import { explain, named, type Tensor } from "@graddiff/core";
   *
   * const total = (price: Tensor, count: Tensor, tax: Tensor) => named("net", price.mul(count)).mul(tax);
   * const graph = explain(total)(100, 2, 1.25);
   * const dearer = graph.adjusted({ net: 8 });
   * console.log(graph.node("total")?.value?.item(), dearer.node("total")?.value?.item()); // 250 260
   * console.log(dearer.node("net")?.value?.item(), dearer.node("tax")?.gradient?.item()); // 208 208
   * ```
   */
  adjusted(differences: Readonly<Record<string, TensorLike>>): Graph {
    refuseSurplus("adjusted", 1, arguments);
    const replays = this.#replaysOf("adjusted");
    return replays.adjusted(readChanges("adjusted", "differences", this, differences));
  }

  /**
   * Forward mode on the graph: the rate at which each value changes when some nodes change at given rates.
   *
   * @param directions by the names or ids of nodes, as {@link adjusted} takes them.
   * @returns by id the derivative of each value along the directions; undefined where it depends on none.
   * @throws the errors of {@link adjusted}.
   * @example
   * ```ts
   * import { explain, named, type Tensor } from "@graddiff/core";
   *
   * const total = (price: Tensor, count: Tensor, tax: Tensor) => named("net", price.mul(count)).mul(tax);
   * const graph = explain(total)(100, 2, 1.25);
   * console.log(...graph.tangents({ price: 1 }).map((tangent) => tangent?.item())); // 1 undefined undefined 2 2.5
   * ```
   */
  tangents(directions: Readonly<Record<string, TensorLike>>): readonly (Tensor | undefined)[] {
    refuseSurplus("tangents", 1, arguments);
    const replays = this.#replaysOf("tangents");
    return replays.tangents(readChanges("tangents", "directions", this, directions));
  }

  /** @internal The values of the graph that is {@link adjusted}, by id, which take less time without its gradients. */
  valuesWith(differences: ReadonlyMap<number, Tensor>): readonly Tensor[] {
    return this.#replaysOf("adjusted").values(differences);
  }

  /**
   * Returns the layout of a drawing as plain data: the layers, and in the units of `size` the positions of nodes and the
   * ways of edges.
   *
   * @param options `size`, the room that nodes and edges take; `direction`, "right" or "down"; `folded`,
   *   the nodes in which the operations before them are hidden.
   * @returns the data, which does not depend on values unless the sizes do.
   * @throws ArgumentError for an unknown name or id, and for sizes that are none.
   * @example
   * ```ts
   * import { explain, named, type Tensor } from "@graddiff/core";
   *
   * const line = (x: Tensor, w: Tensor, b: Tensor) => named("y", x.mul(w).add(b));
   * const size = { node: () => ({ width: 80, height: 60 }), gap: 20 };
   * const { layers, width, height } = explain(line)(1, 2, 3).layout({ size });
   * console.log(JSON.stringify(layers), width, height); // [[0,1,2],[3],[4]] 280 180
   * console.log(JSON.stringify(explain(line)(1, 2, 3).layout({ folded: ["y"] }).layers)); // [[0,1,2],[4]]
   * ```
   */
  layout(options?: LayoutOptions): GraphLayout {
    refuseSurplus("layout", 1, arguments);
    return layoutOf(this, options);
  }

  #replaysOf(op: string): Replays {
    if (this.#replays !== undefined) return this.#replays;
    const expected = "a graph with values, as explain gives it";
    const hint = "The graph of a Program was recorded and not run";
    throw new ArgumentError(op, "graph", expected, "one without", hint);
  }

  /**
   * Drawn for a terminal: forward values above each edge, gradients below. A graph of more than 60 nodes,
   * or wider than 240 columns, is listed.
   *
   * @param options `digits`, the significant digits of numbers, from 1 to 17. Default: as few as read back
   *   as the same element.
   * @throws ArgumentError for other digits, and for options that are not known.
   * @example
   * ```ts
   * import { explain, type Tensor } from "@graddiff/core";
   *
   * const graph = explain((x: Tensor) => x.exp())(1);
   * console.log(graph.text({ digits: 3 }).includes("2.72")); // true
   * ```
   */
  text(options?: TextOptions): string {
    refuseSurplus("text", 1, arguments);
    return drawText(this, readWriter("text", options));
  }

  /** Drawn as a standalone SVG document: forward values above each edge, gradients below. */
  svg(options?: SvgOptions): string {
    refuseSurplus("svg", 1, arguments);
    return drawSvg(this, options);
  }

  /** In the DOT language of Graphviz. */
  dot(): string {
    refuseSurplus("dot", 0, arguments);
    return drawDot(this);
  }

  /** As a Mermaid flowchart, which Markdown viewers draw. */
  mermaid(): string {
    refuseSurplus("mermaid", 0, arguments);
    return drawMermaid(this);
  }

  /** Returns one line a node, for graphs too large to draw, with the options of {@link text}. */
  list(options?: TextOptions): string {
    refuseSurplus("list", 1, arguments);
    return listGraph(this, readWriter("list", options));
  }

  /** Returns the nodes as plain data, tensors as nested arrays. */
  toJSON(): unknown {
    return {
      output: this.output,
      nodes: this.nodes.map(({ op, ...node }) => ({ ...node, op: op?.name })),
    };
  }

  /** Returns the same as {@link text}. */
  toString(): string {
    return this.text();
  }
}

function graphNode({ nodes, names }: Trace, id: number, beside: Beside): GraphNode {
  const node = nodeAt(nodes, id);
  const { shape, dtype, kind } = node;
  const inputs = kind === "operation" ? node.inputs : kind === "projection" ? [node.of] : [];
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
    difference: beside.differences?.get(id),
  };
}
