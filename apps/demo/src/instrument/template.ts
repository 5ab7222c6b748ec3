/**
 * The marks in texts: `{in:price}` is an input, `{v:total}` a value, `{g:price}` a gradient, `{d:fruit}` the difference
 * added to a value, `{fact:share}` another number of the lesson, `{lesson:training}` the short name of a lesson.
 * `{apples?apple|apples}` is the first word if the input is 1, else the second. `[page:…]` is shown only on the page,
 * `[terminal:…]` only in the terminal.
 */

import type { Catalogue } from "../course/catalogue/index.ts";
import { type Given, type Lesson, type RunStep, type Situation, saidOf } from "../course/lesson.ts";
import { formatNumber, formatTensor, isRounded } from "./format.ts";

export interface Mark {
  readonly kind: "input" | "value" | "gradient" | "difference" | "fact";
  readonly name: string;
}

/** A part of a text: words, or a mark. */
export type Piece = string | Mark;

const KINDS = { in: "input", v: "value", g: "gradient", d: "difference", fact: "fact" } as const;

/** A sentence that is shown: its key, and its text with marks. */
export interface Said {
  readonly key: string;
  readonly text: string;
}

/** Returns the sentences of a step that are true now, for the page or for the terminal. */
export function sentencesOf(
  { name }: Lesson,
  step: RunStep,
  now: Situation,
  texts: Catalogue,
  face: "page" | "terminal",
): readonly Said[] {
  const steps: Readonly<Record<string, Readonly<Record<string, string>>>> =
    texts.lessons[name].steps;
  return saidOf(step, now).flatMap((key) => {
    const text = textFor(steps[step.key]?.[key] ?? "", face, texts);
    return text === "" ? [] : [{ key, text }];
  });
}

/** Returns the text for the page or for the terminal. */
export function textFor(
  text: string,
  face: "page" | "terminal",
  { lessons }: Pick<Catalogue, "lessons">,
): string {
  const titles: Readonly<Record<string, { readonly short: string }>> = lessons;
  return text
    .replace(/\[(page|terminal):([^\]]*)\]/g, (_, where, words) => (where === face ? words : ""))
    .replace(/\{lesson:([\w-]+)\}/g, (_, wanted) => titles[wanted]?.short ?? "");
}

/** Splits a text. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{(in|v|g|d|fact):(\w+)\}/g)) {
    const [mark, kind, name = ""] = match;
    if (match.index > end) pieces.push(text.slice(end, match.index));
    pieces.push({ kind: KINDS[kind as keyof typeof KINDS], name });
    end = match.index + mark.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}

/** Returns the text that replaces a mark. */
export function markText({ kind, name }: Mark, lesson: Lesson, given: Given): string {
  const { inputs, graph, digits } = given;
  if (kind === "fact") return lesson.facts?.[name]?.(given) ?? "";
  if (kind === "input") return formatNumber(inputs[name] ?? Number.NaN, digits);
  return formatTensor(graph.node(name)?.[kind], digits);
}

/** True if a mark's number is shown with fewer digits than it has, so that "=" before it would be false. */
export function isMarkRounded({ kind, name }: Mark, { inputs, graph, digits }: Given): boolean {
  if (kind === "fact") return false;
  const tensor = kind === "input" ? undefined : graph.node(name)?.[kind];
  if (tensor !== undefined) return tensor.rank === 0 && isRounded(tensor.item(), digits);
  return kind === "input" && isRounded(inputs[name] ?? 0, digits);
}

/** Returns the words before a mark: singular or plural, and with "≈" in place of "=" if its number is rounded. */
export function wordsBefore(text: string, next: Piece | undefined, given: Given): string {
  const words = text.replace(/\{(\w+)\?([^|}]*)\|([^}]*)\}/g, (_, name, one, many) =>
    given.inputs[name] === 1 ? one : many,
  );
  if (next === undefined || typeof next === "string" || !isMarkRounded(next, given)) return words;
  return words.replace(/=( ?)$/, "≈$1");
}

/** Returns the text with all marks replaced. */
export function filled(text: string, lesson: Lesson, given: Given): string {
  const pieces = piecesOf(text);
  return pieces
    .map((piece, i) =>
      typeof piece === "string"
        ? wordsBefore(piece, pieces[i + 1], given)
        : markText(piece, lesson, given),
    )
    .join("");
}
