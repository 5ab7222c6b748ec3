/**
 * The choices with which a text was read: what is there, how it was taken, and the texts that say otherwise.
 */

import type { Span } from "./tokens.ts";

/** Another reading of a choice. */
export interface Alternative {
  /** The words of it that are shown, such as `(1/2)x`. */
  readonly shown: string;
  /** The whole text in which it is written. */
  readonly text: string;
}

export type ChoiceKind =
  /** A run of letters that was cut: `mc`. */
  | "cut"
  /** A run that is one name because it is a word: `tax`. */
  | "word"
  /** A letter in front of a bracket that was multiplied: `f(x)`. */
  | "product"
  /** Factors that touch a denominator and are under the slash: `1/2x`. */
  | "under"
  /** Factors after a space after a denominator, which are not under the slash: `1/2 x`. */
  | "beside"
  /** The argument of a function without brackets: `sin 2x`. */
  | "argument"
  /** An exponent or a root that takes one factor: `e^xy`. */
  | "factor"
  /** The natural logarithm: `log`. */
  | "log"
  /** The letter σ as a name. */
  | "sigma";

export interface Choice extends Span {
  readonly kind: ChoiceKind;
  /** The words of the text. */
  readonly typed: string;
  /** The reading of these words, written so that it has no other. */
  readonly read: string;
  readonly others: readonly Alternative[];
}

/** A change of a text: its part from `start` to `end` becomes `by`. */
export interface Edit extends Span {
  readonly by: string;
}

/** Returns a text with changes, of which none overlap; of those at one position the first is first. */
export function edited(text: string, edits: readonly Edit[]): string {
  let [made, at] = ["", 0];
  for (const { start, end, by } of edits.toSorted((a, b) => a.start - b.start)) {
    made += text.slice(at, start) + by;
    at = Math.max(at, end);
  }
  return made + text.slice(at);
}

/** Returns an edit that inserts words. */
export function inserted(at: number, by: string): Edit {
  return { start: at, end: at, by };
}

/** Returns an alternative in which a part of a text is changed, and shows the part as it becomes. */
export function alternative(
  text: string,
  { start, end }: Span,
  edits: readonly Edit[],
): Alternative {
  const shifted = edits.map((edit) => ({
    ...edit,
    start: edit.start - start,
    end: edit.end - start,
  }));
  return { shown: edited(text.slice(start, end), shifted), text: edited(text, edits) };
}

/** Returns an alternative that has one more line. */
export function withLine(text: string, line: string, edits: readonly Edit[] = []): Alternative {
  return { shown: line, text: `${edited(text, edits).trimEnd()}\n${line}` };
}
