/**
 * Where everything in a drawing stands, for text and SVG alike: layers from left to right, rows
 * from top to bottom. See `layers.ts`, `order.ts` and `rows.ts` for the three steps.
 */

import type { Graph } from "./graph.ts";
import { type Layers, layersOf } from "./layers.ts";
import { orderLayers } from "./order.ts";
import { placeRows } from "./rows.ts";

/** A layered layout of the graph, after Sugiyama: no step recurses over the graph. */
export function layoutGraph(graph: Graph): Layers {
  const layers = layersOf(graph);
  orderLayers(layers);
  placeRows(layers);
  return layers;
}
