/** Functions that are composed of ops: their models have the same results in onnxruntime as here. */

import {
  adaptiveMaxPool2dWithIndices,
  affineGrid,
  correlation,
  covariance,
  gridSample,
  interpolate,
  logSoftmax,
  nanMax,
  nanMean,
  pixelShuffle,
  putAlongAxis,
  quantile,
  rotate90,
  round,
  searchSorted,
  segmentMax,
  segmentMean,
  segmentProd,
  sort,
  type Tensor,
  tensor,
  uniform,
  where,
} from "@graddiff/core";
import { cropImages, ctcLoss, cutout, jitterColors, rotateImages } from "@graddiff/nn";
import { expect, test } from "vitest";
import { exportOnnx } from "../src/index.ts";
import { differenceOf, run } from "./support/runtime.ts";

const images = uniform([2, 3, 6, 6], { seed: 1 });
const grid = uniform([2, 3, 3, 2], { seed: 3, low: -1.2, high: 1.2 });
const rows = uniform([5, 3], { seed: 2 });
const ids = tensor([2, 0, 2, 2, 0], { dtype: "int32" });
const labels = tensor(
  [
    [1, 2],
    [2, 2],
  ],
  { dtype: "int32" },
);

type Fn = (...inputs: Tensor[]) => Tensor;

/** Casts a function of two tensors to one of any number. */
const of = (fn: (x: Tensor, y: Tensor) => Tensor): Fn => fn as Fn;

const FUNCTIONS: Readonly<Record<string, readonly [Fn, ...Tensor[]]>> = {
  gridSample: [of((x, y) => gridSample(x, y)), images, grid],
  "gridSample, cubic": [
    of((x, y) => gridSample(x, y, { mode: "cubic", padding: "reflection" })),
    images,
    grid,
  ],
  affineGrid: [of((x) => affineGrid(x, [3, 4])), uniform([2, 2, 3], { seed: 1 })],
  pixelShuffle: [of((x) => pixelShuffle(x, 2)), uniform([2, 4, 3, 3], { seed: 1 })],
  rotate90: [of((x) => rotate90(x, 1, [2, 3])), images],
  "interpolate by area": [of((x) => interpolate(x, { size: [4, 3], mode: "area" })), images],
  adaptiveMaxPool2d: [of((x) => adaptiveMaxPool2dWithIndices(x, [4, 3]).indices), images],
  segmentProd: [of((x, y) => segmentProd(x, y, 3)), rows, ids],
  segmentMean: [of((x, y) => segmentMean(x, y, 3)), rows, ids],
  segmentMax: [of((x, y) => segmentMax(x, y, 3)), rows, ids],
  putAlongAxis: [
    of((x, y) => putAlongAxis(x, y, x, 0, { mode: "mean" })),
    rows,
    tensor([0, 1, 4, 4, 2], { dtype: "int32", shape: [5, 1] }),
  ],
  covariance: [of((x) => covariance(x)), rows],
  correlation: [of((x) => correlation(x)), rows],
  nanMax: [of((x) => nanMax(where(x.greater(0.5), x, Number.NaN), 0)), rows],
  nanMean: [of((x) => nanMean(where(x.greater(0.3), x, Number.NaN), 0)), rows],
  "round to decimals": [of((x) => round(x, { decimals: 1 })), rows],
  searchSorted: [of((x, y) => searchSorted(x, y)), sort(rows), rows],
  "quantile of a tensor": [
    of((x, y) => quantile(x, y, 0, { interpolation: "nearest" })),
    rows,
    tensor([0.2, 0.7]),
  ],
  ctcLoss: [of((x, y) => ctcLoss(logSoftmax(x), y)), uniform([2, 7, 4], { seed: 1 }), labels],
  rotateImages: [of((x) => rotateImages(x, { seed: 1, degrees: 20 })), images],
  cropImages: [of((x) => cropImages(x, { seed: 1, size: 4, padding: 1 })), images],
  jitterColors: [of((x) => jitterColors(x, { seed: 1, brightness: 0.2, hue: 0.1 })), images],
  cutout: [of((x) => cutout(x, { seed: 1, size: 3 })), images],
};

test.each(Object.entries(FUNCTIONS))("%s runs there", async (_name, [fn, ...inputs]) => {
  const [got] = await run(exportOnnx(fn, inputs), inputs);
  expect(differenceOf(got as Tensor, fn(...inputs))).toBeLessThan(1e-5);
});
