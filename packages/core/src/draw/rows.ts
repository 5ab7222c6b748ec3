/**
 * The third step of a drawing: the vertical positions. A node is at the middle of its inputs, a chain is straight, and
 * neighbours in a layer keep their distance.
 */

import { at, numberAt } from "../tensor/shape.ts";
import type { Vertex } from "./layers.ts";
import { sweepsFor } from "./order.ts";

/** The room that vertices take across the flow. */
export interface Rows {
  /** Returns the room of a vertex, its distance from neighbours included. */
  across(vertex: Vertex): number;
  /** Rows are multiples of this, so that lines that are nearly straight become so; 0 for any number. */
  readonly step: number;
  /** The straightness of lines that pass a layer, as a multiple of that of nodes. */
  readonly stiffness: number;
}

const SWEEPS = 6;
/** The number of sweeps; each goes from left to right and back. */
const MOST_VISITS = 4000;

/** Sets the row of every vertex, and returns the height that all of them take; the top is 0. */
export function setRows(layers: readonly (readonly Vertex[])[], rows: Rows): number {
  const offsets = new Map(layers.map((layer) => [layer, offsetsOf(layer, rows)]));
  for (const [layer, offset] of offsets) {
    layer.forEach((vertex, i) => {
      vertex.row = numberAt(offset, i);
    });
  }
  const blocks: Blocks = { sums: [], weights: [], counts: [] };
  const settle = (layer: readonly Vertex[], wish: (vertex: Vertex) => number) =>
    settleLayer(layer, offsets.get(layer) ?? [], rows, wish, blocks);
  const vertices = layers.flat();
  const sweeps = sweepsFor(vertices.length, SWEEPS, MOST_VISITS);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of layers) settle(layer, middleOfSources);
    for (const layer of layers.toReversed()) settle(layer, besideTargets);
  }
  for (const layer of layers) settle(layer, middleOfSources);
  return moveToTop(vertices, rows);
}

/** Returns the offsets of a layer's vertices from the middle of the first, if they touch. */
function offsetsOf(layer: readonly Vertex[], { across }: Rows): number[] {
  let [next, before] = [0, 0];
  return layer.map((vertex, i) => {
    const extent = across(vertex);
    if (i > 0) next += (before + extent) / 2;
    before = extent;
    return next;
  });
}

function moveToTop(vertices: readonly Vertex[], { across, step }: Rows): number {
  let [top, bottom] = [Infinity, -Infinity];
  for (const vertex of vertices) {
    const half = across(vertex) / 2;
    top = Math.min(top, vertex.row - half);
    bottom = Math.max(bottom, vertex.row + half);
  }
  // On whole steps the first middle is 0, and all others are multiples.
  const least = vertices.reduce((first, { row }) => Math.min(first, row), Infinity);
  for (const vertex of vertices) vertex.row -= step > 0 ? least : top;
  return bottom - top;
}

/**
 * Returns the row of a node to which a line branches off, by the node's other inputs, so that a chain along that line
 * is straight.
 */
function middleOfSources({ sources, row }: Vertex): number {
  const straight = sources.length > 1 ? sources.filter((source) => !isBranch(source)) : sources;
  return middle(straight.length > 0 ? straight : sources) ?? row;
}

/** True if a vertex is at a branch of a line that goes on. */
function isBranch(vertex: Vertex): boolean {
  const [source] = vertex.kind === "lane" ? vertex.sources : [];
  return source?.kind === "bend" && source.targets.length > 1;
}

/** Returns the row that keeps a continuing line straight; its branches do not count. */
function besideTargets({ targets, row }: Vertex): number {
  const further = targets.length > 1 ? targets.filter(({ kind }) => kind === "bend") : targets;
  return middle(further.length > 0 ? further : targets) ?? row;
}

/** Returns the row halfway between the topmost and the lowest of some vertices. */
function middle(vertices: readonly Vertex[]): number | undefined {
  if (vertices.length <= 1) return vertices[0]?.row;
  let top = Infinity;
  let bottom = -Infinity;
  for (const { row } of vertices) {
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return (top + bottom) / 2;
}

/** Blocks of neighbours that touch, each as the sum of its wishes, its weight and its count. */
interface Blocks {
  readonly sums: number[];
  readonly weights: number[];
  readonly counts: number[];
}

/**
 * Moves the vertices of a layer as near to their wishes as their order and distance allow: the
 * least squares solution, by pooling neighbours that would come too close ("pool adjacent
 * violators"; Barlow et al. 1972).
 */
function settleLayer(
  layer: readonly Vertex[],
  offsets: readonly number[],
  { step, stiffness }: Rows,
  wish: (vertex: Vertex) => number,
  // Emptied and filled again for each layer.
  { sums, weights, counts }: Blocks,
): void {
  sums.length = weights.length = counts.length = 0;
  for (let i = 0; i < layer.length; i++) {
    const vertex = at(layer, i);
    let weight = vertex.kind === "bend" ? stiffness : 1;
    let sum = (wish(vertex) - numberAt(offsets, i)) * weight;
    let count = 1;
    for (let last = sums.length - 1; last >= 0; last--) {
      if (numberAt(sums, last) / numberAt(weights, last) < sum / weight) break;
      sum += sums.pop() ?? 0;
      weight += weights.pop() ?? 0;
      count += counts.pop() ?? 0;
    }
    sums.push(sum);
    weights.push(weight);
    counts.push(count);
  }
  let i = 0;
  for (let block = 0; block < sums.length; block++) {
    const middle = numberAt(sums, block) / numberAt(weights, block);
    const shift = step > 0 ? Math.round(middle / step) * step : middle;
    const end = i + numberAt(counts, block);
    for (; i < end; i++) at(layer, i).row = shift + numberAt(offsets, i);
  }
}
