/**
 * The language in which graddiff's elementary functions are described: a list of basic steps,
 * each with one exactly defined result, so that every engine computes the same bits.
 *
 * A description is an ordinary function of {@link Value}s: `(x) => x.mul(x).add(1)`. One run records the steps.
 * `emitTypeScript.mjs` prints them as JavaScript for one number at a time, and `emitAssemblyScript.mjs` as WebAssembly
 * for a vector at a time.
 *
 * All steps are those of IEEE 754 in the description's precision, rounded after each one: no
 * fused multiply-add, no reassociation. Steps on bits are defined by their meaning, not by an encoding (`pow2`,
 * `exponent`, `significand`, `head`), because the languages have different instructions for them. There is no control
 * flow, since all lanes of a vector run the same instructions. `branch` marks a select of which a scalar computes only
 * one side, and `seldom` one of which a vector mostly computes one side.
 */

/** @typedef {"f32" | "f64"} Precision */
/** @typedef {"number" | "mask"} Kind */

/** The format of each precision: bits of the fraction, exponent bias, and rounding constants. */
export const FORMAT = {
  f32: { fractionBits: 23, bias: 127, roundToInteger: 1.5 * 2 ** 23, integersFrom: 2 ** 23 },
  f64: { fractionBits: 52, bias: 1023, roundToInteger: 1.5 * 2 ** 52, integersFrom: 2 ** 52 },
};

/** The current recording; {@link record} runs a description. */
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
  /** Returns this value, which must not be negative, with the sign of another number. @param {Value} other */
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
   * Returns c0 + x (c1 + x (c2 + …)), computed from the innermost term.
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
   * 1.5·2^fractionBits leaves no fraction bits. The result is never −0, unlike the result of the `nearest` instruction,
   * which JavaScript does not have.
   */
  nearest() {
    const { roundToInteger } = FORMAT[precision];
    return this.add(roundToInteger).sub(roundToInteger);
  }

  /**
   * Returns 2^n for an integer n for which 2^n is a normal number (2^1024 in float64 is not). For the next lesser n,
   * −127 or −1023, it returns 0.
   */
  pow2() {
    return new Value("pow2", "number", [this]);
  }

  /**
   * Returns the integer k for which x · 2^−k is in [threshold, 2·threshold); x must be positive and normal; for other x
   * the result is arbitrary, and must not be selected.
   * @param {number} threshold in [1/2, 1]; for float64 only its upper 32 bits are used
   */
  exponent(threshold) {
    return new Value("exponent", "number", [this], threshold);
  }

  /** Returns x · 2^−k, exactly, for the k that `exponent` returned. @param {Value} exponent */
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
   * Returns `yes` where this mask is set, otherwise `no`.
   * @param {Value | number} yes
   * @param {Value | number} no
   */
  select(yes, no) {
    return new Value("select", "number", [this, value(yes), value(no)]);
  }
}

/**
 * Returns the step of a limit of `min` or `max`, whose instructions do not support a limit of ±0 or NaN.
 *
 * @param {number} limit
 */
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
 * Returns the value of `mask.select(yes(), no())`. Vectors compute both sides; a scalar computes only the side that it
 * needs.
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
 * Returns the value of `branch`, for masks that are seldom set: a vector, too, computes `yes` only if one of its lanes
 * needs it.
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
 * Returns the reduced argument of sin and cos, replaced by the exact result of the hand-written `reduceArgument` where
 * |x| > limit (a product of integers, too rare and too long for vectors).
 * @param {Value} x
 * @param {number} limit
 * @param {{ quadrant: Value, high: Value, low: Value | undefined }} ordinary the reduced argument below the limit;
 *   without `low` only the exact high part is used
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
 * @property {Precision} precision the precision of its arguments and its result
 * @property {Precision} steps the precision in which it is computed (a float32 function may be computed in float64 and
 *   rounded at the end)
 * @property {string[]} parameters
 * @property {string} comment the text above the function in the generated code
 * @property {(...inputs: Value[]) => Value} body
 * @property {number} worst the largest error that tests allow, in units in the last place: just above the largest known
 *   error
 * @property {number} [cancelsBelow] below this argument the result is the difference of larger terms and may be
 *   arbitrarily small: there errors are measured in the unit of the result or the argument, whichever is larger
 * @property {string} checksum of the function's bits, as `packages/core/test/elementary/bits.test.ts` computes it
 * @property {import("./sweep.mjs").Sweep} sweep the arguments at which the float64 function is compared with mpmath
 */

/** Runs a description once and returns its recorded steps. @param {Description} description */
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
