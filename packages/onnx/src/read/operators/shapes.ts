/**
 * Operators that move elements without changing them.
 */

import {
  broadcastTo,
  concat,
  full,
  type PadOptions,
  pad,
  type Tensor,
  tensor,
  tile,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import type { Value } from "../value.ts";

/** Returns known integers as a value of int64. */
export function integers(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Value {
  const own = tensor(Int32Array.from(values), { shape, dtype: "int32" });
  return { type: "int64", tensor: own, known: values };
}

/** Reshapes a tensor. A 0 keeps the length of the input, unless an attribute makes 0 a length. */
function reshaped(node: Node): Tensor {
  const x = node.input(0);
  const given = node.version < 5 ? (node.ints("shape") ?? []) : node.numbers(1);
  const isLength = node.int("allowzero", 0) !== 0;
  const shape = given.map((length, i) => (length === 0 && !isLength ? (x.shape[i] ?? 0) : length));
  if (!shape.includes(-1)) return x.reshape(shape);
  const rest = sizeOf(shape.filter((length) => length !== -1));
  const open = rest === 0 ? 0 : x.size / rest;
  if (!Number.isInteger(open)) {
    throw node.refusal("shape", `lengths that ${x.size} elements have`, `[${shape.join(", ")}]`);
  }
  return x.reshape(shape.map((length) => (length === -1 ? open : length)));
}

/**
 * Returns the index from which on axes are flattened. It may be the number of axes; a negative one counts from the end.
 */
export function firstOf(node: Node, x: Tensor): number {
  const axis = node.int("axis", 1);
  return axis === x.rank ? axis : node.axis(axis, x.rank);
}

function flattened(node: Node): Tensor {
  const x = node.input(0);
  const axis = firstOf(node, x);
  return x.reshape([sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
}

function squeezed(node: Node): Tensor {
  const x = node.input(0);
  const given = node.version < 13 ? node.ints("axes") : node.maybeNumbers(1);
  const axes = given?.map((axis) => node.axis(axis, x.rank));
  axes?.forEach((axis) => {
    if (x.shape[axis] !== 1) throw node.refusal("axes", "axes of length 1", String(x.shape[axis]));
  });
  return x.reshape(x.shape.filter((length, axis) => (axes ? !axes.includes(axis) : length !== 1)));
}

function unsqueezed(node: Node): Tensor {
  const x = node.input(0);
  const given = (node.version < 13 ? node.ints("axes") : node.numbers(1)) ?? [];
  const rank = x.rank + given.length;
  const axes = new Set(given.map((axis) => node.axis(axis, rank)));
  if (axes.size < given.length) throw node.refusal("axes", "each axis once", given.join());
  const lengths = [...x.shape];
  return x.reshape(
    Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : (lengths.shift() ?? 1))),
  );
}

function transposed(node: Node): Tensor {
  const x = node.input(0);
  return x.transpose(node.ints("perm") ?? x.shape.map((_, i) => x.rank - 1 - i));
}

function joined(node: Node): Tensor {
  const all = node.all;
  return concat(all, node.version < 4 ? node.int("axis", 1) : node.int("axis", 0));
}

/** Splits into equal parts, of which the last may be shorter, or into parts of given lengths. */
function parts(node: Node): Results {
  const x = node.input(0);
  const axis = node.axis(node.int("axis", 0), x.rank);
  const length = x.shape[axis] ?? 0;
  const given = node.version < 13 ? node.ints("split") : node.maybeNumbers(1);
  const count = node.int("num_outputs", node.outputs);
  node.table(count);
  const each = Math.ceil(length / Math.max(1, count));
  const lengths =
    given ??
    Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, length - i * each)));
  if (lengths.reduce((sum, part) => sum + part, 0) !== length) {
    throw node.refusal("split", `lengths whose sum is ${length}`, lengths.join(", "));
  }
  let from = 0;
  return lengths.map((part) => {
    const start = from;
    from += part;
    return x.slice(
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((whole, i) => (i === axis ? from : whole)),
    );
  });
}

/** Returns the start, the end and the step of a slice along each axis. */
function sliceOf(node: Node, shape: readonly number[]) {
  const isOld = node.version < 10;
  const starts = (isOld ? node.ints("starts") : node.numbers(1)) ?? [];
  const ends = (isOld ? node.ints("ends") : node.numbers(2)) ?? [];
  const axes = (isOld ? node.ints("axes") : node.maybeNumbers(3)) ?? starts.map((_, i) => i);
  const steps = (isOld ? undefined : node.maybeNumbers(4)) ?? starts.map(() => 1);
  const [from, to, by] = [shape.map(() => 0), [...shape], shape.map(() => 1)];
  axes.forEach((given, i) => {
    const axis = node.axis(given, shape.length);
    const [length, step] = [shape[axis] ?? 0, steps[i] ?? 1];
    const clamped = (index: number, low: number, high: number) =>
      Math.min(Math.max(index < 0 ? index + length : index, low), high);
    const isForward = step > 0;
    from[axis] = clamped(starts[i] ?? 0, 0, isForward ? length : Math.max(0, length - 1));
    to[axis] = clamped(ends[i] ?? length, isForward ? 0 : -1, length);
    by[axis] = step;
  });
  return { from, to, by };
}

/**
 * Returns a slice; for negative steps, an end before the first element is a negative number beyond the length of any
 * axis.
 */
function sliced(node: Node): Tensor {
  const x = node.input(0);
  const { from, to, by } = sliceOf(node, x.shape);
  return x.slice(
    from,
    to.map((end, axis) => (end < 0 ? -(x.shape[axis] ?? 0) - 1 : end)),
    by,
  );
}

function expanded(node: Node): Tensor {
  const x = node.input(0);
  const shape = node.numbers(1);
  const rank = Math.max(x.rank, shape.length);
  const own = [...new Array<number>(rank - x.rank).fill(1), ...x.shape];
  const wanted = [...new Array<number>(rank - shape.length).fill(1), ...shape];
  return broadcastTo(
    x,
    wanted.map((length, i) => (length === 1 ? (own[i] ?? 1) : length)),
  );
}

/** Returns x padded at both ends of each axis; a negative number removes elements. */
export function padded(
  x: Tensor,
  widths: readonly (readonly [number, number])[],
  options: PadOptions,
): Tensor {
  const kept = widths.map(([before, after], axis): [number, number] => [
    Math.max(0, -before),
    (x.shape[axis] ?? 0) - Math.max(0, -after),
  ]);
  const isCut = widths.some((pair) => pair.some((width) => width < 0));
  const inner = isCut
    ? x.slice(
        kept.map(([from]) => from),
        kept.map(([, to]) => to),
      )
    : x;
  const added = widths.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as const);
  return added.every(([before, after]) => before + after === 0)
    ? inner
    : pad(inner, added, options);
}

function surrounded(node: Node): Tensor {
  const x = node.input(0);
  const old = node.version < 2 ? node.ints("paddings") : node.ints("pads");
  const given = (node.version < 11 ? old : node.numbers(1)) ?? [];
  const axes = node.version < 18 ? undefined : node.maybeNumbers(3);
  const along = axes?.map((axis) => node.axis(axis, x.rank)) ?? x.shape.map((_, i) => i);
  if (given.length !== 2 * along.length) {
    throw node.refusal("pads", `${2 * along.length} numbers`, String(given.length));
  }
  const widths = x.shape.map((): [number, number] => [0, 0]);
  along.forEach((axis, i) => {
    widths[axis] = [given[i] ?? 0, given[along.length + i] ?? 0];
  });
  const name = node.oneOf("mode", "constant", "reflect", "edge", "wrap");
  if (name !== "constant") return padded(x, widths, { mode: name });
  const value = node.version < 11 ? node.float("value", 0) : (node.maybeNumbers(2)?.[0] ?? 0);
  if (x.dtype !== "bool") return padded(x, widths, { value });
  return padded(x.cast("int32"), widths, { value }).cast("bool");
}

function repeated(node: Node): Tensor {
  const x = node.input(0);
  if (node.version >= 6) return tile(x, numbersPerAxis(node, 1, x.rank));
  const axis = node.axis(node.number(2), x.rank);
  const count = node.number(1);
  return tile(
    x,
    x.shape.map((_, i) => (i === axis ? count : 1)),
  );
}

/** Rearranges channels to blocks of pixels. */
function depthToSpace(node: Node): Tensor {
  const x = node.input(0);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  const block = node.int("blocksize", 1);
  const rest = channels / block ** 2;
  const isRows = node.oneOf("mode", "DCR", "CRD") === "CRD";
  const split = isRows
    ? x.reshape([batch, rest, block, block, height, width]).transpose([0, 1, 4, 2, 5, 3])
    : x.reshape([batch, block, block, rest, height, width]).transpose([0, 3, 4, 1, 5, 2]);
  return split.reshape([batch, rest, height * block, width * block]);
}

function spaceToDepth(node: Node): Tensor {
  const x = node.input(0);
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  const block = node.int("blocksize", 1);
  const [rows, columns] = [height / block, width / block];
  return x
    .reshape([batch, channels, rows, block, columns, block])
    .transpose([0, 3, 5, 1, 2, 4])
    .reshape([batch, channels * block ** 2, rows, columns]);
}

function shapeOf(node: Node): Value {
  const { shape } = node.input(0);
  return integers(shape.slice(node.int("start", 0), node.int("end", shape.length)));
}

/** Returns the middle of each axis, or the whole axis with zeros around it (CenterCropPad). */
function centred(node: Node): Tensor {
  const x = node.input(0);
  const axes =
    node.ints("axes")?.map((axis) => node.axis(axis, x.rank)) ?? x.shape.map((_, i) => i);
  const wanted = numbersPerAxis(node, 1, axes.length);
  const widths = x.shape.map((length, axis): [number, number] => {
    const more = axes.includes(axis) ? (wanted[axes.indexOf(axis)] ?? length) - length : 0;
    const before = more < 0 ? -Math.floor(-more / 2) : Math.floor(more / 2);
    return [before, more - before];
  });
  return padded(x, widths, {});
}

/** Returns the numbers of an input, one for each axis. */
function numbersPerAxis(node: Node, i: number, axes: number): readonly number[] {
  const numbers = node.numbers(i);
  if (numbers.length === axes) return numbers;
  throw node.refusal(`input ${i}`, `a number for each of ${axes} axes`, String(numbers.length));
}

/** Returns rows with their first elements reversed; each row has a length. */
function reversed(node: Node): Tensor {
  const x = node.input(0);
  const [batch, time] = [node.int("batch_axis", 1), node.int("time_axis", 0)];
  const others = x.shape.map((_, i) => i).filter((i) => i !== batch && i !== time);
  const order = [batch, time, ...others];
  const rows = x.transpose(order);
  return reversedRows(rows, node.input(1)).transpose(order.map((_, i) => order.indexOf(i)));
}

/** Reverses the first elements of rows [batch, time, …], as many as the length of each. */
export function reversedRows(x: Tensor, lengths: Tensor): Tensor {
  const [batch = 1, time = 1] = x.shape;
  const steps = tensor(
    Int32Array.from({ length: time }, (_, i) => i),
    { dtype: "int32" },
  );
  const ends = lengths.reshape([batch, 1]);
  const inside = steps.less(ends).cast("int32");
  const positions = inside
    .mul(ends.sub(1).sub(steps))
    .add(inside.mul(-1).add(1).mul(steps))
    .reshape([batch, time, ...x.shape.slice(2).map(() => 1)]);
  return x.takeAlongAxis(broadcastTo(positions, x.shape), 1);
}

export const shapes = rows({
  CenterCropPad: { read: centred, settings: [1] },
  Concat: { read: joined },
  DepthToSpace: { read: depthToSpace },
  Expand: { read: expanded, settings: [1] },
  Flatten: { read: flattened },
  Identity: { read: (node) => node.value(0) },
  Pad: { read: surrounded, settings: [1, 2, 3] },
  Reshape: { read: reshaped, settings: [1] },
  ReverseSequence: { read: reversed },
  Shape: { read: shapeOf },
  Size: { read: (node) => integers([node.input(0).size], []) },
  Slice: { read: sliced, settings: [1, 2, 3, 4] },
  SpaceToDepth: { read: spaceToDepth },
  Split: { read: parts, settings: [1] },
  Squeeze: { read: squeezed, settings: [1] },
  Tile: { read: repeated, settings: [1, 2] },
  Transpose: { read: transposed },
  Unsqueeze: { read: unsqueezed, settings: [1] },
});

/** Returns a tensor of one number. */
export function filled(
  shape: readonly number[],
  value: Value | undefined,
  floats: Tensor["dtype"],
): Value {
  if (value === undefined) return { type: "float32", tensor: full(shape, 0, { dtype: floats }) };
  const { dtype } = value.tensor;
  const whole = full(shape, value.tensor.data()[0] ?? 0, {
    dtype: dtype === "bool" ? "int32" : dtype,
  });
  return { type: value.type, tensor: dtype === "bool" ? whole.cast("bool") : whole };
}
