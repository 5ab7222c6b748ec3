/** The parts of a drawing of a graph, for every layout. */

import type { GraphLayout, LayoutNode, LayoutRoute } from "@graddiff/core";

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** The look of a node's shape. */
export interface Shape {
  readonly kind: "leaf" | "operation" | "folded" | "circle" | "chip";
  /** The lines of text inside the shape. */
  readonly text: readonly string[];
  /** The name that is beside the value, if it is not inside the shape. */
  readonly name: string;
  /** Half the width of the shape; `halfHeight` is half its height. */
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

/** The open card: the id of its node, and its size in pixels. */
export interface OpenCard {
  readonly id: number;
  readonly size: Box;
}

/** The look of an edge: a curve, a line of a network with a weight on it, a thin line of a bias, or no line. */
export type EdgeLook =
  | { readonly kind: "curve" | "line" | "bias" | "none" }
  | { readonly kind: "weighted"; readonly weight: number };

/** A layout with all data of the stage that an edit of a number does not change. */
export interface Arranged {
  readonly layout: GraphLayout;
  readonly direction: "right" | "down" | "network";
  /** True if the edges show results. */
  readonly labelled: boolean;
  /** True if the nodes show sums and checks. */
  readonly detailed: boolean;
  /** The pixels of one unit of the drawing. */
  readonly scale: number;
  readonly places: ReadonlyMap<number, LayoutNode>;
  readonly shapes: ReadonlyMap<number, Shape>;
  /** The width for a result on an edge. */
  readonly edgeWidth: number;
  /** The routes, by the id of the node from which they lead. */
  readonly routesFrom: ReadonlyMap<number, readonly LayoutRoute[]>;
  /** The nodes that can be folded. */
  readonly foldable: ReadonlySet<number>;
  lookOf(route: LayoutRoute): EdgeLook;
  /** The room for the card between two columns of a network. */
  readonly card?: Rect | undefined;
}

/** The margin around a drawing, in its units. */
export const MARGIN = 8;

/** Returns the scale at which a drawing with its margin fills a room; `size` is without the margin. */
export function fitOf(room: number, size: number): number {
  return (room + 2 * MARGIN) / (size + 2 * MARGIN);
}

/** The width of a stage below which drawings go down. */
export const NARROW = 560;

export function routesFrom(routes: readonly LayoutRoute[]): Map<number, LayoutRoute[]> {
  const groups = new Map<number, LayoutRoute[]>();
  for (const route of routes) groups.set(route.from, [...(groups.get(route.from) ?? []), route]);
  return groups;
}
