/** The trouble with a text that should be a function, and its position. */

import type { Alternative } from "./choices.ts";

/** The kinds of trouble, with the values in their sentences. */
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
  /** A comma in a number, where a point is expected. */
  readonly decimal: readonly [];
  /** The power −1 of a function, which is the inverse or the reciprocal. */
  readonly inverse: readonly [name: string];
  /** A bar without another. */
  readonly bar: readonly [];
  /** Bars that can be read in two ways. */
  readonly bars: readonly [];
  /** The sign of a factorial. */
  readonly factorial: readonly [];
  /** The notation of a derivative: `dx/dt`, `f'(x)`. */
  readonly derivative: readonly [];
  /** A step function, such as floor. */
  readonly steps: readonly [];
  /** A name that a line cannot define, such as `pi`. */
  readonly reserved: readonly [name: string];
  /** A name that two lines define. */
  readonly twice: readonly [name: string];
  /** A name that is used above the line that defines it. */
  readonly early: readonly [name: string];
  /** A calculation of only numbers whose result is not finite, such as `1/0`. */
  readonly notFinite: readonly [];
  /** Brackets, functions or signs that are nested too deeply. */
  readonly deep: readonly [most: number];
  /** More operations than can be drawn. */
  readonly large: readonly [most: number];
  /** A text with too many characters. */
  readonly long: readonly [most: number];
  /** A text without a calculation that has an input. */
  readonly empty: readonly [];
}

export type TroubleKind = keyof Troubles;

/** A trouble with its position in the text: the index of its first character, and the index after its last. */
export class Trouble extends Error {
  readonly kind: TroubleKind;
  readonly values: readonly (string | number)[];
  readonly start: number;
  readonly end: number;
  /** Similar texts that can be read. */
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
