/**
 * WebGPU as a backend: prepares recorded functions for an open GPU.
 *
 * In: a trace for the table of ops of `target.ts`. Out: dispatches, all of which are submitted at once.
 *
 * Invariant: shaders depend on shapes alone, so each is compiled once; arguments are words of a buffer. After an error, every
 * later shader returns immediately, so nothing is assigned. The host computes float64 before and after a run (`host.ts`).
 */

import type { Cell } from "../../graph/cell.ts";
import type { HasKernel } from "../../graph/lower.ts";
import { peekCell, writeCell } from "../../graph/recording.ts";
import { leafValue } from "../../graph/replay.ts";
import { isComputed, nodeAt, type Operation, type Trace } from "../../graph/trace.ts";
import { at } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Prepared, Recorded } from "../device/backend.ts";
import { describeProgram, type Program, programOf } from "../program/program.ts";
import type { Target } from "../program/schedule/target.ts";
import { Finish, finishedTensor } from "./finish.ts";
import type { Gpu } from "./gpu.ts";
import { computing, type Parted, parted } from "./host.ts";
import { GpuValue, type ValueType } from "./memory.ts";
import { narrowed } from "./narrow.ts";
import { hasNarrowBody, withNarrowBodies } from "./narrowBodies.ts";
import { GpuRun } from "./run.ts";
import { webGpuTarget } from "./target.ts";

/** The programs of a GPU share one buffer for each Variable. */
export class GpuPrograms {
  readonly #gpu: Gpu;
  readonly #target: Target;
  /** True for composites that have a kernel, one function for all programs. */
  readonly #hasKernel: HasKernel;
  readonly #variableBuffers = new WeakMap<Cell, GpuValue>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#target = webGpuTarget();
    const { hasKernel } = this.#target;
    this.#hasKernel = (op, types) => hasNarrowBody(op) || hasKernel(op, types);
  }

  prepare(recorded: Recorded): Prepared {
    this.#gpu.check();
    const { hasKernel } = this.#target;
    const lowered = recorded.lowered(this.#hasKernel);
    const parts = parted(narrowed(withNarrowBodies(lowered, hasKernel)));
    const program = programOf(parts.device, this.#target);
    return new PreparedForGpu(this.#gpu, parts, program, (cell, type) =>
      this.#variableBufferOf(cell, type),
    );
  }

  #variableBufferOf(cell: Cell, type: ValueType): GpuValue {
    const known = this.#variableBuffers.get(cell);
    if (known !== undefined) return known;
    const buffer = new GpuValue(this.#gpu, type);
    this.#variableBuffers.set(cell, buffer);
    return buffer;
  }
}

export class PreparedForGpu implements Prepared {
  readonly backend = "WebGPU";
  readonly gpu: Gpu;
  readonly #parts: Parted;
  readonly #computeBefore: ReturnType<typeof computing>;
  readonly #computeAfter: ReturnType<typeof computing>;
  #fixed: readonly (Tensor | undefined)[] | undefined;
  readonly #program: Program;
  /** The part of the trace that the GPU computes. */
  readonly device: GpuRun;

  constructor(
    gpu: Gpu,
    parts: Parted,
    program: Program,
    variableBufferOf: (cell: Cell, type: ValueType) => GpuValue,
  ) {
    this.gpu = gpu;
    this.#parts = parts;
    this.#computeBefore = computing(parts.trace, parts.before);
    this.#computeAfter = computing(parts.trace, parts.after);
    this.#program = program;
    this.device = new GpuRun(program, gpu, variableBufferOf);
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    const { trace, isHost, isAfter, leaves, assignments: ofHost, read } = this.#parts;
    const { outputs, assignments } = trace;
    const values = this.#before(inputs);
    const cells = assignments.map(({ cell }) => cell);
    const before = cells.map(peekCell);
    const left = this.device.run(leaves.map((id) => values[id] ?? this.#leafAt(id, inputs)));
    for (const { cell, id } of ofHost) writeCell(cell, values[id] as Tensor);
    this.gpu.note(
      this.device.number,
      cells.map((cell, i) => ({ cell, before: at(before, i), after: peekCell(cell) })),
    );
    const first = left.length - read.length;
    read.forEach((id, i) => {
      values[id] = at(left, first + i);
    });
    // The host computes this part when a result is read, not before.
    const after = this.#after(values, inputs);
    let next = 0;
    return outputs.map((id) => {
      if (isAfter[id]) return finishedTensor(nodeAt(trace.nodes, id), id, after);
      return isHost[id] ? (values[id] as Tensor) : at(left, next++);
    });
  }

  #leafAt(id: number, inputs: readonly Tensor[]): Tensor {
    return leafValue(nodeAt(this.#parts.trace.nodes, id), inputs, peekCell) as Tensor;
  }

  /** Returns the values that follow from constants alone, which are the same Tensors in each run, by their ids. */
  #fixedValues(): readonly (Tensor | undefined)[] {
    if (this.#fixed === undefined) {
      const values: (Tensor | undefined)[] = [];
      const { trace, once } = this.#parts;
      computing(trace, once)(values, (id) => values[id] ?? this.#leafAt(id, []));
      this.#fixed = values;
    }
    return this.#fixed;
  }

  /** Returns the values that the host knows before a run, by their ids. */
  #before(inputs: readonly Tensor[]): (Tensor | undefined)[] {
    const { trace, isHost } = this.#parts;
    const values = [...this.#fixedValues()];
    const valueAt = (id: number): Tensor => {
      values[id] ??= this.#leafAt(id, inputs);
      return values[id];
    };
    isHost.forEach((is, id) => {
      if (is && !isComputed(nodeAt(trace.nodes, id))) valueAt(id);
    });
    this.#computeBefore(values, valueAt);
    return values;
  }

  /**
   * Returns the values that the host computes when a result is read, from values that it knows and results of the run.
   */
  #after(before: readonly (Tensor | undefined)[], inputs: readonly Tensor[]): Finish {
    const { trace, after } = this.#parts;
    const { nodes } = trace;
    const values = [...before];
    const needed = new Set(after.flatMap((id) => (nodeAt(nodes, id) as Operation).inputs));
    for (const id of needed)
      if (!isComputed(nodeAt(nodes, id))) values[id] ??= this.#leafAt(id, inputs);
    const waited = [...needed].flatMap((id) => values[id] ?? []);
    return new Finish(waited, () => {
      this.#computeAfter(values, (id) => values[id] as Tensor);
      return values;
    });
  }

  trace(): Trace {
    return this.#parts.trace;
  }

  called(): undefined {}

  planned(): Program {
    return this.#program;
  }

  describe(): string {
    const { before, after } = this.#parts;
    const counts = [before, after].map(({ length }) => `${length} ${length === 1 ? "op" : "ops"}`);
    const ofHost = `the host computes ${counts[0]} before a run, and ${counts[1]} when it is read`;
    return `${describeProgram(this.#program)}\n${ofHost}`;
  }

  release(): void {
    this.device.release();
  }
}
