/** The summary of a posterior's draws as rows, and as a table of text. */

import { type Tensor, treeMap } from "@graddiff/core";
import { type Chains, chainsOf, describeChains } from "./diagnostics.ts";

/** The row of a {@link Summary} for one element of the draws. */
export interface SummaryRow {
  /** The name, such as "theta[3]". */
  readonly name: string;
  /** The mean of the draws. */
  readonly mean: number;
  /** The standard deviation of the draws. */
  readonly deviation: number;
  /** The Monte Carlo standard error of the mean. */
  readonly mcse: number;
  /** The 5 % quantile. */
  readonly q5: number;
  /** The median. */
  readonly q50: number;
  /** The 95 % quantile. */
  readonly q95: number;
  /** The bulk effective sample size: see {@link essBulk}. */
  readonly essBulk: number;
  /** The tail effective sample size: see {@link essTail}. */
  readonly essTail: number;
  /** R̂, below 1.01 if the chains agree: see {@link rhat}. */
  readonly rhat: number;
}

const COLUMNS = [
  "mean",
  "deviation",
  "mcse",
  "q5",
  "q50",
  "q95",
  "essBulk",
  "essTail",
  "rhat",
] as const;

/** Statistics of the draws of a {@link Posterior}, a row for each element. `String(summary)` is a table. */
export class Summary {
  /** The rows, one for each element of the tree of draws, in the order of the tree. */
  readonly rows: readonly SummaryRow[];

  /** @internal */
  constructor(draws: unknown) {
    this.rows = numbersOf("summary", draws).map(({ name, chains }) => ({
      name,
      ...describeChains(chains),
    }));
  }

  /** Returns the table as text. */
  toString(): string {
    const table = [
      ["", ...COLUMNS],
      ...this.rows.map((row) => [row.name, ...COLUMNS.map((name) => cell(name, row))]),
    ];
    const widths =
      table[0]?.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0))) ?? [];
    const padded = (text: string, i: number) =>
      i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
    return table.map((line) => line.map(padded).join("  ").trimEnd()).join("\n");
  }
}

/** One number of the draws. */
export interface DrawnNumber {
  /** The name of its variable, such as "theta". */
  readonly variable: string;
  /** The name, such as "theta[3]". */
  readonly name: string;
  readonly chains: Chains;
}

/** Returns the numbers of a tree of draws, in their order. @throws ShapeError for too few draws. */
export function numbersOf(op: string, draws: unknown): DrawnNumber[] {
  const numbers: DrawnNumber[] = [];
  treeMap((leaf: Tensor, path) => {
    const variable = path || "x";
    const { shape, columns } = chainsOf(op, leaf);
    for (const [i, chains] of columns.entries()) {
      numbers.push({ variable, name: `${variable}${indexOf(i, shape)}`, chains });
    }
    return leaf;
  }, draws);
  return numbers;
}

/** Returns the index of an element of a shape, such as "[1, 0]"; "" for a scalar. */
function indexOf(element: number, shape: readonly number[]): string {
  if (shape.length === 0) return "";
  let rest = element;
  const index = shape.toReversed().map((size) => {
    const at = rest % size;
    rest = Math.floor(rest / size);
    return at;
  });
  return `[${index.toReversed().join(", ")}]`;
}

/** Returns a cell: effective sizes as integers, R̂ with three decimals, other numbers with three significant digits. */
function cell(name: (typeof COLUMNS)[number], row: SummaryRow): string {
  const value = row[name];
  if (name === "essBulk" || name === "essTail") return value.toFixed(0);
  if (name === "rhat") return value.toFixed(3);
  if (!Number.isFinite(value)) return String(value);
  return Number(value.toPrecision(3)).toString();
}
