/** The states of a dtype in the table of ops. */

import type { DType } from "@graddiff/core";

/** The most that results may differ, absolute or relative: float32 by some ten of its roundings. */
const BOUNDS: Readonly<Record<DType, number>> = {
  float64: 1e-10,
  float32: 1e-6,
  int32: 0,
  bool: 0,
};

/** The ops whose operator is coarse: onnxruntime's DFT has roots of unity of float32, in float64 too. */
const COARSE: ReadonlySet<string> = new Set(["dft", "realDft", "realDftAdjoint"]);

/** Returns the state of an op whose results differ by so much; undefined beyond the bound. */
export function stateOf(op: string, dtype: DType, difference: number): string | undefined {
  const bound = COARSE.has(op) ? 1e-5 : BOUNDS[dtype];
  if (!(difference <= bound)) return undefined;
  return bound === 0 ? "equal" : bound.toExponential();
}
