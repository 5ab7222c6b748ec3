/**
 * A program on a device: which values stay in its memory from one run to the next, which are evicted, and the order of
 * a run.
 *
 * In: a program and the tensors of its inputs. Out: tensors of its outputs, many of which stay on the device.
 *
 * Invariant: inputs are written unless they are there, and the calls run. New values become those of Variables after the
 * last call that may fail; after an error nothing is assigned. A new value replaces an old one in the same memory if nobody
 * has seen the old one, and the same Tensor then represents it.
 *
 * Each device implements the abstract members.
 */

import type { Cell } from "../../graph/cell.ts";
import { isReplaced, peekCell, writeCell } from "../../graph/recording.ts";
import { leafValue } from "../../graph/replay.ts";
import { isComputed, nodeAt, rootsOf, type TraceNode } from "../../graph/trace.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { type DeviceStorage, findStorage, type Storage, Tensor } from "../../tensor/tensor.ts";
import type { ProgramCall } from "../program/calls/call.ts";
import { SCRATCH, VARIABLES } from "../program/locations/locations.ts";
import type { Program } from "../program/program.ts";
import type { CalledProgram } from "./backend.ts";
import { BufferStorage, type DeviceBuffer } from "./bufferStorage.ts";

/** The buffer of a Variable, as a program sees it. */
interface VariableBuffer {
  readonly cell: Cell;
  readonly buffer: DeviceBuffer;
  /** True if the program writes a new value to the buffer. */
  readonly assigned: boolean;
  /** True if a result of the program is the new value, too. */
  readonly shared: boolean;
  /** True if nobody has read the value that the new one replaces: then the Variable keeps the same Tensor. */
  stays: boolean;
}

/** A value that is written to memory, or returned. */
interface Passed {
  readonly id: number;
  readonly node: TraceNode;
  /** The buffer in which the value may be left from one run to the next. */
  readonly buffer: DeviceBuffer | undefined;
}

/** A new value of a Variable. */
interface Assigned extends Passed {
  readonly cell: Cell;
  /** The variable buffer that it is in at the end, if it is in one. */
  readonly variableBuffer: VariableBuffer | undefined;
}

/** The buffers of a program. */
export interface ProgramBuffers {
  /** The buffers of the values in the persistent region, in the order of the plan. */
  readonly persistent: readonly DeviceBuffer[];
  /**
   * The buffers of its Variables, in the order of the plan: programs that have the same Variable share them.
   */
  readonly variableBuffers: readonly DeviceBuffer[];
}

/** A program on a device. */
export abstract class DeviceRun implements CalledProgram {
  readonly program: Program;
  /** The buffers of values in the persistent region, by their ids. */
  readonly #buffersById = new Map<number, DeviceBuffer>();
  readonly #variableBuffers: readonly VariableBuffer[];
  /** The values that are written: arguments, values of Variables, constants. */
  readonly #inputs: readonly Passed[];
  readonly #outputs: readonly Passed[];
  readonly #assignments: readonly Assigned[];
  /** The buffers in which results stay. */
  readonly #results: readonly DeviceBuffer[];
  /** The Variables whose old values are returned. */
  readonly #seen: readonly Cell[];

  constructor(program: Program, { persistent, variableBuffers }: ProgramBuffers) {
    const { trace, plan } = program;
    const { nodes } = trace;
    this.program = program;
    plan.persistent.forEach(({ id }, i) => {
      this.#buffersById.set(id, at(persistent, i));
    });
    this.#variableBuffers = plan.variableBuffers.map(({ cell, assigned, shared }, i) => {
      return { cell, buffer: at(variableBuffers, i), assigned, shared, stays: false };
    });
    this.#inputs = plan.leaves.map((id) => this.#passed(id));
    this.#outputs = trace.outputs.map((id) => {
      // A result that is an argument in another shape is copied: the buffer belongs to the argument.
      const owner = nodeAt(nodes, numberAt(plan.owners, id));
      return { ...this.#passed(id), ...(!isComputed(owner) && { buffer: undefined }) };
    });
    this.#assignments = trace.assignments.map(({ cell, id }): Assigned => {
      const variableBuffer = this.#variableBuffers.find(
        (each) => each.cell === cell && each.assigned,
      );
      return { ...this.#passed(id), buffer: undefined, cell, variableBuffer };
    });
    this.#seen = rootsOf(trace).flatMap((id) => {
      const node = nodeAt(nodes, id);
      return node.kind === "state" ? [node.cell] : [];
    });
    this.#results = plan.persistent.flatMap(({ id }, i) =>
      isComputed(nodeAt(nodes, id)) ? [at(persistent, i)] : [],
    );
  }

  /** Gives each value of the program its address. */
  protected abstract prepare(): void;
  /** Writes an argument, a value of a Variable or a constant to its address. */
  protected abstract write(id: number, elements: Storage | DeviceStorage): void;
  /**
   * Makes the calls.
   *
   * @param clock is called when each call begins, and when the last one has ended.
   * @param calls replace the calls of the program. @throws the error of a call, before anything is assigned.
   */
  protected abstract call(clock?: () => void, calls?: readonly ProgramCall[]): void;
  /** Returns a copy of a value without a buffer: for a single number, the number. */
  protected abstract take(id: number): Storage | DeviceStorage;
  /** Makes the calls that copy new values to the buffers of Variables, unless a call has refused something. */
  protected abstract writeBack(): void;
  /** Releases the memory of the program alone, until it runs again. */
  abstract release(): void;
  abstract elements(id: number): TypedArray | undefined;

  /** Writes elements to a buffer. */
  protected fill(buffer: DeviceBuffer, elements: Storage | DeviceStorage): void {
    buffer.fill(elements);
  }

  /** Returns the elements that this run has left in a buffer. */
  protected left(buffer: DeviceBuffer): BufferStorage {
    return new BufferStorage(buffer);
  }

  /** Returns the elements in the buffer of a Variable: its value, whether or not the run has given a new one. */
  protected leftInBuffer(buffer: DeviceBuffer): BufferStorage {
    return new BufferStorage(buffer);
  }

  run(inputs: readonly Tensor[], clock?: () => void, calls?: readonly ProgramCall[]): Tensor[] {
    this.prepare();
    for (const input of this.#inputs) this.#copyIn(input, inputs);
    this.#makeRoom();
    this.call(clock, calls);
    // Most Variables keep the Tensor that represents their value. All values of the others are taken before any is
    // assigned.
    const assigned = this.#assignments.filter(({ variableBuffer }) => !variableBuffer?.stays);
    const values = assigned.map((each) => this.#newValue(each, inputs));
    const results: Tensor[] = [];
    for (const output of this.#outputs) results.push(this.#result(output, inputs));
    // Results are taken first, since a result may be copied from an old value in one of these buffers.
    this.writeBack();
    assigned.forEach(({ cell }, i) => {
      writeCell(cell, at(values, i));
    });
    return results;
  }

  #passed(id: number): Passed {
    return { id, node: nodeAt(this.program.trace.nodes, id), buffer: this.#buffer(id) };
  }

  #copyIn({ id, node, buffer }: Passed, inputs: readonly Tensor[]): void {
    const source = leafValue(node, inputs, peekCell);
    if (source === undefined) return;
    const storage = findStorage(source, "compile");
    if (buffer === undefined) this.write(id, storage);
    else this.fill(buffer, storage);
  }

  /** Values of earlier runs leave the memory that this run writes, as far as they are needed. */
  #makeRoom(): void {
    for (const cell of this.#seen) peekCell(cell).unseen = false;
    for (const buffer of this.#results) buffer.vacate();
    for (const variableBuffer of this.#variableBuffers) {
      const { cell, buffer, assigned, shared } = variableBuffer;
      if (!assigned) continue;
      const value = peekCell(cell);
      const { storage } = value;
      const unseen = value.unseen && storage instanceof BufferStorage && storage.isIn(buffer);
      variableBuffer.stays = unseen && !shared && isReplaced(cell, value);
      if (!variableBuffer.stays) buffer.vacate();
    }
  }

  /** Returns a Variable's new value, where its present Tensor does not represent it. */
  #newValue(assigned: Assigned, inputs: readonly Tensor[]): Tensor {
    const { node, variableBuffer } = assigned;
    if (variableBuffer === undefined) return this.#result(assigned, inputs);
    const { shape, dtype, weak } = node;
    const tensor = new Tensor(shape, dtype, weak, this.leftInBuffer(variableBuffer.buffer));
    tensor.unseen = !variableBuffer.shared;
    return tensor;
  }

  /** Returns a value for the caller: in its buffer, if it has one, or copied. */
  #result({ id, node, buffer }: Passed, inputs: readonly Tensor[]): Tensor {
    const leaf = leafValue(node, inputs, peekCell);
    if (leaf !== undefined) return leaf;
    const { shape, dtype, weak } = node;
    if (buffer === undefined) return new Tensor(shape, dtype, weak, this.take(id));
    const { holds } = buffer;
    const storage = holds instanceof BufferStorage ? holds.share() : this.left(buffer);
    return new Tensor(shape, dtype, weak, storage);
  }

  /** Returns the buffer of a value that is in the persistent region or in a variable buffer. */
  #buffer(id: number): DeviceBuffer | undefined {
    const { locations, owners } = this.program.plan;
    const { region = SCRATCH } = locations[id] ?? {};
    if (region >= VARIABLES) return at(this.#variableBuffers, region - VARIABLES).buffer;
    // The buffer is found by owner, not by offset, since a value without elements has the offset of the next one.
    return this.#buffersById.get(numberAt(owners, id));
  }
}
