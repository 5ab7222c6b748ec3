/**
 * How much room the parts of the stage take, and where they stand: to the right, or downwards on a narrow
 * stage, with the products on the edges as long as they can be read.
 */

import type { Graph, GraphLayout, GraphNode, LayoutNode, LayoutRoute } from "@graddiff/core";
import type { Catalogue } from "../course/catalogue/index.ts";
import type { Lesson } from "../course/lesson.ts";
import type { Digits } from "../instrument/format.ts";
import { widthOf } from "./textWidth.ts";

export interface Box {
  readonly width: number;
  readonly height: number;
}

/** The look of a node's shape. */
export interface Shape {
  readonly kind: "leaf" | "operation" | "folded";
  /** What stands inside. */
  readonly text: string;
  /** The name that stands beside the value, where it is not inside. */
  readonly name: string;
  /** Half the width and height. */
  readonly half: number;
  readonly halfHeight: number;
}

/** A layout with everything that the stage needs and that no edit changes. */
export interface Arranged {
  readonly layout: GraphLayout;
  readonly direction: "right" | "down";
  /** Whether products stand on the edges. */
  readonly labelled: boolean;
  /** Whether sums and checks stand at the nodes. */
  readonly detailed: boolean;
  /** The size of a unit in pixels. */
  readonly scale: number;
  readonly places: ReadonlyMap<number, LayoutNode>;
  readonly shapes: ReadonlyMap<number, Shape>;
  /** By the id of the node that they lead from. */
  readonly routesFrom: ReadonlyMap<number, readonly LayoutRoute[]>;
}

/** Smaller text cannot be read. */
const SMALLEST = { labelled: 0.78, plain: 0.62 };
const LARGEST = 1.25;
const SCROLLED = 0.9;

/** Narrower stages lead downwards. */
const NARROW = 560;

export const SIZES = { leaf: 15, operation: 18, text: 15, label: 33 };

export function arrange(
  graph: Graph,
  lesson: Lesson,
  opened: readonly number[],
  box: Box,
  digits: Digits,
  texts: Catalogue,
): Arranged {
  const folded = (lesson.folded ?? []).filter((name) => {
    const id = graph.node(name)?.id;
    return id !== undefined && !opened.includes(id);
  });
  const names: Readonly<Record<string, string>> = texts.lessons[lesson.name].nodes;
  const shapes = new Map(
    graph.nodes.map((node) => [node.id, shapeOf(node, names, folded.includes(node.name ?? ""))]),
  );
  const readers = readersOf(graph);
  const characters = digits === "exact" ? 20 : digits + 3;
  const direction = box.width < NARROW ? "down" : "right";
  const tries = [
    { direction, labelled: true },
    { direction, labelled: false },
  ] as const;
  const results = tries.map(({ direction, labelled }): Arranged => {
    const down = direction === "down";
    const size = {
      node: (node: GraphNode) =>
        down && !labelled
          ? narrowRoom(shapes.get(node.id), characters)
          : roomOf(shapes.get(node.id), readers[node.id] ?? 0, characters, down),
      ...(labelled ? { edge: () => edgeRoom(characters, down) } : {}),
      gap: labelled ? (down ? 26 : 16) : down ? 40 : 44,
    };
    const layout = graph.layout({ size, direction, folded });
    const [across, along] = [box.width / layout.width, box.height / layout.height];
    // A narrow stage may be higher than its window, but is no larger than it must be.
    const fit = Math.min(across, down ? Math.max(along, SMALLEST.labelled) : along);
    const scale = Math.min(LARGEST, fit);
    return {
      layout,
      direction,
      labelled,
      detailed: labelled || !down,
      scale,
      places: new Map(layout.nodes.map((node) => [node.id, node])),
      shapes,
      routesFrom: routesFrom(layout.routes),
    };
  });
  const good = results.find(
    ({ scale, labelled }) => scale >= (labelled ? SMALLEST.labelled : SMALLEST.plain),
  );
  if (good !== undefined) return good;
  // Nothing fits: it scrolls, at a size that can be read.
  const plain = results.find(({ labelled }) => !labelled) ?? results[0];
  if (plain === undefined) throw new Error("no arrangement was tried");
  return { ...plain, scale: SCROLLED };
}

function routesFrom(routes: readonly LayoutRoute[]): Map<number, LayoutRoute[]> {
  const groups = new Map<number, LayoutRoute[]>();
  for (const route of routes) groups.set(route.from, [...(groups.get(route.from) ?? []), route]);
  return groups;
}

function readersOf({ nodes }: Graph): number[] {
  const readers: number[] = nodes.map(() => 0);
  for (const { inputs } of nodes) {
    for (const { from } of inputs) readers[from] = (readers[from] ?? 0) + 1;
  }
  return readers;
}

function shapeOf(node: GraphNode, names: Readonly<Record<string, string>>, folded: boolean): Shape {
  const name = node.name === undefined ? "" : (names[node.name] ?? node.name);
  if (node.op === undefined) {
    const text = name === "" ? constantText(node) : name;
    const half = Math.max(20, widthOf(text, 13) / 2 + 11);
    return { kind: "leaf", text, name: "", half, halfHeight: SIZES.leaf };
  }
  if (folded) {
    const half = Math.max(24, widthOf(name, 14) / 2 + 14);
    return { kind: "folded", text: name, name: "", half, halfHeight: SIZES.operation };
  }
  const half = Math.max(SIZES.operation, widthOf(node.op.symbol, 13) / 2 + 8);
  return { kind: "operation", text: node.op.symbol, name, half, halfHeight: SIZES.operation };
}

function constantText({ value }: GraphNode): string {
  return value !== undefined && value.rank === 0 ? String(value.item()) : "…";
}

/** The room of a node with its numbers. Its gradient takes two lines where it is a sum. */
function roomOf(shape: Shape | undefined, readers: number, characters: number, down: boolean): Box {
  const { half = 0, halfHeight = 0, name = "" } = shape ?? {};
  const number = characters * 7.6;
  const sum = readers > 1 ? Math.min(3, readers) * (characters * 6.2 + 12) : 0;
  const value = number + (name === "" ? 0 : widthOf(name, 12) + 6);
  const below = readers > 1 ? 2 * SIZES.text : SIZES.text;
  return {
    width: Math.max(2 * half + 10, value, number + 26, down ? sum * 0.8 : sum) + 6,
    height: 2 * halfHeight + SIZES.text + below + 6,
  };
}

/** On a narrow stage without products there are no sums and no checks either. */
function narrowRoom(shape: Shape | undefined, characters: number): Box {
  const { half = 0, halfHeight = 0 } = shape ?? {};
  return {
    width: Math.max(2 * half, (characters + 2) * 6.8) + 5,
    height: 2 * halfHeight + 2 * SIZES.text + 6,
  };
}

function edgeRoom(characters: number, down: boolean): Box {
  const width = (2 * characters + 3) * 6.2;
  return { width: down ? Math.max(62, width * 0.8) : width, height: SIZES.label };
}
