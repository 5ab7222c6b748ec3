/**
 * Sums inside an emitted loop, in the order of `run/js/reduce.ts`, with its bits: blocks of 512
 * elements, four vectors of lanes in a block, blocks as a binary counter.
 *
 * All values are vectors; of a block's sum only the first lane counts. A lane is never −0, since it
 * starts at +0, so the missing elements of a last vector may be +0.
 */

import type { FunctionCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN, V128, VECTOR } from "./instructions.ts";

/** Elements of a block. */
export const SUM_BLOCK = 512;

/** Vectors of lanes. */
export const SUM_VECTORS = 4;

/** The sums of a group, which grow together. */
export class SumEmitter {
  readonly #code: FunctionCode;
  /** For each sum the first of its four vectors of lanes; they rotate when fewer are added at once. */
  readonly #lanes: readonly number[];
  /** For each sum: that of the last block, in the end the result. */
  readonly #results: readonly number[];
  /** For each sum the first of its parts: of one block, of two, of four, … */
  #parts: readonly number[] = [];
  /** The local of the number of whole blocks that are summed; its bits say which parts exist. */
  #count = 0;

  constructor(code: FunctionCode, sums: number) {
    this.#code = code;
    const each = Array.from({ length: sums });
    this.#lanes = each.map(() => code.locals(V128, SUM_VECTORS));
    this.#results = each.map(() => code.locals(V128));
  }

  /** Ahead of the first of `whole` blocks. */
  begin(whole: number): void {
    if (whole === 0) return;
    this.#count = this.#code.locals(I32);
    this.#parts = this.#lanes.map(() => this.#code.locals(V128, levelsOf(whole)));
    this.#code.int32(0);
    this.#code.set(this.#count);
  }

  /** Ahead of a block. */
  clear(): void {
    const zero = this.#code.constant(0);
    for (const lanes of this.#lanes) {
      for (let i = 0; i < SUM_VECTORS; i++) {
        this.#code.get(zero);
        this.#code.set(lanes + i);
      }
    }
  }

  /** Adds the first `count` lanes of a local to one of the vectors of a sum. */
  add(sum: number, vector: number, local: number, count: number): void {
    const code = this.#code;
    const lanes = (this.#lanes[sum] ?? 0) + vector;
    code.get(lanes);
    code.get(local);
    if (count < code.lanes.count) {
      code.get(code.mask(count));
      code.vector(VECTOR.and);
    }
    code.vector(code.lanes.add);
    code.set(lanes);
  }

  /** Behind a pass that added this many vectors: the next one becomes the first. */
  rotate(vectors: number): void {
    const code = this.#code;
    if (vectors % SUM_VECTORS === 0) return;
    for (const lanes of this.#lanes) {
      for (let i = 0; i < SUM_VECTORS; i++) code.get(lanes + ((i + vectors) % SUM_VECTORS));
      for (let i = SUM_VECTORS - 1; i >= 0; i--) code.set(lanes + i);
    }
  }

  /** (s0 + s1) + (s2 + s3), then (l0 + l1) + (l2 + l3), after rotations by `rotated` vectors. */
  combineLanes(rotated: number): void {
    const code = this.#code;
    const { add, size } = code.lanes;
    this.#lanes.forEach((lanes, sum) => {
      const push = (i: number) => code.get(lanes + ((i + 3 * rotated) % SUM_VECTORS));
      const result = this.#results[sum] ?? 0;
      push(0);
      push(1);
      code.vector(add);
      push(2);
      push(3);
      code.vector(add);
      code.vector(add);
      for (let distance = size; distance < 16; distance *= 2) {
        code.tee(result);
        code.get(result);
        code.get(result);
        code.shuffle(Array.from({ length: 16 }, (_, i) => (i + distance) % 16));
        code.vector(add);
      }
      code.set(result);
    });
  }

  /** Behind each of `whole` blocks: its sum joins the parts, as a binary counter counts. */
  push(whole: number): void {
    const code = this.#code;
    const levels = levelsOf(whole);
    this.#parts.forEach((parts, sum) => {
      const result = this.#results[sum] ?? 0;
      code.plainWith(PLAIN.block, EMPTY_BLOCK);
      for (let level = 0; level < levels - 1; level++) {
        code.get(this.#count);
        code.int32(2 ** level);
        code.plain(PLAIN.i32And);
        code.plain(PLAIN.i32Eqz);
        code.plainWith(PLAIN.if, EMPTY_BLOCK);
        code.get(result);
        code.set(parts + level);
        code.plainWith(PLAIN.br, 1);
        code.plain(PLAIN.end);
        this.#addPart(parts + level, result);
      }
      // The counter does not reach beyond this level.
      code.get(result);
      code.set(parts + levels - 1);
      code.plain(PLAIN.end);
    });
    code.get(this.#count);
    code.int32(1);
    code.plain(PLAIN.i32Add);
    code.set(this.#count);
  }

  /** What is left is added from the latest to the earliest. */
  finish(whole: number, rest: boolean): void {
    const code = this.#code;
    this.#parts.forEach((parts, sum) => {
      const result = this.#results[sum] ?? 0;
      let started = rest;
      for (let level = 0; level < levelsOf(whole); level++) {
        if (Math.floor(whole / 2 ** level) % 2 === 0) continue;
        if (started) {
          this.#addPart(parts + level, result);
        } else {
          code.get(parts + level);
          code.set(result);
          started = true;
        }
      }
    });
  }

  /** The local whose first lane is the result. */
  result(sum: number): number {
    return this.#results[sum] ?? 0;
  }

  #addPart(part: number, result: number): void {
    const code = this.#code;
    code.get(part);
    code.get(result);
    code.vector(code.lanes.add);
    code.set(result);
  }
}

/** The binary digits of a count. */
function levelsOf(count: number): number {
  return count.toString(2).length;
}
