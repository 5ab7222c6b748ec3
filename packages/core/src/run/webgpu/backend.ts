/** WebGPU as a backend: prepares recorded functions for a GPU that is open. */

import { runJs } from "../../families/javascript.ts";
import type { Cell } from "../../graph/cell.ts";
import { peekCell, writeCell } from "../../graph/recording.ts";
import { givenValue } from "../../graph/replay.ts";
import { nodeAt, type Operation, type Trace } from "../../graph/trace.ts";
import { at } from "../../tensor/shape.ts";
import { stored, type Tensor } from "../../tensor/tensor.ts";
import type { Prepared, Recorded } from "../device/backend.ts";
import { describeProgram, type Program, programOf } from "../program/program.ts";
import type { Target } from "../program/units/target.ts";
import type { Gpu } from "./gpu.ts";
import { type Parted, parted } from "./host.ts";
import { GpuSlot, type ValueType } from "./memory.ts";
import { narrowed } from "./narrow.ts";
import { GpuRun } from "./run.ts";
import { webGpuTarget } from "./target.ts";

/** The programs of a GPU have one home for each Variable. */
export class GpuPrograms {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #homes = new WeakMap<Cell, GpuSlot>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#target = webGpuTarget();
  }

  prepare(recorded: Recorded): Prepared {
    this.#gpu.check();
    const trace = narrowed(recorded.lowered(this.#target.keeps));
    const parts = parted(trace);
    const program = programOf(parts.device, this.#target);
    return new PreparedForGpu(this.#gpu, trace, parts, program, (cell, type) =>
      this.#homeOf(cell, type),
    );
  }

  #homeOf(cell: Cell, type: ValueType): GpuSlot {
    const known = this.#homes.get(cell);
    if (known !== undefined) return known;
    const slot = new GpuSlot(this.#gpu, type);
    this.#homes.set(cell, slot);
    return slot;
  }
}

class PreparedForGpu implements Prepared {
  readonly #gpu: Gpu;
  readonly #trace: Trace;
  readonly #parts: Parted;
  readonly #program: Program;
  readonly #run: GpuRun;

  constructor(
    gpu: Gpu,
    trace: Trace,
    parts: Parted,
    program: Program,
    homeOf: (cell: Cell, type: ValueType) => GpuSlot,
  ) {
    this.#gpu = gpu;
    this.#trace = trace;
    this.#parts = parts;
    this.#program = program;
    this.#run = new GpuRun(program, gpu, homeOf);
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    const { nodes, outputs, assignments } = this.#trace;
    const { isHost, given, assignments: ofHost } = this.#parts;
    const values = this.#computed(inputs);
    const cells = assignments.map(({ cell }) => cell);
    const before = cells.map(peekCell);
    const left = this.#run.run(
      given.map((id) => values[id] ?? (givenValue(nodeAt(nodes, id), inputs, peekCell) as Tensor)),
    );
    for (const { cell, id } of ofHost) writeCell(cell, values[id] as Tensor);
    this.#gpu.note(
      this.#run.number,
      cells.map((cell, i) => ({ cell, before: at(before, i), after: peekCell(cell) })),
    );
    let next = 0;
    return outputs.map((id) => (isHost[id] ? (values[id] as Tensor) : at(left, next++)));
  }

  /** Returns the values on the host, by their ids. */
  #computed(inputs: readonly Tensor[]): (Tensor | undefined)[] {
    const { nodes } = this.#trace;
    const values: (Tensor | undefined)[] = [];
    const numberOf = (id: number): Tensor => {
      values[id] ??= givenValue(nodeAt(nodes, id), inputs, peekCell);
      return values[id] as Tensor;
    };
    for (const id of this.#parts.host) {
      const { op, attributes, inputs: ids, ...type } = nodeAt(nodes, id) as Operation;
      const [array] = runJs(op, ids.map(numberOf), attributes, [type]);
      values[id] = stored([], type.dtype, at(array ?? [], 0), type.weak);
    }
    this.#parts.isHost.forEach((is, id) => {
      if (is) numberOf(id);
    });
    return values;
  }

  trace(): Trace {
    return this.#trace;
  }

  called(): undefined {}

  planned(): Program {
    return this.#program;
  }

  describe(): string {
    return describeProgram(this.#program);
  }

  release(): void {
    this.#run.release();
  }
}
