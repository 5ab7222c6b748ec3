// A kernel that adds the elements of windows to their positions in planes: the adjoint of reading windows that overlap.
//
//   out[w · stride + k · dilation] += x[k, w]
//
// Each element of a plane is a sum over windows in their order, which begins with +0. For one element of the plane,
// that is the order of the elements k of a window from the last to the first. So the elements k of all windows are
// added together, row by row.

import { VECTOR_BYTES, vectorLength } from "../../vector";

/** Adds `count` elements at x to elements at out that are `step` elements apart. */
@inline
function addRow<T>(x: usize, out: usize, count: i32, step: i32): void {
  let i: i32 = 0;
  if (step == 1) {
    for (const lanes = <i32>vectorLength<T>(); i + lanes <= count; i += lanes) {
      v128.store(out, v128.add<T>(v128.load(out), v128.load(x)));
      x += VECTOR_BYTES;
      out += VECTOR_BYTES;
    }
  }
  for (; i < count; i++) {
    store<T>(out, load<T>(out) + load<T>(x));
    x += sizeof<T>();
    out += <usize>step * sizeof<T>();
  }
}

/**
 * Computes `planes` planes of d × h × w, one after the other. For each plane, x has an array [elements of a window,
 * windows].
 */
// exported for f32, f64, i32
function overlapAdd<T>(
  x: usize,
  out: usize,
  planes: i32,
  d: i32,
  h: i32,
  w: i32,
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
  const bytes = <usize>(d * h * w) * sizeof<T>();
  const row = <usize>outW * sizeof<T>();
  const windows = <usize>(outD * outH) * row;
  const places = sizeD * sizeH * sizeW;
  for (let p = 0; p < planes; p++) {
    memory.fill(out, 0, bytes);
    let from = x + <usize>places * windows;
    for (let place = places - 1; place >= 0; place--) {
      const i = place / (sizeH * sizeW);
      const j = (place / sizeW) % sizeH;
      const k = place % sizeW;
      from -= windows;
      let source = from;
      for (let wd = 0; wd < outD; wd++) {
        const plane = (wd * strideD + i * dilationD) * h;
        for (let wh = 0; wh < outH; wh++) {
          const line = (plane + wh * strideH + j * dilationH) * w + k * dilationW;
          addRow<T>(source, out + <usize>line * sizeof<T>(), outW, strideW);
          source += row;
        }
      }
    }
    x += <usize>places * windows;
    out += bytes;
  }
}
