// Depthwise convolution: each result is the sum of element times weight over the planes of its group, and over the
// elements of the window in each plane. One group gives one plane of results. The order of the sum is that of a matrix
// product over (plane, depth, height, width): chunks of 4096 terms, whose sums are added in order.

import { CHUNK } from "../../matmulChunk";
import { VECTOR_BYTES } from "../../vector";
import {
  clearPlane,
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
  writePlane,
  writeTables,
} from "./plane";

/**
 * Adds the terms of the window's elements from `first` to `last` to the sums of a chunk; with `fresh`, the sums begin
 * with zeros.
 */
function addPlaces<T>(weight: usize, first: i32, last: i32, fresh: bool): void {
  const end = distances + (<usize>last << 2);
  for (let v: usize = 0; v < <usize>vectors; v += 4) {
    const x0 = plane + <usize>load<i32>(starts + (v << 2));
    const x1 = plane + <usize>load<i32>(starts + (v << 2), 4);
    const x2 = plane + <usize>load<i32>(starts + (v << 2), 8);
    const x3 = plane + <usize>load<i32>(starts + (v << 2), 12);
    const sums = results + v * VECTOR_BYTES;
    let s0 = v128.splat<T>(<T>0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    if (!fresh) {
      s0 = v128.load(sums);
      s1 = v128.load(sums, 16);
      s2 = v128.load(sums, 32);
      s3 = v128.load(sums, 48);
    }
    let w = weight + <usize>first * sizeof<T>();
    for (let table = distances + (<usize>first << 2); table < end; table += 4) {
      const distance = <usize>load<i32>(table);
      const factor = v128.load_splat<T>(w);
      w += sizeof<T>();
      s0 = v128.add<T>(s0, v128.mul<T>(v128.load(x0 + distance), factor));
      s1 = v128.add<T>(s1, v128.mul<T>(v128.load(x1 + distance), factor));
      s2 = v128.add<T>(s2, v128.mul<T>(v128.load(x2 + distance), factor));
      s3 = v128.add<T>(s3, v128.mul<T>(v128.load(x3 + distance), factor));
    }
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    v128.store(sums, s2, 32);
    v128.store(sums, s3, 48);
  }
}

/** Adds the sums of a chunk to those of the chunks before it. */
function addChunk<T>(totals: usize): void {
  for (let at: usize = 0; at < <usize>vectors * VECTOR_BYTES; at += VECTOR_BYTES) {
    v128.store(totals + at, v128.add<T>(v128.load(totals + at), v128.load(results + at)));
  }
}

/**
 * Computes depthwise convolutions for `batch` examples of `groups` groups of `channels` planes each. The weights are
 * one window for each plane of an example. The scratch memory is `windowScratchByteLength()` bytes.
 */
// exported for f32, f64
function depthwise<T>(
  x: usize,
  weight: usize,
  out: usize,
  scratch: usize,
  batch: i32,
  groups: i32,
  channels: i32,
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
  const totals = rest;
  const chunk = <i32>CHUNK;
  const isLong = channels * taps > chunk;
  writeTables<T>();
  clearPlane<T>(<T>0);
  for (let example = 0; example < batch; example++) {
    let weights = weight;
    for (let group = 0; group < groups; group++) {
      if (isLong) memory.fill(totals, 0, <usize>vectors * VECTOR_BYTES);
      // Sums of nothing.
      if (channels * taps == 0) memory.fill(results, 0, <usize>vectors * VECTOR_BYTES);
      let count = 0;
      for (let channel = 0; channel < channels; channel++) {
        writePlane<T>(x);
        x += <usize>planeLength() * sizeof<T>();
        for (let first = 0; first < taps; ) {
          const last = min(taps, first + chunk - count);
          addPlaces<T>(weights, first, last, count == 0);
          count += last - first;
          first = last;
          if (isLong && count == chunk) {
            addChunk<T>(totals);
            count = 0;
          }
        }
        weights += <usize>taps * sizeof<T>();
      }
      if (isLong && count > 0) addChunk<T>(totals);
      copyResults<T>(isLong ? totals : results, out);
      out += <usize>resultLength() * sizeof<T>();
    }
  }
}
