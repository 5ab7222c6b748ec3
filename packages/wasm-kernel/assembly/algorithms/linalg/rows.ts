// Operations on rows and blocks of matrices, which factorisations call. Each element is computed separately in a fixed
// order, so its bits do not depend on vectors, blocks and panels. `packages/core/src/algorithms/linalg/rows.ts` has the
// same functions for JavaScript.

import { subtractMatmul, subtractScratchByteLength } from "../../matmulSubtract";
import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "../../vector";
import { Elements, Int } from "../elements";

/** The number of rows, columns or terms below which a product is not packed. */
const FEW: Int = 8;

/** The address of an element. */
@inline
function addressOf<T>(array: Elements, at: Int): usize {
  return array + (<usize>at << alignof<T>());
}

/**
 * The number of unused elements between the rows of a matrix whose rows are rotated: rows that begin at multiples of
 * 4096 bytes would all share one set of the cache.
 */
export const APART: Int = 16;

/** Computes y += factor · x, for `count` elements. */
export function addScaled<T>(
  y: Elements,
  yAt: Int,
  x: Elements,
  xAt: Int,
  factor: T,
  count: Int,
): void {
  let to = addressOf<T>(y, yAt);
  let from = addressOf<T>(x, xAt);
  const factors = v128.splat<T>(factor);
  const step = <Int>vectorLength<T>();
  for (; count >= 2 * step; count -= 2 * step) {
    const first = v128.add<T>(v128.load(to), v128.mul<T>(v128.load(from), factors));
    const second = v128.add<T>(v128.load(to, 16), v128.mul<T>(v128.load(from, 16), factors));
    v128.store(to, first);
    v128.store(to, second, 16);
    to += 2 * VECTOR_BYTES;
    from += 2 * VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    store<T>(to, <T>(load<T>(to) + <T>(load<T>(from) * factor)));
    to += sizeof<T>();
    from += sizeof<T>();
  }
}

/** Computes y = (y + first · x) + second · z. */
export function addTwoScaled<T>(
  y: Elements,
  yAt: Int,
  x: Elements,
  xAt: Int,
  first: T,
  z: Elements,
  zAt: Int,
  second: T,
  count: Int,
): void {
  let to = addressOf<T>(y, yAt);
  let fromX = addressOf<T>(x, xAt);
  let fromZ = addressOf<T>(z, zAt);
  const firsts = v128.splat<T>(first);
  const seconds = v128.splat<T>(second);
  for (; count >= <Int>vectorLength<T>(); count -= <Int>vectorLength<T>()) {
    const sum = v128.add<T>(v128.load(to), v128.mul<T>(v128.load(fromX), firsts));
    v128.store(to, v128.add<T>(sum, v128.mul<T>(v128.load(fromZ), seconds)));
    to += VECTOR_BYTES;
    fromX += VECTOR_BYTES;
    fromZ += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    const sum = <T>(load<T>(to) + <T>(load<T>(fromX) * first));
    store<T>(to, <T>(sum + <T>(load<T>(fromZ) * second)));
    to += sizeof<T>();
    fromX += sizeof<T>();
    fromZ += sizeof<T>();
  }
}

/**
 * Returns the sum of x · y, with as many lanes as four vectors have. Element i is added to lane i mod lanes, and the
 * lanes are combined as in sums (summation.ts).
 */
export function dot<T>(x: Elements, xAt: Int, y: Elements, yAt: Int, count: Int): T {
  let fromX = addressOf<T>(x, xAt);
  let fromY = addressOf<T>(y, yAt);
  let sum0 = v128.splat<T>(<T>0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  const lanes = <Int>groupLength<T>();
  for (; count >= lanes; count -= lanes) {
    sum0 = v128.add<T>(sum0, v128.mul<T>(v128.load(fromX), v128.load(fromY)));
    sum1 = v128.add<T>(sum1, v128.mul<T>(v128.load(fromX, 16), v128.load(fromY, 16)));
    sum2 = v128.add<T>(sum2, v128.mul<T>(v128.load(fromX, 32), v128.load(fromY, 32)));
    sum3 = v128.add<T>(sum3, v128.mul<T>(v128.load(fromX, 48), v128.load(fromY, 48)));
    fromX += GROUP_BYTES;
    fromY += GROUP_BYTES;
  }
  const all = v128.add<T>(v128.add<T>(sum0, sum1), v128.add<T>(sum2, sum3));
  let sum: T;
  if (sizeof<T>() == 4) {
    sum = <T>(
      f32.add(
        f32.add(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
        f32.add(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
      )
    );
  } else {
    sum = <T>f64.add(f64x2.extract_lane(all, 0), f64x2.extract_lane(all, 1));
  }
  // The remaining elements are added one by one.
  for (; count > 0; count--) {
    sum = <T>(sum + <T>(load<T>(fromX) * load<T>(fromY)));
    fromX += sizeof<T>();
    fromY += sizeof<T>();
  }
  return sum;
}

/**
 * Returns the greatest magnitude of the elements, 0 if there are none; NaN or an infinity if one of them is not finite.
 */
export function greatestOf<T>(x: Elements, at: Int, count: Int): T {
  let from = addressOf<T>(x, at);
  let all = v128.splat<T>(<T>0);
  // x − x is NaN if x is not finite, else 0. A maximum that propagates NaN would take seven instructions in place of
  // one.
  let wrong = all;
  for (; count >= <Int>vectorLength<T>(); count -= <Int>vectorLength<T>()) {
    const own = v128.abs<T>(v128.load(from));
    all = v128.pmax<T>(all, own);
    wrong = v128.add<T>(wrong, v128.sub<T>(own, own));
    from += VECTOR_BYTES;
  }
  let greatest: T;
  let rest: T;
  if (sizeof<T>() == 4) {
    const half = f32x4.pmax(all, v128.shuffle<f32>(all, all, 2, 3, 0, 1));
    const whole = f32x4.pmax(half, v128.shuffle<f32>(half, half, 1, 0, 3, 2));
    greatest = <T>f32x4.extract_lane(whole, 0);
    const sum = f32x4.add(wrong, v128.shuffle<f32>(wrong, wrong, 2, 3, 0, 1));
    rest = <T>f32.add(f32x4.extract_lane(sum, 0), f32x4.extract_lane(sum, 1));
  } else {
    const whole = f64x2.pmax(all, v128.shuffle<f64>(all, all, 1, 0));
    greatest = <T>f64x2.extract_lane(whole, 0);
    rest = <T>f64.add(f64x2.extract_lane(wrong, 0), f64x2.extract_lane(wrong, 1));
  }
  for (; count > 0; count--) {
    const own = abs<T>(load<T>(from));
    if (own > greatest) greatest = own;
    rest = <T>(rest + <T>(own - own));
    from += sizeof<T>();
  }
  return <T>(greatest + rest);
}

/** Computes x = x / divisor. */
export function divideRow<T>(x: Elements, at: Int, divisor: T, count: Int): void {
  let to = addressOf<T>(x, at);
  const divisors = v128.splat<T>(divisor);
  for (; count >= <Int>vectorLength<T>(); count -= <Int>vectorLength<T>()) {
    v128.store(to, v128.div<T>(v128.load(to), divisors));
    to += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    store<T>(to, <T>(load<T>(to) / divisor));
    to += sizeof<T>();
  }
}

/** Exchanges two rows. */
export function swapRows<T>(x: Elements, first: Int, second: Int, count: Int): void {
  let a = addressOf<T>(x, first);
  let b = addressOf<T>(x, second);
  for (; count >= <Int>vectorLength<T>(); count -= <Int>vectorLength<T>()) {
    const own = v128.load(a);
    v128.store(a, v128.load(b));
    v128.store(b, own);
    a += VECTOR_BYTES;
    b += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    const own = load<T>(a);
    store<T>(a, load<T>(b));
    store<T>(b, own);
    a += sizeof<T>();
    b += sizeof<T>();
  }
}

/**
 * Rotates neighbouring rows, one pair after the other: with c and s the pair k of `pairs`, rows k and k + 1 become c ·
 * row k − s · row (k + 1) and s · row k + c · row (k + 1). A strip of columns stays in registers while all rows pass.
 *
 * @param step the distance between rows, in elements.
 * @param up 1 to rotate from the last pair to the first, 0 from the first to the last.
 */
export function rotateRows<T>(
  x: Elements,
  at: Int,
  step: Int,
  columns: Int,
  pairs: Elements,
  pairsAt: Int,
  first: Int,
  last: Int,
  up: Int,
): void {
  if (first > last) return;
  const bytes = <usize>step << alignof<T>();
  const start = addressOf<T>(x, at) + bytes * <usize>(up > 0 ? last + 1 : first);
  const move: usize = up > 0 ? 0 - bytes : bytes;
  const pairStep: usize = up > 0 ? 0 - 2 * sizeof<T>() : 2 * sizeof<T>();
  const firstPair = addressOf<T>(pairs, pairsAt + 2 * (up > 0 ? last : first));
  const count = last - first + 1;
  let column: Int = 0;
  for (; column + 4 * <Int>vectorLength<T>() <= columns; column += 4 * <Int>vectorLength<T>()) {
    let row = start + (<usize>column << alignof<T>());
    let pair = firstPair;
    let carry0 = v128.load(row);
    let carry1 = v128.load(row, 16);
    let carry2 = v128.load(row, 32);
    let carry3 = v128.load(row, 48);
    for (let k = count; k > 0; k--) {
      const next = row + move;
      const c = v128.load_splat<T>(pair);
      // When rotating upwards, the row in registers is the lower one of the pair.
      const s = v128.load_splat<T>(pair, sizeof<T>());
      const own = up > 0 ? v128.neg<T>(s) : s;
      const next0 = v128.load(next);
      const next1 = v128.load(next, 16);
      const next2 = v128.load(next, 32);
      const next3 = v128.load(next, 48);
      v128.store(row, v128.sub<T>(v128.mul<T>(c, carry0), v128.mul<T>(own, next0)));
      v128.store(row, v128.sub<T>(v128.mul<T>(c, carry1), v128.mul<T>(own, next1)), 16);
      v128.store(row, v128.sub<T>(v128.mul<T>(c, carry2), v128.mul<T>(own, next2)), 32);
      v128.store(row, v128.sub<T>(v128.mul<T>(c, carry3), v128.mul<T>(own, next3)), 48);
      carry0 = v128.add<T>(v128.mul<T>(c, next0), v128.mul<T>(own, carry0));
      carry1 = v128.add<T>(v128.mul<T>(c, next1), v128.mul<T>(own, carry1));
      carry2 = v128.add<T>(v128.mul<T>(c, next2), v128.mul<T>(own, carry2));
      carry3 = v128.add<T>(v128.mul<T>(c, next3), v128.mul<T>(own, carry3));
      row = next;
      pair += pairStep;
    }
    v128.store(row, carry0);
    v128.store(row, carry1, 16);
    v128.store(row, carry2, 32);
    v128.store(row, carry3, 48);
  }
  for (; column < columns; column++) {
    let row = start + (<usize>column << alignof<T>());
    let pair = firstPair;
    let carry = load<T>(row);
    for (let k = count; k > 0; k--) {
      const next = row + move;
      const c = load<T>(pair);
      const s = load<T>(pair, sizeof<T>());
      const own = up > 0 ? <T>-s : s;
      const value = load<T>(next);
      store<T>(row, <T>(<T>(c * carry) - <T>(own * value)));
      carry = <T>(<T>(c * value) + <T>(own * carry));
      row = next;
      pair += pairStep;
    }
    store<T>(row, carry);
  }
}

/**
 * Computes out −= a · b, each element in the order of the terms. The rows of out may have a negative step; its columns
 * are adjacent.
 *
 * @param work memory for packed panels, of `workLength()` bytes.
 */
export function subtractProduct<T>(
  out: Elements,
  outAt: Int,
  outRow: Int,
  a: Elements,
  aAt: Int,
  aRow: Int,
  aColumn: Int,
  b: Elements,
  bAt: Int,
  bRow: Int,
  bColumn: Int,
  rows: Int,
  columns: Int,
  terms: Int,
  work: Elements,
): void {
  if (rows >= FEW && columns >= FEW && terms >= FEW) {
    subtractMatmul<T>(
      addressOf<T>(a, aAt),
      addressOf<T>(b, bAt),
      addressOf<T>(out, outAt),
      work,
      rows,
      columns,
      terms,
      aRow * <Int>sizeof<T>(),
      aColumn * <Int>sizeof<T>(),
      bRow * <Int>sizeof<T>(),
      bColumn * <Int>sizeof<T>(),
      outRow * <Int>sizeof<T>(),
    );
    return;
  }
  if (bColumn == 1 && columns >= 4) {
    for (let i: Int = 0; i < rows; i++) {
      for (let k: Int = 0; k < terms; k++) {
        const factor = <T>-load<T>(addressOf<T>(a, aAt + i * aRow + k * aColumn));
        addScaled<T>(out, outAt + i * outRow, b, bAt + k * bRow, factor, columns);
      }
    }
    return;
  }
  const aStep = <usize>aColumn << alignof<T>();
  const bStep = <usize>bRow << alignof<T>();
  for (let i: Int = 0; i < rows; i++) {
    for (let j: Int = 0; j < columns; j++) {
      const to = addressOf<T>(out, outAt + i * outRow + j);
      let fromA = addressOf<T>(a, aAt + i * aRow);
      let fromB = addressOf<T>(b, bAt + j * bColumn);
      let sum = load<T>(to);
      for (let k = terms; k > 0; k--) {
        sum = <T>(sum - <T>(load<T>(fromA) * load<T>(fromB)));
        fromA += aStep;
        fromB += bStep;
      }
      store<T>(to, sum);
    }
  }
}

/** Returns the bytes of `work` for products of up to `rows` rows, `columns` columns and `terms` terms. */
export function workLength<T>(rows: Int, columns: Int, terms: Int): Int {
  return <Int>subtractScratchByteLength<T>(rows, columns, terms);
}
