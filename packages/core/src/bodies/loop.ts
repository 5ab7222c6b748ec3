/** The inputs and results of the op of `scan`, by their roles. */

import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { Trace } from "../graph/trace.ts";
import type { TensorType } from "../graph/types.ts";
import { withoutUnused } from "../ops/bodies.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A loop over a step. */
export interface Scanned extends Readonly<Record<string, unknown>> {
  /** (…carry, …a row of each xs, …captured) → (…carry, …ys) */
  readonly body: Trace;
  readonly length: number;
  /** True if the loop goes from the last row to the first. */
  readonly reverse: boolean;
  /** The number of inputs that are the carry, and the number that are rows. */
  readonly carries: number;
  readonly rows: number;
  /**
   * True if the loop ends before the first step at which its first carry, a bool scalar, is false; it is an error if
   * that is still true after `length` steps. The second carry, an int32 scalar, is the index of the row: a step adds 1,
   * or in reverse subtracts 1 first.
   */
  readonly stops: boolean;
  /** The number of steps that the error names if the loop does not stop. Default `length`. */
  readonly most?: number;
}

/** Groups the inputs of a loop by their roles. */
export function byRole<T>(
  list: readonly T[],
  { carries, rows }: Pick<Scanned, "carries" | "rows">,
) {
  return {
    carry: list.slice(0, carries),
    xs: list.slice(carries, carries + rows),
    captured: list.slice(carries + rows),
  };
}

/** The inputs of a loop in order, and the counts that tell their roles. */
export interface Loop extends Pick<Scanned, "carries" | "rows"> {
  readonly inputs: readonly Tensor[];
}

export function loopOf(
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  captured: readonly Tensor[],
): Loop {
  return { inputs: [...carry, ...xs, ...captured], carries: carry.length, rows: xs.length };
}

/** Returns the types of the inputs of a loop's body. */
export function bodyTypes({ inputs, carries, rows }: Loop): TensorType[] {
  const { carry, xs, captured } = byRole(inputs, { carries, rows });
  return [...carry, ...xs.map(rowType), ...captured];
}

/** Returns the type of a row of a scanned tensor. */
export function rowType({ shape, dtype, weak }: TensorType): TensorType {
  return { shape: shape.slice(1), dtype, weak };
}

/** Returns a list cut into lists of the given lengths, and the rest. */
export function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  let start = 0;
  const pieces = lengths.map((length) => {
    start += length;
    return list.slice(start - length, start);
  });
  return [...pieces, list.slice(start)];
}

/** Returns groups as one list, in the order of the names of `like`. */
export function joinGroups<Name extends string, T>(
  groups: Readonly<Record<Name, readonly T[]>>,
  like: Readonly<Record<Name, unknown>> = groups,
): T[] {
  return (Object.keys(like) as Name[]).flatMap((name) => groups[name]);
}

/** Returns the groups of a list, with the names, the order and the lengths of `like`. */
export function groupsOf<Name extends string, T>(
  list: readonly T[],
  like: Readonly<Record<Name, readonly unknown[]>>,
): Readonly<Record<Name, readonly T[]>> {
  const names = Object.keys(like) as Name[];
  const lengths = names.map((name) => like[name].length);
  const pieces = cut(list, lengths);
  return Object.fromEntries(names.map((name, i) => [name, at(pieces, i)])) as Record<Name, T[]>;
}

/** Applies a scan to those rows and captures that its step uses. */
export function applyScan(
  op: Op<Scanned>,
  { inputs, carries, rows }: Loop,
  attributes: Pick<Scanned, "body" | "length" | "reverse" | "stops" | "most">,
): readonly Tensor[] {
  const { body, length, reverse, stops, most } = attributes;
  const used = withoutUnused(inputs, [body], { kept: carries, offset: 0 });
  const usedRows = used.uses.slice(carries, carries + rows).filter(Boolean).length;
  return applyAll(op, used.inputs, {
    body: at(used.bodies, 0),
    length,
    reverse,
    carries,
    rows: usedRows,
    stops,
    ...(most !== undefined && { most }),
  });
}
