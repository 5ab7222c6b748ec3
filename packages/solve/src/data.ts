/**
 * The data of a solver: their validation, and their conversion to the dtype in which the solver computes.
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
 * Returns a tree with its floats converted to a dtype. NaN is refused: at once or, for a recorded tensor, when the
 * program runs.
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
    // The type of the tree is the one that the user's function declares.
  }, tree) as Tree;
}

/**
 * Returns a tensor with a check that no element is below a number. @throws ArgumentError for such an element, and for
 * NaN.
 */
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
 * Returns a vector with a check that its elements increase, or go in one direction, by the differences of neighbours.
 *
 * @param low the least difference.
 * @throws ArgumentError for another difference, and for NaN or infinity.
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
