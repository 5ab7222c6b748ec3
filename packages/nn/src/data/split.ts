/**
 * Parts of a data set, for training, validation and tests.
 */

import { ArgumentError, type Mapped, permutation, type Tensor } from "@graddiff/core";
import {
  flag,
  formatShape,
  listOf,
  numberThat,
  optional,
  optionsReader,
  refuseSurplus,
  seedNumber,
} from "@graddiff/core/extend";
import { at } from "../basics.ts";
import { seedFor } from "../inside.ts";
import { SPLIT_DATA } from "../seeds.ts";
import { columnsOf, isColumns } from "./columns.ts";
import { noExamples } from "./table.ts";

/** The options of {@link splitData}. */
export interface SplitOptions {
  /** True if the parts are drawn at random. Default true; false takes them one after the other. */
  readonly shuffle?: boolean;
  /** An integer from 0 to 2⁵³ − 1. The same seed gives the same parts everywhere. Needed with `shuffle`. */
  readonly seed?: number;
}

/** A part of the data: the same tree of tensors with fewer examples, or a shorter array of examples. */
export type DataPart<Data> = Data extends readonly (infer Example)[]
  ? Example extends Tensor
    ? Mapped<Data, Tensor>
    : Example[]
  : Mapped<Data, Tensor>;

const readOptions = optionsReader({
  shuffle: optional(flag, true),
  seed: optional<number | undefined>(seedNumber, undefined),
});

const readShares = listOf(
  numberThat((share) => Number.isFinite(share) && share > 0, "a positive number"),
  "an array of shares, such as [0.8, 0.2]",
);

/** Sums of decimal fractions differ from 1 by a few units in the last place. */
const ROUNDING = 1e-9;

/**
 * Parts of a data set, none of which has an example of another one.
 *
 * @param data a tree of tensors that have the examples along their first axis, or an array of examples, as `batches`
 *   takes it.
 * @param shares the shares of the parts, such as [0.8, 0.2]. If they sum to 1 every example is in one part; if to less,
 *   the rest is left out. Numbers that sum to more than 1 are counts of examples. The ends of parts are rounded to
 *   whole examples.
 * @param options `shuffle` (default true) and `seed`, which it needs.
 * @returns a part for each share, like the data.
 * @throws ArgumentError for shares that are not positive, sum to more than 1 and are no counts, or give a part without
 *   examples. Also for more examples than there are, for a shuffle without a seed, and for data without examples.
 *   ShapeError for tensors with first axes of different lengths.
 * @example
 * ```ts
 * import { arange } from "@graddiff/core";
 * import { splitData } from "@graddiff/nn";
 *
 * const data = { x: arange(10).reshape([5, 2]), y: arange(5) };
 * const [train, test] = splitData(data, [0.8, 0.2], { seed: 1 });
 * console.log(train.x.shape, test.y.shape); // [ 4, 2 ] [ 1 ]
 * console.log(splitData(["a", "b", "c"], [2, 1], { shuffle: false })); // [ [ 'a', 'b' ], [ 'c' ] ]
 * ```
 */
export function splitData<Data extends object, const Shares extends readonly number[]>(
  data: Data,
  shares: Shares,
  options?: SplitOptions,
): { -readonly [Key in keyof Shares]: DataPart<Data> };
export function splitData(
  data: object,
  shares: readonly number[],
  options?: SplitOptions,
): readonly unknown[] {
  const op = "splitData";
  refuseSurplus(op, 3, arguments);
  const list = Array.isArray(data) && !isColumns(data) ? (data as readonly unknown[]) : undefined;
  const table = list ? undefined : columnsOf(op, data);
  const examples = list?.length ?? table?.examples ?? 0;
  if (examples === 0) throw noExamples(op, "none");
  const ends = endsOf(op, readShares(op, "shares", shares), examples);
  const { shuffle, seed } = readOptions(op, options);
  const order = shuffle ? orderOf(op, examples, seed) : undefined;
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : at(ends, i - 1);
    if (list) {
      return Array.from({ length: end - start }, (_, k) => {
        return list[order ? at(order, start + k) : start + k];
      });
    }
    return order ? table?.at(order.subarray(start, end)) : table?.span(start, end);
  });
}

function orderOf(op: string, examples: number, seed: number | undefined): Int32Array {
  if (seed === undefined) {
    throw new ArgumentError(
      op,
      "seed",
      "an integer from 0 to 2^53 - 1, since the parts are drawn at random",
      "undefined",
      "Write { seed: 1 }, or { shuffle: false } for parts in the order of the data",
    );
  }
  // A permutation is int32.
  return permutation(examples, { seed: seedFor(SPLIT_DATA, seed) }).data() as Int32Array;
}

/** Returns the index after each part. */
function endsOf(op: string, shares: readonly number[], examples: number): number[] {
  const got = formatShape(shares);
  const refuse = (expected: string) => new ArgumentError(op, "shares", expected, got);
  if (shares.length === 0) throw refuse("at least one share");
  let sum = 0;
  const sums = shares.map((share) => {
    sum += share;
    return sum;
  });
  const isCounts = sum > 1 + ROUNDING;
  if (isCounts && !shares.every(Number.isInteger)) {
    throw refuse("shares that sum to at most 1, or counts of examples");
  }
  if (isCounts && sum > examples) {
    throw refuse(`counts that sum to at most the ${examples} examples of the data`);
  }
  const ends = isCounts ? sums : sums.map((end) => Math.min(examples, Math.round(end * examples)));
  if (ends.some((end, i) => end === (ends[i - 1] ?? 0))) {
    throw refuse(`shares that give each part at least one of the ${examples} examples`);
  }
  return ends;
}
