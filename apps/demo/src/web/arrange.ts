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
  /** What stands inside, by lines. */
  readonly text: readonly string[];
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
  /** The room of a product on an edge. */
  readonly edgeWidth: number;
  /** By the id of the node that they lead from. */
  readonly routesFrom: ReadonlyMap<number, readonly LayoutRoute[]>;
}

/**
 * The ways to draw, best first: with products on the edges, then without. Each has the room for lines
 * between two layers, and the least scale at which it is taken: smaller text cannot be read.
 */
const WAYS = {
  right: {
    labelled: [
      { gap: 40, smallest: 0.9 },
      { gap: 20, smallest: 0.74 },
    ],
    plain: { gap: 44, smallest: 0.62 },
  },
  down: {
    labelled: [{ gap: 26, smallest: 0.76 }],
    plain: { gap: 40, smallest: 0.62 },
  },
} as const;

/** A drawing that goes down may be higher than its window, but is no larger than it must be. */
const SMALLEST_DOWN = 0.76;
const LARGEST = 1.8;
const SCROLLED = 0.9;

/** With products on its edges a larger graph fits no window. */
const MOST_LABELLED = 60;

/** Narrower stages lead downwards. */
const NARROW = 560;

export const SIZES = {
  leaf: 15,
  operation: 18,
  text: 15,
  line: 14,
  /** The width of a letter of the products, of the sums and of the numbers. */
  letter: 6.6,
  number: 7.8,
  label: { right: 38, down: 33 },
};

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
  const direction = box.width < NARROW ? "down" : "right";
  const down = direction === "down";
  const shapes = new Map(
    graph.nodes.map((node) => {
      const isFolded = folded.includes(node.name ?? "");
      return [node.id, shapeOf(node, names, isFolded, down)] as const;
    }),
  );
  const readers = readersOf(graph);
  const characters = digits === "exact" ? 20 : digits + 4;
  const draw = (gap: number, labelled: boolean): Arranged => {
    const size = {
      node: (node: GraphNode) =>
        down && !labelled
          ? narrowRoom(shapes.get(node.id), characters)
          : roomOf(shapes.get(node.id), readers[node.id] ?? 0, characters, down),
      ...(labelled ? { edge: () => edgeRoom(characters, down) } : {}),
      gap,
    };
    const layout = graph.layout({ size, direction, folded });
    const [across, along] = [box.width / layout.width, box.height / layout.height];
    const fit = Math.min(across, down ? Math.max(along, SMALLEST_DOWN) : along);
    return {
      layout,
      direction,
      labelled,
      detailed: labelled || !down,
      scale: Math.min(LARGEST, fit),
      places: new Map(layout.nodes.map((node) => [node.id, node])),
      shapes,
      edgeWidth: edgeRoom(characters, down).width,
      routesFrom: routesFrom(layout.routes),
    };
  };
  const isLarge = graph.nodes.length > MOST_LABELLED && folded.length === 0;
  const { labelled, plain } = WAYS[direction];
  for (const { gap, smallest } of isLarge ? [] : labelled) {
    const drawn = draw(gap, true);
    if (drawn.scale >= smallest) return drawn;
  }
  const drawn = draw(plain.gap, false);
  // Where nothing fits it scrolls, at a size that can be read.
  return drawn.scale >= plain.smallest ? drawn : { ...drawn, scale: SCROLLED };
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

/** Wider names are long. */
const LONG = 62;

function shapeOf(
  node: GraphNode,
  names: Readonly<Record<string, string>>,
  folded: boolean,
  down: boolean,
): Shape {
  const name = node.name === undefined ? "" : (names[node.name] ?? node.name);
  if (node.op === undefined) {
    const label = name === "" ? constantText(node) : name;
    // Downwards, inputs stand beside each other, where a long name takes two lines.
    const text = down && widthOf(label, 13) > LONG ? label.split(" ") : [label];
    const widest = Math.max(...text.map((line) => widthOf(line, 13)));
    const half = Math.max(20, widest / 2 + 11);
    const halfHeight = SIZES.leaf + (text.length - 1) * (SIZES.line / 2);
    return { kind: "leaf", text, name: "", half, halfHeight };
  }
  if (folded) {
    const half = Math.max(24, widthOf(name, 14) / 2 + 14);
    return { kind: "folded", text: [name], name: "", half, halfHeight: SIZES.operation };
  }
  const { symbol } = node.op;
  const half = Math.max(SIZES.operation, widthOf(symbol, 13) / 2 + 8);
  return { kind: "operation", text: [symbol], name, half, halfHeight: SIZES.operation };
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
    height: 2 * halfHeight + SIZES.text + below + 9,
  };
}

/** On a narrow stage without products there are no sums and no checks either. */
function narrowRoom(shape: Shape | undefined, characters: number): Box {
  const { half = 0, halfHeight = 0 } = shape ?? {};
  return {
    width: Math.max(2 * half, (characters + 1) * 6.8) + 5,
    height: 2 * halfHeight + 2 * SIZES.text + 6,
  };
}

function edgeRoom(characters: number, down: boolean): Box {
  const width = (2 * characters + 1) * 6.2;
  return down
    ? { width: Math.max(62, width * 0.8), height: SIZES.label.down }
    : { width, height: SIZES.label.right };
}
