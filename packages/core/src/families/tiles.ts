/**
 * Tiles for transposed arrays. Along the last axis their elements are in different cache lines, and
 * a line that was fetched for one element is gone before the next row asks for its neighbours: worst
 * where rows are powers of two long and all these lines compete for the same few cache lines. Square
 * tiles use up each line while it is there.
 */

import { at } from "../tensor/shape.ts";

/** Lengths of axes, and for each array its strides in bytes. */
export interface Axes {
  readonly lengths: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** A part of an iteration space. */
export interface Box extends Axes {
  /** The bytes to the first element of each array. */
  readonly starts: readonly number[];
}

/** The side of a tile: a cache line of float32. */
const SIDE = 16;

/** Below this length of either axis everything stays in the cache. */
const SHORTEST = 64;

/** The fewest elements of an array that is walked in tiles. */
export const SMALLEST_TILED = SHORTEST * SHORTEST;

const CACHE_LINE = 64;
const LARGEST_ELEMENT = 8;

/**
 * Returns the same elements in an order that suits all arrays. Where one has neighbours along an axis other than the
 * last, … rows … columns become … rows / side … columns / side, side, side; and the strips that are left of both axes
 * follow as they are.
 */
export function boxesOf(axes: Axes): Box[] {
  const { lengths, strides } = axes;
  const starts = strides.map(() => 0);
  const last = lengths.length - 1;
  const rows = transposedAxis(axes);
  if (rows === undefined) return [{ ...axes, starts }];
  const [height, width] = [at(lengths, rows), at(lengths, last)];
  const boxes = [tiled(axes, rows)];
  const [lastRows, lastColumns] = [height % SIDE, width % SIDE];
  if (lastColumns > 0) {
    boxes.push({
      lengths: lengths.with(rows, height - lastRows).with(last, lastColumns),
      strides,
      starts: strides.map((each) => (width - lastColumns) * at(each, last)),
    });
  }
  if (lastRows > 0) {
    boxes.push({
      lengths: lengths.with(rows, lastRows),
      strides,
      starts: strides.map((each) => (height - lastRows) * at(each, rows)),
    });
  }
  return boxes;
}

/** Returns the whole tiles of rows and the last axis. */
function tiled({ lengths, strides }: Axes, rows: number): Box {
  const last = lengths.length - 1;
  const outer = (list: readonly number[], change: (element: number) => number) =>
    list.map((element, axis) => (axis === rows || axis === last ? change(element) : element));
  return {
    lengths: [...outer(lengths, (length) => Math.floor(length / SIDE)), SIDE, SIDE],
    strides: strides.map((each) => [
      ...outer(each, (stride) => stride * SIDE),
      at(each, rows),
      at(each, last),
    ]),
    starts: strides.map(() => 0),
  };
}

/** True if a space is walked in tiles. */
export function isTiled(axes: Axes): boolean {
  return transposedAxis(axes) !== undefined;
}

/** True if a space may be walked in tiles, whatever its dtypes. @param axes with strides in elements. */
export function mayBeTiled({ lengths, strides }: Axes): boolean {
  const last = lengths.length - 1;
  const isFar = (each: readonly number[]) =>
    Math.abs(at(each, last)) * LARGEST_ELEMENT >= CACHE_LINE;
  return at(lengths, last) >= SHORTEST && strides.some(isFar);
}

/**
 * Returns the axis along which some array has neighbours that are far apart along the last axis; undefined too where
 * axes are short.
 */
function transposedAxis({ lengths, strides }: Axes): number | undefined {
  const last = lengths.length - 1;
  if (at(lengths, last) < SHORTEST) return undefined;
  for (const each of strides) {
    if (Math.abs(at(each, last)) < CACHE_LINE) continue;
    const axis = each.findIndex((stride) => stride !== 0 && Math.abs(stride) <= LARGEST_ELEMENT);
    if (axis >= 0 && at(lengths, axis) >= SHORTEST) return axis;
  }
  return undefined;
}
