/**
 * A second target for programs, and a backend that runs them: a machine in JavaScript that has nothing in common with
 * WebAssembly but the contract. Each location of a program is a separate memory, in which a bool takes four bytes. The
 * machine has no kernels, its loops are short with few arrays, and any of them may end in reductions. As a GPU does, it
 * executes requests later and in order, goes on after an error, and returns elements only asynchronously.
 */

import { computeInto } from "../../src/families/javascript.ts";
import { type Address, registerMemoryFunction } from "../../src/graph/call.ts";
import type { Cell } from "../../src/graph/cell.ts";
import type { PlacedOp } from "../../src/graph/kernel.ts";
import { aliasesInput } from "../../src/graph/kernel.ts";
import { nodeAt, type Trace } from "../../src/graph/trace.ts";
import type { Attributes, TensorType } from "../../src/graph/types.ts";
import { stillTrue } from "../../src/ops/bodies.ts";
import { opNamed } from "../../src/ops/registry.ts";
import { AwaitedBuffer, AwaitedStorage, type Deferred } from "../../src/run/device/awaited.ts";
import { Backend, type Prepared, type Recorded } from "../../src/run/device/backend.ts";
import type { DeviceRun } from "../../src/run/device/run.ts";
import {
  type ControlFunction,
  isControl,
  isLoop,
  isOfJavaScript,
  type ProgramCall,
} from "../../src/run/program/calls/call.ts";
import { PERSISTENT, SCRATCH, VARIABLES, WORK } from "../../src/run/program/locations/locations.ts";
import { describeProgram, type Program } from "../../src/run/program/program.ts";
import { COUNT, FIRST, GOES } from "../../src/run/program/schedule/bodies.ts";
import { fewArrays } from "../../src/run/program/schedule/fewArrays.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import { allocate, DTYPES, type DType, type TypedArray } from "../../src/tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../src/tensor/shape.ts";
import { DeviceStorage, type Storage, type Tensor } from "../../src/tensor/tensor.ts";
import { programForAny } from "./anyTarget.ts";
import { AwaitedRun, Outcome } from "./awaitedRun.ts";
import { runLoop } from "./javascriptLoops.ts";

const BYTES: Readonly<Record<DType, number>> = { float32: 4, float64: 8, int32: 4, bool: 4 };

/** The data of an op's call, besides its addresses. */
interface OpOnMachine {
  readonly op: string;
  readonly attributes: Attributes;
  readonly types: readonly TensorType[];
  readonly resultTypes: readonly TensorType[];
}

const OP = registerMemoryFunction<OpOnMachine>("op of the machine in tests", () => {
  throw new Error("its memories are no linear memory");
});

export const javascriptTarget: Target = {
  dtypes: DTYPES,
  bytes: BYTES,
  mostSteps: 7,
  arrays: fewArrays(7),
  endsInReductions: () => true,
  loopPays: () => true,
  readsStrided: () => "none",
  cache: { block: 40, row: 2 ** 20, whole: 1 },
  sizes: {
    storedArgument: 0,
    leftResult: 16,
    smallArray: 4,
    largeLoop: 1,
    rowsOfVectors: 1,
    muchScratch: 2 ** 20,
  },
  hasKernel: () => false,
  stopsAtErrors: false,
  scalarBuffers: true,
  scratchBytes: () => 0,
  loopScratchBytes: ({ outputs }) => (outputs.some(({ reduction }) => reduction) ? 8 : 0),
  calls: ({ op, attributes, inputs, outputs }: PlacedOp) => {
    const typesOf = (list: PlacedOp["inputs"]) =>
      list.map(({ shape, dtype, weak }): TensorType => ({ shape, dtype, weak }));
    const [types, resultTypes] = [typesOf(inputs), typesOf(outputs)];
    const given = { op: op.name, attributes, types, resultTypes } satisfies OpOnMachine;
    const addresses = [...inputs, ...outputs].map(({ address }) => address);
    return [{ function: { name: op.name, javascript: OP, data: given }, arguments: addresses }];
  },
};

/** A memory. Bytes that were never written read as NaN, so that reading them shows in a result. */
class Memory {
  #buffer = new ArrayBuffer(0);

  /** Grows the memory to a number of bytes. */
  grow(bytes: number): void {
    const before = this.bytes;
    if (before.length >= bytes) return;
    this.#buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
    this.bytes.fill(0xff);
    this.bytes.set(before);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer);
  }

  /** Returns the elements as the machine stores them: booleans are words. */
  words(dtype: DType): Float32Array | Float64Array | Int32Array {
    if (dtype === "float32") return new Float32Array(this.#buffer);
    return dtype === "float64" ? new Float64Array(this.#buffer) : new Int32Array(this.#buffer);
  }

  /** Returns a copy of elements in the host's format. */
  array(dtype: DType, length: number, first = 0): TypedArray {
    const array = allocate(dtype, length);
    array.set(this.words(dtype).subarray(first, first + length));
    return array;
  }

  copyOf(): Memory {
    const copy = new Memory();
    copy.grow(this.#buffer.byteLength);
    copy.bytes.set(this.bytes);
    return copy;
  }
}

/** The location of a value: bytes from the start of a memory. */
export interface Place {
  readonly memory: Memory;
  readonly offset: number;
}

/** The tasks of the machine, which it executes later and in order. */
class Queue {
  readonly #tasks: (() => void)[] = [];

  push(task: () => void): void {
    this.#tasks.push(task);
    if (this.#tasks.length === 1) setTimeout(() => this.#work());
  }

  /** Runs a task after all earlier tasks, and returns a promise of its result. */
  ask<Result>(task: () => Result): Promise<Result> {
    return new Promise((resolve) => this.push(() => resolve(task())));
  }

  #work(): void {
    try {
      for (let task = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
        task();
        this.#tasks.shift();
      }
    } finally {
      // After a bug in a task the queue goes on, so that no promise stays pending.
      if (this.#tasks.shift()) setTimeout(() => this.#work());
    }
  }
}

type Type = Pick<TensorType, "dtype" | "shape">;

/** A copy of elements on the machine. */
class Copy implements Deferred {
  readonly queue: Queue;
  readonly type: Type;
  memory = new Memory();

  constructor(queue: Queue, type: Type, from: () => Memory) {
    this.queue = queue;
    this.type = type;
    queue.push(() => {
      this.memory = from().copyOf();
    });
  }

  fetch(): Promise<TypedArray> {
    const { dtype, shape } = this.type;
    return this.queue.ask(() => this.memory.array(dtype, sizeOf(shape)));
  }
}

class MachineSlot extends AwaitedBuffer {
  readonly queue: Queue;
  readonly type: Type;
  readonly memory = new Memory();

  constructor(queue: Queue, type: Type) {
    super();
    this.queue = queue;
    this.type = type;
    this.memory.grow(BYTES[type.dtype] * sizeOf(type.shape));
  }

  override copied(): Copy {
    return new Copy(this.queue, this.type, () => this.memory);
  }

  override write(elements: Storage | DeviceStorage): void {
    writeInto(this.queue, this.memory, this.type.dtype, elements);
  }
}

/** Writes elements; the elements of this machine are copied without the host reading them. */
function writeInto(
  queue: Queue,
  memory: Memory,
  dtype: DType,
  elements: Storage | DeviceStorage,
): void {
  const source = elements instanceof AwaitedStorage ? elements.source : undefined;
  if ((source instanceof MachineSlot || source instanceof Copy) && source.queue === queue) {
    queue.push(() => {
      const { bytes } = source.memory;
      memory.bytes.set(bytes.subarray(0, memory.bytes.length));
    });
    return;
  }
  // The elements are copied now, since the caller may overwrite the array before the task runs.
  const array = elements instanceof DeviceStorage ? elements.copy() : elements;
  const own = typeof array === "number" ? [array] : array.slice();
  queue.push(() => memory.words(dtype).set(own));
}

/** The memories of the locations in both scratch regions of a program or of a body, and of each body that is called. */
class Scratch {
  readonly #memories = [new Map<number, Memory>(), new Map<number, Memory>()];
  readonly #bodies = new Map<ProgramCall, Scratch[]>();

  /** Returns the location of an address in scratch memory. */
  place({ region, offset, within = 0 }: Address): Place {
    const memories = at(this.#memories, region);
    const start = offset - within;
    const memory = memories.get(start) ?? new Memory();
    memories.set(start, memory);
    return { memory, offset: within };
  }

  ofBody(call: ProgramCall, body: number): Scratch {
    const list = this.#bodies.get(call) ?? [];
    this.#bodies.set(call, list);
    list[body] ??= new Scratch();
    return list[body];
  }
}

/** Returns the location of an address; undefined for the scratch memory of bodies. */
type PlaceOf = (address: Address) => Place | undefined;

/** Runs calls, goes on after errors, and stores the first one. */
class Machine {
  error: Error | undefined;

  run(calls: readonly ProgramCall[], scratch: Scratch, placeOf: PlaceOf): void {
    for (const call of calls) {
      try {
        this.#call(call, scratch, placeOf);
      } catch (error) {
        this.error ??= error as Error;
      }
    }
  }

  #call(call: ProgramCall, scratch: Scratch, placeOf: PlaceOf): void {
    const { function: callee, arguments: given } = call;
    if (isControl(callee)) {
      this.#control(callee, call, scratch, placeOf);
      return;
    }
    const places = given.map((argument) => {
      if (typeof argument === "number") return undefined;
      const place = placeOf(argument);
      place?.memory.grow(place.offset + argument.bytes);
      return place;
    });
    const placeAt = (i: number) => at(places as Place[], i);
    if (isLoop(callee)) runLoop(callee.loop, placeAt, given.length);
    else if (callee === "clear") {
      const { memory, offset } = placeAt(0);
      memory.bytes.fill(0, offset, offset + Number(given[1]));
    } else if (callee === "copy") {
      const [from, to, bytes] = [placeAt(0), placeAt(1), Number(given[2])];
      const source = from.memory.bytes.slice(from.offset, from.offset + bytes);
      to.memory.bytes.set(source, to.offset);
    } else if (isOfJavaScript(callee)) runOp(callee.data as OpOnMachine, placeAt);
    else throw new Error(`the machine has no ${callee}`);
  }

  #control(callee: ControlFunction, call: ProgramCall, scratch: Scratch, placeOf: PlaceOf): void {
    const { bodies, order } = callee;
    /** The locations of the arguments, which are the regions of the bodies; the first two are scratch memory. */
    const regions = call.arguments.map((argument, i) => {
      const address = argument as Address;
      if (i < FIRST) return undefined;
      const place = placeOf(address);
      const runs = order.kind === "repeat" && Number.isFinite(order.length) ? order.length : 1;
      const step = order.kind === "repeat" ? Math.abs(numberAt(order.steps, i)) : 0;
      place?.memory.grow(place.offset + address.bytes + step * Math.max(0, runs - 1));
      return place;
    });
    const run = (body: number, moves: number) => {
      const own = scratch.ofBody(call, body);
      const steps = order.kind === "repeat" ? order.steps : [];
      this.run(bodies[body]?.calls ?? [], own, (address) => {
        const { region, offset } = address;
        const place = regions[region];
        if (place === undefined) return own.place(address);
        const moved = moves * (steps[region] ?? 0);
        return { memory: place.memory, offset: place.offset + moved + offset };
      });
    };
    const wordAt = (i: number) => {
      const { memory, offset } = at(regions as Place[], i);
      return { words: memory.words("int32"), index: offset / 4 };
    };
    if (order.kind === "branches") {
      const { words, index } = wordAt(regions.length - 1);
      run(words[index] === 0 ? 1 : 0, 0);
      return;
    }
    const { length, stops, reverse, most } = order;
    const goes = () => {
      const { words, index } = wordAt(GOES);
      return words[index] !== 0;
    };
    // A backward pass begins at the last row that the loop visited.
    const start = stops && reverse ? 1 - (wordAt(COUNT).words[wordAt(COUNT).index] ?? 0) : 0;
    // After an error the number that would stop a loop may have any value.
    for (let i = 0; stops ? goes() && this.error === undefined : i < length; i++) {
      if (i === length) throw stillTrue(most ?? length);
      run(0, start + i);
      if (!stops) continue;
      const { words, index } = wordAt(COUNT);
      words[index] = (words[index] ?? 0) + (reverse ? -1 : 1);
    }
  }
}

function runOp(
  { op: name, attributes, types, resultTypes }: OpOnMachine,
  placeAt: (i: number) => Place,
): void {
  const op = opNamed(name);
  const arrays = types.map(({ dtype, shape }, i) => {
    const { memory, offset } = placeAt(i);
    return memory.array(dtype, sizeOf(shape), offset / BYTES[dtype]);
  });
  const isCheck = aliasesInput(op);
  const results = resultTypes.map(({ dtype, shape }) => allocate(dtype, sizeOf(shape)));
  const [type, result] = [at(resultTypes, 0), at(results, 0)];
  computeInto(op, { name, arrays, types, attributes, type, result, results });
  // The result of an alias is its input, which is in memory already.
  if (isCheck) return;
  results.forEach((own, i) => {
    const { dtype } = at(resultTypes, i);
    const { memory, offset } = placeAt(types.length + i);
    memory.words(dtype).set(own, offset / BYTES[dtype]);
  });
}

/** A program on the machine. */
class MachineRun extends AwaitedRun {
  readonly #queue: Queue;
  readonly #own: readonly MachineSlot[];
  readonly #homes: readonly MachineSlot[];
  readonly #scratch = new Scratch();
  /** The calls of the last run, with their error. */
  #machine = new Machine();

  constructor(program: Program, queue: Queue, homeOf: (cell: Cell, type: Type) => MachineSlot) {
    const { plan, trace } = program;
    const typeOf = (id: number) => nodeAt(trace.nodes, id);
    const own = plan.persistent.map(({ id }) => new MachineSlot(queue, typeOf(id)));
    const variableBuffers = plan.variableBuffers.map(({ cell, id }) => homeOf(cell, typeOf(id)));
    super(program, { persistent: own, variableBuffers });
    this.#queue = queue;
    this.#own = own;
    this.#homes = variableBuffers;
  }

  override release(): void {
    for (const slot of this.#own) slot.vacate();
  }

  protected override put(id: number, elements: Storage | DeviceStorage): void {
    const { memory, type } = this.#valueAt(id);
    writeInto(this.#queue, memory, type.dtype, elements);
  }

  protected override ask(): Outcome | undefined {
    const machine = new Machine();
    this.#machine = machine;
    const { calls, plan } = this.program;
    this.#queue.push(() => {
      machine.run(calls, this.#scratch, this.#placeOf);
      if (machine.error !== undefined && !plan.throws) throw machine.error;
    });
    return plan.throws ? new Outcome(this.#queue.ask(() => machine.error)) : undefined;
  }

  protected override copied(id: number): Deferred {
    const { memory, type } = this.#valueAt(id);
    return new Copy(this.#queue, type, () => memory);
  }

  protected override writeBack(): void {
    const machine = this.#machine;
    const { writeBacks } = this.program;
    this.#queue.push(() => {
      if (machine.error === undefined) machine.run(writeBacks, this.#scratch, this.#placeOf);
    });
  }

  #placeOf = (address: Address): Place => {
    const { region, offset, within = 0 } = address;
    if (region === SCRATCH || region === WORK) return this.#scratch.place(address);
    if (region >= VARIABLES)
      return { memory: at(this.#homes, region - VARIABLES).memory, offset: within };
    const { persistent: own } = this.program.plan;
    // Values without elements have the offset of the next value, so the last match is taken.
    const index = own.findLastIndex((each) => each.offset === offset - within);
    return { memory: at(this.#own, index).memory, offset: within };
  };

  /** Returns the memory of a value, grown to its size. */
  #valueAt(id: number): { memory: Memory; type: Type } {
    const { plan, trace } = this.program;
    const type = nodeAt(trace.nodes, id);
    const { region, offset } = plan.locations[id] ?? { region: PERSISTENT, offset: -1 };
    const bytes = BYTES[type.dtype] * sizeOf(type.shape);
    const { memory } = this.#placeOf({ region, offset, bytes, access: "read", value: id });
    memory.grow(bytes);
    return { memory, type };
  }
}

/** The backend of the machine. Its programs share one queue and one buffer for each Variable. */
export class JavaScriptBackend extends Backend {
  override readonly name = "a machine in JavaScript";
  /** The programs that it has prepared, for tests. */
  readonly programs: Program[] = [];
  readonly #queue = new Queue();
  readonly #homes = new WeakMap<Cell, MachineSlot>();
  readonly #target: Target;

  constructor(target: Target = javascriptTarget) {
    super();
    this.#target = target;
  }

  override prepare(recorded: Recorded): Prepared {
    const trace: Trace = recorded.lowered(this.#target.hasKernel);
    const program = programForAny(trace, this.#target);
    this.programs.push(program);
    const run = this.enter(program);
    return {
      run: (inputs: readonly Tensor[]) => run.run(inputs),
      trace: () => trace,
      called: () => undefined,
      planned: () => program,
      describe: () => describeProgram(program),
      release: () => run.release(),
    };
  }

  /** Returns a runnable program of the machine's target. */
  enter(program: Program): DeviceRun {
    return new MachineRun(program, this.#queue, (cell, type) => this.#homeOf(cell, type));
  }

  #homeOf(cell: Cell, type: Type): MachineSlot {
    const known = this.#homes.get(cell);
    if (known !== undefined) return known;
    const slot = new MachineSlot(this.#queue, type);
    this.#homes.set(cell, slot);
    return slot;
  }
}
