/**
 * Linear memory as the device of programs: every schedule item works on planned addresses, in regions of the heap.
 *
 * In: a planned program. Out: its outputs, many of which stay in linear memory until they are read.
 *
 * Invariant: linear memory is a cache of the elements of tensors, never their owner. No tensor has a view of it, since
 * views end when it grows.
 */

import { warn } from "../../../errors.ts";
import { grouped } from "../../../families/cost.ts";
import type { Cell } from "../../../graph/cell.ts";
import { nodeAt, type Trace } from "../../../graph/trace.ts";
import type { TensorType } from "../../../graph/types.ts";
import type { TypedArray } from "../../../tensor/dtype.ts";
import { copyResult } from "../../../tensor/results.ts";
import { at, bytesOf, numberAt, sizeOf } from "../../../tensor/shape.ts";
import type { DeviceStorage, Storage } from "../../../tensor/tensor.ts";
import { writeTo } from "../../device/bufferStorage.ts";
import { memoryLimit } from "../../device/memoryLimit.ts";
import { DeviceRun } from "../../device/run.ts";
import type { ProgramCall } from "../../program/calls/call.ts";
import { PERSISTENT, SCRATCH, VARIABLES, WORK } from "../../program/locations/locations.ts";
import { type Program, programOf } from "../../program/program.ts";
import type { Host } from "../kernel/host.ts";
import type { Bound, RegionStarts } from "../kernel/makeCall.ts";
import { CallBinder } from "./bind.ts";
import { type Heap, LinearBuffer, Region } from "./heap.ts";
import { wasmTarget } from "./target.ts";
import { arrayAt, type DividedCalls, type Workspace } from "./workspace.ts";

/** Returns the program of a trace for linear memory, however much it needs. */
export function plannedInMemory(trace: Trace): Program {
  return programOf(trace, wasmTarget);
}

/** Returns a program in linear memory; undefined if it needs too much. */
export function runInMemory(program: Program, space: Workspace): MemoryRun | undefined {
  if (program.bytes <= memoryLimit()) return new MemoryRun(program, space);
  warnOfMemory(program, `the limit is ${inMegabytes(memoryLimit())}`);
  return undefined;
}

/** The number of large values that a warning names. */
const NAMED = 3;

/** Warns that a program runs op by op, with the reason and a remedy. */
export function warnOfMemory({ trace, plan, bytes }: Program, why: string): void {
  const sizes = trace.nodes.map(bytesOf);
  const computed = trace.nodes.flatMap((node, id) =>
    node.kind === "operation" && plan.born.has(id) && numberAt(sizes, id) > bytes / 100
      ? [{ node, id }]
      : [],
  );
  const largest = computed
    .sort((a, b) => numberAt(sizes, b.id) - numberAt(sizes, a.id))
    .slice(0, NAMED)
    .map(
      ({ node, id }) =>
        `${node.op.name} [${node.shape.join(", ")}] of ${inMegabytes(numberAt(sizes, id))}`,
    );
  const values = largest.length > 0 && `Its largest values are ${largest.join(", ")}. `;
  warn(
    `a compiled program needs ${inMegabytes(bytes)} of linear memory at once, and ${why}, so it runs op by op, which ` +
      `takes 5 to 20 times as long. ${values || ""}Make batches smaller, compute values ` +
      "anew by checkpoint, or loop by scan; setMemoryLimit(2 ** 32) allows 4 GiB, and what memory() of " +
      "the program returns shows which values stand where and when.",
  );
}

function inMegabytes(bytes: number): string {
  return `${grouped(Math.ceil(bytes / 2 ** 20))} MiB`;
}

/** A program in linear memory. */
export class MemoryRun extends DeviceRun {
  /** The calls of the program, for one thread. */
  readonly #whole: CallBinder;
  /** The calls in partitions, where several threads make them. */
  readonly #divided: DividedCalls | undefined;
  readonly #workBytes: number;
  /** The calls with a clock that replaced them last. */
  #other: CallBinder | undefined;
  readonly #writeBacks: CallBinder;
  readonly #space: Workspace;
  readonly #host: Host;
  readonly #heap: Heap;
  /** The region of the program in memory. */
  readonly #region: Region;
  readonly #variableBuffers: readonly { readonly region: Region; readonly cell: Cell }[];
  /** The heap's version for which addresses, views and steps are right. */
  #version = -1;
  #starts: RegionStarts = [];
  #bound: readonly Bound[] = [];
  #boundWriteBacks: readonly Bound[] = [];
  #views: (TypedArray | undefined)[] = [];

  constructor(program: Program, space: Workspace) {
    const { trace, plan } = program;
    const { host, heap } = space;
    const persistent = plan.persistent.map(({ id }) => bufferFor(host, nodeAt(trace.nodes, id)));
    const variableBuffers = plan.variableBuffers.map(({ cell, id }) =>
      variableBufferOf(space, cell, nodeAt(trace.nodes, id)),
    );
    super(program, {
      persistent,
      variableBuffers: variableBuffers.map(({ buffers }) => at(buffers, 0).buffer),
    });
    this.#space = space;
    this.#whole = new CallBinder(space, program.calls);
    this.#divided = space.threads?.divide(program);
    this.#workBytes = this.#divided?.workBytes ?? plan.workBytes;
    this.#writeBacks = new CallBinder(space, program.writeBacks);
    this.#host = host;
    this.#heap = heap;
    const buffers = plan.persistent.map(({ offset }, i) => ({ buffer: at(persistent, i), offset }));
    this.#region = new Region(buffers, plan.persistentBytes);
    this.#variableBuffers = variableBuffers.map((region, i) => ({
      region,
      cell: at(plan.variableBuffers, i).cell,
    }));
  }

  override elements(id: number): TypedArray | undefined {
    return this.program.plan.locations[id] && this.#view(id);
  }

  override release(): void {
    this.#heap.remove(this.#region);
  }

  protected override prepare(): void {
    const heap = this.#heap;
    const { scratchBytes } = this.program.plan;
    const workBytes = this.#workBytes;
    heap.beginRun(scratchBytes + workBytes);
    heap.touch(this.#region);
    for (const { region } of this.#variableBuffers) heap.touch(region);
    if (heap.version === this.#version) return;
    const scratch = heap.scratch(scratchBytes + workBytes);
    if (this.#region.buffers.length > 0) heap.admit(this.#region, this);
    for (const { region, cell } of this.#variableBuffers) heap.admit(region, cell);
    this.#views = [];
    const starts: number[] = [];
    starts[SCRATCH] = scratch;
    starts[WORK] = scratch + scratchBytes;
    starts[PERSISTENT] = this.#region.address ?? 0;
    this.#variableBuffers.forEach(({ region }, i) => {
      starts[VARIABLES + i] = region.address ?? 0;
    });
    this.#starts = starts;
    this.#bound = (this.#divided ?? this.#whole).bind(starts);
    this.#boundWriteBacks = this.#writeBacks.bind(starts);
    this.#version = heap.version;
  }

  protected override write(id: number, elements: Storage | DeviceStorage): void {
    writeTo(this.#view(id), elements);
  }

  protected override call(clock?: () => void, calls?: readonly ProgramCall[]): void {
    if (clock === undefined) {
      try {
        for (const call of this.#bound) call();
      } catch (error) {
        if (this.#divided?.isBroken && error instanceof Error) this.#giveUp(this.#divided, error);
        throw error;
      }
    } else {
      // With a clock, calls are made one by one, by one thread.
      if (calls && this.#other?.calls !== calls) this.#other = new CallBinder(this.#space, calls);
      const whole = calls ? this.#other : this.#divided && this.#whole;
      for (const call of whole?.bind(this.#starts) ?? this.#bound) {
        clock();
        call();
      }
      clock();
    }
  }

  /** Drops the values that a failed run has overwritten in part. */
  #giveUp(divided: DividedCalls, error: Error): void {
    const { calls, plan, trace } = this.program;
    const written = new Set(
      calls.flatMap(({ arguments: args }) =>
        args.flatMap((argument) =>
          typeof argument === "object" && argument.access === "write" ? [argument.region] : [],
        ),
      ),
    );
    const names = this.#variableBuffers.flatMap(({ region }, i) => {
      const isLost = written.has(VARIABLES + i) && at(region.buffers, 0).buffer.lose(error);
      return isLost
        ? [trace.names.get(at(plan.variableBuffers, i).id) ?? "one without a name"]
        : [];
    });
    if (names.length > 0)
      error.message += `. The values of these Variables are lost: ${names.join(", ")}`;
    divided.giveUp();
  }

  protected override take(id: number): Storage {
    const { shape, dtype } = nodeAt(this.program.trace.nodes, id);
    const view = this.#view(id);
    return shape.length === 0 ? at(view, 0) : copyResult(dtype, view);
  }

  protected override writeBack(): void {
    for (const writeBack of this.#boundWriteBacks) writeBack();
  }

  #view(id: number): TypedArray {
    const known = this.#views[id];
    if (known !== undefined) return known;
    const location = this.program.plan.locations[id];
    if (location === undefined) throw new Error(`%${id} has no location in the plan`);
    const address = numberAt(this.#starts, location.region) + location.offset;
    const view = viewOf(this.#host, nodeAt(this.program.trace.nodes, id), address);
    this.#views[id] = view;
    return view;
  }
}

/** Returns the elements of a value at an address, valid until memory grows. */
function viewOf(host: Host, { dtype, shape }: TensorType, address: number): TypedArray {
  return arrayAt(host, dtype, address, sizeOf(shape));
}

/** Returns a buffer for values of a type. It may outlive the program, so it does not refer to it. */
function bufferFor(host: Host, { shape, dtype, weak }: TensorType): LinearBuffer {
  return new LinearBuffer((address) => viewOf(host, { shape, dtype, weak }, address));
}

function variableBufferOf(
  { variableBuffers, host }: Workspace,
  cell: Cell,
  type: TensorType,
): Region {
  const known = variableBuffers.get(cell);
  if (known !== undefined) return known;
  const region = new Region([{ buffer: bufferFor(host, type), offset: 0 }], bytesOf(type));
  variableBuffers.set(cell, region);
  return region;
}
