/**
 * Windows that slide over the last axes: their elements are gathered from flat planes, or added into them.
 */

import type { Overlapped, Slid } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import { isPolynomial, type Length } from "../trace/length.ts";
import type { Symbolically } from "../trace/symbolic.ts";
import { type Operand, type Row, sizeOf, Unsupported, written } from "./writer.ts";

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

/** Where in a flat plane each element of each window stands: by place in the window, then by window. */
function placesIn(lengths: readonly number[], windows: Symbolically<Slid>): number[] {
  const [size, out] = [fixed(windows.size), fixed(windows.out)];
  const [stride, dilation] = [fixed(windows.stride), fixed(windows.dilation)];
  let places = [0];
  const spread = (list: readonly number[], steps: readonly number[]) => {
    list.forEach((count, axis) => {
      const step = lengths.slice(axis + 1).reduce((all, each) => all * each, at(steps, axis));
      places = places.flatMap((place) => Array.from({ length: count }, (_, i) => place + i * step));
    });
  };
  spread(size, dilation);
  spread(out, stride);
  return places;
}

export const slidingWindows: Row = written<Symbolically<Slid>>(({ graph, inputs, attributes }) => {
  const [x] = inputs as [Operand];
  const { size, out } = attributes;
  const axis = x.shape.length - size.length;
  const lengths = fixed(x.shape.slice(axis));
  const flat = graph.reshape(x.name, [...x.shape.slice(0, axis), sizeOf(lengths)]);
  const shape = fixed([...size, ...out]);
  const places = graph.constant("int64", placesIn(lengths, attributes), shape);
  return graph.node("Gather", [flat, places], { axis });
});

export const overlapAdd: Row = written<Symbolically<Overlapped>>(
  ({ graph, inputs, attributes, results }) => {
    const [x] = inputs as [Operand];
    const [{ dtype, shape }] = results as [(typeof results)[number]];
    const lengths = fixed(attributes.lengths);
    const planes = sizeOf(shape.slice(0, shape.length - lengths.length));
    const places = placesIn(lengths, attributes);
    const rows = graph.reshape(x.name, [planes, places.length]);
    const zeros = graph.node("Expand", [
      graph.scalar(dtype, 0),
      graph.lengths([planes, sizeOf(lengths)]),
    ]);
    const indices = graph.node("Expand", [
      graph.constant("int64", places),
      graph.lengths([planes, places.length]),
    ]);
    const sums = graph.node("ScatterElements", [zeros, indices, rows], {
      axis: 1,
      reduction: "add",
    });
    return graph.reshape(sums, shape);
  },
);
