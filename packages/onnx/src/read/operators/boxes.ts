/**
 * Non-maximum suppression: boxes that overlap better ones are left out. The choice needs the numbers, so it runs
 * outside of compiled functions.
 */

import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import type { Value } from "../value.ts";
import { integers } from "./shapes.ts";

type Box = readonly [top: number, left: number, bottom: number, right: number];

/** Returns the intersection of two boxes over their union. */
function overlap(a: Box, b: Box): number {
  const area = ([top, left, bottom, right]: Box) => (bottom - top) * (right - left);
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const common = Math.max(0, height) * Math.max(0, width);
  return common === 0 ? 0 : common / (area(a) + area(b) - common);
}

function suppressed(node: Node): Value {
  const [boxes, scores] = [node.numbers(0), node.numbers(1)];
  const [batches = 0, count = 0] = node.input(0).shape;
  const [, classes = 0] = node.input(1).shape;
  const most = node.maybeNumbers(2)?.[0] ?? 0;
  const limit = node.maybeNumbers(3)?.[0] ?? 0;
  const least = node.maybeNumbers(4)?.[0];
  const isCentre = node.int("center_point_box", 0) !== 0;
  const boxAt = (at: number): Box => {
    const [a = 0, b = 0, c = 0, d = 0] = boxes.slice(4 * at, 4 * at + 4);
    if (isCentre) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2];
    return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  };
  const kept = Math.max(1, Math.min(most, count));
  node.run.meter.ask(0, batches * classes * count * (Math.log2(1 + count) + kept));
  const chosen: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    for (let own = 0; own < classes; own++) {
      const from = (batch * classes + own) * count;
      const order = Array.from({ length: count }, (_, i) => i)
        .filter((i) => least === undefined || (scores[from + i] ?? 0) > least)
        .sort((i, j) => (scores[from + j] ?? 0) - (scores[from + i] ?? 0) || i - j);
      const kept: number[] = [];
      for (const i of order) {
        if (kept.length >= most) break;
        const box = boxAt(batch * count + i);
        if (kept.some((k) => overlap(box, boxAt(batch * count + k)) > limit)) continue;
        kept.push(i);
        chosen.push(batch, own, i);
      }
    }
  }
  return integers(chosen, [chosen.length / 3, 3]);
}

export const boxes = rows({
  NonMaxSuppression: { read: suppressed, settings: [0, 1, 2, 3, 4] },
});
