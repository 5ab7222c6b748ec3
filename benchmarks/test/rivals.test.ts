// The messages that the rivals' processes and pages hand to each other.

import { expect, it } from "vitest";
import { pack, unpack } from "../rivals/arrays.mjs";

it("arrays pass as bytes, empty ones and integers included", () => {
  const arrays = [Float32Array.of(1.5, Number.NaN), new Float32Array(), Int32Array.of(-7, 3, 1000)];
  const bytes = pack(arrays);
  expect(bytes.length).toBe(4 * (1 + 3 + 5));
  expect(unpack(bytes.buffer)).toEqual(arrays.map((array) => Float32Array.from(array)));
  expect(unpack(pack([]).buffer)).toEqual([]);
});
