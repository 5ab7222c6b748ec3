/**
 * Values and gradients of elementwise ops against PyTorch, from the goldens that `elementwise.py` wrote.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { compile, type DType, grad, type Tensor, tensor } from "../../src/index.ts";

interface Packed {
  readonly shape: number[];
  readonly dtype: DType;
  readonly data: (number | string)[];
}

interface Case {
  readonly op: string;
  readonly before: unknown[];
  readonly inputs: Packed[];
  readonly after: unknown[];
  readonly value: Packed;
  readonly gradients: Packed[] | null;
}

const file = new URL("./elementwise.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

function unpack({ shape, dtype, data }: Packed): Tensor {
  return tensor(data.map(Number), { shape, dtype: "float64" }).cast(dtype);
}

/** Expects a tensor to be close to PyTorch's. Zeros are equal, whatever their sign: generated tests check signs. */
function expectClose(got: Tensor, packed: Packed, tolerance: number, what: string): void {
  expect([got.shape, got.dtype], what).toEqual([packed.shape, packed.dtype]);
  got.data().forEach((value, i) => {
    const expected = Number(packed.data[i]);
    if (value === expected || (Number.isNaN(expected) && Number.isNaN(value))) return;
    const error = Math.abs(value - expected) / Math.max(1, Math.abs(expected));
    expect(error, `${what}[${i}]: ${value} where PyTorch has ${expected}`).toBeLessThan(tolerance);
  });
}

const names = [...new Set(cases.map(({ op }) => op))];

test.each(names)("%s has ten cases or more", (name) => {
  expect(cases.filter(({ op }) => op === name).length).toBeGreaterThanOrEqual(10);
});

describe.each(names)("%s is PyTorch's", (name) => {
  const own = cases.filter(({ op }) => op === name);
  test.each(own.map((each, i) => [i, each] as const))("in case %d", (_i, each) => {
    const operation = graddiff[name as "add"] as (...inputs: unknown[]) => Tensor;
    const fn = (...inputs: Tensor[]) => operation(...each.before, ...inputs, ...each.after);
    const inputs = each.inputs.map(unpack);
    expectClose(fn(...inputs), each.value, 1e-10, "value");
    expectClose(compile(fn)(...inputs), each.value, 1e-10, "compiled value");
    if (each.gradients === null) return;
    const weighted = (...given: Tensor[]) => {
      const value = fn(...given);
      const weights = Array.from({ length: value.size }, (_, i) => 0.5 + 0.25 * i);
      return value.mul(tensor(weights, { shape: value.shape, dtype: "float64" })).sum();
    };
    const argnums = inputs.map((_, i) => i);
    grad(weighted, { argnums })(...inputs).forEach((gradient, i) => {
      expectClose(gradient, each.gradients?.[i] as Packed, 1e-9, `gradient ${i}`);
    });
  });
});
