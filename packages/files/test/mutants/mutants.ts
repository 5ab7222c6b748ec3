/**
 * Files that are damaged at random: whatever is done to the bytes, a reader gives tensors or an error of the
 * library's own, at once, and allocates no more than the file can hold.
 */

import { GraddiffError, type Tensor, tensor, uniform } from "@graddiff/core";
import {
  readNpy,
  readNpz,
  readSafetensors,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../../src/index.ts";

/** A reader, whole files for it, and how many times as large as a file what it allocates may be. */
interface Format {
  readonly read: (bytes: Uint8Array) => unknown;
  readonly files: readonly Uint8Array[];
  readonly growth: number;
}

const tensors: Record<string, Tensor> = {
  w: uniform([3, 5], { seed: 1 }),
  "layers.0.bias": tensor([1, 2, 3], { dtype: "float64" }),
  count: tensor(3, { dtype: "int32" }),
  mask: tensor([[true], [false]]),
};

/** A file in Fortran order, big-endian: what is written here never is. */
function foreignNpy(): Uint8Array {
  const bytes = writeNpy(tensor([[1, 2, 3]]));
  const text = new TextDecoder("latin1").decode(bytes);
  const swapped = text.replace("'<f4'", "'>f4'").replace("False", "True ");
  return Uint8Array.from(swapped, (character) => character.charCodeAt(0));
}

export const formats: Readonly<Record<"safetensors" | "npy" | "npz", Format>> = {
  safetensors: {
    read: readSafetensors,
    files: [
      writeSafetensors(tensors, { metadata: { epoch: "3" } }),
      writeSafetensors({ x: tensor([1]) }),
    ],
    growth: 16,
  },
  npy: {
    read: readNpy,
    files: [...Object.values(tensors).map(writeNpy), foreignNpy()],
    growth: 16,
  },
  npz: {
    read: (bytes) => readNpz(bytes, { limit: 2 ** 24 }),
    files: [
      writeNpz(tensors),
      writeNpz(tensors, { compress: true }),
      writeNpz({ zeros: uniform([200, 50], { seed: 1, high: 1e-44 }) }, { compress: true }),
    ],
    // DEFLATE makes up to 1032 bytes of one.
    growth: 16 + 1032 * 4,
  },
};

/** Random integers below a bound, from a seed (mulberry32, by Tommy Ettinger). */
export function randomIntegers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof randomIntegers>;
type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const noise = (random: Random, length: number) => Uint8Array.from({ length }, () => random(256));

/** Lengths that lie: extreme ones, and those next to the truth. */
const lies = (length: number) => [0, 1, length - 1, length, length + 1, 2 ** 31 - 1, 2 ** 32 - 1];

const mutations: Readonly<Record<string, Mutation>> = {
  "flip bits": (bytes, random) => {
    for (let flips = 1 + random(4); flips > 0; flips--) {
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    }
    return bytes;
  },
  cut: (bytes, random) => bytes.subarray(0, random(bytes.length)),
  "cut in front": (bytes, random) => bytes.subarray(1 + random(bytes.length)),
  pad: (bytes, random) => join(bytes, noise(random, 1 + random(100))),
  insert: (bytes, random) => {
    const at = random(bytes.length);
    return join(bytes.subarray(0, at), noise(random, 1 + random(20)), bytes.subarray(at));
  },
  remove: (bytes, random) => {
    const at = random(bytes.length);
    return join(bytes.subarray(0, at), bytes.subarray(at + 1 + random(20)));
  },
  "swap lengths": (bytes, random) => {
    const [from, to] = [random(bytes.length - 8), random(bytes.length - 8)];
    const width = [2, 4, 8][random(3)] ?? 4;
    const [first, second] = [bytes.slice(from, from + width), bytes.slice(to, to + width)];
    bytes.set(second, from);
    bytes.set(first, to);
    return bytes;
  },
  "lie in a length": (bytes, random) => {
    const view = new DataView(bytes.buffer);
    const candidates = lies(bytes.length);
    const lie = candidates[random(candidates.length)] ?? 0;
    const at = random(bytes.length - 4);
    if (random(2) === 0) view.setUint32(at, lie, true);
    else view.setUint16(at, lie, true);
    return bytes;
  },
  "lie in the header's length": (bytes, random) => {
    const view = new DataView(bytes.buffer);
    const at = [0, 4, 6, 8][random(4)] ?? 0;
    view.setUint32(at, random(3) === 0 ? random(2 ** 32) : random(2 * bytes.length), true);
    return bytes;
  },
  "change digits": (bytes, random) => {
    const digits = [...bytes.keys()].filter((i) => (bytes[i] ?? 0) >= 48 && (bytes[i] ?? 0) < 58);
    for (let changes = 1 + random(3); changes > 0 && digits.length > 0; changes--) {
      bytes[digits[random(digits.length)] ?? 0] = 48 + random(10);
    }
    return bytes;
  },
  "write a word": (bytes, random) => {
    const words = [
      "__proto__",
      "-1",
      "1e9",
      "null",
      "[[[[",
      "}}}}",
      "\0\0\0",
      "é",
      "9999999999",
      '"',
    ];
    const word = new TextEncoder().encode(words[random(words.length)]);
    const at = random(bytes.length);
    const kept = random(2) * word.length;
    return join(bytes.subarray(0, at), word, bytes.subarray(at + kept));
  },
};

/** What came of many mutants. */
export interface Report {
  readonly refused: number;
  readonly read: number;
  /** Milliseconds of the slowest. */
  readonly slowest: number;
  readonly faults: readonly string[];
}

/** What a reader may use for itself. */
const SLACK = 2 ** 20;
const SLOWEST = 2000;

/** Reads `count` mutants of a format; the same seed gives the same mutants. */
export function readMutants(name: keyof typeof formats, count: number, seed: number): Report {
  const { read, files, growth } = formats[name];
  const random = randomIntegers(seed);
  const kinds = Object.entries(mutations);
  const faults: string[] = [];
  let [refused, succeeded, slowest] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    let bytes = (files[random(files.length)] ?? new Uint8Array()).slice();
    const done: string[] = [];
    for (let times = 1 + random(2); times > 0; times--) {
      const [kind, mutate] = kinds[random(kinds.length)] ?? ["none", (same) => same];
      if (bytes.length < 16) break;
      // A buffer of its own, as DataView needs it.
      bytes = mutate(bytes, random).slice();
      done.push(kind);
    }
    const fault = (what: string) => faults.push(`mutant ${i} of seed ${seed} (${done}): ${what}`);
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    try {
      read(bytes);
      succeeded++;
    } catch (error) {
      refused++;
      if (!(error instanceof GraddiffError)) fault(String(error));
    }
    const time = performance.now() - start;
    slowest = Math.max(slowest, time);
    if (time > SLOWEST) fault(`it took ${Math.round(time)} ms`);
    const grown = process.memoryUsage().arrayBuffers - before;
    if (grown > growth * bytes.length + SLACK) fault(`${grown} bytes for ${bytes.length}`);
    if (Object.keys(Object.prototype).length > 0) fault("a polluted prototype");
  }
  return { refused, read: succeeded, slowest, faults };
}
