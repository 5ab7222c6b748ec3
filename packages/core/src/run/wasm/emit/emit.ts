/**
 * Loops as a WebAssembly module, one function each, on the module's memory.
 */

import { type Kernel as Host, requireWebAssembly } from "@graddiff/wasm-kernel";
import { BYTES } from "../../../tensor/dtype.ts";
import { at } from "../../../tensor/shape.ts";
import type { StepKinds } from "../../program/kinds.ts";
import {
  checkLoop,
  isSingle,
  type Loop,
  outputDType,
  reducedAxesOf,
  refuse,
} from "../../program/loop.ts";
import { loadGroupOf } from "../functions.ts";
import { ByteWriter } from "./bytes.ts";
import { FunctionCode, type FunctionType, ModuleCode } from "./code.ts";
import { I32, LANES } from "./instructions.ts";
import { type LoopAddress, LoopNestEmitter } from "./loopNest.ts";
import { type Base, RepeatedLoopEmitter, type Repetition } from "./repeated.ts";
import {
  type ArrayLayout,
  checkReductions,
  oneElement,
  outputStrides,
  planSpace,
  type Space,
} from "./space.ts";

/** More than this many steps are refused: V8's first compiler is quadratic in them. */
export const MAXIMUM_STEPS = 500;

/** Computes the loop once. Takes the addresses that were not given when it was emitted. */
export type RunLoop = (...addresses: number[]) => void;

/** A loop and where its arrays are. */
export interface PlacedLoop {
  readonly loop: Loop;
  /**
   * Of the arrays in bytes, multiples of their elements' size: inputs first, then outputs. Known
   * addresses make the shorter loop; each undefined one becomes an argument of the function, in the
   * same order. Default: all are arguments.
   */
  readonly addresses?: readonly (number | undefined)[];
}

/**
 * Compiles loops, synchronously, as one module: a module and its instance cost some tens of
 * microseconds and a kilobyte whatever is in them, a function much less. The bits are those of the
 * ops' scalar functions, rounded to the dtype after every step; only the payload of NaN may differ.
 *
 * An output may be the very array of an input of its shape, dtype and strides, and may overlap
 * nothing else.
 * Nothing but the outputs is written. The functions belong to nobody: they are freed when all of
 * them are dropped.
 *
 * @returns a function for each loop, in order.
 * @throws ArgumentError if a loop is not what `Loop` says, or has too many steps.
 */
export function emitLoops(host: Host, loops: readonly PlacedLoop[]): RunLoop[] {
  const code = new ModuleCode();
  const written = loops.map(({ loop, addresses = [] }) => encodeLoop(loop, addresses, code));
  const functions = instantiate(host, code);
  let place = 0;
  return written.map((exists) => (exists ? at(functions, place++) : () => {}));
}

/** The functions of a module, in order. @param imported functions of JavaScript, by the names of imports. */
export function instantiate(
  host: Host,
  code: ModuleCode,
  imported: Readonly<Record<string, (...given: number[]) => void>> = {},
): RunLoop[] {
  if (code.parameters.length === 0) return [];
  for (const { module, name } of code.imports) if (module === "kernel") loadGroupOf(host, name);
  const { Module, Instance } = requireWebAssembly();
  const { exports } = new Instance(new Module(writeModule(code)), {
    env: { memory: host.memory },
    kernel: host.exports,
    js: imported,
  });
  // The one cast: the module was made here, and exports functions of int32 under their places.
  return code.parameters.map((_, place) => (exports as Record<string, RunLoop>)[place] as RunLoop);
}

/** Writes one loop's function, each array without an address as a parameter of its own; false if the loop has no elements and needs none. */
export function encodeLoop(
  loop: Loop,
  addresses: readonly (LoopAddress | undefined)[],
  module: ModuleCode,
): boolean {
  const { dtype, inputs, steps, outputs } = loop;
  if (steps.length > MAXIMUM_STEPS) {
    refuse("steps", `at most ${MAXIMUM_STEPS}`, String(steps.length), "Emit several loops");
  }
  const kinds = checkLoop(loop);
  let parameters = 0;
  const places = [...inputs, ...outputs].map((_, i): LoopAddress => {
    const address = addresses[i] ?? { parameter: parameters, offset: 0 };
    if (typeof address === "object") parameters = Math.max(parameters, address.parameter + 1);
    return address;
  });
  const vectors = !isSingle(loop);
  const spaces = vectors ? spacesOf(loop, kinds) : [spaceOfSingle(loop, kinds)];
  if (spaces.length === 0) return false;
  const code = new FunctionCode(dtype, vectors, parameters, module);
  for (const space of spaces) new LoopNestEmitter(code, loop, kinds, space, places).emit();
  code.finish();
  return true;
}

/**
 * Writes the function of a loop of one element that a body repeats: its last parameter says how often.
 *
 * @param addresses of inputs and outputs, and then that of the count of runs, where there is one.
 */
export function encodeRepeated(
  loop: Loop,
  addresses: readonly (number | undefined)[],
  module: ModuleCode,
  repetition: Repetition,
): void {
  const kinds = checkLoop(loop);
  let parameters = 0;
  const bases = addresses.map((address): Base => address ?? { parameter: parameters++ });
  const code = new FunctionCode(loop.dtype, false, parameters + 1, module);
  new RepeatedLoopEmitter(code, loop, kinds, repetition, bases).emit(parameters);
  code.finish();
}

/** How the loop is walked. */
function spacesOf(loop: Loop, kinds: readonly StepKinds[]): Space[] {
  const { dtype, shape, inputs, steps, outputs } = loop;
  const arrays = inputs.map(({ offset = 0, strides, dtype: own = dtype }): ArrayLayout => {
    return { offset, strides, size: BYTES[own] };
  });
  for (const output of outputs) {
    const { offset = 0 } = output;
    const size = BYTES[outputDType(output, loop, kinds)];
    arrays.push({ offset, strides: outputStrides(shape, output), size });
  }
  checkReductions(loop);
  return planSpace(shape, arrays, {
    lanes: LANES[dtype].count,
    steps: steps.length,
    reducedAxes: reducedAxesOf(loop),
  });
}

/** The same for one element, of hundreds of arrays as a rule. */
function spaceOfSingle(loop: Loop, kinds: readonly StepKinds[]): Space {
  const starts = loop.inputs.map(({ offset = 0, dtype = loop.dtype }) => offset * BYTES[dtype]);
  for (const output of loop.outputs) {
    starts.push((output.offset ?? 0) * BYTES[outputDType(output, loop, kinds)]);
  }
  return oneElement(starts);
}

/** "\0asm", version 1. */
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0];
const SECTION = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 };
const FUNCTION_TYPE = 0x60;
const KIND = { function: 0, memory: 2 };

function writeModule({ imports, functions, parameters }: ModuleCode): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(functions.length + 1024);
  for (const byte of HEADER) writer.byte(byte);
  const section = (id: number, write: () => void) => {
    writer.byte(id);
    writer.sized(write);
  };
  const own = parameters.map((count): FunctionType => {
    return { parameters: new Array<number>(count).fill(I32), results: [] };
  });
  const types: FunctionType[] = [];
  const places = new Map<string, number>();
  const typeOf = (type: FunctionType): number => {
    const key = `${type.parameters}:${type.results}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, types.length);
    return types.push(type) - 1;
  };
  const importTypes = imports.map(({ type }) => typeOf(type));
  const ownTypes = own.map(typeOf);
  section(SECTION.types, () => {
    writer.unsigned(types.length);
    for (const type of types) writeType(writer, type);
  });
  section(SECTION.imports, () => {
    writer.unsigned(1 + imports.length);
    writer.name("env");
    writer.name("memory");
    writer.byte(KIND.memory);
    // From no page on and without a maximum: any memory of a single thread.
    writer.byte(0);
    writer.byte(0);
    imports.forEach(({ module, name }, i) => {
      writer.name(module);
      writer.name(name);
      writer.byte(KIND.function);
      writer.unsigned(at(importTypes, i));
    });
  });
  section(SECTION.functions, () => {
    writer.unsigned(ownTypes.length);
    for (const type of ownTypes) writer.unsigned(type);
  });
  section(SECTION.exports, () => {
    writer.unsigned(parameters.length);
    parameters.forEach((_, place) => {
      writer.name(String(place));
      writer.byte(KIND.function);
      writer.unsigned(imports.length + place);
    });
  });
  section(SECTION.code, () => {
    writer.unsigned(parameters.length);
    writer.append(functions);
  });
  return writer.finish();
}

function writeType(writer: ByteWriter, { parameters, results }: FunctionType) {
  writer.byte(FUNCTION_TYPE);
  for (const types of [parameters, results]) {
    writer.unsigned(types.length);
    for (const type of types) writer.byte(type);
  }
}
