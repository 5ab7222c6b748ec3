/**
 * The layout of a drawing, for text, SVG and pages alike: layers along the flow, rows across it, in units of the
 * drawing. Text measures in characters, SVG in pixels, and `graph.layout` returns data in the units of the caller.
 *
 * In: nodes with their inputs. Out: positions of nodes and lines. See `layers.ts`, `order.ts` and `rows.ts` for the steps.
 *
 * Invariant: the edges of a node share one line up to where they branch off. So an input that is read throughout a long
 * chain makes as many bends as the chain has layers, and not their square.
 */

import { type Layers, layersOf, type Scope, type Vertex } from "./layers.ts";
import type { Nodes } from "./nodes.ts";
import { orderLayers } from "./order.ts";
import { type Rows, setRows } from "./rows.ts";

/** The room that things take, in the units of a drawing. */
export interface Sizes extends Rows {
  /** Returns the room of a layer along the flow. It is requested when the rows are known. */
  column(layer: readonly Vertex[], next: readonly Vertex[]): ColumnSize;
}

/** The room of a layer along the flow. */
export interface ColumnSize {
  readonly width: number;
  /** The width of the labels on the lines after the layer, and the gap for lines up to the next. */
  readonly labels: number;
  readonly gap: number;
}

/** The position of a layer along the flow. */
export interface Column extends ColumnSize {
  readonly left: number;
}

/** A graph in layers, with positions. */
export interface Layout extends Layers {
  readonly columns: readonly Column[];
  /** All room along the flow, and across it. */
  readonly width: number;
  readonly height: number;
}

/** Returns the scope that `text` and `svg` draw: everything, and the ends. */
export function wholeScope({ nodes }: Nodes): Scope {
  return { owners: nodes.map(({ id }) => id), lanes: "branches", ends: true };
}

/** Returns a layered layout of the graph, after Sugiyama: no step recurses over the graph. */
export function layoutGraph(graph: Nodes, sizes: Sizes, scope: Scope = wholeScope(graph)): Layout {
  const layers = layersOf(graph, scope);
  orderLayers(layers);
  const height = setRows(layers.layers, sizes);
  let left = 0;
  const columns = layers.layers.map((layer, i): Column => {
    const size = sizes.column(layer, layers.layers[i + 1] ?? []);
    const column = { ...size, left };
    left += size.width + size.labels + size.gap;
    return column;
  });
  const last = columns.at(-1);
  return { ...layers, columns, width: last === undefined ? 0 : last.left + last.width, height };
}
