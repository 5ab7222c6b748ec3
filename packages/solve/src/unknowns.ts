/**
 * Conversion of unknowns between a tree of tensors, which users' functions take, and one vector, with which solvers work.
 */

import {
  ArgumentError,
  concat,
  type DType,
  type Tensor,
  treeLeaves,
  treeMap,
  zeros,
} from "@graddiff/core";
import { isFloat } from "@graddiff/core/extend";
import { elementsOf, nameOf, refuseShape, refuseType } from "./doors.ts";

/** The unknowns of a problem, and their conversion between tree and vector. */
export interface Unknowns<Tree> {
  readonly size: number;
  /** The dtype of the vector. */
  readonly dtype: DType;
  /** The name of each leaf of the tree, such as `start.rate`, and its shape. */
  readonly leaves: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** The vector of the start. */
  readonly start: Tensor;
  /** Returns a vector as the tree. */
  readonly tree: (vector: Tensor) => Tree;
  /** Returns a tree of the form of the start as a vector. A leaf may be one number for all elements. */
  readonly vector: (bound: string, tree: unknown) => Tensor;
}

/** Returns a leaf with a dtype that does not adapt to other operands: plain numbers, of a weak type, become float64. */
function strong(leaf: Tensor): Tensor {
  return zeros([], { dtype: leaf.dtype }).add(leaf);
}

/**
 * Reads a start.
 *
 * @param argument the name of the argument. Default "start".
 * @param wanted the dtype of the vector and of all leaves of the tree. Default: leaves keep their dtypes, and the
 *   vector is float64 if one of them is.
 * @throws DTypeError for leaves that are not floats; ArgumentError for a start without elements, or one that is not finite
 *   where it can be read.
 */
export function unknownsOf<Tree>(
  op: string,
  start: unknown,
  { argument = "start", wanted }: { readonly argument?: string; readonly wanted?: DType } = {},
): Unknowns<Tree> {
  const names: string[] = [];
  const tree = treeMap((leaf, path) => {
    const name = nameOf(argument, path);
    names.push(name);
    if (!isFloat(leaf.dtype)) refuseType(op, name, "floats", leaf.dtype);
    const at = elementsOf(leaf)?.find((value) => !Number.isFinite(value));
    if (at !== undefined) {
      throw new ArgumentError({ op, argument: name, expected: "finite numbers", got: String(at) });
    }
    return wanted === undefined ? strong(leaf) : strong(leaf).cast(wanted);
  }, start);
  const leaves = treeLeaves(tree);
  const size = leaves.reduce((sum, leaf) => sum + leaf.size, 0);
  if (size === 0) {
    const expected = "tensors or numbers with at least one element";
    throw new ArgumentError({ op, argument, expected, got: "none" });
  }
  const dtype = wanted ?? commonOf(leaves);
  return {
    ...{ size, dtype },
    leaves: leaves.map(({ shape }, i) => ({ name: names[i] ?? argument, shape })),
    start: joined(leaves, dtype),
    tree: (vector) => {
      let from = 0;
      // The type of the tree is the one that the user's function declares.
      return treeMap((leaf) => {
        const part = vector.slice([from], [from + leaf.size]);
        from += leaf.size;
        return part.reshape(leaf.shape).cast(leaf.dtype);
      }, tree) as Tree;
    },
    vector: (bound, given) => {
      const own = treeLeaves(given);
      const all = leaves.map(({ shape }, i) => {
        const leaf = own.length === 1 ? own[0] : own[i];
        if (leaf !== undefined && (own.length === 1 || own.length === leaves.length)) {
          if (leaf.rank === 0 || String(leaf.shape) === String(shape))
            return leaf.broadcastTo(shape);
        }
        const expected = `a number, or a tensor of shape [${shape}]`;
        return refuseShape(op, `${bound} of ${names[i]}`, expected, shapesOf(own));
      });
      return joined(all, dtype);
    },
  };
}

function shapesOf(leaves: readonly Tensor[]): string {
  return leaves.length === 1 ? `the shape [${leaves[0]?.shape}]` : `${leaves.length} tensors`;
}

function commonOf(leaves: readonly Tensor[]): DType {
  return leaves.some((leaf) => leaf.dtype === "float64") ? "float64" : "float32";
}

/** Returns tensors as one vector of a dtype. */
function joined(leaves: readonly Tensor[], dtype: DType): Tensor {
  const vectors = leaves.map((leaf) => strong(leaf.reshape([leaf.size])).cast(dtype));
  const [first] = vectors;
  return vectors.length === 1 && first !== undefined ? first : concat(vectors);
}

/**
 * Returns the result of a user's function as a vector.
 *
 * @throws DTypeError for a leaf that is not a float.
 */
export function vectorOf(op: string, argument: string, result: unknown, dtype: DType): Tensor {
  const leaves = treeLeaves(result);
  const other = leaves.find((leaf) => !isFloat(leaf.dtype));
  if (other !== undefined || leaves.length === 0) {
    const expected = "a function that returns tensors of floats";
    refuseType(op, argument, expected, other?.dtype ?? "none");
  }
  return joined(leaves, dtype);
}
