/**
 * The second step of a drawing: the order of vertices inside their layers, with few crossings.
 *
 * The first order is that of a walk from the result back to the leaves, which draws a tree
 * without any crossing. Barycenter sweeps (Sugiyama, Tagawa, Toda 1981) improve on the rest:
 * each layer is sorted by where its neighbours stand, from the left and from the right in turn.
 */

import { at } from "../tensor/shape.ts";
import type { Layers, Vertex } from "./layers.ts";

const SWEEPS = 12;
/** Large graphs get fewer sweeps, since the first order is good and nobody sees all of them at once. */
const MOST_VISITS = 5000;
/** Sweeps without a better order before giving up. */
const PATIENCE = 4;

/** Sorts the vertices of each layer in place. */
export function orderLayers({ layers, result }: Pick<Layers, "layers" | "result">): void {
  const ends = layers.flat().filter(({ targets }) => targets.length === 0);
  const unused = ends.filter((end) => end !== result);
  // Branches that lead nowhere cross less either below everything else or above it.
  const below = improve(layers, walkOrder([result, ...unused]));
  const above =
    below.crossings === 0 || unused.length === 0
      ? below
      : improve(layers, walkOrder([...unused, result]));
  const { order } = above.crossings < below.crossings ? above : below;
  layers.splice(0, layers.length, ...order);
}

function improve(
  layers: readonly (readonly Vertex[])[],
  first: ReadonlyMap<Vertex, number>,
): { order: Vertex[][]; crossings: number } {
  const positions = new Positions(layers, first);
  let best = { order: positions.order(), crossings: positions.crossings() };
  const sweeps = sweepsFor(first.size, SWEEPS, MOST_VISITS);
  for (let sweep = 0, futile = 0; sweep < sweeps && futile < PATIENCE; sweep++, futile++) {
    if (best.crossings === 0) break;
    if (sweep % 2 === 0) positions.sweepLeft();
    else positions.sweepRight();
    const crossings = positions.crossings();
    if (crossings >= best.crossings) continue;
    best = { order: positions.order(), crossings };
    futile = -1;
  }
  return best;
}

/** At least two, so that each direction has its turn. */
export function sweepsFor(vertices: number, most: number, visits: number): number {
  return Math.max(2, Math.min(most, Math.floor(visits / Math.max(1, vertices))));
}

/** The vertices in the order of a depth-first walk against the arrows, inputs in their order. */
function walkOrder(starts: readonly Vertex[]): Map<Vertex, number> {
  const seen = new Map<Vertex, number>();
  for (const start of starts) {
    const stack = [start];
    for (let vertex = stack.pop(); vertex !== undefined; vertex = stack.pop()) {
      if (seen.has(vertex)) continue;
      seen.set(vertex, seen.size);
      stack.push(...vertex.sources.toReversed());
    }
  }
  return seen;
}

/** Layers being sorted, and where each vertex stands at present. */
class Positions {
  readonly #layers: Vertex[][];

  constructor(layers: readonly (readonly Vertex[])[], first: ReadonlyMap<Vertex, number>) {
    this.#layers = layers.map((layer) =>
      layer.toSorted((a, b) => (first.get(a) ?? 0) - (first.get(b) ?? 0)),
    );
    for (const layer of this.#layers) this.#place(layer);
  }

  /** A copy of the layers as they are sorted now. */
  order(): Vertex[][] {
    return this.#layers.map((layer) => [...layer]);
  }

  #place(layer: readonly Vertex[]): void {
    layer.forEach((vertex, i) => {
      vertex.order = i;
    });
  }

  /** Where a line meets its target: the inputs of a node arrive in their order. */
  #port(source: Vertex, target: Vertex): number {
    const { sources } = target;
    if (sources.length === 1) return target.order;
    return target.order + (sources.indexOf(source) + 1) / (sources.length + 1) - 0.5;
  }

  /** From right to left, each layer sorted by its targets. */
  sweepLeft(): void {
    for (const layer of this.#layers.toReversed()) {
      this.#sort(layer, (vertex) => vertex.targets.map((target) => this.#port(vertex, target)));
    }
  }

  /** From left to right, each layer sorted by its sources. */
  sweepRight(): void {
    for (const layer of this.#layers) {
      this.#sort(layer, (vertex) => vertex.sources.map((source) => source.order));
    }
  }

  /** Sorts by the mean of the neighbours; vertices without neighbours keep their places. */
  #sort(layer: Vertex[], neighbours: (vertex: Vertex) => number[]): void {
    const keys = new Map<Vertex, number>();
    for (const vertex of layer) {
      const places = neighbours(vertex);
      if (places.length > 0) keys.set(vertex, places.reduce((a, b) => a + b) / places.length);
    }
    const sorted = [...keys].sort(([, a], [, b]) => a - b).map(([vertex]) => vertex);
    let next = 0;
    layer.forEach((vertex, i) => {
      if (keys.has(vertex)) layer[i] = at(sorted, next++);
    });
    this.#place(layer);
  }

  /** How many pairs of lines between neighbouring layers cross. */
  crossings(): number {
    let crossings = 0;
    for (const layer of this.#layers) {
      const passed: number[] = [];
      for (const source of layer) {
        const ports = source.targets.map((target) => this.#port(source, target));
        if (ports.length > 1) ports.sort((a, b) => a - b);
        for (const port of ports) {
          const last = passed.at(-1);
          // Most lines cross none.
          if (last === undefined || last <= port) {
            passed.push(port);
            continue;
          }
          const place = upperBound(passed, port);
          crossings += passed.length - place;
          passed.splice(place, 0, port);
        }
      }
    }
    return crossings;
  }
}

/** The first place of a sorted array whose element is greater. */
function upperBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
