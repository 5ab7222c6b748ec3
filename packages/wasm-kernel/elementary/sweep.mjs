/**
 * The arguments for which the float64 results of a function are compared with mpmath: some are listed here, others are
 * drawn at random by `packages/core/test/golden/elementary.py`.
 */

/** @typedef {[way: string, ...settings: number[]]} Draw the method by which one argument is drawn */

/**
 * @typedef {object} Sweep
 * @property {string} oracle the function's name in mpmath
 * @property {(number | number[])[]} edges arguments that are always compared, where the method or the kind of result
 *   changes; pairs for a function of two numbers.
 * @property {(Draw | Draw[])[]} draws methods to draw the others, used in turn; pairs of methods for a function of two
 *   numbers.
 */

/** Returns the method that draws evenly between two numbers. @param {number} low @param {number} high @returns {Draw} */
export const uniform = (low, high) => ["uniform", low, high];

/** Returns the method that draws any finite number; every bit pattern has the same probability. @returns {Draw} */
export const anyNumber = () => ["anyNumber"];

/** Returns the method that draws any finite positive number; every bit pattern has the same probability. @returns {Draw} */
export const anyPositive = () => ["anyPositive"];

/**
 * Returns the method that draws a magnitude from 2^low to 2^high, evenly in its logarithm, with either sign.
 * @param {number} low
 * @param {number} high
 * @returns {Draw}
 */
export const anySize = (low, high) => near(0, low, high);

/**
 * Returns the method that draws numbers in a range of distances from a number, on either side.
 * @param {number} center
 * @param {number} low
 * @param {number} high
 * @returns {Draw}
 */
export const near = (center, low, high) => ["near", center, low, high];

/**
 * Returns the method that draws numbers in a range of distances above a number.
 * @param {number} center
 * @param {number} low
 * @param {number} high
 * @returns {Draw}
 */
export const above = (center, low, high) => ["above", center, low, high];

/** Returns the method that draws an integer other than 0. @param {number} low @param {number} high @returns {Draw} */
export const integer = (low, high) => ["integer", low, high];

/** Returns the method that draws the float64 nearest to a multiple of π/2, of any magnitude, or a neighbour of it. @returns {Draw} */
export const nearQuarterTurn = () => ["nearQuarterTurn"];

/**
 * Returns the method that draws the second argument of a power so that the result is from 2^low to 2^high.
 * @param {number} low
 * @param {number} high
 * @returns {Draw}
 */
export const powerTo = (low, high) => ["powerTo", low, high];

/** Returns a number and its neighbours on both sides. @param {number} x @param {number} [steps] */
export function around(x, steps = 3) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(x));
  const word = view.getBigInt64(0);
  return Array.from({ length: 2 * steps + 1 }, (_, index) => {
    view.setBigInt64(0, word + BigInt(index - steps));
    return Math.sign(x) * view.getFloat64(0);
  });
}

/** Denormal and other numbers near 0, and numbers that are small beside 1. */
export const TINY = [5e-324, -5e-324, 1e-310, -1e-310, 2 ** -1022, 1e-300, -1e-20].concat([
  2 ** -54,
  2 ** -53,
  -(2 ** -53),
]);
