/**
 * A graph as SVG whose nodes explain themselves: point at one, or go through them with the arrow
 * keys.
 */

import type { Graph } from "@graddiff/core";
import { nodeSentence } from "../lessons/nodeSentence.ts";
import { element } from "./element.ts";

const HINT = "Point at a node, or choose one with the arrow keys, to see what it does.";

/** Labels can still be read at this part of their size; a narrower page scrolls the drawing. */
const SMALLEST_SCALE = 0.7;

/** The drawing of a graph and, under it, the explanation of the chosen node. */
export function graphView(graph: Graph): HTMLElement {
  const drawing = document.importNode(
    new DOMParser().parseFromString(graph.svg(), "image/svg+xml").documentElement,
    true,
  );
  const width = Number(drawing.getAttribute("width"));
  drawing.style.minWidth = `${Math.round(width * SMALLEST_SCALE)}px`;
  // An image would hide its nodes from screen readers.
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", drawing.querySelector("title")?.textContent ?? "Graph");
  const caption = element("figcaption", {}, HINT);
  const figure = element(
    "figure",
    { class: "graph" },
    element("div", { class: "drawing" }, drawing),
    caption,
  );
  const choose = (id: number | undefined) => {
    caption.textContent = id === undefined ? HINT : sentence(graph, id);
    caption.classList.toggle("chosen", id !== undefined);
    highlight(drawing, graph, id);
  };
  const nodes = [...drawing.querySelectorAll<SVGElement>(".node")];
  nodes.sort((a, b) => idOf(a) - idOf(b));
  nodes.forEach((node, place) => {
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", sentence(graph, idOf(node)));
    node.setAttribute("tabindex", place === 0 ? "0" : "-1");
    node.addEventListener("focus", () => choose(idOf(node)));
    node.addEventListener("blur", () => choose(undefined));
    node.addEventListener("keydown", (event) => {
      const next = nodes[placeAfter(event.key, place, nodes.length)];
      if (next === undefined || next === node) return;
      event.preventDefault();
      node.setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  });
  for (const part of drawing.querySelectorAll<SVGElement>("[data-node]")) {
    part.addEventListener("pointerenter", () => choose(idOf(part)));
    part.addEventListener("pointerleave", () => {
      const focused = nodes.find((node) => node === document.activeElement);
      choose(focused && idOf(focused));
    });
  }
  return figure;
}

function sentence(graph: Graph, id: number): string {
  return nodeSentence(graph, id).replaceAll(/-(?=\d)/g, "−");
}

function idOf(part: SVGElement): number {
  return Number(part.dataset["node"]);
}

/** Nodes are in the order of evaluation. */
function placeAfter(key: string, place: number, count: number): number {
  if (key === "ArrowRight" || key === "ArrowDown") return Math.min(place + 1, count - 1);
  if (key === "ArrowLeft" || key === "ArrowUp") return Math.max(place - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  return place;
}

/** Marks the node and the lines at it; the style fades all others. */
function highlight(drawing: Element, graph: Graph, id: number | undefined): void {
  drawing.classList.toggle("has-choice", id !== undefined);
  for (const part of drawing.querySelectorAll(".is-chosen")) part.classList.remove("is-chosen");
  if (id === undefined) return;
  const near = new Set([id, ...(graph.nodes[id]?.inputs.map(({ from }) => from) ?? [])]);
  for (const part of drawing.querySelectorAll<SVGElement>("[data-node]")) {
    part.classList.toggle("is-chosen", near.has(idOf(part)));
  }
  for (const line of drawing.querySelectorAll<SVGElement>("[data-edge]")) {
    const [from, to] = line.dataset["edge"]?.split("-") ?? [];
    line.classList.toggle("is-chosen", from === String(id) || to === String(id));
  }
}
