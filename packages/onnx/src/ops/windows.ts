/**
 * Windows that slide over the last axes: their elements are gathered from flat planes, or added into them.
 */

import type { GroupedWindows, Overlapped, Slid, Transposed } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import { addLengths, isPolynomial, type Length, timesLength } from "../trace/length.ts";
import type { Symbolically } from "../trace/symbolic.ts";
import {
  type Application,
  namesOf,
  type Operand,
  type Row,
  sizeOf,
  Unsupported,
  written,
} from "./writer.ts";

/** Lengths that no open axis changes. */
function fixed(lengths: readonly Length[]): number[] {
  return lengths.map((length) => {
    if (isPolynomial(length)) {
      throw new Unsupported(
        "windows along an axis that is left open",
        "Give that axis a fixed length",
      );
    }
    return length;
  });
}

/** Returns the index in a flat plane of each element of each window, as [elements of a window, windows]. */
function indicesIn(lengths: readonly number[], windows: Symbolically<Slid>): number[] {
  const [size, out] = [fixed(windows.size), fixed(windows.outputSize)];
  const [stride, dilation] = [fixed(windows.stride), fixed(windows.dilation)];
  let indices = [0];
  const spread = (list: readonly number[], steps: readonly number[]) => {
    list.forEach((count, axis) => {
      const step = lengths.slice(axis + 1).reduce((all, each) => all * each, at(steps, axis));
      indices = indices.flatMap((index) =>
        Array.from({ length: count }, (_, i) => index + i * step),
      );
    });
  };
  spread(size, dilation);
  spread(out, stride);
  return indices;
}

/**
 * Returns the padding before the first element of each axis, then the padding after the last one. It is undefined if
 * the first window begins after the first element, or if it depends on an open length. Elements that no window reaches
 * need none.
 */
export function paddingOf(
  windows: Pick<
    Symbolically<GroupedWindows>,
    "size" | "stride" | "dilation" | "low" | "outputSize"
  >,
  lengths: readonly Length[],
): readonly number[] | undefined {
  const { size, stride, dilation, low, outputSize } = windows;
  const high = lengths.map((length, axis) => {
    const behind = addLengths(
      windowsReach(windows, axis),
      timesLength(addLengths(length, at(low, axis)), -1),
    );
    // An axis with as much left as a stride has fewer windows than would fit.
    const isMost = typeof behind !== "number" || -behind < Number(at(stride, axis));
    return typeof behind === "number" && isMost ? Math.max(0, behind) : Number.NaN;
  });
  const all = [...low, ...high, ...size, ...stride, ...dilation];
  const isClosed = all.every((each) => typeof each === "number");
  const isOpenEverywhere = outputSize.every((count) => count !== 0);
  if (!isClosed || !isOpenEverywhere) return undefined;
  const pads = [...low, ...high] as number[];
  // Runtimes refuse windows of padding alone.
  const isWithin = pads.every((count, i) => count >= 0 && count < Number(size[i % size.length]));
  return isWithin ? pads : undefined;
}

/** Returns the reach of windows along an axis, from the first element of the first one. */
function windowsReach(
  {
    size,
    stride,
    dilation,
    outputSize,
  }: Pick<Symbolically<GroupedWindows>, "size" | "stride" | "dilation" | "outputSize">,
  axis: number,
): Length {
  const [step, spacing] = [at(stride, axis), at(dilation, axis)];
  if (isPolynomial(step) || isPolynomial(spacing)) return at(size, axis);
  const last = timesLength(addLengths(at(outputSize, axis), -1), step);
  return addLengths(addLengths(last, timesLength(addLengths(at(size, axis), -1), spacing)), 1);
}

/** Writes planes with any other leading axes as [batch, channels, …]. @param axes of a plane. */
export function planesOf(
  { graph, inputs, results }: Application<unknown>,
  axes: number,
  write: (graph: Builder, name: string) => readonly string[],
): readonly string[] {
  const [{ name, shape }] = inputs as [Operand];
  const split = shape.length - axes;
  if (split === 2) return write(graph, name);
  const planes = graph.reshape(name, [sizeOf(shape.slice(0, split)), 1, ...shape.slice(split)]);
  return write(graph, planes).map((own, i) => graph.reshape(own, at(results, i).shape));
}

/** The greatest element of each window. */
export const maxPool: Row = {
  write: (application) => {
    const windows = application.attributes as Symbolically<GroupedWindows>;
    const { shape } = at(application.inputs, 0);
    const axes = windows.size.length;
    const pads = paddingOf(windows, shape.slice(shape.length - axes));
    if (pads === undefined) {
      throw new Unsupported(
        "windows along an axis that is left open",
        "Give that axis a fixed length",
      );
    }
    const [size, stride, dilation] = [
      fixed(windows.size),
      fixed(windows.stride),
      fixed(windows.dilation),
    ];
    return planesOf(application, axes, (graph, name) => [
      graph.node("MaxPool", [name], {
        kernel_shape: size,
        strides: stride,
        ...(pads.some((count) => count > 0) && { pads }),
        ...(dilation.some((step) => step > 1) && { dilations: dilation }),
      }),
    ]);
  },
};

/** True if there is an operator for the greatest elements of such windows. */
export function hasMaxPool(lengths: readonly number[], windows: GroupedWindows): boolean {
  return windows.size.length <= 3 && paddingOf(windows, lengths) !== undefined;
}

export const slidingWindows: Row = written<Symbolically<Slid>>(({ graph, inputs, attributes }) => {
  const [x] = inputs as [Operand];
  const { size, outputSize } = attributes;
  const axis = x.shape.length - size.length;
  const lengths = fixed(x.shape.slice(axis));
  const flat = graph.reshape(x.name, [...x.shape.slice(0, axis), sizeOf(lengths)]);
  const shape = fixed([...size, ...outputSize]);
  const indices = graph.constant("int64", indicesIn(lengths, attributes), shape);
  return graph.node("Gather", [flat, indices], { axis });
});

export const overlapAdd: Row = written<Symbolically<Overlapped>>(
  ({ graph, inputs, attributes, results }) => {
    const [x] = inputs as [Operand];
    const [{ dtype, shape }] = results as [(typeof results)[number]];
    const lengths = fixed(attributes.lengths);
    const planes = sizeOf(shape.slice(0, shape.length - lengths.length));
    const elements = indicesIn(lengths, attributes);
    const rows = graph.reshape(x.name, [planes, elements.length]);
    const zeros = graph.node("Expand", [
      graph.scalar(dtype, 0),
      graph.lengths([planes, sizeOf(lengths)]),
    ]);
    const indices = graph.node("Expand", [
      graph.constant("int64", elements),
      graph.lengths([planes, elements.length]),
    ]);
    const sums = graph.node("ScatterElements", [zeros, indices, rows], {
      axis: 1,
      reduction: "add",
    });
    return graph.reshape(sums, shape);
  },
);

/**
 * A convolution. Its operator only has paddings of fixed, nonnegative numbers: an input that is cropped or dilated, as
 * in gradients of strides, is padded before.
 */
export const convolution: Row = written<Symbolically<GroupedWindows>>(
  ({ graph, inputs, attributes, results }) => {
    const [x, weight, ...bias] = inputs as [Operand, Operand, Operand?];
    const [type] = results as [(typeof results)[number]];
    const { size, stride, dilation, low, inputDilation, outputSize, groups } = attributes;
    const [strides, dilations, gaps] = [fixed(stride), fixed(dilation), fixed(inputDilation)];
    const [group = 1] = fixed([groups]);
    const lengths = x.shape.slice(2);
    const high = lengths.map((length, axis) => {
      const last = timesLength(addLengths(at(outputSize, axis), -1), at(strides, axis));
      const own = timesLength(addLengths(at(size, axis), -1), at(dilations, axis));
      const reach = addLengths(addLengths(last, own), 1);
      const wide = timesLength(length, at(gaps, axis));
      const behind = addLengths(reach, timesLength(addLengths(at(low, axis), wide), -1));
      // Less than a stride that is left over is passed by.
      const isLeft = typeof behind === "number" && behind < 0 && -behind < at(strides, axis);
      return isLeft ? 0 : behind;
    });
    const pads = [...low, ...high];
    const isPlain =
      gaps.every((each) => each === 1) &&
      pads.every((count) => typeof count === "number" && count >= 0);
    const write = (own: Builder): readonly string[] => {
      const convolved = isPlain ? x.name : spread(own, x, gaps, pads);
      return [
        own.node("Conv", [convolved, weight.name, ...namesOf(bias.flatMap((each) => each ?? []))], {
          strides,
          dilations,
          group,
          ...(isPlain && { pads: fixed(pads) }),
        }),
      ];
    };
    // The operator fails where there is nothing to sum, as in the gradient of weights by no examples.
    const summed = [at(x.shape, 1), ...size];
    const [name = ""] = graph.unlessEmpty(summed, [type], write, (own) => [own.zeros(type)]);
    return name;
  },
);

/** A transposed convolution, whose operator has the padding of the convolution. */
export const transposedConvolution: Row = written<Symbolically<Transposed>>(
  ({ graph, inputs, attributes }) => {
    const { low, high, more } = croppingOf(attributes);
    return graph.node("ConvTranspose", namesOf(inputs), {
      strides: fixed(attributes.stride),
      dilations: fixed(attributes.dilation),
      group: fixed([attributes.groups])[0] ?? 1,
      pads: fixed([...low, ...high]),
      ...(more.some((count) => count !== 0) && { output_padding: fixed(more) }),
    });
  },
);

/** Returns the lengths that are cut off before and after, and the number of elements after all windows. */
function croppingOf(windows: Symbolically<Transposed>): Record<"low" | "high" | "more", Length[]> {
  const { low, lengths } = windows;
  const behind = lengths.map((length, axis) =>
    addLengths(windowsReach(windows, axis), timesLength(addLengths(length, at(low, axis)), -1)),
  );
  return {
    low: [...low],
    high: behind.map((count) => (typeof count === "number" ? Math.max(0, count) : count)),
    more: behind.map((count) => (typeof count === "number" ? Math.max(0, -count) : 0)),
  };
}

/** True if the operator for transposed convolutions takes such windows. */
export function hasTransposed(windows: Transposed): boolean {
  const { low, high, more } = croppingOf(windows);
  const { stride, dilation, inputDilation, outputSize } = windows;
  return (
    [...low, ...high].every((count) => Number(count) >= 0) &&
    more.every((count, axis) => Number(count) < Math.max(at(stride, axis), at(dilation, axis))) &&
    inputDilation.every((each) => each === 1) &&
    outputSize.every((count) => count > 0)
  );
}

/** Returns the planes of x with zeros after each element, and as many around them. */
function spread(
  graph: Builder,
  x: Operand,
  gaps: readonly number[],
  pads: readonly Length[],
): string {
  const zero = graph.scalar(x.dtype, 0);
  const padded = (name: string, counts: readonly Length[]) =>
    graph.node("Pad", [name, graph.lengths(counts), zero]);
  let { name } = x;
  if (gaps.some((gap) => gap > 1)) {
    // [batch, channels, length, 1, length, 1, …]
    const outer = x.shape.slice(0, 2);
    const lengths = x.shape.slice(2);
    const interleaved = lengths.flatMap((length) => [length, 1]);
    const behind = gaps.flatMap((gap) => [0, gap - 1]);
    const none = [0, 0, ...behind.map(() => 0)];
    const wide = lengths.map((length, axis) => timesLength(length, at(gaps, axis)));
    name = padded(graph.reshape(name, [...outer, ...interleaved]), [...none, 0, 0, ...behind]);
    name = graph.reshape(name, [...outer, ...wide]);
  }
  const half = pads.length / 2;
  return padded(name, [0, 0, ...pads.slice(0, half), 0, 0, ...pads.slice(half)]);
}
