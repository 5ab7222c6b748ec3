/**
 * The language in which graddiff's elementary functions are described: a list of basic steps,
 * each with one exactly defined result, so that every engine computes the same bits.
 *
 * A description is an ordinary function of {@link Value}s: `(x) => x.mul(x).add(1)`. Running it
 * once records the steps; `emitTypeScript.mjs` and `emitAssemblyScript.mjs` write them out, one
 * number at a time for JavaScript, a vector of lanes at a time for WebAssembly.
 *
 * All steps are those of IEEE 754 in the description's precision, rounded after each one: no
 * fused multiply-add, no reassociation. Steps on bits are given a meaning instead of an
 * encoding (`pow2`, `exponent`, `significand`, `head`), because the two languages reach them by
 * different instructions. There is no control flow, for lanes of a vector all go one way; where
 * a scalar can save the work of one side, `branch` says so, and where a vector mostly can, `seldom`.
 */

/** @typedef {"f32" | "f64"} Precision */
/** @typedef {"number" | "mask"} Kind */

/** The format of each precision: significand bits kept, exponent bias, and rounding constants. */
export const FORMAT = {
  f32: { fractionBits: 23, bias: 127, roundToInteger: 1.5 * 2 ** 23, integersFrom: 2 ** 23 },
  f64: { fractionBits: 52, bias: 1023, roundToInteger: 1.5 * 2 ** 52, integersFrom: 2 ** 52 },
};

/** The recording that is being made; a description is run inside {@link record}. */
/** @type {Precision} */
let precision = "f64";
/** @type {Value[]} */
let block = [];

/** One recorded step, and its result. */
export class Value {
  /**
   * @param {string} op name of the step
   * @param {Kind} kind whether the result is a number or a mask
   * @param {Value[]} inputs
   * @param {any} [data] what the step needs beside its inputs
   */
  constructor(op, kind, inputs, data) {
    this.op = op;
    this.kind = kind;
    this.inputs = inputs;
    this.data = data;
    this.precision = precision;
    /** @type {string | undefined} */
    this.label = undefined;
    block.push(this);
  }

  /** Gives the result a name in the generated code. @param {string} label */
  named(label) {
    this.label = label;
    return this;
  }

  // Arithmetic, rounded to the description's precision.
  /** @param {Value | number} other */
  add(other) {
    return new Value("add", "number", [this, value(other)]);
  }
  /** @param {Value | number} other */
  sub(other) {
    return new Value("sub", "number", [this, value(other)]);
  }
  /** @param {Value | number} other */
  mul(other) {
    return new Value("mul", "number", [this, value(other)]);
  }
  /** @param {Value | number} other */
  div(other) {
    return new Value("div", "number", [this, value(other)]);
  }
  sqrt() {
    return new Value("sqrt", "number", [this]);
  }
  neg() {
    return new Value("neg", "number", [this]);
  }
  abs() {
    return new Value("abs", "number", [this]);
  }
  /** Returns this value, which is not negative, with the sign of another number. @param {Value} other */
  withSignOf(other) {
    return new Value("withSignOf", "number", [this, other]);
  }
  /** Returns the smaller of this, which may be NaN, and a number that is not 0. @param {number} limit */
  min(limit) {
    return new Value("min", "number", [this, limitValue(limit)]);
  }
  /** Returns the larger of this, which may be NaN, and a number that is not 0. @param {number} limit */
  max(limit) {
    return new Value("max", "number", [this, limitValue(limit)]);
  }

  /**
   * c0 + x (c1 + x (c2 + …)), the innermost first.
   * @param {number[]} coefficients c0 first
   */
  horner(coefficients) {
    /** @type {Value} */
    let sum = value(coefficients[coefficients.length - 1] ?? 0);
    for (const coefficient of coefficients.slice(0, -1).reverse()) {
      sum = value(coefficient).add(this.mul(sum));
    }
    return sum;
  }

  /**
   * Returns the nearest integer, ties to even, for |x| below 2^22 (float32) or 2^51 (float64): adding and subtracting
   * 1.5·2^fractionBits leaves no bit below the units. Never −0, unlike the `nearest` instruction, which JavaScript does
   * not have.
   */
  nearest() {
    const { roundToInteger } = FORMAT[precision];
    return this.add(roundToInteger).sub(roundToInteger);
  }

  /**
   * 2^n for an integer-valued n whose power is a normal number (n = 1024 in float64 is not); 0 for the n below those, −127
   * and −1023.
   */
  pow2() {
    return new Value("pow2", "number", [this]);
  }

  /**
   * Returns the integer k for which x · 2^−k is in [threshold, 2·threshold); x positive and normal (otherwise any
   * number at all, to be selected away).
   * @param {number} threshold in [1/2, 1]; of a float64 only the upper 32 bits are used
   */
  exponent(threshold) {
    return new Value("exponent", "number", [this], threshold);
  }

  /** x · 2^−k, exact, for the k that `exponent` gave. @param {Value} exponent */
  significand(exponent) {
    return new Value("significand", "number", [this, exponent], exponent.data);
  }

  /**
   * Returns the leading part of a float64, at most 24 bits long: the nearest float32. The product of two heads is
   * exact.
   */
  head() {
    return new Value("head", "number", [this]);
  }

  // Comparisons give masks; with NaN all are false.
  /** @param {Value | number} other */
  lt(other) {
    return new Value("lt", "mask", [this, value(other)]);
  }
  /** @param {Value | number} other */
  le(other) {
    return new Value("le", "mask", [this, value(other)]);
  }
  /** @param {Value | number} other */
  gt(other) {
    return new Value("gt", "mask", [this, value(other)]);
  }
  /** @param {Value | number} other */
  ge(other) {
    return new Value("ge", "mask", [this, value(other)]);
  }
  /** @param {Value | number} other */
  eq(other) {
    return new Value("eq", "mask", [this, value(other)]);
  }
  isNaN() {
    return new Value("isNaN", "mask", [this]);
  }
  /** True if the sign bit is set: true for −0. */
  isNegative() {
    return new Value("isNegative", "mask", [this]);
  }

  // Masks.
  /** @param {Value} other */
  and(other) {
    return new Value("and", "mask", [this, other]);
  }
  /** @param {Value} other */
  or(other) {
    return new Value("or", "mask", [this, other]);
  }
  not() {
    return new Value("not", "mask", [this]);
  }
  /**
   * `yes` where this mask is set, otherwise `no`.
   * @param {Value | number} yes
   * @param {Value | number} no
   */
  select(yes, no) {
    return new Value("select", "number", [this, value(yes), value(no)]);
  }
}

/** Returns a limit of `min` or `max`: their instructions know neither ±0 nor NaN there. @param {number} limit */
function limitValue(limit) {
  if (limit === 0 || Number.isNaN(limit)) throw new Error(`${limit} is no limit for min or max`);
  return value(limit);
}

/** Returns a number as a step. @param {Value | number} given @returns {Value} */
export function value(given) {
  if (given instanceof Value) return given;
  const rounded = precision === "f32" ? Math.fround(given) : given;
  return new Value("constant", "number", [], rounded);
}

/**
 * Returns what `mask.select(yes(), no())` does, and vectors compute that; a scalar computes only the side it needs.
 * @param {Value} mask
 * @param {() => Value} yes
 * @param {() => Value} no
 */
export function branch(mask, yes, no) {
  const taken = inOwnBlock(yes);
  const other = inOwnBlock(no);
  return new Value("branch", "number", [mask, taken.result, other.result], [taken, other]);
}

/**
 * Returns what `branch` does, where few numbers need `yes`: a vector too computes it only if one of its lanes does.
 * @param {Value} mask
 * @param {() => Value} yes
 * @param {() => Value} no
 */
export function seldom(mask, yes, no) {
  const taken = inOwnBlock(yes);
  const other = inOwnBlock(no);
  return new Value("seldom", "number", [mask, taken.result, other.result], [taken, other]);
}

/** @param {() => Value} body */
function inOwnBlock(body) {
  const outer = block;
  block = [];
  try {
    return { result: body(), block };
  } finally {
    block = outer;
  }
}

/**
 * Returns the reduced argument of sin and cos, replaced where |x| > limit by the exact one of the hand-written
 * `reduceArgument` (an integer product, far too rare and too long for lanes).
 * @param {Value} x
 * @param {number} limit
 * @param {{ quadrant: Value, high: Value, low: Value | undefined }} ordinary what holds below
 *   the limit; without `low` the exact high part alone is taken
 */
export function reduceBeyond(x, limit, { quadrant, high, low }) {
  const large = x.abs().gt(limit);
  const parts = low === undefined ? [quadrant, high] : [quadrant, high, low];
  const all = new Value("reduceBeyond", "number", [x, large, ...parts]);
  const part = (/** @type {string} */ name) => new Value("part", "number", [all], name).named(name);
  return {
    quadrant: part("quadrant"),
    high: part("high"),
    low: low === undefined ? undefined : part("low"),
  };
}

/**
 * @typedef {object} Description one function in one precision
 * @property {string} name `exp`
 * @property {string} [group] the folder of assembly/groups that has its kernels, for a function that is no method
 *   of Tensor; default: the base has them
 * @property {Precision} precision what it takes and gives
 * @property {Precision} steps in which precision it is computed (a float32 function may be
 *   computed in float64 and rounded at the end)
 * @property {string[]} parameters
 * @property {string} comment the text above the function in the generated code
 * @property {(...inputs: Value[]) => Value} body
 * @property {number} worst the largest error that tests allow, in units in the last place: just above
 *   the worst that is known
 * @property {number} [cancelsBelow] below this argument the result is the difference of larger terms,
 *   and may be as small as one likes: there the unit is that of the result or the argument, whichever
 *   is larger
 * @property {string} checksum of its bits, as `packages/core/test/elementary/bits.test.ts` computes it
 * @property {import("./sweep.mjs").Sweep} sweep where the float64 function is compared with mpmath
 */

/** Runs a description once and gives its recorded steps. @param {Description} description */
export function record(description) {
  precision = description.steps;
  block = [];
  const parameters = description.parameters.map((name) =>
    new Value("parameter", "number", [], name).named(name),
  );
  const result = description.body(...parameters);
  return { parameters, result, block };
}

/**
 * Returns the number of uses of each step's result, counting only steps that the result depends on.
 * @param {Value} result
 * @returns {Map<Value, number>}
 */
export function countUses(result) {
  /** @type {Map<Value, number>} */
  const uses = new Map([[result, 1]]);
  const pending = [result];
  while (pending.length > 0) {
    const step = pending.pop();
    for (const input of step?.inputs ?? []) {
      if (!uses.has(input)) pending.push(input);
      uses.set(input, (uses.get(input) ?? 0) + 1);
    }
  }
  return uses;
}
