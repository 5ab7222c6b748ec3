/**
 * Vectors from memory and to memory: whole ones, the first lanes of one, or lanes that lie apart.
 * Nothing beyond the elements themselves is read or written.
 */

import type { FunctionCode } from "./code.ts";
import { PLAIN, VECTOR } from "./instructions.ts";

/** Elements at `address` (a local; 0 if undefined) plus each of these bytes. */
export interface Elements {
  readonly address: number | undefined;
  /** One for each lane, from the first lane on; at most as many as a vector has. */
  readonly offsets: readonly number[];
}

/** Leaves a vector of numbers. */
export function loadNumbers(code: FunctionCode, elements: Elements): void {
  const { lanes } = code;
  const { offsets } = elements;
  const [first = 0, second] = offsets;
  const { alignment } = lanes;
  if (isSame(offsets)) {
    pushAddress(code, elements);
    const instruction = offsets.length === 1 ? lanes.loadZero : lanes.loadSplat;
    code.vectorMemory(instruction, alignment, first);
    return;
  }
  if (isRow(offsets, lanes.size) && offsets.length === lanes.count) {
    pushAddress(code, elements);
    code.vectorMemory(VECTOR.load, alignment, first);
    return;
  }
  // Two neighbours of float32 come at once.
  const pair = lanes.size === 4 && second === first + 4;
  const single = offsets.slice(pair ? 2 : 1);
  for (const _ of single) pushAddress(code, elements);
  pushAddress(code, elements);
  code.vectorMemory(pair ? VECTOR.load64Zero : lanes.loadZero, alignment, first);
  single.forEach((offset, i) => {
    code.vectorMemory(lanes.loadLane, alignment, offset, offsets.length - single.length + i);
  });
}

/** Leaves a mask: all bits of a lane set where the byte is not 0. */
export function loadTruths(code: FunctionCode, elements: Elements): void {
  const { lanes } = code;
  const { offsets } = elements;
  const [first = 0] = offsets;
  const zero = code.constant(0);
  if (isSame(offsets)) {
    pushAddress(code, elements);
    code.plain(PLAIN.i32Load8);
    code.memory(0, first);
    code.vector(VECTOR.i32x4Splat);
  } else if (isRow(offsets, 1) && offsets.length === lanes.count) {
    pushAddress(code, elements);
    if (lanes.count === 4) {
      code.vectorMemory(VECTOR.load32Zero, 0, first);
    } else {
      code.get(zero);
      code.vectorMemory(VECTOR.load16Lane, 0, first, 0);
    }
    widen(code);
  } else {
    for (const _ of offsets) pushAddress(code, elements);
    code.get(zero);
    offsets.forEach((offset, lane) => {
      code.vectorMemory(VECTOR.load8Lane, 0, offset, lane);
    });
    widen(code);
  }
  code.get(zero);
  // In the splat, both halves of a lane of 64 bits hold the byte.
  code.vector(lanes.count === 2 ? VECTOR.i64x2Ne : VECTOR.i32x4Ne);
}

/** Bytes in the first places of a vector become integers in its lanes. */
function widen(code: FunctionCode): void {
  code.vector(VECTOR.extend8To16);
  code.vector(VECTOR.extend16To32);
  if (code.lanes.count === 2) code.vector(VECTOR.extend32To64);
}

/** Stores the first `count` lanes of a local, numbers, from a place on. */
export function storeNumbers(
  code: FunctionCode,
  local: number,
  place: { readonly address: number | undefined; readonly offset: number },
  count: number,
): void {
  const { lanes } = code;
  const { offset } = place;
  const whole = count === lanes.count;
  const pair = lanes.size === 4 && count >= 2;
  pushAddress(code, place);
  code.get(local);
  if (whole) {
    code.vectorMemory(VECTOR.store, lanes.alignment, offset);
    return;
  }
  if (pair) code.vectorMemory(VECTOR.store64Lane, lanes.alignment, offset, 0);
  else code.vectorMemory(lanes.storeLane, lanes.alignment, offset, 0);
  if (count < 3) return;
  pushAddress(code, place);
  code.get(local);
  code.vectorMemory(lanes.storeLane, lanes.alignment, offset + 8, 2);
}

/** Stores the first `count` lanes of a local, a mask, as bytes 0 and 1. */
export function storeTruths(
  code: FunctionCode,
  local: number,
  scratch: number,
  place: { readonly address: number | undefined; readonly offset: number },
  count: number,
): void {
  const { lanes } = code;
  code.get(local);
  code.tee(scratch);
  code.get(scratch);
  code.vector(VECTOR.narrow32To16);
  for (let width = lanes.size; width > 2; width /= 2) {
    code.tee(scratch);
    code.get(scratch);
    code.vector(VECTOR.narrow16To8);
  }
  code.vector(VECTOR.i8x16Abs);
  code.set(scratch);
  for (let lane = 0; lane < count; lane++) {
    const whole = count === lanes.count;
    pushAddress(code, place);
    code.get(scratch);
    if (whole) {
      const instruction = count === 4 ? VECTOR.store32Lane : VECTOR.store16Lane;
      code.vectorMemory(instruction, 0, place.offset, 0);
      return;
    }
    code.vectorMemory(VECTOR.store8Lane, 0, place.offset + lane, lane);
  }
}

function pushAddress(code: FunctionCode, { address }: { address: number | undefined }): void {
  if (address === undefined) code.int32(0);
  else code.get(address);
}

function isSame(offsets: readonly number[]): boolean {
  return offsets.every((offset) => offset === offsets[0]);
}

function isRow(offsets: readonly number[], size: number): boolean {
  return offsets.every((offset, i) => i === 0 || offset === (offsets[i - 1] ?? 0) + size);
}
