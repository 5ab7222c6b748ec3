/**
 * Rows at indices in linear memory, for compiled programs.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import { BYTES, type DType } from "../../tensor/dtype.ts";
import { lowestIndex, outOfRange } from "../js/indexing.ts";
import { isNumber, scatterAddKernel } from "./kernels.ts";
import type { Kernel } from "./workspace.ts";

/** An array in linear memory. */
interface Stored extends TensorType {
  readonly address: number;
}

/**
 * A call that copies or adds rows at indices; undefined for other ops. Indices are looked at when it
 * runs: it throws an ArgumentError for one that is out of range.
 */
export function indexingCall(
  kernel: Kernel,
  op: Op,
  attributes: Attributes,
  [x, indices]: readonly Stored[],
  output: Stored,
): (() => void) | undefined {
  const { kind } = op.kernel;
  if (kind !== "gather" && kind !== "scatterAdd") return undefined;
  if (x === undefined || indices === undefined) return undefined;
  const run = rowKernel(kernel, kind, x.dtype, output.dtype);
  if (run === undefined) return undefined;
  const layout = op.kernel.layout([x.shape, indices.shape], attributes);
  const { groups, outer, length, count, inner } = layout;
  const lowest = lowestIndex(layout);
  const { memory } = kernel;
  const row = kind === "gather" ? inner * BYTES[x.dtype] : inner;
  return () => {
    const outside = run(
      x.address,
      indices.address,
      output.address,
      groups,
      outer,
      length,
      count,
      row,
      lowest,
    );
    if (outside < 0) return;
    const given = new Int32Array(memory.buffer, indices.address, groups * count);
    throw outOfRange(op.name, layout, given, outside);
  };
}

/** Copying is the same for all dtypes; truth values are not added, but counted. */
function rowKernel(
  kernel: Kernel,
  kind: "gather" | "scatterAdd",
  from: DType,
  to: DType,
): Kernel["exports"]["gather"] | undefined {
  if (kind === "gather") return kernel.exports.gather;
  return from === to && isNumber(to) ? scatterAddKernel(kernel, to) : undefined;
}
