/**
 * The choices that the parser made in a text: the typed words, their reading, and the texts for other readings.
 */

import type { Span } from "./tokens.ts";

/** Another possible reading of typed words. */
export interface Alternative {
  /** The words that show the reading, such as `(1/2)x`. */
  readonly shown: string;
  /** The whole text, rewritten so that it has this reading. */
  readonly text: string;
}

export type ChoiceKind =
  /** A run of letters that was split into factors: `mc`. */
  | "cut"
  /** A run that is one name because it is a word: `tax`. */
  | "word"
  /** A letter before a bracket, read as a factor: `f(x)`. */
  | "product"
  /** Factors without a space after a denominator, read as a part of it: `1/2x`. */
  | "under"
  /** Factors with a space after a denominator, read as factors of the quotient: `1/2 x`. */
  | "beside"
  /** The argument of a function without brackets: `sin 2x`. */
  | "argument"
  /** An exponent or a root that was read with only one factor: `e^xy`. */
  | "factor"
  /** The name `log`, read as the natural logarithm. */
  | "log"
  /** The letter σ, read as a name. */
  | "sigma";

export interface Choice extends Span {
  readonly kind: ChoiceKind;
  /** The typed words. */
  readonly typed: string;
  /** The reading of these words, written unambiguously. */
  readonly read: string;
  readonly others: readonly Alternative[];
}

/** A change of a text: its part from `start` to `end` becomes `by`. */
export interface Edit extends Span {
  readonly by: string;
}

/** Returns a text after changes that do not overlap; changes at one position keep their order. */
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

/** Returns an alternative that changes a part of a text, and shows the changed part. */
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

/** Returns an alternative that adds a line to a text. */
export function withLine(text: string, line: string, edits: readonly Edit[] = []): Alternative {
  return { shown: line, text: `${edited(text, edits).trimEnd()}\n${line}` };
}
