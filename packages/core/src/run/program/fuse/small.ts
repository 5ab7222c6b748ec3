/**
 * Fusion of small arrays: a trace of few elements, such as the step of a loop on vectors of two or three, becomes
 * straight-line code of its elements, in loops of one element. Views are other names for elements, and sums are
 * added in the order of all sums. Such a step takes a call, where loops over its arrays take one each.
 *
 * An op that is not computed element by element, such as an op with bodies or rows at indices, is called between two of these loops:
 * everything runs in the first loop before which all its inputs are computed.
 */

import { laneCount, lanePairs } from "../../../families/orderOfSums.ts";
import type { Reduction, StridedLayout } from "../../../graph/kernel.ts";
import {
  neededNodes,
  nodeAt,
  type Operation,
  projectionsByOperation,
  resultsOf,
  rootsOf,
  type Trace,
  type TraceNode,
} from "../../../graph/trace.ts";
import { type FloatDType, isFloat } from "../../../tensor/dtype.ts";
import {
  at,
  broadcastStrides,
  int32At,
  numberAt,
  type Shape,
  sizeOf,
  stridesOf,
} from "../../../tensor/shape.ts";
import { readArray } from "../../../tensor/tensor.ts";
import type { LoopOutput, LoopStep, Operand } from "../loop/loop.ts";
import type { LoopOp } from "../loop/loopOps.ts";
import type { Controls } from "../schedule/bodies.ts";
import {
  LoopInputs,
  type LoopItem,
  type OperationItem,
  type ScheduleItem,
} from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";
import { loopOpOf } from "./fusible.ts";

/** Returns the schedule items of a trace of small arrays of one float dtype; undefined for every other trace. */
export function fuseSmall(
  trace: Trace,
  target: Target,
  controls: Controls,
): readonly ScheduleItem[] | undefined {
  const needed = neededNodes(trace);
  const dtype = dtypeOfAll(trace, needed, target.sizes.smallArray);
  return dtype && new SmallFusion(trace, needed, dtype, target, controls).items();
}

/** Returns the dtype of a loop for all elements of a trace, if there is one. A loop of float64 has no int32. */
function dtypeOfAll(
  { nodes }: Trace,
  needed: Uint8Array,
  mostElements: number,
): FloatDType | undefined {
  let float: FloatDType | undefined;
  let integers = false;
  const isSmall = ({ shape, dtype }: TraceNode): boolean => {
    if (dtype === "int32") integers = true;
    if (isFloat(dtype)) {
      float ??= dtype;
      if (float !== dtype) return false;
    }
    return sizeOf(shape) <= mostElements;
  };
  for (const [id, node] of nodes.entries()) {
    if (node.kind !== "operation" || needed[id] === 0 || isAlone(node, nodes)) continue;
    if (!isSmall(node)) return undefined;
    if (!node.inputs.every((input) => isSmall(nodeAt(nodes, input)))) return undefined;
  }
  return integers && float === "float64" ? undefined : (float ?? "float32");
}

/** True if an op has no elements for loops. */
function isAlone(
  { op, attributes, dtype, inputs }: Operation,
  nodes: readonly TraceNode[],
): boolean {
  const { kernel } = op;
  switch (kernel?.kind) {
    case "view":
    case "joining":
      return false;
    case "passing":
      return kernel.calls !== undefined;
    case "elementwise":
      return loopOpOf(op, dtype) === undefined;
    case "reduction": {
      const { length } = kernel.reduction.axes(attributes);
      return !isFloat(dtype) || length === 0 || sizeOf(nodeAt(nodes, at(inputs, 0)).shape) === 0;
    }
    default:
      return true;
  }
}

class SmallFusion {
  readonly #trace: Trace;
  readonly #dtype: FloatDType;
  readonly #target: Target;
  readonly #controls: Controls;
  /** By operation: its other results. */
  readonly #projections: ReturnType<typeof projectionsByOperation>;
  readonly #needed: Uint8Array;
  /** By id: the loop that computes it, or the first one that can read it. */
  readonly #levels: Int32Array;
  /** 1 for a value that is read outside of the loop that computes it. */
  readonly #stored: Uint8Array;
  /** The loop that is being written, its inputs, and the elements that it knows by id. */
  #level = 0;
  #inputs = new LoopInputs();
  #steps: LoopStep[] = [];
  #elements: (readonly Operand[] | undefined)[] = [];

  constructor(
    trace: Trace,
    needed: Uint8Array,
    dtype: FloatDType,
    target: Target,
    controls: Controls,
  ) {
    const { length } = trace.nodes;
    this.#trace = trace;
    this.#dtype = dtype;
    this.#target = target;
    this.#controls = controls;
    this.#projections = projectionsByOperation(trace);
    this.#needed = needed;
    this.#levels = new Int32Array(length);
    this.#stored = new Uint8Array(length);
  }

  /** Undefined where a loop would have too many steps, or arrays. */
  items(): readonly ScheduleItem[] | undefined {
    const { nodes } = this.#trace;
    const last = this.#findLevels();
    const items: ScheduleItem[] = [];
    for (this.#level = 0; this.#level <= last; this.#level++) {
      const level: number[] = [];
      nodes.forEach((node, id) => {
        if (node.kind !== "operation" || this.#needed[id] === 0) return;
        if (this.#levels[id] !== this.#level) return;
        if (isAlone(node, nodes)) items.push(this.#alone(node, id));
        else level.push(id);
      });
      const loop = this.#loop(level);
      if (loop === undefined) return undefined;
      if (loop.writes.length > 0) items.push(loop);
    }
    return items;
  }

  /** Returns the last level, and marks the values that are stored. */
  #findLevels(): number {
    const { nodes } = this.#trace;
    let last = 0;
    nodes.forEach((node, id) => {
      if (node.kind === "projection") this.#levels[id] = int32At(this.#levels, node.of);
      if (node.kind !== "operation" || this.#needed[id] === 0) return;
      const alone = isAlone(node, nodes);
      let level = 0;
      for (const input of node.inputs) level = Math.max(level, int32At(this.#levels, input));
      if (alone) level++;
      this.#levels[id] = level;
      last = Math.max(last, level);
      for (const input of node.inputs) {
        if (alone || this.#levels[input] !== level) this.#stored[input] = 1;
      }
    });
    for (const id of rootsOf(this.#trace)) this.#stored[id] = 1;
    return last;
  }

  #alone(node: Operation, id: number): OperationItem {
    const control = this.#controls.get(id);
    return {
      kind: "operation",
      id,
      reads: [...node.inputs, ...(control?.constants ?? [])],
      writes: resultsOf(id, this.#projections),
      ...(control && { control }),
    };
  }

  /** Returns the loop of the ops of a level; undefined where it would have too many steps, or arrays. */
  #loop(ids: readonly number[]): LoopItem | undefined {
    const { nodes } = this.#trace;
    this.#inputs = new LoopInputs();
    this.#steps = [];
    this.#elements = [];
    const outputs: LoopOutput[] = [];
    const writes: number[] = [];
    for (const id of ids) {
      const node = nodeAt(nodes, id) as Operation;
      this.#elements[id] = this.#compute(node);
      if (this.#steps.length > this.#target.mostSteps) return undefined;
    }
    for (const id of ids) {
      if (this.#stored[id] === 0) continue;
      const { dtype } = nodeAt(nodes, id);
      this.#elementsOf(id).forEach((element, offset) => {
        const step = element.kind === "step" ? element.index : this.#push("copy", [element]);
        outputs.push({ step, dtype, offset, strides: [] });
        writes.push(id);
      });
    }
    const { mostSteps, arrays } = this.#target;
    if (this.#steps.length > mostSteps) return undefined;
    const { list, ids: reads } = this.#inputs;
    if (arrays && new Set([...reads, ...writes]).size > arrays.most) return undefined;
    const loop = { dtype: this.#dtype, shape: [], inputs: list, steps: this.#steps, outputs };
    return { kind: "loop", reads, writes, loop };
  }

  #push(op: LoopStep["op"], inputs: readonly Operand[]): number {
    return this.#steps.push({ op, inputs }) - 1;
  }

  #step(op: LoopStep["op"], inputs: readonly Operand[]): Operand {
    return { kind: "step", index: this.#push(op, inputs) };
  }

  #elementsOf(id: number): readonly Operand[] {
    const known = this.#elements[id];
    if (known !== undefined) return known;
    const elements = this.#leaf(nodeAt(this.#trace.nodes, id), id);
    this.#elements[id] = elements;
    return elements;
  }

  /** Returns the elements of an input: numbers of constants, or loads from memory. */
  #leaf(node: TraceNode, id: number): Operand[] {
    const { dtype, shape } = node;
    if (node.kind === "constant") {
      return Array.from(readArray(node.tensor, "compile"), (value) => {
        return { kind: "constant", value, dtype };
      });
    }
    return Array.from({ length: sizeOf(shape) }, (_, offset) => {
      const source = { id, offset, strides: [], inPlace: true };
      return { kind: "input", index: this.#inputs.indexOf(source, dtype) };
    });
  }

  #compute(node: Operation): readonly Operand[] {
    const { op, attributes, inputs, shape, dtype } = node;
    const { nodes } = this.#trace;
    const shapes = inputs.map((input) => nodeAt(nodes, input).shape);
    const { kernel } = op;
    if (kernel?.kind === "passing") return this.#elementsOf(at(inputs, 0));
    if (kernel?.kind === "view") {
      const elementsOfInput = this.#elementsOf(at(inputs, 0));
      const layout = kernel.layout?.(at(shapes, 0), attributes);
      return layout
        ? indicesOf(shape, layout).map((index) => at(elementsOfInput, index))
        : elementsOfInput;
    }
    if (kernel?.kind === "joining") {
      const zero: Operand = { kind: "constant", value: 0, dtype };
      const elements = new Array<Operand>(sizeOf(shape)).fill(zero);
      kernel.layoutsOfInputs(shapes, attributes).forEach((layout, i) => {
        const elementsOfInput = this.#elementsOf(at(inputs, i));
        indicesOf(at(shapes, i), layout).forEach((index, k) => {
          elements[index] = at(elementsOfInput, k);
        });
      });
      return elements;
    }
    if (kernel?.kind === "reduction") return this.#reduce(node, kernel.reduction);
    const loopOp = loopOpOf(op, dtype) ?? "copy";
    const operands = inputs.map((input, i) => {
      const elements = this.#elementsOf(input);
      const strides = broadcastStrides(at(shapes, i), shape);
      return indicesOf(shape, { offset: 0, strides }).map((index) => at(elements, index));
    });
    return Array.from({ length: sizeOf(shape) }, (_, k) =>
      this.#step(
        loopOp,
        operands.map((elements) => at(elements, k)),
      ),
    );
  }

  #reduce({ attributes, inputs, dtype }: Operation, reduction: Reduction): readonly Operand[] {
    const input = at(inputs, 0);
    const { shape } = nodeAt(this.#trace.nodes, input);
    const elements = this.#elementsOf(input);
    const axes = reduction.axes(attributes);
    const combine = loopOpOf(reduction.op, dtype) ?? "copy";
    const strides = stridesOf(shape);
    const pick = <T>(list: readonly T[], reduced: boolean) =>
      list.filter((_, axis) => axes.includes(axis) === reduced);
    const starts = indicesOf(pick(shape, false), { offset: 0, strides: pick(strides, false) });
    const inner = indicesOf(pick(shape, true), { offset: 0, strides: pick(strides, true) });
    return starts.map((start) =>
      this.#fold(
        combine,
        reduction.identity,
        inner.map((index) => at(elements, start + index)),
      ),
    );
  }

  /** Returns the order of `families/orderOfSums.ts`, for less than a block. Lanes without elements change nothing. */
  #fold(combine: LoopOp, identity: number, elements: readonly Operand[]): Operand {
    const first: Operand = { kind: "constant", value: identity, dtype: this.#dtype };
    const count = laneCount(this.#dtype);
    const lanes: (Operand | undefined)[] = [];
    elements.forEach((element, i) => {
      const lane = i % count;
      lanes[lane] = this.#step(combine, [lanes[lane] ?? first, element]);
    });
    for (const { into, from } of lanePairs(this.#dtype)) {
      const [a, b] = [lanes[into], lanes[from]];
      lanes[into] = a !== undefined && b !== undefined ? this.#step(combine, [a, b]) : (a ?? b);
    }
    return lanes[0] ?? first;
  }
}

/** Returns the indices of the elements of a shape, in order. */
function indicesOf(shape: Shape, { offset, strides }: StridedLayout): number[] {
  let indices = [offset];
  shape.forEach((length, axis) => {
    const stride = numberAt(strides, axis);
    indices = indices.flatMap((index) => Array.from({ length }, (_, i) => index + i * stride));
  });
  return indices;
}
