/**
 * Instruments WebAssembly modules, which then report the bytes that they read and write: a call of a JavaScript
 * function with the address precedes each memory access. The rest of a module is unchanged, so the recorded code is the
 * shipped code: kernels, their groups, and the loops and bodies of programs.
 *
 * The instructions of version 1, of vectors and of bulk memory are known; a module with others is an error.
 */

import { requireWebAssembly } from "@graddiff/wasm-kernel";

/** Receives each access: an address, an offset that is added to it, and a number of bytes. */
export interface AccessRecorder {
  read(address: number, offset: number, bytes: number): void;
  write(address: number, offset: number, bytes: number): void;
}

const IMPORTS = "recorder";

/**
 * Instruments all modules that are compiled from now on, for a recorder. A file of tests that calls this runs isolated,
 * as it replaces `WebAssembly`.
 */
export function recordAccesses(recorder: AccessRecorder): void {
  const { Module, Instance, Memory, validate } = requireWebAssembly();
  const functions = {
    read(address: number, offset: number, bytes: number) {
      recorder.read(address >>> 0, offset >>> 0, bytes >>> 0);
      return address;
    },
    write(address: number, offset: number, bytes: number) {
      recorder.write(address >>> 0, offset >>> 0, bytes >>> 0);
      return address;
    },
  };
  class RecordedModule extends Module {
    constructor(bytes: Uint8Array<ArrayBuffer>) {
      super(withRecords(bytes));
    }
  }
  class RecordedInstance extends Instance {
    constructor(module: object, imports: Readonly<Record<string, object>>) {
      super(module, { ...imports, [IMPORTS]: functions });
    }
  }
  Object.defineProperty(globalThis, "WebAssembly", {
    configurable: true,
    writable: true,
    value: { Memory, validate, Module: RecordedModule, Instance: RecordedInstance },
  });
}

const SECTION = {
  custom: 0,
  types: 1,
  imports: 2,
  functions: 3,
  exports: 7,
  start: 8,
  elements: 9,
  code: 10,
};
const FUNCTION = 0;
const I32 = 0x7f;

/** The types of values, in the order of the locals that are added to functions. */
const VALUE_TYPES = { i32: I32, other: I32, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
type ValueType = keyof typeof VALUE_TYPES;
const ADDED = Object.keys(VALUE_TYPES) as ValueType[];

class Reader {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new Error("a module that ends too soon");
    return byte;
  }

  /** Returns an unsigned LEB128. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Skips a LEB128. */
  skip(): void {
    while (this.byte() >= 128);
  }

  take(count: number): Uint8Array {
    this.offset += count;
    return this.bytes.subarray(this.offset - count, this.offset);
  }

  list<Item>(read: () => Item): Item[] {
    return Array.from({ length: this.unsigned() }, read);
  }
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(Math.floor(value / 128))];
}

/** Returns a number of 32 bits as a signed LEB128. */
function signed(value: number): number[] {
  const rest = value >> 7;
  const isLast = (rest === 0 && (value & 64) === 0) || (rest === -1 && (value & 64) !== 0);
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(rest)];
}

const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes];
const named = (text: string) => sized([...text].map((letter) => letter.charCodeAt(0)));

/** Returns a module whose instructions report their memory accesses. */
export function withRecords(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(bytes, 8);
  const sections: { readonly id: number; readonly body: Uint8Array }[] = [];
  while (reader.offset < bytes.length) {
    const id = reader.byte();
    sections.push({ id, body: reader.take(reader.unsigned()) });
  }
  const bodyOf = (id: number) => sections.find((own) => own.id === id)?.body;
  const code = bodyOf(SECTION.code);
  const [types, imports] = [bodyOf(SECTION.types), bodyOf(SECTION.imports)];
  // A module without code accesses no memory.
  if (code === undefined || types === undefined || imports === undefined) {
    return Uint8Array.from(bytes);
  }
  const parameters = parametersOf(new Reader(types));
  const imported = importedFunctions(new Reader(imports));
  const own = new Reader(bodyOf(SECTION.functions) ?? Uint8Array.of(0));
  const kinds = own.list(() => own.unsigned());
  const read = imported;
  const write = imported + 1;
  /** Functions after the imported ones have indices that are larger by the two imports that are added. */
  const moved = (index: number) => (index < imported ? index : index + 2);
  const writer: number[] = [...bytes.subarray(0, 8)];
  for (const { id, body } of sections) {
    if (id === SECTION.custom) continue;
    const inside = new Reader(body);
    let written: number[];
    if (id === SECTION.types) {
      const count = inside.unsigned();
      const type = [0x60, 3, I32, I32, I32, 1, I32];
      written = [...unsigned(count + 1), ...body.subarray(inside.offset), ...type];
    } else if (id === SECTION.imports) {
      const count = inside.unsigned();
      const type = unsigned(parameters.length);
      const two = ["read", "write"].flatMap((name) => [
        ...[...named(IMPORTS), ...named(name)],
        ...[FUNCTION, ...type],
      ]);
      written = [...unsigned(count + 2), ...body.subarray(inside.offset), ...two];
    } else if (id === SECTION.exports) {
      const list = inside.list(() => {
        const start = inside.offset;
        inside.take(inside.unsigned());
        const kind = inside.byte();
        const head = [...body.subarray(start, inside.offset)];
        const index = inside.unsigned();
        return [...head, ...unsigned(kind === FUNCTION ? moved(index) : index)];
      });
      written = [...unsigned(list.length), ...list.flat()];
    } else if (id === SECTION.start) written = unsigned(moved(inside.unsigned()));
    else if (id === SECTION.elements) written = elements(inside, moved);
    else if (id === SECTION.code) {
      let next = 0;
      const list = inside.list(() => {
        const end = inside.unsigned() + inside.offset;
        const count = parameters[kinds[next++] ?? 0] ?? 0;
        return sized(new FunctionWriter(inside, { read, write, moved }).body(count, end));
      });
      writer.push(id);
      const bytesOfAll = [...unsigned(list.length)];
      for (const each of list) for (const byte of each) bytesOfAll.push(byte);
      writer.push(...unsigned(bytesOfAll.length));
      for (const byte of bytesOfAll) writer.push(byte);
      continue;
    } else written = [...body];
    writer.push(id, ...unsigned(written.length));
    for (const byte of written) writer.push(byte);
  }
  return Uint8Array.from(writer);
}

/** Returns the number of parameters of each function type. */
function parametersOf(reader: Reader): number[] {
  return reader.list(() => {
    if (reader.byte() !== 0x60) throw new Error("a type that is none of a function");
    const count = reader.take(reader.unsigned()).length;
    reader.take(reader.unsigned());
    return count;
  });
}

/** Returns the number of imported functions. */
function importedFunctions(reader: Reader): number {
  const kinds = reader.list(() => {
    for (let names = 0; names < 2; names++) reader.take(reader.unsigned());
    const kind = reader.byte();
    if (kind === FUNCTION) reader.unsigned();
    else if (kind === 2) {
      const flags = reader.byte();
      reader.unsigned();
      if ((flags & 1) !== 0) reader.unsigned();
    } else if (kind === 3) reader.take(2);
    else throw new Error(`an import of kind ${kind}`);
    return kind;
  });
  return kinds.filter((kind) => kind === FUNCTION).length;
}

/**
 * Returns the section of elements with new function indices. Only active elements of the first table at constant
 * offsets are known.
 */
function elements(reader: Reader, moved: (index: number) => number): number[] {
  const list = reader.list(() => {
    const start = reader.offset;
    if (reader.byte() !== 0 || reader.byte() !== 0x41) throw new Error("elements of another kind");
    reader.skip();
    if (reader.byte() !== 0x0b) throw new Error("elements at a computed offset");
    const head = [...reader.bytes.subarray(start, reader.offset)];
    const indices = reader.list(() => unsigned(moved(reader.unsigned())));
    return [...head, ...unsigned(indices.length), ...indices.flat()];
  });
  return [...unsigned(list.length), ...list.flat()];
}

interface Indices {
  readonly read: number;
  readonly write: number;
  readonly moved: (index: number) => number;
}

/** The bytes of each load, from i32.load on, and of each store, with the type of its value. */
const LOADS = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4];
const STORES: readonly (readonly [ValueType, number])[] = [
  ...([
    ["i32", 4],
    ["i64", 8],
    ["f32", 4],
    ["f64", 8],
    ["i32", 1],
    ["i32", 2],
  ] as const),
  ...([
    ["i64", 1],
    ["i64", 2],
    ["i64", 4],
  ] as const),
];
/** The bytes of each load of vectors, by its code. */
const VECTOR_LOADS: Readonly<Record<number, number>> = {
  ...{ 0: 16, 1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 92: 4, 93: 8 },
};
const CODE = {
  ...{ block: 0x02, loop: 0x03, if: 0x04, branch: 0x0c, branchIf: 0x0d, branchTable: 0x0e },
  ...{ call: 0x10, callIndirect: 0x11, selectOf: 0x1c, get: 0x20, set: 0x21, tableSet: 0x26 },
  ...{ load: 0x28, store: 0x36, size: 0x3f, grow: 0x40, int32: 0x41, int64: 0x42, float32: 0x43 },
  ...{ float64: 0x44, last: 0xc4, nullOf: 0xd0, isNull: 0xd1, functionOf: 0xd2 },
  ...{ bulk: 0xfc, vector: 0xfd },
};

/** Rewrites a function. Added locals save the stack values above an address while its access is reported. */
class FunctionWriter {
  readonly #reader: Reader;
  readonly #indices: Indices;
  readonly #out: number[] = [];
  /** The index of the first local that is added. */
  #added = 0;

  constructor(reader: Reader, indices: Indices) {
    this.#reader = reader;
    this.#indices = indices;
  }

  /** Returns the new body of a function. */
  body(parameters: number, end: number): number[] {
    const reader = this.#reader;
    let locals = parameters;
    const groups = reader.list(() => {
      const count = reader.unsigned();
      locals += count;
      return [...unsigned(count), reader.byte()];
    });
    this.#added = locals;
    const own = ADDED.map((name) => [1, VALUE_TYPES[name]]);
    this.#out.push(...unsigned(groups.length + own.length), ...groups.flat(), ...own.flat());
    while (reader.offset < end) this.#instruction();
    return this.#out;
  }

  #local(code: number, type: ValueType): void {
    this.#out.push(code, ...unsigned(this.#added + ADDED.indexOf(type)));
  }

  /** Reports an access to the address on top of the stack, which stays there. */
  #tell(index: number, offset: number, bytes: number | ValueType): void {
    this.#out.push(CODE.int32, ...signed(offset | 0));
    if (typeof bytes === "number") this.#out.push(CODE.int32, ...signed(bytes));
    else this.#local(CODE.get, bytes);
    this.#out.push(CODE.call, ...unsigned(index));
  }

  /** Reports an access to the address below a value on the stack. */
  #tellBelow(index: number, offset: number, bytes: number, value: ValueType): void {
    this.#local(CODE.set, value);
    this.#tell(index, offset, bytes);
    this.#local(CODE.get, value);
  }

  /** Reads the immediates of an access, and returns its offset. */
  #offset(): number {
    this.#reader.skip();
    return this.#reader.unsigned();
  }

  #instruction(): void {
    const reader = this.#reader;
    const start = reader.offset;
    const code = reader.byte();
    const { read, write, moved } = this.#indices;
    if (code >= CODE.load && code < CODE.store) {
      this.#tell(read, this.#offset(), LOADS[code - CODE.load] ?? 0);
    } else if (code >= CODE.store && code < CODE.size) {
      const [value, bytes] = STORES[code - CODE.store] ?? ["i32", 0];
      this.#tellBelow(write, this.#offset(), bytes, value);
    } else if (code === CODE.call || code === CODE.functionOf) {
      this.#out.push(code, ...unsigned(moved(reader.unsigned())));
      return;
    } else if (code === CODE.bulk) this.#bulk();
    else if (code === CODE.vector) this.#vector();
    else this.#plain(code);
    for (let i = start; i < reader.offset; i++) this.#out.push(reader.bytes[i] ?? 0);
  }

  /** Skips an instruction that accesses no memory. */
  #plain(code: number): void {
    const reader = this.#reader;
    if (code >= CODE.block && code <= CODE.if) reader.skip();
    else if (code === CODE.branch || code === CODE.branchIf) reader.skip();
    else if (code === CODE.branchTable) {
      reader.list(() => reader.unsigned());
      reader.skip();
    } else if (code === CODE.callIndirect) {
      reader.skip();
      reader.skip();
    } else if (code === CODE.selectOf) reader.take(reader.unsigned());
    else if (code >= CODE.get && code <= CODE.tableSet) reader.skip();
    else if (code >= CODE.size && code <= CODE.int64) reader.skip();
    else if (code === CODE.float32) reader.take(4);
    else if (code === CODE.float64) reader.take(8);
    else if (code === CODE.nullOf) reader.byte();
    else if (code > CODE.last && code !== CODE.isNull) throw new Error(`instruction ${code}`);
  }

  #vector(): void {
    const reader = this.#reader;
    const { read, write } = this.#indices;
    const code = reader.unsigned();
    const bytes = VECTOR_LOADS[code];
    if (bytes !== undefined) this.#tell(read, this.#offset(), bytes);
    else if (code === 11) this.#tellBelow(write, this.#offset(), 16, "v128");
    else if (code >= 84 && code <= 91) {
      const isLoad = code < 88;
      const width = 2 ** (code - (isLoad ? 84 : 88));
      this.#tellBelow(isLoad ? read : write, this.#offset(), width, "v128");
      reader.byte();
    } else if (code === 12 || code === 13) reader.take(16);
    else if (code >= 21 && code <= 34) reader.byte();
    else if (code > 275) throw new Error(`instruction ${code} of vectors`);
  }

  /** Reports the access of an instruction that copies or fills memory. */
  #bulk(): void {
    const reader = this.#reader;
    const { read, write } = this.#indices;
    const code = reader.unsigned();
    if (code < 8) return;
    if (code !== 10 && code !== 11) throw new Error(`instruction ${code} of bulk memory`);
    reader.take(code === 10 ? 2 : 1);
    this.#local(CODE.set, "i32");
    this.#local(CODE.set, "other");
    this.#tell(write, 0, "i32");
    this.#local(CODE.get, "other");
    if (code === 10) this.#tell(read, 0, "i32");
    this.#local(CODE.get, "i32");
  }
}
