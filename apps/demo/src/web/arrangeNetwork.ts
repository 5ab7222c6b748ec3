/**
 * The layout of a network in the usual form: inputs, layers and errors in columns, weights on the lines between them,
 * and small biases beside their nodes. It is computed in pixels, so that no text shrinks.
 */

import type { Graph, LayoutNode, LayoutRoute } from "@graddiff/core";
import type { Network } from "../instrument/network.ts";
import {
  type Arranged,
  type Box,
  type EdgeLook,
  fitOf,
  MARGIN,
  NARROW,
  type OpenCard,
  type Rect,
  routesFrom,
  type Shape,
} from "./arranged.ts";
import { widthOf } from "./textWidth.ts";

interface Given {
  readonly graph: Graph;
  readonly network: Network;
  readonly box: Box;
  /** The most characters of a number. */
  readonly characters: number;
  readonly foldable: ReadonlySet<number>;
  readonly card: OpenCard | undefined;
}

/** The sizes on a phone and on other devices, in pixels of a stage that is not enlarged. */
const SIZES = {
  narrow: { radius: 17, letter: 6.8, line: 14, chipHeight: 32, least: 330, row: 118 },
  wide: { radius: 26, letter: 7.6, line: 15.5, chipHeight: 38, least: 400, row: 132 },
  /** The sizes on a low stage. */
  low: { radius: 20, letter: 7.6, line: 15.5, chipHeight: 35, least: 236, row: 92 },
} as const;

/** The height below which a stage is low. */
const LOW = 400;

/** The stage size for which the wide sizes are made; on a larger stage everything grows. */
const PLAIN: Box = { width: 860, height: 520 };
const LARGEST = 1.7;
/** The least scale, at which texts of 12.5 units have 11 pixels. */
const SMALLEST = 0.88;

/** The side of a circle for its numbers. */
type Side = "above" | "below" | "left";

interface Spot {
  readonly x: number;
  readonly y: number;
}

export function arrangeNetwork(given: Given): Arranged {
  const { graph, network, box, foldable } = given;
  const isNarrow = box.width < NARROW;
  // Longer numbers are drawn narrower; the cards show them at full width.
  const characters = Math.min(given.characters, isNarrow ? 8 : 12);
  const isLow = !isNarrow && box.height < LOW;
  const sizes = isNarrow ? SIZES.narrow : isLow ? SIZES.low : SIZES.wide;
  const { radius } = sizes;
  const chipHalf = (characters * sizes.letter + (isNarrow ? 6 : 16)) / 2;
  const numbersHeight = 2 * sizes.line + 4;
  const columns = columnsOf(graph, network);
  const most = Math.max(...columns.map((column) => column.length));
  // In a column of three or more units, the numbers of one unit and the bias of the next are between both.
  const crowded = 2 * radius + numbersHeight + sizes.chipHeight + 10;
  const row = hasOwnBiases(columns, network) ? Math.max(sizes.row, crowded) : sizes.row;
  const least = Math.max(sizes.least, most * row);
  const scale = isNarrow
    ? 1
    : Math.max(
        Math.max(SMALLEST, Math.min(1, fitOf(box.height, least))),
        Math.min(LARGEST, box.width / PLAIN.width, box.height / PLAIN.height),
      );
  // The margin is scaled with the drawing.
  const room = (size: number) => (size + 2 * MARGIN) / scale - 2 * MARGIN;
  const width = room(box.width);
  const height = Math.max(room(box.height), least);
  // Nodes have the names of the program, as in formulas, since names of several words do not fit in a circle.
  const nameOf = (id: number) => graph.nodes[id]?.name ?? "";
  const spots = new Map<number, Rect>();
  const shapes = new Map<number, Shape>();
  const obstacles: Rect[] = [];
  const sides = new Map<number, Side>();

  const edgeX = Math.max(radius, chipHalf) + 2;
  const shares = columns.slice(1).map((_, i) => (isTail(columns, i + 1, network) ? 0.72 : 1));
  const inner = width - 2 * edgeX;
  const opened = given.card && {
    half: given.card.size.width / scale / 2,
    halfHeight: given.card.size.height / scale / 2,
  };
  /**
   * Returns the remaining width if a gap has the card, and the other gaps have their chips or the numbers beside the
   * last column.
   */
  const openedAt = (gap: number) => {
    const least = shares.map((_, i) => {
      if (i === gap) return 2 * ((opened?.half ?? 0) + radius + APART);
      return (isTail(columns, i + 1, network) ? radius : 2 * radius + 6) + 2 * chipHalf + 16;
    });
    return { gap, least, rest: inner - sumOf(least) };
  };
  const opening =
    isNarrow || opened === undefined
      ? undefined
      : gapsFor(given, columns)
          .map(openedAt)
          .find(({ rest }) => rest >= 0);
  const gaps =
    opening === undefined
      ? partsOf(inner, shares)
      : partsOf(
          opening.rest,
          shares.map((share, i) => (i === opening.gap ? 0 : share)),
        ).map((part, i) => part + (opening.least[i] ?? 0));
  let x = edgeX;
  columns.forEach((column, c) => {
    const isTailColumn = isTail(columns, c, network);
    // Targets are above and below the errors, or between them if there is no room.
    const isOuter = isTailColumn && column.length > 1 && !isLow;
    const outer = isOuter ? numbersHeight + sizes.chipHeight + 6 : 0;
    const top = 6 + numbersHeight + radius + outer;
    column.forEach((id, row) => {
      const part = column.length === 1 ? 0.5 : row / (column.length - 1);
      const y = top + (height - 2 * top) * part;
      const isInner = row > 0 && row < column.length - 1;
      const side = column.length > 1 && row === column.length - 1 ? "below" : "above";
      // The numbers of a middle tail are on its left, since lines come from above and below.
      place(id, { x, y }, isTailColumn && isInner ? "left" : side);
    });
    x += gaps[c] ?? 0;
  });

  function place(id: number, { x: cx, y: cy }: Spot, side: Side): void {
    const text = nameOf(id);
    const half = Math.max(radius, widthOf(text, 13) / 2 + 8);
    spots.set(id, { x: cx, y: cy, half, halfHeight: radius });
    sides.set(id, side);
    shapes.set(id, {
      kind: "circle",
      text: [text],
      name: "",
      half,
      halfHeight: radius,
      numbers: side,
    });
    const numbersHalf = (characters - 1) * 0.5 * sizes.letter;
    const away = side === "above" ? -1 : side === "below" ? 1 : 0;
    obstacles.push(
      { x: cx, y: cy, half: half + 2, halfHeight: radius + 2 },
      {
        x: side === "left" ? cx - half - numbersHalf - 4 : cx,
        y: cy + away * (radius + numbersHeight / 2),
        half: numbersHalf,
        halfHeight: numbersHeight / 2,
      },
    );
  }

  // The card is in its gap, in the upper or lower half like its node, so that the other row stays visible.
  const card = opening && opened && cardRect(opening.gap, opened);

  function cardRect(gap: number, size: Pick<Rect, "half" | "halfHeight">): Rect {
    const [left, right] = [columns[gap], columns[gap + 1]].map(
      (column) => spots.get(column?.[0] ?? -1)?.x ?? 0,
    );
    const isBelow = isLowerHalf(given, spots, height / 2);
    const y = isBelow ? height - size.halfHeight : size.halfHeight;
    return { ...size, x: ((left ?? 0) + (right ?? 0)) / 2, y };
  }

  const chip = (id: number, spot: Spot, isSmall = false) => {
    const half = isSmall ? chipHalf - 2 : chipHalf;
    const halfHeight = sizes.chipHeight / 2 - (isSmall ? 1 : 0);
    spots.set(id, { ...spot, half, halfHeight });
    obstacles.push({ ...spot, half, halfHeight });
    shapes.set(id, {
      kind: "chip",
      text: [],
      name: nameOf(id),
      half,
      halfHeight,
      numbers: "inside",
    });
  };

  for (const bias of network.biases) {
    const fed = network.units.filter(({ biases }) => biases.includes(bias)).map(({ id }) => id);
    const [first, second] = fed.map((id) => spots.get(id));
    if (first === undefined) continue;
    if (second !== undefined) {
      chip(bias, { x: (first.x + second.x) / 2, y: (first.y + second.y) / 2 }, true);
      continue;
    }
    const away = sides.get(fed[0] ?? -1) === "above" ? 1 : -1;
    chip(bias, { x: first.x, y: first.y + away * (radius + sizes.chipHeight / 2 + 7) }, true);
  }
  for (const target of network.targets) {
    const reader = graph.nodes.find(({ inputs }) => inputs.some(({ from }) => from === target));
    const tail = tailOf(graph, network, reader?.id ?? -1);
    const spot = spots.get(tail);
    if (spot === undefined) continue;
    const column = columns.at(-1) ?? [];
    const isMiddle = column.length === 1;
    const side = sides.get(tail) === "below" ? 1 : -1;
    const away = isMiddle
      ? radius + sizes.chipHeight / 2 + 9
      : isLow
        ? -side * (radius + sizes.chipHeight / 2 + 4)
        : side * (radius + numbersHeight + sizes.chipHeight / 2 + 3);
    chip(target, { x: spot.x, y: spot.y + away }, true);
  }
  for (const { edges } of network.units) {
    for (const { from, to, weight } of edges) {
      const [start, end] = [spots.get(from), spots.get(to)];
      if (start === undefined || end === undefined) continue;
      const size = { half: chipHalf, halfHeight: sizes.chipHeight / 2 };
      chip(weight, bestSpot(start, end, size, { obstacles, height, card }));
    }
  }

  const folded = [...network.units.map(({ id }) => id), ...network.tails];
  const plain = graph.layout({ folded });
  const columnOf = new Map(columns.flatMap((column, c) => column.map((id) => [id, c] as const)));
  const nodes = plain.nodes.flatMap((node, order): LayoutNode[] => {
    const spot = spots.get(node.id);
    if (spot === undefined) return [];
    const { x: cx, y: cy, half, halfHeight } = spot;
    const layer = columnOf.get(node.id) ?? 0;
    return [{ ...node, x: cx, y: cy, width: 2 * half, height: 2 * halfHeight, layer, order }];
  });
  const weightOf = new Map(
    network.units.flatMap(({ edges }) =>
      edges.map(({ product, input, weight }) => [`${product} ${input}`, weight] as const),
    ),
  );
  const weights = new Set(network.weights);
  const small = new Set([...network.biases, ...network.targets]);
  const lookOf = ({ reader, input, from }: LayoutRoute): EdgeLook => {
    const weight = weightOf.get(`${reader} ${input}`);
    if (weight !== undefined) return { kind: "weighted", weight };
    if (weights.has(from)) return { kind: "none" };
    return { kind: small.has(from) ? "bias" : "line" };
  };
  const routes = plain.routes.flatMap((route): LayoutRoute[] => {
    const [start, end] = [spots.get(route.from), spots.get(route.to)];
    if (start === undefined || end === undefined) return [];
    return [{ ...route, points: [start, end], label: undefined }];
  });
  return {
    layout: { ...plain, nodes, routes, layers: columns, width, height },
    direction: "network",
    labelled: false,
    detailed: !isNarrow,
    scale,
    places: new Map(nodes.map((node) => [node.id, node])),
    shapes,
    edgeWidth: 2 * chipHalf,
    routesFrom: routesFrom(routes),
    foldable,
    lookOf,
    card,
  };
}

/** True if a column of more than two units has a separate bias for each unit. */
function hasOwnBiases(
  columns: readonly (readonly number[])[],
  { units, biases }: Network,
): boolean {
  const fed = (bias: number) => units.filter((unit) => unit.biases.includes(bias));
  const alone = biases.flatMap((bias) => (fed(bias).length === 1 ? fed(bias) : []));
  return columns.some((column) => {
    return column.length > 2 && alone.some(({ id }) => column.includes(id));
  });
}

/** The pixels between the card and the circles beside it. */
const APART = 12;

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Divides a length in proportion to shares. */
function partsOf(length: number, shares: readonly number[]): number[] {
  const all = Math.max(sumOf(shares), 1e-9);
  return shares.map((share) => (length * share) / all);
}

/**
 * Returns the nodes beside which the card opens: the ends of a weight's line, the unit of a bias, or the card's node.
 */
function ownersOf({ network, card }: Given): readonly number[] {
  const id = card?.id ?? -1;
  const edges = network.units.flatMap((unit) => unit.edges);
  const edge = edges.find(({ weight }) => weight === id);
  if (edge !== undefined) return [edge.from, edge.to];
  const fed = network.units.find(({ biases }) => biases.includes(id));
  return [fed?.id ?? id];
}

/**
 * Returns the gaps between columns in which the open card may be, the best first: right of its node, then left of it; a
 * weight has only one gap.
 */
function gapsFor(given: Given, columns: readonly (readonly number[])[]): readonly number[] {
  const owners = ownersOf(given);
  const column = columns.findIndex((each) => each.includes(owners[0] ?? -1));
  if (column < 0) return [];
  const wanted = owners.length > 1 ? [column] : [column, column - 1];
  return wanted.filter((gap) => gap >= 0 && gap < columns.length - 1);
}

/** True if the nodes of the open card are, on average, below the middle of the drawing. */
function isLowerHalf(given: Given, spots: ReadonlyMap<number, Rect>, middle: number): boolean {
  const heights = ownersOf(given).map((id) => spots.get(id)?.y ?? middle);
  return sumOf(heights) / heights.length > middle + 1;
}

function isTail(columns: readonly (readonly number[])[], c: number, { tails }: Network): boolean {
  return columns[c]?.some((id) => tails.includes(id)) === true;
}

/**
 * Returns the nodes by columns: sources, units by their distance from the sources, and in the last column the tails,
 * with a tail that reads others between these.
 */
function columnsOf({ nodes }: Graph, { units, sources, tails }: Network): number[][] {
  const column = new Map(sources.map((id) => [id, 0]));
  for (const { id, edges } of units) {
    column.set(id, 1 + Math.max(...edges.map(({ from }) => column.get(from) ?? 0)));
  }
  const columns: number[][] = [];
  for (const [id, c] of column) {
    columns[c] ??= [];
    columns[c]?.push(id);
  }
  const isLast = (id: number) => nodes[id]?.inputs !== undefined;
  const last = tails.filter(isLast);
  const reading = last.filter((id) => last.some((other) => leadsTo(nodes, other, id)));
  const others = last.filter((id) => !reading.includes(id));
  const half = Math.ceil(others.length / 2);
  const tailColumn =
    others.length > 1
      ? [...others.slice(0, half), ...reading, ...others.slice(half)]
      : [...others, ...reading];
  return tailColumn.length === 0 ? columns : [...columns, tailColumn];
}

/** True if a node reads another one, directly or through operations without names. */
function leadsTo(nodes: Graph["nodes"], from: number, to: number): boolean {
  const waiting = [...(nodes[to]?.inputs ?? [])];
  for (const { from: id } of waiting) {
    if (id === from) return true;
    if (nodes[id]?.name === undefined) waiting.push(...(nodes[id]?.inputs ?? []));
  }
  return false;
}

/** Returns the tail that an operation is part of. */
function tailOf({ nodes }: Graph, { tails }: Network, id: number): number {
  let at = id;
  while (at >= 0 && !tails.includes(at)) {
    at = nodes.find(({ inputs }) => inputs.some(({ from }) => from === at))?.id ?? -1;
  }
  return at;
}

/**
 * The positions of a chip on a line, as parts of its length, best first: the middle of level lines, a third of crossing
 * lines, and near the ends beside a card.
 */
const LEVEL = [0.5, 0.42, 0.58, 0.34, 0.66];
const CROSSING = [0.33, 0.36, 0.3, 0.4, 0.27, 0.45, 0.24, 0.5, 0.56, 0.6, 0.64, 0.68, 0.72, 0.76];
const OUTER = [0.2, 0.8, 0.18, 0.82, 0.16, 0.84, 0.14, 0.86, 0.12, 0.88];

/** The parts of the drawing that a chip must not touch. */
interface Around {
  readonly obstacles: readonly Rect[];
  /** The height of the drawing. */
  readonly height: number;
  readonly card: Rect | undefined;
}

/**
 * Returns the position of a chip on a line that hides as little as possible; beside a level line if there is no room. A
 * chip is either not covered by the card, or completely covered.
 */
function bestSpot(
  start: Spot,
  end: Spot,
  size: Pick<Rect, "half" | "halfHeight">,
  { obstacles, height, card }: Around,
): Spot {
  const on = (t: number): Spot => ({
    x: start.x + (end.x - start.x) * t,
    y: start.y + (end.y - start.y) * t,
  });
  const isLevel = Math.abs(end.y - start.y) < size.halfHeight;
  let spots = (isLevel ? LEVEL : CROSSING).map(on);
  if (isLevel) {
    const side = start.y < height / 2 ? -1 : 1;
    for (const step of [1, -1, 1.6, -1.6]) {
      const { x, y } = on(0.5);
      spots.push({ x, y: y + side * step * (size.halfHeight + 8) });
    }
  }
  if (card !== undefined) {
    const all = isLevel ? spots : [...spots, ...OUTER.map(on)];
    const free = all.filter((at) => common(at, size, card) === 0);
    if (free.length > 0) spots = free;
  }
  let best = spots[0] ?? start;
  let least = Infinity;
  spots.forEach((spot, i) => {
    const overlap = obstacles.reduce((sum, other) => sum + common(spot, size, other), 0);
    const cost = overlap + i * 1e-3;
    if (cost < least) [least, best] = [cost, spot];
  });
  return best;
}

/** Returns the area that two rectangles have in common. */
function common(spot: Spot, size: Pick<Rect, "half" | "halfHeight">, other: Rect): number {
  const across = size.half + other.half - Math.abs(spot.x - other.x);
  const down = size.halfHeight + other.halfHeight - Math.abs(spot.y - other.y);
  return across > 0 && down > 0 ? across * down : 0;
}
