/**
 * The whole state of the instrument as the fragment of an address: `#v1=graph;i=apples:3;t=9`.
 */

import type { Catalogue, LessonName } from "../course/catalogue/index.ts";
import { complaintAbout, type InputValues, initialInputs, type Lesson } from "../course/lesson.ts";
import { findLesson } from "../course/lessons.ts";
import { type Digits, MOST_DIGITS } from "./format.ts";

/** Where a learner is, and everything that he has changed. */
export interface State {
  readonly lesson: LessonName;
  readonly inputs: InputValues;
  /** Differences by the id of the node. */
  readonly adjusted: Readonly<Record<string, number>>;
  /** The place on the timeline; undefined for that of the step. */
  readonly place: number | undefined;
  /** The step of the guided run. */
  readonly step: number;
  /** The input by which forward mode differentiates; undefined for reverse mode, or that of the step. */
  readonly mode: string | undefined;
  /** Ids of nodes that were opened. */
  readonly opened: readonly number[];
  /** The id of the chosen node; undefined for that of the step. */
  readonly node: number | undefined;
  /** How many times the weights were updated. */
  readonly trained: number;
  readonly digits: Digits | undefined;
}

/** A lesson as it begins. */
export function initialState(lesson: Lesson): State {
  return {
    lesson: lesson.name,
    inputs: initialInputs(lesson),
    adjusted: {},
    place: undefined,
    step: 0,
    mode: undefined,
    opened: [],
    node: undefined,
    trained: 0,
    digits: undefined,
  };
}

const VERSION = "v1=";

/** Larger numbers are no place of any lesson, and more steps would keep the page busy. */
const MOST = 100_000;
export const MOST_TRAINED = 20_000;

/** The fragment, without what is as at the beginning. */
export function linkOf(state: State): string {
  const lesson = findLesson(state.lesson);
  const start = lesson === undefined ? {} : initialInputs(lesson);
  const changed = Object.entries(state.inputs).filter(([name, value]) => value !== start[name]);
  const parts: (readonly [string, string])[] = [
    ["i", pairs(changed)],
    ["a", pairs(Object.entries(state.adjusted).filter(([, by]) => by !== 0))],
    ["s", state.step === 0 ? "" : String(state.step)],
    ["t", state.place === undefined ? "" : String(state.place)],
    ["m", state.mode ?? ""],
    ["o", state.opened.join(",")],
    ["n", state.node === undefined ? "" : String(state.node)],
    ["u", state.trained === 0 ? "" : String(state.trained)],
    ["d", state.digits === undefined ? "" : String(state.digits)],
  ];
  const written = parts.filter(([, text]) => text !== "").map(([key, text]) => `;${key}=${text}`);
  return `#${VERSION}${state.lesson}${written.join("")}`;
}

function pairs(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, value]) => `${name}:${value}`).join(",");
}

/** A state, or in words what is wrong with a link. */
export type ReadLink = { readonly state: State } | { readonly damage: string };

class Damage extends Error {}

/** Reads a fragment; an empty one is the first lesson. */
export function readLink(
  fragment: string,
  first: Lesson,
  texts: Pick<Catalogue, "link" | "complaints">,
): ReadLink {
  const text = fragment.replace(/^#/, "");
  if (text === "") return { state: initialState(first) };
  try {
    return { state: read(text, texts) };
  } catch (error) {
    if (error instanceof Damage) return { damage: error.message };
    throw error;
  }
}

function read(text: string, { link, complaints }: Pick<Catalogue, "link" | "complaints">): State {
  if (!text.startsWith(VERSION)) throw new Damage(link.version);
  const [name = "", ...parts] = text.slice(VERSION.length).split(";");
  const lesson = findLesson(name);
  if (lesson === undefined) throw new Damage(link.lesson);
  const fields = new Map<string, string>();
  for (const part of parts) {
    const [, key = "", value = ""] = part.match(/^([a-z])=(.+)$/) ?? [];
    if (!"iastmonud".includes(key) || key === "" || fields.has(key)) {
      throw new Damage(link.part(shortened(part)));
    }
    fields.set(key, value);
  }
  const number = (value: string) => {
    const read = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isFinite(read)) throw new Damage(link.number(shortened(value)));
    // Without the sign of zero.
    return read + 0;
  };
  const count = (value: string | undefined, most: number) => {
    if (value === undefined) return undefined;
    const read = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (!(read <= most)) throw new Damage(link.number(shortened(value)));
    return read;
  };
  const inputs = initialInputs(lesson);
  for (const [input, value] of pairsOf(fields.get("i"), link)) {
    const known = Object.hasOwn(lesson.inputs, input) ? lesson.inputs[input] : undefined;
    if (known === undefined) throw new Damage(link.part(shortened(input)));
    const read = number(value);
    if (complaintAbout(known, read, complaints) !== undefined) {
      throw new Damage(link.number(shortened(value)));
    }
    inputs[input] = read;
  }
  const adjusted: Record<string, number> = {};
  for (const [id, by] of pairsOf(fields.get("a"), link)) {
    const difference = number(by);
    if (difference !== 0) adjusted[String(count(id, MOST))] = difference;
  }
  const mode = fields.get("m");
  if (mode !== undefined && mode !== "reverse" && !Object.hasOwn(lesson.inputs, mode)) {
    throw new Damage(link.part(shortened(mode)));
  }
  const step = count(fields.get("s"), lesson.run.length - 1) ?? 0;
  const digits = fields.get("d");
  const opened = fields.get("o")?.split(",") ?? [];
  return {
    lesson: lesson.name,
    inputs,
    adjusted,
    place: count(fields.get("t"), MOST),
    step,
    mode,
    opened: opened.map((id) => count(id, MOST) ?? 0),
    node: count(fields.get("n"), MOST),
    trained: count(fields.get("u"), MOST_TRAINED) ?? 0,
    digits: digits === "exact" ? "exact" : count(digits, MOST_DIGITS) || undefined,
  };
}

/** The entries of `name:number,…`, each name once. */
function pairsOf(text: string | undefined, link: Catalogue["link"]): [string, string][] {
  if (text === undefined) return [];
  const seen = new Set<string>();
  return text.split(",").map((entry) => {
    const [, name = "", value = ""] = entry.match(/^(\w+):(.+)$/) ?? [];
    if (name === "" || seen.has(name)) throw new Damage(link.part(shortened(entry)));
    seen.add(name);
    return [name, value];
  });
}

/** Enough of a wrong part to find it. */
function shortened(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 24)}…`;
}
