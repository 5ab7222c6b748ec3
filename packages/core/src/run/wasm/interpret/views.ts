/**
 * A linear memory as typed arrays, and walks over the arrays in it.
 */

import type { Memory } from "../../../graph/call.ts";
import { arrayIn, BYTES, DTYPES, type TypedArray } from "../../../tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../../tensor/shape.ts";
import { mergeAxes } from "../../program/loop/axes.ts";
import type { CallHost } from "../kernel/host.ts";

/** The memory on which loops and bodies are interpreted. */
export interface Stage {
  readonly host: CallHost;
  /**
   * Memory for the values of a block, which nothing else uses at the time. Without it there is no module: values are
   * then in separate arrays.
   */
  readonly room: { readonly address: number; readonly bytes: number } | undefined;
}

/** Computes a loop once, on arrays at these addresses: inputs first, then outputs. */
export type InterpretedLoop = (addresses: readonly number[]) => void;

/**
 * All of a memory, as an array of each dtype: an element has its address over its bytes as its index. So addresses
 * may move on with every step of a loop, and no array is made for them.
 */
export class Views {
  readonly #memory: Memory;
  #buffer: ArrayBuffer | undefined;
  float32: TypedArray = NOTHING;
  float64: TypedArray = NOTHING;
  int32: TypedArray = NOTHING;
  bool: TypedArray = NOTHING;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.refresh();
  }

  /** Creates the arrays again if memory has grown. */
  refresh(): void {
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    for (const dtype of DTYPES) {
      this[dtype] = arrayIn(buffer, dtype, 0, Math.floor(buffer.byteLength / BYTES[dtype]));
    }
  }
}

const NOTHING = new Uint8Array(0);

/** The number of elements from which the engine copies and fills in less time than code does. */
const WORTH_COPYING = 64;

/** The walk through the elements of an array, in the order of a loop. */
export class Walk {
  /** True if they are contiguous. */
  readonly contiguous: boolean;
  /** The number of elements after which it repeats: 1 for a scalar, all if it does not repeat. */
  readonly period: number;
  readonly #lengths: readonly number[];
  readonly #strides: readonly number[];

  constructor(shape: readonly number[], unmerged: readonly number[]) {
    const { lengths, strides } = mergeAxes(shape, [unmerged]);
    this.#lengths = lengths;
    this.#strides = at(strides, 0);
    const [length = 1, ...inner] = lengths;
    const [stride] = this.#strides;
    this.contiguous = inner.length === 0 && (stride === 1 || length === 1);
    this.period = (stride === 0 ? 1 : length) * sizeOf(inner);
  }

  /**
   * Copies elements, from an index counted from the array's first one, to a row, or `back` from a
   * row.
   */
  copy(
    array: TypedArray,
    origin: number,
    start: number,
    row: TypedArray,
    first: number,
    count: number,
    back: boolean,
  ): void {
    const last = this.#lengths.length - 1;
    const stride = numberAt(this.#strides, last);
    for (let done = 0; done < count; ) {
      let from = origin;
      let rest = start + done;
      let run = 0;
      for (let axis = last; axis >= 0; axis--) {
        const length = numberAt(this.#lengths, axis);
        const index = rest % length;
        if (axis === last) run = Math.min(count - done, length - index);
        from += index * numberAt(this.#strides, axis);
        rest = (rest - index) / length;
      }
      const to = first + done;
      if (run >= WORTH_COPYING && stride === 1) {
        if (back) array.set(row.subarray(to, to + run), from);
        else row.set(array.subarray(from, from + run), to);
      } else if (run >= WORTH_COPYING && stride === 0) {
        row.fill(at(array, from), to, to + run);
      } else if (back) {
        for (let i = 0; i < run; i++) array[from + i * stride] = row[to + i] as number;
      } else {
        for (let i = 0; i < run; i++) row[to + i] = array[from + i * stride] as number;
      }
      done += run;
    }
  }
}
