/**
 * Malicious pickles: the memory that they take is counted while they are read, so time and memory are proportional to
 * the file.
 */

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { readTorch } from "../src/index.ts";
import { unpickle } from "../src/pickle.ts";
import { messageOf } from "./support/messageOf.ts";

const SOURCE = { op: "readTorch", argument: "bytes" };

/** Opcodes that are repeated many times, after an empty dictionary that is stored under 0. */
const PROGRAMS: Readonly<Record<string, readonly number[]>> = {
  "nested tuples": [0x85],
  "empty tuples": [41],
  "empty dictionaries": [125],
  "empty lists": [93],
  marks: [40],
  nothing: [78],
  "empty bytes": [67, 0],
  "empty texts": [140, 0],
  "a value under ever more numbers": [148],
  "lists in a list": [93, 97],
  "entries of a dictionary": [78, 75, 1, 115],
  names: [99, 97, 10, 98, 10],
  "values outside": [81],
  calls: [41, 82],
  references: [104, 0],
  "tuples of marks": [40, 116],
};

/** Returns a pickle of a given length that repeats a program. */
function pickleOf(program: readonly number[], length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x2e);
  bytes.set([0x80, 2, 125, 113, 0]);
  const count = Math.floor((length - 6) / program.length);
  for (let i = 0; i < count; i++) bytes.set(program, 5 + i * program.length);
  return bytes;
}

/** Returns the number of bytes that are read before the limit is reached, or all of them. */
function readOf(pickle: Uint8Array): number {
  try {
    readTorch(zipSync({ "x/data.pkl": [pickle, { level: 0 }] }));
    return pickle.length;
  } catch (error) {
    const [, first] = /got more in its first (\d+) bytes/.exec(String(error)) ?? [];
    return Number(first ?? pickle.length);
  }
}

const SIZES = [2 ** 18, 2 ** 19] as const;

test.each(Object.entries(PROGRAMS))("%s: what is read grows with the file", (_name, program) => {
  const [half, whole] = SIZES.map((length) => readOf(pickleOf(program, length)));
  // The lengths are compared with each other, since any file may take a megabyte.
  expect(half).toBeGreaterThan(0);
  expect((whole ?? 0) / (half ?? 0)).toBeLessThan(2.01);
});

test("of 4 and 8 megabytes of nested tuples twice as much is read, and no more than a third", () => {
  const [half = 0, whole = 0] = [4, 8].map((size) => readOf(pickleOf([0x85], size * 2 ** 20)));
  expect(whole / half).toBeCloseTo(2, 3);
  expect(whole).toBeLessThan((8 * 2 ** 20) / 3);
});

test("the limit counts each kind of value", () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const pickle = pickleOf(program, 2 ** 16);
    const most = 2 ** 14;
    const message = messageOf(() => unpickle(SOURCE, pickle, most));
    expect(message, name).toContain(`a pickle whose values take at most ${most} bytes, got more`);
    const [, first = ""] = /first (\d+) bytes of/.exec(message) ?? [];
    // Each value on the stack takes at least 8 bytes.
    expect((Number(first) - 5) / program.length, name).toBeLessThanOrEqual(most / 8 + 2);
  }
});

test("integers of every length are those of Python", () => {
  let seed = 7;
  const byte = () => {
    seed = (seed * 48271) % 2147483647;
    return seed % 256;
  };
  for (let length = 0; length < 40; length++) {
    for (const last of [0, 0x7f, 0x80, 0xff]) {
      const bytes = Array.from({ length }, byte);
      if (length > 0) bytes[length - 1] = last;
      const whole = bytes.reduceRight((sum, each) => sum * 256n + BigInt(each), 0n);
      const expected = BigInt.asIntN(8 * length, whole);
      const found = unpickle(SOURCE, Uint8Array.of(0x8a, length, ...bytes, 0x2e), 1e6);
      expect(BigInt(found as number | bigint)).toBe(expected);
      expect(typeof found).toBe(Number.isSafeInteger(Number(expected)) ? "number" : "bigint");
    }
  }
});

test("values are recalled by the numbers that they were kept under, in any order", () => {
  // The pickle stores 3 under 0, 4 under 7, and 5 and None under the next numbers; the result is a tuple of all four.
  const kept = [75, 3, 113, 0, 48, 75, 4, 113, 7, 48, 75, 5, 148, 48, 78, 148, 48];
  const recalled = [40, 104, 0, 104, 7, 104, 1, 104, 2, 116];
  expect(unpickle(SOURCE, Uint8Array.of(...kept, ...recalled, 0x2e), 1e6)).toEqual([3, 4, 5, null]);
  expect(messageOf(() => unpickle(SOURCE, Uint8Array.of(104, 0, 0x2e), 1e6))).toContain(
    "one that recalls 0, unknown yet",
  );
});
