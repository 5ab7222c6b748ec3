/** The parts that the tests share. */

import { readFileSync } from "node:fs";
import { GraddiffError, type Tensor, tensor } from "@graddiff/core";
import { vi } from "vitest";

/** The results of SciPy, written by `golden/solve.py`. */
export const scipy = JSON.parse(
  readFileSync(new URL("./golden/scipy.json", import.meta.url), "utf8"),
);

/** Returns a float64 tensor. */
export function double(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "float64" });
}

/** Returns the largest difference of two tensors, relative to elements above 1. */
export function off(got: Tensor, expected: Tensor | readonly number[]): number {
  const other = "data" in expected ? expected : double([...expected]);
  return got.sub(other).abs().div(other.abs().maximum(1)).max().item();
}

/** Returns the message of the error that a call must throw. */
export function complaint(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof GraddiffError) {
      return `${error.name}: ${error.message.replace(/ \[[\w.]+:\d+:\d+\]$/, "")}`;
    }
    throw error;
  }
  throw new Error("the call did not fail");
}

interface Host {
  readonly WebAssembly: { readonly Module: new (bytes: object) => object };
}

/** Returns the number of WebAssembly modules that are compiled while a function runs. */
export function compilations(fn: () => void): number {
  const { WebAssembly: whole } = globalThis as typeof globalThis & Host;
  let count = 0;
  const Module = new Proxy(whole.Module, {
    construct: (target, given) => {
      count++;
      return Reflect.construct(target, given);
    },
  });
  const counting = {
    get: (target: object, name: string): unknown =>
      name === "Module" ? Module : Reflect.get(target, name),
  };
  vi.stubGlobal("WebAssembly", new Proxy(whole, counting));
  fn();
  vi.unstubAllGlobals();
  return count;
}
