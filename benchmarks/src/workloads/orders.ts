// Sorting, and cumulative sums along an axis.

import { argSort, cumulativeSum, sort, type Tensor } from "@graddiff/core";
import { randomInputs } from "./data.ts";
import { ofTensors } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

const numbers = () => randomInputs([[1_000_000]]);
const table = () => randomInputs([[1000, 1000]]);

export const orders: readonly Workload[] = [
  ofTensors("sort of 10⁶ numbers", (x: Tensor) => [sort(x)], numbers),
  ofTensors("places of 10⁶ sorted numbers", (x: Tensor) => [argSort(x)], numbers),
  ofTensors("cumulative sum along rows", (x: Tensor) => [cumulativeSum(x, 1)], table),
  ofTensors("cumulative sum along columns", (x: Tensor) => [cumulativeSum(x, 0)], table),
];
