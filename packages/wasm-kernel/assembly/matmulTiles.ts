// Written by scripts/generateTiles.mjs; do not edit.
//
// A tile is a few rows and one or two vectors of the result, kept in registers:
//
//   out[row][column] (+)= Σₖ a[k][row] · b[k][column], in the order of k
//
// a and b advance by their steps in bytes for each k, so they may be packed panels or the matrices
// themselves. The sum starts at +0 if `first`, else at what is in out. Tiles are called by
// their index in the module's table: called by name they would be merged into one huge function,
// whose loops V8 gives too few registers. The loop is not unrolled, because V8 would then move
// the loads to its start and spill.

/** Rows of the largest tile. */
export const TILE_ROWS: usize = 5;

/** Vectors in a row of the largest tile. */
export const TILE_VECTORS: usize = 2;

function tile1x1_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  let sum00 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
}

function tile1x2_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  let sum00 = v128.splat<f32>(0);
  let sum01 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    sum01 = v128.add<f32>(sum01, v128.mul<f32>(a0, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
}

function tile2x1_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
}

function tile2x2_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum01 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum11 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    sum01 = v128.add<f32>(sum01, v128.mul<f32>(a0, b1));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    sum11 = v128.add<f32>(sum11, v128.mul<f32>(a1, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
}

function tile3x1_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
}

function tile3x2_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum01 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum11 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  let sum21 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    sum01 = v128.add<f32>(sum01, v128.mul<f32>(a0, b1));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    sum11 = v128.add<f32>(sum11, v128.mul<f32>(a1, b1));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    sum21 = v128.add<f32>(sum21, v128.mul<f32>(a2, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
}

function tile4x1_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  let sum30 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
    sum30 = v128.load(out3);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    const a3 = v128.load_splat<f32>(a, 12);
    sum30 = v128.add<f32>(sum30, v128.mul<f32>(a3, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
  v128.store(out3, sum30);
}

function tile4x2_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum01 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum11 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  let sum21 = v128.splat<f32>(0);
  let sum30 = v128.splat<f32>(0);
  let sum31 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
    sum30 = v128.load(out3);
    sum31 = v128.load(out3, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    sum01 = v128.add<f32>(sum01, v128.mul<f32>(a0, b1));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    sum11 = v128.add<f32>(sum11, v128.mul<f32>(a1, b1));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    sum21 = v128.add<f32>(sum21, v128.mul<f32>(a2, b1));
    const a3 = v128.load_splat<f32>(a, 12);
    sum30 = v128.add<f32>(sum30, v128.mul<f32>(a3, b0));
    sum31 = v128.add<f32>(sum31, v128.mul<f32>(a3, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
  v128.store(out3, sum30);
  v128.store(out3, sum31, 16);
}

function tile5x1_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  const out4 = out3 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  let sum30 = v128.splat<f32>(0);
  let sum40 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
    sum30 = v128.load(out3);
    sum40 = v128.load(out4);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    const a3 = v128.load_splat<f32>(a, 12);
    sum30 = v128.add<f32>(sum30, v128.mul<f32>(a3, b0));
    const a4 = v128.load_splat<f32>(a, 16);
    sum40 = v128.add<f32>(sum40, v128.mul<f32>(a4, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
  v128.store(out3, sum30);
  v128.store(out4, sum40);
}

function tile5x2_f32(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  const out4 = out3 + outStep;
  let sum00 = v128.splat<f32>(0);
  let sum01 = v128.splat<f32>(0);
  let sum10 = v128.splat<f32>(0);
  let sum11 = v128.splat<f32>(0);
  let sum20 = v128.splat<f32>(0);
  let sum21 = v128.splat<f32>(0);
  let sum30 = v128.splat<f32>(0);
  let sum31 = v128.splat<f32>(0);
  let sum40 = v128.splat<f32>(0);
  let sum41 = v128.splat<f32>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
    sum30 = v128.load(out3);
    sum31 = v128.load(out3, 16);
    sum40 = v128.load(out4);
    sum41 = v128.load(out4, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f32>(a);
    sum00 = v128.add<f32>(sum00, v128.mul<f32>(a0, b0));
    sum01 = v128.add<f32>(sum01, v128.mul<f32>(a0, b1));
    const a1 = v128.load_splat<f32>(a, 4);
    sum10 = v128.add<f32>(sum10, v128.mul<f32>(a1, b0));
    sum11 = v128.add<f32>(sum11, v128.mul<f32>(a1, b1));
    const a2 = v128.load_splat<f32>(a, 8);
    sum20 = v128.add<f32>(sum20, v128.mul<f32>(a2, b0));
    sum21 = v128.add<f32>(sum21, v128.mul<f32>(a2, b1));
    const a3 = v128.load_splat<f32>(a, 12);
    sum30 = v128.add<f32>(sum30, v128.mul<f32>(a3, b0));
    sum31 = v128.add<f32>(sum31, v128.mul<f32>(a3, b1));
    const a4 = v128.load_splat<f32>(a, 16);
    sum40 = v128.add<f32>(sum40, v128.mul<f32>(a4, b0));
    sum41 = v128.add<f32>(sum41, v128.mul<f32>(a4, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
  v128.store(out3, sum30);
  v128.store(out3, sum31, 16);
  v128.store(out4, sum40);
  v128.store(out4, sum41, 16);
}

/** Returns the index in the module's table of the tile of f32 for `rows` × `vectors`. */
export function tileIndex_f32(rows: usize, vectors: usize): u32 {
  switch (<u32>((rows - 1) * 2 + vectors - 1)) {
    case 0:
      return tile1x1_f32.index;
    case 1:
      return tile1x2_f32.index;
    case 2:
      return tile2x1_f32.index;
    case 3:
      return tile2x2_f32.index;
    case 4:
      return tile3x1_f32.index;
    case 5:
      return tile3x2_f32.index;
    case 6:
      return tile4x1_f32.index;
    case 7:
      return tile4x2_f32.index;
    case 8:
      return tile5x1_f32.index;
    case 9:
      return tile5x2_f32.index;
    default:
      return unreachable();
  }
}

function tile1x1_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  let sum00 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
}

function tile1x2_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  let sum00 = v128.splat<f64>(0);
  let sum01 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    sum01 = v128.add<f64>(sum01, v128.mul<f64>(a0, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
}

function tile2x1_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
}

function tile2x2_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum01 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum11 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    sum01 = v128.add<f64>(sum01, v128.mul<f64>(a0, b1));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    sum11 = v128.add<f64>(sum11, v128.mul<f64>(a1, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
}

function tile3x1_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
}

function tile3x2_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum01 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum11 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  let sum21 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    sum01 = v128.add<f64>(sum01, v128.mul<f64>(a0, b1));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    sum11 = v128.add<f64>(sum11, v128.mul<f64>(a1, b1));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    sum21 = v128.add<f64>(sum21, v128.mul<f64>(a2, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
}

function tile4x1_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  let sum30 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
    sum30 = v128.load(out3);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    const a3 = v128.load_splat<f64>(a, 24);
    sum30 = v128.add<f64>(sum30, v128.mul<f64>(a3, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
  v128.store(out3, sum30);
}

function tile4x2_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum01 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum11 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  let sum21 = v128.splat<f64>(0);
  let sum30 = v128.splat<f64>(0);
  let sum31 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
    sum30 = v128.load(out3);
    sum31 = v128.load(out3, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    sum01 = v128.add<f64>(sum01, v128.mul<f64>(a0, b1));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    sum11 = v128.add<f64>(sum11, v128.mul<f64>(a1, b1));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    sum21 = v128.add<f64>(sum21, v128.mul<f64>(a2, b1));
    const a3 = v128.load_splat<f64>(a, 24);
    sum30 = v128.add<f64>(sum30, v128.mul<f64>(a3, b0));
    sum31 = v128.add<f64>(sum31, v128.mul<f64>(a3, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
  v128.store(out3, sum30);
  v128.store(out3, sum31, 16);
}

function tile5x1_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  const out4 = out3 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  let sum30 = v128.splat<f64>(0);
  let sum40 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum10 = v128.load(out1);
    sum20 = v128.load(out2);
    sum30 = v128.load(out3);
    sum40 = v128.load(out4);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    const a3 = v128.load_splat<f64>(a, 24);
    sum30 = v128.add<f64>(sum30, v128.mul<f64>(a3, b0));
    const a4 = v128.load_splat<f64>(a, 32);
    sum40 = v128.add<f64>(sum40, v128.mul<f64>(a4, b0));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out1, sum10);
  v128.store(out2, sum20);
  v128.store(out3, sum30);
  v128.store(out4, sum40);
}

function tile5x2_f64(
  a: usize,
  b: usize,
  out0: usize,
  count: usize,
  aStep: usize,
  bStep: usize,
  outStep: usize,
  first: bool,
): void {
  const out1 = out0 + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  const out4 = out3 + outStep;
  let sum00 = v128.splat<f64>(0);
  let sum01 = v128.splat<f64>(0);
  let sum10 = v128.splat<f64>(0);
  let sum11 = v128.splat<f64>(0);
  let sum20 = v128.splat<f64>(0);
  let sum21 = v128.splat<f64>(0);
  let sum30 = v128.splat<f64>(0);
  let sum31 = v128.splat<f64>(0);
  let sum40 = v128.splat<f64>(0);
  let sum41 = v128.splat<f64>(0);
  if (!first) {
    sum00 = v128.load(out0);
    sum01 = v128.load(out0, 16);
    sum10 = v128.load(out1);
    sum11 = v128.load(out1, 16);
    sum20 = v128.load(out2);
    sum21 = v128.load(out2, 16);
    sum30 = v128.load(out3);
    sum31 = v128.load(out3, 16);
    sum40 = v128.load(out4);
    sum41 = v128.load(out4, 16);
  }
  for (; count > 0; count--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load_splat<f64>(a);
    sum00 = v128.add<f64>(sum00, v128.mul<f64>(a0, b0));
    sum01 = v128.add<f64>(sum01, v128.mul<f64>(a0, b1));
    const a1 = v128.load_splat<f64>(a, 8);
    sum10 = v128.add<f64>(sum10, v128.mul<f64>(a1, b0));
    sum11 = v128.add<f64>(sum11, v128.mul<f64>(a1, b1));
    const a2 = v128.load_splat<f64>(a, 16);
    sum20 = v128.add<f64>(sum20, v128.mul<f64>(a2, b0));
    sum21 = v128.add<f64>(sum21, v128.mul<f64>(a2, b1));
    const a3 = v128.load_splat<f64>(a, 24);
    sum30 = v128.add<f64>(sum30, v128.mul<f64>(a3, b0));
    sum31 = v128.add<f64>(sum31, v128.mul<f64>(a3, b1));
    const a4 = v128.load_splat<f64>(a, 32);
    sum40 = v128.add<f64>(sum40, v128.mul<f64>(a4, b0));
    sum41 = v128.add<f64>(sum41, v128.mul<f64>(a4, b1));
    a += aStep;
    b += bStep;
  }
  v128.store(out0, sum00);
  v128.store(out0, sum01, 16);
  v128.store(out1, sum10);
  v128.store(out1, sum11, 16);
  v128.store(out2, sum20);
  v128.store(out2, sum21, 16);
  v128.store(out3, sum30);
  v128.store(out3, sum31, 16);
  v128.store(out4, sum40);
  v128.store(out4, sum41, 16);
}

/** Returns the index in the module's table of the tile of f64 for `rows` × `vectors`. */
export function tileIndex_f64(rows: usize, vectors: usize): u32 {
  switch (<u32>((rows - 1) * 2 + vectors - 1)) {
    case 0:
      return tile1x1_f64.index;
    case 1:
      return tile1x2_f64.index;
    case 2:
      return tile2x1_f64.index;
    case 3:
      return tile2x2_f64.index;
    case 4:
      return tile3x1_f64.index;
    case 5:
      return tile3x2_f64.index;
    case 6:
      return tile4x1_f64.index;
    case 7:
      return tile4x2_f64.index;
    case 8:
      return tile5x1_f64.index;
    case 9:
      return tile5x2_f64.index;
    default:
      return unreachable();
  }
}
