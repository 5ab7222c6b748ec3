/**
 * Nested arrays, as JavaScript writes matrices, to flat elements and back.
 */

import { ArgumentError, formatShape, ShapeError } from "../errors.ts";
import type { DType, TypedArray } from "./dtype.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Elements as nested arrays; the elements themselves for a scalar. */
export type NestedArray = number | boolean | readonly NestedArray[];

/**
 * Opens nested arrays level by level, checking that all rows of a level agree. A hole becomes undefined,
 * which is no element.
 */
export function flatten(data: unknown): { elements: readonly unknown[]; shape: number[] } {
  const shape: number[] = [];
  // The first row of each level: nesting without end comes back to one of them.
  const firsts = new Set<unknown>();
  let level: readonly unknown[] = [data];
  while (level.some(Array.isArray)) {
    if (firsts.has(level[0])) {
      throw unsuitable("arrays of a finite depth", "one that contains itself");
    }
    firsts.add(level[0]);
    const lengths = new Set(level.map((row) => (Array.isArray(row) ? row.length : undefined)));
    const [length, other] = lengths;
    if (length === undefined || lengths.size > 1) {
      const got = [length, other].map((n) => (n === undefined ? "an element" : `length ${n}`));
      throw unsuitable(`rows of equal length along axis ${shape.length}`, got.join(" and "));
    }
    shape.push(length);
    level = elementsOf(level as readonly (readonly unknown[])[]);
  }
  return { elements: level, shape };
}

/** As `flat(1)`, which leaves out the holes. */
function elementsOf(rows: readonly (readonly unknown[])[]): unknown[] {
  const elements: unknown[] = [];
  for (const row of rows) for (let i = 0; i < row.length; i++) elements.push(row[i]);
  return elements;
}

function unsuitable(expected: string, got: string): ShapeError {
  return new ShapeError({ op: "tensor", argument: "data", expected, got });
}

/** V8 makes no longer arrays. */
const LONGEST = 2 ** 27;

/** The elements of a tensor as nested arrays. */
export function nest(storage: number | TypedArray, shape: Shape, dtype: DType): NestedArray {
  const element = (value: number) => (dtype === "bool" ? value !== 0 : value);
  if (typeof storage === "number") return element(storage);
  if (Math.max(storage.length, sizeOf(shape.slice(0, -1))) > LONGEST) {
    throw new ArgumentError({
      op: "toArray",
      expected: "at most 2^27 elements and rows",
      got: `the shape ${formatShape(shape)}`,
      hint: "Read large tensors with data()",
    });
  }
  let rows: NestedArray[] = Array.from(storage, element);
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const length = shape[axis] ?? 0;
    const count = sizeOf(shape.slice(0, axis));
    const flat = rows;
    rows = Array.from({ length: count }, (_, i) => flat.slice(i * length, (i + 1) * length));
  }
  return rows;
}
