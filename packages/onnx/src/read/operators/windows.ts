/**
 * Operators of sliding windows: convolutions and pools over one to three axes after batch and channels.
 */

import {
  averagePool1d,
  averagePool2d,
  averagePool3d,
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  fold,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  type Tensor,
  tensor,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { type Results, rows } from "../operator.ts";
import type { Value } from "../value.ts";
import { padded } from "./shapes.ts";

type Pair = readonly [before: number, after: number];

/** The layout of windows along each axis. */
export interface Windows {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly Pair[];
}

/** Returns the settings that all operators of windows have. Padding may follow from the lengths of the input. */
function windowsOf(node: Node, lengths: readonly number[], size: readonly number[]): Windows {
  const stride = node.ints("strides") ?? size.map(() => 1);
  const dilation = node.ints("dilations") ?? size.map(() => 1);
  const given = node.ints("pads") ?? size.flatMap(() => [0, 0]);
  if (
    size.length !== lengths.length ||
    stride.length !== size.length ||
    given.length !== 2 * size.length
  ) {
    throw node.refusal(
      "kernel_shape",
      `${lengths.length} axes, in strides and pads, too`,
      String(size.length),
    );
  }
  const mode = node.oneOf("auto_pad", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID");
  const pads = size.map((length, axis): Pair => {
    if (mode === "NOTSET") return [given[axis] ?? 0, given[axis + size.length] ?? 0];
    if (mode === "VALID") return [0, 0];
    const [step, whole] = [stride[axis] ?? 1, lengths[axis] ?? 0];
    const span = (length - 1) * (dilation[axis] ?? 1) + 1;
    const total = Math.max(0, (Math.ceil(whole / step) - 1) * step + span - whole);
    const less = Math.floor(total / 2);
    return mode === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
  // The work is counted beforehand, since core reads each window along an axis.
  const counts = size.map((length, axis) => {
    const [before, after] = pads[axis] ?? [0, 0];
    const free = (lengths[axis] ?? 0) + before + after - (length - 1) * (dilation[axis] ?? 1) - 1;
    return Math.max(1, Math.ceil(free / (stride[axis] ?? 1)) + 1);
  });
  node.run.meter.ask(sizeOf(counts), 0);
  return { size, stride, dilation, pads };
}

/** Returns the function for a number of axes. */
function byAxes<Compute>(node: Node, axes: number, ...all: readonly Compute[]): Compute {
  const compute = all[axes - 1];
  if (compute !== undefined) return compute;
  throw node.refusal(
    "input 0",
    "[batch, channels, …] with one to three further axes",
    `${axes} after them`,
  );
}

/** Returns a convolution with the settings of an operator. */
export function convolve(node: Node, x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const axes = x.rank - 2;
  const windows = windowsOf(node, x.shape.slice(2), weight.shape.slice(2));
  const conv = byAxes(node, axes, conv1d, conv2d, conv3d);
  const options: ConvOptions = {
    stride: windows.stride,
    dilation: windows.dilation,
    padding: windows.pads,
    groups: node.int("group", 1),
    ...(bias && { bias }),
  };
  return conv(x, weight, options);
}

/** Returns the padding for which the result has a given length. */
function transposedPads(node: Node, x: Tensor, windows: Windows, more: readonly number[]): Pair[] {
  const { size, stride, dilation, pads } = windows;
  const wanted = node.ints("output_shape");
  const mode = node.oneOf("auto_pad", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID");
  const isSame = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  if (wanted === undefined && !isSame) return [...pads];
  return size.map((length, axis): Pair => {
    const [step, count] = [stride[axis] ?? 1, x.shape[2 + axis] ?? 0];
    const full = step * (count - 1) + (more[axis] ?? 0) + (length - 1) * (dilation[axis] ?? 1) + 1;
    const total = full - (wanted?.slice(-size.length)[axis] ?? count * step);
    const less = Math.floor(total / 2);
    return mode === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
}

/** Computes a transposed convolution; if core does not support the padding, the unpadded result is cropped. */
function transposed(node: Node): Tensor {
  const [x, weight, bias] = [node.input(0), node.input(1), node.maybe(2)];
  const size = weight.shape.slice(2);
  const windows = windowsOf(node, x.shape.slice(2), size);
  const more = node.ints("output_padding") ?? size.map(() => 0);
  const pads = transposedPads(node, x, windows, more);
  const conv = byAxes(node, size.length, convTranspose1d, convTranspose2d, convTranspose3d);
  const { stride, dilation } = windows;
  const options: ConvTransposeOptions = { stride, dilation, groups: node.int("group", 1) };
  const isPlain =
    pads.every((pair) => Math.min(...pair) >= 0) &&
    more.every((length, axis) => length < Math.max(stride[axis] ?? 1, dilation[axis] ?? 1));
  if (isPlain) {
    const own = { ...options, padding: pads, outputPadding: more, ...(bias && { bias }) };
    return conv(x, weight, own);
  }
  const whole = conv(x, weight, options);
  const widths = pads.map(([before, after], axis): [number, number] => [
    -before,
    (more[axis] ?? 0) - after,
  ]);
  const cut = padded(whole, [[0, 0], [0, 0], ...widths], {});
  return bias === undefined ? cut : cut.add(bias.reshape([1, -1, ...size.map(() => 1)]));
}

/** Returns the padding, plus the elements that a last window would read after it. */
function reachedPads(node: Node, lengths: readonly number[], windows: Windows): Pair[] {
  const { size, stride, dilation, pads } = windows;
  if (node.int("ceil_mode", 0) === 0) return [...pads];
  return pads.map(([before, after], axis): Pair => {
    const [length, step] = [lengths[axis] ?? 0, stride[axis] ?? 1];
    const span = ((size[axis] ?? 1) - 1) * (dilation[axis] ?? 1) + 1;
    const free = length + before + after - span;
    const steps = Math.ceil(free / step);
    // A window that begins in the padding after the last element has no element of the input.
    const count = steps * step >= length + before ? steps : steps + 1;
    return [before, Math.max(after, (count - 1) * step + span - length - before)];
  });
}

function pooledWindows(node: Node): { x: Tensor; windows: Windows } {
  const x = node.input(0);
  const lengths = x.shape.slice(2);
  const size = node.ints("kernel_shape");
  if (size === undefined) throw node.refusal("kernel_shape", "lengths", "none");
  const windows = windowsOf(node, lengths, size);
  return { x, windows };
}

const around = (pads: readonly Pair[]): Pair[] => [[0, 0], [0, 0], ...pads];

/** Computes for each window the sum over its elements, divided by their number. */
function averaged(x: Tensor, windows: Windows, node: Node): Tensor {
  const pool = byAxes(node, windows.size.length, averagePool1d, averagePool2d, averagePool3d);
  const { stride, dilation } = windows;
  return pool(x, windows.size, { stride, dilation });
}

/** Returns the averages of windows; one that begins in the padding after the last element is left out, as in PyTorch. */
function averagePooled(node: Node): Tensor {
  const { x, windows } = pooledWindows(node);
  const { size, stride, dilation, pads } = windows;
  const pool = byAxes(node, size.length, averagePool1d, averagePool2d, averagePool3d);
  return pool(x, size, {
    stride,
    dilation,
    padding: pads,
    ceilMode: node.int("ceil_mode", 0) !== 0,
    countPadding: node.int("count_include_pad", 0) !== 0,
  });
}

/** Computes (Σ |x|^p)^(1/p) of each window. */
function normPooled(node: Node): Tensor {
  const { x, windows } = pooledWindows(node);
  const pads = reachedPads(node, x.shape.slice(2), windows);
  const order = node.int("p", 2);
  const powers = padded(x.abs().pow(order), around(pads), {});
  return averaged(powers, windows, node)
    .mul(sizeOf(windows.size))
    .pow(1 / order);
}

/** Returns the greatest of each window, and its index among all elements. */
function maxPooled(node: Node): Results {
  const { x, windows } = pooledWindows(node);
  const { size, stride, dilation, pads } = windows;
  const ceilMode = node.int("ceil_mode", 0) !== 0;
  if (!node.wants(1)) {
    const pool = byAxes(node, size.length, maxPool1d, maxPool2d, maxPool3d);
    return pool(x, size, { stride, dilation, padding: pads, ceilMode });
  }
  if (size.length > 2)
    throw node.refusal("output 1", "indices along one or two axes", `${size.length}`);
  // One axis is treated as two, the second of length 1.
  const isLine = size.length === 1;
  const plane = isLine ? x.reshape([...x.shape, 1]) : x;
  const one = <Each>(values: readonly Each[], other: Each) =>
    isLine ? [...values, other] : [...values];
  const { values, indices } = maxPool2dWithIndices(plane, one(size, 1), {
    stride: one(stride, 1),
    dilation: one(dilation, 1),
    padding: one<Pair>(pads, [0, 0]),
    ceilMode,
  });
  const [batch = 1, channels = 1, height = 1, width = 1] = plane.shape;
  const isColumns = node.int("storage_order", 0) !== 0;
  const row = indices.sub(indices.remainder(width)).div(width).cast("int32");
  const within = isColumns ? indices.remainder(width).mul(height).add(row) : indices;
  const planes = Int32Array.from({ length: batch * channels }, (_, i) => i * height * width);
  const starts = tensor(planes, { shape: [batch, channels, 1, 1], dtype: "int32" });
  const shape = isLine ? values.shape.slice(0, -1) : values.shape;
  const elements: Value = { type: "int64", tensor: within.add(starts).reshape(shape) };
  return [{ type: node.type(0), tensor: values.reshape(shape) }, elements];
}

/** The spatial axes. */
const spatial = (x: Tensor) => x.shape.map((_, axis) => axis).slice(2);

function globalNorm(node: Node): Tensor {
  const x = node.input(0);
  const order = node.int("p", 2);
  return x
    .abs()
    .pow(order)
    .sum(spatial(x), { keepDims: true })
    .pow(1 / order);
}

/** Adds the columns of windows to the elements at the windows' positions (Col2Im). */
function folded(node: Node): Tensor {
  const x = node.input(0);
  const [image, block] = [node.numbers(1), node.numbers(2)];
  const { stride, dilation, pads } = windowsOf(node, image, block);
  const lengths = image.map((length, axis) => {
    const [before, after] = pads[axis] ?? [0, 0];
    return length + before + after;
  });
  const whole = fold(x, lengths, block, { stride, dilation });
  return padded(whole, around(pads.map(([before, after]): Pair => [-before, -after])), {});
}

export const windows = rows({
  AveragePool: { read: averagePooled },
  Col2Im: { read: folded, settings: [1, 2] },
  Conv: { read: (node) => convolve(node, node.input(0), node.input(1), node.maybe(2)) },
  ConvTranspose: { read: transposed },
  GlobalAveragePool: {
    read: (node) => node.input(0).mean(spatial(node.input(0)), { keepDims: true }),
  },
  GlobalLpPool: { read: globalNorm },
  GlobalMaxPool: { read: (node) => node.input(0).max(spatial(node.input(0)), { keepDims: true }) },
  LpPool: { read: normPooled },
  MaxPool: { read: maxPooled },
});
