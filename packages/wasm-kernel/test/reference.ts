// References in plain JavaScript for the exact bits of kernels. Every operation is rounded, and sums have the library's
// fixed order. That order is a binary tree, which this file builds like a binary counter and kernels traverse from the
// root.

import type { ElementType, FloatArray } from "./support.ts";

const BLOCK = 512;

/** Returns the sum of term(0) … term(count − 1). */
export function referenceSum(
  type: ElementType,
  count: number,
  term: (index: number) => number,
): number {
  const stack: number[] = [];
  let blocks = 0;
  for (let start = 0; start < count; start += BLOCK) {
    stack.push(blockSum(type, start, Math.min(start + BLOCK, count), term));
    blocks++;
    for (let remaining = blocks; remaining % 2 === 0; remaining /= 2) fold(type, stack);
  }
  while (stack.length > 1) fold(type, stack);
  return stack[0] ?? 0;
}

/** Replaces the two sums on top of the stack by their sum, with the earlier one on the left. */
function fold(type: ElementType, stack: number[]): void {
  const later = stack.pop() ?? 0;
  const earlier = stack.pop() ?? 0;
  stack.push(type.round(earlier + later));
}

function blockSum(
  type: ElementType,
  start: number,
  end: number,
  term: (index: number) => number,
): number {
  const { round } = type;
  const lanes = new Array<number>(type.lanes).fill(0);
  for (let index = start; index < end; index++) {
    const lane = (index - start) % type.lanes;
    lanes[lane] = round((lanes[lane] ?? 0) + term(index));
  }
  // Four vectors are added lane by lane, and then the lanes of the result pairwise.
  const at = (vector: number, lane: number) => lanes[vector * type.lanesPerVector + lane] ?? 0;
  const combined = Array.from({ length: type.lanesPerVector }, (_, lane) =>
    round(round(at(0, lane) + at(1, lane)) + round(at(2, lane) + at(3, lane))),
  );
  const [first = 0, second = 0, third = 0, fourth = 0] = combined;
  const low = round(first + second);
  return type.lanesPerVector === 2 ? low : round(low + round(third + fourth));
}

export type BinaryName = "add" | "multiply";

/** x ∘ y */
export function referenceForward(
  type: ElementType,
  name: BinaryName,
  x: FloatArray,
  y: FloatArray,
): FloatArray {
  return mapPairs(type, x, y, (left, right) => (name === "add" ? left + right : left * right));
}

/** Returns the gradients with respect to both operands. */
export function referenceBackward(
  type: ElementType,
  name: BinaryName,
  gradient: FloatArray,
  x: FloatArray,
  y: FloatArray,
): { xGradient: FloatArray; yGradient: FloatArray } {
  const times = (factor: FloatArray) =>
    mapPairs(type, gradient, factor, (incoming, other) =>
      name === "add" ? incoming : incoming * other,
    );
  return { xGradient: times(y), yGradient: times(x) };
}

function mapPairs(
  { make, round }: ElementType,
  x: FloatArray,
  y: FloatArray,
  f: (left: number, right: number) => number,
): FloatArray {
  const out = make(x.length);
  for (let index = 0; index < x.length; index++)
    out[index] = round(f(x[index] ?? 0, y[index] ?? 0));
  return out;
}

/** A matrix in memory; strides are in elements. */
export interface ReferenceMatrix {
  readonly array: FloatArray;
  readonly rowStride: number;
  readonly columnStride: number;
}

const CHUNK = 4096;

/** Returns a · b: each element is a sum over k in order, in chunks whose sums are added in order. */
export function referenceMatmul(
  { round, make }: ElementType,
  rows: number,
  columns: number,
  inner: number,
  a: ReferenceMatrix,
  b: ReferenceMatrix,
): FloatArray {
  const out = make(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let total = 0;
      for (let start = 0; start < inner; start += CHUNK) {
        let sum = 0;
        for (let k = start; k < Math.min(start + CHUNK, inner); k++) {
          const left = a.array[row * a.rowStride + k * a.columnStride] ?? 0;
          const right = b.array[k * b.rowStride + column * b.columnStride] ?? 0;
          sum = round(sum + round(left * right));
        }
        total = start === 0 ? sum : round(total + sum);
      }
      out[row * columns + column] = total;
    }
  }
  return out;
}
