/**
 * The layout of boxes and lines: dagre lays out each group separately, and the group is a box in the group around it.
 */

import { layout as dagre, Graph } from "@dagrejs/dagre";
import { type Box, type Edge, inputId } from "./folding.ts";

export interface Place {
  /** The left side of the box. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line, or the part of it within one group. */
export interface Line {
  readonly points: readonly Point[];
  /** True if it ends at a box; else it ends at the frame of a group, where another part continues. */
  readonly arrives: boolean;
  /** The source of the whole line. */
  readonly from: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The positions, by the id of the item or the input. */
  readonly places: ReadonlyMap<string, Place>;
  readonly lines: readonly Line[];
}

export const SIZES = {
  box: { width: 192, height: 50 },
  input: { width: 236, height: 34 },
  /** The height of an open group's header, above its items. */
  header: 36,
  padding: 12,
  margin: 6,
} as const;

/** The content of one group, or of the model. */
interface Level extends Layout {
  /** The points at which lines cross its frame, by their sources. */
  readonly entries: ReadonlyMap<string, number>;
  readonly exits: ReadonlyMap<string, number>;
}

/**
 * Lays out what is seen.
 *
 * Lines of one origin cross the frame of a group at one point. The layout of a group does not depend on what is around it,
 * so opening one changes nothing within the others; and dagre, whose time grows faster than its graph, gets small ones.
 *
 * @param inputs the names of the inputs of the model.
 */
export function layOut(
  boxes: readonly Box[],
  edges: readonly Edge[],
  inputs: readonly string[],
): Layout {
  const inside = new Map<string | undefined, Box[]>();
  for (const box of boxes) inside.set(box.parent, [...(inside.get(box.parent) ?? []), box]);
  const parents = new Map(boxes.map(({ item, parent }) => [item.id, parent]));

  const layLevel = (group: string | undefined): Level => {
    const levels = new Map<string, Level>();
    const graph = new Graph({ multigraph: true });
    graph.setGraph({ nodesep: 22, ranksep: 24, edgesep: 14, marginx: 0, marginy: 0 });
    const children = new Set<string>();
    for (const { item, isOpen } of inside.get(group) ?? []) {
      children.add(item.id);
      if (isOpen) {
        const level = layLevel(item.id);
        levels.set(item.id, level);
        graph.setNode(item.id, { width: level.width, height: level.height });
      } else {
        graph.setNode(item.id, { ...SIZES.box });
      }
    }
    if (group === undefined) {
      for (const name of inputs) {
        children.add(inputId(name));
        graph.setNode(inputId(name), { ...SIZES.input });
      }
    }
    /** Returns the child of this group that contains an item. */
    const childWith = (id: string): string | undefined => {
      let at: string | undefined = id;
      while (at !== undefined && !children.has(at)) at = parents.get(at);
      return at;
    };
    const entries = new Set<string>();
    const exits = new Set<string>();
    const parts = new Map<string, { from: string; to: string; origin: string }>();
    for (const { from, to } of edges) {
      const start = childWith(from);
      const end = childWith(to);
      if (start === end) continue;
      if (start === undefined) entries.add(from);
      if (end === undefined) exits.add(from);
      const part = { from: start ?? `entry ${from}`, to: end ?? `exit ${from}`, origin: from };
      parts.set(JSON.stringify(part), part);
    }
    // Lines cross frames above or below all boxes: heavy lines to a common point keep the crossings there.
    const pin = { weight: 100, minlen: 1 };
    const port = { width: 8, height: 0 };
    if (entries.size > 0) graph.setNode("top", { width: 0, height: 0 });
    for (const origin of entries) {
      graph.setNode(`entry ${origin}`, { ...port });
      graph.setEdge("top", `entry ${origin}`, { ...pin }, "pin");
    }
    if (exits.size > 0) graph.setNode("bottom", { width: 0, height: 0 });
    for (const origin of exits) {
      graph.setNode(`exit ${origin}`, { ...port });
      graph.setEdge(`exit ${origin}`, "bottom", { ...pin }, "pin");
    }
    for (const { from, to, origin } of parts.values()) {
      graph.setEdge(from, to, { weight: 1, minlen: 1 }, origin);
    }
    dagre(graph);

    const isFrame = group !== undefined;
    const border = isFrame ? SIZES.padding : SIZES.margin;
    const above = isFrame ? SIZES.header : SIZES.margin;
    const flat = [...children].map((id) => placeOf(graph.node(id)));
    const ports = [...entries]
      .map((origin) => graph.node(`entry ${origin}`))
      .concat([...exits].map((origin) => graph.node(`exit ${origin}`)));
    const routes = [...parts.values()].map((part) => ({
      ...part,
      points: (graph.edge(part.from, part.to, part.origin)?.points ?? []) as Point[],
    }));
    const xs = routes.flatMap(({ points }) => points.map(({ x }) => x));
    const left = Math.min(...flat.map(({ x }) => x), ...xs) - border;
    const right = Math.max(...flat.map(({ x, width }) => x + width), ...xs) + border;
    const top = Math.min(...flat.map(({ y }) => y), ...ports.map(({ y }) => y)) - above;
    const bottom =
      Math.max(...flat.map(({ y, height }) => y + height), ...ports.map(({ y }) => y)) +
      (exits.size > 0 ? 0 : border);
    const [width, height] = [right - left, bottom - top];

    const places = new Map<string, Place>();
    const lines: Line[] = [];
    for (const id of children) {
      const own = placeOf(graph.node(id));
      const place = { ...own, x: own.x - left, y: own.y - top };
      places.set(id, place);
      const level = levels.get(id);
      if (level === undefined) continue;
      for (const [name, each] of level.places) places.set(name, moved(each, place));
      for (const line of level.lines) {
        lines.push({ ...line, points: line.points.map((point) => moved(point, place)) });
      }
    }
    const portsOf = (kind: string, origins: ReadonlySet<string>) =>
      new Map([...origins].map((origin) => [origin, graph.node(`${kind} ${origin}`).x - left]));
    const entryPorts = portsOf("entry", entries);
    const exitPorts = portsOf("exit", exits);
    for (const { from, to, origin, points } of routes) {
      const route = points.map(({ x, y }) => ({ x: x - left, y: y - top }));
      const start = places.get(from);
      const end = places.get(to);
      const exit = levels.get(from)?.exits.get(origin);
      const entry = levels.get(to)?.entries.get(origin);
      // At a frame, a line continues at the crossing of its inner part.
      if (start === undefined) route[0] = { x: entryPorts.get(origin) ?? 0, y: SIZES.header };
      else if (exit !== undefined) route[0] = { x: start.x + exit, y: start.y + start.height };
      const last = route.length - 1;
      if (end === undefined) route[last] = { x: exitPorts.get(origin) ?? 0, y: height };
      else if (entry !== undefined) route[last] = { x: end.x + entry, y: end.y };
      lines.push({
        points: route,
        arrives: end !== undefined && entry === undefined,
        from: origin,
      });
    }
    return { width, height, places, lines, entries: entryPorts, exits: exitPorts };
  };

  return layLevel(undefined);
}

function placeOf(node: {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
}): Place {
  const { x = 0, y = 0, width, height } = node;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function moved<Kind extends Point>(thing: Kind, by: Point): Kind {
  return { ...thing, x: thing.x + by.x, y: thing.y + by.y };
}
