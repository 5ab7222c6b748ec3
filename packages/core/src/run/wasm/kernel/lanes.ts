/**
 * The table of lane instructions: how each op of loops (`program/loop/loopOps.ts`) is computed on a vector and on a
 * single value. Loops and scalar code read the same row, so an op with an instruction is one line here, beside
 * the one of its kinds there.
 *
 * The bits are those of the op's scalar function, rounded after every step. min and max of WebAssembly
 * are Math.min and Math.max, NaN and ±0 included.
 */

import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../../generated/elementary/names.ts";
import { type ElementaryName, eachOf, type Kind, type LoopOp } from "../../program/loop/loopOps.ts";

/** A type of lanes: of a vector, or of a single value. Booleans are those of int32. */
export type Lane = "f32x4" | "f64x2" | "i32x4" | "f32" | "f64" | "i32";

/**
 * Opcodes by lane type; several run one after the other, and none at all leaves the operand as it is.
 * Those of vectors follow the prefix 0xfd; of the others, two bytes are a prefix and its opcode.
 */
export type Opcodes = { readonly [L in Lane]?: number | readonly number[] };

/** The writer of a function's code, whose values are vectors or single. */
export interface LaneWriter {
  /** True if values are vectors. */
  readonly vectors: boolean;
  /** Returns the type of the lanes of a kind of values. */
  laneOf(kind: Kind): Lane;
  /** Puts a constant on the stack, in every lane. */
  constant(kind: Kind, value: number): void;
  instruct(opcodes: number | readonly number[]): void;
  /** An instruction on single values, also in code with vectors. */
  plain(opcode: number): void;
  /** An instruction for one lane of a vector. */
  lane(opcode: number, lane: number): void;
}

/** A value on the stack, written in other rows, for operands of a kind. */
export type Term = (code: LaneWriter, kind: Kind) => void;

/** A row of the table. */
export interface LaneOp {
  readonly opcodes: Opcodes;
  /** Writes the code for lane types without an opcode. */
  readonly otherwise?: (...operands: readonly Term[]) => Term;
  /** Writes a shorter way in vectors where the second operand is a constant; its value is no NaN. */
  readonly besideConstant?: (x: Term, constant: Term, value: number) => Term;
  /** By constant second operand: a shorter form with the same bits. */
  readonly byConstant?: ReadonlyMap<number, (x: Term) => Term>;
  /** True for a function of numbers that the module has for vectors as `exp_f32x4`. */
  readonly elementary?: boolean;
  /** The name of the function of the module that computes whole arrays, without its dtype. Default: none. */
  readonly kernel?: ElementaryName | "addForward" | "multiplyForward";
}

const AS_IT_IS: Opcodes = { f32x4: [], f64x2: [], i32x4: [], f32: [], f64: [], i32: [] };

const ADD: Opcodes = { f32x4: 0xe4, f64x2: 0xf0, i32x4: 0xae, f32: 0x92, f64: 0xa0, i32: 0x6a };
const SUB: Opcodes = { f32x4: 0xe5, f64x2: 0xf1, i32x4: 0xb1, f32: 0x93, f64: 0xa1, i32: 0x6b };
const MUL: Opcodes = { f32x4: 0xe6, f64x2: 0xf2, i32x4: 0xb5, f32: 0x94, f64: 0xa2, i32: 0x6c };
const DIV: Opcodes = { f32x4: 0xe7, f64x2: 0xf3, f32: 0x95, f64: 0xa3 };
const MIN: Opcodes = { f32x4: 0xe8, f64x2: 0xf4, i32x4: 0xb6, f32: 0x96, f64: 0xa4 };
const MAX: Opcodes = { f32x4: 0xe9, f64x2: 0xf5, i32x4: 0xb8, f32: 0x97, f64: 0xa5 };
const NEG: Opcodes = { f32x4: 0xe1, f64x2: 0xed, i32x4: 0xa1, f32: 0x8c, f64: 0x9a };
const ABS: Opcodes = { f32x4: 0xe0, f64x2: 0xec, i32x4: 0xa0, f32: 0x8b, f64: 0x99 };
const SQRT: Opcodes = { f32x4: 0xe3, f64x2: 0xef, f32: 0x91, f64: 0x9f };
const EQUAL: Opcodes = { f32x4: 0x41, f64x2: 0x47, i32x4: 0x37, f32: 0x5b, f64: 0x61, i32: 0x46 };
const OTHER: Opcodes = { f32x4: 0x42, f64x2: 0x48, i32x4: 0x38, f32: 0x5c, f64: 0x62, i32: 0x47 };
const LESS: Opcodes = { f32x4: 0x43, f64x2: 0x49, i32x4: 0x39, f32: 0x5d, f64: 0x63, i32: 0x48 };
const GREATER: Opcodes = { f32x4: 0x44, f64x2: 0x4a, i32x4: 0x3b, f32: 0x5e, f64: 0x64, i32: 0x4a };
const AT_MOST: Opcodes = { f32x4: 0x45, f64x2: 0x4b, i32x4: 0x3d, f32: 0x5f, f64: 0x65, i32: 0x4c };
const AT_LEAST: Opcodes = {
  f32x4: 0x46,
  f64x2: 0x4c,
  i32x4: 0x3f,
  f32: 0x60,
  f64: 0x66,
  i32: 0x4e,
};
const FLOOR: Opcodes = { f32x4: 0x68, f64x2: 0x75, i32x4: [], f32: 0x8e, f64: 0x9c, i32: [] };
const CEIL: Opcodes = { f32x4: 0x67, f64x2: 0x74, i32x4: [], f32: 0x8d, f64: 0x9b, i32: [] };
const ROUND: Opcodes = { f32x4: 0x6a, f64x2: 0x94, i32x4: [], f32: 0x90, f64: 0x9e, i32: [] };
const TRUNC: Opcodes = { f32x4: 0x69, f64x2: 0x7a, i32x4: [], f32: 0x8f, f64: 0x9d, i32: [] };
/** Instructions on bits, whatever the bits mean. NOT of an i32 is `i32.eqz`, for 0 and 1 only. */
const NOT: Opcodes = { i32x4: 0x4d, i32: 0x45 };
const AND: Opcodes = { f32x4: 0x4e, f64x2: 0x4e, i32x4: 0x4e, i32: 0x71 };
const OR: Opcodes = { f32x4: 0x50, f64x2: 0x50, i32x4: 0x50, i32: 0x72 };
const XOR: Opcodes = { i32x4: 0x51, i32: 0x73 };
/** (yes, no, condition) */
const SELECT: Opcodes = { f32x4: 0x52, f64x2: 0x52, i32x4: 0x52, f32: 0x1b, f64: 0x1b, i32: 0x1b };
/** (x, y): y < x ? y : x, and x < y ? y : x */
const CHOOSE_SMALLER: Opcodes = { f32x4: 0xea, f64x2: 0xf6 };
const CHOOSE_GREATER: Opcodes = { f32x4: 0xeb, f64x2: 0xf7 };
/** To float32 and back. */
const NARROW: Opcodes = { f32x4: [], f64x2: [0x5e, 0x5f], f32: [], f64: [0xb6, 0xbb] };
/** Truncated, saturating, 0 for NaN; of float64 back to numbers. */
const TRUNCATE: Opcodes = { f32x4: 0xf8, f64x2: [0xfc, 0xfe], f32: 0xfc00, f64: [0xfc02, 0xb7] };

/** Returns a value by opcodes. */
/* @__NO_SIDE_EFFECTS__ */
function by(opcodes: Opcodes, ...operands: readonly Term[]): Term {
  return (code, kind) => {
    for (const operand of operands) operand(code, kind);
    const lane = code.laneOf(kind);
    const opcode = opcodes[lane];
    if (opcode === undefined) throw new Error(`lanes of ${lane} have no such instruction`);
    code.instruct(opcode);
  };
}

/** Returns a number in the kind of the operands. */
/* @__NO_SIDE_EFFECTS__ */
function constant(value: number): Term {
  return (code, kind) => code.constant(kind, value);
}

const ZERO = constant(0);
const ONE = constant(1);

function select(condition: Term, yes: Term, no: Term): Term {
  return by(SELECT, yes, no, condition);
}

/** 1 above 0, −1 below, and x itself where it is ±0 or NaN. */
function signOf(x: Term): Term {
  const ofNumbers = select(by(GREATER, by(ABS, x), ZERO), by(OR, by(AND, x, constant(-0)), ONE), x);
  const ofNegative = select(by(LESS, x, ZERO), constant(-1), x);
  const ofOthers = select(by(GREATER, x, ZERO), ONE, ofNegative);
  // Single floats have no bit operations, so the sign is copied by another instruction; vectors have them.
  return (code, kind) => (code.vectors && kind === "number" ? ofNumbers : ofOthers)(code, kind);
}

const EXTRACT_INTEGER = 0x1b;
const REPLACE_INTEGER = 0x1c;
const SHIFT_LEFT = 0x74;
const SHIFT_RIGHT = 0x75;
const IS_ZERO = 0x45;
const EITHER = 0x72;
const REMAINDER = 0x6f;

/**
 * Integers one by one, where vectors have no instruction for it.
 * @param of writes what is done to two, each of which it may read several times.
 */
/* @__NO_SIDE_EFFECTS__ */
function oneByOne(of: (code: LaneWriter, x: () => void, y: () => void) => void) {
  return (x: Term, y: Term): Term =>
    (code, kind) => {
      if (!code.vectors) {
        of(
          code,
          () => x(code, kind),
          () => y(code, kind),
        );
        return;
      }
      x(code, kind);
      for (let i = 0; i < 4; i++) {
        const lane = (term: Term) => () => {
          term(code, kind);
          code.lane(EXTRACT_INTEGER, i);
        };
        of(code, lane(x), lane(y));
        code.lane(REPLACE_INTEGER, i);
      }
    };
}

/** Returns the row of a shift; its instruction takes the count modulo 32. */
/* @__NO_SIDE_EFFECTS__ */
function shift(opcode: number): LaneOp {
  return {
    opcodes: {},
    otherwise: oneByOne((code, x, y) => {
      x();
      y();
      code.plain(opcode);
    }),
  };
}

/** Returns the row of an elementary function. */
/* @__NO_SIDE_EFFECTS__ */
function elementary(name: ElementaryName): LaneOp {
  return { opcodes: {}, elementary: true, kernel: name };
}

/** Powers that are a few instructions. −0 and −∞ to the power ½ are 0 and ∞, which roots of theirs are not. */
const POWERS: LaneOp["byConstant"] = new Map([
  [3, (x: Term) => by(MUL, by(MUL, x, x), x)],
  [-1, (x: Term) => by(DIV, ONE, x)],
  [
    0.5,
    (x: Term) =>
      select(
        by(EQUAL, x, constant(Number.NEGATIVE_INFINITY)),
        constant(Number.POSITIVE_INFINITY),
        by(SQRT, by(ADD, x, ZERO)),
      ),
  ],
]);

/** The ops that loops compute. */
export const LANE_OPS: { readonly [Name in LoopOp]: LaneOp } = {
  add: { opcodes: ADD, kernel: "addForward" },
  sub: { opcodes: SUB },
  mul: { opcodes: MUL, kernel: "multiplyForward" },
  div: { opcodes: DIV },
  // An exact extreme is several instructions of the processor, which handle ±0 and NaN on either side; with a constant
  // operand, a comparison and a selection suffice. The constant is selected if it wins; else the other operand, also
  // NaN, and also if both are zeros. max(−0, 0) is 0, and min(0, −0) is −0.
  maximum: {
    opcodes: MAX,
    otherwise: (x, y) => select(by(GREATER, x, y), x, y),
    besideConstant: (x, y, value) => {
      const chosen = by(CHOOSE_GREATER, x, y);
      return Object.is(value, 0) ? by(ADD, chosen, ZERO) : chosen;
    },
  },
  minimum: {
    opcodes: MIN,
    otherwise: (x, y) => select(by(LESS, x, y), x, y),
    besideConstant: (x, y, value) => {
      const chosen = by(CHOOSE_SMALLER, x, y);
      return Object.is(value, -0) ? by(OR, chosen, y) : chosen;
    },
  },
  ...eachOf(OF_TWO_NUMBERS, elementary),
  pow: { ...elementary("pow"), byConstant: POWERS },
  neg: { opcodes: NEG, otherwise: (x) => by(SUB, ZERO, x) },
  // The least integer stays, having no opposite.
  abs: {
    opcodes: ABS,
    otherwise: (x) => select(by(LESS, x, ZERO), by(SUB, ZERO, x), x),
  },
  sqrt: { opcodes: SQRT },
  sign: { opcodes: {}, otherwise: signOf },
  floor: { opcodes: FLOOR },
  ceil: { opcodes: CEIL },
  round: { opcodes: ROUND },
  trunc: { opcodes: TRUNC },
  fmod: {
    opcodes: {},
    elementary: true,
    // A divisor 0 would trap, so it becomes 1: the remainder by 1 is 0, too.
    otherwise: oneByOne((code, x, y) => {
      x();
      y();
      y();
      code.plain(IS_ZERO);
      code.plain(EITHER);
      code.plain(REMAINDER);
    }),
  },
  bitwiseAnd: { opcodes: AND },
  bitwiseOr: { opcodes: OR },
  bitwiseXor: { opcodes: XOR },
  bitwiseNot: { opcodes: {}, otherwise: (x) => by(XOR, x, constant(-1)) },
  leftShift: shift(SHIFT_LEFT),
  rightShift: shift(SHIFT_RIGHT),
  ...eachOf(OF_ONE_NUMBER, elementary),
  equal: { opcodes: EQUAL },
  notEqual: { opcodes: OTHER },
  less: { opcodes: LESS },
  lessEqual: { opcodes: AT_MOST },
  greater: { opcodes: GREATER },
  greaterEqual: { opcodes: AT_LEAST },
  logicalAnd: { opcodes: AND },
  logicalOr: { opcodes: OR },
  logicalNot: { opcodes: NOT },
  where: {
    opcodes: {},
    otherwise: (condition, x, y) => select(condition, x, y),
  },
  copy: { opcodes: AS_IT_IS },
  toNumber: { opcodes: AS_IT_IS },
  toFloat32: { opcodes: NARROW },
  toInt32: { opcodes: { ...AS_IT_IS, ...TRUNCATE } },
  toBoolean: { opcodes: AS_IT_IS },
};

/** The values on the stack as those of another kind. Numbers become integers by `toInt32` alone. */
export const CONVERSIONS: {
  readonly [From in Kind]: { readonly [To in Kind]?: Pick<LaneOp, "opcodes" | "otherwise"> };
} = {
  boolean: {
    number: { opcodes: { f32: 0xb2, f64: 0xb7 }, otherwise: (x) => by(AND, x, ONE) },
    integer: { opcodes: { i32: [] }, otherwise: (x) => by(AND, x, ONE) },
  },
  integer: {
    number: { opcodes: { f32x4: 0xfa, f32: 0xb2 } },
    boolean: { opcodes: {}, otherwise: (x) => by(OTHER, x, ZERO) },
  },
  number: { boolean: { opcodes: {}, otherwise: (x) => by(OTHER, x, ZERO) } },
};

/** Returns the value of a row: by its opcodes, or as it is written in others where its lanes have none. */
export function resultOf(
  { opcodes, otherwise }: Pick<LaneOp, "opcodes" | "otherwise">,
  operands: readonly Term[],
): Term {
  return (code, kind) => {
    const isKnown = opcodes[code.laneOf(kind)] !== undefined || otherwise === undefined;
    (isKnown ? by(opcodes, ...operands) : otherwise(...operands))(code, kind);
  };
}
