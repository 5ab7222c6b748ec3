/**
 * Fused groups as a WebAssembly module, one function each, on the kernel's memory.
 */

import { type Kernel, requireWebAssembly } from "@graddiff/wasm-kernel";
import { BYTES } from "../../../tensor/dtype.ts";
import { ByteWriter } from "./bytes.ts";
import { FunctionCode, ModuleCode } from "./code.ts";
import { checkGroup, type FusedGroup, isSingle, outputDType, reducedAxesOf } from "./group.ts";
import { I32, LANES, V128 } from "./instructions.ts";
import type { StepKinds } from "./kinds.ts";
import { LoopNestEmitter } from "./loopNest.ts";
import {
  type ArrayLayout,
  checkReductions,
  oneElement,
  outputStrides,
  planSpace,
  type Space,
} from "./space.ts";

/** Computes the group once. Takes the addresses that were not given when it was emitted. */
export type RunGroup = (...addresses: number[]) => void;

/** A group and where its arrays are. */
export interface PlacedGroup {
  readonly group: FusedGroup;
  /**
   * Of the arrays in bytes, multiples of their elements' size: inputs first, then outputs. Known
   * addresses make the shorter loop; each undefined one becomes an argument of the function, in the
   * same order. Default: all are arguments.
   */
  readonly addresses?: readonly (number | undefined)[];
}

/**
 * Compiles groups, synchronously, as one module: a module and its instance cost some tens of
 * microseconds and a kilobyte whatever is in them, a function much less. The bits are those of the
 * ops' scalar functions, rounded to the dtype after every step; only the payload of NaN may differ.
 *
 * An output may be the very array of an input of its shape, dtype and strides, and may overlap
 * nothing else.
 * Nothing but the outputs is written. The functions belong to nobody: they are freed when all of
 * them are dropped.
 *
 * @returns a function for each group, in order.
 * @throws ArgumentError if a group is not what `FusedGroup` says, or has too many steps.
 */
export function emitGroups(kernel: Kernel, groups: readonly PlacedGroup[]): RunGroup[] {
  const code = new ModuleCode();
  const written = groups.map(({ group, addresses = [] }) => encodeGroup(group, addresses, code));
  if (code.parameters.length === 0) return groups.map(() => () => {});
  const { Module, Instance } = requireWebAssembly();
  const { exports } = new Instance(new Module(writeModule(code)), {
    env: { memory: kernel.memory },
    kernel: kernel.exports,
  });
  let place = 0;
  return written.map((exists) => {
    if (!exists) return () => {};
    // The one cast: the module was made here, and exports functions of int32 under their places.
    return (exports as Record<string, RunGroup>)[place++] as RunGroup;
  });
}

/** Writes one group's function; false if the group has no elements and needs none. */
function encodeGroup(
  group: FusedGroup,
  addresses: readonly (number | undefined)[],
  module: ModuleCode,
): boolean {
  const kinds = checkGroup(group);
  const { dtype, inputs, outputs } = group;
  const places = [...inputs, ...outputs].map((_, i) => addresses[i]);
  const parameters = places.filter((address) => address === undefined).length;
  const vectors = !isSingle(group);
  const spaces = vectors ? spacesOf(group, kinds) : [spaceOfSingle(group, kinds)];
  if (spaces.length === 0) return false;
  const code = new FunctionCode(dtype, vectors, parameters, module);
  for (const space of spaces) new LoopNestEmitter(code, group, kinds, space, places).emit();
  code.finish();
  return true;
}

/** How the group is walked. */
function spacesOf(group: FusedGroup, kinds: readonly StepKinds[]): Space[] {
  const { dtype, shape, inputs, steps, outputs } = group;
  const arrays = inputs.map(({ offset = 0, strides, dtype: own = dtype }): ArrayLayout => {
    return { offset, strides, size: BYTES[own] };
  });
  for (const output of outputs) {
    const { offset = 0 } = output;
    const size = BYTES[outputDType(output, group, kinds)];
    arrays.push({ offset, strides: outputStrides(shape, output), size });
  }
  checkReductions(group);
  return planSpace(shape, arrays, {
    lanes: LANES[dtype].count,
    steps: steps.length,
    reducedAxes: reducedAxesOf(group),
  });
}

/** The same for one element, of hundreds of arrays as a rule. */
function spaceOfSingle(group: FusedGroup, kinds: readonly StepKinds[]): Space {
  const starts = group.inputs.map(({ offset = 0, dtype = group.dtype }) => offset * BYTES[dtype]);
  for (const output of group.outputs) {
    starts.push((output.offset ?? 0) * BYTES[outputDType(output, group, kinds)]);
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
  // Imports are functions of one and of two vectors, ours of different numbers of int32.
  const counts = [...new Set(parameters)];
  section(SECTION.types, () => {
    writer.unsigned(2 + counts.length);
    writeType(writer, [V128], [V128]);
    writeType(writer, [V128, V128], [V128]);
    for (const count of counts) writeType(writer, new Array<number>(count).fill(I32), []);
  });
  section(SECTION.imports, () => {
    writer.unsigned(1 + imports.length);
    writer.name("env");
    writer.name("memory");
    writer.byte(KIND.memory);
    // From no page on and without a maximum: any memory of a single thread.
    writer.byte(0);
    writer.byte(0);
    for (const imported of imports) {
      writer.name("kernel");
      writer.name(imported.name);
      writer.byte(KIND.function);
      writer.unsigned(imported.parameters - 1);
    }
  });
  section(SECTION.functions, () => {
    writer.unsigned(parameters.length);
    for (const count of parameters) writer.unsigned(2 + counts.indexOf(count));
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

function writeType(writer: ByteWriter, parameters: readonly number[], results: readonly number[]) {
  writer.byte(FUNCTION_TYPE);
  for (const types of [parameters, results]) {
    writer.unsigned(types.length);
    for (const type of types) writer.byte(type);
  }
}
