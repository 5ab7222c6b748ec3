/**
 * Concatenations of inputs of one shape. They are one loop over the shape of an input, which stores each input at its
 * position in the result. So they can end the loop that computes the inputs, which then have no memory of their own.
 *
 * ```
 * stack([x · y, x + y], 1):   loop: mul add → result[2 i], result[2 i + 1]
 * ```
 */

import type { StridedLayout } from "../../../graph/kernel.ts";
import { nodeAt, type TraceNode } from "../../../graph/trace.ts";
import type { FloatDType } from "../../../tensor/dtype.ts";
import { at, type Shape, sameShape, sizeOf, stridesOf } from "../../../tensor/shape.ts";
import type { Source } from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";
import { isContiguous } from "./sources.ts";

/** The most inputs of a loop: each is a stream of memory, and more are copied in several passes. */
const MOST_JOINED = 16;

/** Returns the most inputs that a loop can join: all of them and the result are arrays. */
export function mostJoinedBy({ arrays }: Target): number {
  return arrays === undefined ? MOST_JOINED : Math.min(MOST_JOINED, arrays.most - 1);
}

export interface Concatenation {
  /** The dtype and the shape of the loop. */
  readonly dtype: FloatDType;
  readonly shape: Shape;
  /** By input: its source, and its placement in the result. */
  readonly sources: readonly Source[];
  readonly layouts: readonly StridedLayout[];
}

/**
 * Returns an op as a concatenation; undefined for other ops, and where copying one input after the other is as fast.
 *
 * @param sources of the op's inputs, over the shapes of the inputs.
 * @param loops by id: the dtype of the loop that an op could be part of.
 * @param most how many inputs a loop can put together.
 */
export function concatenationOf(
  node: TraceNode,
  sources: readonly Source[],
  nodes: readonly TraceNode[],
  loops: readonly (FloatDType | undefined)[],
  most: number,
): Concatenation | undefined {
  if (node.kind !== "operation" || node.op.kernel?.kind !== "joining") return undefined;
  const shapes = node.inputs.map((input) => nodeAt(nodes, input).shape);
  const inputShape = at(shapes, 0);
  const count = shapes.length;
  if (count < 2 || count > most || sizeOf(inputShape) === 0) return undefined;
  if (!shapes.every((shape) => sameShape(shape, inputShape))) return undefined;
  // Zeros that are left in between have to be written by another schedule item.
  if (count * sizeOf(inputShape) !== sizeOf(node.shape)) return undefined;
  const computed = sources.filter(({ id }) => loops[id] !== undefined);
  const layouts = node.op.kernel.layoutsOfInputs(shapes, node.attributes);
  const interleaves = layouts.some(({ strides }) => !isContiguous(strides, inputShape));
  if (computed.length === 0 && !interleaves) return undefined;
  const lengths = withoutOnes(inputShape);
  const leader = computed.find(
    (source) =>
      isWhole(source, inputShape) &&
      sameShape(withoutOnes(nodeAt(nodes, source.id).shape), lengths),
  );
  const shape = leader === undefined ? inputShape : nodeAt(nodes, leader.id).shape;
  const over = ({ offset, strides }: StridedLayout) => {
    return { offset, strides: stridesOver(shape, strides, inputShape) };
  };
  return {
    dtype: node.dtype === "float64" ? "float64" : "float32",
    shape,
    sources: sources.map((source): Source => {
      const isThere =
        isWhole(source, inputShape) && sameShape(nodeAt(nodes, source.id).shape, shape);
      return { id: source.id, ...over(source), inPlace: isThere };
    }),
    layouts: layouts.map(over),
  };
}

/** True if all of a value is read, in its order. */
function isWhole({ offset, strides }: StridedLayout, shape: Shape): boolean {
  return offset === 0 && isContiguous(strides, shape);
}

function withoutOnes(shape: Shape): Shape {
  return shape.filter((length) => length !== 1);
}

/** Strides over a shape that differs from another by axes of length 1 alone. */
function stridesOver(shape: Shape, strides: readonly number[], from: Shape): readonly number[] {
  const kept = strides.filter((_, axis) => from[axis] !== 1);
  let next = 0;
  const contiguous = stridesOf(shape);
  return shape.map((length, axis) => (length === 1 ? at(contiguous, axis) : at(kept, next++)));
}
