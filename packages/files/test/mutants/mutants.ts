/**
 * Damaged files of each format.
 */

import { readFileSync } from "node:fs";
import { type Tensor, tensor, uniform } from "@graddiff/core";
import { unzipSync, type Zippable, zipSync } from "fflate";
import {
  readNpy,
  readNpz,
  readSafetensors,
  readTorch,
  writeNpy,
  writeNpz,
  writeSafetensors,
} from "../../src/index.ts";
import {
  cut,
  cutInFront,
  exchange,
  flipBits,
  insert,
  join,
  type Mutation,
  noise,
  type Report,
  readDamaged,
  remove,
} from "./damage.ts";

/** A reader, intact files for it, and the most that it may allocate as a multiple of a file's size. */
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

/** Returns a file in Fortran order and big-endian, which this package never writes. */
function foreignNpy(): Uint8Array {
  const bytes = writeNpy(tensor([[1, 2, 3]]));
  const text = new TextDecoder("latin1").decode(bytes);
  const swapped = text.replace("'<f4'", "'>f4'").replace("False", "True ");
  return Uint8Array.from(swapped, (character) => character.charCodeAt(0));
}

/** Paths are relative to the package's folder, where scripts run. */
const torch = (name: string) => new Uint8Array(readFileSync(`test/golden/torch/${name}`));
const readAll = (bytes: Uint8Array) => readTorch(bytes, { limit: 2 ** 16 });

/**
 * The storages of a torch.save file, which are combined with any pickle. A pickle is damaged before it is archived,
 * since damage to an archive mostly shows in a checksum.
 */
const storages: Zippable = Object.fromEntries(
  Object.entries(unzipSync(torch("views.pt"))).filter(([name]) => name.includes("/data/")),
);
const [storage = ""] = Object.keys(storages);
const pickle = storage.replace(/data\/[^/]*$/, "data.pkl");

export const formats: Readonly<Record<"safetensors" | "npy" | "npz" | "torch" | "pickle", Format>> =
  {
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
      // DEFLATE expands one byte to at most 1032.
      growth: 16 + 1032 * 4,
    },
    torch: {
      read: readAll,
      files: ["state.pt", "types.pt", "deflated.pt"].map(torch),
      growth: 16 + 1032 * 4,
    },
    pickle: {
      read: (bytes) => readAll(zipSync({ ...storages, [pickle]: bytes }, { level: 0 })),
      files: ["state.pt", "views.pt", "protocol4.pt", "module.pt"].map((name) =>
        pickleOf(unzipSync(torch(name))),
      ),
      // The reader makes an archive of each pickle, which takes memory.
      growth: 64,
    },
  };

function pickleOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const [found] = Object.entries(files).filter(([name]) => name.endsWith("data.pkl"));
  return found?.[1] ?? new Uint8Array();
}

/** Returns wrong lengths: extreme ones, and those near the true length. */
const lies = (length: number) => [0, 1, length - 1, length, length + 1, 2 ** 31 - 1, 2 ** 32 - 1];

const mutations: Readonly<Record<string, Mutation>> = {
  "flip bits": flipBits,
  cut,
  "cut in front": cutInFront,
  pad: (bytes, random) => join(bytes, noise(random, 1 + random(100))),
  insert,
  remove,
  "swap lengths": (bytes, random) => {
    const [from, to] = [random(bytes.length - 8), random(bytes.length - 8)];
    const width = [2, 4, 8][random(3)] ?? 4;
    return exchange(bytes, from, to, width);
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

/** Reads `count` mutants of a format, which are the same for the same seed. */
export function readMutants(name: keyof typeof formats, count: number, seed: number): Report {
  return readDamaged({ ...formats[name], mutations }, count, seed);
}
