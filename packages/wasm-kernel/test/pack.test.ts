// Packing and unpacking: assembly/unpack.ts reads the texts that scripts/pack.mjs writes.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { pack } from "../scripts/pack.mjs";
import { baseText } from "../src/generated/bytes.ts";
import { writeText } from "../src/module.ts";

sampleTests(4);

const unpacker = new WebAssembly.Module(
  readFileSync(new URL("../build/unpack.wasm", import.meta.url)),
);

function unpack(text: string, count: number): Uint8Array {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const { exports } = new WebAssembly.Instance(unpacker, { env: { memory } });
  const { firstFree, unpack } = exports as Record<string, (...values: number[]) => number>;
  const at = firstFree?.() ?? 0;
  writeText(text, new Uint8Array(memory.buffer, at));
  unpack?.(at, at + text.length, count);
  return new Uint8Array(memory.buffer).slice(at + text.length, at + text.length + count);
}

/** Returns pseudorandom bytes with `bits` random bits each, from a linear congruential generator. */
function noise(count: number, bits: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 24) & (2 ** bits - 1);
  });
}

describe("what is packed", () => {
  const far = noise(5000, 8);
  it.each([
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(255)],
    ["two bytes that are the same", Uint8Array.of(7, 7)],
    ["one byte a thousand times", new Uint8Array(1000).fill(3)],
    ["noise", noise(3000, 8)],
    ["noise of one bit", noise(3000, 1)],
    ["a copy from far back", Uint8Array.of(...far, ...noise(10_000, 2), ...far)],
    [
      "copies that differ in single bytes",
      noise(4000, 8).map((x, i) => (i % 50 ? (i * 7) % 50 : x)),
    ],
  ])("comes out as it was: %s", (_name, bytes) => {
    const text = pack(bytes);
    expect(text).toMatch(/^[(-Ja-}]*$/);
    expect(Buffer.from(unpack(text, bytes.length)).equals(bytes)).toBe(true);
  });

  it("takes a fifth of its bytes for the base", () => {
    // The file has the bytes that the build packed.
    const bytes = readFileSync(new URL("../build/base.wasm", import.meta.url));
    expect((baseText.length * 6) / 8).toBeLessThan(bytes.length / 5);
    expect(Buffer.from(unpack(baseText, bytes.length)).equals(bytes)).toBe(true);
  });
});
