/**
 * Values from memory and to memory: whole vectors, the first lanes of one, lanes at a distance, or
 * single elements. Nothing beyond the elements themselves is read or written.
 */

import type { DType } from "../../../tensor/dtype.ts";
import type { FunctionCode } from "./code.ts";
import { ACCESS, PLAIN, SATURATING_TO_INT32, VECTOR } from "./instructions.ts";

/** Elements at `address` (a local; 0 if undefined) plus each of these bytes. */
export interface Elements {
  readonly address: number | undefined;
  /** One for each lane, from the first lane on; at most as many as a vector has. */
  readonly offsets: readonly number[];
}

/** Loads elements of a dtype, as the kind that they have in the loop. */
export function load(code: FunctionCode, dtype: DType, elements: Elements): void {
  if (!code.vectors) {
    loadSingle(code, dtype, elements);
  } else if (dtype === "bool") {
    loadBooleans(code, elements);
  } else if (code.dtype === "float32" && dtype === "float64") {
    loadNarrowed(code, elements);
  } else {
    const size = dtype === "float64" ? 8 : 4;
    loadLanes(code, size, elements);
    if (size === code.lanes.size) return;
    code.vector(dtype === "int32" ? VECTOR.convertToFloat64 : VECTOR.promoteToFloat64);
  }
}

const SINGLE = {
  float32: { load: PLAIN.f32Load, store: PLAIN.f32Store },
  float64: { load: PLAIN.f64Load, store: PLAIN.f64Store },
  int32: { load: PLAIN.i32Load, store: PLAIN.i32Store },
  bool: { load: PLAIN.i32Load8, store: PLAIN.i32Store8 },
} as const satisfies Record<DType, unknown>;

function loadSingle(code: FunctionCode, dtype: DType, elements: Elements): void {
  const wide = code.dtype === "float64";
  pushAddress(code, elements);
  code.plain(SINGLE[dtype].load);
  code.memory(0, elements.offsets[0] ?? 0);
  if (dtype === "bool") {
    code.int32(0);
    code.plain(PLAIN.i32Ne);
  } else if (wide && dtype === "int32") {
    code.plain(PLAIN.convertToFloat64);
  } else if (wide && dtype === "float32") {
    code.plain(PLAIN.promoteToFloat64);
  } else if (!wide && dtype === "float64") {
    code.plain(PLAIN.demoteToFloat32);
  }
}

function storeSingle(code: FunctionCode, dtype: DType, local: number, elements: Elements): void {
  const wide = code.dtype === "float64";
  pushAddress(code, elements);
  code.get(local);
  if (wide && dtype === "int32") code.instruct(SATURATING_TO_INT32);
  if (wide && dtype === "float32") code.plain(PLAIN.demoteToFloat32);
  code.plain(SINGLE[dtype].store);
  code.memory(0, elements.offsets[0] ?? 0);
}

/** Elements of `size` bytes in the first lanes; an element that repeats, in all lanes. */
function loadLanes(code: FunctionCode, size: 4 | 8, elements: Elements): void {
  const { offsets } = elements;
  const [first = 0, second] = offsets;
  const { alignment, loadSplat, loadZero, loadLane } = ACCESS[size];
  if (isSame(offsets)) {
    pushAddress(code, elements);
    code.vectorMemory(offsets.length === 1 ? loadZero : loadSplat, alignment, first);
    return;
  }
  if (isRow(offsets, size) && offsets.length * size === 16) {
    pushAddress(code, elements);
    code.vectorMemory(VECTOR.load, alignment, first);
    return;
  }
  if (isRow([...offsets].reverse(), size) && offsets.length * size === 16) {
    pushAddress(code, elements);
    code.vectorMemory(VECTOR.load, alignment, offsets.at(-1) ?? 0);
    code.get(code.numbers(0));
    code.shuffle(REVERSED[size]);
    return;
  }
  // Two adjacent elements of four bytes are loaded at once.
  const pair = size === 4 && second === first + 4;
  const single = offsets.slice(pair ? 2 : 1);
  for (const _ of single) pushAddress(code, elements);
  pushAddress(code, elements);
  code.vectorMemory(pair ? VECTOR.load64Zero : loadZero, alignment, first);
  single.forEach((offset, i) => {
    code.vectorMemory(loadLane, alignment, offset, offsets.length - single.length + i);
  });
}

/** float64 in a loop of float32: two vectors become the halves of one. */
function loadNarrowed(code: FunctionCode, { address, offsets }: Elements): void {
  const loadHalf = (start: number) => {
    loadLanes(code, 8, { address, offsets: offsets.slice(start, start + 2) });
    code.vector(VECTOR.demoteToFloat32);
  };
  loadHalf(0);
  if (offsets.length <= 2) return;
  loadHalf(2);
  code.shuffle(LOW_HALVES);
}

/** The bytes of a vector with its elements, of four or eight bytes, in reverse order. */
const REVERSED = {
  4: [12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3],
  8: [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
} as const;

/** The first eight bytes of each of two vectors. */
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** Loads a mask: all bits of a lane set where the byte is not 0. */
function loadBooleans(code: FunctionCode, elements: Elements): void {
  const { lanes } = code;
  const { offsets } = elements;
  const [first = 0] = offsets;
  const zero = code.numbers(0);
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

/** Converts the first bytes of a vector to integers in its lanes. */
function widen(code: FunctionCode): void {
  code.vector(VECTOR.extend8To16);
  code.vector(VECTOR.extend16To32);
  if (code.lanes.count === 2) code.vector(VECTOR.extend32To64);
}

/** Stores the first lanes of a local as elements of a dtype; `scratch` makes a local of a vector. */
export function store(
  code: FunctionCode,
  dtype: DType,
  local: number,
  scratch: () => number,
  elements: Elements,
): void {
  if (!code.vectors) {
    storeSingle(code, dtype, local, elements);
  } else if (dtype === "bool") {
    storeBooleans(code, local, scratch(), elements);
  } else if (code.dtype === "float64" && dtype !== "float64") {
    code.get(local);
    code.vector(dtype === "int32" ? VECTOR.truncateFloat64 : VECTOR.demoteToFloat32);
    const stored = scratch();
    code.set(stored);
    storeLanes(code, 4, stored, elements);
  } else {
    storeLanes(code, code.lanes.size, local, elements);
  }
}

/** Stores the first lanes of a local, each of `size` bytes. */
export function storeLanes(
  code: FunctionCode,
  size: 4 | 8,
  local: number,
  elements: Elements,
): void {
  const { offsets } = elements;
  const { alignment, storeLane } = ACCESS[size];
  const row = isRow(offsets, size);
  const push = () => {
    pushAddress(code, elements);
    code.get(local);
  };
  if (row && offsets.length * size === 16) {
    push();
    code.vectorMemory(VECTOR.store, alignment, offsets[0] ?? 0);
    return;
  }
  // Two adjacent elements of four bytes are stored at once, as one number. V8 11.3 moves loads that are converted to
  // float64 after a `store64_lane`, so a loop that overwrites an input would read its own results.
  const pair = row && size === 4 && offsets.length >= 2;
  offsets.forEach((offset, lane) => {
    if (pair && lane === 1) return;
    push();
    if (pair && lane === 0) {
      code.extractFirstLane(VECTOR.extractFloat64);
      code.plain(PLAIN.f64Store);
      code.memory(alignment, offset);
    } else code.vectorMemory(storeLane, alignment, offset, lane);
  });
}

/** Stores the first lanes of a local, a mask, as bytes 0 and 1. */
function storeBooleans(
  code: FunctionCode,
  local: number,
  scratch: number,
  elements: Elements,
): void {
  const { lanes } = code;
  const { offsets } = elements;
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
  const whole = offsets.length === lanes.count && isRow(offsets, 1);
  offsets.forEach((offset, lane) => {
    if (whole && lane > 0) return;
    pushAddress(code, elements);
    code.get(scratch);
    const vector = lanes.count === 4 ? VECTOR.store32Lane : VECTOR.store16Lane;
    code.vectorMemory(whole ? vector : VECTOR.store8Lane, 0, offset, lane);
  });
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
