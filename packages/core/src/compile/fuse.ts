/**
 * Fusion: elementwise ops over one iteration space become one loop, which reads its inputs once and
 * keeps what is between in registers.
 *
 * Every value gets a *stage*: a fusable op may share the stage of a fusable input with the same
 * iteration space and dtype; everything else comes one stage after its inputs. Fusable ops of one
 * stage, space and dtype form a group. An op of a group depends on nothing that depends on the
 * group, so groups can run stage by stage, also those whose ops do not touch. Ops then sink to the
 * stage of the loop that reads them, so that their values need not wait in memory.
 *
 * Repeated inputs (`broadcastTo`) are not materialized: the loop reads them with stride 0.
 *
 * A sum over the last axes of a value of a loop joins that loop: it adds up what is in registers,
 * and where nothing else reads the value it is never stored. What reads the sum comes a stage later.
 * Also sums of short rows do: of 33,000 elements in rows of 1 to 16, products and their sums take 0.1
 * to 0.5 of the time, and exp, which then computes lanes for nothing, 0.4 to 1.1.
 */

import {
  FUSED_OPS,
  type FusedGroup,
  type FusedOp,
  type FusedOutput,
  type FusedStep,
  MAXIMUM_STEPS,
  type Operand,
} from "../run/wasm/emit/group.ts";
import { sumsAlongOneAxis } from "../run/wasm/emit/space.ts";
import { readsStrides } from "../run/wasm/steps.ts";
import { type DType, type FloatDType, isFloat } from "../tensor/dtype.ts";
import { at, broadcastStrides, sizeOf } from "../tensor/shape.ts";
import { readStorage, type Tensor } from "../tensor/tensor.ts";
import { type Operation, rootsOf, type Trace, type TraceNode } from "./trace.ts";

/** What runs as one. */
export type Unit = OperationUnit | GroupUnit;

/** A loop. */
export interface GroupUnit {
  readonly kind: "group";
  readonly group: FusedGroup;
  /** The ids that the group reads, in the order of its inputs. */
  readonly reads: readonly number[];
  /** The ids that it stores, in the order of its outputs. */
  readonly writes: readonly number[];
}

/** An op that runs on its own. */
export interface OperationUnit {
  readonly kind: "operation";
  readonly id: number;
  /** The ids that it reads: of a transposed factor of a product, the factor itself. */
  readonly reads: readonly number[];
}

/** The units of a trace in an order in which they can run. */
export function fuse(trace: Trace): Unit[] {
  const fusion = new Fusion(trace);
  return fusion.units();
}

class Fusion {
  readonly #trace: Trace;
  /** The loop that an op could be part of: its space and dtype; undefined for ops that cannot. */
  readonly #spaces: (string | undefined)[];
  /** For sums that could end such a loop: over how many of its last axes. */
  readonly #summedAxes: (number | undefined)[] = [];
  readonly #stages: number[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#spaces = trace.nodes.map((node) => {
      const dtype = node.kind === "operation" ? loopDType(node, trace) : undefined;
      return dtype && `${dtype}[${node.shape}]`;
    });
    trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation") return;
      const input = this.#inputOf(id);
      const summed = summedAxes(node, at(trace.nodes, input));
      if (summed === 0 || this.#spaces[input] === undefined) return;
      this.#summedAxes[id] = summed;
      this.#spaces[id] = this.#spaces[input];
    });
    trace.nodes.forEach((node, id) => {
      this.#stages.push(node.kind === "operation" ? this.#stageOf(node, id) : 0);
    });
    this.#sink();
  }

  /** Moves ops to the stage of the loop that reads them, where nothing else needs them before. */
  #sink(): void {
    for (let id = this.#trace.nodes.length - 1; id >= 0; id--) {
      const space = this.#spaces[id];
      if (space === undefined || this.#summedAxes[id] !== undefined) continue;
      let latest = Number.POSITIVE_INFINITY;
      let joins = false;
      for (const reader of this.#readers().get(id) ?? []) {
        if (reader < 0) continue;
        const shares = this.#spaces[reader] === space;
        const limit = at(this.#stages, reader) - (shares ? 0 : 1);
        if (limit < latest) joins = shares;
        else if (limit === latest) joins ||= shares;
        latest = Math.min(latest, limit);
      }
      if (joins) this.#stages[id] = latest;
    }
  }

  #stageOf(node: Operation, id: number): number {
    const space = this.#spaces[id];
    let stage = 1;
    for (const input of node.inputs) {
      const source = this.#sourceOf(id, input);
      const inLoop = this.#summedAxes[source] === undefined && this.#spaces[source];
      const shares = space !== undefined && inLoop === space;
      stage = Math.max(stage, at(this.#stages, source) + (shares ? 0 : 1));
    }
    return stage;
  }

  /** Where a reader finds an input: loops read through repetitions, products through transposes. */
  #sourceOf(reader: number, input: number): number {
    if (this.#spaces[reader] !== undefined) return this.#readThrough(input);
    const node = at(this.#trace.nodes, reader);
    return node.kind === "operation" && readsStrides(node.op, node)
      ? (transposedSource(this.#trace, input) ?? input)
      : input;
  }

  /** The node that a chain of repetitions repeats. */
  #readThrough(id: number): number {
    let source = id;
    for (let node = at(this.#trace.nodes, source); isRepetition(node); ) {
      source = at(node.inputs, 0);
      node = at(this.#trace.nodes, source);
    }
    return source;
  }

  units(): Unit[] {
    const byStage: { stage: number; unit: Unit }[] = [];
    const groups = new Map<string, number[]>();
    const needed = this.#materialized();
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation") return;
      const space = this.#spaces[id];
      const stage = at(this.#stages, id);
      if (space !== undefined) {
        const key = `${stage} ${space}`;
        const members = groups.get(key);
        if (members === undefined) groups.set(key, [id]);
        else members.push(id);
      } else if (needed.has(id)) {
        const reads = node.inputs.map((input) => this.#sourceOf(id, input));
        byStage.push({ stage, unit: { kind: "operation", id, reads } });
      }
    });
    for (const [key, members] of groups) {
      const stage = Number.parseInt(key, 10);
      const steps = members.filter((id) => this.#summedAxes[id] === undefined);
      const sums = members.filter((id) => this.#summedAxes[id] !== undefined);
      for (let start = 0; start < steps.length; start += MAXIMUM_STEPS) {
        const part = steps.slice(start, start + MAXIMUM_STEPS);
        const own = sums.filter((id) => part.includes(this.#inputOf(id)));
        const unit = this.#group(part, own);
        byStage.push({ stage, unit });
        for (const id of own) {
          if (unit.writes.includes(id)) continue;
          // Between the loop and what reads the sum.
          const alone: Unit = { kind: "operation", id, reads: [this.#inputOf(id)] };
          byStage.push({ stage: stage + 0.5, unit: alone });
        }
      }
    }
    // A stable sort keeps the pieces of a long group in order.
    return byStage.sort((a, b) => a.stage - b.stage).map(({ unit }) => unit);
  }

  /** The ids that must stand in memory, because something other than a read-through needs them. */
  #materialized(): Set<number> {
    const needed = new Set(rootsOf(this.#trace));
    for (let id = this.#trace.nodes.length - 1; id >= 0; id--) {
      const node = at(this.#trace.nodes, id);
      if (node.kind !== "operation") continue;
      if (this.#spaces[id] === undefined && !needed.has(id)) continue;
      for (const input of node.inputs) needed.add(this.#sourceOf(id, input));
    }
    return needed;
  }

  /** The loop of these steps, and of those of the sums that it can end with. */
  #group(members: readonly number[], sums: readonly number[]): GroupUnit {
    const { nodes } = this.#trace;
    const first = at(nodes, at(members, 0)) as Operation;
    const { shape } = first;
    const place = new Map(members.map((id, i) => [id, i]));
    const inputs = new Map<string, number>();
    const reads: number[] = [];
    const strides: { strides: readonly number[]; truth: boolean }[] = [];

    const operandOf = (id: number): Operand => {
      const inside = place.get(id);
      if (inside !== undefined) return { kind: "step", index: inside };
      const source = this.#readThrough(id);
      const repeated = place.get(source);
      // A step of this very group can only be repeated to the group's own space: it is the same.
      if (repeated !== undefined) return { kind: "step", index: repeated };
      const node = at(nodes, source);
      const value = node.kind === "constant" ? onlyElement(node.tensor) : undefined;
      if (value !== undefined) return { kind: "constant", value };
      const known = inputs.get(String(source));
      if (known !== undefined) return { kind: "input", index: known };
      const index = reads.push(source) - 1;
      strides.push({
        strides: broadcastStrides(node.shape, shape),
        truth: node.dtype === "bool",
      });
      inputs.set(String(source), index);
      return { kind: "input", index };
    };

    const steps = members.map((id): FusedStep => {
      const node = at(nodes, id) as Operation;
      const op = fusedOp(node, this.#trace) ?? "toNumber";
      return { op, inputs: node.inputs.map(operandOf) };
    });
    const dtype = loopDType(first, this.#trace) ?? "float32";
    const ending = (summed: readonly number[]): GroupUnit => {
      const inside = new Set([...members, ...summed]);
      const stored = members.filter((id) => this.#neededOutside(id, inside));
      const outputs: FusedOutput[] = stored.map((id) => ({ step: place.get(id) ?? 0 }));
      for (const id of summed) {
        const step = place.get(this.#inputOf(id)) ?? 0;
        outputs.push({ step, summedAxes: this.#summedAxes[id] ?? 0 });
      }
      const group = { dtype, shape, inputs: strides, steps, outputs };
      return { kind: "group", reads, writes: [...stored, ...summed], group };
    };
    // All sums of a loop are over the same axes.
    const [axes] = sums.map((id) => this.#summedAxes[id]);
    const unit = ending(sums.filter((id) => this.#summedAxes[id] === axes));
    return sumsAlongOneAxis(unit.group) ? unit : ending([]);
  }

  /** The first input of an op. */
  #inputOf(id: number): number {
    const node = at(this.#trace.nodes, id);
    return node.kind === "operation" ? at(node.inputs, 0) : id;
  }

  #neededOutside(id: number, inside: ReadonlySet<number>): boolean {
    const readers = this.#readers().get(id) ?? [];
    return readers.length === 0 || readers.some((reader) => !inside.has(reader));
  }

  #readersOf: Map<number, number[]> | undefined;

  /** For each id who reads it, through repetitions; −1 for the caller of the program. */
  #readers(): Map<number, number[]> {
    if (this.#readersOf !== undefined) return this.#readersOf;
    const readers = new Map<number, number[]>();
    const add = (id: number, reader: number) => {
      const list = readers.get(id);
      if (list === undefined) readers.set(id, [reader]);
      else list.push(reader);
    };
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation") return;
      for (const input of node.inputs) add(this.#sourceOf(id, input), id);
    });
    for (const id of rootsOf(this.#trace)) add(id, -1);
    this.#readersOf = readers;
    return readers;
  }
}

/** Over how many of the last axes a node is the sum of floats; 0 for every other node. */
function summedAxes({ op, attributes, dtype }: Operation, { shape }: TraceNode): number {
  if (op.name !== "sum" || !isFloat(dtype) || sizeOf(shape) === 0) return 0;
  const axes = attributes["axes"] as readonly number[];
  const first = shape.length - axes.length;
  return axes.every((axis, i) => axis === first + i) ? axes.length : 0;
}

/** What all elements of a constant are; undefined if they differ. */
function onlyElement(tensor: Tensor): number | undefined {
  const storage = readStorage(tensor, "compile");
  if (typeof storage === "number") return storage;
  const [first] = storage;
  return storage.every((element) => Object.is(element, first)) ? first : undefined;
}

/** The matrix that a node is the transpose of; undefined for any other node. */
function transposedSource({ nodes }: Trace, id: number): number | undefined {
  const node = at(nodes, id);
  const permutation = node.kind === "operation" ? node.attributes["permutation"] : undefined;
  const swaps = Array.isArray(permutation) && permutation.join() === "1,0";
  return swaps && node.kind === "operation" ? node.inputs[0] : undefined;
}

/** An op that repeats its input, whose elements a loop can read with stride 0. */
function isRepetition(node: TraceNode): node is Operation {
  return (
    node.kind === "operation" &&
    node.op.kernel.kind === "read" &&
    node.op.identities?.keepsElements === true
  );
}

/** The dtype of the loop that an op could be part of; undefined where it cannot. */
function loopDType(node: Operation, trace: Trace): FloatDType | undefined {
  if (fusedOp(node, trace) === undefined) return undefined;
  const dtypes = [node.dtype, ...node.inputs.map((input) => at(trace.nodes, input).dtype)];
  const numbers = new Set<DType>(dtypes.filter((dtype) => dtype !== "bool"));
  const [dtype] = numbers;
  return numbers.size === 1 && dtype !== undefined && isFloat(dtype) ? dtype : undefined;
}

/** The op of the loop that does the same. */
function fusedOp({ op, inputs, dtype }: Operation, trace: Trace): FusedOp | undefined {
  if (op.kernel.kind !== "elementwise") return undefined;
  if (op.name in FUSED_OPS) return op.name as FusedOp;
  // Casts: between truth values and numbers only.
  const source = at(trace.nodes, at(inputs, 0)).dtype;
  const isCast = inputs.length === 1 && op.name.startsWith("cast to");
  if (!isCast) return undefined;
  if (source === "bool" && isFloat(dtype)) return "toNumber";
  return dtype === "bool" && isFloat(source) ? "toTruth" : undefined;
}
