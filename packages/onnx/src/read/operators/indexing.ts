/**
 * Operators that read and write elements at indices. All of them compute indices into a flat list, so that each is one
 * `take` or
 * `put` of core.
 */

import {
  arange,
  compress,
  forLoop,
  nonZero,
  put,
  stack,
  type Tensor,
  take,
  tensor,
  where,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import type { Value } from "../value.ts";

/** Returns the distance of neighbouring elements along each axis, in elements. */
function stridesOf(shape: readonly number[]): (number | undefined)[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Returns indices counted from the start; negative ones count from the end. */
function fromStart(indices: Tensor, length: number): Tensor {
  return where(indices.less(0), indices.add(length), indices);
}

/** Returns, for each element of a shape, the sum of coordinate · stride over the axes that have a stride. */
function offsets(shape: readonly number[], strides: readonly (number | undefined)[]): Tensor {
  let sum: Tensor = tensor(0, { dtype: "int32" });
  shape.forEach((length, axis) => {
    const stride = strides[axis];
    if (stride === undefined) return;
    const lengths = shape.map((_, i) => (i === axis ? length : 1));
    const steps = arange(0, length, { dtype: "int32" }).mul(stride);
    sum = sum.add(steps.reshape(lengths));
  });
  return sum;
}

/** Returns the row-major indices of the elements at indices along an axis. */
function flatIndicesAlong(node: Node, x: Tensor, indices: Tensor, axis: number): Tensor {
  if (indices.rank !== x.rank)
    throw node.refusal("indices", `${x.rank} axes`, String(indices.rank));
  const strides = stridesOf(x.shape);
  const along = fromStart(indices, x.shape[axis] ?? 0).mul(strides[axis] ?? 1);
  return along.add(offsets(indices.shape, strides.with(axis, undefined)));
}

/**
 * Returns the row-major indices of the elements whose coordinates along the first axes are the last axis of the
 * indices.
 */
function flatIndicesOf(x: Tensor, indices: Tensor, ahead: number): Tensor {
  const count = indices.shape.at(-1) ?? 0;
  const strides = stridesOf(x.shape.slice(0, ahead + count));
  let flat: Tensor = offsets(indices.shape.slice(0, -1), strides.slice(0, ahead));
  for (let k = 0; k < count; k++) {
    const from = indices.shape.map((_, i) => (i === indices.rank - 1 ? k : 0));
    const to = indices.shape.map((length, i) => (i === indices.rank - 1 ? k + 1 : length));
    const coordinate = indices.slice(from, to).reshape(indices.shape.slice(0, -1));
    const part = fromStart(coordinate, x.shape[ahead + k] ?? 0).mul(strides[ahead + k] ?? 1);
    flat = flat.add(part);
  }
  return flat;
}

function gathered(node: Node): Tensor {
  const x = node.input(0);
  return take(x, node.input(1), node.axis(node.int("axis", 0), x.rank));
}

function gatheredElements(node: Node): Tensor {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = node.axis(node.int("axis", 0), x.rank);
  return take(x.reshape([x.size]), flatIndicesAlong(node, x, indices, axis));
}

function gatheredBlocks(node: Node): Tensor {
  const [x, indices] = [node.input(0), node.input(1)];
  const batch = node.int("batch_dims", 0);
  const split = batch + (indices.shape.at(-1) ?? 0);
  if (split > x.rank) {
    const expected = `coordinates of at most ${x.rank - batch} axes`;
    throw node.refusal("input 1", expected, String(split - batch));
  }
  const rest = x.shape.slice(split);
  const list = x.reshape([sizeOf(x.shape.slice(0, split)), ...rest]);
  // Each example of a batch has its own indices, so the coordinates along batch axes are added.
  return take(list, flatIndicesOf(x, indices, batch));
}

/** Writes values into a list of rows; products are computed one by one, since an index may occur more than once. */
function written(node: Node, rows: Tensor, flat: Tensor, values: Tensor): Tensor {
  const mode = node.oneOf("reduction", "none", "add", "mul", "max", "min");
  if (mode !== "mul") return put(rows, flat, values, 0, { mode: mode === "none" ? "set" : mode });
  return forLoop(
    0,
    flat.size,
    (i: Tensor, state: Tensor) => {
      const index = take(flat, i);
      return put(state, index, take(state, index).mul(take(values, i)), 0);
    },
    rows,
  );
}

function scatteredElements(node: Node): Tensor {
  const [x, indices, updates] = [node.input(0), node.input(1), node.input(2)];
  const axis = node.axis(node.int("axis", 0), x.rank);
  const flat = flatIndicesAlong(node, x, indices, axis).reshape([indices.size]);
  return written(node, x.reshape([x.size]), flat, updates.reshape([indices.size])).reshape(x.shape);
}

function scatteredBlocks(node: Node): Tensor {
  const [x, indices, updates] = [node.input(0), node.input(1), node.input(2)];
  const split = indices.shape.at(-1) ?? 0;
  const rest = x.shape.slice(split);
  const flat = flatIndicesOf(x, indices, 0);
  const rows = x.reshape([sizeOf(x.shape.slice(0, split)), ...rest]);
  const values = updates.reshape([flat.size, ...rest]);
  return written(node, rows, flat.reshape([flat.size]), values).reshape(x.shape);
}

/** Returns one-hot rows: `on` at the index, and `off` at other elements. */
function ones(node: Node): Value {
  const indices = node.input(0).cast("int32");
  const depth = node.number(1);
  const values = node.input(2);
  const rank = indices.rank + 1;
  const axis = node.axis(node.int("axis", -1), rank);
  const shape = [...indices.shape.slice(0, axis), 1, ...indices.shape.slice(axis)];
  const classes = arange(0, depth, { dtype: "int32" });
  const isOn = fromStart(indices, depth)
    .reshape(shape)
    .equal(classes.reshape(shape.map((_, i) => (i === axis ? depth : 1))));
  const [off, on] = [values.slice([0], [1]).reshape([]), values.slice([1], [2]).reshape([])];
  return { type: node.type(2), tensor: where(isOn, on, off) };
}

/**
 * Returns the coordinates of elements that are not 0. The length of the result depends on the values, so they must be
 * known.
 */
function found(node: Node): Value {
  const x = node.input(0);
  node.numbers(0);
  const coordinates = nonZero(x);
  const none = tensor([], { shape: [0, 0], dtype: "int32" });
  return { type: "int64", tensor: coordinates.length === 0 ? none : stack(coordinates) };
}

function compressed(node: Node): Tensor {
  const x = node.input(0);
  const mask = node.input(1);
  const axis = node.int("axis");
  node.numbers(1);
  const along = axis === undefined ? 0 : node.axis(axis, x.rank);
  const list = axis === undefined ? x.reshape([x.size]) : x;
  // A mask may be shorter than the axis.
  const ends = list.shape.map((length, i) => (i === along ? Math.min(length, mask.size) : length));
  return compress(
    list.slice(
      list.shape.map(() => 0),
      ends,
    ),
    mask,
    along,
  );
}

/** Returns the unique elements, or slices along an axis: sorted, or in the order of their first occurrence. */
function differing(node: Node): Results {
  const x = node.input(0);
  const numbers = node.numbers(0);
  const axis = node.int("axis");
  const isSorted = node.int("sorted", 1) !== 0;
  const along = axis === undefined ? 0 : node.axis(axis, x.rank);
  const rows = axis === undefined ? x.reshape([x.size]) : x;
  const count = rows.shape[along] ?? 0;
  const [outer, inner] = [sizeOf(rows.shape.slice(0, along)), sizeOf(rows.shape.slice(along + 1))];
  const slices = Array.from({ length: count }, (_, i) =>
    Array.from({ length: outer }, (_o, o) =>
      numbers.slice((o * count + i) * inner, (o * count + i + 1) * inner),
    ).flat(),
  );
  const first = new Map<string, number>();
  const keys = slices.map((slice) => slice.join());
  keys.forEach((key, i) => {
    if (!first.has(key)) first.set(key, i);
  });
  const compare = (a: readonly number[], b: readonly number[]) => {
    const at = a.findIndex((value, i) => value !== b[i]);
    return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
  };
  const order = [...first.entries()];
  if (isSorted) order.sort(([, i], [, j]) => compare(slices[i] ?? [], slices[j] ?? []));
  const rank = new Map(order.map(([key], i) => [key, i]));
  const int64 = (values: readonly number[]): Value => ({
    type: "int64",
    tensor: tensor(Int32Array.from(values), { dtype: "int32" }),
  });
  const inverse = keys.map((key) => rank.get(key) ?? 0);
  const firsts = order.map(([, i]) => i);
  const counts = new Array<number>(order.length).fill(0);
  for (const i of inverse) counts[i] = (counts[i] ?? 0) + 1;
  return [
    take(rows, int64(firsts).tensor, along),
    int64(firsts),
    int64(inverse),
    int64(counts),
  ].map((result) => ("type" in result ? result : { type: node.type(0), tensor: result }));
}

export const indexing = rows({
  Compress: { read: compressed },
  Gather: { read: gathered },
  GatherElements: { read: gatheredElements },
  GatherND: { read: gatheredBlocks },
  NonZero: { read: found },
  OneHot: { read: ones, settings: [1] },
  Scatter: { read: scatteredElements },
  ScatterElements: { read: scatteredElements },
  ScatterND: { read: scatteredBlocks },
  Unique: { read: differing },
});
