/**
 * The third step of a drawing: the vertical places. A node stands at the middle of its inputs, a
 * chain is straight, and neighbours in a layer keep their distance.
 */

import { at } from "../tensor/shape.ts";
import type { Layers, Vertex } from "./layers.ts";

/** Rows between neighbours: a line, the gradient below it, a blank or a value above the next. */
export const SEPARATION = 4;

/** Rows are even, so that a line that changes its row has room for a corner. */
const STEP = 2;

const SWEEPS = 6;

/** Sets the row of every vertex; the topmost is 0. */
export function placeRows({ layers }: Layers): void {
  for (const layer of layers) {
    layer.forEach((vertex, i) => {
      vertex.row = i * SEPARATION;
    });
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of layers) settleLayer(layer, middleOfSources);
    for (const layer of layers.toReversed()) settleLayer(layer, besideTargets);
  }
  for (const layer of layers) settleLayer(layer, middleOfSources);
  const top = layers.flat().reduce((least, { row }) => Math.min(least, row), Infinity);
  for (const vertex of layers.flat()) vertex.row -= top;
}

function middleOfSources({ sources, row }: Vertex): number {
  return middle(sources) ?? row;
}

function besideTargets({ targets, row }: Vertex): number {
  return middle(targets) ?? row;
}

/** Halfway between the topmost and the lowest of some vertices. */
function middle(vertices: readonly Vertex[]): number | undefined {
  if (vertices.length === 0) return undefined;
  let top = Infinity;
  let bottom = -Infinity;
  for (const { row } of vertices) {
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return (top + bottom) / 2;
}

/**
 * Moves the vertices of a layer as near to their wishes as their order and distance allow: the
 * least squares solution, by pooling neighbours that would come too close ("pool adjacent
 * violators"; Barlow et al. 1972).
 */
function settleLayer(layer: readonly Vertex[], wish: (vertex: Vertex) => number): void {
  const blocks: { sum: number; weight: number; count: number }[] = [];
  const wishes = layer.map((vertex, i) => wish(vertex) - i * SEPARATION);
  layer.forEach((vertex, i) => {
    const weight = vertex.kind === "bend" ? 4 : 1;
    let block = { sum: at(wishes, i) * weight, weight, count: 1 };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight < block.sum / block.weight) break;
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        weight: last.weight + block.weight,
        count: last.count + block.count,
      };
    }
    blocks.push(block);
  });
  let i = 0;
  for (const { sum, weight, count } of blocks) {
    const shift = Math.round(sum / weight / STEP) * STEP;
    for (let k = 0; k < count; k++, i++) at(layer, i).row = shift + i * SEPARATION;
  }
}
