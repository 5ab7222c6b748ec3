/** The parts of a drawing of a graph, whichever way it is laid out. */

import type { GraphLayout, LayoutNode, LayoutRoute } from "@graddiff/core";

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** The look of a node's shape. */
export interface Shape {
  readonly kind: "leaf" | "operation" | "folded" | "circle" | "chip";
  /** The text inside, by lines. */
  readonly text: readonly string[];
  /** The name that is beside the value, where it is not inside. */
  readonly name: string;
  /** Half the width and height. */
  readonly half: number;
  readonly halfHeight: number;
  /** The position of the numbers: the value above and the gradient below, both on one side of the node, or both inside. */
  readonly numbers: "apart" | "above" | "below" | "left" | "inside";
}

/** A rectangle by its middle and half its size. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly half: number;
  readonly halfHeight: number;
}

/** The card that is open: which node it is of, and its size in pixels. */
export interface OpenCard {
  readonly id: number;
  readonly size: Box;
}

/** The look of an edge: a curve; a line of a network with a weight on it; a thin line of a bias; none at all. */
export type EdgeLook =
  | { readonly kind: "curve" | "line" | "bias" | "none" }
  | { readonly kind: "weighted"; readonly weight: number };

/** A layout with everything that the stage needs and that no edit changes. */
export interface Arranged {
  readonly layout: GraphLayout;
  readonly direction: "right" | "down" | "network";
  /** True if results are on the edges. */
  readonly labelled: boolean;
  /** True if sums and checks are at the nodes. */
  readonly detailed: boolean;
  /** The size of a unit in pixels. */
  readonly scale: number;
  readonly places: ReadonlyMap<number, LayoutNode>;
  readonly shapes: ReadonlyMap<number, Shape>;
  /** The room of a result on an edge. */
  readonly edgeWidth: number;
  /** By the id of the node that they lead from. */
  readonly routesFrom: ReadonlyMap<number, readonly LayoutRoute[]>;
  /** Nodes in which others can be hidden. */
  readonly foldable: ReadonlySet<number>;
  lookOf(route: LayoutRoute): EdgeLook;
  /** The room that a network has made for the card: between two columns. */
  readonly card?: Rect | undefined;
}

/** The margin around a drawing, in its units. */
export const MARGIN = 8;

/** Returns the scale at which a drawing with its margin fills a room that is given without one. */
export function fitOf(room: number, size: number): number {
  return (room + 2 * MARGIN) / (size + 2 * MARGIN);
}

/** Narrower stages lead downwards. */
export const NARROW = 560;

export function routesFrom(routes: readonly LayoutRoute[]): Map<number, LayoutRoute[]> {
  const groups = new Map<number, LayoutRoute[]>();
  for (const route of routes) groups.set(route.from, [...(groups.get(route.from) ?? []), route]);
  return groups;
}
