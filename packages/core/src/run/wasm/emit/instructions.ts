/**
 * The instructions around those of `lanes.ts`, by their names in the WebAssembly specification: control,
 * addresses, loads and stores.
 */

/** Types of locals, parameters and results. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

/** Plain instructions of one byte. */
export const PLAIN = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i64Load: 0x29,
  f32Load: 0x2a,
  f64Load: 0x2b,
  i32Load8: 0x2d,
  i32Store: 0x36,
  i64Store: 0x37,
  f32Store: 0x38,
  f64Store: 0x39,
  i32Store8: 0x3a,
  i32Const: 0x41,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  demoteToFloat32: 0xb6,
  convertToFloat64: 0xb7,
  promoteToFloat64: 0xbb,
} as const;

/** The type of a block that takes and leaves nothing. */
export const EMPTY_BLOCK = 0x40;

/** The prefixes of vector instructions, and of truncations that saturate. */
export const VECTOR_PREFIX = 0xfd;
export const SATURATING_PREFIX = 0xfc;
export const SATURATING_TO_INT32 = 0xfc02;

/** Vector instructions that do not depend on the dtype. */
export const VECTOR = {
  load: 0x00,
  load32Splat: 0x09,
  load64Splat: 0x0a,
  store: 0x0b,
  constant: 0x0c,
  shuffle: 0x0d,
  i32x4Splat: 0x11,
  extractFloat64: 0x21,
  i32x4Ne: 0x38,
  bitselect: 0x52,
  load8Lane: 0x54,
  load16Lane: 0x55,
  load32Lane: 0x56,
  load64Lane: 0x57,
  store8Lane: 0x58,
  store16Lane: 0x59,
  store32Lane: 0x5a,
  store64Lane: 0x5b,
  load32Zero: 0x5c,
  load64Zero: 0x5d,
  i8x16Abs: 0x60,
  narrow16To8: 0x65,
  narrow32To16: 0x85,
  extend8To16: 0x89,
  extend16To32: 0xa9,
  extend32To64: 0xc9,
  i64x2Ne: 0xd7,
  demoteToFloat32: 0x5e,
  promoteToFloat64: 0x5f,
  truncateFloat64: 0xfc,
  convertToFloat64: 0xfe,
} as const;

/** The numbers of a dtype, in vectors and alone. */
export interface Lanes {
  readonly vector: "f32x4" | "f64x2";
  readonly scalar: "f32" | "f64";
  /** The type of a local of a number alone. */
  readonly type: typeof F32 | typeof F64;
  /** The number of lanes of a vector. */
  readonly count: number;
  /** Bytes of an element. */
  readonly size: 4 | 8;
  readonly splat: number;
  readonly extractLane: number;
}

/** Loads and stores of elements by their bytes. */
export const ACCESS = {
  4: {
    alignment: 2,
    loadSplat: VECTOR.load32Splat,
    loadZero: VECTOR.load32Zero,
    loadLane: VECTOR.load32Lane,
    storeLane: VECTOR.store32Lane,
  },
  8: {
    alignment: 3,
    loadSplat: VECTOR.load64Splat,
    loadZero: VECTOR.load64Zero,
    loadLane: VECTOR.load64Lane,
    storeLane: VECTOR.store64Lane,
  },
} as const;

export const LANES: Readonly<Record<"float32" | "float64", Lanes>> = {
  float32: {
    vector: "f32x4",
    scalar: "f32",
    type: F32,
    count: 4,
    size: 4,
    splat: 0x13,
    extractLane: 0x1f,
  },
  float64: {
    vector: "f64x2",
    scalar: "f64",
    type: F64,
    count: 2,
    size: 8,
    splat: 0x14,
    extractLane: 0x21,
  },
};
