/**
 * A reader of Python's pickles as data, which calls nothing. A call that Python would make becomes a `Made` with the
 * name of the function and its arguments; a class or function becomes a `Named`.
 *
 * The opcodes are those that PyTorch writes for state dicts, in protocols 2 to 5 (Python's `pickletools`, "Opcodes").
 */

import { describe } from "@graddiff/core/extend";
import { shortened } from "@graddiff/core/internal";
import { decodeText, refuse, type Source } from "./source.ts";

/** A value of a pickle. Tuples and lists are arrays, integers beyond 2⁵³ bigints. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Pickled[]
  | Dictionary
  | Named
  | Made
  | Persistent;

/** A dictionary of Python, ordered or not. */
export class Dictionary {
  #entries: Map<Pickled, Pickled> | undefined;

  /** The entries. Empty dictionaries share one table, since a pickle has many of them, one for each tensor. */
  get entries(): ReadonlyMap<Pickled, Pickled> {
    return this.#entries ?? EMPTY;
  }

  set(key: Pickled, value: Pickled): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }
}

const EMPTY: ReadonlyMap<Pickled, Pickled> = new Map();

/** A class or a function, represented by its name with the module, such as "collections.OrderedDict". */
export class Named {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The call of a class or a function that Python would make. */
export class Made {
  readonly by: Pickled;
  readonly from: readonly Pickled[];

  constructor(by: Pickled, from: readonly Pickled[]) {
    this.by = by;
    this.from = from;
  }
}

/** A value that is stored outside of the pickle, such as the elements of a tensor. */
export class Persistent {
  readonly id: Pickled;

  constructor(id: Pickled) {
    this.id = id;
  }
}

const ORDERED = "collections.OrderedDict";

/**
 * The memory of values in bytes, rounded up: of an array or object, of the table of a dictionary, of an entry in it, of
 * a view of bytes, and of a reference to a value.
 */
const OBJECT = 64;
const TABLE = 192;
const ENTRY = 64;
const BYTES = 256;
const REFERENCE = 8;

/**
 * The greatest number of bytes of an integer that is computed exactly as a number. Longer ones are computed as bigints.
 */
const EXACT = 6;

/** Reads a pickle from its bytes, one opcode after the other. */
class Reader {
  readonly source: Source;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limit: number;
  #at = 0;
  #taken = 0;
  readonly stack: Pickled[] = [];
  /** The marks: lengths of the stack, from which on values are gathered for an opcode. */
  readonly marks: number[] = [];
  readonly #memo: Pickled[] = [];
  readonly #farther = new Map<number, Pickled>();

  constructor(source: Source, bytes: Uint8Array, limit: number) {
    this.source = source;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limit = limit;
  }

  /** Counts the memory of a value in bytes. @throws ArgumentError if the sum for the whole pickle exceeds the limit. */
  weigh(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken <= this.#limit) return;
    const expected = `a pickle whose values take at most ${this.#limit} bytes`;
    refuse(this.source, expected, `more in its first ${this.#at} bytes of ${this.#bytes.length}`);
  }

  /** Returns the offset of the next bytes, and moves the position after them. */
  skip(count: number): number {
    const from = this.#at;
    const rest = this.#bytes.length - from;
    if (count > rest) refuse(this.source, `${count} bytes of a pickle`, `${rest}`);
    this.#at += count;
    return from;
  }

  /** Returns the next bytes. */
  take(count: number): Uint8Array {
    const from = this.skip(count);
    return this.#bytes.subarray(from, from + count);
  }

  /** Reads an unsigned little-endian integer of `bytes` bytes. */
  count(bytes: 1 | 2 | 4): number {
    const from = this.skip(bytes);
    if (bytes === 1) return this.#bytes[from] ?? 0;
    return bytes === 2 ? this.#view.getUint16(from, true) : this.#view.getUint32(from, true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** Reads a big-endian float64. It is the only big-endian number of the format. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** Returns bytes as a value. */
  bytes(count: number): Uint8Array {
    this.weigh(BYTES);
    return this.take(count);
  }

  /** Returns an array after counting its memory. */
  list(items: Pickled[]): Pickled[] {
    this.weigh(OBJECT + REFERENCE * items.length);
    return items;
  }

  object<Value extends Dictionary | Named | Made | Persistent>(value: Value): Value {
    this.weigh(OBJECT);
    return value;
  }

  /** Reads a little-endian integer of any length in two's complement. */
  integer(bytes: number): Pickled {
    this.weigh(REFERENCE + bytes);
    const from = this.skip(bytes);
    if (bytes <= EXACT) {
      const sum = this.#sum(from, bytes);
      const isNegative = bytes > 0 && sum >= 2 ** (8 * bytes - 1);
      return isNegative ? sum - 2 ** (8 * bytes) : sum;
    }
    let value = 0n;
    for (let end = bytes; end > 0; end -= EXACT) {
      const size = Math.min(EXACT, end);
      value = (value << BigInt(8 * size)) + BigInt(this.#sum(from + end - size, size));
    }
    value = BigInt.asIntN(8 * bytes, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** Returns the unsigned little-endian integer of at most {@link EXACT} bytes at an offset. */
  #sum(from: number, size: number): number {
    let sum = 0;
    for (let i = from + size - 1; i >= from; i--) sum = sum * 256 + (this.#bytes[i] ?? 0);
    return sum;
  }

  text(bytes: number): string {
    this.weigh(OBJECT + 2 * bytes);
    if (bytes === 0) return "";
    return decodeText(this.source, this.take(bytes), "texts");
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) refuse(this.source, "a line that ends", "none");
    const line = this.text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  pop(): Pickled {
    // Values below the last mark must not be popped.
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) {
      refuse(this.source, "a pickle", "one that takes more than it has put");
    }
    return this.stack.pop() ?? null;
  }

  top(): Pickled {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  /** Returns the values that were pushed after the last mark. */
  gathered(): Pickled[] {
    const mark = this.marks.pop();
    if (mark === undefined) refuse(this.source, "a pickle", "one without a mark");
    return this.stack.splice(mark);
  }

  popMany(count: 1 | 2 | 3): Pickled[] {
    const third = count > 2 ? [this.pop()] : [];
    const second = count > 1 ? [this.pop()] : [];
    return [this.pop(), ...second, ...third];
  }

  /** Stores the top value in the memo under a number; default: the next one, as Python numbers them. */
  remember(key = this.#memo.length): void {
    this.weigh(key === this.#memo.length ? REFERENCE : ENTRY);
    if (key <= this.#memo.length) this.#memo[key] = this.top();
    else this.#farther.set(key, this.top());
  }

  recall(key: number): Pickled {
    const value = key < this.#memo.length ? this.#memo[key] : this.#farther.get(key);
    if (value === undefined)
      refuse(this.source, "a pickle", `one that recalls ${key}, unknown yet`);
    return value;
  }

  popName(): string {
    const name = this.pop();
    if (typeof name !== "string") refuse(this.source, "the name of a class", "another value");
    return name;
  }

  /** Puts keys and values, which alternate, into the dictionary on top. */
  set(pairs: readonly Pickled[]): void {
    const target = this.top();
    if (pairs.length % 2 !== 0) refuse(this.source, "values for keys", "a key without");
    // Objects of other classes are ignored here. They are refused if a caller requests them.
    if (!(target instanceof Dictionary)) return;
    for (let i = 0; i < pairs.length; i += 2) {
      this.put(target, pairs[i] ?? null, pairs[i + 1] ?? null);
    }
  }

  put(target: Dictionary, key: Pickled, value: Pickled): void {
    this.weigh(ENTRY + (target.entries.size === 0 ? TABLE : 0));
    target.set(key, value);
  }

  append(items: readonly Pickled[]): void {
    const target = this.top();
    this.weigh(REFERENCE * items.length);
    if (Array.isArray(target)) for (const item of items) target.push(item);
  }

  make(by: Pickled, from: Pickled): Pickled {
    const isOrdered = by instanceof Named && by.name === ORDERED;
    if (!isOrdered) return this.object(new Made(by, Array.isArray(from) ? from : [from]));
    const made = this.object(new Dictionary());
    const [pairs] = Array.isArray(from) ? from : [];
    // Python 2 wrote the entries as arguments.
    for (const pair of Array.isArray(pairs) ? pairs : []) {
      if (!Array.isArray(pair)) continue;
      this.put(made, pair[0] ?? null, pair[1] ?? null);
    }
    return made;
  }
}

type Step = (reader: Reader) => void;

const push =
  (value: (reader: Reader) => Pickled): Step =>
  (reader) => {
    reader.weigh(REFERENCE);
    reader.stack.push(value(reader));
  };

/** The step of REDUCE and NEWOBJ: makes a `Made` from a class or function and its arguments. */
const make = push((reader) => {
  const from = reader.pop();
  return reader.make(reader.pop(), from);
});

const STOP = 0x2e;

/** The step of each opcode, by its byte. */
const STEPS: Readonly<Record<number, Step>> = {
  // PROTO, FRAME
  128: (reader) => reader.skip(1),
  149: (reader) => reader.skip(8),
  // MARK, POP, POP_MARK
  40: (reader) => {
    reader.weigh(REFERENCE);
    reader.marks.push(reader.stack.length);
  },
  48: (reader) => reader.pop(),
  49: (reader) => reader.gathered(),
  // NONE, NEWTRUE, NEWFALSE
  78: push(() => null),
  136: push(() => true),
  137: push(() => false),
  // BININT, BININT1, BININT2, LONG1, BINFLOAT
  74: push((reader) => reader.int32()),
  75: push((reader) => reader.count(1)),
  77: push((reader) => reader.count(2)),
  138: push((reader) => reader.integer(reader.count(1))),
  71: push((reader) => reader.float64()),
  // BINUNICODE, SHORT_BINUNICODE, SHORT_BINSTRING
  88: push((reader) => reader.text(reader.count(4))),
  140: push((reader) => reader.text(reader.count(1))),
  85: push((reader) => reader.text(reader.count(1))),
  // BINBYTES, SHORT_BINBYTES
  66: push((reader) => reader.bytes(reader.count(4))),
  67: push((reader) => reader.bytes(reader.count(1))),
  // EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE, EMPTY_SET
  125: push((reader) => reader.object(new Dictionary())),
  93: push((reader) => reader.list([])),
  41: push((reader) => reader.list([])),
  143: push((reader) => reader.list([])),
  // TUPLE, TUPLE1, TUPLE2, TUPLE3, FROZENSET
  116: push((reader) => reader.list(reader.gathered())),
  133: push((reader) => reader.list(reader.popMany(1))),
  134: push((reader) => reader.list(reader.popMany(2))),
  135: push((reader) => reader.list(reader.popMany(3))),
  145: push((reader) => reader.list(reader.gathered())),
  // APPEND, APPENDS, ADDITEMS
  97: (reader) => reader.append(reader.popMany(1)),
  101: (reader) => reader.append(reader.gathered()),
  144: (reader) => reader.append(reader.gathered()),
  // SETITEM, SETITEMS
  115: (reader) => reader.set(reader.popMany(2)),
  117: (reader) => reader.set(reader.gathered()),
  // GLOBAL, STACK_GLOBAL
  99: push((reader) => reader.object(new Named(`${reader.line()}.${reader.line()}`))),
  147: push((reader) => {
    const name = reader.popName();
    return reader.object(new Named(`${reader.popName()}.${name}`));
  }),
  // REDUCE, NEWOBJ
  82: make,
  129: make,
  // BUILD: attributes, such as the versions of modules.
  98: (reader) => reader.pop(),
  // BINPERSID
  81: push((reader) => reader.object(new Persistent(reader.pop()))),
  // BINPUT, LONG_BINPUT, MEMOIZE
  113: (reader) => reader.remember(reader.count(1)),
  114: (reader) => reader.remember(reader.count(4)),
  148: (reader) => reader.remember(),
  // BINGET, LONG_BINGET
  104: push((reader) => reader.recall(reader.count(1))),
  106: push((reader) => reader.recall(reader.count(4))),
};

/**
 * Returns the value of a pickle, in time and memory that grow with the bytes that are read.
 *
 * @param limit the greatest memory of its values in bytes, which is counted while they are read.
 * @throws ArgumentError for bytes that are not a pickle, for opcodes that state dicts do not have, and beyond the limit.
 */
export function unpickle(source: Source, bytes: Uint8Array, limit: number): Pickled {
  const reader = new Reader(source, bytes, limit);
  for (;;) {
    const code = reader.count(1);
    if (code === STOP) return reader.pop();
    const step = STEPS[code];
    if (step === undefined) {
      refuse(source, "the opcodes of a pickle of tensors", `0x${code.toString(16)}`);
    }
    step(reader);
  }
}

/** Returns a value as text for a message. */
export function describePickled(value: Pickled): string {
  if (value instanceof Dictionary) {
    const keys = [...value.entries.keys()].slice(0, MOST_KEYS).map(describeKey);
    const more = value.entries.size > MOST_KEYS ? ", …" : "";
    return keys.length === 0 ? "an empty dictionary" : `a dictionary of ${keys.join(", ")}${more}`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Named) return shortened(value.name);
  if (value instanceof Made) {
    return value.by instanceof Named ? `an object of ${shortened(value.by.name)}` : "an object";
  }
  if (value instanceof Persistent) return "elements without a tensor";
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return value === null ? "None" : describe(value);
}

/** Returns a key as text. Keys that are objects are "…", since a dictionary may be a key of itself. */
function describeKey(key: Pickled): string {
  return typeof key === "string" || typeof key === "number" ? describe(key) : "…";
}

/** The greatest number of keys that a message names. */
const MOST_KEYS = 8;
