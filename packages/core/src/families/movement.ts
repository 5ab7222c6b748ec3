/**
 * The families that move elements: views, which loops read through, and concatenations.
 */

import type { Computation, KernelOf, StridedLayout } from "../graph/kernel.ts";
import type { Attributes } from "../graph/types.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { boxesOf, SMALLEST_TILED } from "./tiles.ts";

function copy({ arrays, result }: Pick<Computation, "arrays" | "result">): void {
  result.set(at(arrays, 0));
}

/** The kernel of the same elements in the same order, under another shape. */
export const reshapeKernel: KernelOf<"view"> = { kind: "view", compute: copy };

/** The kernel of the first input as it is, as soon as the others are there: nothing reads through it. */
export const barrierKernel: KernelOf<"passing"> = { kind: "passing", compute: copy };

/** Returns the kernel of a view that needs a separate loop. */
/* @__NO_SIDE_EFFECTS__ */
export function readKernel<A extends Attributes>(
  layout: (shape: Shape, attributes: A) => StridedLayout,
): KernelOf<"view", A> {
  return {
    kind: "view",
    compute: ({ arrays, types, attributes, result, type }) => {
      const from = layout(at(types, 0).shape, attributes);
      copyStrided(type.shape, at(arrays, 0), from, result, undefined);
    },
    layout,
  };
}

/** Returns the kernel of zeros, into which each input is written at its placement. */
/* @__NO_SIDE_EFFECTS__ */
export function writeKernel<A extends Attributes>(
  layouts: (shapes: readonly Shape[], attributes: A) => readonly StridedLayout[],
): KernelOf<"joining", A> {
  return {
    kind: "joining",
    compute: ({ arrays, types, attributes, result }) => {
      const shapes = types.map(({ shape }) => shape);
      layouts(shapes, attributes).forEach((layout, i) => {
        copyStrided(at(shapes, i), at(arrays, i), undefined, result, layout);
      });
    },
    layoutsOfInputs: layouts,
  };
}

/** The elements from which rows are copied at once. */
const LONG_ROW = 16;

/** One axis of a copy. */
interface Axis {
  readonly length: number;
  readonly read: number;
  readonly write: number;
}

/** The axis of an array that has none. */
const SINGLE: Axis = { length: 1, read: 1, write: 1 };

/**
 * Copies the elements of a box of `shape`. A side without a placement is contiguous. Large transposed
 * arrays are walked in tiles, which take two thirds of the time.
 */
export function copyStrided(
  shape: Shape,
  source: TypedArray,
  from: StridedLayout | undefined,
  target: TypedArray,
  to: StridedLayout | undefined,
): void {
  if (sizeOf(shape) === 0) return;
  const contiguous = { offset: 0, strides: stridesOf(shape) };
  const read = from ?? contiguous;
  const write = to ?? contiguous;
  const axes = mergeAxes(shape, read, write);
  if (sizeOf(shape) < SMALLEST_TILED) {
    copyAxes(axes, source, read.offset, target, write.offset);
    return;
  }
  const size = source.BYTES_PER_ELEMENT;
  const whole = {
    lengths: axes.map(({ length }) => length),
    strides: [axes.map((axis) => axis.read * size), axes.map((axis) => axis.write * size)],
  };
  for (const { lengths, strides, starts } of boxesOf(whole)) {
    const [reads = [], writes = []] = strides;
    const [a = 0, b = 0] = starts;
    const box = lengths.map((length, i): Axis => {
      return { length, read: at(reads, i) / size, write: at(writes, i) / size };
    });
    copyAxes(box, source, read.offset + a / size, target, write.offset + b / size);
  }
}

/**
 * Returns the axes without those of length 1; neighbours that both sides walk as one are one. One axis is always left.
 */
function mergeAxes(shape: Shape, read: StridedLayout, write: StridedLayout): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((length, i) => {
    if (length === 1) return;
    const axis = { length, read: at(read.strides, i), write: at(write.strides, i) };
    const last = axes.at(-1);
    if (last?.read === axis.read * length && last.write === axis.write * length) {
      axes.pop();
      axes.push({ ...axis, length: last.length * length });
    } else axes.push(axis);
  });
  return axes.length > 0 ? axes : [SINGLE];
}

function copyAxes(
  axes: readonly Axis[],
  source: TypedArray,
  from: number,
  target: TypedArray,
  to: number,
): void {
  const inner = axes.at(-1) ?? SINGLE;
  const rows = axes.at(-2) ?? SINGLE;
  const outer = axes.slice(0, -2);
  const index = outer.map(() => 0);
  let a = from;
  let b = to;
  for (;;) {
    copyRows(rows, inner, source, a, target, b);
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      const { length, read, write } = at(outer, axis);
      const next = at(index, axis) + 1;
      const wraps = next === length;
      index[axis] = wraps ? 0 : next;
      const steps = wraps ? 1 - next : 1;
      a += steps * read;
      b += steps * write;
      if (!wraps) break;
    }
    if (axis < 0) return;
  }
}

function copyRows(
  rows: Axis,
  { length, read, write }: Axis,
  source: TypedArray,
  from: number,
  target: TypedArray,
  to: number,
): void {
  const long = length >= LONG_ROW && write === 1;
  for (let i = 0; i < rows.length; i++) {
    const a = from + i * rows.read;
    const b = to + i * rows.write;
    if (long && read === 1) {
      target.set(source.subarray(a, a + length), b);
    } else if (long && read === 0) {
      target.fill(at(source, a), b, b + length);
    } else {
      let [x, y] = [a, b];
      for (let j = 0; j < length; j++) {
        target[y] = source[x] as number;
        x += read;
        y += write;
      }
    }
  }
}
