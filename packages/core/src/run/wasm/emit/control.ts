/**
 * Programs as a WebAssembly module: loops, and functions that run bodies, which call loops, functions of the
 * kernel and of JavaScript, and each other.
 *
 * Most addresses are known when the module is made, and are numbers in the code. Rows of a loop over a body advance:
 * their addresses are locals, which are passed to the functions that the body calls.
 */

import { signatures } from "@graddiff/wasm-kernel";
import { type Argument, errorOfCode, memoryFunctionOf } from "../../../graph/call.ts";
import { stillTrue } from "../../../ops/bodies.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import {
  isControl,
  isEmitted,
  isLoop,
  isOfJavaScript,
  type ProgramCall,
} from "../../program/calls/call.ts";
import { COUNT } from "../../program/schedule/bodies.ts";
import type { Host } from "../kernel/host.ts";
import { numbersOf } from "../kernel/makeCall.ts";
import {
  addressOf,
  innerAddresses,
  type LocalAddress,
  localsOf,
  push,
  pushArgument,
  RANGE_PARAMETERS,
} from "./addresses.ts";
import { FunctionCode, type FunctionType, ModuleCode } from "./code.ts";
import { encodeLoop, encodeRepeated } from "./emit.ts";
import { EMPTY_BLOCK, F64, I32, PLAIN } from "./instructions.ts";
import { instantiate, type MadeModule, type RunLoop } from "./module.ts";
import type { FindRange, RangePartition } from "./ranges.ts";
import { type RepeatedLoop, repeatedLoop, repetitionOf } from "./repeated.ts";
import { emitRuns, type RunsBody } from "./runs.ts";

/**
 * A function of the module, and the locals of the caller that are its parameters; all other addresses are in its code.
 */
interface Emitted {
  readonly index: number;
  readonly takes: readonly LocalAddress[];
  /** The parameters of a partition, and the indices of those that depend on the scratch memory of a thread. */
  readonly args?: readonly number[];
  readonly scratch?: readonly number[];
}

/** The functions of JavaScript that are called, by their names among the imports. */
type JavaScript = Record<string, (...args: number[]) => void>;

/**
 * Compiles the loops and the bodies among calls, synchronously, as one module.
 *
 * @param starts the addresses of the regions.
 * @param findRange finds the partitions that share a function. Default: each has a separate one.
 */
export function emitCalls(
  host: Host,
  calls: readonly ProgramCall[],
  starts: readonly number[],
  findRange?: FindRange,
): EmittedCalls {
  const emitter = new CallEmitter(host, findRange);
  const emitted = emitter.emit(calls, starts);
  const { imported, module } = emitter;
  return {
    ...instantiate(host, module, imported),
    calls: emitted,
    imported: Object.keys(imported),
  };
}

/** A module, and its calls. */
export interface EmittedCalls extends MadeModule {
  /** By call: its function in the module; undefined for calls that need none. */
  readonly calls: readonly (EmittedCall | undefined)[];
  /** The names of the functions of JavaScript that it imports. */
  readonly imported: readonly string[];
}

export type EmittedCall = Pick<Emitted, "index" | "args" | "scratch">;

/** Returns for each call its function; undefined for calls that need no function. */
export function runsOf({ calls, functions }: EmittedCalls): (RunLoop | undefined)[] {
  return calls.map((call) => {
    if (call === undefined) return undefined;
    if (call.index === NOWHERE) return () => {};
    const { index, args } = call;
    const run = at(functions, index);
    return args === undefined ? run : () => run(...args);
  });
}

/** The index of a function with nothing to compute. */
export const NOWHERE = -1;

/** The code of a function with nothing to compute. */
const EMPTY: Emitted = { index: NOWHERE, takes: [] };

/** A call whose loops are written, and whose imports are known. A list may have a call twice. */
interface Declared {
  readonly call: ProgramCall;
  /** The function of a loop, or of the only loop of a body that is repeated. */
  readonly loop?: Emitted;
  /** The index of the imported function. */
  readonly imported?: number;
  /** The index of the function that is called when the call returned an error code. */
  readonly failure?: number | undefined;
  /** The declared calls by body of a control. */
  readonly bodies?: readonly (readonly Declared[])[];
}

class CallEmitter {
  readonly module = new ModuleCode();
  readonly imported: JavaScript = {};
  readonly #host: Host;
  readonly #findRange: FindRange | undefined;
  /** Calls as functions of some of their runs. */
  readonly #ranges = new Map<ProgramCall, Declared>();
  readonly #written = new Map<Declared, Emitted>();

  constructor(host: Host, findRange: FindRange | undefined) {
    this.#host = host;
    this.#findRange = findRange;
  }

  emit(calls: readonly ProgramCall[], starts: readonly number[]): (Emitted | undefined)[] {
    // Loops are written first, since functions of the module come after all that it imports.
    const declared = calls.map((call) => {
      const partition = this.#findRange?.(call);
      if (partition === undefined) return { entry: this.#declare(call, starts) };
      return {
        entry: this.#declareRange(partition, starts),
        args: partition.args,
        scratch: partition.scratch,
      };
    });
    return declared.map(({ entry, args, scratch = [] }): Emitted | undefined => {
      if (args === undefined) {
        return isEmitted(entry.call.function) ? this.#function(entry, starts) : undefined;
      }
      const written = this.#written.get(entry) ?? this.#function(entry, starts, true);
      this.#written.set(entry, written);
      return { ...written, args, scratch };
    });
  }

  /** Declares the function of some of the runs of a call, once for all of its partitions. */
  #declareRange({ whole, encode }: RangePartition, starts: readonly number[]): Declared {
    let range = this.#ranges.get(whole);
    if (range === undefined && encode !== undefined) {
      encode(numbersOf(whole.arguments, starts), this.module);
      range = { call: whole, loop: { index: this.module.parameters.length - 1, takes: [] } };
    }
    range ??= this.#declare(whole, starts, false, true);
    this.#ranges.set(whole, range);
    return range;
  }

  /** Writes the loops of a call, and adds its imports. */
  #declare(
    call: ProgramCall,
    starts: readonly LocalAddress[],
    inBody = false,
    isRange = false,
  ): Declared {
    const { function: callee, arguments: args } = call;
    if (isLoop(callee)) {
      const located = args.map((argument) => addressOf(argument, starts));
      const locals = localsOf(located);
      const addresses = located.map((source) =>
        typeof source === "number"
          ? source
          : { parameter: locals.indexOf(source.local), offset: source.offset },
      );
      const exists = encodeLoop(callee.loop, addresses, this.module);
      const takes = locals.map((local) => ({ local, offset: 0 }));
      const index = this.module.parameters.length - 1;
      return { call, loop: exists ? { index, takes } : EMPTY };
    }
    if (isControl(callee)) {
      const { order } = callee;
      const failure =
        order.kind === "repeat" && order.stops && order.length !== Number.POSITIVE_INFINITY
          ? this.#importOfJavaScript({ parameters: [], results: [] }, () => {
              throw stillTrue(order.most ?? order.length);
            })
          : undefined;
      const inner = innerAddresses(call, callee, starts, isRange).starts;
      const only = repeatedLoop(callee);
      if (only !== undefined) return { call, failure, loop: this.#declareRepeated(only, inner) };
      const bodies = callee.bodies.map((body) =>
        body.calls.map((each) => this.#declare(each, inner, true)),
      );
      return { call, failure, bodies };
    }
    return inBody && callee !== "clear" && callee !== "copy" ? this.#import(call) : { call };
  }

  /** Writes the function of several runs of the only loop of a body. */
  #declareRepeated({ call, loop, order }: RepeatedLoop, starts: readonly LocalAddress[]): Emitted {
    const { arguments: args } = call;
    const repetition = repetitionOf(call, loop, order);
    const sources = args.map((argument) => addressOf(argument, starts));
    if (order.stops) sources.push(at(starts, COUNT));
    const fixed = sources.map((source) => (typeof source === "number" ? source : undefined));
    encodeRepeated(loop, fixed, this.module, repetition);
    // Each array has a pointer of its own.
    const takes = sources.filter((source) => typeof source !== "number");
    return { index: this.module.parameters.length - 1, takes };
  }

  #import(call: ProgramCall): Declared {
    const { function: callee, arguments: args, check } = call;
    const ints = (count: number) => new Array<number>(count).fill(I32);
    if (typeof callee === "string") {
      const type: FunctionType = {
        parameters: args.map((_, i) => (signatures[callee]?.[i] === "d" ? F64 : I32)),
        results: check === undefined ? [] : [I32],
      };
      const imported = this.module.import("kernel", callee, type, call.group);
      if (check === undefined) return { call, imported };
      // JavaScript makes the error, from the code and the arguments.
      const type32 = { parameters: ints(1 + args.length), results: [] };
      const failure = this.#importOfJavaScript(type32, (code = 0, ...numbers) => {
        const memory = new DataView(this.#host.memory.buffer);
        const read = (argument: number, index: number) =>
          memory.getInt32((numberAt(numbers, argument) >>> 0) + 4 * index, true);
        const error = errorOfCode(check, code, read);
        if (error !== undefined) throw error;
      });
      return { call, imported, failure };
    }
    if (!isOfJavaScript(callee)) return { call };
    const type = { parameters: ints(args.length), results: [] };
    const run = memoryFunctionOf(callee, this.#host.memory);
    const imported = this.#importOfJavaScript(type, (...numbers) => {
      run(...numbers.map((number) => number >>> 0));
    });
    return { call, imported };
  }

  #importOfJavaScript(type: FunctionType, run: (...args: number[]) => void): number {
    const name = String(Object.keys(this.imported).length);
    this.imported[name] = run;
    return this.module.import("js", name, type);
  }

  /** Returns the function of a loop or of bodies. */
  #function(declared: Declared, starts: readonly LocalAddress[], isRange = false): Emitted {
    const { call, loop = EMPTY, bodies = [] } = declared;
    const { function: callee } = call;
    if (!isControl(callee)) return loop;
    const { starts: inner, takes, pointers } = innerAddresses(call, callee, starts, isRange);
    const { order } = callee;
    // The functions that bodies call are written before them.
    const functions = bodies.map((calls) =>
      calls.map((call) =>
        isEmitted(call.call.function) ? this.#function(call, inner) : undefined,
      ),
    );
    const taken = isRange ? RANGE_PARAMETERS : takes.length;
    const code = new FunctionCode("float32", false, taken, this.module);
    const body = (which: number) => {
      at(bodies, which).forEach((each, i) => {
        this.#call(code, each, functions[which]?.[i], inner);
      });
    };
    if (order.kind === "branches") {
      push(code, at(inner, inner.length - 1));
      code.plain(PLAIN.i32Load8);
      code.memory(0, 0);
      code.plainWith(PLAIN.if, EMPTY_BLOCK);
      body(0);
      code.plain(PLAIN.else);
      body(1);
      code.plain(PLAIN.end);
    } else {
      const { failure } = declared;
      const one: RunsBody = { most: 1, emit: () => body(0) };
      const some: RunsBody = { most: RUNS, emit: (runs) => this.#runs(code, loop, runs) };
      const repeated = declared.loop === undefined ? one : some;
      emitRuns(code, { order, starts: inner, pointers, isRange, failure, body: repeated });
    }
    code.finish();
    return { index: this.module.parameters.length - 1, takes };
  }

  /**
   * Writes one call that makes several iterations, for a body of one loop. The loop's function moves its rows itself.
   */
  #runs(code: FunctionCode, { index, takes }: Emitted, runs: number): void {
    for (const source of takes) push(code, source);
    code.get(runs);
    code.plainWith(PLAIN.call, this.module.imports.length + index);
  }

  /** Writes a call in a body. */
  #call(
    code: FunctionCode,
    { call, imported = 0, failure = 0 }: Declared,
    emitted: Emitted | undefined,
    starts: readonly LocalAddress[],
  ): void {
    const { function: callee, arguments: args, check } = call;
    const pushAll = (indices: readonly number[]) => {
      for (const index of indices) pushArgument(code, at(args, index), starts);
    };
    if (emitted !== undefined) {
      if (emitted === EMPTY) return;
      for (const each of emitted.takes) push(code, each);
      code.plainWith(PLAIN.call, this.module.imports.length + emitted.index);
      return;
    }
    const all = args.map((_, i) => i);
    if (callee === "copy") {
      copyBytes(code, args, starts);
      return;
    }
    if (callee === "clear") {
      pushAll([0]);
      code.int32(0);
      pushAll([1]);
      code.bulk(FILL, 1);
      return;
    }
    args.forEach((argument, i) => {
      const isDouble = typeof callee === "string" && signatures[callee]?.[i] === "d";
      if (isDouble) code.float64(Number(argument));
      else pushArgument(code, argument, starts);
    });
    code.plainWith(PLAIN.call, imported);
    if (check === undefined) return;
    // A code of at least 0 is no error.
    const result = code.locals(I32);
    code.tee(result);
    code.int32(0);
    code.plain(PLAIN.i32LtS);
    code.plainWith(PLAIN.if, EMPTY_BLOCK);
    code.get(result);
    pushAll(all);
    code.plainWith(PLAIN.call, failure);
    code.plain(PLAIN.end);
  }
}

/**
 * The iterations of a small body in one call of its function: enough that calls take hardly any time, and few enough
 * that V8 soon enters its optimised code.
 */
const RUNS = 64;

/** `memory.copy` and `memory.fill`. */
const COPY_BYTES = 0x0a;
const FILL = 0x0b;

/** Copies bytes: single numbers are loaded and stored, which spares a call of the engine. */
function copyBytes(
  code: FunctionCode,
  [from = 0, to = 0, bytes = 0]: readonly Argument[],
  starts: readonly LocalAddress[],
): void {
  const single = SINGLE[Number(bytes)];
  pushArgument(code, to, starts);
  pushArgument(code, from, starts);
  if (single === undefined) {
    code.int32(Number(bytes));
    code.bulk(COPY_BYTES, 2);
    return;
  }
  code.plain(single.load);
  code.memory(0, 0);
  code.plain(single.store);
  code.memory(0, 0);
}

/** By bytes: the instructions for a single number. */
const SINGLE: Readonly<Record<number, { readonly load: number; readonly store: number }>> = {
  1: { load: PLAIN.i32Load8, store: PLAIN.i32Store8 },
  4: { load: PLAIN.i32Load, store: PLAIN.i32Store },
  8: { load: PLAIN.i64Load, store: PLAIN.i64Store },
};
