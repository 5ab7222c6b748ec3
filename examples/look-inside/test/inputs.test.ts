import type { ImportedValue } from "@graddiff/onnx";
import { expect, test } from "vitest";
import { diverging, divergingPixels, picturePixels } from "../src/colours.ts";
import {
  brightnessOf,
  formOf,
  gridOf,
  largestOf,
  noiseFor,
  SCALES,
  scaled,
  toBrightness,
  toPixels,
  uphill,
} from "../src/inputs.ts";

const value = (
  shape: ImportedValue["shape"],
  dtype: ImportedValue["dtype"] = "float32",
): ImportedValue => ({ name: "x", type: "float32", dtype, shape });
const form = (shape: ImportedValue["shape"], dtype?: ImportedValue["dtype"]) =>
  formOf(value(shape, dtype), new Map());

test("[N, 1 or 3, H, W] is a picture; an open batch is 1, and other open lengths are asked for", () => {
  expect(form(["batch", 3, 8, 9]).picture).toEqual({ channels: 3, height: 8, width: 9 });
  expect(form([1, 1, 8, 9]).picture?.channels).toBe(1);
  const others = [form([1, 2, 8, 9]), form([1, 3, 8]), form([2, 3, 8, 9])];
  expect(others.map(({ picture }) => picture)).toEqual([undefined, undefined, undefined]);
  expect(form([1, 3, 8, 9], "int32").picture).toBeUndefined();
  const open = form([undefined, 3, "height", undefined]);
  expect(open.shape).toEqual([1, 3, 224, 224]);
  expect(open.open.map(({ name }) => name)).toEqual(["height", "axis 3 of x"]);
  const chosen = new Map([["sequence", 7]]);
  expect(formOf(value(["batch", "sequence", "other"]), chosen).shape).toEqual([1, 7, 1]);
  expect(() => form(undefined)).toThrow('The file says nothing of the shape of its input "x".');
});

test("noise has a seed, and is of the type of its input", () => {
  const numbers = (shape: number[], dtype: ImportedValue["dtype"], seed: number) =>
    Array.from(noiseFor(form(shape, dtype), seed).data());
  expect(numbers([1, 9], "float32", 1)).toEqual(numbers([1, 9], "float32", 1));
  expect(numbers([1, 9], "float32", 1)).not.toEqual(numbers([1, 9], "float32", 2));
  expect(numbers([1, 3, 9, 9], "float32", 1).every((each) => each >= 0 && each < 1)).toBe(true);
  expect(new Set(numbers([1, 99], "int32", 1))).toEqual(new Set([0, 1]));
  expect(noiseFor(form([1, 4], "bool"), 1).dtype).toBe("bool");
});

test("pixels become brightness, and brightness the numbers of a model", () => {
  const pixels = [255, 0, 51, 255, 0, 255, 102, 255];
  const colours = form([1, 3, 1, 2]);
  const brightness = brightnessOf(pixels, { channels: 3, height: 1, width: 2 });
  expect(Array.from(brightness, (each) => each.toFixed(1)).join(" ")).toBe(
    "1.0 0.0 0.0 1.0 0.2 0.4",
  );
  const grey = brightnessOf(pixels, { channels: 1, height: 1, width: 2 });
  expect(grey[0]).toBeCloseTo(0.299 + 0.114 * 0.2, 6);
  expect([...scaled([0, 1, 0.5, 0, 1, 1], colours, SCALES.symmetric).data()]).toEqual([
    -1, 1, 0, -1, 1, 1,
  ]);
  // torchvision: (brightness − mean) / deviation.
  const [red, , , , , blue] = scaled([0.485, 0, 0, 0, 0, 1], colours, SCALES.imagenet).data();
  expect(red).toBeCloseTo(0, 6);
  expect(blue).toBeCloseTo((1 - 0.406) / 0.225, 5);
});

test("a gradient to brightness is the sum of what the colours of a pixel do, by the chain rule", () => {
  const shape = { channels: 3, height: 1, width: 2 } as const;
  const weights = [1, 2, 3, 4, 5, 6];
  const f = (brightness: number[]) =>
    [...scaled(brightness, form([1, 3, 1, 2], "float64"), SCALES.imagenet).data()].reduce(
      (sum, each, i) => sum + each * (weights[i] ?? 0),
      0,
    );
  const gradient = toPixels(toBrightness(weights, shape, SCALES.imagenet), shape);
  const base = f([0, 0, 0, 0, 0, 0]);
  expect(gradient[0]).toBeCloseTo(f([1, 0, 1, 0, 1, 0]) - base, 10);
  expect(gradient[1]).toBeCloseTo(f([0, 1, 0, 1, 0, 1]) - base, 10);
});

test("a step uphill moves what it moves most by its length, and nothing where the gradient is 0", () => {
  expect([...uphill([0, 1, 2], [1, -4, 2], 0.1)]).toEqual([0.025, 0.9, 2.05]);
  expect([...uphill([1, 2], [0, 0], 0.1)]).toEqual([1, 2]);
  expect(largestOf([1, -4, 2])).toBe(4);
});

test("numbers without the form of a picture are shown by their last axis, or nearly as a square", () => {
  expect(gridOf([1, 10])).toEqual({ height: 3, width: 4 });
  expect(gridOf([1, 6, 9])).toEqual({ height: 6, width: 9 });
  expect(gridOf([])).toEqual({ height: 1, width: 1 });
});

test("colours go from blue over white to orange, and tell which numbers are none", () => {
  expect(diverging(0)).toEqual([255, 255, 255]);
  expect([diverging(-1), diverging(1)]).toEqual([diverging(-9), diverging(9)]);
  const [red, , blue] = diverging(-0.4);
  const [red2, , blue2] = diverging(0.4);
  expect(blue - red).toBeGreaterThan(50);
  expect(red2 - blue2).toBeGreaterThan(50);
  expect(diverging(Number.NaN)).toEqual([128, 128, 128]);
  expect([...divergingPixels([9, -2, 2], 2, 1, 2)]).toEqual([
    ...diverging(-1),
    255,
    ...diverging(1),
    255,
  ]);
  expect([...divergingPixels([0], 0)]).toEqual([255, 255, 255, 255]);
  expect([...picturePixels([0, 1, 0.2], 3)]).toEqual([0, 255, 51, 255]);
  expect([...picturePixels([2, -1], 1)]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
});
