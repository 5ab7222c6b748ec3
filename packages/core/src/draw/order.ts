/**
 * The second step of a drawing: the order of vertices inside their layers, with few crossings.
 *
 * The first order is that of a walk from the result back to the leaves, which draws a tree
 * without any crossing. Barycenter sweeps (Sugiyama, Tagawa, Toda 1981) improve on the rest:
 * each layer is sorted by the positions of its neighbours, from the left and from the right in turn.
 */

import { at, numberAt } from "../tensor/shape.ts";
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

/** Returns the number of sweeps: at least two, so that each direction has its turn. */
export function sweepsFor(vertices: number, most: number, visits: number): number {
  return Math.max(2, Math.min(most, Math.floor(visits / Math.max(1, vertices))));
}

/** Returns the vertices in the order of a depth-first walk against the arrows, inputs in their order. */
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

/** Layers being sorted, and the present position of each vertex. */
class Positions {
  readonly #layers: Vertex[][];

  constructor(layers: readonly (readonly Vertex[])[], first: ReadonlyMap<Vertex, number>) {
    this.#layers = layers.map((layer) =>
      layer.toSorted((a, b) => (first.get(a) ?? 0) - (first.get(b) ?? 0)),
    );
    for (const layer of this.#layers) this.#number(layer);
  }

  /** Returns a copy of the layers as they are sorted now. */
  order(): Vertex[][] {
    return this.#layers.map((layer) => [...layer]);
  }

  #number(layer: readonly Vertex[]): void {
    layer.forEach((vertex, i) => {
      vertex.order = i;
    });
  }

  /** Returns the point at which a line meets its target: the inputs of a node arrive in their order. */
  #port(source: Vertex, target: Vertex): number {
    const { sources } = target;
    if (sources.length === 1) return target.order;
    return target.order + (sources.indexOf(source) + 1) / (sources.length + 1) - 0.5;
  }

  /** From right to left, each layer sorted by its targets. */
  sweepLeft(): void {
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      this.#sort(at(this.#layers, i), (vertex) => {
        const { targets } = vertex;
        let sum = 0;
        for (let k = 0; k < targets.length; k++) sum += this.#port(vertex, at(targets, k));
        return sum / targets.length;
      });
    }
  }

  /** From left to right, each layer sorted by its sources. */
  sweepRight(): void {
    for (let i = 0; i < this.#layers.length; i++) {
      this.#sort(at(this.#layers, i), ({ sources }) => {
        let sum = 0;
        for (let k = 0; k < sources.length; k++) sum += at(sources, k).order;
        return sum / sources.length;
      });
    }
  }

  /** Sorts by the mean of the neighbours; vertices without neighbours, whose mean is NaN, keep their ranks. */
  #sort(layer: Vertex[], mean: (vertex: Vertex) => number): void {
    if (layer.length < 2) return;
    const keys = layer.map(mean);
    // Most layers are in order, and nothing needs to be made for them.
    let last = -Infinity;
    const isSorted = keys.every((key) => {
      const isAfter = !(key < last);
      if (key > last) last = key;
      return isAfter;
    });
    if (isSorted) return;
    const indices = keys.flatMap((key, i) => (Number.isNaN(key) ? [] : [i]));
    const sorted = indices.toSorted((a, b) => numberAt(keys, a) - numberAt(keys, b));
    const vertices = sorted.map((i) => at(layer, i));
    indices.forEach((index, i) => {
      layer[index] = at(vertices, i);
    });
    this.#number(layer);
  }

  /** Returns the number of crossings of lines between neighbouring layers. */
  crossings(): number {
    let crossings = 0;
    for (const layer of this.#layers) {
      const passed: number[] = [];
      for (let i = 0; i < layer.length; i++) {
        const source = at(layer, i);
        const { targets } = source;
        // Most have one, which needs no sorting.
        if (targets.length === 1) crossings += passing(passed, this.#port(source, at(targets, 0)));
        else {
          const ports = targets.map((target) => this.#port(source, target)).sort((a, b) => a - b);
          for (const port of ports) crossings += passing(passed, port);
        }
      }
    }
    return crossings;
  }
}

/** Adds a line to those that were drawn before, and returns the number of them that it crosses. */
function passing(passed: number[], port: number): number {
  const last = passed.at(-1);
  // Most lines cross none.
  if (last === undefined || last <= port) {
    passed.push(port);
    return 0;
  }
  const rank = upperBound(passed, port);
  const crossed = passed.length - rank;
  passed.splice(rank, 0, port);
  return crossed;
}

/** Returns the index of the first element of a sorted array that is greater. */
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
