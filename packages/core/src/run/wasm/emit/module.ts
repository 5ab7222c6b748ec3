/**
 * The functions that have been written as a WebAssembly module, on the kernel's memory.
 */

import { requireWebAssembly } from "@graddiff/wasm-kernel";
import { at } from "../../../tensor/shape.ts";
import { loadGroupOf } from "../kernel/functions.ts";
import type { Host } from "../kernel/host.ts";
import { ByteWriter } from "./bytes.ts";
import type { FunctionType, ModuleCode } from "./code.ts";
import { I32 } from "./instructions.ts";

/** Computes the loop once. Its parameters are the addresses that were not known when it was emitted. */
export type RunLoop = (...addresses: number[]) => void;

/** A compiled module. */
export interface MadeModule {
  /** The bytes for an instance on another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The functions of the module, in order. */
  readonly functions: readonly RunLoop[];
}

/**
 * Makes a module of functions.
 *
 * @param imported functions of JavaScript, by the names of imports.
 */
export function instantiate(
  host: Host,
  code: ModuleCode,
  imported: Readonly<Record<string, (...args: number[]) => void>> = {},
): MadeModule {
  if (code.parameters.length === 0) return { bytes: new Uint8Array(), functions: [] };
  for (const { module, name, group } of code.imports) {
    if (module === "kernel") loadGroupOf(host, name, group);
  }
  const { Module, Instance } = requireWebAssembly();
  const bytes = writeModule(code, host.sharedPages);
  const { exports } = new Instance(new Module(bytes), {
    env: { memory: host.memory },
    kernel: host.exports,
    js: imported,
  });
  // The one cast: the module was made here, and exports functions of int32 under their indices.
  const made = exports as Record<string, RunLoop>;
  return { bytes, functions: code.parameters.map((_, index) => made[index] as RunLoop) };
}

/** "\0asm", version 1. */
const HEADER = [0, 97, 115, 109, 1, 0, 0, 0];
const SECTION = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 };
const FUNCTION_TYPE = 0x60;
const KIND = { function: 0, memory: 2 };

/** The flags of the limits of a shared memory: a maximum follows. */
const SHARED = 3;

/** @param sharedPages the limit of the memory, if threads share it. */
function writeModule(
  { imports, functions, parameters }: ModuleCode,
  sharedPages: number | undefined,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(functions.length + 1024);
  for (const byte of HEADER) writer.byte(byte);
  const section = (id: number, write: () => void) => {
    writer.byte(id);
    writer.sized(write);
  };
  const signatures = parameters.map((count): FunctionType => {
    return { parameters: new Array<number>(count).fill(I32), results: [] };
  });
  const types: FunctionType[] = [];
  const indices = new Map<string, number>();
  const typeOf = (type: FunctionType): number => {
    const key = `${type.parameters}:${type.results}`;
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, types.length);
    return types.push(type) - 1;
  };
  const importTypes = imports.map(({ type }) => typeOf(type));
  const functionTypes = signatures.map(typeOf);
  section(SECTION.types, () => {
    writer.unsigned(types.length);
    for (const type of types) writeType(writer, type);
  });
  section(SECTION.imports, () => {
    writer.unsigned(1 + imports.length);
    writer.name("env");
    writer.name("memory");
    writer.byte(KIND.memory);
    // Memory that is not shared has a minimum of 0 pages and no maximum, so any memory can be imported.
    writer.byte(sharedPages === undefined ? 0 : SHARED);
    writer.byte(0);
    if (sharedPages !== undefined) writer.unsigned(sharedPages);
    imports.forEach(({ module, name }, i) => {
      writer.name(module);
      writer.name(name);
      writer.byte(KIND.function);
      writer.unsigned(at(importTypes, i));
    });
  });
  section(SECTION.functions, () => {
    writer.unsigned(functionTypes.length);
    for (const type of functionTypes) writer.unsigned(type);
  });
  section(SECTION.exports, () => {
    writer.unsigned(parameters.length);
    parameters.forEach((_, index) => {
      writer.name(String(index));
      writer.byte(KIND.function);
      writer.unsigned(imports.length + index);
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
