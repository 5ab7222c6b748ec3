/**
 * The whole state of the instrument as the fragment of an address: `#v3=graph;i=apples:3;a=fruit:10;t=9`. Inputs and
 * nodes are identified by name, and texts are encoded so that they have no separators of the address.
 */

import type { Catalogue, LessonName } from "../course/catalogue/index.ts";
import {
  complaintAbout,
  type InputValues,
  initialInputs,
  type Lesson,
  PANELS,
  type PanelName,
} from "../course/lesson.ts";
import { findLesson, NO_POINTS, type OwnPoints, renewedText } from "../course/lessons.ts";
import { decodeText, encodeText } from "./encoding.ts";
import { type Digits, MOST_DIGITS } from "./format.ts";
import { oldKey } from "./oldLinks.ts";

/** The position of a learner, and everything that the learner has changed. */
export interface State {
  readonly lesson: LessonName;
  /** The function that was typed; "" in other lessons, and before anything was typed. */
  readonly text: string;
  /** The points to which the function is fitted. */
  readonly points: OwnPoints;
  readonly inputs: InputValues;
  /** The differences that were added to nodes, by key; changes of inputs are only in `inputs`. */
  readonly adjusted: Readonly<Record<string, number>>;
  /** The position on the timeline; undefined for the step's position. */
  readonly place: number | undefined;
  /** The step of the guided run. */
  readonly step: number;
  /** The input by which forward mode differentiates; "reverse" for reverse mode; undefined for the step's mode. */
  readonly mode: string | undefined;
  /** Keys of nodes that were opened. */
  readonly opened: readonly string[];
  /** The key of the chosen node; undefined for the step's node. */
  readonly node: string | undefined;
  /** The chosen edge: the key of the node that reads it, and the number of its input; undefined if a node is chosen. */
  readonly edge: string | undefined;
  /** True if the card of the chosen node or edge is open. */
  readonly card: boolean;
  /** The number of updates of the parameters. */
  readonly trained: number;
  /** The update that is shown; undefined for the last. */
  readonly shown: number | undefined;
  readonly digits: Digits | undefined;
  /** The panel beside the stage; undefined for the step's panel. */
  readonly panel: PanelName | undefined;
  /** True if both modes are shown side by side; undefined for the step's choice. */
  readonly both: boolean | undefined;
  /** The change by which the slope is measured. */
  readonly h: number | undefined;
  /** A number that is hidden until the learner answers it. */
  readonly hidden: HiddenNumber | undefined;
}

export interface HiddenNumber {
  /** The key of its node. */
  readonly node: string;
  readonly what: "value" | "gradient";
}

/** Returns a lesson as it begins. */
export function initialState(lesson: Lesson, points: OwnPoints = NO_POINTS): State {
  return {
    lesson: lesson.name,
    text: lesson.own?.text ?? "",
    points,
    inputs: initialInputs(lesson),
    adjusted: {},
    place: undefined,
    step: 0,
    mode: undefined,
    opened: [],
    node: undefined,
    edge: undefined,
    card: false,
    trained: 0,
    shown: undefined,
    digits: undefined,
    panel: undefined,
    both: undefined,
    h: undefined,
    hidden: undefined,
  };
}

/**
 * The versions of addresses: the current one, the one with another syntax of functions, and the one with ids for nodes.
 */
const VERSION = "v3=";
const SECOND_VERSION = "v2=";
const FIRST_VERSION = "v1=";

/** The largest position on a timeline, and the most steps of training, that a link may have. */
const MOST = 100_000;
export const MOST_TRAINED = 20_000;

/** The most points, and the most inputs that points set, in a link. */
const MOST_POINTS = 20;
const MOST_DATA = 5;

/** Returns the fragment, without the parts of the state that are initial. */
export function linkOf(state: State): string {
  const lesson = findLesson(state.lesson, state.text, state.points);
  const { data, rows } = state.points;
  const start = lesson === undefined ? {} : initialInputs(lesson);
  const changed = Object.entries(state.inputs).filter(([name, value]) => value !== start[name]);
  const parts: (readonly [string, string])[] = [
    ["f", state.text === "" ? "" : encodeText(state.text)],
    ["x", data.map(encodeText).join(",")],
    ["y", rows.map((row) => row.join(":")).join(",")],
    ["i", pairs(changed.map(([name, value]) => [encodeText(name), value]))],
    ["a", pairs(Object.entries(state.adjusted).filter(([, by]) => by !== 0))],
    ["s", state.step === 0 ? "" : String(state.step)],
    ["t", state.place === undefined ? "" : String(state.place)],
    ["m", state.mode === undefined ? "" : encodeText(state.mode)],
    ["o", state.opened.join(",")],
    ["n", state.node ?? ""],
    ["e", state.edge ?? ""],
    ["c", state.card ? "1" : ""],
    ["u", state.trained === 0 ? "" : String(state.trained)],
    ["k", state.shown === undefined ? "" : String(state.shown)],
    ["d", state.digits === undefined ? "" : String(state.digits)],
    ["p", state.panel ?? ""],
    ["b", state.both === undefined ? "" : String(Number(state.both))],
    ["h", state.h === undefined ? "" : String(state.h)],
    ["q", state.hidden === undefined ? "" : `${state.hidden.node}.${state.hidden.what[0]}`],
  ];
  const written = parts.filter(([, text]) => text !== "").map(([key, text]) => `;${key}=${text}`);
  return `#${VERSION}${state.lesson}${written.join("")}`;
}

function pairs(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, value]) => `${name}:${value}`).join(",");
}

/**
 * The state that a link encodes, or the fault of the link in words, with the initial state of the lesson that it names.
 */
export type ReadLink =
  | { readonly state: State }
  | { readonly damage: string; readonly start: State };

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
    if (error instanceof Damage) return { damage: error.message, start: startOf(text, first) };
    throw error;
  }
}

/** Returns the initial state of the lesson that a damaged link names, or of the first lesson. */
function startOf(text: string, first: Lesson): State {
  const name = /^v\d=([\w-]*)/.exec(text)?.[1] ?? "";
  return initialState(findLesson(MOVED.get(name)?.lesson ?? name) ?? first);
}

function read(text: string, texts: Pick<Catalogue, "link" | "complaints" | "count">): State {
  const { link } = texts;
  const isFirst = text.startsWith(FIRST_VERSION);
  const isToday = text.startsWith(VERSION);
  if (!isFirst && !isToday && !text.startsWith(SECOND_VERSION)) throw new Damage(link.version);
  const [name = "", ...parts] = text.slice(VERSION.length).split(";");
  const fields = new Map<string, string>();
  for (const part of parts) {
    const [, key = "", value = ""] = part.match(/^([a-z])=(.+)$/) ?? [];
    if (!"fxyiastmonecukdpbhq".includes(key) || key === "" || fields.has(key)) {
      throw new Damage(link.part(shortened(part)));
    }
    fields.set(key, value);
  }
  const number = (value: string) => {
    const read = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isFinite(read)) throw new Damage(link.number(shortened(value)));
    // The addition removes the sign of −0.
    return read + 0;
  };
  const count = (value: string | undefined, most: number) => {
    if (value === undefined) return undefined;
    const read = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (!(read <= most)) throw new Damage(link.number(shortened(value)));
    return read;
  };
  const moved = MOVED.get(name);
  const [points, written] = [pointsOf(fields, number, link), fields.get("f")];
  const found = written === undefined ? "" : decodeText(written);
  const typed = found === undefined || isToday ? found : renewedText(found);
  const lesson = findLesson(moved?.lesson ?? name, typed, points);
  if (typed === undefined || (typed !== "" && lesson === undefined))
    throw new Damage(link.function);
  if (lesson === undefined) throw new Damage(link.lesson);
  const only = lesson.own === undefined && ["f", "x", "y"].find((each) => fields.has(each));
  if (only) throw new Damage(link.part(shortened(`${only}=${fields.get(only)}`)));
  const inputName = (word: string) => {
    const known = decodeText(word);
    if (known !== undefined && Object.hasOwn(lesson.inputs, known)) return known;
    throw new Damage(link.part(shortened(word)));
  };
  const key = (word: string) => {
    const known = isFirst ? oldKey(name, word) : word;
    if (known?.split("/").every((each) => decodeText(each) !== undefined) === true) return known;
    throw new Damage(link.part(shortened(word)));
  };
  const edge = (word: string) => {
    const [, node = "", input = ""] = word.match(/^(.+)\.(\d)$/) ?? [];
    return `${key(node)}.${input}`;
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
  const adjusted = new Map<string, number>();
  for (const [word, by] of pairsOf(fields.get("a"), link)) {
    const [node, difference] = [key(word), number(by)];
    const input = decodeText(node) ?? "";
    // A difference that is added to an input changes the input instead.
    if (Object.hasOwn(inputs, input)) setInput(input, (inputs[input] ?? 0) + difference, by);
    else if (difference !== 0) adjusted.set(node, difference);
  }
  const mode = fields.get("m");
  // The step numbers of a lesson that was merged into another are no longer valid.
  const step =
    moved === undefined
      ? (count(fields.get("s"), lesson.run.length - 1) ?? 0)
      : lesson.run.findIndex((each) => each.key === moved.step);
  const digits = fields.get("d");
  const node = fields.get("n");
  const chosenEdge = fields.get("e");
  const panel = fields.get("p");
  const trained = count(fields.get("u"), MOST_TRAINED) ?? 0;
  const h = fields.get("h");
  const change = h === undefined ? undefined : number(h);
  if (change === 0) throw new Damage(link.number(shortened(h ?? "")));
  return {
    lesson: lesson.name,
    text: lesson.own === undefined ? "" : typed,
    points: lesson.own === undefined ? NO_POINTS : points,
    inputs,
    adjusted: Object.fromEntries(adjusted),
    place: moved === undefined ? count(fields.get("t"), MOST) : undefined,
    step,
    mode: mode === undefined || mode === "reverse" ? mode : inputName(mode),
    opened: [...new Set(fields.get("o")?.split(",").map(key))],
    node: node === undefined ? undefined : key(node),
    edge: chosenEdge === undefined ? undefined : edge(chosenEdge),
    card: flag(fields.get("c"), link) ?? false,
    trained,
    shown: count(fields.get("k"), trained),
    digits: digits === "exact" ? "exact" : count(digits, MOST_DIGITS) || undefined,
    panel: panel === undefined ? undefined : panelOf(panel, link),
    both: flag(fields.get("b"), link),
    h: change,
    hidden: hiddenOf(fields.get("q"), key, link),
  };
}

/** The lessons that were merged into another, with the step that has most of their content. */
const MOVED: ReadonlyMap<string, { readonly lesson: LessonName; readonly step: string }> = new Map([
  ["backward", { lesson: "apples", step: "all" }],
  ["speed", { lesson: "snack-tax", step: "many" }],
]);

function flag(text: string | undefined, link: Catalogue["link"]): boolean | undefined {
  if (text === undefined) return undefined;
  if (text === "0" || text === "1") return text === "1";
  throw new Damage(link.part(shortened(text)));
}

function panelOf(text: string, link: Catalogue["link"]): PanelName {
  const panel = PANELS.find((each) => each === text);
  if (panel === undefined) throw new Damage(link.part(shortened(text)));
  return panel;
}

/** Returns the number that a link hides: `fruit.v` is the value of fruit, `fruit.g` its gradient. */
function hiddenOf(
  text: string | undefined,
  key: (word: string) => string,
  link: Catalogue["link"],
): HiddenNumber | undefined {
  if (text === undefined) return undefined;
  const [, node = "", what = ""] = text.match(/^(.+)\.([vg])$/) ?? [];
  if (what === "") throw new Damage(link.part(shortened(text)));
  return { node: key(node), what: what === "v" ? "value" : "gradient" };
}

/** Returns the points in a link: the names of inputs, and rows with their numbers and the wanted result. */
function pointsOf(
  fields: ReadonlyMap<string, string>,
  number: (text: string) => number,
  link: Catalogue["link"],
): OwnPoints {
  const [names, numbers] = [fields.get("x"), fields.get("y")];
  if (names === undefined && numbers === undefined) return NO_POINTS;
  const refuse = (text: string): never => {
    throw new Damage(link.part(shortened(text)));
  };
  const data = (names ?? refuse(`y=${numbers}`))
    .split(",")
    .map((word) => decodeText(word) ?? refuse(word));
  if (data.length > MOST_DATA || new Set(data).size < data.length) refuse(`x=${names}`);
  const rows = numbers === undefined ? [] : numbers.split(",");
  if (rows.length > MOST_POINTS) refuse(`y=${numbers}`);
  return {
    data,
    rows: rows.map((row) => {
      const point = row.split(":").map(number);
      return point.length === data.length + 1 ? point : refuse(row);
    }),
  };
}

/** Returns the entries of `word:number,…`, each word once. */
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

/** Returns the beginning of a wrong part of a link, for the message. */
function shortened(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 24)}…`;
}
