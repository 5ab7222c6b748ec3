// The greatest element of each window of planes, and its index in its plane: the first of equal ones, and the last NaN
// if there is one, as in PyTorch. Padding is never chosen.

import { VECTOR_BYTES, vectorLength } from "../../vector";
import {
  clearPlane,
  copyIndices,
  copyResults,
  distances,
  even,
  isBetter,
  layOut,
  lowest,
  odd,
  plane,
  planeLength,
  rest,
  resultLength,
  results,
  starts,
  taps,
  vectors,
  writeOffsets,
  writeOrigins,
  writePlane,
  writeTables,
} from "./plane";

/** Converts int32 lanes to lanes of the width of T: for 8 bytes, only the first two. */
@inline
function widened<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.extend_low_i32x4_s(x) : x;
}

/** Converts lanes of the width of T to int32 lanes. */
@inline
function narrowed<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<i32>(x, x, 0, 2, 0, 2) : x;
}

/** Returns, for each window of a vector, the distance from its first element to its first one that is not padding. */
@inline
function firstChoice<T>(firsts: usize, origins: usize): v128 {
  return widened<T>(i32x4.sub(v128.load(firsts), v128.load(origins)));
}

/** Stores the chosen elements of a vector of windows, and their indices. */
@inline
function storeChoice<T>(v: usize, greatest: v128, chosen: v128, origins: usize, places: usize): void {
  v128.store(results + v, greatest);
  v128.store(places + v, i32x4.add(narrowed<T>(chosen), v128.load(origins + v)));
}

/**
 * Computes the greatest elements of the current plane, and their indices, two vectors at a time, since neither needs
 * the result of the other.
 */
function chooseInPlane<T>(offsets: usize, origins: usize, firsts: usize, places: usize): void {
  for (let group: usize = 0; group < <usize>vectors; group += 2) {
    const start = starts + (group << 2);
    const from0 = plane + <usize>load<i32>(start);
    const from1 = plane + <usize>load<i32>(start, 4);
    const v0 = group * VECTOR_BYTES;
    const v1 = v0 + VECTOR_BYTES;
    let greatest0 = v128.splat<T>(lowest<T>());
    let greatest1 = greatest0;
    let chosen0 = firstChoice<T>(firsts + v0, origins + v0);
    let chosen1 = firstChoice<T>(firsts + v1, origins + v1);
    for (let t: usize = 0; t < <usize>taps << 2; t += 4) {
      const distance = <usize>load<i32>(distances + t);
      const offset = widened<T>(v128.load32_splat(offsets + t));
      const x0 = v128.load(from0 + distance);
      const x1 = v128.load(from1 + distance);
      const better0 = isBetter<T>(x0, greatest0);
      const better1 = isBetter<T>(x1, greatest1);
      greatest0 = v128.bitselect(x0, greatest0, better0);
      greatest1 = v128.bitselect(x1, greatest1, better1);
      chosen0 = v128.bitselect(offset, chosen0, better0);
      chosen1 = v128.bitselect(offset, chosen1, better1);
    }
    storeChoice<T>(v0, greatest0, chosen0, origins, places);
    storeChoice<T>(v1, greatest1, chosen1, origins, places);
  }
}

/** Returns the indices 0, 2, … of the first elements of a vector of windows with stride 2. */
@inline
function twos<T>(): v128 {
  return sizeof<T>() == 8 ? i64x2(0, 2) : i32x4(0, 2, 4, 6);
}

/**
 * Pools windows of 2 × 2 with stride 2 and no padding, for results of at least a vector per row, directly from two rows
 * of a plane of width `w`. The last vector of a row may compute some windows again.
 */
function chooseInPairs<T>(x: usize, values: usize, indices: usize, w: i32, outH: i32, outW: i32): void {
  const lanes = <i32>vectorLength<T>();
  const size = <i32>sizeof<T>();
  for (let h = 0; h < outH; h++) {
    const origin = 2 * h * w;
    const upper = x + <usize>(origin * size);
    const lower = upper + <usize>(w * size);
    for (let next = 0; next < outW; next += lanes) {
      const at = min(next, outW - lanes);
      const a0 = v128.load(upper + <usize>(2 * at * size));
      const b0 = v128.load(upper + <usize>(2 * at * size), VECTOR_BYTES);
      const a1 = v128.load(lower + <usize>(2 * at * size));
      const b1 = v128.load(lower + <usize>(2 * at * size), VECTOR_BYTES);
      let greatest = even<T>(a0, b0);
      let chosen = i32x4.splat(0);
      let candidate = odd<T>(a0, b0);
      let better = isBetter<T>(candidate, greatest);
      greatest = v128.bitselect(candidate, greatest, better);
      chosen = v128.bitselect(widened<T>(i32x4.splat(1)), chosen, better);
      candidate = even<T>(a1, b1);
      better = isBetter<T>(candidate, greatest);
      greatest = v128.bitselect(candidate, greatest, better);
      chosen = v128.bitselect(widened<T>(i32x4.splat(w)), chosen, better);
      candidate = odd<T>(a1, b1);
      better = isBetter<T>(candidate, greatest);
      greatest = v128.bitselect(candidate, greatest, better);
      chosen = v128.bitselect(widened<T>(i32x4.splat(w + 1)), chosen, better);
      const first = i32x4.add(narrowed<T>(twos<T>()), i32x4.splat(origin + 2 * at));
      const places = i32x4.add(narrowed<T>(chosen), first);
      v128.store(values + <usize>(at * size), greatest);
      if (size == 8) v128.store64_lane(indices + (<usize>at << 2), places, 0);
      else v128.store(indices + (<usize>at << 2), places);
    }
    values += <usize>(outW * size);
    indices += <usize>outW << 2;
  }
}

/** Pools `planes` planes, one after the other. The scratch memory is `windowScratchByteLength()` bytes. */
// exported for f32, f64, i32
function maxPoolWithIndices<T>(
  x: usize,
  values: usize,
  indices: usize,
  scratch: usize,
  planes: i32,
  d: i32,
  h: i32,
  w: i32,
  lowD: i32,
  lowH: i32,
  lowW: i32,
  gapD: i32,
  gapH: i32,
  gapW: i32,
  sizeD: i32,
  sizeH: i32,
  sizeW: i32,
  strideD: i32,
  strideH: i32,
  strideW: i32,
  dilationD: i32,
  dilationH: i32,
  dilationW: i32,
  outD: i32,
  outH: i32,
  outW: i32,
): void {
  if (outD * outH * outW == 0) return;
  const isInPairs =
    d * sizeD * outD == 1 &&
    sizeH == 2 &&
    sizeW == 2 &&
    strideH == 2 &&
    strideW == 2 &&
    dilationH * dilationW * gapH * gapW == 1 &&
    (lowD | lowH | lowW) == 0 &&
    2 * outH <= h &&
    2 * outW <= w &&
    outW >= <i32>vectorLength<T>();
  if (isInPairs) {
    for (let i = 0; i < planes; i++) {
      chooseInPairs<T>(x, values, indices, w, outH, outW);
      x += <usize>(h * w) * sizeof<T>();
      values += <usize>(outH * outW) * sizeof<T>();
      indices += <usize>(outH * outW) << 2;
    }
    return;
  }
  layOut(
    <i32>sizeof<T>(),
    scratch,
    d,
    h,
    w,
    lowD,
    lowH,
    lowW,
    gapD,
    gapH,
    gapW,
    sizeD,
    sizeH,
    sizeW,
    strideD,
    strideH,
    strideW,
    dilationD,
    dilationH,
    dilationW,
    outD,
    outH,
    outW,
  );
  const bytes = <usize>vectors * VECTOR_BYTES;
  const places = rest;
  const origins = places + bytes;
  const firsts = origins + bytes;
  const offsets = firsts + bytes;
  writeTables<T>();
  writeOffsets(offsets);
  writeOrigins<T>(origins, firsts);
  clearPlane<T>(lowest<T>());
  for (let i = 0; i < planes; i++) {
    writePlane<T>(x);
    chooseInPlane<T>(offsets, origins, firsts, places);
    copyResults<T>(results, values);
    copyIndices(places, indices, <i32>vectorLength<T>());
    x += <usize>planeLength() * sizeof<T>();
    values += <usize>resultLength() * sizeof<T>();
    indices += <usize>resultLength() << 2;
  }
}
