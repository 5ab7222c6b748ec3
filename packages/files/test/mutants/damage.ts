/**
 * Randomly damaged files for all readers of bytes. For any damage, a reader returns a result or throws an error of the
 * library, soon, and allocates no more than the file can hold.
 */

import { GraddiffError } from "@graddiff/core";

/** Draws random integers below a bound, from a seed (mulberry32, by Tommy Ettinger). */
export function randomIntegers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export type Random = ReturnType<typeof randomIntegers>;

/** A kind of damage. It may write to the bytes, which are a copy. */
export type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

export const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
export const noise = (random: Random, length: number) =>
  Uint8Array.from({ length }, () => random(256));

export const flipBits: Mutation = (bytes, random) => {
  for (let flips = 1 + random(4); flips > 0; flips--) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  return bytes;
};

export const cut: Mutation = (bytes, random) => bytes.subarray(0, random(bytes.length));

export const cutInFront: Mutation = (bytes, random) => bytes.subarray(1 + random(bytes.length));

export const insert: Mutation = (bytes, random) => {
  const at = random(bytes.length);
  return join(bytes.subarray(0, at), noise(random, 1 + random(20)), bytes.subarray(at));
};

export const remove: Mutation = (bytes, random) => {
  const at = random(bytes.length);
  return join(bytes.subarray(0, at), bytes.subarray(at + 1 + random(20)));
};

/** Exchanges two ranges of equal width in the bytes. */
export function exchange(bytes: Uint8Array, from: number, to: number, width: number): Uint8Array {
  const [first, second] = [bytes.slice(from, from + width), bytes.slice(to, to + width)];
  bytes.set(second, from);
  bytes.set(first, to);
  return bytes;
}

/** A reader to be tested, with files and kinds of damage. */
export interface Target<Result> {
  /** Intact files, which are then damaged. */
  readonly files: readonly Uint8Array[];
  readonly mutations: Readonly<Record<string, Mutation>>;
  readonly read: (bytes: Uint8Array) => Result;
  /** Uses the result, which may throw an error of the library, too. */
  readonly use?: (result: Result, bytes: Uint8Array) => void;
  /** The most bytes that the reader may allocate, as a multiple of the file's size. */
  readonly growth: number;
  /** The limit for memory that `use` takes: a multiple of the file's size, plus a constant. Default: not measured. */
  readonly used?: { readonly growth: number; readonly slack: number };
}

/** Returns a damaged file, and the names of the damages. */
function mutate(
  { files, mutations }: Pick<Target<unknown>, "files" | "mutations">,
  random: Random,
): { bytes: Uint8Array; done: readonly string[] } {
  const kinds = Object.entries(mutations);
  let bytes = (files[random(files.length)] ?? new Uint8Array()).slice();
  const done: string[] = [];
  for (let times = 1 + random(2); times > 0; times--) {
    const [kind, change] = kinds[random(kinds.length)] ?? ["none", (same: Uint8Array) => same];
    if (bytes.length < 16) break;
    // The bytes are copied to a separate buffer, as DataView needs it.
    bytes = change(bytes, random).slice();
    done.push(kind);
  }
  return { bytes, done };
}

/** The outcome of reading many mutants. */
export interface Report {
  readonly refused: number;
  readonly read: number;
  /** The milliseconds that the slowest mutant took. */
  readonly slowest: number;
  readonly faults: readonly string[];
}

/** The bytes that a reader may allocate for any file. */
const SLACK = 2 ** 20;
/** The milliseconds that the slowest mutant of a program may take. Tests measure no time. */
const SLOWEST = 2000;

/** Reads `count` mutants, which are the same for the same seed. */
export function readDamaged<Result>(target: Target<Result>, count: number, seed: number): Report {
  const { read, use, growth, used } = target;
  const random = randomIntegers(seed);
  const faults: string[] = [];
  let [refused, succeeded, slowest] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const { bytes, done } = mutate(target, random);
    const fault = (what: string) => faults.push(`mutant ${i} of seed ${seed} (${done}): ${what}`);
    const before = process.memoryUsage().arrayBuffers;
    const check = (most: { growth: number; slack: number }) => {
      const grown = process.memoryUsage().arrayBuffers - before;
      if (grown > most.growth * bytes.length + most.slack) {
        fault(`${grown} bytes for ${bytes.length}`);
      }
    };
    const checkGrowth = () => check({ growth, slack: SLACK });
    const start = performance.now();
    let isRead = false;
    try {
      const result = read(bytes);
      isRead = true;
      checkGrowth();
      use?.(result, bytes);
      succeeded++;
    } catch (error) {
      refused++;
      if (!isRead) checkGrowth();
      if (!(error instanceof GraddiffError)) {
        fault(error instanceof Error ? (error.stack ?? "") : String(error));
      }
    }
    if (isRead && used !== undefined) check(used);
    slowest = Math.max(slowest, performance.now() - start);
    if (Object.keys(Object.prototype).length > 0) fault("a polluted prototype");
  }
  return { refused, read: succeeded, slowest, faults };
}

/** Reads mutants, prints the outcome, and fails the process if there are faults. */
export function tellOf(name: string, seed: string, read: (seed: number) => Report): void {
  const start = performance.now();
  const { refused, read: succeeded, slowest, faults } = read(Number(seed));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${name}: ${refused} refused, ${succeeded} read, ${faults.length} faults, ` +
      `slowest ${slowest.toFixed(1)} ms, ${seconds} s (seed ${seed})`,
  );
  for (const fault of faults.slice(0, 20)) console.log(`  ${fault}`);
  if (faults.length > 0 || slowest > SLOWEST) process.exitCode = 1;
}
