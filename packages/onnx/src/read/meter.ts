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
   * Operations: arithmetic, four for each written element, and a fixed number for each node. Default 2²⁸ and 2¹⁹ for
   * each number of the file and of the inputs.
   */
  readonly work?: number;
}

const DEFAULTS = {
  elements: (numbers: number) => 2 ** 21 + 2 ** 8 * numbers,
  work: (numbers: number) => 2 ** 28 + 2 ** 19 * numbers,
};

/** The number of operations that is counted for the overhead of a node. */
const NODE = 2 ** 10;

/** The number of operations that is counted for an element of a table that is made in JavaScript. */
const TABLE_ELEMENT = 16;

/** The limits of the caller. */
export type GivenLimits = { readonly [Name in keyof ImportLimits]?: number | undefined };

/** Counts the work of a call of a model. */
export class Meter {
  readonly #limits: GivenLimits;
  readonly #numbers: number;
  #work = 0;

  /** @param numbers the number of elements of the file and of the inputs. */
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
      // A recorded derivative or batch is not counted here, but where it is computed.
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

  /** @throws ArgumentError if a limit is exceeded; `run.ts` adds the node to the error. */
  ask(elements: number, work: number): void {
    // Work computed from a negative length counts as 0, so it cannot lower the sum.
    this.#work += Math.max(0, work);
    this.#check("elements", elements);
    this.#check("work", this.#work);
  }

  #check(name: keyof ImportLimits, count: number): void {
    const limit = this.#limits[name] ?? DEFAULTS[name](this.#numbers);
    // NaN passes here, and is refused where it is used.
    if (!(count > limit)) return;
    const isSize = name === "elements";
    const what = isSize ? "elements in a tensor" : "operations";
    // The number of further operations is unknown, so no sufficient limit is suggested.
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
