/**
 * Unknowns: a tree of tensors as one vector, in which solvers work, and as the tree, which users' functions get.
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
import { elementsOf, nameOf, refuseShape, refuseType } from "./doors.ts";

/** The order of unknowns in a vector. */
export interface Unknowns<Tree> {
  readonly size: number;
  /** float64 if one of the leaves is. */
  readonly dtype: DType;
  /** The vector of the start. */
  readonly start: Tensor;
  /** Returns a vector as the tree. */
  readonly tree: (vector: Tensor) => Tree;
  /** Returns a tree of the same form as a vector, or one number or tensor for each leaf. */
  readonly vector: (argument: string, tree: unknown) => Tensor;
}

const isFloat = (dtype: DType) => dtype === "float32" || dtype === "float64";

/** Returns plain numbers as float64, whatever stands beside them. */
function strong(leaf: Tensor): Tensor {
  return zeros([], { dtype: leaf.dtype }).add(leaf);
}

/**
 * Reads a start.
 *
 * @throws DTypeError for leaves that are not floats; ArgumentError for a start without leaves, or one that is not finite
 *   where it can be read.
 */
export function unknownsOf<Tree>(op: string, start: unknown): Unknowns<Tree> {
  const names: string[] = [];
  const tree = treeMap((leaf, path) => {
    const name = nameOf("start", path);
    names.push(name);
    if (!isFloat(leaf.dtype)) refuseType(op, name, "floats", leaf.dtype);
    const at = elementsOf(leaf)?.find((value) => !Number.isFinite(value));
    if (at !== undefined) {
      throw new ArgumentError({ op, argument: name, expected: "finite numbers", got: String(at) });
    }
    return strong(leaf);
  }, start);
  const leaves = treeLeaves(tree);
  if (leaves.length === 0) {
    throw new ArgumentError({
      op,
      argument: "start",
      expected: "tensors or numbers: the unknowns",
      got: "none",
    });
  }
  const dtype = commonOf(leaves);
  return {
    size: leaves.reduce((sum, { size }) => sum + size, 0),
    dtype,
    start: joined(leaves, dtype),
    tree: (vector) => {
      let from = 0;
      // The tree of the start has the form that users' functions declare.
      return treeMap((leaf) => {
        const part = vector.slice([from], [from + leaf.size]);
        from += leaf.size;
        return part.reshape(leaf.shape).cast(leaf.dtype);
      }, tree) as Tree;
    },
    vector: (argument, given) => {
      const own = treeLeaves(given);
      const all = leaves.map(({ shape }, i) => {
        const leaf = own.length === 1 ? own[0] : own[i];
        if (leaf !== undefined && (own.length === 1 || own.length === leaves.length)) {
          if (leaf.rank === 0 || String(leaf.shape) === String(shape))
            return leaf.broadcastTo(shape);
        }
        const expected = `a number, or a tensor of shape [${shape}]`;
        return refuseShape(op, `${argument} of ${names[i]}`, expected, shapesOf(own));
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
 * Returns what a user's function has returned as a vector.
 *
 * @throws DTypeError for what is not floats.
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
