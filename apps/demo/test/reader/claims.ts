/**
 * What the page states of the chosen node, compared with differences of the reader's own.
 */

import type { Graph } from "@graddiff/core";
import { expect } from "vitest";
import type { Store } from "../../src/web/store.ts";
import { halfUnit, type Reading } from "./calculator.ts";

/** Another step than the page's, which is smaller, so that its differences are noisier. */
const STEP = 2 ** -14;
const PAGE_NOISE = 100;

/** How much the result may be off for each unit of rounding: it feels each value that is rounded times its gradient. */
function rounding({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => {
    if (node.op === undefined || node.value?.rank !== 0 || node.gradient?.rank !== 0) return sum;
    const scalar = Math.abs(node.value.item()) + Math.abs(node.difference?.item() ?? 0);
    return sum + scalar * Math.abs(node.gradient.item());
  }, 0);
}

/** The slope of the result at a node, by the graph alone, and by how much it may be wrong. */
export function ownSlope(graph: Graph, id: number): { slope: number; noise: number } {
  const value = graph.nodes[id]?.value?.item() ?? 0;
  const slopeWith = (step: number) => {
    const [above, below] = [graph.adjusted({ [id]: step }), graph.adjusted({ [id]: -step })];
    const result = (g: Graph) => g.nodes[g.output]?.value?.item() ?? Number.NaN;
    const at = (g: Graph) => g.nodes[id]?.value?.item() ?? Number.NaN;
    const width = at(above) - at(below);
    // Gradients that are 0 in the middle are not at the ends.
    const size = Math.max(2 * rounding(graph), rounding(above) + rounding(below));
    return { slope: (result(above) - result(below)) / width, noise: (2 ** -52 * size) / width };
  };
  const added = Math.abs(graph.nodes[id]?.difference?.item() ?? 0);
  const step = STEP * Math.max(1, Math.abs(value), added);
  const [near, far] = [slopeWith(step), slopeWith(2 * step)];
  return { slope: near.slope, noise: near.noise + Math.abs(near.slope - far.slope) };
}

/** Reads a number as it is shown. */
export const read = (text: string) => Number(text.replaceAll("−", "-").replace("∞", "Infinity"));

/** A reading of nothing, to read into. */
export const nothing = (): Reading => ({ evaluated: [], named: [], symbolic: [], wrong: [] });

/** Names that are equated with a number are those of nodes, and theirs it is. */
export function expectHonestNames(reading: Reading, store: Store): void {
  const { graph, digits } = store;
  for (const { name, sign, number } of reading.named) {
    const plain = name.replaceAll("₁", "1").replaceAll("₂", "2");
    // The step of a difference, the sums of many, and products of names, which stand before those of numbers.
    if (/h$|^Σ|[·′]/.test(plain)) continue;
    const node = graph.value.nodes.find(({ id, name: own }) =>
      [store.nameOf(id), own].some(
        (each) => each !== undefined && new RegExp(`(^|[^\\p{L}\\d])${each}$`, "u").test(plain),
      ),
    );
    const where = `${name} ${sign} ${number}`;
    expect(node?.value, where).toBeDefined();
    const value = node?.value?.item() ?? Number.NaN;
    if (Object.is(read(number), value)) continue;
    expect(Math.abs(read(number) - value), where).toBeLessThanOrEqual(
      sign === "=" ? 0 : halfUnit(value, digits.value),
    );
  }
}

/** Checks what the panel says of the chosen node, and gives the kind of what it said. */
export function expectHonestPanel(store: Store, root: Element): "agrees" | "small" | "none" | "" {
  const id = store.chosen.value;
  const panel = root.querySelector(".node-panel");
  const text = panel?.querySelector(".check")?.textContent ?? "";
  const graph = store.graph.value;
  // There is no one slope by an array.
  if (id === undefined || text === "" || graph.nodes[id]?.value?.rank !== 0) return "";
  const words = store.texts.node;
  const gradient = graph.nodes[id]?.gradient?.item() ?? Number.NaN;
  if (text === words.none) {
    const x = graph.nodes[id]?.value?.item() ?? Number.NaN;
    const { slope, noise } = Number.isFinite(x) ? ownSlope(graph, id) : { slope: x, noise: x };
    expect(Number.isFinite(gradient + slope + noise), text).toBe(false);
    return "none";
  }
  const { slope, noise } = ownSlope(graph, id);
  const where = `${store.state.value.lesson}, ${store.nameOf(id)}: ${text}`;
  const verdict = text.slice(text.lastIndexOf(": ") + 2);
  const shown = read(text.slice(0, text.lastIndexOf(": ")).match(/: (\S+)$/)?.[1] ?? "");
  const size = Math.max(Math.abs(gradient), Math.abs(slope));
  // The difference that is shown is one of this node; where the function bends within a step, it depends on it.
  const tolerance =
    halfUnit(slope, store.digits.value) + halfUnit(shown, store.digits.value) + PAGE_NOISE * noise;
  expect(Math.abs(shown - slope), where).toBeLessThanOrEqual(tolerance + 1e-300);
  if (verdict === words.small) {
    expect(size, where).toBeLessThan(1000 * noise + 1e-300);
    return "small";
  }
  if (verdict === words.coarse) {
    expect(noise, where).toBeGreaterThan(0.05 * Math.abs(slope));
    return "none";
  }
  const digits = Array.from({ length: 18 }, (_, i) => i).find((i) => words.agrees(i) === verdict);
  expect(digits, where).toBeDefined();
  expect(Math.abs(gradient - slope), where).toBeLessThanOrEqual(
    10 ** -(digits ?? 0) * size + PAGE_NOISE * noise,
  );
  // No difference has more digits than its noise leaves.
  expect(digits, where).toBeLessThanOrEqual(Math.ceil(-Math.log10(noise / size)) + 4);
  const badge = root.querySelector(`[data-node="${id}"] .derivative .check`)?.textContent ?? "";
  const isHidden = root.querySelector("svg.is-unchecked") !== null;
  if (badge !== "" && !isHidden) expect(badge, where).toBe(` ✓${digits}`);
  const meaning = panel?.querySelector(".meaning")?.textContent ?? "";
  if (meaning !== "" && size > 1000 * noise) {
    const [name, result] = [store.nameOf(id), store.nameOf(graph.output)];
    const sentence = slope > 0 ? words.rises : words.falls;
    expect(meaning, where).toBe(sentence(name, result, store.number(Math.abs(gradient))));
  }
  return "agrees";
}
