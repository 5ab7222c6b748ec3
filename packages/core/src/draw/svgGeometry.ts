/** The coordinates of an SVG drawing, in the units of the drawing, and the curves of its edges. */

import { at } from "../tensor/shape.ts";
import { type LineText, LineTexts, nodeText, resultName } from "./label.ts";
import type { Vertex } from "./layers.ts";
import { type ColumnSize, type Layout, layoutGraph } from "./layout.ts";
import type { Nodes } from "./nodes.ts";
import { roundedNumber } from "./shortestNumber.ts";
import { FONT_SIZE } from "./svgStyle.ts";
import { coordinate, monospacedWidth, proportionalWidth } from "./svgText.ts";

/** Half the height of an op's circle. */
export const RADIUS = 20;
/** Half the height of a leaf's pill. */
export const HALF_PILL = 17;

/** The pixels from row to row: a line with its gradient below, and the value above the next. */
const ROW_HEIGHT = 72;
const MARGIN = 20;
/** Free space on both sides of the numbers on a line. */
const LABEL_PADDING = 10;
const STRAIGHT_GAP = 14;
const ARROW = 7;

/** A vertex's box, and the gap after its layer. */
export interface Box {
  readonly x: number;
  readonly y: number;
  /** Half the width. */
  readonly half: number;
  readonly text: string;
}

export class SvgGeometry {
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
  readonly lines: LineTexts;
  readonly #top: number;

  constructor(graph: Nodes) {
    this.lines = new LineTexts(graph.output, roundedNumber);
    this.layout = layoutGraph(graph, {
      across: () => ROW_HEIGHT,
      step: ROW_HEIGHT / 2,
      stiffness: 4,
      column: (layer, next) => this.#measure(layer, next),
    });
    const vertices = this.layout.layers.flat();
    const named = vertices.some((vertex) => this.lines.of(vertex)?.name !== undefined);
    this.#top = MARGIN + (named ? 44 : 28);
    this.width = this.layout.width + 2 * MARGIN;
    this.height = this.#top + this.layout.height - ROW_HEIGHT + 40;
  }

  #measure(layer: readonly Vertex[], next: readonly Vertex[]): ColumnSize {
    const widest = layer.reduce(
      (most, vertex) => Math.max(most, lineWidth(this.lines.of(vertex))),
      0,
    );
    const straight = next.length > 0 ? STRAIGHT_GAP : 0;
    return {
      width: Math.max(...layer.map(widthOf)),
      labels: widest > 0 ? widest + 2 * LABEL_PADDING : straight,
      gap: gapWidth(layer),
    };
  }

  /** Returns the coordinate at which labels after a layer end, and curves begin. */
  #labelEnd(layer: number): number {
    const { left, width, labels } = at(this.layout.columns, layer);
    return MARGIN + left + width + labels;
  }

  box(vertex: Vertex): Box {
    const { left, width } = at(this.layout.columns, vertex.layer);
    // The leaves at the far left make a column of equal pills.
    const vertexWidth = vertex.layer === 0 && isLeaf(vertex) ? width : widthOf(vertex);
    return {
      x: MARGIN + left + width / 2,
      y: this.#top + vertex.row,
      half: vertexWidth / 2,
      text: inside(vertex),
    };
  }

  /** Returns the middle of the numbers on the line after a vertex. */
  labelCenter({ layer }: Vertex): number {
    const { left, width, labels } = at(this.layout.columns, layer);
    return MARGIN + left + width + labels / 2;
  }

  /** Returns the point at which the branches of a node part. */
  forkOf(vertex: Vertex): { x: number; y: number } {
    return { x: this.#labelEnd(vertex.layer), y: this.box(vertex).y };
  }

  /** Returns the line from a node to its fork. */
  trunk(vertex: Vertex): string {
    const { x, y, half } = this.box(vertex);
    return `M${coordinate(x + half)} ${coordinate(y)}H${coordinate(this.forkOf(vertex).x)}`;
  }

  /** Returns the line along a route and the arrow at its end. */
  route(path: readonly Vertex[]): { line: string; arrow: string } {
    const source = at(path, 0);
    const { x, y, half } = this.box(source);
    const forks = path[1]?.kind === "lane";
    let line = `M${coordinate(forks ? this.forkOf(source).x : x + half)} ${coordinate(y)}`;
    let arrow = "";
    for (let i = 1; i < path.length; i++) {
      const from = at(path, i - 1);
      const to = at(path, i);
      const start = { x: this.#labelEnd(from.layer), y: this.box(from).y };
      const isLast = i === path.length - 1;
      const end = isLast
        ? this.#entry(from, to)
        : { x: this.box(to).x, y: this.box(to).y, angle: 0 };
      const [cosine, sine] = [Math.cos(end.angle), Math.sin(end.angle)];
      const pointed = isLast && to.kind !== "unused" ? ARROW - 1 : 0;
      const tip = { x: end.x - pointed * cosine, y: end.y - pointed * sine };
      if (start.y === end.y && end.angle === 0) {
        line += `H${coordinate(tip.x)}`;
      } else {
        if (!(forks && i === 1)) line += `H${coordinate(start.x)}`;
        const pull = 0.55 * Math.abs(tip.x - start.x);
        line += `C${point(start.x + pull, start.y)} ${point(tip.x - pull * cosine, tip.y - pull * sine)} ${point(tip.x, tip.y)}`;
      }
      if (pointed > 0) arrow = arrowHead(end.x, end.y, cosine, sine);
    }
    return { line, arrow };
  }

  /** Returns the point where a line meets its target, and its direction there. */
  #entry(from: Vertex, to: Vertex): { x: number; y: number; angle: number } {
    const { x, y, half } = this.box(to);
    const rise = y - this.box(from).y;
    if (to.kind !== "node" || rise === 0) return { x: x - half, y, angle: 0 };
    const run = x - this.#labelEnd(from.layer);
    const angle = clamp(Math.atan2(rise, run), -0.9, 0.9);
    // A capsule is a circle with a straight part in the middle.
    const center = x - (half - RADIUS);
    return {
      x: center - RADIUS * Math.cos(angle),
      y: y - RADIUS * Math.sin(angle),
      angle,
    };
  }
}

/** Returns the width of the room for curves: the more, the steeper they would be. */
function gapWidth(layer: readonly Vertex[]): number {
  let steepest = 0;
  for (const { row, targets } of layer) {
    for (const target of targets) steepest = Math.max(steepest, Math.abs(target.row - row));
  }
  return steepest === 0 ? STRAIGHT_GAP : clamp(26 + 0.35 * steepest, 36, 110);
}

function isLeaf({ kind, node }: Vertex): boolean {
  return kind === "node" && node.op === undefined;
}

function inside(vertex: Vertex): string {
  switch (vertex.kind) {
    case "node":
      return nodeText(vertex.node, roundedNumber).inside;
    case "result":
      return resultName(vertex.node);
    case "unused":
      return "unused";
    case "lane":
    case "bend":
      return "";
    default:
      return vertex.kind satisfies never;
  }
}

/** Symbols of more characters are set in smaller type. */
export const LONG_SYMBOL = 3;

function widthOf(vertex: Vertex): number {
  const text = inside(vertex);
  if (vertex.kind === "lane" || vertex.kind === "bend") return 0;
  if (vertex.kind === "unused") return proportionalWidth(text, FONT_SIZE.name) + 8;
  if (vertex.kind === "result" || isLeaf(vertex)) {
    const nameless = isLeaf(vertex) && vertex.node.name === undefined;
    const width = (nameless ? monospacedWidth : proportionalWidth)(text, FONT_SIZE.inside);
    return Math.max(2 * HALF_PILL + 6, width + 26);
  }
  const long = [...text].length > LONG_SYMBOL;
  return Math.max(
    2 * RADIUS,
    proportionalWidth(text, long ? FONT_SIZE.name : FONT_SIZE.inside) + 16,
  );
}

function lineWidth(text: LineText | undefined): number {
  const { name = "", value = "", gradient = "" } = text ?? {};
  return Math.max(
    proportionalWidth(name, FONT_SIZE.name),
    monospacedWidth(value, FONT_SIZE.number),
    monospacedWidth(gradient, FONT_SIZE.number),
  );
}

function arrowHead(x: number, y: number, cosine: number, sine: number): string {
  const base = { x: x - ARROW * cosine, y: y - ARROW * sine };
  const side = 0.55 * ARROW;
  return (
    `M${point(x, y)}L${point(base.x - side * sine, base.y + side * cosine)}` +
    `L${point(base.x + side * sine, base.y - side * cosine)}Z`
  );
}

function point(x: number, y: number): string {
  return `${coordinate(x)} ${coordinate(y)}`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
