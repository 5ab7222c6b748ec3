/**
 * The one order of reductions, which every runner keeps, so that their bits are the same.
 *
 * The elements of one result, in row-major order of the reduced axes, are cut in blocks of 512.
 * In a block, lane j of L takes the elements j, j + L, j + 2L, … in order, beginning with the
 * identity:
 *
 * ```
 * float32, int32: L = 16, four vectors of four      float64: L = 8, four vectors of two
 * s0 = lanes 0–3 │ s1 = 4–7 │ s2 = 8–11 │ s3 = 12–15
 * (s0 + s1) + (s2 + s3), then (l0 + l1) + (l2 + l3) inside the vector; l0 + l1 for float64
 * ```
 *
 * The blocks then combine as a tree: the error grows with the logarithm of the length. The kernels have the same order in
 * `packages/wasm-kernel/assembly/summation.ts`; tests compare the bits.
 */

import type { DType } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";

/** Elements that are folded before blocks combine as a tree. */
export const BLOCK = 512;

/** Vectors of lanes. */
export const LANE_VECTORS = 4;

/** Returns the number of lanes for a dtype. */
export function laneCount(dtype: DType): number {
  return dtype === "float64" ? 8 : 16;
}

/**
 * Combines parts as blocks combine: neighbours first, then pairs of them, and so on, where the first part takes all others in
 * the end. A binary counter that carries, and whose digits then combine from the latest to the earliest, has this tree.
 *
 * @returns undefined for no parts.
 */
export function combineAsTree<Part>(
  parts: readonly Part[],
  combine: (first: Part, second: Part) => Part,
): Part | undefined {
  const nodes = [...parts];
  for (let distance = 1; distance < nodes.length; distance *= 2) {
    for (let i = 0; i + distance < nodes.length; i += 2 * distance) {
      nodes[i] = combine(at(nodes, i), at(nodes, i + distance));
    }
  }
  return nodes[0];
}

/** Returns the elements of the largest node of the tree that has at most `most`; 0 for fewer than a block. */
export function nodeLength(most: number): number {
  return most < BLOCK ? 0 : BLOCK * 2 ** (31 - Math.clz32(Math.floor(most / BLOCK)));
}

/** Two lanes, of which one takes the other. */
export interface LanePair {
  readonly into: number;
  readonly from: number;
}

/** Returns the pairs of lanes that combine, in order: lane 0 takes all others in the end. */
export function lanePairs(dtype: DType): readonly LanePair[] {
  return dtype === "float64" ? PAIRS_OF_8 : PAIRS_OF_16;
}

const PAIRS_OF_8 = /* @__PURE__ */ pairsOf(8);
const PAIRS_OF_16 = /* @__PURE__ */ pairsOf(16);

function pairsOf(lanes: number): LanePair[] {
  const pairs: LanePair[] = [];
  const combine = (count: number, first: number, distance: number) =>
    combineAsTree(
      Array.from({ length: count }, (_, i) => first + i * distance),
      (into, from) => {
        pairs.push({ into, from });
        return into;
      },
    );
  const width = lanes / LANE_VECTORS;
  for (let lane = 0; lane < width; lane++) combine(LANE_VECTORS, lane, width);
  combine(width, 0, 1);
  return pairs;
}
