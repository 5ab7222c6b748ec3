/**
 * The limits of a model's work: a file of 84 bytes can request 10⁹ numbers. Every op of core is counted before it is
 * computed or recorded, and so are the tables that operators make in JavaScript.
 */

import { ArgumentError } from "@graddiff/core";
import { costOf, type Watch, watchOps } from "@graddiff/core/internal";

/** The limits of a model, in one call of it and when it is imported. */
export interface ImportLimits {
  /** Elements of one tensor. Default 2²¹ and 256 for each number of the file and of the inputs. */
  readonly elements?: number;
  /**
   * Operations: arithmetic, four for each element that is written, and some for each node. Default 2²⁸ and 2¹⁹ for each number
   * of the file and of the inputs.
   */
  readonly work?: number;
}

const DEFAULTS = {
  elements: (numbers: number) => 2 ** 21 + 2 ** 8 * numbers,
  work: (numbers: number) => 2 ** 28 + 2 ** 19 * numbers,
};

/** The number of operations that take as long as the overhead of a node. */
const NODE = 2 ** 10;

/** Operations in the time in which an element of a table is made in JavaScript. */
const TABLE_ELEMENT = 16;

/** The limits that are given. */
export type GivenLimits = { readonly [Name in keyof ImportLimits]?: number | undefined };

/** Counts the work of a call of a model. */
export class Meter {
  readonly #limits: GivenLimits;
  readonly #numbers: number;
  #work = 0;

  /** @param numbers how many the file and the inputs have. */
  constructor(limits: GivenLimits, numbers: number) {
    this.#limits = limits;
    this.#numbers = numbers;
  }

  /** Counts the ops that `body` applies. */
  within<Result>(body: () => Result): Result {
    const { elements, work } = this.#limits;
    if (elements === Number.POSITIVE_INFINITY && work === elements) return body();
    let isAsking = false;
    const tell: Watch = (op, inputs, attributes, recording) => {
      // A derivative or a batch that is recorded is counted below, where it is computed.
      const isTraced = recording?.recordsConstants === true;
      if (isAsking || (recording !== undefined && !isTraced)) return;
      isAsking = true;
      try {
        const { elements, work } = costOf(op, inputs, attributes, isTraced);
        this.ask(elements, work);
      } finally {
        isAsking = false;
      }
    };
    return watchOps(tell, body);
  }

  /** Counts a node. */
  visit(): void {
    this.ask(0, NODE);
  }

  /** Counts a table that is made in JavaScript. */
  table(elements: number): void {
    this.ask(elements, TABLE_ELEMENT * elements);
  }

  /** @throws ArgumentError for more than a limit, to which the node is added where it runs. */
  ask(elements: number, work: number): void {
    // Work computed from a negative length counts as 0, so it cannot lower the sum.
    this.#work += Math.max(0, work);
    this.#check("elements", elements);
    this.#check("work", this.#work);
  }

  #check(name: keyof ImportLimits, count: number): void {
    const limit = this.#limits[name] ?? DEFAULTS[name](this.#numbers);
    // A value that is no number is refused where it is used.
    if (!(count > limit)) return;
    const isSize = name === "elements";
    const what = isSize ? "elements in a tensor" : "operations";
    // The number of operations after these is not known.
    const more = isSize ? count : Number.POSITIVE_INFINITY;
    throw new ArgumentError({
      op: "limits",
      argument: name,
      expected: `at most ${limit} ${what}`,
      got: String(count),
      hint: `importOnnx(bytes, { limits: { ${name}: ${more} } }) allows them`,
    });
  }
}
