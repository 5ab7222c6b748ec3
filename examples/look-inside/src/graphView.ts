/** The graph as SVG, and as a tree for the keyboard and for screen readers. */

import type { Shape } from "@graddiff/core";
import type { ImportedNode } from "@graddiff/onnx";
import { type Box, boxesOf, edgesOf, type Item, inputId, isGroup, type Tree } from "./folding.ts";
import { type Layout, type Line, layOut, type Place, SIZES } from "./layout.ts";

/** A model to draw. */
export interface Drawn {
  readonly tree: Tree;
  readonly nodes: readonly ImportedNode[];
  readonly inputs: readonly { readonly name: string; readonly text: string }[];
}

/** The texts of a box. */
interface Texts {
  readonly first: string;
  readonly second: string;
  readonly shape: string;
  /** The full names in the model. */
  readonly whole: string;
}

interface Listeners {
  /** A callback when a node is chosen, with its index in the model. */
  readonly pick: (node: number) => void;
}

const SVG = "http://www.w3.org/2000/svg";

/** The fonts of page.css, for measuring texts. */
const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const FONTS = { strong: `600 14px ${FAMILY}`, small: `12px ${FAMILY}` };

/** The marks of an open and of a closed group. */
const OPEN = "M0 14.5h9l-4.5 6z";
const CLOSED = "M1.5 11.5v9l6 -4.5z";

const ruler = document.createElement("canvas").getContext("2d");

export class GraphView {
  readonly #host: HTMLElement;
  readonly #listeners: Listeners;
  #drawn: Drawn | undefined;
  #open = new Set<string>();
  #shapes: Readonly<Record<string, Shape>> = {};
  #selected: number | undefined;
  /** The id of the box that the Tab key reaches; arrow keys change it. */
  #active = "";
  #boxes: readonly Box[] = [];
  #places: ReadonlyMap<string, Place> = new Map();
  #laidOut: { readonly tree: Tree; readonly seen: string; readonly layout: Layout } | undefined;
  readonly #elements = new Map<string, SVGGElement>();

  constructor(host: HTMLElement, listeners: Listeners) {
    this.#host = host;
    this.#listeners = listeners;
  }

  /** Draws another model. */
  show(drawn: Drawn, open: ReadonlySet<string>): void {
    this.#drawn = drawn;
    this.#open = new Set(open);
    this.#shapes = {};
    this.#selected = undefined;
    this.#active = "";
    this.#draw();
    this.#host.scrollTo(0, 0);
  }

  clear(): void {
    this.#drawn = undefined;
    this.#host.replaceChildren();
  }

  /** Adds the shapes of values once they are known. */
  set shapes(shapes: Readonly<Record<string, Shape>>) {
    this.#shapes = shapes;
    this.#draw();
  }

  /** Marks a node, after opening the groups `open` that contain it. */
  select(node: number, open: readonly string[] = []): void {
    this.#selected = node;
    for (const id of open) this.#open.add(id);
    this.#draw();
    const box = this.#boxes.find(({ item, isOpen }) => !isOpen && item.nodes.includes(node));
    if (box) this.#activate(box.item.id);
    const place = box && this.#places.get(box.item.id);
    if (place) this.#reveal(place);
  }

  #draw(): void {
    if (!this.#drawn) return;
    const { tree, inputs } = this.#drawn;
    this.#boxes = boxesOf(tree, this.#open);
    const names = inputs.map(({ name }) => name);
    const { width, height, places, lines } = this.#layOut(tree, names);
    this.#places = places;
    const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
    // Lines and names of inputs are hidden from screen readers, since the labels of the boxes have them.
    const frames = make("g", { role: "none" });
    const drawing = make("g", { "aria-hidden": "true" });
    drawing.append(arrowhead());
    for (const line of lines) drawing.append(this.#line(line));
    for (const { name, text } of inputs) {
      const place = places.get(inputId(name));
      if (place) drawing.append(inputBox(name, text, place));
    }
    const list = make("g", { role: "tree", "aria-label": "Operators of the model" });
    this.#elements.clear();
    if (!this.#boxes.some(({ item }) => item.id === this.#active)) {
      this.#active = this.#boxes[0]?.item.id ?? "";
    }
    for (const box of this.#boxes) {
      const place = places.get(box.item.id);
      if (!place) continue;
      if (box.isOpen) frames.append(make("rect", { class: "frame", ...corner(place), rx: 10 }));
      const element = this.#box(box, place);
      this.#elements.set(box.item.id, element);
      list.append(element);
    }
    const hadFocus = this.#host.contains(document.activeElement);
    const scroll = [this.#host.scrollLeft, this.#host.scrollTop] as const;
    svg.append(frames, drawing, list);
    this.#host.replaceChildren(svg);
    this.#host.scrollTo(...scroll);
    if (hadFocus) this.#elements.get(this.#active)?.focus({ preventScroll: true });
  }

  /**
   * Lays out the tree. The layout is cached, since choices and shapes change no position, and a layout of hundreds of
   * boxes takes half a second.
   */
  #layOut(tree: Tree, inputs: readonly string[]): Layout {
    const seen = this.#boxes.map(({ item }) => item.id).join("\n");
    if (this.#laidOut?.tree !== tree || this.#laidOut.seen !== seen) {
      const layout = layOut(this.#boxes, edgesOf(tree, this.#boxes), inputs);
      this.#laidOut = { tree, seen, layout };
    }
    return this.#laidOut.layout;
  }

  #line({ points, arrives, from }: Line): SVGElement {
    const classes = ["line"];
    if (this.#isSelected(from)) classes.push("leaves");
    return make("path", {
      d: pathOf(points),
      class: classes.join(" "),
      ...(arrives && { "marker-end": "url(#arrowhead)" }),
    });
  }

  #isSelected(id: string): boolean {
    return this.#selected !== undefined && id === `node ${this.#selected}`;
  }

  #box({ item, depth, isOpen }: Box, place: Place): SVGGElement {
    const group = isGroup(item);
    const holds = this.#selected !== undefined && item.nodes.includes(this.#selected);
    const classes = ["box", group ? "group" : "node"];
    if (isOpen) classes.push("open");
    if (holds && !isOpen) classes.push("chosen");
    const texts = this.#texts(item, isOpen);
    const seen = [texts.first, texts.second, texts.shape].filter((each) => each).join(" ");
    const element = make("g", {
      class: classes.join(" "),
      role: "treeitem",
      tabindex: item.id === this.#active ? 0 : -1,
      "aria-level": depth + 1,
      // The label begins with the visible text, so that voice control can find it.
      "aria-label": `${seen}; ${texts.whole}`,
      ...(group ? { "aria-expanded": isOpen } : { "aria-selected": holds }),
      transform: `translate(${place.x} ${place.y})`,
    });
    const height = isOpen ? SIZES.header : place.height;
    // The title is only a tooltip; the label has more text.
    const title = make("title", { "aria-hidden": "true" });
    title.textContent = `${texts.first}; ${texts.whole}`;
    element.append(title, make("rect", { class: "back", width: place.width, height, rx: 9 }));
    const right = place.width - 12;
    if (isOpen) {
      // The text is in the middle, so that it is visible when the group is wider than the panel.
      const count = widthOf(texts.second, "small");
      const name = Math.min(widthOf(texts.first, "strong"), place.width - count - 48);
      const left = (place.width - name - count - 24) / 2;
      element.append(mark(OPEN, left));
      element.append(text(texts.first, { x: left + 14, y: 23, class: "strong" }, name + 1));
      element.append(" ", text(texts.second, { x: left + name + 24, y: 23 }));
    } else {
      const indent = group ? 26 : 12;
      const most = place.width - 32 - widthOf(texts.shape, "small");
      if (group) element.append(mark(CLOSED, 12));
      element.append(text(texts.first, { x: indent, y: 21, class: "strong" }, right - indent));
      if (texts.second !== "") element.append(" ", text(texts.second, { x: 12, y: 39 }, most));
      element.append(" ", text(texts.shape, { x: right, y: 39, class: "right" }));
    }
    element.addEventListener("click", () => this.#press(item));
    element.addEventListener("keydown", (event) => this.#key(event, item));
    element.addEventListener("focus", () => this.#reveal(this.#places.get(item.id)));
    return element;
  }

  #texts(item: Item, isOpen: boolean): Texts {
    const { nodes = [] } = this.#drawn ?? {};
    const last = nodes[item.nodes.at(-1) ?? -1];
    const known = last?.outputs.map((name) => this.#shapes[name]).find((each) => each);
    const shape = known && !isOpen ? `[${known.join(", ")}]` : "";
    if (isGroup(item)) {
      const count = `${item.nodes.length} nodes`;
      const first = nodes[item.nodes[0] ?? -1];
      return { first: item.label, second: count, shape, whole: `${first?.name} … ${last?.name}` };
    }
    const { name = "", operator = "" } = last ?? {};
    const own = item.label.endsWith(`/${operator}`)
      ? item.label.slice(0, -operator.length - 1)
      : item.label;
    return { first: operator, second: own === operator ? "" : own, shape, whole: name };
  }

  #press(item: Item): void {
    if (isGroup(item)) {
      this.#toggle(item, !this.#open.has(item.id));
      return;
    }
    const [node] = item.nodes;
    if (node === undefined) return;
    this.#active = item.id;
    this.#selected = node;
    this.#draw();
    this.#listeners.pick(node);
  }

  /** Opens or closes a group, which keeps its position on the screen. */
  #toggle(item: Item, open: boolean): void {
    const before = this.#places.get(item.id);
    if (open) this.#open.add(item.id);
    else this.#open.delete(item.id);
    this.#active = item.id;
    this.#draw();
    const after = this.#places.get(item.id);
    if (!before || !after) return;
    this.#host.scrollTop += after.y - before.y;
    this.#host.scrollLeft += after.x + after.width / 2 - before.x - before.width / 2;
  }

  /** Handles the keys of a tree: https://www.w3.org/WAI/ARIA/apg/patterns/treeview/. */
  #key(event: KeyboardEvent, item: Item): void {
    const at = this.#boxes.findIndex((box) => box.item.id === item.id);
    const isOpen = this.#boxes[at]?.isOpen;
    const move = (place: number) => {
      const next = this.#boxes[Math.max(0, Math.min(this.#boxes.length - 1, place))];
      if (!next) return;
      this.#activate(next.item.id);
      this.#elements.get(next.item.id)?.focus({ preventScroll: true });
    };
    const actions: Record<string, () => void> = {
      Enter: () => this.#press(item),
      " ": () => this.#press(item),
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(this.#boxes.length - 1),
      ArrowRight: () => {
        if (isOpen) move(at + 1);
        else if (isGroup(item)) this.#toggle(item, true);
      },
      ArrowLeft: () => {
        const parent = this.#boxes[at]?.parent;
        if (isOpen) this.#toggle(item, false);
        else if (parent) move(this.#boxes.findIndex((box) => box.item.id === parent));
      },
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  #activate(id: string): void {
    this.#elements.get(this.#active)?.setAttribute("tabindex", "-1");
    this.#active = id;
    this.#elements.get(id)?.setAttribute("tabindex", "0");
  }

  /** Scrolls only the panel: `scrollIntoView` would also scroll the page. */
  #reveal(place: Place | undefined): void {
    if (!place) return;
    const host = this.#host;
    const svg = host.firstElementChild;
    if (!svg) return;
    const offset = svg.getBoundingClientRect();
    const frame = host.getBoundingClientRect();
    const top = offset.top - frame.top + place.y;
    const left = offset.left - frame.left + place.x;
    const bottom = top + Math.min(place.height, SIZES.box.height);
    if (top < 8) host.scrollTop += top - 8;
    else if (bottom > host.clientHeight - 8) host.scrollTop += bottom - host.clientHeight + 8;
    if (left < 8) host.scrollLeft += left - 8;
    else if (left + SIZES.box.width > host.clientWidth - 8) {
      host.scrollLeft += Math.min(left - 8, left + SIZES.box.width - host.clientWidth + 8);
    }
  }
}

function inputBox(name: string, shape: string, place: Place): SVGElement {
  const group = make("g", { class: "input", transform: `translate(${place.x} ${place.y})` });
  const { width, height } = place;
  const room = width - 32 - widthOf(shape, "small") - 8;
  group.append(
    make("rect", { class: "back", width, height, rx: height / 2 }),
    text(name, { x: 16, y: 22, class: "strong" }, room),
    text(shape, { x: width - 16, y: 22, class: "right" }),
  );
  return group;
}

function mark(d: string, x: number): SVGElement {
  return make("path", { class: "fold", d, transform: `translate(${x} 0)` });
}

function arrowhead(): SVGElement {
  const marker = make("marker", {
    id: "arrowhead",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerWidth: 10,
    markerHeight: 10,
    markerUnits: "userSpaceOnUse",
    orient: "auto",
  });
  marker.append(make("path", { d: "M0 0.5 8 4 0 7.5z" }));
  return marker;
}

/** Returns the path of a smooth line: each bend is a curve from the middle of one segment to the middle of the next. */
function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  const at = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const parts = points.map(({ x, y }, i) => {
    if (i === 0) return `M${at(x, y)}`;
    const next = points[i + 1];
    if (!next) return `L${at(x, y)}`;
    return `Q${at(x, y)} ${at((x + next.x) / 2, (y + next.y) / 2)}`;
  });
  return parts.join("");
}

function corner({ x, y, width, height }: Place) {
  return { x, y, width, height };
}

/** @param room in pixels; a longer text is shortened in its middle, since names differ at their ends. */
function text(
  content: string,
  attributes: Readonly<Record<string, string | number>>,
  room = Number.POSITIVE_INFINITY,
): SVGElement {
  const element = make("text", attributes);
  const font = attributes["class"] === "strong" ? "strong" : "small";
  let short = content;
  for (let kept = content.length - 1; kept > 1 && widthOf(short, font) > room; kept--) {
    const end = Math.floor(kept / 2);
    short = `${content.slice(0, kept - end).trimEnd()}…${content.slice(content.length - end).trimStart()}`;
  }
  element.textContent = short;
  // A shortened text is hidden from screen readers, since the label of the box has the whole text.
  if (short !== content) element.setAttribute("aria-hidden", "true");
  return element;
}

function widthOf(content: string, font: keyof typeof FONTS): number {
  if (!ruler) return 0;
  ruler.font = FONTS[font];
  return ruler.measureText(content).width;
}

function make<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
