// Products of a matrix and a vector, where packing would cost more than the product:
//
//   out[line] = Σₖ matrix[line · lineStep + k · depthStep] · x[k · xStep]
//
// in chunks of 4096, as in all matrix products. A sum has the order of k, so the lanes of a vector are lines, never
// neighbouring k. Where neighbouring lines are adjacent in memory, whole rows are added up in memory, eight k at a
// time. Where neighbouring k are adjacent, squares of a vector's length are transposed in registers. Steps are in
// bytes.

import { CHUNK } from "./matmulChunk";
import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** The number of lines that are added up in memory together, so that they stay in the first-level cache. */
const BLOCK_LINES: usize = 1024;

/** Returns the bytes of scratch memory that multiplyVector needs. */
export function vectorScratchByteLength<T>(): usize {
  return BLOCK_LINES * sizeof<T>();
}

/** Computes out[line] for `lines` lines of `count` elements. */
export function multiplyVector<T>(
  matrix: usize,
  lineStep: usize,
  depthStep: usize,
  x: usize,
  xStep: usize,
  out: usize,
  scratch: usize,
  lines: usize,
  count: usize,
): void {
  if (lineStep == sizeof<T>() && lines > 1) {
    for (; lines > 0; ) {
      const block = min(lines, BLOCK_LINES);
      addRowsInChunks<T>(matrix, depthStep, x, xStep, out, scratch, block, count);
      matrix += block * sizeof<T>();
      out += block * sizeof<T>();
      lines -= block;
    }
    return;
  }
  for (let done: usize = 0; done < count; done += CHUNK) {
    const chunk = min(count - done, CHUNK);
    const part = matrix + done * depthStep;
    const first = done == 0;
    if (depthStep == sizeof<T>()) {
      sumLines<T>(part, lineStep, x + done * xStep, xStep, out, lines, chunk, first);
    } else {
      for (let line: usize = 0; line < lines; line++) {
        const sum = sumLine<T>(
          part + line * lineStep, depthStep, x + done * xStep, xStep, chunk,
        );
        const place = out + line * sizeof<T>();
        store<T>(place, first ? sum : <T>(load<T>(place) + sum));
      }
    }
  }
}

/** Returns the sum of the products of one line, with any steps. */
function sumLine<T>(line: usize, depthStep: usize, x: usize, xStep: usize, count: usize): T {
  let sum: T = <T>0;
  for (; count > 0; count--) {
    sum = <T>(sum + <T>(load<T>(line) * load<T>(x)));
    line += depthStep;
    x += xStep;
  }
  return sum;
}

// Sums lines that are adjacent in memory.

function addRowsInChunks<T>(
  matrix: usize,
  depthStep: usize,
  x: usize,
  xStep: usize,
  out: usize,
  scratch: usize,
  lines: usize,
  count: usize,
): void {
  let target = out;
  while (count > 0) {
    let chunk = min(count, CHUNK);
    count -= chunk;
    memory.fill(target, 0, lines * sizeof<T>());
    for (; chunk >= 8; chunk -= 8) {
      addEightRows<T>(matrix, depthStep, x, xStep, target, lines);
      matrix += 8 * depthStep;
      x += 8 * xStep;
    }
    for (; chunk > 0; chunk--) {
      addRow<T>(matrix, load<T>(x), target, lines);
      matrix += depthStep;
      x += xStep;
    }
    if (target != out) addRow<T>(target, <T>1, out, lines);
    target = scratch;
  }
}

/** Computes target[line] += Σ over eight k, one after the other. */
function addEightRows<T>(
  row0: usize,
  depthStep: usize,
  x: usize,
  xStep: usize,
  target: usize,
  lines: usize,
): void {
  const row1 = row0 + depthStep;
  const row2 = row1 + depthStep;
  const row3 = row2 + depthStep;
  const row4 = row3 + depthStep;
  const row5 = row4 + depthStep;
  const row6 = row5 + depthStep;
  const row7 = row6 + depthStep;
  const x1 = x + xStep;
  const x2 = x1 + xStep;
  const x3 = x2 + xStep;
  const x4 = x3 + xStep;
  const x5 = x4 + xStep;
  const x6 = x5 + xStep;
  const x7 = x6 + xStep;
  const factor0 = v128.load_splat<T>(x);
  const factor1 = v128.load_splat<T>(x1);
  const factor2 = v128.load_splat<T>(x2);
  const factor3 = v128.load_splat<T>(x3);
  const factor4 = v128.load_splat<T>(x4);
  const factor5 = v128.load_splat<T>(x5);
  const factor6 = v128.load_splat<T>(x6);
  const factor7 = v128.load_splat<T>(x7);
  let offset: usize = 0;
  for (; lines >= vectorLength<T>(); lines -= vectorLength<T>()) {
    let sum = v128.load(target + offset);
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row0 + offset), factor0));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row1 + offset), factor1));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row2 + offset), factor2));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row3 + offset), factor3));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row4 + offset), factor4));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row5 + offset), factor5));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row6 + offset), factor6));
    sum = v128.add<T>(sum, v128.mul<T>(v128.load(row7 + offset), factor7));
    v128.store(target + offset, sum);
    offset += VECTOR_BYTES;
  }
  for (; lines > 0; lines--) {
    let sum = load<T>(target + offset);
    sum = <T>(sum + <T>(load<T>(row0 + offset) * load<T>(x)));
    sum = <T>(sum + <T>(load<T>(row1 + offset) * load<T>(x1)));
    sum = <T>(sum + <T>(load<T>(row2 + offset) * load<T>(x2)));
    sum = <T>(sum + <T>(load<T>(row3 + offset) * load<T>(x3)));
    sum = <T>(sum + <T>(load<T>(row4 + offset) * load<T>(x4)));
    sum = <T>(sum + <T>(load<T>(row5 + offset) * load<T>(x5)));
    sum = <T>(sum + <T>(load<T>(row6 + offset) * load<T>(x6)));
    sum = <T>(sum + <T>(load<T>(row7 + offset) * load<T>(x7)));
    store<T>(target + offset, sum);
    offset += sizeof<T>();
  }
}

/** Computes target[line] += row[line] · factor. */
function addRow<T>(row: usize, factor: T, target: usize, lines: usize): void {
  const factors = v128.splat<T>(factor);
  for (; lines >= vectorLength<T>(); lines -= vectorLength<T>()) {
    const product = v128.mul<T>(v128.load(row), factors);
    v128.store(target, v128.add<T>(v128.load(target), product));
    row += VECTOR_BYTES;
    target += VECTOR_BYTES;
  }
  for (; lines > 0; lines--) {
    store<T>(target, <T>(load<T>(target) + <T>(load<T>(row) * factor)));
    row += sizeof<T>();
    target += sizeof<T>();
  }
}

// Sums lines that are contiguous in k.

function sumLines<T>(
  matrix: usize,
  lineStep: usize,
  x: usize,
  xStep: usize,
  out: usize,
  lines: usize,
  count: usize,
  first: bool,
): void {
  for (; lines >= 4 * vectorLength<T>(); lines -= 4 * vectorLength<T>()) {
    sumFourGroups<T>(matrix, lineStep, x, xStep, out, count, first);
    matrix += 4 * vectorLength<T>() * lineStep;
    out += 4 * VECTOR_BYTES;
  }
  while (lines > 0) {
    // If lines are too few for a group, the last line is repeated, and its extra sums are not stored.
    const group = min(lines, vectorLength<T>());
    const line1 = matrix + (group > 1 ? lineStep : 0);
    const line2 = group > 2 ? line1 + lineStep : line1;
    const line3 = group > 3 ? line2 + lineStep : line2;
    const sum = sumGroup<T>(matrix, line1, line2, line3, x, xStep, count);
    if (group == vectorLength<T>()) {
      storeSum<T>(out, sum, first);
    } else {
      storeLane<T>(out, v128.extract_lane<T>(sum, 0), first);
      if (sizeof<T>() == 4) {
        if (group > 1) storeLane<T>(out + 4, v128.extract_lane<T>(sum, 1), first);
        if (group > 2) storeLane<T>(out + 8, v128.extract_lane<T>(sum, 2), first);
      }
    }
    lines -= group;
    matrix += group * lineStep;
    out += VECTOR_BYTES;
  }
}

/** Sums four groups of a vector's length of lines: enough chains of additions to hide their latency. */
function sumFourGroups<T>(
  matrix: usize,
  lineStep: usize,
  x: usize,
  xStep: usize,
  out: usize,
  count: usize,
  first: bool,
): void {
  const groupStep = vectorLength<T>() * lineStep;
  let sum0 = v128.splat<T>(<T>0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  // A whole cache line is read from every line of the matrix before the next one: lines that are 4096 bytes apart share
  // a set of the first-level cache and would evict each other.
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    let group = matrix;
    sum0 = addSquares<T>(sum0, group, lineStep, x, xStep);
    group += groupStep;
    sum1 = addSquares<T>(sum1, group, lineStep, x, xStep);
    group += groupStep;
    sum2 = addSquares<T>(sum2, group, lineStep, x, xStep);
    group += groupStep;
    sum3 = addSquares<T>(sum3, group, lineStep, x, xStep);
    matrix += GROUP_BYTES;
    x += groupLength<T>() * xStep;
  }
  for (; count > 0; count--) {
    const factor = v128.load_splat<T>(x);
    let group = matrix;
    sum0 = v128.add<T>(sum0, v128.mul<T>(gather<T>(group, lineStep), factor));
    group += groupStep;
    sum1 = v128.add<T>(sum1, v128.mul<T>(gather<T>(group, lineStep), factor));
    group += groupStep;
    sum2 = v128.add<T>(sum2, v128.mul<T>(gather<T>(group, lineStep), factor));
    group += groupStep;
    sum3 = v128.add<T>(sum3, v128.mul<T>(gather<T>(group, lineStep), factor));
    matrix += sizeof<T>();
    x += xStep;
  }
  storeSum<T>(out, sum0, first);
  storeSum<T>(out + 16, sum1, first);
  storeSum<T>(out + 32, sum2, first);
  storeSum<T>(out + 48, sum3, first);
}

/** Returns the sums of one group: with float64 only of its first two lines. */
function sumGroup<T>(
  line0: usize,
  line1: usize,
  line2: usize,
  line3: usize,
  x: usize,
  xStep: usize,
  count: usize,
): v128 {
  let sum = v128.splat<T>(<T>0);
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    sum = addSquare<T>(sum, line0, line1, line2, line3, x, xStep);
    line0 += VECTOR_BYTES;
    line1 += VECTOR_BYTES;
    line2 += VECTOR_BYTES;
    line3 += VECTOR_BYTES;
    x += vectorLength<T>() * xStep;
  }
  for (; count > 0; count--) {
    let elements = v128.load_splat<T>(line0);
    elements = v128.load_lane<T>(line1, elements, 1);
    if (sizeof<T>() == 4) {
      elements = v128.load_lane<T>(line2, elements, 2);
      elements = v128.load_lane<T>(line3, elements, 3);
    }
    sum = v128.add<T>(sum, v128.mul<T>(elements, v128.load_splat<T>(x)));
    line0 += sizeof<T>();
    line1 += sizeof<T>();
    line2 += sizeof<T>();
    line3 += sizeof<T>();
    x += xStep;
  }
  return sum;
}

/** sum + Σ over four vectors' length of k, one after the other. */
@inline
function addSquares<T>(sum: v128, line: usize, lineStep: usize, x: usize, xStep: usize): v128 {
  for (let squares = 4; squares > 0; squares--) {
    const line2 = line + 2 * lineStep;
    sum = addSquare<T>(sum, line, line + lineStep, line2, line2 + lineStep, x, xStep);
    line += VECTOR_BYTES;
    x += vectorLength<T>() * xStep;
  }
  return sum;
}

/** sum + Σ over a vector's length of k, one after the other. */
@inline
function addSquare<T>(
  sum: v128,
  line0: usize,
  line1: usize,
  line2: usize,
  line3: usize,
  x: usize,
  xStep: usize,
): v128 {
  const elements0 = v128.load(line0);
  const elements1 = v128.load(line1);
  const x1 = x + xStep;
  if (sizeof<T>() == 8) {
    const k0 = v128.shuffle<f64>(elements0, elements1, 0, 2);
    const k1 = v128.shuffle<f64>(elements0, elements1, 1, 3);
    const before = v128.add<T>(sum, v128.mul<T>(k0, v128.load_splat<T>(x)));
    return v128.add<T>(before, v128.mul<T>(k1, v128.load_splat<T>(x1)));
  }
  const elements2 = v128.load(line2);
  const elements3 = v128.load(line3);
  const low01 = v128.shuffle<f32>(elements0, elements1, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(elements0, elements1, 2, 6, 3, 7);
  const low23 = v128.shuffle<f32>(elements2, elements3, 0, 4, 1, 5);
  const high23 = v128.shuffle<f32>(elements2, elements3, 2, 6, 3, 7);
  const x2 = x1 + xStep;
  const x3 = x2 + xStep;
  const k0 = v128.shuffle<f64>(low01, low23, 0, 2);
  const k1 = v128.shuffle<f64>(low01, low23, 1, 3);
  const k2 = v128.shuffle<f64>(high01, high23, 0, 2);
  const k3 = v128.shuffle<f64>(high01, high23, 1, 3);
  sum = v128.add<T>(sum, v128.mul<T>(k0, v128.load_splat<T>(x)));
  sum = v128.add<T>(sum, v128.mul<T>(k1, v128.load_splat<T>(x1)));
  sum = v128.add<T>(sum, v128.mul<T>(k2, v128.load_splat<T>(x2)));
  return v128.add<T>(sum, v128.mul<T>(k3, v128.load_splat<T>(x3)));
}

/** The elements of one k of a group of lines. */
@inline
function gather<T>(line: usize, lineStep: usize): v128 {
  let elements = v128.load_splat<T>(line);
  elements = v128.load_lane<T>(line + lineStep, elements, 1);
  if (sizeof<T>() == 4) {
    elements = v128.load_lane<T>(line + 2 * lineStep, elements, 2);
    elements = v128.load_lane<T>(line + 3 * lineStep, elements, 3);
  }
  return elements;
}

@inline
function storeSum<T>(place: usize, sum: v128, first: bool): void {
  v128.store(place, first ? sum : v128.add<T>(v128.load(place), sum));
}

@inline
function storeLane<T>(place: usize, sum: T, first: bool): void {
  store<T>(place, first ? sum : <T>(load<T>(place) + sum));
}
