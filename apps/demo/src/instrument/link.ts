/**
 * The whole state of the instrument as the fragment of an address: `#v2=graph;i=apples:3;a=fruit:10;t=9`. Inputs and
 * nodes stand by their names, and texts are encoded so that none has a sign of the address.
 */

import type { Catalogue, LessonName } from "../course/catalogue/index.ts";
import { complaintAbout, type InputValues, initialInputs, type Lesson } from "../course/lesson.ts";
import { findLesson } from "../course/lessons.ts";
import { decodeText, encodeText } from "./encoding.ts";
import { type Digits, MOST_DIGITS } from "./format.ts";
import { oldKey } from "./oldLinks.ts";

/** Where a learner is, and everything that he has changed. */
export interface State {
  readonly lesson: LessonName;
  readonly inputs: InputValues;
  /** Differences by the key of the node; an input has its value in `inputs` alone. */
  readonly adjusted: Readonly<Record<string, number>>;
  /** The place on the timeline; undefined for that of the step. */
  readonly place: number | undefined;
  /** The step of the guided run. */
  readonly step: number;
  /** The input by which forward mode differentiates; undefined for reverse mode, or that of the step. */
  readonly mode: string | undefined;
  /** Keys of nodes that were opened. */
  readonly opened: readonly string[];
  /** The key of the chosen node; undefined for that of the step. */
  readonly node: string | undefined;
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

/** The version of today's addresses, and the one that had ids for nodes. */
const VERSION = "v2=";
const OLD_VERSION = "v1=";

/** Larger numbers are no place of any lesson, and more steps would keep the page busy. */
const MOST = 100_000;
export const MOST_TRAINED = 20_000;

/** The fragment, without what is as at the beginning. */
export function linkOf(state: State): string {
  const lesson = findLesson(state.lesson);
  const start = lesson === undefined ? {} : initialInputs(lesson);
  const changed = Object.entries(state.inputs).filter(([name, value]) => value !== start[name]);
  const parts: (readonly [string, string])[] = [
    ["i", pairs(changed.map(([name, value]) => [encodeText(name), value]))],
    ["a", pairs(Object.entries(state.adjusted).filter(([, by]) => by !== 0))],
    ["s", state.step === 0 ? "" : String(state.step)],
    ["t", state.place === undefined ? "" : String(state.place)],
    ["m", state.mode === undefined ? "" : encodeText(state.mode)],
    ["o", state.opened.join(",")],
    ["n", state.node ?? ""],
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
  texts: Pick<Catalogue, "link" | "complaints" | "count">,
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

function read(text: string, texts: Pick<Catalogue, "link" | "complaints" | "count">): State {
  const { link } = texts;
  const isOld = text.startsWith(OLD_VERSION);
  if (!isOld && !text.startsWith(VERSION)) throw new Damage(link.version);
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
  const inputName = (word: string) => {
    const known = decodeText(word);
    if (known !== undefined && Object.hasOwn(lesson.inputs, known)) return known;
    throw new Damage(link.part(shortened(word)));
  };
  const key = (word: string) => {
    const known = isOld ? oldKey(lesson.name, word) : word;
    if (known?.split("/").every((each) => decodeText(each) !== undefined) === true) return known;
    throw new Damage(link.part(shortened(word)));
  };
  const inputs = initialInputs(lesson);
  const setInput = (input: string, value: number, written: string) => {
    const known = lesson.inputs[input];
    if (known === undefined || complaintAbout(known, value, input, texts) !== undefined) {
      throw new Damage(link.number(shortened(written)));
    }
    inputs[input] = value;
  };
  for (const [word, value] of pairsOf(fields.get("i"), link)) {
    setInput(inputName(word), number(value), value);
  }
  const adjusted: Record<string, number> = {};
  for (const [word, by] of pairsOf(fields.get("a"), link)) {
    const [node, difference] = [key(word), number(by)];
    const input = decodeText(node) ?? "";
    // What is added to an input is another input.
    if (Object.hasOwn(inputs, input)) setInput(input, (inputs[input] ?? 0) + difference, by);
    else if (difference !== 0) adjusted[node] = difference;
  }
  const mode = fields.get("m");
  const step = count(fields.get("s"), lesson.run.length - 1) ?? 0;
  const digits = fields.get("d");
  const node = fields.get("n");
  return {
    lesson: lesson.name,
    inputs,
    adjusted,
    place: count(fields.get("t"), MOST),
    step,
    mode: mode === undefined || mode === "reverse" ? mode : inputName(mode),
    opened: [...new Set(fields.get("o")?.split(",").map(key))],
    node: node === undefined ? undefined : key(node),
    trained: count(fields.get("u"), MOST_TRAINED) ?? 0,
    digits: digits === "exact" ? "exact" : count(digits, MOST_DIGITS) || undefined,
  };
}

/** The entries of `word:number,…`, each word once. */
function pairsOf(text: string | undefined, link: Catalogue["link"]): [string, string][] {
  if (text === undefined) return [];
  const seen = new Set<string>();
  return text.split(",").map((entry) => {
    const [, word = "", value = ""] = entry.match(/^([\w~/-]+):(.+)$/) ?? [];
    if (word === "" || seen.has(word)) throw new Damage(link.part(shortened(entry)));
    seen.add(word);
    return [word, value];
  });
}

/** Enough of a wrong part to find it. */
function shortened(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 24)}…`;
}
