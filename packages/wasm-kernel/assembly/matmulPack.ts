// Packing: a block of a matrix, laid out in the order in which tiles read it.
//
//   block   | panel 0 | panel 1 | … | last panel, of what is left |
//   panel   | k = 0: its lines | k = 1: its lines | … |
//
// A line is a row of a or a column of b, so one function packs both operands and every transpose. The last panel has
// added lines of zeros up to a multiple; their products are not used. Steps are in bytes.

import { VECTOR_BYTES, vectorLength } from "./vector";

/** The number of k that are packed at once from adjacent lines: two cache lines for b. */
const DEPTH_AT_ONCE: usize = 4;

/** Packs `depth` elements of each of `lines` lines. */
export function packPanels<T>(
  source: usize,
  lineStep: usize,
  depthStep: usize,
  target: usize,
  lines: usize,
  panelLines: usize,
  multiple: usize,
  depth: usize,
): void {
  if (lineStep == sizeof<T>()) {
    const panels = lines / panelLines;
    const bytes = panelLines * sizeof<T>();
    packSideBySide(source, depthStep, target, panels, bytes, depth);
    source += panels * bytes;
    target += panels * bytes * depth;
    lines -= panels * panelLines;
  }
  while (lines > 0) {
    const own = min(lines, panelLines);
    const width = ((own + multiple - 1) / multiple) * multiple;
    packPanel<T>(source, lineStep, depthStep, target, own, width, depth);
    source += own * lineStep;
    target += width * sizeof<T>() * depth;
    lines -= own;
  }
}

/**
 * Packs whole panels of 20, 32 or 40 bytes whose lines are adjacent. A few k at a time are packed into all panels:
 * neighbouring k may be a multiple of 4096 bytes apart and so share one set of the first-level cache; they should be
 * read from end to end.
 */
function packSideBySide(
  source: usize,
  depthStep: usize,
  target: usize,
  panels: usize,
  bytes: usize,
  depth: usize,
): void {
  for (let k: usize = 0; k < depth; k += DEPTH_AT_ONCE) {
    const atOnce = min(depth - k, DEPTH_AT_ONCE);
    for (let panel: usize = 0; panel < panels; panel++) {
      let from = source + k * depthStep + panel * bytes;
      let to = target + (panel * depth + k) * bytes;
      for (let count = atOnce; count > 0; count--) {
        v128.store(to, v128.load(from));
        if (bytes == 20) {
          store<u32>(to, load<u32>(from, 16), 16);
        } else {
          v128.store(to, v128.load(from, 16), 16);
          if (bytes == 40) store<u64>(to, load<u64>(from, 32), 32);
        }
        from += depthStep;
        to += bytes;
      }
    }
  }
}

/** Packs one panel, strip by strip: a vector's length of lines that are contiguous in k, or one line. */
function packPanel<T>(
  source: usize,
  lineStep: usize,
  depthStep: usize,
  target: usize,
  lines: usize,
  width: usize,
  depth: usize,
): void {
  const targetStep = width * sizeof<T>();
  let line: usize = 0;
  if (depthStep == sizeof<T>()) {
    for (; line + vectorLength<T>() <= lines; line += vectorLength<T>()) {
      const from = source + line * lineStep;
      transposeStrip<T>(from, lineStep, target + line * sizeof<T>(), targetStep, depth);
    }
  }
  for (; line < lines; line++) {
    const from = source + line * lineStep;
    copyLine<T>(from, depthStep, target + line * sizeof<T>(), targetStep, depth);
  }
  for (; line < width; line++) clearLine<T>(target + line * sizeof<T>(), targetStep, depth);
}

/** Packs one vector's length of lines, each of which is contiguous in k. */
function transposeStrip<T>(
  source: usize,
  lineStep: usize,
  target: usize,
  targetStep: usize,
  count: usize,
): void {
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    if (sizeof<T>() == 4) {
      const line0 = v128.load(source);
      const line1 = v128.load(source + lineStep);
      const line2 = v128.load(source + 2 * lineStep);
      const line3 = v128.load(source + 3 * lineStep);
      const low01 = v128.shuffle<f32>(line0, line1, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(line0, line1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(line2, line3, 0, 4, 1, 5);
      const high23 = v128.shuffle<f32>(line2, line3, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f64>(low01, low23, 0, 2));
      v128.store(target + targetStep, v128.shuffle<f64>(low01, low23, 1, 3));
      v128.store(target + 2 * targetStep, v128.shuffle<f64>(high01, high23, 0, 2));
      v128.store(target + 3 * targetStep, v128.shuffle<f64>(high01, high23, 1, 3));
    } else {
      const line0 = v128.load(source);
      const line1 = v128.load(source + lineStep);
      v128.store(target, v128.shuffle<f64>(line0, line1, 0, 2));
      v128.store(target + targetStep, v128.shuffle<f64>(line0, line1, 1, 3));
    }
    source += VECTOR_BYTES;
    target += vectorLength<T>() * targetStep;
  }
  for (; count > 0; count--) {
    for (let line: usize = 0; line < vectorLength<T>(); line++) {
      store<T>(target + line * sizeof<T>(), load<T>(source + line * lineStep));
    }
    source += sizeof<T>();
    target += targetStep;
  }
}

function copyLine<T>(
  source: usize,
  depthStep: usize,
  target: usize,
  targetStep: usize,
  count: usize,
): void {
  for (; count > 0; count--) {
    store<T>(target, load<T>(source));
    source += depthStep;
    target += targetStep;
  }
}

function clearLine<T>(target: usize, targetStep: usize, count: usize): void {
  for (; count > 0; count--) {
    store<T>(target, <T>0);
    target += targetStep;
  }
}
