/**
 * A fused group as a WebAssembly module of one function, on the kernel's memory.
 */

import { type Kernel, requireWebAssembly } from "@graddiff/wasm-kernel";
import { BodyEmitter } from "./body.ts";
import { ByteWriter } from "./bytes.ts";
import { FunctionCode } from "./code.ts";
import { checkGroup, type FusedGroup } from "./group.ts";
import { I32, LANES, V128 } from "./instructions.ts";
import { type ArrayLayout, contiguous, planSpace } from "./space.ts";

/** Computes the group once. Takes the addresses that were not given when it was emitted. */
export type RunGroup = (...addresses: number[]) => void;

/**
 * Compiles a group, synchronously, in some tens of microseconds. The bits are those of the ops'
 * scalar functions, rounded to the dtype after every step; only the payload of NaN may differ.
 *
 * An output may be the very array of an input of its shape and dtype, and may overlap nothing else.
 * Nothing but the outputs is written. The function belongs to nobody: it is freed when it is
 * dropped.
 *
 * @param addresses of the arrays in bytes, multiples of their elements' size: inputs first, then
 *   outputs. Known addresses make the shorter loop; each undefined one becomes an argument of the
 *   function, in the same order. Default: all are arguments.
 * @throws ArgumentError if the group is not what `FusedGroup` says, or has too many steps.
 */
export function emitGroup(
  kernel: Kernel,
  group: FusedGroup,
  addresses: readonly (number | undefined)[] = [],
): RunGroup {
  const bytes = encodeGroup(group, addresses);
  if (bytes === undefined) return () => {};
  const { Module, Instance } = requireWebAssembly();
  const imports = { env: { memory: kernel.memory }, kernel: kernel.exports };
  const { exports } = new Instance(new Module(bytes), imports);
  // The one cast: the module was made here, and exports one function of int32.
  return (exports as { run: RunGroup }).run;
}

/** The bytes of the module; undefined if the group has no elements. */
export function encodeGroup(
  group: FusedGroup,
  addresses: readonly (number | undefined)[],
): Uint8Array<ArrayBuffer> | undefined {
  const kinds = checkGroup(group);
  const { dtype, shape, inputs, steps, outputs } = group;
  const { size, count } = LANES[dtype];
  const arrays: ArrayLayout[] = inputs.map(({ strides, truth }) => ({
    strides,
    size: truth === true ? 1 : size,
  }));
  for (const step of outputs) {
    arrays.push(contiguous(shape, kinds[step]?.result === "truth" ? 1 : size));
  }
  const space = planSpace(shape, arrays, count, steps.length);
  if (space === undefined) return undefined;
  const places = arrays.map((_, i) => addresses[i]);
  const parameters = places.filter((address) => address === undefined).length;
  const code = new FunctionCode(dtype, parameters);
  new BodyEmitter(code, group, kinds, space, places).emit();
  return writeModule(code);
}

/** "\0asm", version 1. */
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0];
const SECTION = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 };
const FUNCTION_TYPE = 0x60;
const KIND = { function: 0, memory: 2 };

function writeModule(code: FunctionCode): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(2048);
  for (const byte of HEADER) writer.byte(byte);
  const section = (id: number, write: () => void) => {
    writer.byte(id);
    writer.sized(write);
  };
  // The emitted function's type, then those of functions of one and of two vectors.
  section(SECTION.types, () => {
    writer.unsigned(3);
    writeType(writer, new Array<number>(code.parameters).fill(I32), []);
    writeType(writer, [V128], [V128]);
    writeType(writer, [V128, V128], [V128]);
  });
  section(SECTION.imports, () => {
    writer.unsigned(1 + code.imports.length);
    writer.name("env");
    writer.name("memory");
    writer.byte(KIND.memory);
    // From no page on and without a maximum: any memory of a single thread.
    writer.byte(0);
    writer.byte(0);
    for (const { name, parameters } of code.imports) {
      writer.name("kernel");
      writer.name(name);
      writer.byte(KIND.function);
      writer.unsigned(parameters);
    }
  });
  section(SECTION.functions, () => {
    writer.unsigned(1);
    writer.unsigned(0);
  });
  section(SECTION.exports, () => {
    writer.unsigned(1);
    writer.name("run");
    writer.byte(KIND.function);
    writer.unsigned(code.imports.length);
  });
  section(SECTION.code, () => {
    writer.unsigned(1);
    code.writeTo(writer);
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
