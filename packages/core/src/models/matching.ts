/**
 * Tensors by name for Variables by name: which fit, and one error for all that do not.
 */

import {
  ArgumentError,
  DTypeError,
  describe,
  formatShape,
  isClone,
  ShapeError,
  withArticle,
} from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { type Shape, sameShape } from "../tensor/shape.ts";
import { isTensor, SEND, type Tensor } from "../tensor/tensor.ts";

/** The value that a Variable takes: its shape and dtype. */
interface Wanted {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The entries to be matched, and the words of errors about them. */
export interface Entries {
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly values: ReadonlyMap<string, unknown>;
  /** True if entries that do not fit are skipped, as long as any fits. */
  readonly partial: boolean;
  /** The words of errors: the argument, the expectation, and a hint. */
  readonly argument: string;
  readonly expected: string;
  readonly hint: string;
}

/** The matching names, and the others. */
export interface Matching {
  readonly used: readonly (readonly [name: string, value: Tensor])[];
  readonly left: readonly string[];
  readonly missing: readonly string[];
}

/** The fault of an entry: the class of the error, and its parts. */
interface Fault {
  readonly Kind: typeof ArgumentError | typeof ShapeError | typeof DTypeError;
  readonly name: string;
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
}

/**
 * Matches tensors with the Variables of their names.
 * @throws ArgumentError, ShapeError or DTypeError for all that do not fit; where it may be left, only if nothing fits.
 */
export function matchEntries(op: string, entries: Entries): Matching {
  const { wanted, values, partial } = entries;
  const faults: Fault[] = [];
  const used: [string, Tensor][] = [];
  for (const [name, expected] of wanted) {
    const entry = values.get(name);
    const fault = faultOf(name, expected, entry);
    if (fault !== undefined) faults.push(fault);
    // faultOf has seen that it is a tensor.
    else used.push([name, entry as Tensor]);
  }
  const others = [...values].filter(([name]) => !wanted.has(name));
  for (const [name, entry] of others) {
    const expected = "nothing, for the model has no Variable there";
    faults.push({ Kind: ArgumentError, name, expected, got: describe(entry) });
  }
  const [first] = faults;
  if (first !== undefined && !(partial && used.length > 0)) {
    throw refusal(op, entries, faults, first);
  }
  const names = new Set(used.map(([name]) => name));
  return {
    used,
    left: [...values.keys()].filter((name) => !names.has(name)),
    missing: [...wanted.keys()].filter((name) => !names.has(name)),
  };
}

/** Returns the fault of the value for a Variable, if it has one. */
function faultOf(name: string, { shape, dtype }: Wanted, value: unknown): Fault | undefined {
  const expected = `${withArticle(dtype)} Tensor of shape ${formatShape(shape)}`;
  const fault = (Kind: Fault["Kind"], got: string): Fault => ({ Kind, name, expected, got });
  if (value === undefined) return fault(ArgumentError, "nothing");
  if (isClone(value)) return { ...fault(ArgumentError, describe(value)), hint: SEND };
  if (!isTensor(value)) return fault(ArgumentError, describe(value));
  if (!sameShape(value.shape, shape)) return fault(ShapeError, describe(value));
  if (value.dtype !== dtype) return fault(DTypeError, describe(value));
  return undefined;
}

/** Messages name no more entries than these. */
const MOST_NAMED = 20;

/** Returns one error for all faults. */
function refusal(
  op: string,
  { argument, expected, hint: otherwise }: Entries,
  faults: readonly Fault[],
  first: Fault,
): Error {
  const { hint = otherwise } = first;
  if (faults.length === 1) {
    const { Kind, name, expected, got } = first;
    return new Kind({ op, argument: name === "" ? argument : name, expected, got, hint });
  }
  const alike = faults.every(({ Kind }) => Kind === first.Kind);
  const Kind = alike ? first.Kind : ArgumentError;
  const named = faults
    .slice(0, MOST_NAMED)
    .map(({ name, expected, got }) => `${got} for ${name} (expected ${expected})`);
  const more = faults.length - named.length;
  const got = `${named.join(", ")}${more > 0 ? `, and ${more} more faults` : ""}`;
  return new Kind({ op, argument, expected, got, hint });
}
