/** A program on a GPU: its calls as dispatches, which are submitted together. */

import type { Address } from "../../graph/call.ts";
import type { Cell } from "../../graph/cell.ts";
import { nodeAt } from "../../graph/trace.ts";
import { at } from "../../tensor/shape.ts";
import type { DeviceStorage, Storage } from "../../tensor/tensor.ts";
import { AwaitedStorage } from "../device/awaited.ts";
import { DeviceRun } from "../device/run.ts";
import { PERSISTENT, VARIABLES } from "../program/locations/locations.ts";
import type { Program } from "../program/program.ts";
import { type Dispatch, DispatchWriter } from "./dispatches.ts";
import type { Gpu } from "./gpu.ts";
import { GpuCopy, GpuValue, RunStatus, refuseGarbage, type ValueType, writeTo } from "./memory.ts";
import { SLOT, WORD } from "./wgsl.ts";

export class GpuRun extends DeviceRun {
  readonly #gpu: Gpu;
  readonly #persistent: readonly GpuValue[];
  readonly #variableBuffers: readonly GpuValue[];
  readonly dispatches: readonly Dispatch[];
  /** The number of dispatches before the copies to variable buffers. */
  readonly count: number;
  /**
   * Returns the descriptor of timestamps of a dispatch, which then has a separate pass. Default: all dispatches share
   * one pass.
   */
  timing: ((dispatch: number) => object) | undefined;
  #pipelines: readonly object[] = [];
  /** Bytes before the slots of each dispatch. */
  #offsets: readonly number[] = [];
  #bound: object | undefined;
  #version = -1;
  #scratch = 0;
  #number = 0;

  /** The number of the present run. */
  get number(): number {
    return this.#number;
  }

  constructor(
    program: Program,
    gpu: Gpu,
    variableBufferOf: (cell: Cell, type: ValueType) => GpuValue,
  ) {
    const { plan, trace, calls, writeBacks } = program;
    const typeOf = (id: number) => nodeAt(trace.nodes, id);
    const persistent = plan.persistent.map(({ id }) => new GpuValue(gpu, typeOf(id)));
    const variableBuffers = plan.variableBuffers.map(({ cell, id }) =>
      variableBufferOf(cell, typeOf(id)),
    );
    super(program, { persistent: persistent, variableBuffers });
    this.#gpu = gpu;
    this.#persistent = persistent;
    this.#variableBuffers = variableBuffers;
    const writer = new DispatchWriter(gpu, this);
    const before = writer.of(calls);
    this.count = before.length;
    this.dispatches = [...before, ...writer.of(writeBacks)];
  }

  override release(): void {
    for (const buffer of this.#persistent) buffer.vacate();
  }

  /** The host cannot read its memory, so calls cannot be watched. */
  override elements(): undefined {}

  protected override prepare(): void {
    const gpu = this.#gpu;
    gpu.check();
    gpu.throwUnreported();
    const { plan } = this.program;
    this.#scratch = gpu.scratch(plan.scratchBytes + plan.workBytes).start;
    if (this.#version !== gpu.version) this.#bind();
    this.#number = gpu.begin();
  }

  /** Writes the slots, which hold the addresses of all arguments. */
  #bind(): void {
    const gpu = this.#gpu;
    for (const { allocation } of [...this.#persistent, ...this.#variableBuffers])
      gpu.demand(allocation);
    const dispatches = this.dispatches;
    const all = dispatches.flatMap(({ slots, skip }) => slots.map((args) => ({ args, skip })));
    const most = dispatches.reduce(
      (longest, dispatch) => Math.max(longest, dispatch.slots.length),
      1,
    );
    let next = 0;
    this.#offsets = dispatches.map((dispatch) => {
      const offset = next * SLOT.words * WORD;
      next += dispatch.slots.length;
      return offset;
    });
    const slots = new Uint32Array(all.length * SLOT.words);
    all.forEach(({ args, skip }, i) => {
      gpu.demand({ start: skip * WORD, bytes: WORD });
      const words = args.map((each) =>
        typeof each === "number" ? each >>> 0 : this.#startOf(each) / WORD,
      );
      slots.set(words, i * SLOT.words);
      slots[i * SLOT.words + SLOT.skip] = skip;
    });
    this.#pipelines = dispatches.map(({ code }) => gpu.pipeline(code));
    this.#bound = gpu.bind(slots, most);
    this.#version = gpu.version;
  }

  protected override fill(buffer: GpuValue, elements: Storage | DeviceStorage): void {
    refuseGarbage(elements);
    super.fill(buffer, elements);
  }

  protected override write(id: number, elements: Storage | DeviceStorage): void {
    refuseGarbage(elements);
    const { start, type } = this.#valueAt(id);
    writeTo(this.#gpu, start, type, elements);
  }

  protected override call(): void {
    this.#pass(0, this.count);
  }

  /** Submits the run, after the copies of old values were requested. */
  protected override writeBack(): void {
    if (this.count < this.dispatches.length) this.#pass(this.count, this.dispatches.length);
    this.#gpu.submit();
  }

  #pass(start: number, end: number): void {
    const { timing } = this;
    const commands = this.#gpu.commands();
    let pass = timing ? undefined : commands.beginComputePass();
    for (let i = start; i < end; i++) {
      if (timing) {
        pass?.end();
        pass = commands.beginComputePass(timing(i));
      }
      if (pass === undefined) return;
      pass.setPipeline(at(this.#pipelines, i));
      pass.setBindGroup(0, this.#bound as object, [at(this.#offsets, i)]);
      pass.dispatchWorkgroups(...at(this.dispatches, i).groups);
    }
    pass?.end();
  }

  protected override left(buffer: GpuValue): AwaitedStorage {
    return new AwaitedStorage(buffer, new RunStatus(this.#gpu, this.#number));
  }

  protected override leftInBuffer(buffer: GpuValue): AwaitedStorage {
    return new AwaitedStorage(buffer, new RunStatus(this.#gpu, undefined));
  }

  protected override take(id: number): AwaitedStorage {
    const { start, type } = this.#valueAt(id);
    const copy = new GpuCopy(this.#gpu, type, start);
    return new AwaitedStorage(copy, new RunStatus(this.#gpu, this.#number));
  }

  #startOf({ region, offset, within = 0 }: Address): number {
    if (region >= VARIABLES)
      return at(this.#variableBuffers, region - VARIABLES).allocation.start + offset;
    const { persistent, scratchBytes } = this.program.plan;
    if (region !== PERSISTENT) return this.#scratch + (region === 0 ? 0 : scratchBytes) + offset;
    // Values without elements have the offset of the next value.
    const index = persistent.findLastIndex((each) => each.offset === offset - within);
    return at(this.#persistent, index).allocation.start + within;
  }

  #valueAt(id: number): { start: number; type: ValueType } {
    const { plan, trace } = this.program;
    const { region, offset } = plan.locations[id] ?? { region: PERSISTENT, offset: -1 };
    const start = this.#startOf({ region, offset, bytes: 0, access: "read", value: id });
    return { start, type: nodeAt(trace.nodes, id) };
  }
}
