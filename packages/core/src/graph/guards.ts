/**
 * Guards: what decides, besides its arguments, what a compiled function does. A recording is right as long as the
 * switches that it has read, such as the mode of a layer, and the properties of the layers that it has run stay as they
 * were.
 */

import { isPlainObject } from "../arguments.ts";
import { RecordingError } from "../errors.ts";

/** The value of a property of an object; of the key undefined the number of its entries. */
export interface Property {
  readonly owner: object;
  readonly key: string | undefined;
  readonly value: unknown;
}

/** What a function that is being compiled has read. */
interface Reads {
  readonly switches: Map<Switch<unknown>, unknown>;
  readonly properties: Property[];
  /** The owners of the properties. */
  readonly owners: Set<object>;
}

/** Of the function that is being compiled; undefined where none is. */
let reads: Reads | undefined;

/** A value that functions read, and that is a guard of the compiled ones among them. */
export class Switch<Value> {
  #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value, as a guard of what is being compiled. */
  read(): Value {
    reads?.switches.set(this, this.#value);
    return this.#value;
  }

  /** The value, to look at. */
  peek(): Value {
    return this.#value;
  }

  /** @throws RecordingError in a function that is being compiled, which would do it once and never again. */
  set(value: Value, op: string): void {
    if (Object.is(value, this.#value)) return;
    if (reads !== undefined) {
      throw new RecordingError({
        op,
        expected: "a call outside of compiled functions",
        got: "one inside",
      });
    }
    this.#value = value;
  }
}

/**
 * Makes the properties of an object guards of what is being compiled, and those of the lists and plain objects in it: a
 * part of a model that is replaced is another model. What stands in a private field (`#part`) is not seen.
 */
export function guardProperties(owner: object): void {
  if (reads === undefined || reads.owners.has(owner)) return;
  const { owners, properties } = reads;
  owners.add(owner);
  const isArray = Array.isArray(owner);
  if (isArray || isPlainObject(owner)) {
    properties.push({ owner, key: undefined, value: countOf(owner) });
  }
  for (const key of Object.keys(owner)) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    // A getter may give another value each time, and NaN equals nothing.
    if (descriptor === undefined || !("value" in descriptor)) continue;
    const { value }: { value?: unknown } = descriptor;
    if (Number.isNaN(value)) continue;
    // A list of plain values may be long, and has no parts.
    if (isArray && !isPart(value)) continue;
    properties.push({ owner, key, value });
    if (Array.isArray(value) || isPlainObject(value)) guardProperties(value);
  }
}

function isPart(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** The number of entries of a plain object, or of the parts in a list; a list of plain values may grow. */
function countOf(owner: object): number {
  if (!Array.isArray(owner)) return Object.keys(owner).length;
  return isPart(owner.at(-1)) ? owner.length : 0;
}

/** The switches and properties of a recording, with the values that they had. */
export interface Guards {
  readonly switches: ReadonlyMap<Switch<unknown>, unknown>;
  readonly properties: readonly Property[];
}

/** Runs `body`, and tells what it has read. */
export function watchGuards<Result>(body: () => Result): { result: Result; guards: Guards } {
  const outer = reads;
  const own: Reads = { switches: new Map(), properties: [], owners: new Set() };
  reads = own;
  try {
    const result = body();
    // What the function itself has changed, such as what it keeps of its last call, decides nothing.
    const properties = own.properties.filter(isAsItWas);
    return { result, guards: { switches: own.switches, properties } };
  } finally {
    reads = outer;
  }
}

function isAsItWas({ owner, key, value }: Property): boolean {
  const now =
    key === undefined ? countOf(owner) : (owner as Readonly<Record<string, unknown>>)[key];
  return now === value;
}

/** True if all switches and properties are as they were. */
export function areSame({ switches, properties }: Guards): boolean {
  for (const [each, value] of switches) if (!Object.is(each.peek(), value)) return false;
  for (let i = 0; i < properties.length; i++) {
    if (!isAsItWas(properties[i] as Property)) return false;
  }
  return true;
}

/** What a compiled function has read is read by one that calls it, too. */
export function takeOver({ switches, properties }: Guards): void {
  if (reads === undefined) return;
  for (const [each, value] of switches) reads.switches.set(each, value);
  const known = new Set(reads.owners);
  for (const property of properties) {
    if (known.has(property.owner)) continue;
    reads.owners.add(property.owner);
    reads.properties.push(property);
  }
}

/** The property that has had the most values in some recordings, such as `Net.epoch`; undefined if none has changed. */
export function mostChangedProperty(recordings: readonly Guards[]): string | undefined {
  const values = new Map<object, Map<string, Set<unknown>>>();
  for (const { owner, key = "length", value } of recordings.flatMap((each) => each.properties)) {
    const ofOwner = values.get(owner) ?? new Map<string, Set<unknown>>();
    values.set(owner, ofOwner.set(key, (ofOwner.get(key) ?? new Set()).add(value)));
  }
  const counts = [...values].flatMap(([owner, keys]) =>
    [...keys].map(([key, { size }]) => ({ name: `${owner.constructor?.name}.${key}`, size })),
  );
  const [most] = counts.sort((a, b) => b.size - a.size);
  return most !== undefined && most.size > 1 ? most.name : undefined;
}
