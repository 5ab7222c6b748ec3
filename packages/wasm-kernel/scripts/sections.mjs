// Readers for parts of a WebAssembly module: its sections, the offset of its static data, and the types of its
// functions.

/**
 * Returns the sections of a module: the identifier and the bytes of each.
 * @param {Uint8Array} bytes
 */
function sectionsOf(bytes) {
  const reader = new Reader(bytes);
  reader.place = 8;
  const sections = [];
  while (reader.place < bytes.length) {
    const id = reader.byte();
    const length = reader.unsigned();
    sections.push({ id, content: bytes.subarray(reader.place, reader.place + length) });
    reader.place += length;
  }
  return sections;
}

/** Returns the start and the end of a module's static data; without static data, the end is before the start. */
export function dataOf(bytes) {
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const { id, content } of sectionsOf(bytes)) {
    if (id !== DATA) continue;
    const reader = new Reader(content);
    reader.list(() => {
      if (reader.unsigned() !== 0 || reader.byte() !== I32_CONST) {
        throw new Error("static data stands at no address that is known");
      }
      const address = reader.unsigned();
      // The byte that ends the address expression is skipped.
      reader.byte();
      const length = reader.unsigned();
      reader.place += length;
      start = Math.min(start, address);
      end = Math.max(end, address + length);
    });
  }
  return { start, end };
}

const DATA = 11;
const I32_CONST = 0x41;

/** Reads the numbers of a module. */
class Reader {
  place = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  byte() {
    return this.bytes[this.place++];
  }

  unsigned() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** @template T @param {() => T} read @returns {T[]} */
  list(read) {
    return Array.from({ length: this.unsigned() }, read);
  }

  text() {
    return String.fromCharCode(...this.list(() => this.byte()));
  }
}

const TYPES = 1;
const IMPORTS = 2;
const FUNCTIONS = 3;
const EXPORTS = 7;

/**
 * Returns the functions that a module exports, with the types of their parameters: 0x7f for int32, 0x7c for float64,
 * 0x7b for vectors.
 * @param {Uint8Array} bytes
 */
export function functionsOf(bytes) {
  let types = [];
  let functions = [];
  let exported = [];
  for (const { id, content } of sectionsOf(bytes)) {
    const reader = new Reader(content);
    const byte = () => reader.byte();
    const index = () => reader.unsigned();
    if (id === TYPES) {
      types = reader.list(() => {
        reader.byte();
        const [parameters] = [reader.list(byte), reader.list(byte)];
        return parameters;
      });
    } else if (id === IMPORTS) {
      functions = reader.list(() => {
        reader.text();
        reader.text();
        const isFunction = reader.byte() === 0;
        if (isFunction) return reader.unsigned();
        // The limits of a memory are skipped.
        if (reader.byte() % 2 === 1) reader.unsigned();
        reader.unsigned();
        return undefined;
      });
      functions = functions.filter((type) => type !== undefined);
    } else if (id === FUNCTIONS) functions = [...functions, ...reader.list(index)];
    else if (id === EXPORTS) {
      exported = reader.list(() => ({ name: reader.text(), kind: byte(), index: index() }));
    }
  }
  return exported
    .filter(({ kind }) => kind === 0)
    .map(({ name, index }) => ({ name, parameters: types[functions[index]] }));
}
