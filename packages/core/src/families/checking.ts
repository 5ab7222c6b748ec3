/**
 * The family of checks: a value is returned unchanged, if all elements of another value pass a test.
 */

import { ArgumentError } from "../errors.ts";
import { type Check, type ReadInt32, registerCheck } from "../graph/call.ts";
import type { KernelOf } from "../graph/kernel.ts";
import type { Attributes } from "../graph/types.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, type KernelName, type NumberDType, SUFFIX } from "./exports.ts";

/** The demand on elements, and the error for others: plain data, so that a program can contain it. */
export interface Demand extends Attributes {
  /** The public function. */
  readonly op: string;
  /** The name of the argument. */
  readonly argument: string;
  /** The least number that is allowed. */
  readonly low: number;
  /** The greatest number that is allowed. */
  readonly high: number;
  /** True if these two alone are allowed. Default false. */
  readonly only?: boolean;
  /** True if NaN is allowed. Default false. */
  readonly takesNaN?: boolean;
  /** The elements that are expected, in words. */
  readonly expected: string;
  /** The words before the number that came. Default: none. */
  readonly got?: string;
  /** The advice what to write instead: a sentence without its full stop. Default: none. */
  readonly hint?: string;
}

/** Returns the first element that is refused; undefined if none is. */
export function firstRefused(elements: TypedArray, demand: Demand): number | undefined {
  const { low, high, only = false, takesNaN = false } = demand;
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] as number;
    const isTaken = only ? value === low || value === high : value >= low && value <= high;
    if (!isTaken && !(takesNaN && Number.isNaN(value))) return value;
  }
  return undefined;
}

/** Returns the error for an element that is refused. */
export function refusalOf({ op, argument, expected, got, hint }: Demand, value: number) {
  return new ArgumentError(
    op,
    argument,
    expected,
    got === undefined ? String(value) : `${got} ${value}`,
    hint,
  );
}

/** The elements that the error of a check names. */
interface Elements {
  readonly demand: Demand;
  readonly dtype: NumberDType;
}

const elementsCheck = registerCheck<Elements>(
  "elements",
  ({ arguments: { demand, dtype } }, index, read) =>
    refusalOf(demand, elementAt(read, dtype, index)),
);

/** The kernel of the first input as it is, which refuses elements of the second. */
export const checkKernel: KernelOf<"passing", Demand> = {
  kind: "passing",
  compute: ({ arrays, attributes }) => {
    const value = firstRefused(at(arrays, 1), attributes);
    if (value !== undefined) throw refusalOf(attributes, value);
  },
  calls: ({ attributes, inputs }) => {
    const { address, shape, dtype } = at(inputs, 1);
    // Booleans are 0 and 1, which no demand refuses.
    if (!isNumber(dtype)) return [];
    const { low, high, only = false, takesNaN = false } = attributes;
    return [
      {
        function: `firstRefused_${SUFFIX[dtype]}` satisfies KernelName,
        arguments: [address, sizeOf(shape), low, high, Number(only), Number(takesNaN)],
        check: {
          kind: elementsCheck,
          op: attributes.op,
          arguments: { demand: attributes, dtype },
        } satisfies Check<Elements>,
        splits: [{ along: "elements", argument: 1, steps: [BYTES[dtype], 0, 0, 0, 0, 0] }],
      },
    ];
  },
  throws: true,
};

/** Returns an element of the array that the first argument of a call points to. */
export function elementAt(read: ReadInt32, dtype: NumberDType, index: number): number {
  const words = BYTES[dtype] / BYTES.int32;
  const bits = Int32Array.from({ length: words }, (_, i) => read(0, index * words + i));
  if (dtype === "int32") return at(bits, 0);
  return at(dtype === "float32" ? new Float32Array(bits.buffer) : new Float64Array(bits.buffer), 0);
}
