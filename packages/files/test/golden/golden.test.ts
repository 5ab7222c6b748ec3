/**
 * Files of NumPy, of PyTorch and of Python's safetensors, which golden.py has made, are read with the same values as in
 * Python.
 */

import { readFileSync } from "node:fs";
import type { Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { readNpy, readNpz, readSafetensors, readTorch } from "../../src/index.ts";

interface Told {
  readonly dtype: string;
  readonly shape: number[];
  readonly values: (string | number | boolean)[];
}

interface Expected {
  readonly npy: Record<string, Told>;
  readonly refused: Record<string, string>;
  readonly npz: Record<string, Record<string, Told>>;
  readonly safetensors: Record<string, { metadata: object; tensors: Record<string, Told> }>;
  readonly torch: {
    readonly read: Record<string, [path: string[], tensors: Record<string, Told>]>;
    readonly refused: Record<string, string>;
  };
}

const bytesOf = (name: string) => readFileSync(new URL(name, import.meta.url));
const expected = JSON.parse(bytesOf("expected.json").toString()) as Expected;

/** Returns the dtype of a tensor for an element type of a file; some types become another dtype. */
function dtypeOf(dtype: string): string {
  if (dtype.endsWith("float16")) return "float32";
  return dtype.includes("int") ? "int32" : dtype;
}

function numberOf(value: string | number | boolean): number {
  if (typeof value !== "string") return Number(value);
  return value.endsWith("inf") ? Number(`${value}inity`.replace("inf", "Inf")) : Number(value);
}

function expectTensor(actual: Tensor | undefined, { dtype, shape, values }: Told): void {
  expect(actual?.dtype).toBe(dtypeOf(dtype));
  expect(actual?.shape).toEqual(shape);
  expect(Array.from(actual?.data() ?? [])).toEqual(values.map(numberOf));
}

describe("NPY", () => {
  test.each(Object.entries(expected.npy))("%s", (name, told) => {
    expectTensor(readNpy(bytesOf(name)), told);
  });

  test.each(Object.entries(expected.refused))("%s is refused by name", (name, descr) => {
    const named = { "int64-large.npy": "I64", "uint32-large.npy": "U32" }[name] ?? descr;
    expect(() => readNpy(bytesOf(name))).toThrow(
      named.startsWith("|V") ? "got a structure of several" : named,
    );
  });
});

test.each(Object.entries(expected.npz))("NPZ: %s", (name, told) => {
  const tensors = readNpz(bytesOf(name));
  expect(Object.keys(tensors)).toEqual(Object.keys(told));
  for (const [key, each] of Object.entries(told)) expectTensor(tensors[key], each);
});

test.each(Object.entries(expected.safetensors))("safetensors: %s", (name, told) => {
  const { tensors, metadata } = readSafetensors(bytesOf(name));
  expect(metadata).toEqual(told.metadata);
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(told.tensors).sort());
  for (const [key, each] of Object.entries(told.tensors)) expectTensor(tensors[key], each);
});

describe("PyTorch", () => {
  test.each(Object.entries(expected.torch.read))("%s", (name, [path, told]) => {
    const tensors = readTorch(bytesOf(`torch/${name.split(",")[0]}`), { path });
    expect(Object.keys(tensors)).toEqual(Object.keys(told));
    for (const [key, each] of Object.entries(told)) expectTensor(tensors[key], each);
  });

  test.each(Object.entries(expected.torch.refused))("%s is refused by name", (name, reason) => {
    expect(() => readTorch(bytesOf(`torch/${name}`))).toThrow(reason);
  });
});
