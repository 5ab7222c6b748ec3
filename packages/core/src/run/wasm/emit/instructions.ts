/**
 * The instructions that are emitted, by their names in the WebAssembly specification.
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
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Load: 0x28,
  i32Load8: 0x2d,
  i32Store: 0x36,
  f64Store: 0x39,
  i32Store8: 0x3a,
  i32Const: 0x41,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32Add: 0x6a,
  i32And: 0x71,
  i32Or: 0x72,
  /** float64 to float32, and back. */
  demote: 0xb6,
  promote: 0xbb,
} as const;

/** What stands before truncations that saturate. */
export const SATURATING_PREFIX = 0xfc;

/** The type of a block that takes and leaves nothing. */
export const EMPTY_BLOCK = 0x40;

/** What stands before every vector instruction. */
export const VECTOR_PREFIX = 0xfd;

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
  not: 0x4d,
  and: 0x4e,
  or: 0x50,
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
  truncateFloat32: 0xf8,
  convertToFloat32: 0xfa,
  truncateFloat64: 0xfc,
  convertToFloat64: 0xfe,
} as const;

/** The instructions that single integers have as well as numbers and vectors. */
export interface Arithmetic {
  readonly equal: number;
  readonly notEqual: number;
  readonly less: number;
  readonly greater: number;
  readonly lessEqual: number;
  readonly greaterEqual: number;
  readonly add: number;
  readonly sub: number;
  readonly mul: number;
}

/** What single integers lack. */
interface SignedArithmetic extends Arithmetic {
  readonly abs: number;
  readonly neg: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What all integers lack. */
interface NumberArithmetic extends SignedArithmetic {
  readonly sqrt: number;
  readonly div: number;
}

/** Of int32, which wrap around. */
export const INTEGERS: SignedArithmetic = {
  equal: 0x37,
  notEqual: VECTOR.i32x4Ne,
  less: 0x39,
  greater: 0x3b,
  lessEqual: 0x3d,
  greaterEqual: 0x3f,
  abs: 0xa0,
  neg: 0xa1,
  add: 0xae,
  sub: 0xb1,
  mul: 0xb5,
  minimum: 0xb6,
  maximum: 0xb8,
};

/** The instructions of numbers that are no vectors. */
export interface Scalars extends NumberArithmetic {
  readonly type: typeof F32 | typeof F64;
  readonly load: number;
  readonly store: number;
  readonly copySign: number;
  readonly fromInt32: number;
  /** Behind `SATURATING_PREFIX`. */
  readonly toInt32: number;
}

export const SCALARS: Readonly<Record<"float32" | "float64", Scalars>> = {
  float32: {
    type: F32,
    load: 0x2a,
    store: 0x38,
    equal: 0x5b,
    notEqual: 0x5c,
    less: 0x5d,
    greater: 0x5e,
    lessEqual: 0x5f,
    greaterEqual: 0x60,
    abs: 0x8b,
    neg: 0x8c,
    sqrt: 0x91,
    add: 0x92,
    sub: 0x93,
    mul: 0x94,
    div: 0x95,
    minimum: 0x96,
    maximum: 0x97,
    copySign: 0x98,
    fromInt32: 0xb2,
    toInt32: 0,
  },
  float64: {
    type: F64,
    load: 0x2b,
    store: 0x39,
    equal: 0x61,
    notEqual: 0x62,
    less: 0x63,
    greater: 0x64,
    lessEqual: 0x65,
    greaterEqual: 0x66,
    abs: 0x99,
    neg: 0x9a,
    sqrt: 0x9f,
    add: 0xa0,
    sub: 0xa1,
    mul: 0xa2,
    div: 0xa3,
    minimum: 0xa4,
    maximum: 0xa5,
    copySign: 0xa6,
    fromInt32: 0xb7,
    toInt32: 2,
  },
};

/** Of single int32, which wrap around. */
export const SCALAR_INTEGERS: Arithmetic = {
  equal: 0x46,
  notEqual: 0x47,
  less: 0x48,
  greater: 0x4a,
  lessEqual: 0x4c,
  greaterEqual: 0x4e,
  add: 0x6a,
  sub: 0x6b,
  mul: 0x6c,
};

/** One dtype's vectors. */
export interface Lanes extends NumberArithmetic {
  /** In the names of the kernel's functions of vectors. */
  readonly suffix: "f32x4" | "f64x2";
  readonly count: number;
  /** Bytes of an element. */
  readonly size: 4 | 8;
  readonly splat: number;
  readonly extractLane: number;
  /** b < a ? b : a */
  readonly chooseSmaller: number;
  /** a < b ? b : a */
  readonly chooseGreater: number;
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
    suffix: "f32x4",
    count: 4,
    size: 4,
    splat: 0x13,
    extractLane: 0x1f,
    equal: 0x41,
    notEqual: 0x42,
    less: 0x43,
    greater: 0x44,
    lessEqual: 0x45,
    greaterEqual: 0x46,
    abs: 0xe0,
    neg: 0xe1,
    sqrt: 0xe3,
    add: 0xe4,
    sub: 0xe5,
    mul: 0xe6,
    div: 0xe7,
    minimum: 0xe8,
    maximum: 0xe9,
    chooseSmaller: 0xea,
    chooseGreater: 0xeb,
  },
  float64: {
    suffix: "f64x2",
    count: 2,
    size: 8,
    splat: 0x14,
    extractLane: 0x21,
    equal: 0x47,
    notEqual: 0x48,
    less: 0x49,
    greater: 0x4a,
    lessEqual: 0x4b,
    greaterEqual: 0x4c,
    abs: 0xec,
    neg: 0xed,
    sqrt: 0xef,
    add: 0xf0,
    sub: 0xf1,
    mul: 0xf2,
    div: 0xf3,
    minimum: 0xf4,
    maximum: 0xf5,
    chooseSmaller: 0xf6,
    chooseGreater: 0xf7,
  },
};
