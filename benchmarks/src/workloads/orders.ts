// Elements in order, and sums along an axis.

import { argSort, cumulativeSum, sort, type Tensor } from "@graddiff/core";
import { manyNumbers, table } from "./data.ts";
import { ofTensors } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

export const orders: readonly Workload[] = [
  ofTensors(
    "sort of 10⁶ numbers",
    (x) => [sort(x as Tensor)],
    () => [[manyNumbers(), [1_000_000]]],
  ),
  ofTensors(
    "places of 10⁶ sorted numbers",
    (x) => [argSort(x as Tensor)],
    () => [[manyNumbers(), [1_000_000]]],
  ),
  ofTensors(
    "cumulative sum along rows",
    (x) => [cumulativeSum(x as Tensor, 1)],
    () => [[table.elements(), table.shape]],
  ),
  ofTensors(
    "cumulative sum along columns",
    (x) => [cumulativeSum(x as Tensor, 0)],
    () => [[table.elements(), table.shape]],
  ),
];
