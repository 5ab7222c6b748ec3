/**
 * Where ops find their inputs, which need not be where the inputs themselves would stand: loops read
 * through repetitions, transposes, slices, reshapes and conversions, products through transposes.
 */

import type { Placement } from "../graph/op.ts";
import { readsStrides } from "../run/wasm/steps.ts";
import { type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, broadcastStrides, type Shape, sameShape, stridesOf } from "../tensor/shape.ts";
import { isCast } from "./loops.ts";
import type { Operation, Trace } from "./trace.ts";

/** Where an op finds one of its inputs; for loops also where the elements of its space lie there. */
export interface Source extends Placement {
  readonly id: number;
  /** Whether a loop reads every element at its own place in the loop's space. */
  readonly inPlace: boolean;
}

/** The dtype of the loop that each op could be part of; undefined for ops that cannot. */
type Loops = readonly (FloatDType | undefined)[];

/** The sources of the inputs of every op. */
export function sourcesOf(trace: Trace, loops: Loops): (readonly Source[])[] {
  return trace.nodes.map((node, id): readonly Source[] => {
    if (node.kind !== "operation") return [];
    const loop = loops[id];
    const { kernel } = node.op;
    if (kernel.kind === "read") {
      // A loop that copies: its space is the result's.
      const [input = 0] = node.inputs;
      const { shape } = at(trace.nodes, input);
      return [readThrough(trace, input, kernel.layout(shape, node.attributes), node.shape)];
    }
    if (kernel.kind === "write") {
      // A loop for each input, over its own shape.
      return node.inputs.map((input) => {
        const { shape } = at(trace.nodes, input);
        return readThrough(trace, input, { offset: 0, strides: stridesOf(shape) }, shape);
      });
    }
    if (loop !== undefined) {
      return node.inputs.map((input) => loopSource(trace, loops, input, node.shape, loop));
    }
    const reads = readsStrides(node.op, node);
    return node.inputs.map((input) => {
      const source = reads ? (transposedSource(trace, input) ?? input) : input;
      return { id: source, offset: 0, strides: [], inPlace: false };
    });
  });
}

/** Where a loop over `shape` finds the elements of a value that repeats over it. */
function loopSource(
  trace: Trace,
  loops: Loops,
  input: number,
  shape: Shape,
  loop: FloatDType,
): Source {
  const { shape: own } = at(trace.nodes, input);
  const source = readThrough(
    trace,
    input,
    { offset: 0, strides: broadcastStrides(own, shape) },
    shape,
  );
  const node = at(trace.nodes, source.id);
  if (node.kind !== "operation" || node.dtype !== loop) return source;
  if (!convertsGiven(trace, loops, node)) return source;
  return readThrough(trace, at(node.inputs, 0), source, shape);
}

/** Follows views for as long as the elements of a loop's space lie at regular distances. */
function readThrough({ nodes }: Trace, input: number, placement: Placement, shape: Shape): Source {
  let id = input;
  let { offset, strides } = placement;
  for (;;) {
    const node = at(nodes, id);
    if (node.kind !== "operation") break;
    const { kernel } = node.op;
    if (kernel.kind === "read") {
      const [source = 0] = node.inputs;
      const layout = kernel.layout(at(nodes, source).shape, node.attributes);
      const composed = compose({ offset, strides }, shape, layout, node.shape);
      if (composed === undefined) break;
      ({ offset, strides } = composed);
    } else if (kernel.kind !== "reshape") {
      break;
    }
    id = at(node.inputs, 0);
  }
  const { shape: own } = at(nodes, id);
  const inPlace = offset === 0 && isContiguous(strides, shape) && sameShape(own, shape);
  return { id, offset, strides, inPlace };
}

function isContiguous(strides: readonly number[], shape: Shape): boolean {
  return stridesOf(shape).every((stride, axis) => shape[axis] === 1 || stride === strides[axis]);
}

/**
 * Where the elements of a loop's space lie in the array that a view reads, from where they lie in
 * the view. A distance in the view is split into steps along its axes, and each step is as long as
 * the view's layout says (or every step is, where the view is contiguous). Undefined where steps carry
 * from one axis into the next, as they do when there was a reshape in between.
 */
function compose(
  { offset, strides }: Placement,
  shape: Shape,
  layout: Placement,
  viewShape: Shape,
): Placement | undefined {
  if (shape.includes(0)) return undefined;
  if (isContiguous(layout.strides, viewShape)) return { offset: layout.offset + offset, strides };
  const first = stepsOf(offset, viewShape);
  const last = [...first];
  const composed = strides.map((stride, axis) => {
    const length = at(shape, axis);
    if (length === 1) return 0;
    const steps = stepsOf(stride, viewShape);
    steps.forEach((step, i) => {
      last[i] = at(last, i) + step * (length - 1);
    });
    return dot(steps, layout.strides);
  });
  if (last.some((step, axis) => step >= at(viewShape, axis))) return undefined;
  return { offset: layout.offset + dot(first, layout.strides), strides: composed };
}

/** A distance in a contiguous array as steps along its axes. */
function stepsOf(distance: number, shape: Shape): number[] {
  let rest = distance;
  return stridesOf(shape).map((stride, axis) => {
    if (shape[axis] === 1) return 0;
    const step = Math.floor(rest / stride);
    rest -= step * stride;
    return step;
  });
}

function dot(steps: readonly number[], strides: readonly number[]): number {
  return steps.reduce((sum, step, axis) => sum + step * at(strides, axis), 0);
}

/**
 * A conversion between numbers of different bytes, or from int32 to float64, of what no loop
 * computes: a loop of the result's dtype converts it when it reads.
 */
function convertsGiven(trace: Trace, loops: Loops, node: Operation): boolean {
  if (!isCast(node) || !isFloat(node.dtype)) return false;
  const { id } = readThrough(trace, at(node.inputs, 0), { offset: 0, strides: [] }, []);
  const { dtype } = at(trace.nodes, id);
  const converts = node.dtype === "float64" ? dtype !== "bool" : dtype === "float64";
  return converts && loops[id] === undefined;
}

/** The matrix that a node is the transpose of; undefined for any other node. */
function transposedSource({ nodes }: Trace, id: number): number | undefined {
  const node = at(nodes, id);
  const permutation = node.kind === "operation" ? node.attributes["permutation"] : undefined;
  const swaps = Array.isArray(permutation) && permutation.join() === "1,0";
  return swaps && node.kind === "operation" ? node.inputs[0] : undefined;
}
