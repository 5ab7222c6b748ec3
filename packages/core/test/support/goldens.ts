/** Tensors in files of golden values, and the comparison with them. */

import { expect } from "vitest";
import { type DType, type Tensor, tensor } from "../../src/index.ts";

export interface GoldenTensor {
  readonly shape: number[];
  /** The elements. A JSON null is NaN, and infinities are strings. */
  readonly data: (number | string | null)[];
}

const numberOf = (value: number | string | null) => (value === null ? Number.NaN : Number(value));

export function unpack({ shape, data }: GoldenTensor, dtype: DType = "float64"): Tensor {
  return tensor(data.map(numberOf), { shape, dtype });
}

/**
 * Expects a tensor to have the shape of a golden one, and elements that differ from its elements by less than
 * `tolerance` times its largest size, or times `leastScale` if that is more. NaN and infinities must be the same.
 */
export function expectClose(
  got: Tensor,
  golden: GoldenTensor,
  what: string,
  { tolerance, leastScale }: { readonly tolerance: number; readonly leastScale: number },
): void {
  expect(got.shape, what).toEqual(golden.shape);
  const wanted = golden.data.map(numberOf);
  const scale = Math.max(leastScale, ...wanted.map(Math.abs).filter(Number.isFinite));
  const isClose = (value: number, i: number) => {
    const want = wanted[i] ?? Number.NaN;
    return Number.isFinite(want)
      ? Math.abs(value - want) / scale < tolerance
      : Object.is(value, want);
  };
  // One assertion for all elements, since assertions take longer than most ops.
  const wrong = [...got.data()].findIndex((value, i) => !isClose(value, i));
  if (wrong >= 0) expect(got.data()[wrong], `${what}[${wrong}]`).toBe(wanted[wrong]);
}
