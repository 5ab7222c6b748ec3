/**
 * Moving between nodes with arrow keys: an arrow leads to the nearest node in its direction.
 */

import type { Arranged } from "./arranged.ts";

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/** The weight of a distance across the direction of the arrow, relative to a distance along it. */
const ASIDE = 2.5;

/** Returns the id of the node that a key leads to; undefined for other keys, or if there is no node. */
export function neighbour(
  { layout, places }: Pick<Arranged, "layout" | "places">,
  from: number,
  key: string,
): number | undefined {
  const direction = DIRECTIONS[key];
  const start = places.get(from);
  if (direction === undefined || start === undefined) return undefined;
  const [dx, dy] = direction;
  let best: { id: number; cost: number } | undefined;
  for (const { id, x, y } of layout.nodes) {
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    if (ahead <= 1) continue;
    const aside = Math.abs((x - start.x) * dy + (y - start.y) * dx);
    const cost = ahead + ASIDE * aside;
    if (best === undefined || cost < best.cost) best = { id, cost };
  }
  return best?.id;
}
