// Convolutions as products of the weights with the windows. Windows are packed from padded planes, so no matrix of all
// windows is in memory. For each example and group
//
//   write its planes, with padding and in parts, as plane.ts has them
//   for each block of windows, and each block of k = (plane, element of the window)
//     pack the elements of the windows in the order in which tiles read them
//     multiply the weights with them (matmulBlock.ts)
//
// The sums over k have the order of a matrix product (matmulChunk.ts).
//
// In scratch memory, the tables of plane.ts are followed by other tables and by the memory of the product:
//
//   | offsets of windows | distances of k | planes | edge | packed weights | packed windows | sums of a later chunk |
//   product |
//
// If a plane has few windows, as in gradients of weights, the windows of all examples are columns of one product, whose
// result is then divided by example.

import {
  addSums,
  aligned,
  BLOCK_COLUMNS,
  BLOCK_INNER,
  EDGE_BYTES,
  packedColumnsByteLength,
  packedRowsByteLength,
} from "../../matmulBlock";
import { CHUNK } from "../../matmulChunk";
import { TILE_VECTORS } from "../../matmulTiles";
import { VECTOR_BYTES, vectorLength } from "../../vector";
import {
  clearPlane,
  distances,
  layOut,
  planeBytes,
  planeLength,
  rest,
  resultLength,
  standAt,
  taps,
  windowScratchByteLength,
  writePlane,
  writeTables,
  writeWindows,
} from "./plane";

// Functions of the base, since tiles are most of the code of a product.
@external("kernel", "multiplyBlock_f32")
declare function multiplyBlock_f32(a: usize, aRowStep: usize, aColumnStep: usize, edge: usize, packedA: usize, packedB: usize, b: usize, bStep: usize, out: usize, outStep: usize, rows: usize, columns: usize, depth: usize, first: bool): void;
@external("kernel", "multiplyBlock_f64")
declare function multiplyBlock_f64(a: usize, aRowStep: usize, aColumnStep: usize, edge: usize, packedA: usize, packedB: usize, b: usize, bStep: usize, out: usize, outStep: usize, rows: usize, columns: usize, depth: usize, first: bool): void;

/** The number of windows in a plane below which the windows of all examples are columns of one product. */
const FEW_WINDOWS: usize = 64;

/** Returns the number of examples in one product. */
@inline
function imagesTogether(windows: usize, batch: i32): usize {
  return windows < FEW_WINDOWS ? max<usize>(1, batch) : 1;
}

/** The bytes of scratch memory for the sums of a chunk after the first. */
@inline
function sumsByteLength<T>(rows: usize, columns: usize, inner: usize): usize {
  return inner > CHUNK ? rows * min(columns, BLOCK_COLUMNS) * sizeof<T>() : 0;
}

/** Writes, for each k, the distance from a window's first element to its element k. */
function writeDistances(table: usize, planes: i32, step: usize): void {
  for (let p = 0; p < planes; p++) {
    const offset = <i32>(<usize>p * step);
    for (let t = 0; t < taps; t++) {
      store<i32>(table, offset + load<i32>(distances + (<usize>t << 2)));
      table += 4;
    }
  }
}

/** True if a vector of windows reads neighbouring elements, as within a row. */
@inline
function isRow<T>(places: usize): bool {
  const lanes = vectorLength<T>();
  const first = <usize>load<u32>(places);
  return <usize>load<u32>(places + ((lanes - 1) << 2)) - first == (lanes - 1) * sizeof<T>();
}

/** Packs a block: `depth` elements of each of `count` successive windows, whose offsets are in a table. */
function packWindows<T>(
  planes: usize,
  places: usize,
  count: usize,
  table: usize,
  depth: usize,
  packed: usize,
): void {
  const lanes = vectorLength<T>();
  const end = table + (depth << 2);
  for (let rest = count; rest > 0; ) {
    const own = min(rest, TILE_VECTORS * lanes);
    const vectors = (own + lanes - 1) / lanes;
    const step = vectors * VECTOR_BYTES;
    const next = places + (lanes << 2);
    if (own == TILE_VECTORS * lanes && isRow<T>(places) && isRow<T>(next)) {
      const from0 = planes + <usize>load<u32>(places);
      const from1 = planes + <usize>load<u32>(next);
      let to = packed;
      for (let k = table; k < end; k += 4) {
        const distance = <usize>load<u32>(k);
        v128.store(to, v128.load(from0 + distance));
        v128.store(to, v128.load(from1 + distance), VECTOR_BYTES);
        to += TILE_VECTORS * VECTOR_BYTES;
      }
    } else {
      for (let v: usize = 0; v < vectors; v++) {
        const at = places + ((v * lanes) << 2);
        packVector<T>(planes, at, min(own - v * lanes, lanes), table, end, packed + v * VECTOR_BYTES, step);
      }
    }
    packed += step * depth;
    places += own << 2;
    rest -= own;
  }
}

/** Packs a vector of windows, or the last windows, which fill less than a vector. */
function packVector<T>(
  planes: usize,
  places: usize,
  count: usize,
  table: usize,
  end: usize,
  to: usize,
  step: usize,
): void {
  const first = <usize>load<u32>(places);
  const from0 = planes + first;
  if (count == vectorLength<T>() && isRow<T>(places)) {
    for (; table < end; table += 4) {
      v128.store(to, v128.load(from0 + <usize>load<u32>(table)));
      to += step;
    }
    return;
  }
  // The other lanes of the vector are filled with elements of its first window; their products are not used.
  const from1 = planes + (count > 1 ? <usize>load<u32>(places, 4) : first);
  const from2 = planes + (count > 2 ? <usize>load<u32>(places, 8) : first);
  const from3 = planes + (count > 3 ? <usize>load<u32>(places, 12) : first);
  for (; table < end; table += 4) {
    const distance = <usize>load<u32>(table);
    if (sizeof<T>() == 4) {
      let x = v128.load32_splat(from0 + distance);
      x = v128.load32_lane(from1 + distance, x, 1);
      x = v128.load32_lane(from2 + distance, x, 2);
      v128.store(to, v128.load32_lane(from3 + distance, x, 3));
    } else {
      const x = v128.load64_splat(from0 + distance);
      v128.store(to, v128.load64_lane(from1 + distance, x, 1));
    }
    to += step;
  }
}

/**
 * Computes convolutions for `batch` examples of `groups` groups, each with `channels` planes and `rows` planes of
 * results. The weights have, for each group and result, one window for each plane of the group. `results` is the
 * distance between the results of groups, in planes: `rows`, or more if only some results of a single group are
 * computed. The scratch memory is `convolutionScratchByteLength()` bytes.
 */
// exported for f32, f64
function convolution<T>(
  x: usize,
  weight: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  groups: i32,
  channels: i32,
  rows: i32,
  results: i32,
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
  const windows = <usize>resultLength();
  const inner = <usize>(channels * taps);
  if (windows == 0) return;
  if (inner == 0) {
    for (let group = 0; group < batch * groups; group++) {
      memory.fill(out + <usize>group * results * windows * sizeof<T>(), 0, <usize>rows * windows * sizeof<T>());
    }
    return;
  }
  writeTables<T>();
  const images = imagesTogether(windows, batch);
  const columns = windows * images;
  const places = rest;
  const table = places + aligned(columns << 2);
  const planes = table + aligned(inner << 2);
  const planeStep = planeBytes<T>();
  const imageStep = planeStep * channels;
  const edge = planes + aligned(imageStep * images);
  const packedA = edge + EDGE_BYTES;
  const packedB = packedA + aligned(packedRowsByteLength<T>(rows, inner));
  const sums = packedB + aligned(packedColumnsByteLength<T>(columns, inner));
  const product = sums + aligned(sumsByteLength<T>(rows, columns, inner));
  writeDistances(table, channels, planeStep);
  for (let image: usize = 0; image < images; image++) {
    writeWindows<T>(places + ((image * windows) << 2), <i32>(image * imageStep));
    for (let channel = 0; channel < channels; channel++) {
      standAt(planes + image * imageStep + <usize>channel * planeStep);
      clearPlane<T>(<T>0);
    }
  }
  const planeStride = <usize>planeLength() * sizeof<T>();
  const rowStride = windows * sizeof<T>();
  const weightStep = inner * sizeof<T>();
  const outStep = columns * sizeof<T>();
  for (let example: usize = 0; example < <usize>batch; example += images) {
    for (let group: usize = 0; group < <usize>groups; group++) {
      for (let image: usize = 0; image < images; image++) {
        const first = ((example + image) * groups + group) * channels;
        for (let channel: usize = 0; channel < <usize>channels; channel++) {
          standAt(planes + image * imageStep + channel * planeStep);
          writePlane<T>(x + (first + channel) * planeStride);
        }
      }
      const weights = weight + group * rows * weightStep;
      const own = out + (example * groups + group) * results * rowStride;
      multiplyWindows<T>(
        weights, planes, places, table, images > 1 ? product : own,
        edge, packedA, packedB, sums, rows, columns, inner,
      );
      if (images == 1) continue;
      for (let image: usize = 0; image < images; image++) {
        const to = out + (image * groups + group) * results * rowStride;
        for (let row: usize = 0; row < <usize>rows; row++) {
          memory.copy(to + row * rowStride, product + row * outStep + image * rowStride, rowStride);
        }
      }
    }
  }
}

/** Computes the product of weights and windows, block by block. */
function multiplyWindows<T>(
  weights: usize,
  planes: usize,
  places: usize,
  table: usize,
  out: usize,
  edge: usize,
  packedA: usize,
  packedB: usize,
  sums: usize,
  rows: i32,
  columns: usize,
  inner: usize,
): void {
  const weightStep = inner * sizeof<T>();
  const outStep = columns * sizeof<T>();
  for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
    const width = min(columns - column, BLOCK_COLUMNS);
    const block = out + column * sizeof<T>();
    for (let k: usize = 0; k < inner; k += BLOCK_INNER) {
      const depth = min(inner - k, BLOCK_INNER);
      const isLater = k >= CHUNK;
      const sumStep = isLater ? width * sizeof<T>() : outStep;
      packWindows<T>(planes, places + (column << 2), width, table + (k << 2), depth, packedB);
      const a = weights + k * sizeof<T>();
      const target = isLater ? sums : block;
      const first = k % CHUNK == 0;
      if (sizeof<T>() == 4) {
        multiplyBlock_f32(
          a, weightStep, sizeof<T>(), edge, packedA, packedB,
          0, 0, target, sumStep, rows, width, depth, first,
        );
      } else {
        multiplyBlock_f64(
          a, weightStep, sizeof<T>(), edge, packedA, packedB,
          0, 0, target, sumStep, rows, width, depth, first,
        );
      }
      const isEnd = (k + depth) % CHUNK == 0 || k + depth == inner;
      if (isLater && isEnd) addSums<T>(sums, block, outStep, rows, width);
    }
  }
}

/** Returns the bytes of `scratch` that `convolution` needs for these lengths. */
// exported for f32, f64
function convolutionScratchByteLength<T>(
  batch: i32,
  channels: i32,
  rows: i32,
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
  const tables = windowScratchByteLength(
    <i32>sizeof<T>(),
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
  const images = imagesTogether(<usize>resultLength(), batch);
  const columns = <usize>resultLength() * images;
  const inner = <usize>(channels * taps);
  const own =
    aligned(columns << 2) +
    aligned(inner << 2) +
    aligned(planeBytes<T>() * channels * images) +
    EDGE_BYTES +
    aligned(packedRowsByteLength<T>(rows, inner)) +
    aligned(packedColumnsByteLength<T>(columns, inner)) +
    aligned(sumsByteLength<T>(rows, columns, inner));
  return tables + own + (images > 1 ? <usize>rows * columns * sizeof<T>() : 0);
}
