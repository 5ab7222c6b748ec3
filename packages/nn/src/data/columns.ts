/**
 * Data whose examples are all in memory: tensors with the examples along a common first axis, or an array of examples.
 */

import { ArgumentError, ShapeError, type Tensor, type TypedArray, take } from "@graddiff/core";
import { describe, isTensor } from "@graddiff/core/extend";
import { at, sizeOf } from "../basics.ts";
import { elementsOf, fillerWith, stored } from "../inside.ts";
import { ExampleForm } from "./examples.ts";

/** Examples with random access. */
export interface Table {
  /** The number of examples. */
  readonly examples: number;
  /** The batch of the examples from `start` up to but without `end`. */
  readonly span: (start: number, end: number) => unknown;
  /** Returns the batch of the examples at some indices. */
  readonly at: (indices: Int32Array) => unknown;
}

/** True if an array is a tree of columns. Every other array is a list of examples. */
export function isColumns(data: unknown): boolean {
  return Array.isArray(data) ? data.length > 0 && data.every(isTensor) : isTensor(data);
}

/**
 * Returns the table of a tree of tensors. A batch in order has views of them, which copy nothing.
 *
 * @throws ShapeError for tensors without an axis, or with first axes of different lengths; ArgumentError for a tree
 *   without tensors, and for numbers and Variables in it.
 */
export function columnsOf(op: string, tree: unknown): Table {
  if (typeof tree !== "object" || tree === null) throw noColumn(op, "data", describe(tree));
  const columns: Tensor[] = [];
  let first = "";
  const fill = fillerWith(op, tree, (leaf, path) => {
    const argument = nameOf(path);
    if (!isTensor(leaf)) throw noColumn(op, argument, describe(leaf));
    if (leaf.rank === 0) throw noColumn(op, argument, "a scalar");
    const [length, expected] = [at(leaf.shape, 0), columns[0]?.shape[0]];
    if (expected === undefined) first = argument;
    else if (length !== expected) {
      throw new ShapeError(
        op,
        argument,
        `${expected} examples along the first axis, as ${first} has`,
        String(length),
      );
    }
    return columns.push(leaf) - 1;
  });
  const [column] = columns;
  if (column === undefined) throw noColumn(op, "data", describe(tree));
  return {
    examples: at(column.shape, 0),
    span: (start, end) => fill(columns.map((each) => rowsOf(op, each, start, end))),
    at: (indices) => fill(columns.map((each) => rowsAt(op, each, indices))),
  };
}

/** Returns the table of an array of examples, all of which are checked before the first batch. */
export function listOfExamples(op: string, list: readonly unknown[]): Table {
  if (list.length === 0) return { examples: 0, span: () => undefined, at: () => undefined };
  const form = new ExampleForm(op, list[0]);
  for (let i = 0; i < list.length; i++) form.leavesOf(list[i], i);
  const leavesOf = (index: number) => form.leavesOf(list[index], index);
  return {
    examples: list.length,
    span: (start, end) =>
      form.stack(Array.from({ length: end - start }, (_, i) => leavesOf(start + i))),
    at: (indices) =>
      form.stack(Array.from({ length: indices.length }, (_, i) => leavesOf(at(indices, i)))),
  };
}

/** Returns rows of a tensor as a view, which shares its elements. */
function rowsOf(op: string, x: Tensor, start: number, end: number): Tensor {
  const [length = 0, ...row] = x.shape;
  if (start === 0 && end === length) return x;
  const elements = elementsOf(x, op);
  if (elements === undefined) return x.at([start, end]);
  const size = sizeOf(row);
  return stored(
    [end - start, ...row],
    x.dtype,
    elements.subarray(start * size, end * size),
    x.weak,
  );
}

/**
 * Rows up to this length are copied element by element, longer ones by `set` of a view, whose creation takes as long as
 * such a copy.
 */
const SHORT_ROW = 16;

/** Returns the rows of a tensor at some indices: like `take`, without the overhead of an op for few elements. */
function rowsAt(op: string, x: Tensor, indices: Int32Array): Tensor {
  const elements = elementsOf(x, op);
  if (elements === undefined) return take(x, stored([indices.length], "int32", indices));
  const row = x.shape.slice(1);
  const size = sizeOf(row);
  const result = stored([indices.length, ...row], x.dtype, undefined, x.weak);
  // The array is new, so it may be used without a copy.
  const rows = elementsOf(result, op) as TypedArray;
  for (let i = 0, to = 0; i < indices.length; i++, to += size) {
    const from = (indices[i] as number) * size;
    if (size > SHORT_ROW) rows.set(elements.subarray(from, from + size), to);
    // All indices are within their arrays, so no element is undefined.
    else for (let k = 0; k < size; k++) rows[to + k] = elements[from + k] as number;
  }
  return result;
}

/** Returns the path of a tensor of the data, for errors. */
function nameOf(path: string): string {
  if (path === "") return "data";
  return path.startsWith("[") ? `data${path}` : `data.${path}`;
}

function noColumn(op: string, argument: string, got: string): ShapeError | ArgumentError {
  const Kind = got === "a scalar" ? ShapeError : ArgumentError;
  return new Kind({
    op,
    argument,
    expected: "tensors that have the examples along their first axis",
    got,
  });
}
