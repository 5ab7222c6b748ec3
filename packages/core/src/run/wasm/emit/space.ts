/**
 * The walk through an iteration space: loops over outer axes, and in the innermost one a loop over blocks of whole
 * vectors.
 *
 *   axis 0 ── axis 1 ── … ── blocks, each `vectors` vectors ── then a rest of less than a block
 *
 * Where there are reductions, the last axis is theirs: blocks then follow each other without a break
 * in the order of summation, see `reductions.ts`.
 *
 * Large transposed arrays are walked in tiles, see `families/tiles.ts`.
 *
 * Axes of length 1 are dropped and neighbouring axes merged where every array allows it, so most
 * spaces end as one long axis. A block is then a few vectors of it. Where the last axis is too
 * short to fill vectors (a matrix of three columns with a bias), a block is instead as many rows as
 * fill whole vectors; lanes are then gathered, and what repeats in every block is gathered once.
 */

import { LANE_VECTORS } from "../../../families/orderOfSums.ts";
import { boxesOf, isTiled } from "../../../families/tiles.ts";
import { BYTES } from "../../../tensor/dtype.ts";
import { at, sizeOf } from "../../../tensor/shape.ts";
import { keepReducedAxis, mergeAxes, reducesAlongOneAxis } from "../../program/loop/axes.ts";
import { type Loop, reducedAxesOf, refuse } from "../../program/loop/loop.ts";

/** Last axes up to this length are taken together with the axis before them. */
const LONGEST_NARROW = 16;
/** The most steps that are written out in a block of a narrow loop. */
const LARGEST_NARROW_BLOCK = 128;

export interface Space {
  /** The lengths of the outer loops. */
  readonly outer: readonly number[];
  /** The number of blocks in each pass of the outer loops, and the number of vectors in a block. */
  readonly blocks: number;
  readonly vectors: number;
  /** Elements after the last block. */
  readonly rest: number;
  /** The different ways in which arrays are walked, and which one each array takes. */
  readonly walks: readonly Walk[];
  readonly walkOf: readonly number[];
  /** The offset of each array's first element, in bytes. */
  readonly starts: readonly number[];
}

/** The walk through one or several arrays, in bytes. */
export interface Walk {
  /** The number of loops (the one over blocks included) inside which the address changes. */
  readonly level: number;
  /** True if all elements of a vector are the same element. */
  readonly uniform: boolean;
  /** Returns the offset of an element of a block from the block. */
  offset(element: number): number;
  /** Returns the least offset of the first `count` elements of a block; 0 where no stride is negative. */
  lowest(count: number): number;
  /** True if some stride is negative. */
  readonly backward: boolean;
  readonly blockStep: number;
  /** The distance between two runs of the outermost loop. */
  readonly runStep: number;
  /** The distances that are added after each pass of an outer loop. */
  readonly outerSteps: readonly number[];
}

/** The layout of an array: its start, its strides in elements, and the bytes of its elements. */
export interface ArrayLayout {
  readonly offset: number;
  readonly strides: readonly number[];
  readonly size: number;
}

/** The work at each index of a space. */
interface Work {
  /** The number of lanes of a vector. */
  readonly lanes: number;
  readonly steps: number;
  /** The number of last axes that are reduced. */
  readonly reducedAxes: number;
}

const ONE_ELEMENT = {
  outer: [],
  blocks: 1,
  vectors: 1,
  rest: 0,
  walks: [
    {
      level: 0,
      uniform: true,
      offset: () => 0,
      lowest: () => 0,
      backward: false,
      blockStep: 0,
      runStep: 0,
      outerSteps: [],
    },
  ],
} as const satisfies Partial<Space>;

/** Returns the space of one element, whose arrays start at these addresses. */
export function oneElement(starts: readonly number[]): Space {
  return { ...ONE_ELEMENT, walkOf: starts.map(() => 0), starts };
}

/** Returns the walks through a space, in one part or several; none where there is nothing to walk. */
export function planSpace(
  shape: readonly number[],
  arrays: readonly ArrayLayout[],
  work: Work,
): Space[] {
  if (shape.includes(0)) return [];
  const distinct: number[][] = [];
  const known = new Map<string, number>();
  const walkOf = arrays.map(({ strides, size }) => {
    const bytes = strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride * size));
    const key = bytes.join();
    let index = known.get(key);
    if (index === undefined) {
      index = distinct.push(bytes) - 1;
      known.set(key, index);
    }
    return index;
  });
  const merged = mergeAxes(shape, distinct);
  const { lengths, strides } = merged;
  const { reducedAxes } = work;
  if (reducedAxes > 0) keepReducedAxis(merged, sizeOf(shape.slice(shape.length - reducedAxes)));
  // The elements of a reduction have a fixed order, so they are not tiled.
  const whole = { lengths, strides, starts: strides.map(() => 0) };
  const boxes = work.reducedAxes > 0 ? [whole] : boxesOf(whole);
  return boxes.map((box): Space => {
    const loops = blockLoops(box.lengths, work);
    const starts = arrays.map(({ offset, size }, i) => {
      return offset * size + at(box.starts, at(walkOf, i));
    });
    return { ...loops, walks: box.strides.map((strides) => walk(strides, loops)), walkOf, starts };
  });
}

/** True if a loop without reductions would be walked in tiles. */
export function walksInTiles({ dtype, shape, inputs }: Loop): boolean {
  const strides = inputs.map((input) => {
    const size = BYTES[input.dtype ?? dtype];
    return input.strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride * size));
  });
  const merged = mergeAxes(shape, strides);
  return isTiled(merged);
}

/** @throws ArgumentError if the loop's reductions are over axes that some array does not walk as one. */
export function checkReductions(loop: Loop): void {
  if (reducesAlongOneAxis(loop)) return;
  const got = `${reducedAxesOf(loop)} axes of [${loop.shape}]`;
  refuse("axes", "axes that every array walks as one", got);
}

interface Loops {
  readonly outer: readonly number[];
  readonly blocks: number;
  readonly vectors: number;
  readonly rest: number;
  readonly reduces: boolean;
  /** The number of axes over which a block extends, 1 or 2; with 2, the length of the last one. */
  readonly axes: 1 | 2;
  readonly columns: number;
  /** Whole steps along the first of these axes that a block takes. */
  readonly rows: number;
}

/** Returns the loops over blocks of a space of these lengths. */
export function blockLoops(lengths: readonly number[], { lanes, steps, reducedAxes }: Work): Loops {
  const columns = at(lengths, lengths.length - 1);
  const rows = lengths[lengths.length - 2];
  const reduces = reducedAxes > 0;
  if (!reduces && rows !== undefined && columns <= LONGEST_NARROW) {
    const rowsAtOnce = lanes / greatestCommonDivisor(columns, lanes);
    const vectors = (rowsAtOnce * columns) / lanes;
    if (vectors * steps <= LARGEST_NARROW_BLOCK) {
      const rest = (rows % rowsAtOnce) * columns;
      const blocks = Math.floor(rows / rowsAtOnce);
      const outer = lengths.slice(0, -2);
      return { outer, blocks, vectors, rest, reduces, axes: 2, columns, rows: rowsAtOnce };
    }
  }
  const most = reduces ? LANE_VECTORS : Math.floor(columns / lanes);
  const vectors = Math.max(1, Math.min(unrolled(steps), most));
  const blocks = Math.floor(columns / (vectors * lanes));
  const rest = columns - blocks * vectors * lanes;
  const outer = lengths.slice(0, -1);
  return { outer, blocks, vectors, rest, reduces, axes: 1, columns: 1, rows: vectors * lanes };
}

/**
 * Vectors in a block of one axis. Where addresses are arguments, a body of a few steps takes half
 * the time in fours; longer bodies, and those with addresses built in, gain nothing.
 */
function unrolled(steps: number): number {
  return steps <= 4 ? 4 : 1;
}

function walk(strides: readonly number[], loops: Loops): Walk {
  const { outer, axes, columns, rows, blocks, rest, reduces } = loops;
  const rowStride = at(strides, outer.length);
  const columnStride = axes === 2 ? at(strides, outer.length + 1) : 0;
  const blockStep = rows * rowStride;
  const moves = blocks > 1 || rest > 0 || reduces;
  let moved = moves ? blocks * blockStep : 0;
  const outerSteps = new Array<number>(outer.length);
  for (let axis = outer.length - 1; axis >= 0; axis--) {
    outerSteps[axis] = at(strides, axis) - moved;
    moved = at(strides, axis) * at(outer, axis);
  }
  let level = outer.length + 1;
  if (blockStep === 0) {
    level = outer.length;
    while (level > 0 && strides[level - 1] === 0) level--;
  }
  const backward = strides.some((stride) => stride < 0);
  const offset = (element: number) =>
    axes === 1
      ? element * rowStride
      : Math.floor(element / columns) * rowStride + (element % columns) * columnStride;
  const lowest = (count: number) => {
    let least = 0;
    if (backward) for (let i = 1; i < count; i++) least = Math.min(least, offset(i));
    return least;
  };
  return {
    level,
    uniform: rowStride === 0 && columnStride === 0,
    offset,
    lowest,
    backward,
    blockStep,
    runStep: outer.length > 0 ? at(strides, 0) : blockStep,
    outerSteps,
  };
}

function greatestCommonDivisor(x: number, y: number): number {
  let [larger, smaller] = [x, y];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
