/** Pictures as tensors, in a host without a canvas; `test/workers` tests pages and workers. */

import { expect, test } from "vitest";
import { messageOf } from "../../../core/test/misuse/support.ts";
import { fromPixels } from "../../src/index.ts";

const data = Uint8ClampedArray.of(255, 0, 51, 255, 0, 102, 0, 0);
const picture = { data, width: 2, height: 1 };

test("bytes over 255 stand in planes, one for each channel", () => {
  const float64 = { dtype: "float64" } as const;
  expect(fromPixels(picture, float64).toArray()).toEqual([[[[1, 0]], [[0, 0.4]], [[0.2, 0]]]]);
  expect(fromPixels(picture, { ...float64, channels: 4 }).shape).toEqual([1, 4, 1, 2]);
  const alpha = fromPixels(picture, { channels: 4 }).slice([0, 3, 0, 0], [1, 4, 1, 2]);
  expect(alpha.toArray()).toEqual([[[[1, 0]]]]);
  const grey = fromPixels(picture, { ...float64, channels: 1 }).toArray();
  expect(grey).toEqual([[[[(0.299 * 255 + 0.114 * 51) / 255, (0.587 * 102) / 255]]]]);
  const both = fromPixels([picture, { ...picture, data: new Uint8Array(8).fill(255) }]);
  expect(both.shape).toEqual([2, 3, 1, 2]);
  expect(both.dtype).toBe("float32");
  expect(both.at(1).min().item()).toBe(1);
});

test("what is no picture is refused by name", () => {
  // The casts give values of other types than pictures.
  const say = (source: unknown, options?: object) =>
    messageOf(() => fromPixels(source as typeof picture, options));
  expect(say(5)).toMatch(/^fromPixels: source: expected ImageData, .*got 5/);
  expect(say({ width: 2 })).toMatch(/^fromPixels: source: /);
  expect(say({ ...picture, width: 3 })).toMatch(/data: expected 12 bytes.*got 8 bytes/);
  expect(say({ ...picture, data: new Float32Array(8) })).toMatch(/data: expected 8 bytes/);
  expect(say({ width: 2, height: 2 })).toMatch(/There is no canvas here/);
  expect(say([])).toMatch(/pictures of one size, got none/);
  expect(say([picture, { data, width: 1, height: 2 }])).toMatch(/2 × 1 and 1 × 2/);
  expect(say(picture, { channels: 2 })).toMatch(/channels/);
});
