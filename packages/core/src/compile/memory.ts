/**
 * Runs a program in linear memory: inputs are copied in, every unit works on planned addresses, and
 * results are copied out. Between runs the memory belongs to whatever runs next.
 */

import { peekCell } from "../graph/recording.ts";
import { emitGroup } from "../run/wasm/emit/index.ts";
import { type Place, scratchBytesOf, stepOf, viewOf } from "../run/wasm/steps.ts";
import type { Kernel, Workspace } from "../run/wasm/workspace.ts";
import type { TypedArray } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { readStorage, stored, type Tensor } from "../tensor/tensor.ts";
import type { Unit } from "./fuse.ts";
import { isKept, isReshape, type Plan } from "./plan.ts";
import { type OperationNode, rootsOf, type Trace, type TraceNode } from "./trace.ts";

type Operation = TraceNode & OperationNode;

/** Inputs of fewer bytes are copied on every run: that is quicker than remembering them. */
const WORTH_KEEPING = 16384;

/** A program at home in linear memory. */
export class MemoryRun {
  readonly #trace: Trace;
  readonly #units: readonly Unit[];
  readonly #plan: Plan;
  readonly #workspace: Workspace;
  readonly #kernel: Kernel;
  /** The large arguments and constants whose elements stand in their places since the last run. */
  readonly #present = new Map<number, WeakRef<Tensor>>();
  /** The ids that are copied out. */
  readonly #roots: readonly number[];
  /** The ids that are copied in. */
  readonly #inputs: readonly number[];
  /** Bytes for the products' panels, behind the planned values. */
  readonly #scratchBytes: number;
  /** What the addresses and views of the prepared steps belong to. */
  #base = -1;
  #buffer: unknown;
  #steps: readonly (() => void)[] = [];
  #views: (TypedArray | undefined)[] = [];
  /** Arrays for the next values of Variables: fresh memory costs more than the copy into it. */
  readonly #arrays: (TypedArray | undefined)[] = [];

  constructor(trace: Trace, units: readonly Unit[], plan: Plan, workspace: Workspace) {
    this.#trace = trace;
    this.#units = units;
    this.#plan = plan;
    this.#roots = rootsOf(trace);
    this.#workspace = workspace;
    this.#kernel = workspace.kernel;
    this.#inputs = trace.nodes.flatMap((node, id) =>
      node.kind !== "operation" && plan.offsets[id] !== undefined ? [id] : [],
    );
    this.#scratchBytes = Math.max(0, ...units.map((unit) => this.#scratchOf(unit)));
  }

  /** The values of the outputs and of the assigned Variables, in that order. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { arena } = this.#kernel;
    const mark = arena.mark();
    try {
      this.#prepare(arena.allocate(this.#plan.bytes + this.#scratchBytes));
      // If anything else has used the arena since, nothing is where it was.
      if (this.#workspace.tenant !== this) this.#present.clear();
      this.#workspace.tenant = this;
      for (const id of this.#inputs) this.#copyIn(id, this.#source(id, inputs));
      for (const step of this.#steps) step();
      return this.#roots.map((id, root) => this.#copyOut(id, root, inputs));
    } finally {
      arena.release(mark);
    }
  }

  /** The tensor of an argument, a Variable or a constant. */
  #source(id: number, inputs: readonly Tensor[]): Tensor {
    const node = at(this.#trace.nodes, id);
    if (node.kind === "argument") return at(inputs, node.position);
    if (node.kind === "state") return peekCell(node.cell);
    if (node.kind === "constant") return node.tensor;
    throw new Error(`%${id} is computed, not given`);
  }

  #copyIn(id: number, tensor: Tensor): void {
    const storage = readStorage(tensor, "compile");
    const view = this.#view(id);
    if (typeof storage === "number") {
      view[0] = storage;
      return;
    }
    // Tensors never change, so the same one need not be copied again into a place of its own.
    const keeps = storage.byteLength >= WORTH_KEEPING && isKept(at(this.#trace.nodes, id));
    if (keeps && this.#present.get(id)?.deref() === tensor) return;
    view.set(storage);
    if (keeps) this.#present.set(id, new WeakRef(tensor));
  }

  /** Takes an array that nobody reads any more, for the next value of a root. */
  recycle(root: number, array: TypedArray): void {
    this.#arrays[root] = array;
  }

  #copyOut(id: number, root: number, inputs: readonly Tensor[]): Tensor {
    const node = at(this.#trace.nodes, id);
    if (node.kind !== "operation") {
      const given = this.#source(id, inputs);
      // From now on more than one place may hold it.
      given.recyclable = false;
      return given;
    }
    const { shape, dtype, weak } = node;
    const view = this.#view(id);
    if (shape.length === 0) return stored(shape, dtype, at(view, 0), weak);
    const array = this.#arrays[root];
    this.#arrays[root] = undefined;
    array?.set(view);
    const tensor = stored(shape, dtype, array ?? view.slice(), weak);
    tensor.recyclable = root >= this.#trace.outputs.length;
    return tensor;
  }

  /** Makes the steps for this place of the arena, unless they are made already. */
  #prepare(base: number): void {
    const { buffer } = this.#kernel.memory;
    // Views of a memory that has grown are empty, and steps may hold them.
    if (base !== this.#base || buffer !== this.#buffer) {
      if (base !== this.#base) this.#present.clear();
      this.#base = base;
      this.#buffer = buffer;
      this.#views = [];
      this.#steps = this.#units.flatMap((unit) => this.#step(unit) ?? []);
    }
  }

  #address(id: number): number {
    const offset = this.#plan.offsets[id];
    if (offset === undefined) throw new Error(`%${id} has no place in the plan`);
    return this.#base + offset;
  }

  #view(id: number): TypedArray {
    const known = this.#views[id];
    if (known !== undefined) return known;
    const view = viewOf(this.#kernel, this.#place(id));
    this.#views[id] = view;
    return view;
  }

  #place(id: number): Place {
    const { shape, dtype, weak } = at(this.#trace.nodes, id);
    return { shape, dtype, weak, address: this.#address(id) };
  }

  /** An input that is read where `source` stands: itself, or transposed. */
  #factor(input: number, source: number): Place {
    if (source === input) return this.#place(input);
    const { shape, dtype, weak } = at(this.#trace.nodes, input);
    return { shape, dtype, weak, address: this.#address(source), strides: [1, at(shape, 0)] };
  }

  /** What computes a unit; undefined where there is nothing to do. */
  #step(unit: Unit): (() => void) | undefined {
    if (isReshape(unit, this.#trace)) return undefined;
    if (unit.kind === "group") {
      const addresses = [...unit.reads, ...unit.writes].map((id) => this.#address(id));
      return emitGroup(this.#kernel, unit.group, addresses);
    }
    const { op, attributes, inputs } = at(this.#trace.nodes, unit.id) as Operation;
    return stepOf(this.#kernel, {
      op,
      attributes,
      inputs: inputs.map((input, i) => this.#factor(input, at(unit.reads, i))),
      output: this.#place(unit.id),
      scratch: this.#base + this.#plan.bytes,
    });
  }

  #scratchOf(unit: Unit): number {
    if (unit.kind === "group") return 0;
    const { nodes } = this.#trace;
    const node = at(nodes, unit.id) as Operation;
    const types = node.inputs.map((input) => at(nodes, input));
    return scratchBytesOf(this.#kernel, node.op, types, node);
  }
}
