/**
 * The first step of a drawing: nodes are put into layers, from the leaves on the left to the
 * result on the right, and edges that span several layers get a bend in each one between.
 */

import { at, numberAt } from "../tensor/shape.ts";
import type { GraphEdge, GraphNode, Nodes } from "./nodes.ts";

/** A vertex of a layer: it has a position. */
export interface Vertex {
  /**
   * - `node`: a node of the graph;
   * - `lane`: where one of several edges from the same node starts, so that each has a line for
   *   its gradient;
   * - `bend`: where a long edge passes a layer;
   * - `result`: the end of the drawing, after the result;
   * - `unused`: after a node that nothing uses.
   */
  readonly kind: "node" | "lane" | "bend" | "result" | "unused";
  /** The node itself; for the other kinds the node that has the value. */
  readonly node: GraphNode;
  /** The edge of a lane; undefined for one that leads to an end. */
  readonly edge: GraphEdge | undefined;
  readonly layer: number;
  /** Lines from the left, in the order of the op's inputs. */
  readonly sources: Vertex[];
  /** Lines to the right. */
  readonly targets: Vertex[];
  /** The vertex's rank in the order of the layer, while that is being sorted. */
  order: number;
  /** The middle, across the flow, in the units of the drawing. */
  row: number;
}

/** An edge of the graph, or the line from a node without consumers to its end. */
export interface Route {
  readonly from: GraphNode;
  /** Undefined for the line to the result, or to the end of a node that nothing uses. */
  readonly to: GraphNode | undefined;
  /** The node that reads the value: `to`, or one that is folded into it. */
  readonly reader: GraphNode | undefined;
  /** The index of the reader's input. */
  readonly input: number;
  readonly edge: GraphEdge | undefined;
  /** The path from the node over lane and bends to the target. */
  readonly path: readonly Vertex[];
}

/** A graph in layers. */
export interface Layers {
  /** The vertices of each layer, from left to right; within a layer from top to bottom. */
  readonly layers: Vertex[][];
  readonly routes: readonly Route[];
  /** The vertices of nodes, in the order of evaluation: one for each node that is not folded into another. */
  readonly drawn: readonly Vertex[];
  /** The end after the result, or the result itself where ends are not drawn. */
  readonly result: Vertex;
}

/** The part of a graph that is drawn. */
export interface Scope {
  /** By id: the node that each node is drawn in, as `ownersOf` says. */
  readonly owners: readonly number[];
  /**
   * The edges that get a lane: those of nodes that branch, after the node; or all of them, before the node that reads
   * the value; or none. Unless lanes part after the node, its edges have their bends in common.
   */
  readonly lanes: "branches" | "readers" | "none";
  /** True if a line leads to the result's name, and a stub from each node that nothing uses. */
  readonly ends: boolean;
}

/** The most steps or inputs with which inputs are at the left, and not beside their consumers. */
const DEEPEST_WITH_INPUTS_AT_LEFT = 4;
const MOST_INPUTS_AT_LEFT = 8;

/**
 * The most bends with which long edges are routed; with more they are straight lines, since nobody could follow so many
 * bends.
 */
const MOST_BENDS = 4000;

interface Line {
  readonly from: number;
  /** The node that is drawn. */
  readonly to: number | undefined;
  readonly reader: number;
  readonly input: number;
  readonly edge: GraphEdge | undefined;
}

export function layersOf(graph: Nodes, scope: Scope): Layers {
  const nodes = graph.nodes.filter(({ id }) => scope.owners[id] === id);
  const lines = linesOf(graph, scope);
  const outgoing: Line[][] = graph.nodes.map(() => []);
  const incoming: Line[][] = graph.nodes.map(() => []);
  for (const line of lines) {
    at(outgoing, line.from).push(line);
    if (line.to !== undefined) at(incoming, line.to).push(line);
  }
  const parts = (id: number) => scope.lanes === "branches" && at(outgoing, id).length > 1;
  const step = (id: number) => (scope.lanes === "readers" || parts(id) ? 2 : 1);
  const layerOf = assignLayers(nodes, outgoing, incoming, step);

  const layers: Vertex[][] = [];
  const add = (kind: Vertex["kind"], node: GraphNode, layer: number, edge?: GraphEdge): Vertex => {
    const vertex: Vertex = { kind, node, edge, layer, sources: [], targets: [], order: 0, row: 0 };
    while (layers.length <= layer) layers.push([]);
    at(layers, layer).push(vertex);
    return vertex;
  };
  const link = (source: Vertex, target: Vertex) => {
    source.targets.push(target);
    target.sources.push(source);
  };

  const vertexOf = new Map(
    nodes.map((node) => [node.id, add("node", node, numberAt(layerOf, node.id))]),
  );
  const vertex = (id: number): Vertex => {
    const known = vertexOf.get(id);
    if (known === undefined) throw new Error(`draw: node ${id} is folded`);
    return known;
  };
  let bends = 0;
  const bend = (source: Vertex, layer: number) => {
    bends++;
    return add("bend", source.node, layer);
  };
  /** A lane where the node parts, and bends, all of one edge. */
  const separateWay = (source: Vertex, line: Line, count: number): Vertex[] => {
    const way: Vertex[] = [];
    while (way.length < count && bends <= MOST_BENDS) {
      const layer = source.layer + 1 + way.length;
      const isLane = way.length === 0 && parts(line.from);
      const next = isLane ? add("lane", source.node, layer, line.edge) : bend(source, layer);
      link(way.at(-1) ?? source, next);
      way.push(next);
    }
    return way;
  };
  /** By node: the bends that its edges have in common, from layer to layer. */
  const common = new Map<Vertex, Vertex[]>();
  const commonBends = (source: Vertex, count: number): Vertex[] => {
    const bendsOf = common.get(source) ?? [];
    common.set(source, bendsOf);
    while (bendsOf.length < count && bends <= MOST_BENDS) {
      const next = bend(source, source.layer + 1 + bendsOf.length);
      link(bendsOf.at(-1) ?? source, next);
      bendsOf.push(next);
    }
    return bendsOf.slice(0, count);
  };
  /** Bends in common with other edges, and a lane before the reader. */
  const commonWay = (source: Vertex, line: Line, count: number): Vertex[] => {
    if (scope.lanes === "none") return commonBends(source, count);
    const way = commonBends(source, count - 1);
    const lane = add("lane", source.node, source.layer + count, line.edge);
    link(way.at(-1) ?? source, lane);
    way.push(lane);
    return way;
  };
  const routes = lines.map((line): Route => {
    const source = vertex(line.from);
    const nearest = source.layer + step(line.from);
    const isResult = scope.ends && line === lines.at(-1);
    const last = isResult
      ? add("result", source.node, Math.max(nearest, layers.length - 1))
      : line.to === undefined
        ? add("unused", source.node, nearest)
        : vertex(line.to);
    const count = last.layer - source.layer - 1;
    const way = scope.lanes === "branches" ? separateWay : commonWay;
    const path = [source, ...way(source, line, count)];
    link(at(path, path.length - 1), last);
    path.push(last);
    const to = last.kind === "node" ? last.node : undefined;
    const reader = to && at(graph.nodes, line.reader);
    return { from: source.node, to, reader, input: line.input, edge: line.edge, path };
  });
  const result = scope.ends
    ? at(at(routes, routes.length - 1).path.slice(-1), 0)
    : vertex(graph.output);
  return { layers, routes, drawn: [...vertexOf.values()], result };
}

/** Returns the edges, and with ends a stub after every node without consumers and the line to the result: the last. */
function linesOf({ nodes, output }: Nodes, { owners, ends }: Scope): Line[] {
  const lines: Line[] = [];
  const used = new Set([output]);
  for (const { id, inputs } of nodes) {
    const to = numberAt(owners, id);
    inputs.forEach((edge, input) => {
      used.add(edge.from);
      if (owners[edge.from] === to) return;
      lines.push({ from: edge.from, to, reader: id, input, edge });
    });
  }
  if (!ends) return lines;
  const stub = (from: number) =>
    lines.push({ from, to: undefined, reader: from, input: 0, edge: undefined });
  for (const { id } of nodes) if (!used.has(id)) stub(id);
  stub(output);
  return lines;
}

/** Returns the longest way from the leaves; then leaves move right, up to their first consumer. */
function assignLayers(
  nodes: readonly GraphNode[],
  outgoing: readonly Line[][],
  incoming: readonly Line[][],
  step: (id: number) => number,
): number[] {
  const layerOf: number[] = [];
  const depthOf: number[] = [];
  let deepest = 0;
  for (const { id } of nodes) {
    let [layer, depth] = [0, 0];
    for (const { from } of at(incoming, id)) {
      // A node with lanes needs the layer after it for them.
      layer = Math.max(layer, numberAt(layerOf, from) + step(from));
      depth = Math.max(depth, numberAt(depthOf, from) + 1);
    }
    layerOf[id] = layer;
    depthOf[id] = depth;
    deepest = Math.max(deepest, depth);
  }
  const inputs = nodes.filter(({ kind }) => kind === "input").length;
  const atLeft = deepest <= DEEPEST_WITH_INPUTS_AT_LEFT && inputs <= MOST_INPUTS_AT_LEFT;
  for (const { id, kind } of nodes) {
    if (kind === "operation" || (kind === "input" && atLeft)) continue;
    const consumers = at(outgoing, id).flatMap(({ to }) => (to === undefined ? [] : [to]));
    if (consumers.length === 0) continue;
    layerOf[id] =
      consumers.reduce((first, to) => Math.min(first, numberAt(layerOf, to)), Infinity) - step(id);
  }
  return layerOf;
}
