/**
 * Tests of the readings of formulas: rows of texts, a hundred of them from textbooks, with their meaning in JavaScript,
 * typed by hand before the parser was written. SymPy parses them, too, and each row on which it differs has a reason.
 */

import { readFileSync } from "node:fs";
import { explain, type Graph } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { linkOf, readLink } from "../src/instrument/link.ts";
import { NodeKeys } from "../src/instrument/nodeKeys.ts";
import { build } from "../src/own/build.ts";
import { type OwnProgram, readProgram, tryProgram } from "../src/own/program.ts";
import "../src/own/register.ts";
import { Trouble } from "../src/own/trouble.ts";
import { writtenLines } from "../src/own/written.ts";
import { meaningOf, plainName, resultAt } from "./reader/meanings.ts";

type Row = readonly [text: string, formula: string | null, source?: string | null, reason?: string];

const json = <Kind>(name: string): Kind =>
  JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8"));

const { rows, sources, reasons } = json<{
  readonly rows: readonly Row[];
  readonly sources: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, string>>;
}>("readings");

const refused = rows.flatMap(([text, formula]) => (formula === null ? [text] : []));
const meant = rows.flatMap(([text, formula]) => (formula === null ? [] : [{ text, formula }]));

const graphOf = (program: OwnProgram): Graph =>
  explain(build(program), { names: [...program.inputs.keys()] })(...program.inputs.values());

/** True if two numbers are equal within rounding, or if both are NaN. */
const isClose = (a: number, b: number) =>
  (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a));

test("There are four hundred rows with a meaning, a hundred of them from textbooks.", () => {
  expect(meant.length).toBeGreaterThanOrEqual(400);
  const copied = rows.filter(([, , source]) => source && Object.hasOwn(sources, source));
  expect(copied.length).toBeGreaterThanOrEqual(100);
});

describe("a text is read as it is meant:", () => {
  test.each(meant)("$text is $formula", (meaning) => {
    const read = readProgram(meaning.text);
    const { names, values } = meaningOf(meaning);
    expect([...read.inputs.keys()].map(plainName).sort()).toEqual([...names].sort());
    for (const [turn, expected] of values.entries()) {
      expect(isClose(expected, resultAt(read, turn)), writtenLines(read).join("; ")).toBe(true);
    }
    expect(values.some(Number.isFinite)).toBe(true);
  });
});

test.each(refused)("%s is refused with a sentence that says what to write", (text) => {
  const found = tryProgram(text);
  if (!(found instanceof Trouble)) throw new Error(writtenLines(found).join("; "));
  for (const { text: other } of found.others) expect(tryProgram(other), other).not.toBe(found);
});

test("SymPy reads every row as we do, or the row says why not.", () => {
  const found = json<({ names: string[]; values: (number | null)[] } | null)[]>("sympy");
  expect(found.length).toBe(rows.length);
  for (const [i, [text, formula, , reason]] of rows.entries()) {
    if (formula === null) continue;
    const other = found[i];
    const { names, values } = meaningOf({ text, formula });
    const isSame =
      other !== null &&
      JSON.stringify(other?.names) === JSON.stringify([...names].sort()) &&
      values.every((value, turn) => isClose(value, other?.values[turn] ?? Number.NaN));
    expect(isSame, text).toBe(reason === undefined);
    if (reason !== undefined) expect(Object.hasOwn(reasons, reason), text).toBe(true);
  }
});

test("The other reading of each choice can be read and is another one, and no choice is left of it.", () => {
  const seen = new Map<string, number>();
  for (const { text } of meant) {
    const read = readProgram(text);
    for (const { kind, others, start, end, typed } of read.choices) {
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      expect(others.length, text).toBeGreaterThan(0);
      expect(text.slice(start, end)).toBe(typed);
      for (const other of others) {
        const again = tryProgram(other.text);
        if (again instanceof Trouble) {
          // A function of only numbers has no graph to draw.
          expect(again.kind, `${text}: ${other.text}`).toBe("empty");
          continue;
        }
        const isSame = writtenLines(again).join() === writtenLines(read).join();
        expect(isSame, `${text}: ${other.text}`).toBe(kind === "log" && other.shown === "ln");
        const same = again.choices.filter((each) => each.kind === kind && each.typed === typed);
        expect(same.length, `${text}: ${other.text}`).toBeLessThan(
          read.choices.filter((each) => each.kind === kind && each.typed === typed).length,
        );
      }
    }
  }
  expect([...seen.keys()].sort()).toEqual([
    "argument",
    "beside",
    "cut",
    "factor",
    "log",
    "product",
    "sigma",
    "under",
    "word",
  ]);
});

test("A text that is printed with all its signs is read as the same function, without a choice.", () => {
  for (const { text } of meant) {
    const read = readProgram(text);
    const names = [...read.inputs.keys()].map((name) => `${name} = 1`);
    const again = readProgram([...writtenLines(read), ...names].join("\n"));
    expect(writtenLines(again), text).toEqual(writtenLines(read));
    expect(again.choices, text).toEqual([]);
  }
});

/** Functions with a slope of 0 at all numbers. */
const FLAT = new Set(["y = sin² x + cos² x", "sin²x + cos²x", "max(x, y)", "min(x, 2y)"]);

test("At the start values every number is finite, and no input has a slope of 0.", () => {
  for (const { text } of meant) {
    if (FLAT.has(text)) continue;
    const { nodes } = graphOf(readProgram(text));
    for (const { value, gradient, kind, name } of nodes) {
      expect(Number.isFinite(value?.item()), text).toBe(true);
      if (kind === "input") expect(gradient?.item(), `${text}: ${name}`).not.toBe(0);
    }
  }
});

test.each([
  ["asin(x)", "acos(y) + atan(x)"],
  ["max(x, 1) y", "|x − 1|"],
  ["√(x − 3)", "ln(x − 4)"],
  ["1/(x − y)", "ln(ln x)"],
  ["relu(x − 2) + y", "relu(−x)"],
])("%s and %s have such start values", (...texts) => {
  for (const text of texts) {
    for (const { value, gradient, kind } of graphOf(readProgram(text)).nodes) {
      expect(Number.isFinite(value?.item()), text).toBe(true);
      if (kind === "input") expect([0, Number.NaN, Infinity]).not.toContain(gradient?.item());
    }
  }
});

describe("a link of the second version keeps its values:", () => {
  interface OldLink {
    readonly link: string;
    readonly inputs: Readonly<Record<string, number>>;
    readonly state: Readonly<Record<string, unknown>>;
    readonly nodes: Readonly<Record<string, readonly (number | string)[]>>;
  }
  const [first] = lessons;
  const links = json<readonly OldLink[]>("links");
  test("there are forty", () => expect(links.length).toBeGreaterThanOrEqual(40));
  test.each(links)("$link", ({ link, inputs, state: kept, nodes }) => {
    if (first === undefined) throw new Error("no lessons");
    const read = readLink(link, first, catalogueOf("en"));
    if ("damage" in read) throw new Error(read.damage);
    const { state } = read;
    expect(state.inputs).toEqual(inputs);
    expect(JSON.parse(JSON.stringify(state))).toMatchObject(kept);
    const lesson = findLesson(state.lesson, state.text, state.points);
    if (lesson === undefined) throw new Error(state.text);
    const plain = lesson.explain(state.inputs);
    const keys = new NodeKeys(plain);
    const differences = Object.entries(state.adjusted).map(([key, by]) => [keys.id(key), by]);
    const graph = plain.adjusted(Object.fromEntries(differences));
    const found = graph.nodes.filter(({ kind }) => kind !== "constant");
    expect(
      Object.fromEntries(
        found.map(({ id, value, gradient }) => [
          keys.of(id),
          [value?.item() ?? Number.NaN, gradient?.item() ?? Number.NaN].map((each) =>
            // JSON has no −0.
            Number.isFinite(each) ? each + 0 : String(each),
          ),
        ]),
      ),
    ).toEqual(nodes);
    // The written link has today's version, and encodes the same state.
    expect(linkOf(state)).toMatch(/^#v3=/);
    expect(readLink(linkOf(state), first, catalogueOf("en"))).toEqual({ state });
  });
});

test("The formulas of the course have the numbers that their readers expect.", () => {
  const value = (text: string) => {
    const { nodes, output } = graphOf(readProgram(text));
    return nodes[output]?.value?.item() ?? Number.NaN;
  };
  const slopes = (text: string) =>
    graphOf(readProgram(text)).nodes.flatMap(({ kind, name, gradient }) =>
      kind === "input" ? [[name, gradient?.item()]] : [],
    );
  expect(value("E = 1/2 (t - o)^2; t = 1; o = 0.4")).toBeCloseTo(0.18, 14);
  expect(slopes("E = 1/2 (t - o)^2; t = 1; o = 0.4")).toEqual([
    ["t", 0.6],
    ["o", -0.6],
  ]);
  expect(slopes("E = mc^2; m = 2; c = 3")).toEqual([
    ["m", 9],
    ["c", 12],
  ]);
  expect(slopes("y = mx + b; m = 2; x = 3; b = 1")).toEqual([
    ["m", 3],
    ["x", 2],
    ["b", 1],
  ]);
  expect(value("1/2x; x = 4")).toBe(0.125);
  expect(value("2πr; r = 1")).toBe(2 * Math.PI);
});
