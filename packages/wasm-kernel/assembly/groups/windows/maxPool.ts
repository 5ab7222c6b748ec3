// The greatest element of each window of planes. Of +0 and −0, which are equal, the first in a window is chosen. So the
// greatest element of each row of a window is found first, and then the greatest of these.
//
// Windows that share a row share its greatest element. Without padding, rows are read from x itself; else from scratch
// memory:
//
//   | plane, 16 bytes | distances of columns | distances of rows | greatest elements of rows |
//
// The fast maximum of vectors may lose NaN, so elements are added up as well: if a sum is NaN, the plane is computed
// again with the exact maximum. A sum of both infinities is NaN, too, which only costs time.

import { VECTOR_BYTES, vectorLength } from "../../vector";
import {
  aligned,
  clearPlane,
  dilationDepth,
  dilationHeight,
  dilationWidth,
  distances,
  even,
  fullDepth,
  fullHeight,
  fullWidth,
  isBetter,
  keepRowsWhole,
  layOut,
  lowest,
  odd,
  outDepth,
  outHeight,
  outWidth,
  part,
  plane,
  planeLength,
  resultLength,
  rowBytes,
  sizeDepth,
  sizeHeight,
  sizeWidth,
  strideDepth,
  strideHeight,
  strideWidth,
  writePlane,
} from "./plane";

/** The starts and ends of two tables: the distances of a window's columns, and of its rows, from the first one. */
let columns: usize = 0;
let columnsEnd: usize = 0;
let windowRows: usize = 0;
let windowRowsEnd: usize = 0;
/** The address of the greatest elements of all rows, and their bytes for one row. */
let greatestOfRows: usize = 0;
let greatestBytes: usize = 0;

/** Returns the greater of two elements, or the first of equal ones. Unless `isExact`, NaN may be lost. */
@inline
function greater<T>(first: v128, second: v128, isExact: bool): v128 {
  if (isInteger<T>()) return i32x4.max_s(first, second);
  if (isExact) return v128.bitselect(second, first, isBetter<T>(second, first));
  return v128.pmax<T>(first, second);
}

/**
 * Adds elements to the sums for {@link mayLose}, by lane. The sums stay as they are for integers and with `isExact`.
 */
@inline
function summed<T>(sums: v128, x: v128, isExact: bool): v128 {
  return isFloat<T>() && !isExact ? v128.add<T>(sums, x) : sums;
}

/** True if a sum is NaN, so that an element may have been NaN. */
@inline
function mayLose<T>(sums: v128): bool {
  return isFloat<T>() && v128.any_true(v128.ne<T>(sums, sums));
}

/** Returns the offset of the last vector of a row of results, which may overlap the vector before. */
@inline
function lastVector<T>(): usize {
  return <usize>max(0, outWidth - <i32>vectorLength<T>()) * sizeof<T>();
}

/**
 * Writes the greatest elements of one row of each window of a vector. Windows are `step` elements from each other, the
 * first one at `from`. Returns the sums with these elements added. Nothing is read after the last element.
 */
@inline
function chooseInRow<T>(
  from: usize,
  to: usize,
  sums: v128,
  table: usize,
  end: usize,
  step: usize,
  isExact: bool,
): v128 {
  let greatest = v128.load(from);
  if (step == 1) {
    sums = summed<T>(sums, greatest, isExact);
    for (table += 4; table < end; table += 4) {
      const x = v128.load(from + <usize>load<i32>(table));
      sums = summed<T>(sums, x, isExact);
      greatest = greater<T>(greatest, x, isExact);
    }
  } else {
    // Two columns are read at a time: a window has at least two, side by side.
    const next = v128.load(from, VECTOR_BYTES);
    sums = summed<T>(sums, v128.add<T>(greatest, next), isExact);
    greatest = greater<T>(even<T>(greatest, next), odd<T>(greatest, next), isExact);
    for (table += 8; table + 4 < end; table += 8) {
      from += 2 * sizeof<T>();
      const a = v128.load(from);
      const b = v128.load(from, VECTOR_BYTES);
      sums = summed<T>(sums, v128.add<T>(a, b), isExact);
      greatest = greater<T>(greatest, even<T>(a, b), isExact);
      greatest = greater<T>(greatest, odd<T>(a, b), isExact);
    }
    if (table < end) {
      from += sizeof<T>();
      const x = odd<T>(v128.load(from), v128.load(from, VECTOR_BYTES));
      sums = summed<T>(sums, x, isExact);
      greatest = greater<T>(greatest, x, isExact);
    }
  }
  v128.store(to, greatest);
  return sums;
}

/**
 * Computes the greatest elements of the rows of windows. The rows of the plane are `pitch` bytes apart, `height` in a
 * plane.
 */
@inline
function chooseInRows<T>(elements: usize, pitch: usize, height: i32, step: usize, isExact: bool): bool {
  const table = columns;
  const end = columnsEnd;
  const last = lastVector<T>();
  let sums0 = v128.splat<T>(<T>0);
  let sums1 = sums0;
  let to = greatestOfRows;
  for (let d = 0; d < fullDepth; d++) {
    let row = elements + <usize>(d * height) * pitch;
    for (let h = 0; h < fullHeight; h++) {
      // Two vectors are computed at a time, since neither needs the result of the other.
      for (let next: usize = 0; next < last + VECTOR_BYTES; next += 2 * VECTOR_BYTES) {
        const at0 = min(next, last);
        const at1 = min(next + VECTOR_BYTES, last);
        sums0 = chooseInRow<T>(row + at0 * step, to + at0, sums0, table, end, step, isExact);
        sums1 = chooseInRow<T>(row + at1 * step, to + at1, sums1, table, end, step, isExact);
      }
      row += pitch;
      to += greatestBytes;
    }
  }
  return mayLose<T>(v128.add<T>(sums0, sums1));
}

/**
 * Computes the greatest elements of windows from the greatest elements of their rows.
 *
 * @param areThree whether a window has three rows
 */
@inline
function chooseOfRows<T>(values: usize, areThree: bool, isExact: bool): void {
  const table = windowRows + 4;
  const tableEnd = windowRowsEnd;
  const last = lastVector<T>();
  const end = values + <usize>resultLength() * sizeof<T>();
  const second = areThree ? <usize>load<i32>(table) : 0;
  const third = areThree ? <usize>load<i32>(table, 4) : 0;
  for (let d = 0; d < outDepth; d++) {
    for (let h = 0; h < outHeight; h++) {
      const first = <usize>(d * strideDepth * fullHeight + h * strideHeight);
      const row = greatestOfRows + first * greatestBytes;
      for (let at: usize = 0; ; at = min(at + VECTOR_BYTES, last)) {
        const from = row + at;
        let greatest = v128.load(from);
        if (areThree) {
          greatest = greater<T>(greatest, v128.load(from + second), isExact);
          greatest = greater<T>(greatest, v128.load(from + third), isExact);
        } else {
          for (let place = table; place < tableEnd; place += 4) {
            greatest = greater<T>(greatest, v128.load(from + <usize>load<i32>(place)), isExact);
          }
        }
        // A vector may write elements after a row that is shorter; the next row overwrites them.
        if (values + VECTOR_BYTES <= end) {
          v128.store(values + at, greatest);
        } else {
          v128.store(greatestOfRows, greatest);
          memory.copy(values, greatestOfRows, end - values);
        }
        if (at == last) break;
      }
      values += <usize>outWidth * sizeof<T>();
    }
  }
}

/**
 * Pools windows of 2 × 2 with stride 2 and no padding, for results of at least a vector per row, directly from two rows
 * of a plane of width `w`. True if NaN may have been lost.
 */
@inline
function chooseInPairs<T>(x: usize, values: usize, w: i32, isExact: bool): bool {
  const last = lastVector<T>();
  const pitch = <usize>w * sizeof<T>();
  let sums = v128.splat<T>(<T>0);
  for (let h = 0; h < outHeight; h++) {
    for (let next: usize = 0; next < last + VECTOR_BYTES; next += VECTOR_BYTES) {
      const at = min(next, last);
      const upper = x + 2 * at;
      const lower = upper + pitch;
      const a0 = v128.load(upper);
      const b0 = v128.load(upper, VECTOR_BYTES);
      const a1 = v128.load(lower);
      const b1 = v128.load(lower, VECTOR_BYTES);
      const above = greater<T>(even<T>(a0, b0), odd<T>(a0, b0), isExact);
      const below = greater<T>(even<T>(a1, b1), odd<T>(a1, b1), isExact);
      sums = summed<T>(sums, v128.add<T>(v128.add<T>(a0, b0), v128.add<T>(a1, b1)), isExact);
      v128.store(values + at, greater<T>(above, below, isExact));
    }
    x += 2 * pitch;
    values += <usize>outWidth * sizeof<T>();
  }
  return mayLose<T>(sums);
}

/** Lays out the memory after the plane. */
function layOutTables(size: i32): void {
  columns = distances;
  columnsEnd = columns + (<usize>sizeWidth << 2);
  windowRows = columns + aligned(<usize>sizeWidth << 2);
  const count = <usize>(sizeDepth * sizeHeight);
  windowRowsEnd = windowRows + (count << 2);
  greatestOfRows = windowRows + aligned(count << 2);
  greatestBytes = <usize>max(outWidth * size, <i32>VECTOR_BYTES);
}

/** Writes the tables of distances, in bytes, for the rows of the plane. */
function writeDistances(size: i32): void {
  let table = columns;
  for (let k = 0; k < sizeWidth; k++) {
    const place = k * dilationWidth;
    store<i32>(table, ((place % strideWidth) * part + place / strideWidth) * size);
    table += 4;
  }
  table = windowRows;
  for (let i = 0; i < sizeDepth; i++) {
    for (let j = 0; j < sizeHeight; j++) {
      const place = i * dilationDepth * fullHeight + j * dilationHeight;
      store<i32>(table, place * <i32>greatestBytes);
      table += 4;
    }
  }
}

/** Pools `planes` planes, one after the other. The scratch memory is `maxPoolScratchByteLength()` bytes. */
// exported for f32, f64, i32
function maxPool<T>(
  x: usize,
  values: usize,
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
  // With stride 2, rows are kept whole and every second element is selected; with other strides, rows are split into
  // parts.
  const step: usize = strideW == 2 && sizeW > 1 && dilationW == 1 ? 2 : 1;
  if (step == 2) keepRowsWhole(<i32>sizeof<T>());
  layOutTables(<i32>sizeof<T>());
  writeDistances(<i32>sizeof<T>());
  const isInPlace =
    <i32>step == strideW &&
    (lowD | lowH | lowW) == 0 &&
    gapD * gapH * gapW == 1 &&
    fullDepth <= d &&
    fullHeight <= h &&
    fullWidth <= w &&
    outW >= <i32>vectorLength<T>();
  const isInPairs =
    isInPlace &&
    d * sizeD * outD == 1 &&
    sizeH == 2 &&
    sizeW == 2 &&
    strideH == 2 &&
    step == 2 &&
    dilationH == 1;
  if (!isInPlace) clearPlane<T>(lowest<T>());
  const pitch = isInPlace ? <usize>w * sizeof<T>() : <usize>rowBytes;
  const height = isInPlace ? h : fullHeight;
  for (let i = 0; i < planes; i++) {
    if (isInPairs) {
      if (chooseInPairs<T>(x, values, w, false)) chooseInPairs<T>(x, values, w, true);
    } else {
      if (!isInPlace) writePlane<T>(x);
      const from = isInPlace ? x : plane;
      const hasLost =
        step == 1
          ? chooseInRows<T>(from, pitch, height, 1, false)
          : chooseInRows<T>(from, pitch, height, 2, false);
      if (hasLost) {
        if (step == 1) chooseInRows<T>(from, pitch, height, 1, true);
        else chooseInRows<T>(from, pitch, height, 2, true);
        chooseOfRows<T>(values, false, true);
      } else if (sizeD * sizeH == 3) {
        chooseOfRows<T>(values, true, false);
      } else {
        chooseOfRows<T>(values, false, false);
      }
    }
    x += <usize>planeLength() * sizeof<T>();
    values += <usize>resultLength() * sizeof<T>();
  }
}

/** Bytes of scratch memory that {@link maxPool} needs. */
export function maxPoolScratchByteLength(
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
  layOutTables(size);
  return greatestOfRows + <usize>(fullDepth * fullHeight) * greatestBytes;
}
