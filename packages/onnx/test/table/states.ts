/** The states of an op in a dtype, as the table of ops shows them. */

import type { DType } from "@graddiff/core";

/** The largest differences of results, absolute or relative; for float32 some ten roundings. */
const BOUNDS: Readonly<Record<DType, number>> = {
  float64: 1e-10,
  float32: 1e-6,
  int32: 0,
  bool: 0,
};

/** The ops whose ONNX operator is inaccurate: DFT of onnxruntime uses float32 roots of unity for float64, too. */
const COARSE: ReadonlySet<string> = new Set(["dft", "realDft", "realDftAdjoint"]);

/** Returns the state of an op from the largest difference of its results; undefined beyond the bound. */
export function stateOf(op: string, dtype: DType, difference: number): string | undefined {
  const bound = COARSE.has(op) ? 1e-5 : BOUNDS[dtype];
  if (!(difference <= bound)) return undefined;
  return bound === 0 ? "equal" : bound.toExponential();
}
