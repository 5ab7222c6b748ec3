/**
 * Discrete Fourier transforms: the operator DFT on pairs in a last axis, which scales its inverse.
 */

import { at } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import type { SymbolicType } from "../trace/symbolic.ts";
import { type Application, inputOf, type Row, Unsupported } from "./writer.ts";

interface Along {
  /** The number of axes after that of the transform. */
  readonly inner: number;
}

type Complex = Along & { readonly inverse: boolean };
type Real = Along & { readonly doubled: boolean };
type RealAdjoint = Real & { readonly n: number };

/** Returns the axis of a transform, and its length. */
function axisOf({ shape }: SymbolicType, { inner }: Along): { axis: number; length: number } {
  const axis = shape.length - 1 - inner;
  const length = at(shape, axis);
  if (typeof length === "number") return { axis, length };
  throw new Unsupported("a transform of an open length", "Give the axis a fixed length");
}

/** Returns real numbers, or pairs of them, with an axis more. */
function joined(graph: Builder, parts: readonly string[]): string {
  const last = graph.constant("int64", [-1]);
  const columns = parts.map((part) => graph.node("Unsqueeze", [part, last]));
  return columns.length === 1 ? at(columns, 0) : graph.node("Concat", columns, { axis: -1 });
}

/** Returns a part of pairs. */
function partOf(graph: Builder, pairs: string, part: 0 | 1): string {
  return graph.node("Gather", [pairs, graph.scalar("int64", part)], { axis: -1 });
}

/** Adds the operator, whose axis was an attribute before version 20. */
function transform(
  graph: Builder,
  pairs: string,
  axis: number,
  inner: number,
  { length, ...how }: { length?: number; inverse?: number; onesided?: number },
): string {
  const lengthName = length === undefined ? "" : graph.scalar("int64", length);
  // onnxruntime gives a transform of one axis another shape, so it gets an axis before that.
  const isAlone = axis === 0 && inner === 0;
  const first = graph.constant("int64", [0]);
  const x = isAlone ? graph.node("Unsqueeze", [pairs, first]) : pairs;
  const along = isAlone ? 1 : axis;
  const y =
    graph.opset < 20
      ? graph.node("DFT", lengthName === "" ? [x] : [x, lengthName], { axis: along, ...how })
      : graph.node("DFT", [x, lengthName, graph.scalar("int64", along)], how);
  return isAlone ? graph.node("Squeeze", [y, first]) : y;
}

/** Returns numbers along an axis: one for the first and for the middle element of a spectrum, and another one between them. */
function weighted(
  graph: Builder,
  x: string,
  { dtype, shape }: SymbolicType,
  along: Along,
  n: number,
  [ends, between]: readonly [number, number],
): string {
  if (ends === 1 && between === 1) return x;
  const { length } = axisOf({ shape, dtype }, along);
  const weights = Array.from({ length }, (_, k) => (k === 0 || 2 * k === n ? ends : between));
  const lengths = [length, ...Array<number>(along.inner).fill(1)];
  return graph.node("Mul", [x, graph.constant(dtype, weights, lengths)]);
}

const row = <Attributes>(
  write: (application: Application<Attributes>) => readonly string[],
): Row => ({ write: (application) => write(application as Application<Attributes>) });

export const dft: Row = row<Complex>((application) => {
  const { graph, inputs, attributes } = application;
  const { axis, length } = axisOf(at(inputs, 0), attributes);
  const inverse = Number(attributes.inverse);
  const pairs = joined(graph, [inputOf(application), inputOf(application, 1)]);
  const result = transform(graph, pairs, axis, attributes.inner, { inverse });
  const { dtype } = at(inputs, 0);
  const whole = attributes.inverse
    ? graph.node("Mul", [result, graph.scalar(dtype, length)])
    : result;
  return [partOf(graph, whole, 0), partOf(graph, whole, 1)];
});

export const realDft: Row = row<Real>((application) => {
  const { graph, inputs, attributes, results } = application;
  const { axis, length } = axisOf(at(inputs, 0), attributes);
  const x = joined(graph, [inputOf(application)]);
  const result = transform(graph, x, axis, attributes.inner, { onesided: 1 });
  const factors = [1, attributes.doubled ? 2 : 1] as const;
  return ([0, 1] as const).map((part) =>
    weighted(graph, partOf(graph, result, part), at(results, 0), attributes, length, factors),
  );
});

export const realDftAdjoint: Row = row<RealAdjoint>((application) => {
  const { graph, inputs, attributes } = application;
  const { n, doubled } = attributes;
  const spectrum = at(inputs, 0);
  const { axis } = axisOf(spectrum, attributes);
  // The other half of the spectrum is zeros, which the operator adds, and the real part of the signal is kept.
  const between = doubled ? 2 : 1;
  const parts = ([0, 1] as const).map((part) =>
    weighted(graph, inputOf(application, part), spectrum, attributes, n, [1 - part, between]),
  );
  const result = transform(graph, joined(graph, parts), axis, attributes.inner, {
    length: n,
    inverse: 1,
  });
  return [graph.node("Mul", [partOf(graph, result, 0), graph.scalar(spectrum.dtype, n)])];
});
