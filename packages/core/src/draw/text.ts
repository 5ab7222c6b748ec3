/**
 * A graph drawn for a terminal, the way the teaching books draw back-propagation: from left to
 * right, on every line the forward value above and the gradient that flows back below.
 */

import { numberThat, optional, optionsReader } from "../arguments.ts";
import { at } from "../tensor/shape.ts";
import { type Net, overlap, routeChannel } from "./channel.ts";
import { columnsOf } from "./columns.ts";
import { Grid } from "./grid.ts";
import { LineTexts, nodeText, resultName } from "./label.ts";
import type { Vertex } from "./layers.ts";
import { type ColumnSize, type Layout, layoutGraph } from "./layout.ts";
import { listGraph } from "./listing.ts";
import type { Nodes } from "./nodes.ts";
import { numberOf, shortestNumber, type WriteNumber } from "./shortestNumber.ts";

/** The format of numbers in a drawing or a list. */
export interface TextOptions {
  /**
   * Significant digits, from 1 to 17; those before the point are always written. Default: as few as read
   * back as the same element.
   */
  readonly digits?: number;
}

const readOptions = optionsReader({
  digits: optional(
    numberThat(
      (value) => Number.isInteger(value) && value > 0 && value < 18,
      "an integer from 1 to 17",
    ),
    undefined,
  ),
});

/** Returns the writer of numbers that the options of a drawing ask for. */
export function readWriter(op: string, options: TextOptions | undefined): WriteNumber {
  const { digits } = readOptions(op, options);
  return digits === undefined ? shortestNumber : numberOf(digits);
}

/** The number of nodes above which a graph is listed, since its drawing would be unreadable. */
const MOST_NODES = 60;

/** Wider drawings are listed: terminals break their lines. */
const MOST_COLUMNS = 240;

/** Rows above the topmost line, for its value. */
const MARGIN_TOP = 1;

/**
 * Draws a graph with box-drawing characters.
 *
 * Where a node has several consumers, the line before the fork carries its whole gradient, which
 * is the sum of what the branches carry. Where two lines cross, the vertical one passes over the
 * other; a joint is drawn as one.
 *
 * A graph of more than 60 nodes, or wider than 240 columns, is listed as by {@link listGraph}.
 */
export function drawText(graph: Nodes, write: WriteNumber): string {
  if (graph.nodes.length > MOST_NODES) return listGraph(graph, write);
  const drawing = new TextDrawing(graph, write);
  return drawing.width > MOST_COLUMNS ? listGraph(graph, write) : drawing.draw();
}

/** Rows between neighbours: a line, the gradient below it, a blank or a value above the next. */
const SEPARATION = 4;

/** Rows are even, so that a line that changes its row has room for a corner. */
const STEP = 2;

/** The lines between a layer and the next. */
interface Gap {
  readonly nets: readonly GapNet[];
  /** Nets whose vertical line is in the column of their target. */
  readonly direct: ReadonlySet<GapNet>;
  readonly routed: ReturnType<typeof routeChannel>;
}

interface GapNet extends Net {
  readonly target: Vertex;
  readonly top: number;
  readonly bottom: number;
}

class TextDrawing {
  readonly width: number;
  readonly #layout: Layout;
  readonly #write: WriteNumber;
  readonly #lines: LineTexts;
  readonly #gaps: Gap[] = [];
  readonly #grid = new Grid();

  constructor(graph: Nodes, write: WriteNumber) {
    this.#write = write;
    this.#lines = new LineTexts(graph.output, write);
    this.#layout = layoutGraph(graph, {
      across: () => SEPARATION,
      step: STEP,
      stiffness: 4,
      column: (layer, next) => this.#measure(layer, next),
    });
    this.width = this.#layout.width;
  }

  /** Returns the text of a vertex. */
  #inside({ kind, node }: Vertex): string {
    switch (kind) {
      case "node": {
        const text = nodeText(node, this.#write).inside;
        return node.op === undefined ? `${text} ` : `(${text})`;
      }
      case "result":
        return ` ${resultName(node)}`;
      case "unused":
        return " unused";
      case "lane":
      case "bend":
        return "";
      default:
        return kind satisfies never;
    }
  }

  #measure(layer: readonly Vertex[], next: readonly Vertex[]): ColumnSize {
    const before = this.#gaps.at(-1)?.nets.at(-1)?.id ?? -1;
    const gap = gapOf(layer, next, before + 1);
    this.#gaps.push(gap);
    const widest = (texts: readonly string[]) =>
      texts.reduce((most, text) => Math.max(most, columnsOf(text)), 0);
    const labels = widest(layer.flatMap((each) => this.#labels(each).map(({ text }) => text)));
    const { columns } = gap.routed;
    return {
      width: Math.max(1, widest(layer.map((vertex) => this.#inside(vertex)))),
      labels: (labels === 0 ? 1 : labels + 2) + (columns > 0 ? 1 : 0),
      gap: 2 * columns,
    };
  }

  /** Returns the texts above and below the line after a vertex. */
  #labels(vertex: Vertex): { row: number; text: string }[] {
    const { name, isRounded = false, value, gradient } = this.#lines.of(vertex) ?? {};
    const sign = isRounded ? "≈" : "=";
    const above =
      name === undefined || value === undefined ? (value ?? name) : `${name} ${sign} ${value}`;
    const labels: { row: number; text: string }[] = [];
    if (above !== undefined) labels.push({ row: vertex.row - 1, text: above });
    if (gradient !== undefined) labels.push({ row: vertex.row + 1, text: gradient });
    return labels;
  }

  draw(): string {
    const { layers, columns } = this.#layout;
    layers.forEach((layer, i) => {
      const { left, width } = at(columns, i);
      for (const vertex of layer) {
        this.#grid.write(vertex.row + MARGIN_TOP, this.#start(vertex), this.#inside(vertex));
        for (const { row, text } of this.#labels(vertex)) {
          this.#grid.write(row + MARGIN_TOP, left + width + 1, text);
        }
      }
      this.#drawGap(i);
    });
    return this.#grid.toString();
  }

  /** Returns the column of a vertex's text. */
  #start(vertex: Vertex): number {
    const { left, width } = at(this.#layout.columns, vertex.layer);
    const columns = columnsOf(this.#inside(vertex));
    if (isOperation(vertex)) return this.#center(vertex.layer) - ((columns - 1) >> 1);
    // Leaves in the first layer are a column of names; others end where their line begins.
    return vertex.kind === "node" && vertex.layer > 0 ? left + width - columns : left;
  }

  /** Returns the column at which vertical lines run straight into the nodes of a layer. */
  #center(layer: number): number {
    const { left, width } = at(this.#layout.columns, layer);
    return left + ((width - 1) >> 1);
  }

  /** Returns the column at which the line after a vertex begins. */
  #behind(vertex: Vertex): number {
    const { left, width } = at(this.#layout.columns, vertex.layer);
    if (isOperation(vertex)) return this.#start(vertex) + columnsOf(this.#inside(vertex));
    return vertex.kind === "node" ? left + width : left;
  }

  /** Returns the column at which the line before a vertex ends. */
  #before(vertex: Vertex): number {
    return this.#start(vertex) - 1;
  }

  #drawGap(i: number): void {
    const { nets, direct, routed } = at(this.#gaps, i);
    const { layers, columns } = this.#layout;
    const { left, width, labels } = at(columns, i);
    const channel = left + width + labels;
    const sourceAt = new Map(at(layers, i).map((vertex) => [vertex.row, vertex]));
    const targetAt = new Map((layers[i + 1] ?? []).map((vertex) => [vertex.row, vertex]));
    const horizontal = (row: number, from: number, to: number, id: number) =>
      this.#grid.horizontal(row + MARGIN_TOP, from, to, id);
    const vertical = (column: number, from: number, to: number, id: number) =>
      this.#grid.vertical(column, from + MARGIN_TOP, to + MARGIN_TOP, id);
    const begin = (row: number) => this.#behind(found(sourceAt, row));
    const end = (row: number) => this.#before(found(targetAt, row));

    for (const net of nets) {
      const { id, left, target, top, bottom } = net;
      if (top === bottom) horizontal(top, begin(top), end(top), id);
      if (!direct.has(net)) continue;
      const center = this.#center(target.layer);
      for (const row of left) {
        horizontal(row, begin(row), row === target.row ? end(row) : center, id);
      }
      if (top < target.row) vertical(center, top, target.row - 1, id);
      if (bottom > target.row) vertical(center, target.row + 1, bottom, id);
    }
    const columnOf = (track: { column: number }) => channel + 2 * track.column;
    for (const track of routed.tracks) {
      const { id, left, right, dogleg } = track;
      const column = columnOf(track);
      for (const row of left) horizontal(row, begin(row), column, id);
      for (const row of right) horizontal(row, column, end(row), id);
      if (dogleg !== undefined) horizontal(dogleg.row, column, columnOf(dogleg.to), id);
      vertical(column, track.top, track.bottom, id);
    }
  }
}

function gapOf(layer: readonly Vertex[], next: readonly Vertex[], firstId: number): Gap {
  const nets = netsOf(layer, firstId);
  const bent = nets.filter(({ top, bottom }) => top < bottom);
  const direct = new Set<GapNet>();
  for (const net of bent.toSorted((a, b) => a.bottom - a.top - (b.bottom - b.top))) {
    const { target, top, bottom } = net;
    if (!isOperation(target)) continue;
    const free = next.every(
      (vertex) => vertex === target || vertex.row < top || vertex.row > bottom,
    );
    if (free && ![...direct].some((other) => overlap(other, net))) direct.add(net);
  }
  return { nets, direct, routed: routeChannel(bent.filter((net) => !direct.has(net))) };
}

/** Lines from one vertex to its lanes are a net, and so are all lines into one vertex. */
function netsOf(layer: readonly Vertex[], firstId: number): GapNet[] {
  const nets: GapNet[] = [];
  const joined = new Set<Vertex>();
  const add = (target: Vertex, left: number[], right: number[]) => {
    const rows = [...left, ...right];
    const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
    nets.push({ id: firstId + nets.length, target, left, right, top, bottom });
  };
  for (const { targets, row } of layer) {
    const target = targets[0];
    if (target === undefined || joined.has(target)) continue;
    joined.add(target);
    const rows = (vertices: readonly Vertex[]) => vertices.map((vertex) => vertex.row);
    if (targets.length > 1) add(target, [row], rows(targets));
    else add(target, rows(target.sources), [target.row]);
  }
  return nets;
}

function isOperation({ kind, node }: Vertex): boolean {
  return kind === "node" && node.op !== undefined;
}

function found(vertices: ReadonlyMap<number, Vertex>, row: number): Vertex {
  const vertex = vertices.get(row);
  if (vertex === undefined) throw new Error(`draw: no vertex at row ${row}`);
  return vertex;
}
