/**
 * Guards: values that decide, besides its arguments, what a compiled function does. A recording is right as long as the
 * switches that it has read, such as the mode of a layer, and the properties of the layers that it has run stay as they
 * were.
 */

import { isPlainObject } from "../arguments.ts";
import { RecordingError } from "../errors.ts";

type Properties = Readonly<Record<string, unknown>>;

/** The values that properties of an object had: of its first keys, and the number of all keys if that is a guard. */
interface Owner {
  readonly owner: Properties;
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly count: number | undefined;
}

/** The entries that a list of parts had. */
interface List {
  readonly list: readonly unknown[];
  readonly values: readonly unknown[];
}

/** The modes, Variables and properties that a function being compiled has read. */
interface Reads {
  readonly switches: Map<Switch<unknown>, unknown>;
  readonly parts: Map<object, Owner | List>;
}

/** The reads of the function that is being compiled; undefined where none is. */
let reads: Reads | undefined;

/** A value that is a guard of each compiled function that reads it. */
export class Switch<Value> {
  #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** Returns the value, and makes it a guard of the function that is being compiled. */
  read(): Value {
    addSwitch(this, this.#value);
    return this.#value;
  }

  /** Returns the value, without making it a guard. */
  peek(): Value {
    return this.#value;
  }

  /** @throws RecordingError in a function that is being compiled, whose later calls would not set it. */
  set(value: Value, op: string): void {
    if (Object.is(value, this.#value)) return;
    if (reads !== undefined) {
      throw new RecordingError(op, "", "a call outside of compiled functions", "one inside");
    }
    this.#value = value;
  }
}

/** Adds a guard to the function that is being compiled, unless it has read the switch before. */
function addSwitch(read: Switch<unknown>, value: unknown): void {
  if (reads?.switches.has(read) === false) reads.switches.set(read, value);
}

/**
 * Makes the public properties of an object guards of the function that is being compiled, and those of the lists and plain
 * objects in it. Where one is replaced, the next call compiles again. Layers do it by themselves; an object that is no layer,
 * such as a cell that a layer calls, does it where it computes. A private field (`#cell`) is not seen.
 *
 * @example
 * ```ts
 * import { compile, type Tensor } from "@graddiff/core";
 * import { guardProperties } from "@graddiff/core/extend";
 *
 * class Scaling {
 *   factor = 2;
 *   apply(x: Tensor): Tensor {
 *     guardProperties(this);
 *     return x.mul(this.factor);
 *   }
 * }
 * const scaling = new Scaling();
 * const scaled = compile((x: Tensor) => scaling.apply(x));
 * console.log(scaled(1).item()); // 2
 * scaling.factor = 3;
 * console.log(scaled(1).item()); // 3
 * ```
 */
export function guardProperties(part: object): void {
  if (reads === undefined || reads.parts.has(part)) return;
  const inner = Array.isArray(part) ? guardList(reads, part) : guardReads(reads, part);
  for (const each of inner) if (Array.isArray(each) || isPlainObject(each)) guardProperties(each);
}

/**
 * True if a list has parts. A list of plain values, such as a log of losses, has none: it may be long, and may grow.
 */
function guardList({ parts }: Reads, list: readonly unknown[]): readonly unknown[] {
  const values = isPart(list.at(-1)) ? [...list] : [];
  parts.set(list, { list, values });
  return values;
}

function guardReads({ parts }: Reads, part: object): readonly unknown[] {
  // A getter may give another value each time, and NaN equals nothing.
  const entries = Object.entries(Object.getOwnPropertyDescriptors(part)).filter(
    ([, each]) => each.enumerable && "value" in each && !Number.isNaN(each.value),
  );
  const values = entries.map(([, { value }]): unknown => value);
  const count = isPlainObject(part) ? Object.keys(part).length : undefined;
  parts.set(part, { owner: part as Properties, keys: entries.map(([key]) => key), values, count });
  return values;
}

/** Lists may contain themselves. */
const DEEPEST_LIST = 8;

/** True for a function, for an instance of a class, and for a list or a plain object that contains one. */
function isPart(value: unknown, depth = 0): boolean {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null || depth > DEEPEST_LIST) return false;
  if (!(Array.isArray(value) || isPlainObject(value))) return true;
  return Object.values(value).some((each) => isPart(each, depth + 1));
}

/** The switches and parts of a recording, with the values that they had. */
export interface Guards {
  readonly switches: ReadonlyMap<Switch<unknown>, unknown>;
  readonly owners: readonly Owner[];
  readonly lists: readonly List[];
}

/** Runs `body`, and returns the guards that it has read. */
export function watchGuards<Result>(body: () => Result): { result: Result; guards: Guards } {
  const outer = reads;
  const recorded: Reads = { switches: new Map(), parts: new Map() };
  reads = recorded;
  try {
    const result = body();
    const parts = [...recorded.parts.values()];
    return {
      result,
      guards: {
        switches: recorded.switches,
        owners: parts.flatMap((each) => ("owner" in each ? unchangedOf(each) : [])),
        lists: parts.filter((each) => "list" in each).filter(isListAsItWas),
      },
    };
  } finally {
    reads = outer;
  }
}

/**
 * Drops guards on properties that the function itself has changed, such as a value that it keeps from its last call:
 * they decide nothing.
 */
function unchangedOf({ owner, keys, values, count }: Owner): readonly Owner[] {
  const unchanged = keys.map((key, i) => owner[key] === values[i]);
  const isSame = (_: unknown, i: number) => unchanged[i] === true;
  const kept = count === Object.keys(owner).length ? count : undefined;
  const same = { owner, keys: keys.filter(isSame), values: values.filter(isSame), count: kept };
  return same.keys.length > 0 || kept !== undefined ? [same] : [];
}

function isListAsItWas({ list, values }: List): boolean {
  // A property that had no parts may have some now.
  if (values.length === 0) return !isPart(list.at(-1));
  if (list.length !== values.length) return false;
  for (let i = 0; i < values.length; i++) if (list[i] !== values[i]) return false;
  return true;
}

/** True if all switches and parts are as they were. */
export function areSame({ switches, owners, lists }: Guards): boolean {
  for (const [each, value] of switches) if (!Object.is(each.peek(), value)) return false;
  for (let i = 0; i < owners.length; i++) {
    const { owner, keys, values, count } = owners[i] as Owner;
    if (count !== undefined && count !== Object.keys(owner).length) return false;
    for (let k = 0; k < keys.length; k++) {
      if (owner[keys[k] as string] !== values[k]) return false;
    }
  }
  for (let i = 0; i < lists.length; i++) if (!isListAsItWas(lists[i] as List)) return false;
  return true;
}

/** Adds the guards of a compiled function to those of the one that calls it. */
export function takeOver({ switches, owners, lists }: Guards): void {
  if (reads === undefined) return;
  for (const [each, value] of switches) addSwitch(each, value);
  const { parts } = reads;
  for (const each of owners) if (!parts.has(each.owner)) parts.set(each.owner, each);
  for (const each of lists) if (!parts.has(each.list)) parts.set(each.list, each);
}

/**
 * Returns the property that had the most different values in some recordings, such as `Net.epoch`; undefined if none
 * changed.
 */
export function mostChangedProperty(recordings: readonly Guards[]): string | undefined {
  const met = new Map<string, Map<object, Set<unknown>>>();
  const note = (name: string, owner: object, value: unknown) => {
    const owners = met.get(name) ?? new Map<object, Set<unknown>>();
    met.set(name, owners.set(owner, (owners.get(owner) ?? new Set()).add(value)));
  };
  for (const { owners, lists } of recordings) {
    const lengths = new Map(lists.map(({ list, values }) => [list as unknown, values.length]));
    for (const { owner, keys, values } of owners) {
      keys.forEach((key, i) => {
        const length = lengths.get(values[i]);
        note(`${owner.constructor?.name}.${key}`, owner, values[i]);
        if (length !== undefined)
          note(`the length of ${owner.constructor?.name}.${key}`, owner, length);
      });
    }
  }
  const counts = [...met].flatMap(([name, owners]) =>
    [...owners.values()].map(({ size }) => ({ name, size })),
  );
  const [most] = counts.sort((a, b) => b.size - a.size);
  return most !== undefined && most.size > 1 ? most.name : undefined;
}
