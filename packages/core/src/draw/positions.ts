/**
 * `Graph.layout`: a drawing as plain data, for pages that draw graphs themselves.
 */

import {
  finite,
  isPlainObject,
  oneOf,
  optional,
  optionsReader,
  type Reader,
} from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";
import { at, numberAt } from "../tensor/shape.ts";
import { readNodes } from "./changes.ts";
import type { Route, Vertex } from "./layers.ts";
import { type Layout, layoutGraph } from "./layout.ts";
import type { GraphEdge, GraphNode, Nodes } from "./nodes.ts";

/** A width and a height, in any unit. */
export interface Size {
  /** The extent from left to right, in the units of the drawing. */
  readonly width: number;
  /** The extent from top to bottom, in the units of the drawing. */
  readonly height: number;
}

/** The room that everything takes, in one unit of the caller's. */
export interface LayoutSize {
  /** Returns the space of a node, including its texts and its distance from others. */
  node(node: GraphNode): Size;
  /** The space of the label of an edge. Without it edges have no label. */
  edge?(edge: GraphEdge): Size;
  /** The room for lines between two layers. Default 0. */
  readonly gap?: number;
}

/** The settings of `Graph.layout`. */
export interface LayoutOptions {
  /** Default: nodes of width and height 1, with gaps of 1. */
  readonly size?: LayoutSize;
  /** The side of the result: on the right, or below everything. Default "right". */
  readonly direction?: "right" | "down";
  /**
   * Names or ids of nodes. Each is drawn in place of the operations that lead to it alone, up to those
   * that have a name or are folded themselves. Default: none.
   */
  readonly folded?: readonly (string | number)[];
}

/** A point of a drawing; y grows downwards. */
export interface Point {
  /** The distance from the left, in the units of the drawing. */
  readonly x: number;
  /** The distance from the top, in the units of the drawing. */
  readonly y: number;
}

/** The position of a node: its middle and its room. */
export interface LayoutNode extends Point, Size {
  /** The number of the node in the graph. */
  readonly id: number;
  /** The layer of the node, and its rank in the order of that layer. */
  readonly layer: number;
  /** The rank of the node within its layer. */
  readonly order: number;
  /** The ids of the nodes that are folded into it. */
  readonly hides: readonly number[];
}

/** The way of an edge. */
export interface LayoutRoute {
  /** The ids of the nodes that it leads from and to, as they are drawn. */
  readonly from: number;
  /** The number of the node at which the edge ends. */
  readonly to: number;
  /** The id of the node that reads the value: `to`, or one that is folded into it. */
  readonly reader: number;
  /** The index of the reader's input. */
  readonly input: number;
  /** The points from the border of a node's room to that of the other's. */
  readonly points: readonly Point[];
  /** The middle of the space for its label. */
  readonly label: Point | undefined;
}

/** The positions of nodes, edges and labels of a drawing, in the units of the sizes. */
export interface GraphLayout extends Size {
  /** Ids, from the inputs to the result; within a layer from top to bottom or from left to right. */
  readonly layers: readonly (readonly number[])[];
  /** The rectangles of the nodes. */
  readonly nodes: readonly LayoutNode[];
  /** The ways of the edges. */
  readonly routes: readonly LayoutRoute[];
}

const ONE: LayoutSize = { node: () => ({ width: 1, height: 1 }), gap: 1 };

const readSize: Reader<LayoutSize> = (op, argument, value) => {
  const isFunction = (part: unknown) => typeof part === "function";
  if (isPlainObject(value)) {
    const { node, edge, gap } = value;
    if (gap !== undefined) positive(op, `${argument}.gap`, gap);
    if (isFunction(node) && (edge === undefined || isFunction(edge))) return value as never;
  }
  const expected = "{ node, edge, gap } with functions that give { width, height }";
  throw new ArgumentError(op, argument, expected, describe(value));
};

const readOptions = optionsReader({
  size: optional(readSize, ONE),
  direction: optional(oneOf<"right" | "down">("right", "down"), "right" as const),
  folded: optional((_op, _argument, value) => value, []),
});

export function layoutOf(graph: Nodes, options?: LayoutOptions): GraphLayout {
  const { size, direction, folded } = readOptions("layout", options);
  const owners = ownersOf(graph, readNodes("layout", "folded", graph.nodes, folded));
  const drawn = graph.nodes.filter(({ id }) => owners[id] === id);
  const rooms = new Rooms(size, direction === "down", drawn);
  const layout = layoutGraph(
    graph,
    {
      across: (vertex) => rooms.of(vertex).across,
      step: 0,
      // Nodes with branches must not be pulled aside by them.
      stiffness: 64,
      column: (layer) => ({
        width: layer.reduce((most, vertex) => Math.max(most, rooms.of(vertex).along), 0),
        labels: 0,
        gap: size.gap ?? 0,
      }),
    },
    { owners, lanes: size.edge === undefined ? "none" : "readers", ends: false },
  );
  const hides = new Map<number, number[]>();
  owners.forEach((owner, id) => {
    if (owner !== id) hides.set(owner, [...(hides.get(owner) ?? []), id]);
  });
  return new Coordinates(layout, rooms).data(hides);
}

/** The room of something along the flow, and across it. */
interface Room {
  readonly along: number;
  readonly across: number;
}

class Rooms {
  readonly #size: LayoutSize;
  readonly turned: boolean;
  readonly #nodes: ReadonlyMap<GraphNode, Room>;
  readonly #edges = new Map<GraphEdge, Room>();
  /** A line that passes a layer takes a third of the least room that a node takes. */
  readonly #line: Room;

  constructor(size: LayoutSize, turned: boolean, nodes: readonly GraphNode[]) {
    this.#size = size;
    this.turned = turned;
    const room = (node: GraphNode) => this.#room("size.node", size.node(node));
    this.#nodes = new Map(nodes.map((node) => [node, room(node)]));
    const least = [...this.#nodes.values()].reduce(
      (most, { across }) => Math.min(most, across),
      Infinity,
    );
    this.#line = { along: 0, across: least / 3 };
  }

  of({ kind, node, edge }: Vertex): Room {
    if (kind === "node") return this.#nodes.get(node) ?? this.#line;
    if (kind !== "lane" || edge === undefined || this.#size.edge === undefined) return this.#line;
    const known = this.#edges.get(edge) ?? this.#room("size.edge", this.#size.edge(edge));
    this.#edges.set(edge, known);
    return known;
  }

  #room(argument: string, size: unknown): Room {
    const { width, height } = checked(argument, size);
    return this.turned ? { along: height, across: width } : { along: width, across: height };
  }
}

function checked(argument: string, size: unknown): Size {
  if (isPlainObject(size)) {
    positive("layout", `${argument}().width`, size["width"]);
    positive("layout", `${argument}().height`, size["height"]);
    return size as never;
  }
  const expected = "a function that gives { width, height }";
  throw new ArgumentError("layout", argument, expected, describe(size));
}

function positive(op: string, argument: string, value: unknown): void {
  if (finite(op, argument, value) >= 0) return;
  throw new ArgumentError(op, argument, "a number from 0", describe(value));
}

/** Converts positions along and across the flow to x and y. */
class Coordinates {
  readonly #layout: Layout;
  readonly #rooms: Rooms;

  constructor(layout: Layout, rooms: Rooms) {
    this.#layout = layout;
    this.#rooms = rooms;
  }

  data(hides: ReadonlyMap<number, readonly number[]>): GraphLayout {
    const { layers, drawn, routes, width, height } = this.#layout;
    const ids = layers.map((layer) =>
      layer.flatMap(({ kind, node }) => (kind === "node" ? [node.id] : [])),
    );
    const order: number[] = [];
    for (const layer of ids) {
      layer.forEach((id, i) => {
        order[id] = i;
      });
    }
    const [along, across] = this.#rooms.turned ? [height, width] : [width, height];
    return {
      width: along,
      height: across,
      layers: ids,
      nodes: drawn.map((vertex) => {
        const { id } = vertex.node;
        const hidden = hides.get(id) ?? [];
        return { ...this.#coordinates(vertex), id, order: numberAt(order, id), hides: hidden };
      }),
      routes: routes.flatMap((route) => this.#route(route)),
    };
  }

  #coordinates(vertex: Vertex): Point & Size & { layer: number } {
    const { along, across } = this.#rooms.of(vertex);
    const [width, height] = this.#rooms.turned ? [across, along] : [along, across];
    return { ...this.#point(this.#middle(vertex), vertex.row), width, height, layer: vertex.layer };
  }

  #middle({ layer }: Vertex): number {
    const { left, width } = at(this.#layout.columns, layer);
    return left + width / 2;
  }

  #point(along: number, across: number): Point {
    return this.#rooms.turned ? { x: across, y: along } : { x: along, y: across };
  }

  /** Lines run straight through the layers that they pass, and through the room of their label. */
  #route({ from, to, reader, input, path }: Route): LayoutRoute[] {
    if (to === undefined || reader === undefined) return [];
    const last = path.length - 1;
    const points: Point[] = [];
    for (let i = 0; i <= last; i++) {
      const vertex = at(path, i);
      const { row, kind } = vertex;
      const { left, width } = at(this.#layout.columns, vertex.layer);
      const middle = left + width / 2;
      const half = kind === "node" ? this.#rooms.of(vertex).along / 2 : width / 2;
      // Between vertices of one row there is nothing to bend.
      if (i > 0 && (i === last || kind === "lane" || path[i - 1]?.row !== row)) {
        points.push(this.#point(middle - half, row));
      }
      if (i < last && (i === 0 || kind === "lane" || path[i + 1]?.row !== row)) {
        points.push(this.#point(middle + half, row));
      }
    }
    const lane = path[last - 1];
    const label = lane?.kind === "lane" ? this.#point(this.#middle(lane), lane.row) : undefined;
    return [{ from: from.id, to: to.id, reader: reader.id, input, points, label }];
  }
}

/**
 * Returns for each id the node that the node is drawn in, which is the node itself where it is drawn.
 *
 * A folded node contains all that leads only to it: operations, their projections and constants, up to those that have
 * a name or are folded themselves. Inputs are always drawn.
 */
function ownersOf({ nodes, output }: Nodes, folded: ReadonlySet<number>): number[] {
  const owners = nodes.map(({ id }) => id);
  if (folded.size === 0) return owners;
  /** By id: the one owner of all that read it so far; −1 where there are several. */
  const readers: (number | undefined)[] = [];
  for (const node of nodes.toReversed()) {
    const { id, inputs } = node;
    const reader = readers[id];
    const hides = reader !== undefined && folded.has(reader) && canHide(node);
    const owner = hides && id !== output && !folded.has(id) ? reader : id;
    owners[id] = owner;
    for (const { from } of inputs) {
      const before = readers[from];
      readers[from] = before === undefined || before === owner ? owner : -1;
    }
  }
  return owners;
}

function canHide({ kind, name }: GraphNode): boolean {
  return kind !== "input" && name === undefined;
}
