/**
 * The layout of the stage: graphs go to the right, or downwards on a narrow stage, with results on the edges if they
 * are readable. Networks are drawn in columns.
 */

import type { Graph, GraphNode, LayoutNode } from "@graddiff/core";
import type { Catalogue } from "../course/catalogue/index.ts";
import type { Lesson } from "../course/lesson.ts";
import { type Digits, formatNumber, shownName } from "../instrument/format.ts";
import { networkOf } from "../instrument/network.ts";
import {
  type Arranged,
  type Box,
  fitOf,
  NARROW,
  type OpenCard,
  routesFrom,
  type Shape,
} from "./arranged.ts";
import { arrangeNetwork } from "./arrangeNetwork.ts";
import { widthOf } from "./textWidth.ts";

/**
 * The distances between two layers that are tried, best first: with results on the edges, then without. Texts of 13
 * units have at least 11 pixels: a larger graph scrolls.
 */
const SMALLEST = 0.86;
const WAYS = {
  right: { labelled: [44, 24], plain: 34 },
  down: { labelled: [26], plain: 30 },
} as const;

const LARGEST = 1.8;
const SCROLLED = 0.9;

/** The most nodes of a graph with results on its edges: a larger graph fits no window. */
const MOST_LABELLED = 60;

export const SIZES = {
  leaf: 15,
  operation: 18,
  text: 15,
  line: 14,
  /** The width of a letter of the results on edges and of sums. */
  letter: 7.2,
  number: 7.8,
  label: { right: 20, down: 20 },
};

export function arrange(
  graph: Graph,
  lesson: Lesson,
  opened: readonly number[],
  box: Box,
  digits: Digits,
  texts: Catalogue,
  card?: OpenCard,
): Arranged {
  const names: Readonly<Record<string, string>> = texts.lessons[lesson.name].nodes;
  const network = lesson.isNetwork === true ? networkOf(graph) : undefined;
  const characters = digits === "exact" ? 20 : digits + 4;
  const foldable = new Set([
    ...(lesson.folded ?? []).flatMap((name) => graph.node(name)?.id ?? []),
    ...(network === undefined ? [] : [...network.units.map(({ id }) => id), ...network.tails]),
  ]);
  if (network !== undefined && opened.length === 0) {
    return arrangeNetwork({ graph, network, box, characters, foldable, card });
  }
  const direction = box.width < NARROW ? "down" : "right";
  const down = direction === "down";
  const closed = [...foldable].filter((id) => !opened.includes(id));
  // Constants of typed functions are drawn with their operations, so only a graph with folded nodes needs its layout to
  // find the visible nodes.
  const isWhole = lesson.own === undefined || closed.length === 0;
  const shown = isWhole ? graph.nodes : graph.layout({ folded: closed }).nodes;
  const folded =
    lesson.own === undefined ? closed : [...new Set([...closed, ...operationsOf(graph, shown)])];
  const shapes = new Map(
    graph.nodes.map((node) => {
      const isFolded = closed.includes(node.id);
      const own = lesson.own === undefined ? undefined : graph;
      return [node.id, shapeOf(node, names, isFolded, down, own)] as const;
    }),
  );
  const readers = readersOf(graph);
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
    const across = fitOf(box.width, layout.width);
    const along = fitOf(box.height, layout.height);
    // A drawing that goes down may be higher than its window, but is then not enlarged.
    const fit = Math.min(across, down ? Math.max(along, 1) : along);
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
      foldable,
      lookOf: () => ({ kind: "curve" }),
    };
  };
  const isLarge = graph.nodes.length > MOST_LABELLED && folded.length === 0;
  const { labelled, plain } = WAYS[direction];
  for (const gap of isLarge ? [] : labelled) {
    const drawn = draw(gap, true);
    if (drawn.scale >= SMALLEST) return drawn;
  }
  const drawn = draw(plain, false);
  // A drawing that does not fit scrolls, at a size that can be read.
  return drawn.scale >= SMALLEST ? drawn : { ...drawn, scale: SCROLLED };
}

function operationsOf(
  { nodes }: Graph,
  drawn: readonly Pick<LayoutNode, "id">[],
): readonly number[] {
  return drawn.flatMap(({ id }) => (nodes[id]?.kind === "operation" ? [id] : []));
}

function readersOf({ nodes }: Graph): number[] {
  const readers: number[] = nodes.map(() => 0);
  for (const { inputs } of nodes) {
    for (const { from } of inputs) readers[from] = (readers[from] ?? 0) + 1;
  }
  return readers;
}

/** The width above which a name is long. */
const LONG = 62;

function shapeOf(
  node: GraphNode,
  names: Readonly<Record<string, string>>,
  folded: boolean,
  down: boolean,
  own: Graph | undefined,
): Shape {
  const name = node.name === undefined ? "" : shownName(names, node.name);
  if (node.op === undefined) {
    const label = name === "" ? constantText(node) : name;
    // In a drawing that goes down, inputs are side by side, so a long name takes two lines.
    const text = down && widthOf(label, 13) > LONG ? label.split(" ") : [label];
    const widest = Math.max(...text.map((line) => widthOf(line, 13)));
    const half = Math.max(20, widest / 2 + 11);
    const halfHeight = SIZES.leaf + (text.length - 1) * (SIZES.line / 2);
    return { kind: "leaf", text, name: "", half, halfHeight, numbers: "apart" };
  }
  if (folded) {
    const half = Math.max(24, widthOf(name, 14) / 2 + 14);
    return {
      kind: "folded",
      text: [name],
      name: "",
      half,
      halfHeight: SIZES.operation,
      numbers: "apart",
    };
  }
  const symbol = own === undefined ? node.op.symbol : symbolWithConstants(node, own);
  const half = Math.max(SIZES.operation, widthOf(symbol, 13) / 2 + 8);
  return {
    kind: "operation",
    text: [symbol],
    name,
    half,
    halfHeight: SIZES.operation,
    numbers: "apart",
  };
}

/** Returns the symbol of an op with its constant input: `× 3`, `1 −`, `( )^3`. */
export function symbolWithConstants({ op, inputs }: GraphNode, { nodes }: Graph): string {
  if (op === undefined) return "";
  const constants = inputs.map(({ from }) => {
    const node = nodes[from];
    return node?.kind === "constant" ? constantText(node) : undefined;
  });
  const [first, second] = constants;
  if (op.name === "pow") return `${powerPart(first)}^${powerPart(second)}`;
  const sign = op.symbol;
  if (second !== undefined) return `${sign} ${second}`;
  if (first !== undefined && inputs.length === 2) return `${first} ${sign}`;
  return op.symbol;
}

/** Returns a part of a power: empty brackets if it is not a constant. */
function powerPart(constant: string | undefined): string {
  if (constant === undefined) return "( )";
  return constant.startsWith("−") ? `(${constant})` : constant;
}

/** The digits of a constant inside its shape. */
const CONSTANT_DIGITS = 4;

/** Constants that are written as letters. */
const LETTERS: ReadonlyMap<number, string> = new Map([
  [Math.E, "e"],
  [Math.PI, "π"],
]);

function constantText({ value }: GraphNode): string {
  if (value === undefined || value.rank > 0) return "…";
  const number = value.item();
  const letter = LETTERS.get(number);
  if (letter !== undefined) return letter;
  return formatNumber(number, CONSTANT_DIGITS);
}

/** Returns the room of a node with its numbers. Its gradient takes two lines if it is a sum. */
function roomOf(shape: Shape | undefined, readers: number, characters: number, down: boolean): Box {
  const { half = 0, halfHeight = 0, name = "" } = shape ?? {};
  const number = characters * 7.6;
  // In a drawing that goes down, a name has a separate line.
  const nameWidth = name === "" ? 0 : widthOf(name, 13) + 6;
  const stacked = down && name !== "" ? SIZES.text : 0;
  const sum = readers > 1 ? Math.min(3, readers) * (characters * 6.8 + 12) : 0;
  const value = down ? Math.max(number, nameWidth) : number + nameWidth;
  const below = readers > 1 ? 2 * SIZES.text : SIZES.text;
  return {
    width: Math.max(2 * half + 10, value, number + 30, down ? sum * 0.8 : sum) + 6,
    height: 2 * halfHeight + SIZES.text + below + 2 * stacked + 9,
  };
}

/** Returns the room of a node on a narrow stage, which shows neither results on edges nor sums and checks. */
function narrowRoom(shape: Shape | undefined, characters: number): Box {
  const { half = 0, halfHeight = 0, name = "" } = shape ?? {};
  const stacked = name === "" ? 0 : SIZES.text;
  return {
    width: Math.max(2 * half, (characters + 1) * 7.4, widthOf(name, 13)) + 5,
    height: 2 * halfHeight + 2 * SIZES.text + 2 * stacked + 6,
  };
}

function edgeRoom(characters: number, down: boolean): Box {
  const width = characters * SIZES.letter + 12;
  return { width, height: down ? SIZES.label.down : SIZES.label.right };
}
