/** The trouble with a text that should be a function, and its position. */

import type { Alternative } from "./choices.ts";

/** The kinds of trouble, with what their sentences are filled from. */
export interface Troubles {
  /** A sign that has no meaning, such as `#`. */
  readonly unknown: readonly [sign: string];
  /** A sign that cannot be where it is. */
  readonly misplaced: readonly [sign: string];
  /** A line that ends where a number, a name or a bracket should follow. */
  readonly unfinished: readonly [];
  /** A bracket that is opened and not closed. */
  readonly unclosed: readonly [];
  /** Two parts side by side that are no product, such as `2 3`. */
  readonly apart: readonly [left: string, right: string];
  /** The name of a function without its brackets. */
  readonly brackets: readonly [name: string];
  /** A name of several letters in front of a bracket, which is no function. */
  readonly noFunction: readonly [name: string];
  /** A function with a wrong number of arguments. */
  readonly count: readonly [name: string, wanted: number];
  /** A comma outside of a function. */
  readonly comma: readonly [];
  /** A comma in a number, which has a point. */
  readonly decimal: readonly [];
  /** The power −1 of a function, which is the inverse or the reciprocal. */
  readonly inverse: readonly [name: string];
  /** A bar without another. */
  readonly bar: readonly [];
  /** Bars that can be read in two ways. */
  readonly bars: readonly [];
  /** The sign of a factorial. */
  readonly factorial: readonly [];
  /** The sign of a derivative: `dx/dt`, `f'(x)`. */
  readonly derivative: readonly [];
  /** A function of steps, such as floor. */
  readonly steps: readonly [];
  /** A name that cannot be given anew, such as `pi`. */
  readonly reserved: readonly [name: string];
  /** A name that two lines make. */
  readonly twice: readonly [name: string];
  /** A name that is used above the line that makes it. */
  readonly early: readonly [name: string];
  /** A calculation of numbers alone whose result is none, such as `1/0`. */
  readonly notFinite: readonly [];
  /** Brackets, functions or signs within each other beyond the limit. */
  readonly deep: readonly [most: number];
  /** More operations than are drawn. */
  readonly large: readonly [most: number];
  /** A longer text than is read. */
  readonly long: readonly [most: number];
  /** A text without a calculation in which an input is. */
  readonly empty: readonly [];
}

export type TroubleKind = keyof Troubles;

/** A trouble with its position in the text: the indices of its first character and after its last. */
export class Trouble extends Error {
  readonly kind: TroubleKind;
  readonly values: readonly (string | number)[];
  readonly start: number;
  readonly end: number;
  /** Texts that can be read. */
  readonly others: readonly Alternative[];

  constructor(
    kind: TroubleKind,
    values: readonly (string | number)[],
    start: number,
    end = start,
    others: readonly Alternative[] = [],
  ) {
    super(`${kind} at ${start}`);
    this.others = others;
    this.kind = kind;
    this.values = values;
    this.start = start;
    this.end = end;
  }
}

/** Makes a trouble; the types of `values` are those of its kind. */
export function trouble<Kind extends TroubleKind>(
  kind: Kind,
  values: Troubles[Kind],
  { start, end }: { readonly start: number; readonly end: number },
  others: readonly Alternative[] = [],
): Trouble {
  return new Trouble(kind, values, start, end, others);
}
