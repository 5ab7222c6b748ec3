// The greatest element of each window of planes, and where in its plane it stands: the first of equal ones, and the
// last NaN if there is one, as PyTorch has it. What is padded is never chosen.

import { VECTOR_BYTES, vectorLength } from "../../vector";
import {
  clearPlane,
  copyIndices,
  copyResults,
  distances,
  layOut,
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

/** The least value, which nothing that is chosen is below. */
@inline
function lowest<T>(): T {
  if (isFloat<T>()) return <T>-Infinity;
  return <T>i32.MIN_VALUE;
}

/** Four int32 as lanes of the width of T: the first two of them for numbers of 8 bytes. */
@inline
function widened<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.extend_low_i32x4_s(x) : x;
}

/** The other way round. */
@inline
function narrowed<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<i32>(x, x, 0, 2, 0, 2) : x;
}

/** The chosen elements of the plane that is there, and their places. */
function chooseInPlane<T>(offsets: usize, origins: usize, firsts: usize, places: usize): void {
  for (let v: usize = 0; v < <usize>vectors; v++) {
    const from = plane + <usize>load<i32>(starts + (v << 2));
    const origin = v128.load(origins + v * VECTOR_BYTES);
    let greatest = v128.splat<T>(lowest<T>());
    // Counted from the window's first element.
    let chosen = widened<T>(i32x4.sub(v128.load(firsts + v * VECTOR_BYTES), origin));
    for (let t: usize = 0; t < <usize>taps; t++) {
      const x = v128.load(from + <usize>load<i32>(distances + (t << 2)));
      let better = v128.gt<T>(x, greatest);
      if (isFloat<T>()) better = v128.or(better, v128.ne<T>(x, x));
      const offset = v128.load32_splat(offsets + (t << 2));
      greatest = v128.bitselect(x, greatest, better);
      chosen = v128.bitselect(widened<T>(offset), chosen, better);
    }
    v128.store(results + v * VECTOR_BYTES, greatest);
    v128.store(places + v * VECTOR_BYTES, i32x4.add(narrowed<T>(chosen), origin));
  }
}

/** For `planes` planes, one after the other. The scratch memory is `windowScratchByteLength()` bytes. */
// exported for f32, f64, i32
function maxPool<T>(
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
