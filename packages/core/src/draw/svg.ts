/**
 * A graph drawn as a standalone SVG document, the way the teaching books draw back-propagation: from left to right, on
 * every line the forward value above and the gradient below.
 */

import { oneOf, optional, optionsReader, text } from "../arguments.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { nodeText, resultName, tensorText } from "./label.ts";
import type { Route, Vertex } from "./layers.ts";
import type { GraphNode, Nodes } from "./nodes.ts";
import { roundedNumber, shortestNumber } from "./shortestNumber.ts";
import { HALF_PILL, LONG_SYMBOL, RADIUS, SvgGeometry } from "./svgGeometry.ts";
import { type LookName, looksOf, type SvgTheme, type WriteLook } from "./svgStyle.ts";
import { coordinate, escapeXml } from "./svgText.ts";

/** The settings of an SVG drawing. */
export interface SvgOptions {
  /** The title that screen readers announce. Default "Computational graph of" and the result's name. */
  readonly title?: string;
  /** Dark colours on light, or the reverse. Default "light". */
  readonly theme?: SvgTheme;
}

const readOptions = optionsReader({
  title: optional(text, undefined),
  theme: optional(oneOf<SvgTheme>("light", "dark"), "light" as const),
});

/**
 * Draws a graph as SVG. Numbers are rounded to six digits; a tooltip on every node and line has
 * them in full, with the local derivative of the line's op.
 *
 * For pages that style or animate it: the root has the class `graddiff-graph`. Nodes are groups of class
 * `node` with `data-node`; lines are groups of class `edge` with `data-edge` as `from-to-input`;
 * the line between a node and its fork is a `trunk` with `data-node`; the end is `result`. Texts have the
 * classes `value`, `gradient`, `name` and `inside`. Colours are attributes, so a page that changes them has
 * rules such as `.graddiff-graph .value { fill: green }`.
 */
export function drawSvg(graph: Nodes, options?: SvgOptions): string {
  const { title, theme } = readOptions("svg", options);
  return new SvgDrawing(graph, looksOf(theme)).draw(title);
}

const LEGEND_WIDTH = 300;
const LEGEND_HEIGHT = 30;

class SvgDrawing {
  readonly #graph: Nodes;
  readonly #geometry: SvgGeometry;
  readonly #look: WriteLook;

  constructor(graph: Nodes, look: WriteLook) {
    this.#graph = graph;
    this.#geometry = new SvgGeometry(graph);
    this.#look = look;
  }

  draw(title: string | undefined): string {
    const { layout } = this.#geometry;
    const output = layout.result.node;
    const width = Math.ceil(Math.max(this.#geometry.width, LEGEND_WIDTH));
    const height = Math.ceil(this.#geometry.height + LEGEND_HEIGHT);
    const heading = title ?? `Computational graph of ${resultName(output)}`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" class="graddiff-graph" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"${this.#look("root")}>`,
      `<title>${escapeXml(heading)}</title>`,
      `<desc>${escapeXml(description(this.#graph, output))}</desc>`,
      `<rect class="background" width="${width}" height="${height}"${this.#look("background")}/>`,
      ...layout.drawn.filter(({ targets }) => targets.length > 1).map((fork) => this.#trunk(fork)),
      ...layout.routes.map((route) => this.#edge(route)),
      ...layout.drawn.map((vertex) => this.#node(vertex)),
      this.#end(layout.result),
      ...layout.layers.flat().flatMap((each) => (each.kind === "unused" ? [this.#end(each)] : [])),
      this.#legend(this.#geometry.height),
      `</svg>`,
      "",
    ].join("\n");
  }

  #node(vertex: Vertex): string {
    const { node } = vertex;
    const { x, y, half, text } = this.#geometry.box(vertex);
    const isOperation = node.op !== undefined;
    const kind = isOperation ? "operation" : `leaf ${node.kind}`;
    const look = isOperation
      ? [...text].length > LONG_SYMBOL
        ? "inside long"
        : "inside"
      : node.name === undefined
        ? "inside number"
        : "inside";
    return [
      `<g class="node ${kind}" data-node="${node.id}">`,
      `<title>${escapeXml(nodeTooltip(node))}</title>`,
      isOperation
        ? this.#pill("operation", x, y, half, RADIUS)
        : this.#pill("leaf", x, y, half, HALF_PILL),
      this.#text(look, x, y + 5.5, text),
      `</g>`,
    ].join("");
  }

  #end(vertex: Vertex): string {
    const { x, y, half, text } = this.#geometry.box(vertex);
    if (vertex.kind === "unused") return this.#text("name", x, y + 4.5, text);
    return [
      `<g class="result" data-node="${vertex.node.id}">`,
      `<title>${escapeXml(nodeTooltip(vertex.node))}</title>`,
      this.#pill("result", x, y, half, HALF_PILL),
      this.#text("inside", x, y + 5.5, text),
      `</g>`,
    ].join("");
  }

  #trunk(vertex: Vertex): string {
    const fork = this.#geometry.forkOf(vertex);
    const { gradient } = vertex.node;
    return [
      `<g class="trunk${withoutGradient(gradient)}" data-node="${vertex.node.id}">`,
      `<title>${escapeXml(nodeTooltip(vertex.node))}</title>`,
      this.#line(this.#geometry.trunk(vertex), gradient),
      `<circle class="fork" cx="${coordinate(fork.x)}" cy="${coordinate(fork.y)}" r="3.5"${this.#look("mark")}/>`,
      this.#labels(vertex),
      `</g>`,
    ].join("");
  }

  #edge(route: Route): string {
    const { path, from, to, input, edge } = route;
    const { line, arrow } = this.#geometry.route(path);
    const labelled = path[1]?.kind === "lane" ? path[1] : path[0];
    const gradient = edge === undefined ? from.gradient : edge.gradient;
    const target = to === undefined ? "end" : String(to.id);
    return [
      `<g class="edge${withoutGradient(gradient)}" data-edge="${from.id}-${target}-${input}">`,
      `<title>${escapeXml(edgeTooltip(route, gradient))}</title>`,
      this.#line(line, gradient),
      arrow === "" ? "" : `<path class="arrow" d="${arrow}"${this.#look("mark")}/>`,
      labelled === undefined ? "" : this.#labels(labelled),
      `</g>`,
    ].join("");
  }

  #labels(vertex: Vertex): string {
    const { name, value, gradient } = this.#geometry.lines.of(vertex) ?? {};
    const x = this.#geometry.labelCenter(vertex);
    const { y } = this.#geometry.box(vertex);
    return [
      name === undefined ? "" : this.#text("name", x, y - 25, name),
      value === undefined ? "" : this.#text("value", x, y - 8, value),
      gradient === undefined ? "" : this.#text("gradient", x, y + 18, gradient),
    ].join("");
  }

  #line(path: string, gradient: Tensor | undefined): string {
    const look = this.#look(gradient === undefined ? "dashed" : "line");
    return `<path class="line" d="${path}"${look}/>`;
  }

  #pill(look: LookName, x: number, y: number, half: number, height: number): string {
    const [left, top] = [coordinate(x - half), coordinate(y - height)];
    return `<rect class="shape" x="${left}" y="${top}" width="${coordinate(2 * half)}" height="${2 * height}" rx="${height}"${this.#look(look)}/>`;
  }

  #text(look: LookName, x: number, y: number, text: string): string {
    return `<text class="${look}" x="${coordinate(x)}" y="${coordinate(y)}"${this.#look(look)}>${escapeXml(text)}</text>`;
  }

  #legend(top: number): string {
    const y = top + LEGEND_HEIGHT / 2 - 4;
    const text = (x: number, content: string) =>
      `<text x="${x}" y="${y + 4.5}"${this.#look("legend")}>${content}</text>`;
    return [
      `<g class="legend" aria-hidden="true">`,
      `<path class="value-arrow" d="M20 ${y}H42M37 ${y - 4}L42 ${y}L37 ${y + 4}"${this.#look("value-arrow")}/>`,
      text(50, "forward value"),
      `<path class="gradient-arrow" d="M160 ${y}H182M165 ${y - 4}L160 ${y}L165 ${y + 4}"${this.#look("gradient-arrow")}/>`,
      text(190, "gradient"),
      `</g>`,
    ].join("");
  }
}

/** The names in the description; more would be read out for too long. */
const MOST_NAMES = 12;

function description({ nodes }: Nodes, output: GraphNode): string {
  const value = output.value && tensorText(output.value, roundedNumber);
  const gradients = nodes.flatMap(({ kind, name, gradient }) =>
    kind === "input" && name !== undefined && gradient !== undefined
      ? [`${name} ${tensorText(gradient, roundedNumber)}`]
      : [],
  );
  const operations = nodes.filter(({ op }) => op !== undefined).length;
  const shown = gradients.slice(0, MOST_NAMES).join(", ");
  const more = gradients.length > MOST_NAMES ? " and more" : "";
  return [
    `${operations} ${operations === 1 ? "operation" : "operations"}, from the inputs on the left to the result on the right.`,
    ...(value === undefined ? [] : [`${resultName(output)} is ${value}.`]),
    ...(shown === "" ? [] : [`Its gradient with respect to the inputs: ${shown}${more}.`]),
  ].join(" ");
}

function withoutGradient(gradient: Tensor | undefined): string {
  return gradient === undefined ? " without-gradient" : "";
}

/** Returns the tooltip of a node, such as `× appleTotal: value 200, gradient 1.1`. */
function nodeTooltip(node: GraphNode): string {
  const { inside, name, value, gradient } = nodeText(node, shortestNumber);
  return [
    [inside, name].filter((part) => part !== undefined).join(" "),
    [value && `value ${value}`, gradient && `gradient ${gradient}`]
      .filter((part) => part !== undefined)
      .join(", "),
  ]
    .filter((part) => part !== "")
    .join(": ");
}

/** Returns the tooltip of an edge, such as `price → ×: value 100, local derivative 2, gradient 2.2`. */
function edgeTooltip({ from, to, edge }: Route, gradient: Tensor | undefined): string {
  const source = nodeText(from, shortestNumber);
  const target = to === undefined ? "" : ` → ${nodeText(to, shortestNumber).inside}`;
  const local = edge?.localDerivative;
  const parts = [
    source.value && `value ${source.value}`,
    local && `local derivative ${tensorText(local, shortestNumber)}`,
    gradient && `gradient ${tensorText(gradient, shortestNumber)}`,
  ].filter((part) => part !== undefined);
  return [`${source.name ?? source.inside}${target}`, parts.join(", ")]
    .filter((part) => part !== "")
    .join(": ");
}
