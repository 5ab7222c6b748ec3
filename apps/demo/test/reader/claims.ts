/**
 * What the page states beside the sentences of lessons: of the chosen node, of its timeline, of training and of its
 * own signs, compared with differences and with arithmetic of the reader's own.
 */

import type { Graph } from "@graddiff/core";
import { expect } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { FLAT } from "../../src/instrument/descent.ts";
import type { Store } from "../../src/web/store.ts";
import { halfUnit, type Reading } from "./calculator.ts";
import { type Plain, plain } from "./plain.ts";
import { isShown, refuted, sentencesOn } from "./sentences.ts";

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
  const words = wordsOf(store).node;
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

/** The texts as they are, whatever was planted in those of the store. */
const wordsOf = ({ language }: Store) => catalogueOf(language);

/** The values with which a text of the catalogue was written; undefined where it was not. */
export function written(
  write: (...values: never[]) => string,
  text: string,
): readonly string[] | undefined {
  const values = Array.from({ length: write.length }, (_, i) => `§${i}§`);
  const order: number[] = [];
  const pattern = (write as (...values: string[]) => string)(...values)
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    // Korean particles follow what they stand behind.
    .replace(/§(\d)§([은는이가을를](?= ))?/g, (_, i, particle) => {
      order.push(Number(i));
      return particle === undefined ? "(.+?)" : "(.+?)[은는이가을를]";
    });
  const match = text.match(new RegExp(`^${pattern}$`, "u"));
  if (match === null) return undefined;
  const found: string[] = [];
  for (const [k, i] of order.entries()) found[i] = match[k + 1] ?? "";
  return found;
}

const textOf = (root: Element, selector: string) => root.querySelector(selector)?.textContent ?? "";

/** What is wrong with what stands on the page beside its equations; each as a line that says where. */
export function falsehoods(store: Store, root: Element): string[] {
  const { lesson, adjusted } = store.state.value;
  const own = plain(lesson, store.values.value, adjusted);
  const found = sentencesOn(store, root).flatMap((read) => refuted(read) ?? []);
  const claim = (what: string, isTrue: boolean) => {
    if (!isTrue) found.push(`${lesson}, ${store.step.value.key}: ${what}`);
  };
  const badges = [...root.querySelectorAll("svg.graph .check")].filter(({ textContent }) =>
    textContent?.includes("✓"),
  );
  claim(
    "the legend explains ✓",
    root.querySelectorAll(".key.check").length === Math.min(1, badges.length),
  );
  const hasPrinted = root.querySelector(".prints") !== null;
  claim(
    "the program runs without what was added",
    !hasPrinted || (root.querySelector(".prints .note") !== null) === store.hasAdjusted(),
  );
  const timeline = textOf(root, ".timeline .sentence");
  claim(`timeline: ${timeline}`, isTimelineTrue(store, own, timeline));
  const why = textOf(root, ".why");
  claim(`prediction: ${textOf(root, ".prediction")}`, isPredictionTrue(store, root, why));
  for (const { textContent } of root.querySelectorAll(".exact")) {
    claim(`exact: ${textContent}`, isExactTrue(store, own, textContent ?? ""));
  }
  const remarks = textOf(root, ".remarks");
  for (const each of remarks === "" ? [""] : sentences(remarks)) {
    claim(`training: ${each}`, isTrainingTrue(store, own, each));
  }
  const costs = [...root.querySelectorAll(".cost")].map(({ textContent }) => textContent ?? "");
  claim(`modes: ${costs.join("; ")}`, areCostsTrue(store, costs));
  return found;
}

function isTimelineTrue(store: Store, own: Plain, text: string): boolean {
  const { timeline } = wordsOf(store);
  const step = store.steps.value[store.place.value - 1];
  if (step === undefined) return text === timeline.start;
  const { node: id, phase } = step;
  const name = store.nameOf(id);
  if (phase === "seed") return text === timeline.seed(name);
  // Arrays and nodes of the long chain have no numbers of the reader's own.
  const key = store.graph.value.nodes[id]?.name ?? "";
  const [value, gradient] = [own.values[key], own.gradients[key]];
  const is = (shown: string | undefined, number: number | undefined) =>
    number === undefined || shown === undefined || isShown({ store, own }, shown, number);
  if (phase === "backward") {
    const through = written(timeline.backward, text) ?? written(timeline.through, text);
    return through !== undefined && is(through[1], gradient);
  }
  const difference = store.state.value.adjusted[key] ?? 0;
  const adjusted = written(timeline.adjusted, text);
  if (adjusted !== undefined) {
    const [node = "", shown = "", added = ""] = adjusted;
    return node === name && difference !== 0 && is(shown, value) && is(added, difference);
  }
  const tangent = written(timeline.tangent, text);
  if (tangent !== undefined) return store.mode.value.kind === "forward" && is(tangent[1], value);
  const forward = written(timeline.forward, text);
  return forward !== undefined && is(forward[1], value) && (difference === 0 || forward[1] === "?");
}

/** A prediction and what came differ where the page says so, and in the digits that it shows. */
function isPredictionTrue(store: Store, root: Element, why: string): boolean {
  const before = store.baseline.value?.graph;
  const id = store.chosen.value;
  if (root.querySelector(".predicted") === null || before === undefined || id === undefined)
    return why === "";
  const result = (graph: Graph) => graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
  const at = (graph: Graph) => graph.nodes[id]?.value?.item() ?? Number.NaN;
  const slope = (graph: Graph) => graph.nodes[id]?.gradient?.item() ?? Number.NaN;
  const after = store.graph.value;
  const [change, actual] = [at(after) - at(before), result(after) - result(before)];
  const predicted = slope(before) * change;
  const noise = 2 ** -52 * (rounding(before) + rounding(after) + Math.abs(predicted));
  const error = Math.abs(predicted - actual);
  const shown = [".predicted", ".actual"].map(
    (part) => textOf(root, part).match(/([−\d.e+∞]+|NaN)$/)?.[1],
  );
  if (why === "") return !(error > 20 * noise);
  if (!(error > noise) || shown[0] === shown[1]) return false;
  const { node } = wordsOf(store);
  const [from, to] = written(node.bent, why) ?? [];
  if (from === undefined || to === undefined) {
    return why === node.bentBetween && slope(before) === slope(after);
  }
  const isTold = (text: string, value: number) =>
    Math.abs(read(text) - value) <= halfUnit(value, store.digits.value) + 1e-300;
  return from !== to && isTold(from, slope(before)) && isTold(to, slope(after));
}

function isExactTrue(store: Store, own: Plain, text: string): boolean {
  const { node } = wordsOf(store);
  const id = store.chosen.value ?? -1;
  const { value, gradient, name = "" } = store.graph.value.nodes[id] ?? {};
  const numbers = [value, gradient].flatMap((each) => (each?.rank === 0 ? [each.item()] : []));
  if (text === node.infinite) return numbers.some((each) => Math.abs(each) === Infinity);
  if (text === node.notANumber) return numbers.some(Number.isNaN);
  const [exact] = written(node.rounded, text) ?? [];
  if (exact === undefined) return false;
  const [mine, slope] = [own.values[name], own.gradients[name]];
  const isOne = numbers.some((each) => String(each).replaceAll("-", "−") === exact);
  return (
    isOne &&
    (mine === undefined || [mine, slope].some((each) => isShown({ store, own }, exact, each ?? 0)))
  );
}

/** Sentences, without what stands in their numbers. */
const sentences = (text: string) => text.match(/.+?\.(?= |$)/g)?.map((each) => each.trim()) ?? [];

function isTrainingTrue(store: Store, own: Plain, text: string): boolean {
  const words = wordsOf(store).training;
  if (text === "") return store.trainer.shown.value === undefined || store.hasAdjusted();
  const { inputs, errors = [] } = store.trainer.shown.value ?? {};
  if (inputs === undefined) return false;
  const [before = Number.NaN, error = Number.NaN] = errors.slice(-2);
  const trained = Object.keys(own.values).filter((name) =>
    (inputs["frozen"] === 0 ? /^[wb]\d$/ : /^w\d$/).test(name),
  );
  const slopes = trained.map((name) => Math.abs(own.gradients[name] ?? 0));
  const steepest = Math.max(...slopes);
  const least = [inputs["t1"] ?? 0, inputs["t2"] ?? 0]
    .map((target) => Math.max(0, target - 1, -target))
    .reduce((sum, miss) => sum + 0.5 * miss * miss, 0);
  const is = (shown: string | undefined, value: number) =>
    shown !== undefined && isShown({ store, own }, shown, value);
  const rate = inputs["rate"] ?? 0;
  const judges: readonly ((sentence: string) => boolean | undefined)[] = [
    (each) => {
      const [name = "", slope = ""] = written(words.steepest, each) ?? [];
      if (name === "") return undefined;
      const gradient = own.gradients[name] ?? Number.NaN;
      return (
        trained.includes(name) && Math.abs(gradient) >= steepest * (1 - 1e-9) && is(slope, gradient)
      );
    },
    (each) => {
      const [by] = written(words.lowered, each) ?? [];
      return by === undefined ? undefined : error < before && is(by, before - error);
    },
    (each) => {
      const [by] = written(words.raised, each) ?? [];
      return by === undefined ? undefined : error > before && is(by, error - before);
    },
    (each) => (each === words.still ? error === before : undefined),
    (each) => (each === words.noRate ? rate === 0 : undefined),
    (each) => {
      const [most] = written(words.isSlow, each) ?? [];
      return most === undefined
        ? undefined
        : is(most, rate * steepest) && rate * steepest < 1e-5 && steepest > 0.5 * FLAT;
    },
    (each) => {
      const [told] = written(words.least, each) ?? [];
      return told === undefined
        ? undefined
        : is(told, least) && error >= least - 1e-15 && steepest < 2 * FLAT;
    },
    (each) => {
      const [above] = written(words.isNear, each) ?? [];
      return above === undefined ? undefined : is(above, error - least) && error - least < 0.011;
    },
    (each) => {
      const [above] = written(words.isStuck, each) ?? [];
      if (above === undefined) return undefined;
      // One more step, of the reader's own, moves it as little.
      const next = { ...store.values.value };
      for (const name of trained)
        next[name] = (next[name] ?? 0) - rate * (own.gradients[name] ?? 0);
      const moved = (plain("training", next).values["E"] ?? Number.NaN) - error;
      return (
        is(above, error - least) &&
        error - least > 0.009 &&
        Math.abs(moved) < 0.01 * (error - least)
      );
    },
  ];
  return judges.map((judge) => judge(text)).find((isTrue) => isTrue !== undefined) === true;
}

/** Counts the products and sums of both modes along the edges. */
function areCostsTrue(store: Store, costs: readonly string[]): boolean {
  if (costs.length === 0) return true;
  const { nodes } = store.graph.value;
  const { modes } = wordsOf(store);
  const flows = nodes.flatMap(({ inputs }) =>
    inputs.filter(({ gradient }) => gradient !== undefined),
  );
  const reached = new Set(flows.map(({ from }) => from)).size;
  // A product on each edge, and one sum less than edges where they meet.
  const reverse = 2 * flows.length - reached;
  const inputs = nodes.filter(({ kind }) => kind === "input");
  const forward = inputs.reduce((sum, { id }) => {
    const behind = new Set([id]);
    let work = 0;
    for (const node of nodes) {
      const edges = node.inputs.filter(({ from }) => behind.has(from)).length;
      if (edges > 0) behind.add(node.id);
      work += Math.max(0, 2 * edges - 1);
    }
    return sum + work;
  }, 0);
  return (
    costs[0] === modes.reverseCost(1, reverse) &&
    costs[1] === modes.forwardCost(inputs.length, forward)
  );
}
