/**
 * Channel routing: the vertical lines between two layers get columns so that no two of them
 * overlap (Hashimoto and Stevens 1971, with doglegs after Deutsch 1976).
 */

import { at } from "../tensor/shape.ts";

/** A source and its targets, which lines between two layers connect. */
export interface Net {
  readonly id: number;
  /** Rows at which lines arrive from the left. */
  readonly left: readonly number[];
  /** Rows at which lines go on to the right. */
  readonly right: readonly number[];
}

/** A net, or after a dogleg a half of one, with its column. */
export interface Track extends Net {
  readonly column: number;
  readonly top: number;
  readonly bottom: number;
  /** A second track of the same net, further right, that this one leads to along a row. */
  readonly dogleg: { readonly row: number; readonly to: Track } | undefined;
}

interface Waiting extends Net {
  /** The half of a split net that comes before this one. */
  readonly after: Waiting | undefined;
  readonly top: number;
  readonly bottom: number;
}

/**
 * Gives every net a column, counted from the left.
 *
 * A line that arrives at row r must turn left of the column from which another net continues at the same row r. Where
 * such demands form a circle, one net changes columns on a separate row: nets use even rows, doglegs odd ones.
 */
export function routeChannel(nets: readonly Net[]): { tracks: Track[]; columns: number } {
  const waiting = inKindOrder(nets).map((net) => waitingNet(net, undefined, []));
  const placed = new Map<Waiting, number>();
  const doglegs = new Map<Waiting, { row: number; to: Waiting }>();
  const spans: { top: number; bottom: number }[][] = [];
  const usedRows = new Set<number>();

  while (waiting.length > 0) {
    const next = waiting.findIndex((net) => waiting.every((other) => !mustPrecede(other, net)));
    if (next < 0) {
      const net = inCircle(waiting);
      const row = freeRow(at(net.right, 0), usedRows);
      const first = waitingNet({ ...net, right: [] }, undefined, [row]);
      const second = waitingNet({ ...net, left: [] }, first, [row]);
      doglegs.set(first, { row, to: second });
      waiting.splice(waiting.indexOf(net), 1, first, second);
      continue;
    }
    const [net] = waiting.splice(next, 1);
    if (net === undefined) break;
    let column = 0;
    for (const [before, itsColumn] of placed) {
      if (mustPrecede(before, net)) column = Math.max(column, itsColumn + 1);
    }
    while (spans[column]?.some((span) => overlap(span, net))) column++;
    while (spans.length <= column) spans.push([]);
    at(spans, column).push(net);
    placed.set(net, column);
  }

  const trackOf = new Map<Waiting, Track>();
  for (const [net, column] of [...placed].toReversed()) {
    const { id, left, right, top, bottom } = net;
    const dogleg = doglegs.get(net);
    const to = dogleg && trackOf.get(dogleg.to);
    trackOf.set(net, {
      id,
      left,
      right,
      top,
      bottom,
      column,
      dogleg: dogleg && to ? { row: dogleg.row, to } : undefined,
    });
  }
  return { tracks: [...trackOf.values()], columns: spans.length };
}

function waitingNet(net: Net, after: Waiting | undefined, turns: readonly number[]): Waiting {
  const rows = [...net.left, ...net.right, ...turns];
  return { ...net, after, top: Math.min(...rows), bottom: Math.max(...rows) };
}

/**
 * Returns a member of a circle of demands, where all wait for others. It is a whole net: nothing precedes the first
 * half of a split one, and the second half precedes nothing.
 */
function inCircle(waiting: readonly Waiting[]): Waiting {
  let net = at(waiting, 0);
  // After as many steps back as there are nets, the walk is in a circle.
  for (let step = 0; step < waiting.length; step++) {
    net = waiting.find((other) => mustPrecede(other, net)) ?? net;
  }
  return net;
}

function mustPrecede(first: Waiting, second: Waiting): boolean {
  if (first === second) return false;
  return second.after === first || first.left.some((row) => second.right.includes(row));
}

export function overlap(
  first: { readonly top: number; readonly bottom: number },
  second: { readonly top: number; readonly bottom: number },
): boolean {
  return first.top <= second.bottom && second.top <= first.bottom;
}

function freeRow(near: number, used: Set<number>): number {
  let row = near + 1;
  while (used.has(row)) row += 2;
  used.add(row);
  return row;
}

/** Lines that rise turn off from the top on, lines that fall from the bottom on: fewer crossings. */
function inKindOrder(nets: readonly Net[]): Net[] {
  const first = (rows: readonly number[]) => rows[0] ?? 0;
  const rises = ({ left, right }: Net) => first(right) < first(left);
  return nets.toSorted((a, b) => {
    if (rises(a) !== rises(b)) return rises(a) ? -1 : 1;
    return rises(a) ? first(a.left) - first(b.left) : first(b.left) - first(a.left);
  });
}
