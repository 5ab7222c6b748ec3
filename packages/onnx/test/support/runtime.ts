/**
 * Runs models by onnxruntime in WebAssembly.
 */

import { type DType, type Tensor, type TypedArray, tensor } from "@graddiff/core";
import * as ort from "onnxruntime-web";
import { expect } from "vitest";
import type { OnnxModel } from "../../src/index.ts";
import { listOf } from "./listOf.ts";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "fatal";
/** Returns the results of a model for the values of its inputs, in order. */
export async function run(
  { bytes, inputs, outputs }: OnnxModel,
  values: readonly Tensor[],
): Promise<Tensor[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const feeds = Object.fromEntries(
      inputs.map(({ name, dtype }, i) => {
        const value = values[i] as Tensor;
        return [name, new ort.Tensor(dtype, value.cast(dtype).data() as never, value.shape)];
      }),
    );
    const results = await session.run(feeds);
    return outputs.map(({ name, dtype }) => {
      const result = results[name] as ort.Tensor;
      return tensor(result.data as TypedArray, { shape: result.dims, dtype: dtype as DType });
    });
  } finally {
    await session.release();
  }
}

/** Runs a model, and expects the results of the function. */
export async function expectSame(
  model: OnnxModel,
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  bound = 1e-10,
): Promise<void> {
  const expected = listOf(fn(...inputs));
  const got = await run(model, inputs);
  expected.forEach((own, i) => {
    expect(differenceOf(got[i] as Tensor, own), `result ${i}`).toBeLessThanOrEqual(bound);
  });
}

/**
 * Returns the largest difference of two results, each absolute or relative, whichever is less; NaN and infinities equal
 * themselves.
 */
export function differenceOf(got: Tensor, expected: Tensor): number {
  const [a, b] = [got.data(), expected.data()];
  if (a.length !== b.length || String(got.shape) !== String(expected.shape))
    return Number.POSITIVE_INFINITY;
  let worst = 0;
  a.forEach((value, i) => {
    const other = b[i] as number;
    if (Object.is(value, other) || value === other) return;
    const absolute = Math.abs(value - other);
    const error = Math.min(absolute, absolute / Math.abs(other));
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  });
  return worst;
}
