/**
 * The gradients of workloads that are functions of tensors, in float64 against differences, and in float32 against the
 * float64 gradients.
 */

import { compile, tensor } from "@graddiff/core";
import { expect, test } from "vitest";
import { workloads } from "../../src/workloads/index.ts";
import type { Numbers } from "../../src/workloads/workload.ts";
import { distanceOf } from "../distance.ts";

const signOf = (i: number) => (Math.imul(i, 0x9e3779b1) < 0 ? -1 : 1);

/** Returns the float inputs in float64, moved by a step along a direction of signs. */
const moved = (inputs: readonly Numbers[], step: number) =>
  inputs.map(([elements, shape]) => {
    if (elements instanceof Int32Array) return tensor(elements, { shape });
    const places = Float64Array.from(elements, (value, i) => value + step * signOf(i));
    return tensor(places, { shape });
  });

const differentiated = workloads.flatMap(({ name, fn, inputs, prepare }) =>
  fn && inputs && name.includes("gradient") ? [{ name, fn, inputs, prepare }] : [],
);

test("workloads with gradients are found", () => {
  expect(differentiated.length).toBe(5);
});

test.each(differentiated)("$name has the slope of central differences", (workload) => {
  const run = compile(workload.fn);
  const inputs = workload.inputs();
  const resultsAt = (step: number) => run(...moved(inputs, step)).map((result) => result.data());
  const exact = resultsAt(0);
  let slope = 0;
  for (const gradient of exact.slice(1)) {
    gradient.forEach((own, i) => {
      slope += own * signOf(i);
    });
  }
  const step = 1e-5;
  const [[ahead = Number.NaN] = [], [behind = Number.NaN] = []] = [
    resultsAt(step)[0],
    resultsAt(-step)[0],
  ];
  expect(Math.abs((ahead - behind) / (2 * step) / slope - 1)).toBeLessThan(1e-6);

  const results = workload
    .prepare("compiled")()
    .map((result) => result.data());
  expect(results.length).toBe(exact.length);
  for (const [i, result] of results.entries()) {
    expect(distanceOf(result, exact[i] ?? [])).toBeLessThan(1e-5);
  }
});
