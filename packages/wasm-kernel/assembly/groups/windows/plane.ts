// The layout of a plane in scratch memory, as the kernels of windows read it. It has padding around its elements and
// gaps between them. Each row is split into as many parts as the stride along it, so that neighbouring windows read
// neighbouring elements, and a vector has neighbouring windows.
//
//   a row of 7, padded by 1, windows that move on by 2:   · 0 1 2 3 4 5 6   →   · 1 3 5 | 0 2 4 6
//
// All windows have three axes (depth, height, width); for fewer axes the first lengths are 1. Two tables follow the
// plane: for each element of a window its distance from the window's first, and for each vector of results the offset
// of its first window. A vector of results has results of one row; the last one of a row may be filled in part.
//
//   | plane, 16 bytes | distances | starts | vectors of results | … of the function |

import { VECTOR_BYTES, vectorLength } from "../../vector";

// The geometry, in elements, as `geometry` has set it. A function returns only one result, so these are globals.
let depth: i32 = 0;
let height: i32 = 0;
let width: i32 = 0;
let lowDepth: i32 = 0;
let lowHeight: i32 = 0;
let lowWidth: i32 = 0;
let gapDepth: i32 = 1;
let gapHeight: i32 = 1;
let gapWidth: i32 = 1;
export let sizeDepth: i32 = 0;
export let sizeHeight: i32 = 0;
export let sizeWidth: i32 = 0;
export let strideDepth: i32 = 1;
export let strideHeight: i32 = 1;
export let strideWidth: i32 = 1;
export let dilationDepth: i32 = 1;
export let dilationHeight: i32 = 1;
export let dilationWidth: i32 = 1;
export let outDepth: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;

/** The padded plane: its lengths, and the elements of a part of a row. */
export let fullDepth: i32 = 0;
export let fullHeight: i32 = 0;
export let fullWidth: i32 = 0;
export let part: i32 = 0;
export let rowBytes: i32 = 0;

/** The number of elements of a window, and the number of vectors of results, rounded up to a multiple of four. */
export let taps: i32 = 0;
export let vectors: i32 = 0;
/** The number of vectors in a row of results. */
let blocks: i32 = 0;

/** The addresses of the plane and the tables. */
export let plane: usize = 0;
export let distances: usize = 0;
export let starts: usize = 0;
export let results: usize = 0;
/** The first byte after the plane and the tables. */
export let rest: usize = 0;

@inline
export function aligned(bytes: usize): usize {
  return (bytes + VECTOR_BYTES - 1) & ~(VECTOR_BYTES - 1);
}

/** Returns the number of elements that windows read along an axis. */
@inline
function reach(out: i32, stride: i32, size: i32, dilation: i32): i32 {
  return (out - 1) * stride + (size - 1) * dilation + 1;
}

/** Lays plane and tables out from an address on, for elements of `size` bytes. */
export function layOut(
  size: i32,
  scratch: usize,
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
  depth = d;
  height = h;
  width = w;
  lowDepth = lowD;
  lowHeight = lowH;
  lowWidth = lowW;
  gapDepth = gapD;
  gapHeight = gapH;
  gapWidth = gapW;
  sizeDepth = sizeD;
  sizeHeight = sizeH;
  sizeWidth = sizeW;
  strideDepth = strideD;
  strideHeight = strideH;
  strideWidth = strideW;
  dilationDepth = dilationD;
  dilationHeight = dilationH;
  dilationWidth = dilationW;
  outDepth = outD;
  outHeight = outH;
  outWidth = outW;
  fullDepth = reach(outD, strideD, sizeD, dilationD);
  fullHeight = reach(outH, strideH, sizeH, dilationH);
  fullWidth = reach(outW, strideW, sizeW, dilationW);
  part = (fullWidth + strideW - 1) / strideW;
  rowBytes = part * strideW * size;
  taps = sizeD * sizeH * sizeW;
  const lanes = <i32>VECTOR_BYTES / size;
  blocks = (outW + lanes - 1) / lanes;
  vectors = (outD * outH * blocks + 3) & ~3;
  plane = scratch;
  // The plane has a vector more, since a vector may end after the last element.
  distances = plane + aligned(<usize>(fullDepth * fullHeight * rowBytes)) + VECTOR_BYTES;
  starts = distances + aligned(<usize>taps << 2);
  results = starts + aligned(<usize>vectors << 2);
  rest = results + <usize>vectors * VECTOR_BYTES;
}

/** Returns the bytes of a plane with its padding, and of a vector after it, which loads may reach. */
export function planeBytes<T>(): usize {
  return aligned(<usize>(fullDepth * fullHeight * rowBytes)) + VECTOR_BYTES;
}

/** Makes the elements of a row contiguous, in one part, also with a stride above 1. */
export function keepRowsWhole(size: i32): void {
  strideWidth = 1;
  part = fullWidth;
  rowBytes = fullWidth * size;
}

/** Sets the address to which the next plane is written, for kernels that need several planes at once. */
export function standAt(address: usize): void {
  plane = address;
}

/** Writes for each window the offset of its first element, counted from a plane that begins `ahead` bytes earlier. */
export function writeWindows<T>(table: usize, ahead: i32): void {
  for (let d = 0; d < outDepth; d++) {
    for (let h = 0; h < outHeight; h++) {
      let at = ahead + (d * strideDepth * fullHeight + h * strideHeight) * rowBytes;
      for (let w = 0; w < outWidth; w++) {
        store<i32>(table, at);
        table += 4;
        at += <i32>sizeof<T>();
      }
    }
  }
}

/** Writes the tables. */
export function writeTables<T>(): void {
  let table = distances;
  for (let d = 0; d < sizeDepth; d++) {
    for (let h = 0; h < sizeHeight; h++) {
      const row = (d * dilationDepth * fullHeight + h * dilationHeight) * rowBytes;
      for (let w = 0; w < sizeWidth; w++) {
        const column = w * dilationWidth;
        const place = (column % strideWidth) * part + column / strideWidth;
        store<i32>(table, row + place * <i32>sizeof<T>());
        table += 4;
      }
    }
  }
  table = starts;
  for (let d = 0; d < outDepth; d++) {
    for (let h = 0; h < outHeight; h++) {
      const row = (d * strideDepth * fullHeight + h * strideHeight) * rowBytes;
      for (let block = 0; block < blocks; block++) {
        store<i32>(table, row + block * <i32>VECTOR_BYTES);
        table += 4;
      }
    }
  }
  // The unused entries of the last group of four are 0, so the first windows are computed again.
  for (; table < starts + (<usize>vectors << 2); table += 4) store<i32>(table, 0);
}

/** Returns the number of elements in a plane of x. */
@inline
export function planeLength(): i32 {
  return depth * height * width;
}

/** Returns the number of results of a plane. */
@inline
export function resultLength(): i32 {
  return outDepth * outHeight * outWidth;
}

/** Fills the plane, for the padding around and between elements. */
export function clearPlane<T>(value: T): void {
  const end = plane + <usize>(fullDepth * fullHeight * rowBytes);
  for (let at = plane; at < end; at += sizeof<T>()) store<T>(at, value);
}

/** Returns the even elements of two vectors. */
@inline
export function even<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<i64>(a, b, 0, 2) : v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

/** Returns the odd elements of two vectors. */
@inline
export function odd<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? v128.shuffle<i64>(a, b, 1, 3) : v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** Returns the least value of T. */
@inline
export function lowest<T>(): T {
  if (isFloat<T>()) return <T>-Infinity;
  return <T>i32.MIN_VALUE;
}

/** Returns the mask of lanes in which x replaces the greatest so far: x is greater, or NaN. */
@inline
export function isBetter<T>(x: v128, greatest: v128): v128 {
  const greater = v128.gt<T>(x, greatest);
  return isFloat<T>() ? v128.or(greater, v128.ne<T>(x, x)) : greater;
}

/** Writes elements into the plane; the padding around and between them stays. */
export function writePlane<T>(x: usize): void {
  const size = <i32>sizeof<T>();
  const lanes = <i32>vectorLength<T>();
  // The first and the last column that windows read.
  const first = lowWidth < 0 ? (-lowWidth + gapWidth - 1) / gapWidth : 0;
  const most = (fullWidth - 1 - lowWidth) / gapWidth + 1;
  const last = fullWidth - 1 - lowWidth < 0 ? 0 : most < width ? most : width;
  for (let d = 0; d < depth; d++) {
    const planeD = lowDepth + d * gapDepth;
    if (planeD < 0 || planeD >= fullDepth) continue;
    for (let h = 0; h < height; h++) {
      const planeH = lowHeight + h * gapHeight;
      if (planeH < 0 || planeH >= fullHeight || first >= last) continue;
      const row = plane + <usize>((planeD * fullHeight + planeH) * rowBytes);
      let from = x + <usize>(((d * height + h) * width + first) * size);
      const column = lowWidth + first * gapWidth;
      if (strideWidth == 1 && gapWidth == 1) {
        memory.copy(row + <usize>(column * size), from, <usize>((last - first) * size));
        continue;
      }
      let which = column % strideWidth;
      let place = column / strideWidth;
      let w = first;
      if (strideWidth == 2 && gapWidth == 1 && which == 0) {
        const half = row + <usize>(part * size);
        for (; w + 2 * lanes <= last; w += 2 * lanes) {
          const a = v128.load(from);
          const b = v128.load(from + VECTOR_BYTES);
          v128.store(row + <usize>(place * size), even<T>(a, b));
          v128.store(half + <usize>(place * size), odd<T>(a, b));
          from += 2 * VECTOR_BYTES;
          place += lanes;
        }
      }
      for (; w < last; w++) {
        store<T>(row + <usize>((which * part + place) * size), load<T>(from));
        from += sizeof<T>();
        which += gapWidth;
        while (which >= strideWidth) {
          which -= strideWidth;
          place++;
        }
      }
    }
  }
}

/** Copies vectors of results to the rows of `out`. */
export function copyResults<T>(from: usize, out: usize): void {
  const lanes = <i32>vectorLength<T>();
  const end = out + <usize>resultLength() * sizeof<T>();
  for (let row = 0; row < outDepth * outHeight; row++) {
    let left = outWidth;
    for (; left > 0; left -= lanes) {
      // A vector may write elements after its row; the next row overwrites them.
      if (out + VECTOR_BYTES <= end) v128.store(out, v128.load(from));
      else memory.copy(out, from, end - out);
      out += <usize>min(left, lanes) * sizeof<T>();
      from += VECTOR_BYTES;
    }
  }
}

/** Writes, for each element of a window, its distance from the window's first, in a plane of x. */
export function writeOffsets(table: usize): void {
  for (let d = 0; d < sizeDepth; d++) {
    for (let h = 0; h < sizeHeight; h++) {
      for (let w = 0; w < sizeWidth; w++) {
        const row = d * dilationDepth * height + h * dilationHeight;
        store<i32>(table, row * width + w * dilationWidth);
        table += 4;
      }
    }
  }
}

/**
 * Returns the length of the part of a dilated window that is before the plane along an axis, in elements of the plane.
 */
@inline
function ahead(low: i32, start: i32, dilation: i32): i32 {
  const before = low - start;
  return before <= 0 ? 0 : ((before + dilation - 1) / dilation) * dilation;
}

/**
 * Writes, for each lane of each vector of results, the offset in a plane of x of its window's first element
 * (`origins`), and of the window's first element that is not padding (`firsts`). Both tables have four int32 for each
 * vector.
 */
export function writeOrigins<T>(origins: usize, firsts: usize): void {
  const lanes = <i32>vectorLength<T>();
  for (let d = 0; d < outDepth; d++) {
    for (let h = 0; h < outHeight; h++) {
      const startD = d * strideDepth;
      const startH = h * strideHeight;
      const row = ((startD - lowDepth) * height + startH - lowHeight) * width;
      const aheadD = ahead(lowDepth, startD, dilationDepth);
      const inside = (aheadD * height + ahead(lowHeight, startH, dilationHeight)) * width;
      for (let block = 0; block < blocks; block++) {
        for (let lane = 0; lane < lanes; lane++) {
          const startW = (block * lanes + lane) * strideWidth;
          const origin = row + startW - lowWidth;
          store<i32>(origins + (<usize>lane << 2), origin);
          const first = origin + inside + ahead(lowWidth, startW, dilationWidth);
          store<i32>(firsts + (<usize>lane << 2), first);
        }
        origins += VECTOR_BYTES;
        firsts += VECTOR_BYTES;
      }
    }
  }
}

/** Copies int32 results to the rows of `out`: of the four in a vector, only the first `lanes` are used. */
export function copyIndices(from: usize, out: usize, lanes: i32): void {
  const end = out + (<usize>resultLength() << 2);
  for (let row = 0; row < outDepth * outHeight; row++) {
    for (let left = outWidth; left > 0; left -= lanes) {
      // A vector may write elements after its row; the next row overwrites them.
      if (out + VECTOR_BYTES <= end) v128.store(out, v128.load(from));
      else memory.copy(out, from, min(end - out, <usize>lanes << 2));
      out += <usize>min(left, lanes) << 2;
      from += VECTOR_BYTES;
    }
  }
}

/** Returns the bytes of scratch memory that windows of a geometry need. */
export function windowScratchByteLength(
  size: i32,
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
): usize {
  if (outD * outH * outW == 0) return 0;
  layOut(
    size,
    0,
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
  return rest + 3 * <usize>vectors * VECTOR_BYTES + aligned(<usize>taps << 2);
}
