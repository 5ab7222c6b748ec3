/**
 * The first step of a drawing: nodes are put into layers, from the leaves on the left to the
 * result on the right, and edges that span several layers get a bend in each one between.
 */

import { at } from "../tensor/shape.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph.ts";

/** Something with a place of its own in a layer. */
export interface Vertex {
  /**
   * - `node`: a node of the graph;
   * - `lane`: where one of several edges from the same node starts, so that each has a line for
   *   its own gradient;
   * - `bend`: where a long edge passes a layer;
   * - `result`: the end of the drawing, behind the result;
   * - `unused`: behind a node that nothing uses.
   */
  readonly kind: "node" | "lane" | "bend" | "result" | "unused";
  /** The node itself; for the other kinds the node that the value comes from. */
  readonly node: GraphNode;
  readonly layer: number;
  /** Lines from the left, in the order of the op's inputs. */
  readonly sources: Vertex[];
  /** Lines to the right. */
  readonly targets: Vertex[];
  /** The vertical place; one line of text is 1, and neighbours are at least `SEPARATION` apart. */
  row: number;
}

/** An edge of the graph, or the line from a node without consumers to its end. */
export interface Route {
  readonly from: GraphNode;
  /** Undefined for the line to the result, or to the end of a node that nothing uses. */
  readonly to: GraphNode | undefined;
  /** Which input of `to` this is. */
  readonly input: number;
  readonly edge: GraphEdge | undefined;
  /** From the node over lane and bends to the target. */
  readonly path: readonly Vertex[];
}

/** A graph in layers. */
export interface Layers {
  /** The vertices of each layer, from left to right; within a layer from top to bottom. */
  readonly layers: Vertex[][];
  readonly routes: readonly Route[];
  /** By id. */
  readonly vertexOf: readonly Vertex[];
  /** The end behind the result. */
  readonly result: Vertex;
}

/** With more steps than this, inputs stand beside their consumers and not all at the left. */
const DEEPEST_WITH_INPUTS_AT_LEFT = 4;

/** Beyond so many bends, long edges go straight: they would take more time than they are worth. */
const MOST_BENDS = 20_000;

interface Line {
  readonly from: number;
  readonly to: number | undefined;
  readonly input: number;
  readonly edge: GraphEdge | undefined;
}

export function layersOf(graph: Graph): Layers {
  const { nodes } = graph;
  const lines = linesOf(graph);
  const outgoing: Line[][] = nodes.map(() => []);
  for (const line of lines) at(outgoing, line.from).push(line);
  const layerOf = assignLayers(nodes, outgoing);

  const layers: Vertex[][] = [];
  const add = (kind: Vertex["kind"], node: GraphNode, layer: number): Vertex => {
    const vertex: Vertex = { kind, node, layer, sources: [], targets: [], row: 0 };
    while (layers.length <= layer) layers.push([]);
    at(layers, layer).push(vertex);
    return vertex;
  };
  const link = (source: Vertex, target: Vertex) => {
    source.targets.push(target);
    target.sources.push(source);
  };

  const vertexOf = nodes.map((node) => add("node", node, at(layerOf, node.id)));
  let bends = 0;
  const routes = lines.map((line): Route => {
    const source = at(vertexOf, line.from);
    const branches = at(outgoing, line.from).length > 1;
    const nearest = source.layer + (branches ? 2 : 1);
    const isResult = line === lines.at(-1);
    const last = isResult
      ? add("result", source.node, Math.max(nearest, layers.length - 1))
      : line.to === undefined
        ? add("unused", source.node, nearest)
        : at(vertexOf, line.to);
    const path = [source];
    for (let layer = source.layer + 1; layer < last.layer; layer++) {
      const lane = branches && layer === source.layer + 1;
      if (!lane && ++bends > MOST_BENDS) break;
      path.push(add(lane ? "lane" : "bend", source.node, layer));
    }
    path.push(last);
    for (let i = 1; i < path.length; i++) link(at(path, i - 1), at(path, i));
    const to = last.kind === "node" ? last.node : undefined;
    return { from: source.node, to, input: line.input, edge: line.edge, path };
  });
  const { path } = at(routes, routes.length - 1);
  const result = at(path, path.length - 1);
  return { layers, routes, vertexOf, result };
}

/** The edges, a stub behind every node without consumers, and the line to the result: the last. */
function linesOf({ nodes, output }: Graph): Line[] {
  const lines: Line[] = [];
  const used = new Set([output]);
  for (const node of nodes) {
    node.inputs.forEach((edge, input) => {
      lines.push({ from: edge.from, to: node.id, input, edge });
      used.add(edge.from);
    });
  }
  const stub = (from: number) => lines.push({ from, to: undefined, input: 0, edge: undefined });
  for (const { id } of nodes) if (!used.has(id)) stub(id);
  stub(output);
  return lines;
}

/** The longest way from the leaves; then leaves move right, up to their first consumer. */
function assignLayers(nodes: readonly GraphNode[], outgoing: readonly Line[][]): number[] {
  const layerOf: number[] = [];
  const next = (id: number) => at(layerOf, id) + step(id);
  // A branching node needs the layer behind it for the lanes of its branches.
  const step = (id: number) => (at(outgoing, id).length > 1 ? 2 : 1);
  const depthOf: number[] = [];
  for (const { inputs } of nodes) {
    layerOf.push(inputs.reduce((layer, { from }) => Math.max(layer, next(from)), 0));
    depthOf.push(inputs.reduce((depth, { from }) => Math.max(depth, at(depthOf, from) + 1), 0));
  }
  const depth = depthOf.reduce((deepest, own) => Math.max(deepest, own), 0);
  for (const { id, kind } of nodes) {
    if (kind === "operation") continue;
    if (kind === "input" && depth <= DEEPEST_WITH_INPUTS_AT_LEFT) continue;
    const consumers = at(outgoing, id).flatMap(({ to }) => (to === undefined ? [] : [to]));
    if (consumers.length === 0) continue;
    layerOf[id] =
      consumers.reduce((first, to) => Math.min(first, at(layerOf, to)), Infinity) - step(id);
  }
  return layerOf;
}
