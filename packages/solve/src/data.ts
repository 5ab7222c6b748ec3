/**
 * The data of a solver: checked, and in the dtype in which it computes.
 */

import { type DType, type Tensor, treeMap } from "@graddiff/core";
import { checked, isFloat } from "@graddiff/core/extend";
import { nameOf } from "./doors.ts";

/** A tree of tensors and numbers, such as bounds of each unknown. */
export type NumberTree =
  | Tensor
  | number
  | readonly NumberTree[]
  | { readonly [name: string]: NumberTree };

const NUMBERS = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  expected: "numbers, and no NaN",
} as const;

/**
 * Returns a tree whose floats are of a dtype, and of which NaN is refused: here, or when a recorded function runs.
 *
 * @param wanted the dtype. Default: floats keep theirs.
 * @throws ArgumentError for NaN.
 */
export function dataOf<Tree>(op: string, argument: string, tree: unknown, wanted?: DType): Tree {
  if (tree === undefined) return tree as Tree;
  return treeMap((leaf, path) => {
    if (!isFloat(leaf.dtype)) return leaf;
    const known = checked(leaf, { op, argument: nameOf(argument, path), ...NUMBERS });
    return wanted === undefined || known.dtype === wanted ? known : known.cast(wanted);
    // The form of a tree of tensors and numbers is the one that users' functions declare.
  }, tree) as Tree;
}

/** Returns a tensor whose elements must not be below a number. @throws ArgumentError for others, and for NaN. */
export function atLeast(
  op: string,
  argument: string,
  x: Tensor,
  low: number,
  expected: string,
): Tensor {
  return checked(x, { op, argument, low, high: Number.POSITIVE_INFINITY, expected });
}

/**
 * Returns a vector whose neighbours are in order, by the steps from each to the next.
 *
 * @param low the least step.
 * @throws ArgumentError for another step, and for NaN or infinity.
 */
export function inOrder(
  op: string,
  argument: string,
  x: Tensor,
  steps: Tensor,
  low: number,
  expected: string,
): Tensor {
  const demand = { op, argument, low, high: Number.MAX_VALUE, expected, got: "a step of" };
  return checked(x, demand, steps);
}
