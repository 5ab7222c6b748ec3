/**
 * Reductions inside an emitted loop, in the order of `families/orderOfSums.ts`, with its bits, and blocks as a binary
 * counter. (Extremes would be the same in any order.)
 *
 * All values are vectors; of a block's result only the first lane counts. The missing elements of a
 * last vector are the identity. A lane of a sum is never −0, since it starts at +0, so that changes no
 * bit.
 */

import { combineAsTree, LANE_VECTORS } from "../../../families/orderOfSums.ts";
import { at } from "../../../tensor/shape.ts";
import type { LoopReduction } from "../../program/loop/loop.ts";
import { LANE_OPS, resultOf } from "../kernel/lanes.ts";
import type { FunctionCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN, V128, VECTOR } from "./instructions.ts";

/** The reductions of a loop, which are computed together. */
export class ReductionEmitter {
  readonly #code: FunctionCode;
  readonly #reductions: readonly LoopReduction[];
  /**
   * The local of the first of the four vectors of lanes of each reduction; they rotate when fewer are added at once.
   */
  readonly #lanes: readonly number[];
  /** The local of the last block's result of each reduction, in the end that of the result. */
  readonly #results: readonly number[];
  /** The local of the first partial result of each reduction: of one block, of two, of four, … */
  #sums: readonly number[] = [];
  /** The local of the number of whole blocks done; its bits say which of them exist. */
  #count = 0;

  constructor(code: FunctionCode, reductions: readonly LoopReduction[]) {
    this.#code = code;
    this.#reductions = reductions;
    this.#lanes = reductions.map(() => code.locals(V128, LANE_VECTORS));
    this.#results = reductions.map(() => code.locals(V128));
  }

  /** Writes the code before the first of `whole` blocks. */
  begin(whole: number): void {
    if (whole === 0) return;
    this.#count = this.#code.locals(I32);
    this.#sums = this.#lanes.map(() => this.#code.locals(V128, levelsOf(whole)));
    this.#code.int32(0);
    this.#code.set(this.#count);
  }

  /** Before a block. */
  clear(): void {
    this.#lanes.forEach((lanes, index) => {
      const identity = this.#identity(index);
      for (let i = 0; i < LANE_VECTORS; i++) {
        this.#code.get(identity);
        this.#code.set(lanes + i);
      }
    });
  }

  /** Combines the first `count` lanes of a local with one of the vectors of a reduction. */
  add(index: number, vector: number, local: number, count: number): void {
    const code = this.#code;
    const lanes = at(this.#lanes, index) + vector;
    code.get(lanes);
    code.get(local);
    if (count < code.lanes.count) {
      code.get(this.#identity(index));
      code.get(code.mask(count));
      code.vector(VECTOR.bitselect);
    }
    this.#combine(index);
    code.set(lanes);
  }

  #identity(index: number): number {
    return this.#code.numbers(at(this.#reductions, index).identity);
  }

  #combine(index: number): void {
    resultOf(LANE_OPS[at(this.#reductions, index).combine], [])(this.#code, "number");
  }

  /** Rotates the vectors after a pass that added this many: the next one becomes the first. */
  rotate(vectors: number): void {
    const code = this.#code;
    if (vectors % LANE_VECTORS === 0) return;
    for (const lanes of this.#lanes) {
      for (let i = 0; i < LANE_VECTORS; i++) code.get(lanes + ((i + vectors) % LANE_VECTORS));
      for (let i = LANE_VECTORS - 1; i >= 0; i--) code.set(lanes + i);
    }
  }

  /** Combines vectors and then lanes, each as a tree, after rotations by `rotated` vectors. */
  combineLanes(rotated: number): void {
    const code = this.#code;
    const { size } = code.lanes;
    this.#lanes.forEach((lanes, index) => {
      const vectors = Array.from({ length: LANE_VECTORS }, (_, i) => () => {
        code.get(lanes + ((i + 3 * rotated) % LANE_VECTORS));
      });
      const result = at(this.#results, index);
      combineAsTree(vectors, (first, second) => () => {
        first();
        second();
        this.#combine(index);
      })?.();
      for (let distance = size; distance < 16; distance *= 2) {
        code.tee(result);
        code.get(result);
        code.get(result);
        code.shuffle(Array.from({ length: 16 }, (_, i) => (i + distance) % 16));
        this.#combine(index);
      }
      code.set(result);
    });
  }

  /**
   * Writes the code after each of `whole` blocks: combines its result with partial results, as a binary counter counts.
   */
  push(whole: number): void {
    const code = this.#code;
    const levels = levelsOf(whole);
    this.#sums.forEach((sums, index) => {
      const result = at(this.#results, index);
      code.plainWith(PLAIN.block, EMPTY_BLOCK);
      for (let level = 0; level < levels - 1; level++) {
        code.get(this.#count);
        code.int32(2 ** level);
        code.plain(PLAIN.i32And);
        code.plain(PLAIN.i32Eqz);
        code.plainWith(PLAIN.if, EMPTY_BLOCK);
        code.get(result);
        code.set(sums + level);
        code.plainWith(PLAIN.br, 1);
        code.plain(PLAIN.end);
        this.#addSum(index, sums + level);
      }
      // The counter has no further level.
      code.get(result);
      code.set(sums + levels - 1);
      code.plain(PLAIN.end);
    });
    code.get(this.#count);
    code.int32(1);
    code.plain(PLAIN.i32Add);
    code.set(this.#count);
  }

  /** Combines the remaining partial results, from the latest to the earliest. */
  finish(whole: number, rest: boolean): void {
    const code = this.#code;
    this.#sums.forEach((sums, index) => {
      const result = at(this.#results, index);
      let started = rest;
      for (let level = 0; level < levelsOf(whole); level++) {
        if (Math.floor(whole / 2 ** level) % 2 === 0) continue;
        if (started) {
          this.#addSum(index, sums + level);
        } else {
          code.get(sums + level);
          code.set(result);
          started = true;
        }
      }
    });
  }

  /** Returns the local whose first lane is the result. */
  result(index: number): number {
    return at(this.#results, index);
  }

  #addSum(index: number, sum: number): void {
    const code = this.#code;
    const result = at(this.#results, index);
    code.get(sum);
    code.get(result);
    this.#combine(index);
    code.set(result);
  }
}

/** Returns the binary digits of a count. */
function levelsOf(count: number): number {
  return count.toString(2).length;
}
