// The product of int32 matrices: out[rows × columns] = a[rows × inner] · b[inner × columns].
//
// Integers wrap around, so sums are the same in any order, and the fastest order depends on the layout of b: if its
// rows are contiguous, multiples of them are added to rows of out, four at a time. If its columns are contiguous, each
// element of out is a dot product of vectors. With other layouts, elements are computed one by one.

/** Returns 0, no scratch memory: the kernels of products take the same arguments. */
export function matmulScratchByteLength_i32(rows: usize, columns: usize, inner: usize): usize {
  return 0;
}

/** Computes out = a · b; strides are in elements. */
export function matmul_i32(
  a: usize,
  b: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
  inner: usize,
  aRowStride: usize,
  aColumnStride: usize,
  bRowStride: usize,
  bColumnStride: usize,
  outStride: usize,
): void {
  const aRowStep = aRowStride * sizeof<i32>();
  const aStep = aColumnStride * sizeof<i32>();
  const bRowStep = bRowStride * sizeof<i32>();
  const bStep = bColumnStride * sizeof<i32>();
  for (; rows > 0; rows--) {
    if (bStep == 4) {
      addRows(a, aStep, b, bRowStep, out, columns, inner);
    } else {
      for (let column: usize = 0; column < columns; column++) {
        const other = b + column * bStep;
        const isDense = aStep == 4 && bRowStep == 4;
        const sum = isDense ? dotDense(a, other, inner) : dot(a, aStep, other, bRowStep, inner);
        store<i32>(out + 4 * column, sum);
      }
    }
    out += 4 * outStride;
    a += aRowStep;
  }
}

/** Computes a row of out: Σₖ a[k] · b[k], where the rows b[k] are contiguous. */
function addRows(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  out: usize,
  columns: usize,
  inner: usize,
): void {
  memory.fill(out, 0, 4 * columns);
  for (; inner >= 4; inner -= 4) {
    const a0 = load<i32>(a);
    const a1 = load<i32>(a + aStep);
    const a2 = load<i32>(a + 2 * aStep);
    const a3 = load<i32>(a + 3 * aStep);
    const b1 = b + bStep;
    const b2 = b1 + bStep;
    const b3 = b2 + bStep;
    let place: usize = 0;
    for (let rest = columns; rest >= 4; rest -= 4) {
      const first = i32x4.add(
        i32x4.mul(i32x4.splat(a0), v128.load(b + place)),
        i32x4.mul(i32x4.splat(a1), v128.load(b1 + place)),
      );
      const second = i32x4.add(
        i32x4.mul(i32x4.splat(a2), v128.load(b2 + place)),
        i32x4.mul(i32x4.splat(a3), v128.load(b3 + place)),
      );
      v128.store(out + place, i32x4.add(v128.load(out + place), i32x4.add(first, second)));
      place += 16;
    }
    for (; place < 4 * columns; place += 4) {
      const first = a0 * load<i32>(b + place) + a1 * load<i32>(b1 + place);
      const second = a2 * load<i32>(b2 + place) + a3 * load<i32>(b3 + place);
      store<i32>(out + place, load<i32>(out + place) + first + second);
    }
    a += 4 * aStep;
    b = b3 + bStep;
  }
  for (; inner > 0; inner--) {
    const factor = load<i32>(a);
    let place: usize = 0;
    for (let rest = columns; rest >= 4; rest -= 4) {
      const product = i32x4.mul(i32x4.splat(factor), v128.load(b + place));
      v128.store(out + place, i32x4.add(v128.load(out + place), product));
      place += 16;
    }
    for (; place < 4 * columns; place += 4) {
      store<i32>(out + place, load<i32>(out + place) + factor * load<i32>(b + place));
    }
    a += aStep;
    b += bStep;
  }
}

/** Returns Σₖ a[k] · b[k] of contiguous elements. */
function dotDense(a: usize, b: usize, inner: usize): i32 {
  let sums = i32x4.splat(0);
  for (; inner >= 4; inner -= 4) {
    sums = i32x4.add(sums, i32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  const lanes =
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3);
  return lanes + dot(a, 4, b, 4, inner);
}

/** Returns Σₖ a[k] · b[k] of elements at any distances, in bytes. */
function dot(a: usize, aStep: usize, b: usize, bStep: usize, inner: usize): i32 {
  let sum: i32 = 0;
  for (; inner > 0; inner--) {
    sum += load<i32>(a) * load<i32>(b);
    a += aStep;
    b += bStep;
  }
  return sum;
}
