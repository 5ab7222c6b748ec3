/**
 * Checks of the page's statements outside of the lessons' sentences: about the chosen node, the timeline, training and
 * equation signs. They are compared with numerical derivatives and independent arithmetic.
 */

import { explain, type Graph } from "@graddiff/core";
import { expect } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { POINTS } from "../../src/course/lessons/points.ts";
import { FLAT } from "../../src/instrument/descent.ts";
import { lossName } from "../../src/instrument/loss.ts";
import { build } from "../../src/own/build.ts";
import { scalar } from "../../src/own/numbers.ts";
import { type OwnProgram, tryProgram } from "../../src/own/program.ts";
import { folded, type Tree } from "../../src/own/tree.ts";
import { Trouble } from "../../src/own/trouble.ts";
import type { Store } from "../../src/web/store.ts";
import { halfUnit, type Reading } from "./calculator.ts";
import { LOWERED, type Plain, plain, plainLoss } from "./plain.ts";
import { rounding } from "./rounding.ts";
import { isShown, refuted, sentencesOn } from "./sentences.ts";

/** The step of the test's differences; the page's step is smaller, so that its differences are noisier. */
const STEP = 2 ** -14;
const PAGE_NOISE = 100;
/** The step of the page, for a node of size 1. */
const PAGE_STEP = 2 ** -17;

/**
 * Returns the central difference quotient of the result by a node, and its rounding error.
 */
function slopeWith(graph: Graph, id: number, step: number): { slope: number; noise: number } {
  const [above, below] = [graph.adjusted({ [id]: step }), graph.adjusted({ [id]: -step })];
  const result = (g: Graph) => g.nodes[g.output]?.value?.item() ?? Number.NaN;
  const at = (g: Graph) => g.nodes[id]?.value?.item() ?? Number.NaN;
  const width = at(above) - at(below);
  // The rounding errors at both ends are included, since a gradient that is 0 in the middle may not be 0 at the ends.
  const size = Math.max(2 * rounding(graph), rounding(above) + rounding(below));
  return { slope: (result(above) - result(below)) / width, noise: (2 ** -52 * size) / width };
}

/** Returns the magnitude of a node's value or its difference, at least 1, to which steps are proportional. */
function sizeOf(graph: Graph, id: number): number {
  const { value, difference } = graph.nodes[id] ?? {};
  return Math.max(1, Math.abs(value?.item() ?? 0), Math.abs(difference?.item() ?? 0));
}

/** Returns the slope of the result by a node, computed from values of the graph only, and an error bound. */
export function ownSlope(graph: Graph, id: number): { slope: number; noise: number } {
  const step = STEP * sizeOf(graph, id);
  const [near, far] = [slopeWith(graph, id, step), slopeWith(graph, id, 2 * step)];
  return { slope: near.slope, noise: near.noise + Math.abs(near.slope - far.slope) };
}

/** Reads a shown number. */
export const read = (text: string) => Number(text.replaceAll("−", "-").replace("∞", "Infinity"));

/** Returns an empty reading, to which texts are added. */
export const nothing = (): Reading => ({ evaluated: [], named: [], symbolic: [], wrong: [] });

/** Expects that each name that is equated with a number is the name of a node, and that the number is the node's. */
export function expectHonestNames(reading: Reading, store: Store): void {
  const { graph, digits } = store;
  for (const { name, sign, number } of reading.named) {
    const plain = name.replaceAll("₁", "1").replaceAll("₂", "2");
    // Skipped are the step of a difference, sums of many terms, and products of names before their numbers.
    if (/h$|^Σ|[·′]|\bE$|오차 E$/.test(plain) || isLoss(store, plain)) continue;
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

/** True if a name is that of the mean over points, which is not the number of a node. */
const isLoss = (store: Store, name: string) =>
  store.lesson.value.training?.data !== undefined &&
  name.includes(lossName(store.lesson.value, store.graph.value, store.texts));

/** The verdict of the card on a check. */
export type Said = "agrees" | "small" | "none" | "corner" | "";

/** Checks the card's statement about the check of the chosen node, and returns the kind of the statement. */
export function expectHonestPanel(store: Store, root: Element): Said {
  const id = store.chosen.value;
  const panel = root.querySelector(".node-panel");
  const text = panel?.querySelector(".check")?.textContent ?? "";
  const graph = store.graph.value;
  // An array has more than one slope.
  if (id === undefined || text === "" || graph.nodes[id]?.value?.rank !== 0) return "";
  const words = wordsOf(store).node;
  const gradient = graph.nodes[id]?.gradient?.item() ?? Number.NaN;
  if (text === words.none) {
    const x = graph.nodes[id]?.value?.item() ?? Number.NaN;
    const { slope, noise } = Number.isFinite(x) ? ownSlope(graph, id) : { slope: x, noise: x };
    expect(Number.isFinite(gradient + slope + noise), text).toBe(false);
    return "none";
  }
  const { noise } = ownSlope(graph, id);
  const where = `${store.state.value.lesson}, ${store.nameOf(id)}: ${text}`;
  const corner = written(words.corner, text);
  if (corner !== undefined) {
    expectHonestCorner(store, id, corner.map(read), where);
    return "corner";
  }
  const verdict = text.slice(text.lastIndexOf(": ") + 2);
  const shown = read(text.slice(0, text.lastIndexOf(": ")).match(/: (\S+)$/)?.[1] ?? "");
  // The test computes the difference quotient with the shown step.
  const step = PAGE_STEP * sizeOf(graph, id);
  const told = read(text.match(/= ([\d.e+−]+)/)?.[1] ?? "");
  expect(Math.abs(told - step) / step, where).toBeLessThan(0.01);
  const same = slopeWith(graph, id, step);
  const size = Math.max(Math.abs(gradient), Math.abs(same.slope));
  const tolerance = halfUnit(same.slope, store.digits.value) + PAGE_NOISE * same.noise;
  expect(Math.abs(shown - same.slope), where).toBeLessThanOrEqual(tolerance + 1e-300);
  if (verdict === words.small) {
    expect(size, where).toBeLessThan(1000 * noise + 1e-300);
    return "small";
  }
  if (verdict === words.coarse) {
    // With other steps, the difference quotient must differ.
    const parts = [2, 2 ** -3, 2 ** -6, 2 ** -12, 2 ** -18, 2 ** -24, 2 ** -30];
    const others = parts.map((part) => slopeWith(graph, id, part * step).slope);
    const most = Math.max(...others.map((other) => Math.abs(other - same.slope)));
    const isOther = most > 0.05 * Math.abs(same.slope) || isErratic(graph, id);
    expect(isOther, where).toBe(true);
    return "none";
  }
  const digits = Array.from({ length: 18 }, (_, i) => i).find((i) => words.agrees(i) === verdict);
  expect(digits, where).toBeDefined();
  expect(Math.abs(gradient - same.slope), where).toBeLessThanOrEqual(
    10 ** -(digits ?? 0) * size + PAGE_NOISE * same.noise,
  );
  // A quotient has no more correct digits than its noise allows, except by chance.
  const isByChance = Math.abs(gradient - same.slope) <= 10 ** -(digits ?? 0) * size;
  const most = Math.ceil(-Math.log10(noise / size)) + 4;
  expect(isByChance ? 0 : digits, where).toBeLessThanOrEqual(most);
  const badge = root.querySelector(`[data-node="${id}"] .derivative .check`)?.textContent ?? "";
  const isHidden = root.querySelector("svg.is-unchecked") !== null;
  if (badge !== "" && !isHidden) expect(badge, where).toBe(` ✓${digits}`);
  const meaning = panel?.querySelector(".meaning")?.textContent ?? "";
  if (meaning !== "" && size > 1000 * noise) {
    const [name, result] = [store.nameOf(id), store.nameOf(graph.output)];
    const sentence = same.slope > 0 ? words.rises : words.falls;
    expect(meaning, where).toBe(sentence(name, result, store.number(Math.abs(gradient))));
  }
  return "agrees";
}

/**
 * True if an intermediate value changes completely when its argument changes in its last digits, such as sin(x) for x =
 * 10⁴⁰.
 */
function isErratic(graph: Graph, id: number): boolean {
  const step = 2 ** -46 * sizeOf(graph, id);
  const [above, below] = [graph.adjusted({ [id]: step }), graph.adjusted({ [id]: -step })];
  return above.nodes.some(({ value }, i) => {
    const [a, b] = [value?.item() ?? 0, below.nodes[i]?.value?.item() ?? 0];
    return Math.abs(a - b) > 1e-3 * Math.max(Math.abs(a), Math.abs(b));
  });
}

/** Compares the slopes at a corner with one-sided difference quotients, and the gradient with both. */
function expectHonestCorner(
  store: Store,
  id: number,
  [left = Number.NaN, right = Number.NaN, taken = Number.NaN]: readonly number[],
  where: string,
): void {
  const graph = store.graph.value;
  const { nodes, output } = graph;
  const [x, y] = [id, output].map((each) => nodes[each]?.value?.item() ?? Number.NaN);
  const slopeTo = (step: number) => {
    const next = graph.adjusted({ [id]: step });
    const width = (next.nodes[id]?.value?.item() ?? 0) - (x ?? 0);
    const rise = (next.nodes[output]?.value?.item() ?? 0) - (y ?? 0);
    const noise = (2 ** -51 * (rounding(graph) + rounding(next))) / Math.abs(width);
    return { slope: rise / width, noise };
  };
  const step = (STEP * sizeOf(graph, id)) / 16;
  const sides = [-step, step].map((each) => {
    const [near, far] = [slopeTo(each), slopeTo(2 * each)];
    // The error of a one-sided slope is estimated by its difference from the slope for twice the step.
    return { slope: near.slope, room: near.noise + 2 * Math.abs(near.slope - far.slope) };
  });
  for (const [i, shown] of [left, right].entries()) {
    const { slope, room } = sides[i] ?? { slope: Number.NaN, room: 0 };
    const half = halfUnit(shown, store.digits.value);
    expect(Math.abs(shown - slope), where).toBeLessThanOrEqual(half + room + 1e-300);
  }
  const gap = Math.abs((sides[1]?.slope ?? 0) - (sides[0]?.slope ?? 0));
  expect(gap, where).toBeGreaterThan(Math.max(...sides.map(({ room }) => room)));
  const gradient = nodes[id]?.gradient?.item() ?? Number.NaN;
  const half = halfUnit(gradient, store.digits.value);
  expect(Math.abs(taken - gradient), where).toBeLessThanOrEqual(half);
  const room = half + gap * 1e-3;
  expect(gradient, where).toBeGreaterThanOrEqual(Math.min(left, right) - room);
  expect(gradient, where).toBeLessThanOrEqual(Math.max(left, right) + room);
}

/** Returns the original texts, even if the test has planted faults in the texts of the store. */
const wordsOf = ({ language }: Store) => catalogueOf(language);

/** Returns the values in a text that a function of the catalogue has written; undefined if it has not. */
export function written(
  write: (...values: never[]) => string,
  text: string,
): readonly string[] | undefined {
  const values = Array.from({ length: write.length }, (_, i) => `§${i}§`);
  const order: number[] = [];
  const pattern = (write as (...values: string[]) => string)(...values)
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    // Korean particles depend on the word before them, so each form matches.
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

/** Returns the false statements of the page besides its equations, each as a line with its location. */
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
    root.querySelector(".legend") === null ||
      root.querySelectorAll(".key.check").length === Math.min(1, badges.length),
  );
  const hasPrinted = root.querySelector(".prints") !== null;
  claim(
    "the program runs without what was added",
    !hasPrinted || (root.querySelector(".prints .note") !== null) === store.hasAdjusted(),
  );
  const timeline = textOf(root, ".timeline .sentence");
  const hasTimeline = root.querySelector(".timeline") !== null;
  claim(`timeline: ${timeline}`, !hasTimeline || isTimelineTrue(store, own, timeline));
  const why = textOf(root, ".why");
  claim(`prediction: ${textOf(root, ".prediction")}`, isPredictionTrue(store, root, why));
  for (const { textContent } of root.querySelectorAll(".exact")) {
    claim(`exact: ${textContent}`, isExactTrue(store, own, textContent ?? ""));
  }
  const remarks = textOf(root, ".remarks");
  const hasRemarks = root.querySelector(".remarks") !== null;
  for (const each of !hasRemarks ? [] : remarks === "" ? [""] : sentences(remarks)) {
    claim(`training: ${each}`, isTrainingTrue(store, own, each));
  }
  found.push(...cardFalsehoods(store, root, own), ...slopeFalsehoods(store, root, own));
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
  // For arrays and nodes of the long chain, there are no independent numbers.
  const key = store.keyOf(id);
  const [value, gradient] = [own.values[key], own.gradients[key]];
  const is = (shown: string | undefined, number: number | undefined) =>
    number === undefined || shown === undefined || isShown({ store, own }, shown, number);
  if (phase === "share") {
    const told = written(timeline.share as never, text);
    const error = own.values[told?.[0] ?? ""];
    return told !== undefined && told[1] === name && error !== undefined && is(told[2], error);
  }
  if (phase === "backward") {
    const through = written(timeline.through, text);
    return through !== undefined && is(through[1], gradient);
  }
  const changes = new Map(Object.entries(store.state.value.adjusted));
  const difference = changes.get(key) ?? 0;
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

/**
 * True if the predicted and the actual change differ exactly where the page says so, and in the digits that it shows.
 */
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

/** Splits a text into sentences; a point inside a number does not end one. */
const sentences = (text: string) => text.match(/.+?\.(?= |$)/g)?.map((each) => each.trim()) ?? [];

/** The infimum of the loss of each lesson. */
const LEAST: Readonly<Record<string, (inputs: Readonly<Record<string, number>>) => number>> = {
  training: ({ t1 = 0, t2 = 0 }) =>
    [t1, t2]
      .map((target) => Math.max(0, target - 1, -target))
      .reduce((sum, miss) => sum + 0.5 * miss * miss, 0),
  neuron: ({ t = 0 }) => 0.5 * Math.max(0, t - 1, -t) ** 2,
  slope: () => 0,
  points: () => 0,
};

function isTrainingTrue(store: Store, own: Plain, text: string): boolean {
  const words = wordsOf(store).training;
  const run = store.trainer.shown.value;
  const { lesson } = store.state.value;
  const lowered = LOWERED[lesson];
  if (text === "") return run === undefined || run.at === 0 || store.hasAdjusted();
  if (run === undefined || lowered === undefined) return run !== undefined;
  const { inputs } = run;
  const errors = run.errors.slice(0, run.at + 1);
  const [before = Number.NaN, error = Number.NaN] = errors.slice(-2);
  const points = POINTS.map(([x1 = 0, x2 = 0, t = 0]) => ({ x1, x2, t }));
  const what = lesson === "points" ? { ...lowered, points } : lowered;
  const values = store.values.value;
  const { slopes } = plainLoss(what, values);
  const steepest = Math.max(...Object.values(slopes).map(Math.abs));
  const least = LEAST[lesson]?.(inputs) ?? Number.NaN;
  const loss = lossName(store.lesson.value, store.graph.value, store.texts);
  const is = (shown: string | undefined, value: number) =>
    shown !== undefined && isShown({ store, own }, shown, value);
  const rate = inputs["rate"] ?? 0;
  const told = (write: unknown, each: string) => {
    const found = written(write as never, each);
    return found === undefined || (found[0] !== undefined && found[0] !== loss) ? undefined : found;
  };
  const judges: readonly ((sentence: string) => boolean | undefined)[] = [
    (each) => {
      const isMean = lesson === "points";
      const write = isMean ? words.steepestMean : words.steepest;
      const [name = "", slope = "", of] = written(write as never, each) ?? [];
      if (name === "" || (isMean && of !== loss)) return undefined;
      const gradient = slopes[name] ?? Number.NaN;
      return Math.abs(gradient) >= steepest * (1 - 1e-9) && is(slope, gradient);
    },
    (each) => {
      const by = told(words.lowered, each)?.[1];
      return by === undefined ? undefined : error < before && is(by, before - error);
    },
    (each) => {
      const by = told(words.raised, each)?.[1];
      return by === undefined ? undefined : error > before && is(by, error - before);
    },
    (each) => (each === words.still(loss) ? error === before : undefined),
    (each) => (each === words.noRate(loss) ? rate === 0 : undefined),
    (each) => (each === words.lost(loss) ? !Number.isFinite(error) : undefined),
    (each) => {
      const steps = told(words.diverges, each)?.[1];
      if (steps === undefined) return undefined;
      const grown = errors.slice(-Number(steps) - 1);
      const isGrowing = grown.every((value, i) => i === 0 || value > (grown[i - 1] ?? 0));
      // Only the parabola has no bound.
      return lesson === "slope" && grown.length === Number(steps) + 1 && isGrowing;
    },
    (each) => {
      const most = written(words.isSlow as never, each)?.at(-1);
      return most === undefined
        ? undefined
        : is(most, rate * steepest) && rate * steepest < 1e-5 && steepest > 0.5 * FLAT;
    },
    (each) => {
      const number = told(words.least, each)?.[1];
      return number === undefined
        ? undefined
        : is(number, least) && error >= least - 1e-15 && steepest < 2 * FLAT;
    },
    (each) => {
      const above = told(words.isNear, each)?.[1];
      return above === undefined ? undefined : is(above, error - least) && error - least < 0.011;
    },
    (each) => {
      const above = written(words.isStuck as never, each)?.at(-1);
      if (above === undefined) return undefined;
      // Another step, computed by the test, changes the loss as little.
      const next = { ...values };
      for (const [name, slope] of Object.entries(slopes)) {
        next[name] = (next[name] ?? 0) - rate * slope;
      }
      const moved = plainLoss(what, next).loss - error;
      return (
        is(above, error - least) &&
        error - least > 0.009 &&
        Math.abs(moved) < 0.01 * (error - least)
      );
    },
  ];
  return judges.map((judge) => judge(text)).find((isTrue) => isTrue !== undefined) === true;
}

/** A number, and the tolerance of its shown text. */
interface Evaluated {
  readonly value: number;
  readonly room: number;
}

/**
 * Returns the possible values of a formula in the names of a graph; none for a text that is not a formula. If a shown
 * number may be one of several numbers of the graph, such as a constant 1 and an added 1.000000001, each of them is
 * tried.
 *
 * @param of the id of the node that the formula computes, whose name is not replaced in it: the formula of a node named
 *   `−x` is −x plus the added difference.
 */
function evaluated(text: string, store: Store, of?: number): Evaluated[] {
  const graph = store.graph.value;
  // Names of several words are replaced by names of the program, the longest first.
  const names = graph.nodes
    .filter(({ id }) => id !== of)
    .flatMap(({ id, name }) => (name === undefined ? [] : [[store.nameOf(id), name] as const]))
    .filter(([shown]) => shown.length > 1)
    .sort(([a], [b]) => b.length - a.length);
  const formula = names.reduce((all, [shown, name]) => all.replaceAll(shown, name), text);
  const typed = tryProgram(formula);
  if (typed instanceof Trouble) {
    const value = /^−?\d/.test(formula) ? read(formula) : Number.NaN;
    return Number.isNaN(value) ? [] : [{ value, room: 0 }];
  }
  // Shown numbers are rounded; the graph has the exact ones.
  const constants = graph.nodes.flatMap(({ kind, value, difference }) =>
    [kind === "constant" ? value : undefined, difference].flatMap((each) =>
      each?.rank === 0 ? [Math.abs(each.item())] : [],
    ),
  );
  const meant = (number: number) => {
    // e and π are not numbers of the graph, even where one of these is near.
    if (number === Math.E || number === Math.PI) return [number];
    const isHere = (each: number) => Math.abs(each - number) <= halfUnit(each, store.digits.value);
    const found = [...new Set(constants.filter(isHere))];
    return found.length > 0 ? found : [number];
  };
  const given = [...typed.inputs.keys()].map((name) => {
    const value = graph.node(name)?.value;
    return value?.rank === 0 ? value.item() : Number.NaN;
  });
  return readings(typed, meant).map((program) => {
    const made = explain(build(program))(...given.map(scalar));
    const value = made.nodes[made.output]?.value?.item() ?? Number.NaN;
    return { value, room: 2 ** -51 * rounding(made, true) };
  });
}

/** Returns the programs for all combinations of possible numbers. */
function readings(
  program: OwnProgram,
  meant: (number: number) => readonly number[],
): readonly OwnProgram[] {
  const numbers: number[] = [];
  withNumbers(program, (number) => {
    numbers.push(number);
    return number;
  });
  const choices = numbers.reduce<readonly (readonly number[])[]>(
    (all, number) => all.flatMap((some) => meant(number).map((each) => [...some, each])),
    [[]],
  );
  return choices.map((choice) => {
    let at = 0;
    return withNumbers(program, (number) => choice[at++] ?? number);
  });
}

/** Returns a program with its numbers replaced. */
function withNumbers(program: OwnProgram, change: (number: number) => number): OwnProgram {
  const changed = (tree: Tree): Tree => {
    if (tree.kind === "number") return { ...tree, value: change(tree.value) };
    return tree.kind === "name" ? tree : { ...tree, parts: tree.parts.map(changed) };
  };
  const lines = program.lines.map((line) => ({ ...line, folded: folded(changed(line.tree)) }));
  return { ...program, lines };
}

/** The functions of one number, by the text before the number in cards. */
const APPLIED: Readonly<Record<string, (x: number) => number>> = {
  "σ(": (x) => 1 / (1 + Math.exp(-x)),
  "e^": Math.exp,
  "1/": (x) => 1 / x,
};

/**
 * The numbers of checked symbols, applied functions and other parts of cards, so that tests can verify that there were
 * some.
 */
export const judged = { symbols: 0, applied: 0, quotients: 0 };

function cardFalsehoods(store: Store, root: Element, own: Plain): string[] {
  const found: string[] = [];
  const graph = store.graph.value;
  const digits = store.digits.value;
  const claim = (what: string, isTrue: boolean) => {
    if (!isTrue) found.push(`${store.state.value.lesson}, card: ${what}`);
  };
  const isNear = (shown: string, values: readonly Evaluated[]) =>
    values.some(({ value, room }) => {
      if (!Number.isFinite(value + room)) return true;
      const most = halfUnit(value, digits) + room + 1e-9 * Math.abs(value) + 1e-300;
      return Math.abs(read(shown) - value) <= most;
    });
  for (const product of root.querySelectorAll(".card .product")) {
    const equation = product.querySelector(".sr-only")?.textContent ?? "";
    const numbers = [...product.querySelectorAll(".factor b")].map(
      (each) => each.textContent ?? "",
    );
    const symbols = [...product.querySelectorAll(".factor .symbol")].map(
      (e) => e.textContent ?? "",
    );
    const [upstream = "", local = "", result = ""] = numbers;
    const plainText = equation.replace(/[()]/g, "");
    claim(`“${equation}” beside ${numbers}`, plainText.startsWith(`${upstream} × ${local} `));
    claim(`“${equation}” gives ${result}`, plainText.endsWith(` ${result}`));
    const values = evaluated(symbols[1] ?? "", store);
    if (values.length === 0) continue;
    judged.symbols++;
    claim(`${symbols[1]} is ${local}`, isNear(local, values));
  }
  const id = store.chosen.value ?? store.chosenEdge.value?.to;
  const sum = root.querySelector(".card .sum .calculation")?.textContent ?? "";
  const gradient = id === undefined ? undefined : own.gradients[graph.nodes[id]?.name ?? ""];
  if (sum !== "" && gradient !== undefined) {
    const shown = sum.match(/[=≈→] (\S+)$/)?.[1] ?? "";
    claim(`the sum ${sum}`, isShown({ store, own }, shown, gradient));
  }
  for (const each of root.querySelectorAll(".card .applied")) {
    const text = each.textContent ?? "";
    const [, start = "", argument = "", shown = ""] =
      text.match(/^(σ\(|e\^|1\/)\(?([^()\s]+)\)? [=≈] (\S+)$/) ?? [];
    const apply = APPLIED[start];
    if (apply === undefined) continue;
    judged.applied++;
    const x = read(argument);
    const half = halfUnit(x, digits);
    const ends = [apply(x - half), apply(x + half), apply(x)];
    const value = read(shown);
    const room = halfUnit(value, digits) + 1e-12 * Math.abs(value);
    const isTrue = value >= Math.min(...ends) - room && value <= Math.max(...ends) + room;
    claim(text, isTrue || !Number.isFinite(x) || !Number.isFinite(value));
  }
  for (const each of root.querySelectorAll(".card .forward .symbols")) {
    const calculations = [...(each.parentElement?.querySelectorAll(".calculation") ?? [])];
    const shown = calculations.at(-1)?.textContent?.match(/[=≈→] (\S+)$/)?.[1];
    const values = evaluated(each.textContent ?? "", store, id);
    if (shown === undefined || values.length === 0) continue;
    judged.symbols++;
    claim(`${each.textContent} is ${shown}`, isNear(shown, values));
  }
  return found;
}

/** Returns the false quotients beside a slope, computed with independent programs. */
function slopeFalsehoods(store: Store, root: Element, own: Plain): string[] {
  const { lesson, adjusted } = store.state.value;
  const panel = root.querySelector(".slope");
  const rows = [...(panel?.querySelectorAll(".quotients tr:not(.limit)") ?? [])];
  const id = Number(panel?.querySelector("select")?.value ?? -1);
  const name = store.graph.value.nodes[id]?.name ?? "";
  const result = store.graph.value.nodes[store.graph.value.output]?.name ?? "";
  const inputs = store.values.value;
  const x = inputs[name];
  const y = own.values[result];
  if (rows.length === 0 || x === undefined || y === undefined) return [];
  const found: string[] = [];
  const at = (value: number) =>
    plain(lesson, { ...inputs, [name]: value }, adjusted).values[result] ?? Number.NaN;
  const slope = own.gradients[name] ?? Number.NaN;
  const size = Math.max(...Object.values(own.values).map(Math.abs).filter(Number.isFinite));
  const claim = (what: string, isTrue: boolean) => {
    if (!isTrue) found.push(`${lesson}, slope of ${name}: ${what}`);
  };
  const quotients = rows.map((row) => {
    const h = read(row.querySelector("th")?.textContent?.replace(/^\S+ /, "") ?? "");
    const shown = row.querySelector("td")?.textContent ?? "";
    const change = at(x + h) - y;
    const noise = (1e-13 * (size + Math.abs(change))) / Math.abs(h);
    judged.quotients++;
    const exact = change / h;
    const isTrue =
      !Number.isFinite(exact) ||
      Math.abs(read(shown) - exact) <= halfUnit(exact, store.digits.value) + noise;
    claim(`the quotient for ${h} is ${shown}`, isTrue);
    return { h, change, quotient: exact, noise };
  });
  const [first] = quotients;
  const words = wordsOf(store).slope;
  const remark = panel?.querySelector(".slope-remark")?.textContent ?? "";
  if (remark === "" || first === undefined) return found;
  const miss = Math.abs(first.change - slope * first.h);
  const noise = 1e-12 * (size + Math.abs(first.change));
  if (remark === words.rounding) {
    claim(remark, miss <= noise);
    return found;
  }
  if (remark === words.straight(store.nameOf(id))) {
    const there = at(x + 2 * first.h) - y - 2 * first.change;
    claim(remark, Math.abs(there) <= 10 * noise && miss <= 10 * noise);
    return found;
  }
  const misses = written(words.misses as never, remark);
  if (misses !== undefined) {
    const [h = Number.NaN, by = Number.NaN] = misses.map(read);
    const isTrue = Math.abs(by - miss) <= halfUnit(miss, store.digits.value) + 10 * noise;
    claim(remark, h === first.h && isTrue);
    return found;
  }
  const digits = Array.from({ length: 17 }, (_, i) => i).find((i) => words.agrees(i) === remark);
  const relative = Math.abs(first.quotient - slope) / Math.abs(slope);
  claim(
    remark,
    digits !== undefined && relative <= 10 ** -digits * 1.01 + first.noise / Math.abs(slope),
  );
  return found;
}

/** True if the shown costs of both modes equal the numbers of products and sums, counted along the edges. */
function areCostsTrue(store: Store, costs: readonly string[]): boolean {
  if (costs.length === 0) return true;
  const { nodes } = store.graph.value;
  const { modes } = wordsOf(store);
  const flows = nodes.flatMap(({ inputs }) =>
    inputs.filter(({ gradient }) => gradient !== undefined),
  );
  const reached = new Set(flows.map(({ from }) => from)).size;
  // The cost is a product on each edge, and one sum less than edges at each node where edges meet.
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
