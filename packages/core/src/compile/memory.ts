/**
 * Runs a program in linear memory: inputs are copied in, every unit works on planned addresses, and
 * results are copied out. Between runs the memory belongs to whatever runs next.
 */

import { peekCell } from "../graph/recording.ts";
import { computeInto } from "../run/js/index.ts";
import { emitGroup } from "../run/wasm/emit/index.ts";
import { SUFFIX } from "../run/wasm/kernels.ts";
import type { Kernel, Workspace } from "../run/wasm/workspace.ts";
import { BYTES, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { readStorage, stored, type Tensor } from "../tensor/tensor.ts";
import { type OperationUnit, productDType, transposedSource, type Unit } from "./fuse.ts";
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
    const { dtype, shape } = at(this.#trace.nodes, id);
    const view = viewOf(this.#kernel, dtype, this.#address(id), sizeOf(shape));
    this.#views[id] = view;
    return view;
  }

  /** What computes a unit; undefined where there is nothing to do. */
  #step(unit: Unit): (() => void) | undefined {
    if (isReshape(unit, this.#trace)) return undefined;
    if (unit.kind === "group") {
      const addresses = [...unit.reads, ...unit.writes].map((id) => this.#address(id));
      return emitGroup(this.#kernel, unit.group, addresses);
    }
    const node = at(this.#trace.nodes, unit.id) as Operation;
    return this.#product(unit, node) ?? this.#sum(unit, node) ?? this.#inJavaScript(unit, node);
  }

  /** A product of two matrices, either of which may be read transposed. */
  #product(unit: OperationUnit, node: Operation): (() => void) | undefined {
    const dtype = productDType(node);
    if (dtype === undefined) return undefined;
    const multiply = this.#kernel.exports[`matmul_${SUFFIX[dtype]}`];
    const factor = (place: number) => {
      const id = at(node.inputs, place);
      const [rows = 0, columns = 0] = at(this.#trace.nodes, id).shape;
      const transposed = transposedSource(this.#trace, id) !== undefined;
      const address = this.#address(at(unit.reads, place));
      // A transposed factor lies in memory as `columns` rows of `rows`.
      return transposed
        ? { address, rows, columns, rowStride: 1, columnStride: rows }
        : { address, rows, columns, rowStride: columns, columnStride: 1 };
    };
    const x = factor(0);
    const y = factor(1);
    const out = this.#address(unit.id);
    const scratch = this.#base + this.#plan.bytes;
    return () =>
      multiply(
        x.address,
        y.address,
        out,
        scratch,
        x.rows,
        y.columns,
        x.columns,
        x.rowStride,
        x.columnStride,
        y.rowStride,
        y.columnStride,
      );
  }

  /** A sum over the last or over the first axes. */
  #sum(unit: OperationUnit, node: Operation): (() => void) | undefined {
    const { dtype, op } = node;
    if (op.name !== "sum" || !isFloat(dtype)) return undefined;
    const input = at(unit.reads, 0);
    const { shape } = at(this.#trace.nodes, input);
    const axes = node.attributes["axes"] as readonly number[];
    const count = axes.reduce((product, axis) => product * at(shape, axis), 1);
    const results = sizeOf(node.shape);
    const address = this.#address(input);
    const out = this.#address(unit.id);
    const { exports, rowScratch } = this.#kernel;
    if (axes.every((axis, i) => axis === shape.length - axes.length + i)) {
      const sum = exports[`sum_${SUFFIX[dtype]}`];
      const view = this.#view(unit.id);
      const bytes = count * BYTES[dtype];
      return () => {
        for (let i = 0; i < results; i++) view[i] = sum(address + i * bytes, count);
      };
    }
    if (!axes.every((axis, i) => axis === i)) return undefined;
    // The gradient of a repeated row is the sum of the rows; the other gradient is the input itself.
    const sumRows = exports[`addBackwardRow_${SUFFIX[dtype]}`];
    return () => sumRows(address, address, out, rowScratch, count, results);
  }

  /** Ops without a kernel work on the same memory. */
  #inJavaScript(unit: OperationUnit, node: Operation): () => void {
    const { op, attributes } = node;
    const types = unit.reads.map((id) => at(this.#trace.nodes, id));
    const arrays = unit.reads.map((id) => this.#view(id));
    const array = this.#view(unit.id);
    return () => {
      array.fill(0);
      computeInto(op, arrays, types, attributes, { type: node, array });
    };
  }

  #scratchOf(unit: Unit): number {
    if (unit.kind === "group") return 0;
    const node = at(this.#trace.nodes, unit.id) as Operation;
    const dtype = productDType(node);
    if (dtype === undefined) return 0;
    const [rows = 0, columns = 0] = node.shape;
    const inner = at(this.#trace.nodes, at(node.inputs, 0)).shape[1] ?? 0;
    return this.#kernel.exports[`matmulScratchByteLength_${SUFFIX[dtype]}`](rows, columns, inner);
  }
}

function viewOf(
  { memory, arena }: Kernel,
  dtype: TraceNode["dtype"],
  address: number,
  length: number,
): TypedArray {
  switch (dtype) {
    case "float32":
      return arena.float32(address, length);
    case "float64":
      return arena.float64(address, length);
    case "int32":
      return new Int32Array(memory.buffer, address, length);
    case "bool":
      return new Uint8Array(memory.buffer, address, length);
    default:
      return dtype satisfies never;
  }
}
