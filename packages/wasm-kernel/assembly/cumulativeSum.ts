// Cumulative sums along an axis in one fixed order of two levels, which the JavaScript runner uses, too, for the same
// bits:
//
//   sequence    | superblock 0: 128 blocks | superblock 1 | …
//   superblock  | block 0: 128 elements | block 1 | …
//   block       | x₀ x₁ x₂ …
//
//   out = (top + base) + local
//     top:   the sum of the superblocks before
//     base:  the sum of the blocks before, in the superblock
//     local: the sum of the elements up to there, in the block
//
// Each of the three is a running sum that begins with −0, since adding −0 changes no number. So the results of the
// first block are plain running sums, and a sum is −0 only if all its elements are −0. `local` and `base` have at most
// 128 terms, and `top` has one for each 16384 elements: 10⁷ times 0.1 in float32 is right within 1e-5, where one
// running sum is 8.8 % off and blocks of 128 alone are 6.8e-4 off. (The sum of all elements has another order, see
// summation.ts.)
//
// The array is outer × length × inner. With `reverse`, elements and blocks are counted from the last element along the
// axis. Rows of `inner` elements are `pitch` elements apart: `pitch` exceeds `inner` where the rows are some columns of
// a wider array, and then `outer` is 1.

import { Add } from "./operations";
import { scan } from "./scan";
import { VECTOR_BYTES } from "./vector";

/** Elements of a block, and blocks of a superblock. */
const BLOCK: usize = 128;

/** The most bytes of a row whose sums stay in registers. */
const MOST_NARROW: usize = 4 * VECTOR_BYTES;

/** The bytes of a strip: the part of a row whose columns are summed together. */
const STRIP_BYTES: usize = 16384;

/**
 * Rows of at most SHORT_ROW bytes, and of at least LONG_ROW bytes, are processed four at a time, so that their local
 * sums are read and written once. The processor prefetches rows of other lengths better one by one: they take 0.6 of
 * the time.
 */
const SHORT_ROW: usize = 512;
const LONG_ROW: usize = 2048;

// The state of a strip of columns, or of up to four rows:
//
//   | local | top + base | base | top |     each STRIP_BYTES long, a sum for each column

const BEFORE: usize = STRIP_BYTES;
const BASE: usize = 2 * STRIP_BYTES;
const TOP: usize = 3 * STRIP_BYTES;

/** Bytes of scratch memory that a cumulative sum needs, whatever the shape. */
export function cumulativeSumScratchByteLength(): usize {
  return 4 * STRIP_BYTES;
}

/** x + y of vectors V with elements T, or of single elements, whose V is T. */
@inline
function plus<T, V>(x: V, y: V): V {
  if (isVector<V>()) return changetype<V>(v128.add<T>(changetype<v128>(x), changetype<v128>(y)));
  return <V>(x + y);
}

/** −0: adding it changes no number. */
@inline
function nothing<T, V>(): V {
  if (isVector<V>()) return changetype<V>(v128.splat<T>(<T>-0.0));
  return <V>-0.0;
}

/** Sets the state of `bytes` of columns to the state before the first block. */
function begin<T>(state: usize, bytes: usize): void {
  const none = v128.splat<T>(<T>-0.0);
  for (const end = state + bytes; state < end; state += VECTOR_BYTES) {
    v128.store(state, none, BEFORE);
    v128.store(state, none, BASE);
    v128.store(state, none, TOP);
  }
}

/** Adds the local sums of a block to the sums of the blocks before. */
function advance<T>(state: usize, bytes: usize, endsSuperblock: bool): void {
  for (const end = state + bytes; state < end; state += VECTOR_BYTES) {
    let base = v128.add<T>(v128.load(state, BASE), v128.load(state));
    let top = v128.load(state, TOP);
    if (endsSuperblock) {
      top = v128.add<T>(top, base);
      base = v128.splat<T>(<T>-0.0);
    }
    v128.store(state, base, BASE);
    v128.store(state, top, TOP);
    v128.store(state, v128.add<T>(top, base), BEFORE);
  }
}

/** Writes the sums along one sequence of elements, `step` bytes apart. */
function sumOne<T>(x: usize, out: usize, length: usize, step: isize): void {
  let top: T = <T>-0.0;
  let base: T = <T>-0.0;
  for (let blocks = BLOCK; length > 0; blocks--) {
    if (blocks == 0) {
      top = <T>(top + base);
      base = <T>-0.0;
      blocks = BLOCK;
    }
    const before: T = <T>(top + base);
    const block = min(length, BLOCK);
    length -= block;
    let local: T = <T>-0.0;
    if (block & 1) {
      local = load<T>(x);
      store<T>(out, <T>(before + local));
      x += step;
      out += step;
    }
    for (let pairs = block >> 1; pairs > 0; pairs--) {
      local = <T>(local + load<T>(x));
      store<T>(out, <T>(before + local));
      local = <T>(local + load<T>(x + step));
      store<T>(out + step, <T>(before + local));
      x += 2 * step;
      out += 2 * step;
    }
    base = <T>(base + local);
  }
}

/**
 * Writes the running sums of a block of four sequences, each by itself. `x` and `out` are addresses in the first
 * sequence; `second`, `third` and `fourth` are the byte offsets of the others from it, of which some may be equal.
 */
function sumFour<T, V>(
  x: usize,
  out: usize,
  state: usize,
  block: usize,
  step: isize,
  second: usize,
  third: usize,
  fourth: usize,
): void {
  const before0 = load<V>(state, BEFORE);
  const before1 = load<V>(state, BEFORE + sizeof<V>());
  const before2 = load<V>(state, BEFORE + 2 * sizeof<V>());
  const before3 = load<V>(state, BEFORE + 3 * sizeof<V>());
  let local0 = nothing<T, V>();
  let local1 = local0;
  let local2 = local0;
  let local3 = local0;
  for (; block > 0; block--) {
    local0 = plus<T, V>(local0, load<V>(x));
    local1 = plus<T, V>(local1, load<V>(x + second));
    local2 = plus<T, V>(local2, load<V>(x + third));
    local3 = plus<T, V>(local3, load<V>(x + fourth));
    store<V>(out, plus<T, V>(before0, local0));
    store<V>(out + second, plus<T, V>(before1, local1));
    store<V>(out + third, plus<T, V>(before2, local2));
    store<V>(out + fourth, plus<T, V>(before3, local3));
    x += step;
    out += step;
  }
  store<V>(state, local0);
  store<V>(state, local1, sizeof<V>());
  store<V>(state, local2, 2 * sizeof<V>());
  store<V>(state, local3, 3 * sizeof<V>());
}

/**
 * Sums a block along four rows of f32, which are `bytes` apart, forwards or backwards from `x`. Four columns at a time
 * are transposed, so that the lanes of sums are rows, and the results are transposed back.
 */
function sumRows(x: usize, out: usize, state: usize, block: usize, bytes: usize, reverse: i32): void {
  const before = v128.load(state, BEFORE);
  let local = f32x4.splat(-0.0);
  // When summing backwards, x is the address of the last element of a vector.
  const ahead: usize = reverse ? VECTOR_BYTES - 4 : 0;
  const step: isize = reverse ? -4 : 4;
  for (; block >= 4; block -= 4) {
    const from = x - ahead;
    const row0 = v128.load(from);
    const row1 = v128.load(from + bytes);
    const row2 = v128.load(from + 2 * bytes);
    const row3 = v128.load(from + 3 * bytes);
    const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
    const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
    const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
    let column0 = v128.shuffle<f32>(low01, low23, 0, 1, 4, 5);
    let column1 = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
    let column2 = v128.shuffle<f32>(high01, high23, 0, 1, 4, 5);
    let column3 = v128.shuffle<f32>(high01, high23, 2, 3, 6, 7);
    if (reverse) {
      column3 = f32x4.add(local, column3);
      column2 = f32x4.add(column3, column2);
      column1 = f32x4.add(column2, column1);
      column0 = f32x4.add(column1, column0);
      local = column0;
    } else {
      column0 = f32x4.add(local, column0);
      column1 = f32x4.add(column0, column1);
      column2 = f32x4.add(column1, column2);
      column3 = f32x4.add(column2, column3);
      local = column3;
    }
    column0 = f32x4.add(before, column0);
    column1 = f32x4.add(before, column1);
    column2 = f32x4.add(before, column2);
    column3 = f32x4.add(before, column3);
    const left01 = v128.shuffle<f32>(column0, column1, 0, 4, 1, 5);
    const left23 = v128.shuffle<f32>(column0, column1, 2, 6, 3, 7);
    const right01 = v128.shuffle<f32>(column2, column3, 0, 4, 1, 5);
    const right23 = v128.shuffle<f32>(column2, column3, 2, 6, 3, 7);
    const to = out - ahead;
    v128.store(to, v128.shuffle<f32>(left01, right01, 0, 1, 4, 5));
    v128.store(to + bytes, v128.shuffle<f32>(left01, right01, 2, 3, 6, 7));
    v128.store(to + 2 * bytes, v128.shuffle<f32>(left23, right23, 0, 1, 4, 5));
    v128.store(to + 3 * bytes, v128.shuffle<f32>(left23, right23, 2, 3, 6, 7));
    x += 4 * step;
    out += 4 * step;
  }
  v128.store(state, local);
  // The remaining rows of the last block are summed one by one.
  for (; block > 0; block--) {
    for (let row: usize = 0; row < 4; row++) {
      const own = state + (row << 2);
      const sum = load<f32>(own) + load<f32>(x + row * bytes);
      store<f32>(own, sum);
      store<f32>(out + row * bytes, load<f32>(own, BEFORE) + sum);
    }
    x += step;
    out += step;
  }
}

/** Sums a block along `bytes` of columns. The last vector is at the offset `last`, and may overlap the one before. */
function sumColumns<T>(
  x: usize,
  out: usize,
  state: usize,
  block: usize,
  step: isize,
  bytes: usize,
  last: isize,
): void {
  const none = v128.splat<T>(<T>-0.0);
  for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) v128.store(state + i, none);
  const areFour = bytes <= SHORT_ROW || bytes >= LONG_ROW;
  for (; block >= 4 && areFour; block -= 4) {
    for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) {
      const before = v128.load(state + i, BEFORE);
      const first = <usize>min<isize>(i, last);
      const second = first + step;
      const third = second + step;
      const fourth = third + step;
      let local = v128.add<T>(v128.load(state + i), v128.load(x + first));
      v128.store(out + first, v128.add<T>(before, local));
      local = v128.add<T>(local, v128.load(x + second));
      v128.store(out + second, v128.add<T>(before, local));
      local = v128.add<T>(local, v128.load(x + third));
      v128.store(out + third, v128.add<T>(before, local));
      local = v128.add<T>(local, v128.load(x + fourth));
      v128.store(out + fourth, v128.add<T>(before, local));
      v128.store(state + i, local);
    }
    x += 4 * step;
    out += 4 * step;
  }
  for (; block > 0; block--) {
    for (let i: usize = 0; i < bytes; i += VECTOR_BYTES) {
      const first = <usize>min<isize>(i, last);
      const local = v128.add<T>(v128.load(state + i), v128.load(x + first));
      v128.store(out + first, v128.add<T>(v128.load(state + i, BEFORE), local));
      v128.store(state + i, local);
    }
    x += step;
    out += step;
  }
}

/** Writes the cumulative sums along an axis, a block after the other. */
function sumInBlocks<T>(
  x: usize,
  out: usize,
  state: usize,
  outer: usize,
  length: usize,
  inner: usize,
  pitch: usize,
  reverse: i32,
): void {
  const row = inner * sizeof<T>();
  const apart = pitch * sizeof<T>();
  const bytes = length * apart;
  const step: isize = reverse ? -apart : apart;
  if (reverse) {
    x += bytes - apart;
    out += bytes - apart;
  }
  // Along the last axis, four rows are summed together; along other axes columns, as vectors if they fill one.
  const isLast = inner == 1;
  const isNarrow = row < VECTOR_BYTES;
  const width = isNarrow ? sizeof<T>() : VECTOR_BYTES;
  const last = row - width;
  const second: usize = isLast ? bytes : min(width, last);
  const third: usize = isLast ? 2 * bytes : min(second + width, last);
  const fourth: usize = isLast ? 3 * bytes : last;
  while (outer > 0) {
    const together: usize = isLast && outer >= 4 ? 4 : 1;
    // The sums of a single sequence stay in registers.
    const isAlone = isLast && together == 1;
    if (isAlone) sumOne<T>(x, out, length, step);
    for (let strip: usize = 0; strip < row && !isAlone; strip += STRIP_BYTES) {
      const wide = min(STRIP_BYTES, row - strip);
      const used = row > MOST_NARROW ? wide : 4 * width;
      let from = x + strip;
      let to = out + strip;
      begin<T>(state, used);
      let left = length;
      for (let blocks = BLOCK; ; ) {
        const block = min(left, BLOCK);
        if (isLast && sizeof<T>() == 4) sumRows(from, to, state, block, bytes, reverse);
        else if (row > MOST_NARROW) sumColumns<T>(from, to, state, block, step, wide, last - strip);
        else if (isNarrow) sumFour<T, T>(from, to, state, block, step, second, third, fourth);
        else sumFour<T, v128>(from, to, state, block, step, second, third, fourth);
        left -= block;
        if (left == 0) break;
        from += block * step;
        to += block * step;
        blocks = blocks == 1 ? BLOCK : blocks - 1;
        advance<T>(state, used, blocks == BLOCK);
      }
    }
    x += together * bytes;
    out += together * bytes;
    outer -= together;
  }
}

/**
 * out[o, k, i] = x[o, 0, i] + … + x[o, k, i], in the order of two levels; with `reverse`, from the last element on.
 * `scratch` is cumulativeSumScratchByteLength() bytes of memory that nothing else uses during the call.
 */
// exported for f32, f64, i32
function cumulativeSum<T>(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  length: usize,
  inner: usize,
  pitch: usize,
  reverse: i32,
): void {
  // One block is a plain running sum, and integers have the same sums in any order.
  if (isInteger<T>() || length <= BLOCK) scan<T, Add>(x, 0, out, outer, length, inner, pitch, reverse);
  else if (inner > 0) sumInBlocks<T>(x, out, scratch, outer, length, inner, pitch, reverse);
}
