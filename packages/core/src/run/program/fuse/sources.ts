/**
 * The sources of ops, which need not be at the addresses of the inputs: loops read through repetitions, transposes,
 * slices, reshapes and conversions, products through the same but conversions where rows or columns keep a distance.
 */

import { aliasesInput, type StridedLayout } from "../../../graph/kernel.ts";
import { nodeAt, type Operation, type Trace, type TraceNode } from "../../../graph/trace.ts";
import { type FloatDType, isFloat } from "../../../tensor/dtype.ts";
import {
  at,
  broadcastStrides,
  numberAt,
  type Shape,
  sameShape,
  stridesOf,
} from "../../../tensor/shape.ts";
import type { Source } from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";
import { isCast } from "./fusible.ts";

/** The dtype of the loop that each op could be part of; undefined for ops that cannot. */
type Loops = readonly (FloatDType | undefined)[];

/** Returns the sources of the inputs of every op. */
export function sourcesOf(trace: Trace, loops: Loops, target: Target): (readonly Source[])[] {
  const finder = new Finder(trace, loops, target);
  for (const node of trace.nodes) finder.add(node);
  return finder.sources;
}

class Finder {
  /** The sources of the ops so far, so that a chain of views is followed in one step. */
  readonly sources: (readonly Source[])[] = [];
  readonly #nodes: readonly TraceNode[];
  readonly #loops: Loops;
  /** By id: the whole value, read by loops over its shape. One object serves all of them. */
  readonly #wholes: (Source | undefined)[] = [];

  readonly #target: Target;

  constructor({ nodes }: Trace, loops: Loops, target: Target) {
    this.#target = target;
    this.#nodes = nodes;
    this.#loops = loops;
  }

  add(node: TraceNode): void {
    const sources = node.kind === "operation" ? this.#sourcesOf(node) : [];
    this.sources.push(sources);
  }

  #sourcesOf(node: Operation): readonly Source[] {
    const { op, inputs, attributes, shape } = node;
    const shapes = inputs.map((input) => nodeAt(this.#nodes, input).shape);
    const loop = this.#loops[this.sources.length];
    const { kernel } = op;
    if (kernel?.kind === "passing") return inputs.map(readAsIs);
    if (kernel?.kind === "view") {
      const input = at(inputs, 0);
      const layout = kernel.layout?.(at(shapes, 0), attributes);
      // A loop that copies: its space is the result's.
      if (layout !== undefined) return [this.#readThrough(input, layout, shape)];
      // A reshape has the address of its input.
      return [this.#isReshape(input) ? at(at(this.sources, input), 0) : readAsIs(input)];
    }
    if (loop !== undefined) return inputs.map((input) => this.#loopSource(input, shape, loop));
    if (kernel?.kind === "joining") {
      // A loop for each input, over the shape of the input.
      return inputs.map((input, i) => {
        const inputShape = at(shapes, i);
        return this.#readThrough(input, { offset: 0, strides: stridesOf(inputShape) }, inputShape);
      });
    }
    const reads = this.#target.readsStrided(op, node.dtype);
    return inputs.map((input, i) =>
      reads === "none" ? readAsIs(input) : this.#strided(input, at(shapes, i), reads === "all"),
    );
  }

  #isReshape(id: number): boolean {
    const node = nodeAt(this.#nodes, id);
    return isReadable(node) && aliasesInput(node.op);
  }

  /** Returns the source of a value that repeats over the space of a loop. */
  #loopSource(input: number, shape: Shape, loop: FloatDType): Source {
    const read = nodeAt(this.#nodes, input);
    // The usual case first: most values have the shape and the layout of the loop.
    if (sameShape(read.shape, shape) && !isReadThrough(read)) return this.#whole(input, shape);
    const strides = broadcastStrides(read.shape, shape);
    const source = this.#readThrough(input, { offset: 0, strides }, shape);
    const node = nodeAt(this.#nodes, source.id);
    if (node.kind !== "operation" || node.dtype !== loop) return source;
    return this.#convertsLeaf(node)
      ? this.#readThrough(numberAt(node.inputs, 0), source, shape)
      : source;
  }

  #whole(id: number, shape: Shape): Source {
    let whole = this.#wholes[id];
    if (whole === undefined) {
      whole = { id, offset: 0, strides: stridesOf(shape), inPlace: true };
      this.#wholes[id] = whole;
    }
    return whole;
  }

  /** Follows views for as long as the elements of a loop's space are at regular distances. */
  #readThrough(input: number, layout: StridedLayout, shape: Shape): Source {
    let id = input;
    let { offset, strides } = layout;
    for (;;) {
      const node = nodeAt(this.#nodes, id);
      if (!isReadable(node)) break;
      const source = at(at(this.sources, id), 0);
      if (!aliasesInput(node.op)) {
        const composed = compose({ offset, strides }, shape, source, node.shape);
        if (composed === undefined) break;
        ({ offset, strides } = composed);
      }
      id = source.id;
    }
    const { shape: valueShape } = nodeAt(this.#nodes, id);
    const inPlace = offset === 0 && isContiguous(strides, shape) && sameShape(valueShape, shape);
    return { id, offset, strides, inPlace };
  }

  /**
   * Returns a conversion between numbers of different bytes, or from int32 to float64, of a value that no loop
   * computes: a loop of the result's dtype converts it on load.
   */
  #convertsLeaf(node: Operation): boolean {
    if (!isCast(node.op) || !isFloat(node.dtype)) return false;
    const { id } = this.#readThrough(numberAt(node.inputs, 0), { offset: 0, strides: [] }, []);
    const { dtype } = nodeAt(this.#nodes, id);
    const converts = node.dtype === "float64" ? dtype !== "bool" : dtype === "float64";
    return converts && this.#loops[id] === undefined;
  }

  /** Returns the source of an op's input: the value that it is a view of, if the kernel can read it there. */
  #strided(input: number, shape: Shape, readsAll: boolean): Source {
    const itself = { id: input, offset: 0, strides: stridesOf(shape), inPlace: false };
    const source = this.#readThrough(input, itself, shape);
    return readsAll || isStackOfMatrices(source, shape) ? { ...source, inPlace: false } : itself;
  }
}

/** True if a loop may read the elements of a value from the value's input. */
function isReadThrough(node: TraceNode): boolean {
  return node.kind === "operation" && (isCast(node.op) || isReadable(node));
}

function isReadable(node: TraceNode): node is Operation {
  return node.kind === "operation" && node.op.kernel?.kind === "view";
}

/** True if the rows or the columns of all matrices are contiguous: they are packed with vectors. */
function isStackOfMatrices({ strides }: StridedLayout, shape: Shape): boolean {
  const [row = 0, column = 0] = strides.slice(-2);
  const [rows = 0, columns = 0] = shape.slice(-2);
  const isAxis = (stride: number, length: number) => stride > 0 || length === 1;
  const isDense = (stride: number, length: number) => stride === 1 || length === 1;
  return (
    isAxis(row, rows) && isAxis(column, columns) && (isDense(row, rows) || isDense(column, columns))
  );
}

/** Returns the source of an input that an op reads in the input's layout. */
function readAsIs(id: number): Source {
  return { id, offset: 0, strides: [], inPlace: false };
}

/** True if elements of a shape are contiguous. */
export function isContiguous(strides: readonly number[], shape: Shape): boolean {
  return stridesOf(shape).every((stride, axis) => shape[axis] === 1 || stride === strides[axis]);
}

/**
 * Returns the placement of the elements of a loop's space in the array that a view reads, from their placement in the
 * view. A distance in the view is split into steps along its axes, and each step is as long as the view's layout says
 * (or every step is, where all distances are multiplied alike). Undefined where steps carry from one axis into the
 * next, as they do when there was a reshape in between.
 */
function compose(
  { offset, strides }: StridedLayout,
  shape: Shape,
  layout: StridedLayout,
  viewShape: Shape,
): StridedLayout | undefined {
  if (shape.includes(0)) return undefined;
  const factor = factorOf(layout.strides, viewShape);
  if (factor !== undefined) {
    return {
      offset: layout.offset + offset * factor,
      strides: factor === 1 ? strides : strides.map((stride) => stride * factor),
    };
  }
  const first = stepsOf(offset, viewShape);
  // The box of the view that contains all elements: inside of the view, each has a separate address.
  const least = [...first];
  const greatest = [...first];
  const composed = strides.map((stride, axis) => {
    const length = numberAt(shape, axis);
    if (length === 1) return 0;
    const steps = stepsOf(stride, viewShape);
    steps.forEach((step, i) => {
      const list = step < 0 ? least : greatest;
      list[i] = at(list, i) + step * (length - 1);
    });
    return dot(steps, layout.strides);
  });
  const isInside = viewShape.every(
    (length, axis) => at(least, axis) >= 0 && at(greatest, axis) < length,
  );
  if (!isInside) return undefined;
  return { offset: layout.offset + dot(first, layout.strides), strides: composed };
}

/** Returns the factor of all distances in a contiguous array of a shape; undefined if they differ. */
function factorOf(strides: readonly number[], shape: Shape): number | undefined {
  let factor: number | undefined;
  const dense = stridesOf(shape);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    factor ??= numberAt(strides, axis) / numberAt(dense, axis);
    if (numberAt(strides, axis) !== factor * numberAt(dense, axis)) return undefined;
  }
  return factor ?? 1;
}

/** Returns a distance in a contiguous array as steps along its axes, all forwards or all backwards. */
function stepsOf(distance: number, shape: Shape): number[] {
  let rest = Math.abs(distance);
  const direction = distance < 0 ? -1 : 1;
  return stridesOf(shape).map((stride, axis) => {
    if (shape[axis] === 1) return 0;
    const step = Math.floor(rest / stride);
    rest -= step * stride;
    return direction * step;
  });
}

function dot(steps: readonly number[], strides: readonly number[]): number {
  return steps.reduce((sum, step, axis) => sum + step * numberAt(strides, axis), 0);
}
