/**
 * The tape of reverse mode: the trace of what was computed from differentiated values, growing while a
 * function runs, with the values beside it.
 */

import type { JointPullback, Push, Tangent, Tangents } from "../graph/joint.ts";
import type { PlacedPart } from "../graph/op.ts";
import {
  argumentNode,
  constantNode,
  operationNode,
  projectionNode,
  type Trace,
  type TraceNode,
} from "../graph/trace.ts";
import { typeOf } from "../graph/tracing.ts";
import { add } from "../ops/arithmetic.ts";
import { sumOfParts, wholePart } from "../ops/placedParts.ts";
import { joined } from "../ops/tangents.ts";
import { entryAt, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * A trace under way. A constant input of an operation has a negative id: as a node, it would make an eager gradient
 * 1.29 times as slow.
 */
export class Tape {
  readonly nodes: TraceNode[] = [];
  /** The value of each node, one level down. */
  readonly values: Tensor[] = [];
  readonly #constants: Tensor[] = [];
  /** The pullback of each operation with several results or with bodies; created when the first is added. */
  #pulls: Map<number, JointPullback> | undefined;
  /** The pushforward of operations that computed their results earlier; created when the first is added. */
  #pushes: Map<number, Push> | undefined;
  /** Names that the user gave, by id; created when the first is added. */
  #names: Map<number, string> | undefined;
  /** The outputs of ops to which a difference was added: only an adjusted graph has any. */
  #outputs: Map<number, Tensor> | undefined;
  /** The nodes that are constants to every derivative though they depend on arguments: only a drawn graph has any. */
  fixed: Set<number> | undefined;
  #arguments = 0;

  push(node: TraceNode, value: Tensor): number {
    this.values.push(value);
    return this.nodes.push(node) - 1;
  }

  /** Returns a value to differentiate with respect to. */
  argument(value: Tensor): number {
    return this.push(argumentNode(value, this.#arguments++), value);
  }

  /** Returns the id of a value that is not differentiated. */
  constant(value: Tensor): number {
    return -this.#constants.push(value);
  }

  /** Returns the value of a node or a constant. */
  valueOf(id: number): Tensor {
    return id < 0 ? entryAt(this.#constants, -1 - id) : entryAt(this.values, id);
  }

  /** Replaces the output of an op by another value. */
  adjust(id: number, value: Tensor): void {
    this.#outputs ??= new Map();
    this.#outputs.set(id, this.outputOf(id));
    this.values[id] = value;
  }

  /** Returns the output of a node's op, which its derivative may read. */
  outputOf(id: number): Tensor {
    return this.#outputs?.get(id) ?? entryAt(this.values, id);
  }

  /** Makes a node a constant to every derivative. */
  fix(id: number): void {
    this.fixed ??= new Set();
    this.fixed.add(id);
  }

  /** Stores the pullback of an operation with several results or with bodies. */
  keepPull(id: number, pull: JointPullback): void {
    this.#pulls ??= new Map();
    this.#pulls.set(id, pull);
  }

  pullOf(id: number): JointPullback | undefined {
    return this.#pulls?.get(id);
  }

  keepPush(id: number, push: Push): void {
    this.#pushes ??= new Map();
    this.#pushes.set(id, push);
  }

  pushOf(id: number): Push | undefined {
    return this.#pushes?.get(id);
  }

  name(id: number, name: string): void {
    this.#names ??= new Map();
    this.#names.set(id, name);
  }

  nameOf(id: number): string | undefined {
    return this.#names?.get(id);
  }

  /** Returns the trace of what has been recorded, in which constants are nodes, and the new ids of its nodes. */
  trace(output: number): { trace: Trace; newId: number[]; values: Tensor[] } {
    const nodes: TraceNode[] = [];
    const values: Tensor[] = [];
    const names = new Map<number, string>();
    const idOfConstant = new Map<Tensor, number>();
    const put = (node: TraceNode, value: Tensor, name: string | undefined): number => {
      values.push(value);
      const id = nodes.push(node) - 1;
      if (name !== undefined) names.set(id, name);
      return id;
    };
    const constant = (id: number): number => {
      const value = this.valueOf(id);
      const known = idOfConstant.get(value) ?? put(constantNode(value, value), value, value.label);
      idOfConstant.set(value, known);
      return known;
    };
    const newId: number[] = [];
    this.nodes.forEach((node, id) => {
      const moved =
        node.kind === "operation"
          ? operationNode(
              node,
              node.op,
              node.inputs.map((input) => (input < 0 ? constant(input) : numberAt(newId, input))),
              node.attributes,
            )
          : node.kind === "projection"
            ? projectionNode(node, numberAt(newId, node.of), node.index)
            : node;
      newId.push(put(moved, entryAt(this.values, id), this.nameOf(id)));
    });
    const parameters = nodes.filter(({ kind }) => kind === "argument").map(typeOf);
    const outputs = [numberAt(newId, output)];
    return { trace: { nodes, parameters, outputs, assignments: [], names }, newId, values };
  }
}

/** The gradients of the nodes of a tape that were accumulated so far. */
export class NodeGradients {
  readonly #values: (Tensor | undefined)[] = [];
  /** By id; undefined for most graphs, which have no masks. */
  #masks: Map<number, Tensor> | undefined;
  /** Gradients of parts of a value, which become one tensor when it is requested. */
  #parts: Map<number, PlacedPart[]> | undefined;

  /** Adds a contribution to the gradient of a node. */
  add(id: number, value: Tensor, mask?: Tensor): void {
    const before = this.#values[id];
    this.#mask(id, mask);
    this.#values[id] = before === undefined ? value : add(before, value);
  }

  /** Adds a contribution to the gradient of a part of a node. */
  addPart(id: number, part: PlacedPart, mask: Tensor | undefined): void {
    this.#mask(id, mask);
    this.#parts ??= new Map();
    const parts = this.#parts.get(id);
    if (parts === undefined) this.#parts.set(id, [part]);
    else parts.push(part);
  }

  #mask(id: number, mask: Tensor | undefined): void {
    if (mask === undefined && this.#masks === undefined) return;
    const isFirst = this.#values[id] === undefined && !this.#parts?.has(id);
    this.#setMask(id, isFirst ? mask : joined(this.#masks?.get(id), mask));
  }

  #setMask(id: number, mask: Tensor | undefined): void {
    if (mask === undefined) {
      this.#masks?.delete(id);
      return;
    }
    this.#masks ??= new Map();
    this.#masks.set(id, mask);
  }

  value(id: number): Tensor | undefined {
    const parts = this.#parts?.get(id);
    if (parts !== undefined) {
      this.#parts?.delete(id);
      const whole = sumOfParts(parts);
      const before = this.#values[id];
      this.#values[id] = before === undefined ? whole : add(before, whole);
    }
    return this.#values[id];
  }

  /**
   * Returns the sums of the whole cotangents of some nodes, then the sums of the cotangents of parts of these nodes.
   * {@link value} adds both when all cotangents have arrived.
   */
  sums(ids: readonly number[]): Tangents {
    const cotangentOf = (id: number, value: Tensor | undefined): Tangent | undefined =>
      value && { value, mask: this.mask(id) };
    const ofParts = (id: number) => {
      const parts = this.#parts?.get(id);
      return parts && sumOfParts(parts);
    };
    return [
      ...ids.map((id) => cotangentOf(id, this.#values[id])),
      ...ids.map((id) => cotangentOf(id, ofParts(id))),
    ];
  }

  /** Adds cotangents, in the order in which {@link sums} returns them, to those of the nodes. */
  addSums(ids: readonly number[], cotangents: Tangents): void {
    ids.forEach((id, k) => {
      const [whole, parts] = [cotangents[k], cotangents[k + ids.length]];
      if (id < 0) return;
      if (whole) this.add(id, whole.value, whole.mask);
      if (parts) this.addPart(id, wholePart(parts.value), parts.mask);
    });
  }

  mask(id: number): Tensor | undefined {
    return this.#masks?.get(id);
  }

  maskedCotangent(id: number): Tangent | undefined {
    const value = this.value(id);
    return value && { value, mask: this.mask(id) };
  }

  /** Drops a gradient that is no longer needed. */
  drop(id: number): void {
    this.#values[id] = undefined;
    this.#parts?.delete(id);
  }
}
