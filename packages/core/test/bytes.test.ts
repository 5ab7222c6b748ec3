import { expect, test } from "vitest";
import { littleEndianBytes, nativeBytes } from "../src/tensor/bytes.ts";

test("bytes go from the least of each element to the greatest", () => {
  const all = Uint16Array.from([7, 0x0102, 0x0304]);
  const bytes = littleEndianBytes(all.subarray(1));
  expect([...bytes]).toEqual([2, 1, 4, 3]);
  expect([...all]).toEqual([7, 0x0102, 0x0304]);
});

test("bytes of either order become elements of this machine", () => {
  const read = (bytes: readonly number[], bigEndian: boolean) => [
    ...new Uint16Array(nativeBytes(Uint8Array.from(bytes), 2, { bigEndian }).buffer),
  ];
  expect(read([2, 1, 4, 3], false)).toEqual([0x0102, 0x0304]);
  expect(read([1, 2, 3, 4], true)).toEqual([0x0102, 0x0304]);
});
