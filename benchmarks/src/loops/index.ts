// The loops of both element types with one interface. Each element type has separate functions: a shared function would
// see two kinds of arrays and be slower, which would favour WebAssembly.

import type { Kernel } from "@graddiff/wasm-kernel";
import type { FloatArray } from "../suite.ts";
import * as float32 from "./float32.ts";
import * as float64 from "./float64.ts";

/** The baseline loops, for one element type. */
export interface Loops<A> {
  addForward(x: A, y: A, out: A): void;
  addBackward(gradient: A, xGradient: A, yGradient: A): void;
  multiplyForward(x: A, y: A, out: A): void;
  multiplyBackward(gradient: A, x: A, y: A, xGradient: A, yGradient: A): void;
  snackTaxForward(price: A, count: A, tax: A, total: A): void;
  snackTaxGradients(
    price: A,
    count: A,
    tax: A,
    gradient: A,
    total: A,
    priceGradient: A,
    countGradient: A,
    taxGradient: A,
  ): void;
}

/** One element type: its name, its suffix in the names of kernels, its arrays and its loops. */
export interface ElementType<A extends FloatArray> {
  readonly dtype: "float32" | "float64";
  readonly ending: "f32" | "f64";
  readonly loops: Loops<A>;
  /** A JavaScript array of zeros. */
  readonly make: (length: number) => A;
  /** A view of linear memory. */
  readonly view: (kernel: Kernel, address: number, length: number) => A;
}

export const float32Type: ElementType<Float32Array<ArrayBuffer>> = {
  dtype: "float32",
  ending: "f32",
  loops: float32,
  make: (length) => new Float32Array(length),
  view: (kernel, address, length) => kernel.arena.float32(address, length),
};

export const float64Type: ElementType<Float64Array<ArrayBuffer>> = {
  dtype: "float64",
  ending: "f64",
  loops: float64,
  make: (length) => new Float64Array(length),
  view: (kernel, address, length) => kernel.arena.float64(address, length),
};
