/**
 * The table of lane instructions: for each op that loops compute, the kinds of its operands and result,
 * and its instructions on a vector and on a single value. Loops and scalar code read the same row, so an
 * op with an instruction is added here in one line.
 *
 * The bits are those of the op's scalar function, rounded after every step. min and max of WebAssembly
 * are Math.min and Math.max, NaN and ±0 included.
 */

import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../elementary/names.ts";

/**
 * The kind of the values in the lanes: numbers of the loop's dtype, int32, or truth values. A loop of
 * float64 has no int32: there they are numbers, which hold every one of them.
 */
export type Kind = "number" | "integer" | "truth";

/** The kind that an op wants: "numeric" values count truth as 1 or 0; "any" takes all three. */
export type Wanted = Kind | "numeric" | "any";

/** A type of lanes: of a vector, or of a single value. Truth values are those of int32. */
export type Lane = "f32x4" | "f64x2" | "i32x4" | "f32" | "f64" | "i32";

/**
 * Opcodes by lane type; several run one after the other, and none at all leaves the operand as it is.
 * Those of vectors stand behind the prefix 0xfd; of the others, two bytes are a prefix and its opcode.
 */
export type Opcodes = { readonly [L in Lane]?: number | readonly number[] };

/** The writer of a function's code, whose values are vectors or single. */
export interface LaneWriter {
  /** Whether values are vectors. */
  readonly vectors: boolean;
  /** The type of the lanes of a kind of values. */
  laneOf(kind: Kind): Lane;
  /** Puts a constant on the stack, in every lane. */
  constant(kind: Kind, value: number): void;
  instruct(opcodes: number | readonly number[]): void;
}

/** A value on the stack, written in other rows, for operands of a kind. */
export type Term = (code: LaneWriter, kind: Kind) => void;

type ElementaryName = (typeof OF_ONE_NUMBER)[number] | (typeof OF_TWO_NUMBERS)[number];

/** A row of the table. */
export interface LaneOp {
  readonly operands: readonly Wanted[];
  /** Undefined: the kind of the operands that may be of several. */
  readonly result: Kind | undefined;
  readonly opcodes: Opcodes;
  /** For lanes that have no opcode. */
  readonly otherwise?: (...operands: readonly Term[]) => Term;
  /** In vectors: a shorter way where the second operand is a constant; its value is no NaN. */
  readonly besideConstant?: (x: Term, constant: Term, value: number) => Term;
  /** An elementary function: the kernel has it for vectors as `exp_f32x4`. */
  readonly elementary?: boolean;
  /** The name of the kernel that computes whole arrays, without its dtype. Default: none. */
  readonly kernel?: ElementaryName | "addForward" | "multiplyForward";
}

type Signature = Pick<LaneOp, "operands" | "result">;

const FLOAT: Signature = { operands: ["number"], result: "number" };
const FLOATS: Signature = { operands: ["number", "number"], result: "number" };
const NUMERIC: Signature = { operands: ["numeric"], result: undefined };
const NUMERICS: Signature = { operands: ["numeric", "numeric"], result: undefined };
const COMPARISON: Signature = { operands: ["numeric", "numeric"], result: "truth" };
const LOGIC: Signature = { operands: ["truth", "truth"], result: "truth" };
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
/** Bits, whatever they stand for. */
const NOT: Opcodes = { i32x4: 0x4d, i32: 0x45 };
const AND: Opcodes = { f32x4: 0x4e, f64x2: 0x4e, i32x4: 0x4e, i32: 0x71 };
const OR: Opcodes = { f32x4: 0x50, f64x2: 0x50, i32x4: 0x50, i32: 0x72 };
/** (yes, no, condition) */
const SELECT: Opcodes = { f32x4: 0x52, f64x2: 0x52, i32x4: 0x52, f32: 0x1b, f64: 0x1b, i32: 0x1b };
/** (x, y): y < x ? y : x, and x < y ? y : x */
const CHOOSE_SMALLER: Opcodes = { f32x4: 0xea, f64x2: 0xf6 };
const CHOOSE_GREATER: Opcodes = { f32x4: 0xeb, f64x2: 0xf7 };
/** To float32 and back. */
const NARROW: Opcodes = { f32x4: [], f64x2: [0x5e, 0x5f], f32: [], f64: [0xb6, 0xbb] };
/** Truncated, saturating, 0 for NaN; of float64 back to numbers. */
const TRUNCATE: Opcodes = { f32x4: 0xf8, f64x2: [0xfc, 0xfe], f32: 0xfc00, f64: [0xfc02, 0xb7] };

/** A row without more. */
/* @__NO_SIDE_EFFECTS__ */
function row(signature: Signature, opcodes: Opcodes): LaneOp {
  return { ...signature, opcodes };
}

/** A value by opcodes. */
/* @__NO_SIDE_EFFECTS__ */
function by(opcodes: Opcodes, ...operands: readonly Term[]): Term {
  return (code, kind) => {
    for (const operand of operands) operand(code, kind);
    const lane = code.laneOf(kind);
    const own = opcodes[lane];
    if (own === undefined) throw new Error(`lanes of ${lane} have no such instruction`);
    code.instruct(own);
  };
}

/** A number in the kind of the operands. */
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
  // Numbers have no bits alone; in vectors their sign is one.
  return (code, kind) => (code.vectors && kind === "number" ? ofNumbers : ofOthers)(code, kind);
}

/** One row for each of these names. */
/* @__NO_SIDE_EFFECTS__ */
function elementary<Name extends ElementaryName>(names: readonly Name[], signature: Signature) {
  const rows = names.map((name): [Name, LaneOp] => {
    return [name, { ...signature, opcodes: {}, elementary: true, kernel: name }];
  });
  // The entries are those of the names, which the type of fromEntries does not tell.
  return Object.fromEntries(rows) as Record<Name, LaneOp>;
}

/** The ops that loops compute, with the meaning that they have in `ops/`. */
export const LANE_OPS = {
  add: { ...row(NUMERICS, ADD), kernel: "addForward" },
  sub: row(NUMERICS, SUB),
  mul: { ...row(NUMERICS, MUL), kernel: "multiplyForward" },
  div: row(FLOATS, DIV),
  // An exact extreme is several instructions of the processor, which see to ±0 and to NaN on either side;
  // beside a constant, a comparison and a choice will do, which are one. Where the constant wins, it is
  // chosen; else the other, NaN included, and of two zeros too. max(−0, 0) is 0, and min(0, −0) is −0.
  maximum: {
    ...row(NUMERICS, MAX),
    otherwise: (x, y) => select(by(GREATER, x, y), x, y),
    besideConstant: (x, y, value) => {
      const chosen = by(CHOOSE_GREATER, x, y);
      return Object.is(value, 0) ? by(ADD, chosen, ZERO) : chosen;
    },
  },
  minimum: {
    ...row(NUMERICS, MIN),
    otherwise: (x, y) => select(by(LESS, x, y), x, y),
    besideConstant: (x, y, value) => {
      const chosen = by(CHOOSE_SMALLER, x, y);
      return Object.is(value, -0) ? by(OR, chosen, y) : chosen;
    },
  },
  ...elementary(OF_TWO_NUMBERS, FLOATS),
  neg: { ...row(NUMERIC, NEG), otherwise: (x) => by(SUB, ZERO, x) },
  // The least integer stays, having no opposite.
  abs: {
    ...row(NUMERIC, ABS),
    otherwise: (x) => select(by(LESS, x, ZERO), by(SUB, ZERO, x), x),
  },
  sqrt: row(FLOAT, SQRT),
  sign: { ...row(NUMERIC, {}), otherwise: signOf },
  ...elementary(OF_ONE_NUMBER, FLOAT),
  equal: row(COMPARISON, EQUAL),
  notEqual: row(COMPARISON, OTHER),
  less: row(COMPARISON, LESS),
  lessEqual: row(COMPARISON, AT_MOST),
  greater: row(COMPARISON, GREATER),
  greaterEqual: row(COMPARISON, AT_LEAST),
  logicalAnd: row(LOGIC, AND),
  logicalOr: row(LOGIC, OR),
  logicalNot: row({ operands: ["truth"], result: "truth" }, NOT),
  where: {
    ...row({ operands: ["truth", "any", "any"], result: undefined }, {}),
    otherwise: (condition, x, y) => select(condition, x, y),
  },
  /** Values as they are. */
  copy: row({ operands: ["any"], result: undefined }, AS_IT_IS),
  /** Truth values as 0 and 1, integers rounded to the loop's dtype, numbers as they are. */
  toNumber: row(FLOAT, AS_IT_IS),
  /** Numbers rounded to float32. */
  toFloat32: row(FLOAT, NARROW),
  /** Numbers truncated, saturating at both ends, and 0 for NaN; in a float64 loop still numbers. */
  toInt32: row({ operands: ["any"], result: "integer" }, { ...AS_IT_IS, ...TRUNCATE }),
  /** Whether a number is not 0. */
  toTruth: row({ operands: ["truth"], result: "truth" }, AS_IT_IS),
} as const satisfies Readonly<Record<string, LaneOp>>;

/** The name of an op of loops. */
export type LoopOp = keyof typeof LANE_OPS;

/** The values on the stack as those of another kind. Numbers become integers by `toInt32` alone. */
export const CONVERSIONS: {
  readonly [From in Kind]: { readonly [To in Kind]?: Pick<LaneOp, "opcodes" | "otherwise"> };
} = {
  truth: {
    number: { opcodes: { f32: 0xb2, f64: 0xb7 }, otherwise: (x) => by(AND, x, ONE) },
    integer: { opcodes: { i32: [] }, otherwise: (x) => by(AND, x, ONE) },
  },
  integer: {
    number: { opcodes: { f32x4: 0xfa, f32: 0xb2 } },
    truth: { opcodes: {}, otherwise: (x) => by(OTHER, x, ZERO) },
  },
  number: { truth: { opcodes: {}, otherwise: (x) => by(OTHER, x, ZERO) } },
};

/** The value of a row: by its opcodes, or as it is written in others where its lanes have none. */
export function resultOf(
  { opcodes, otherwise }: Pick<LaneOp, "opcodes" | "otherwise">,
  operands: readonly Term[],
): Term {
  return (code, kind) => {
    const own = opcodes[code.laneOf(kind)] !== undefined || otherwise === undefined;
    (own ? by(opcodes, ...operands) : otherwise(...operands))(code, kind);
  };
}
