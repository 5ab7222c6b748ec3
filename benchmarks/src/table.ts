// The printed table of one suite: a row per case, and three columns per contestant.

import type { Timing } from "./measure.ts";
import { type BenchmarkCase, formatCount } from "./suite.ts";

/** A case with its timings, baseline first. */
export interface CaseResult {
  readonly case: BenchmarkCase;
  readonly timings: readonly Timing[];
}

/**
 * Returns the table as text. For every contestant it has the median time of a call and the time per element or the rate
 * of operations; for every one but the baseline also the ratio baseline/contestant (2.00 is twice as fast as the
 * baseline). Where cases have neighbours, the best rates follow as parts of the neighbours' best rates, which were
 * measured at another time. Where there are figures to reach, their columns follow, with figure/time (1.00 is reached,
 * 2.00 is twice as fast), and the limit that work by hand has set, with limit/time. For the call that compiles there
 * are two: of the first contestant of all, and of one made anew.
 */
export function formatTable(results: readonly CaseResult[]): string {
  const names = contestantsOf(results);
  const [baseline = ""] = names;
  const cases = results.map(({ case: benchmarkCase }) => benchmarkCase);
  const elements = cases.some((one) => one.elements !== undefined);
  const rates = cases.some((one) => one.operations !== undefined);
  const figures = cases.some((one) => one.figure !== undefined);
  const neighbours = cases.some((one) => one.neighbour !== undefined);
  const header = [
    "case",
    "dtype",
    ...(elements ? ["elements"] : []),
    ...names.flatMap((name) => [
      `${name} µs`,
      ...(elements ? ["ns/element"] : []),
      ...(rates ? ["GFLOP/s"] : []),
    ]),
    ...names.slice(1).map((name) => `${baseline}/${name}`),
    ...(neighbours ? ["neighbour", ...names.map((name) => `${name} of it`)] : []),
    ...(figures
      ? [
          "figure µs",
          "reached",
          "limit µs",
          "of it",
          "first ms",
          "anew ms",
          "figure ms",
          "first",
          "anew",
        ]
      : []),
  ];
  const rows = results.map((result) => {
    const { case: benchmarkCase, timings } = result;
    const of = (contestant: string) => timings.find((timing) => timing.contestant === contestant);
    const { operations = Number.NaN } = benchmarkCase;
    return [
      benchmarkCase.name,
      benchmarkCase.dtype,
      ...(elements ? [formatCount(benchmarkCase.elements)] : []),
      ...names.flatMap((contestant) => {
        const { medianMicroseconds = Number.NaN, nanosecondsPerElement } = of(contestant) ?? {};
        return [
          formatNumber(medianMicroseconds),
          ...(elements ? [formatNumber(nanosecondsPerElement)] : []),
          ...(rates ? [formatNumber(operations / medianMicroseconds / 1e3)] : []),
        ];
      }),
      ...names.slice(1).map((contestant) => formatRatio(of(contestant)?.ratio)),
      ...(neighbours ? neighbourCells(result, results, names) : []),
      ...(figures ? figureCells(benchmarkCase, timings) : []),
    ];
  });
  return alignColumns([header, ...rows], 2);
}

/** Returns the neighbour's name, and for every contestant its best rate as a part of the one there. */
function neighbourCells(
  result: CaseResult,
  results: readonly CaseResult[],
  names: readonly string[],
): string[] {
  const { neighbour, dtype } = result.case;
  const other = results.find(({ case: one }) => one.name === neighbour && one.dtype === dtype);
  return [
    other?.case.name ?? "–",
    ...names.map((name) => formatRatio(bestRateOf(result, name) / bestRateOf(other, name))),
  ];
}

function bestRateOf(result: CaseResult | undefined, contestant: string): number {
  const timing = result?.timings.find((one) => one.contestant === contestant);
  return (result?.case.operations ?? Number.NaN) / (timing?.fastestMicroseconds ?? Number.NaN);
}

/** Returns figure and figure/time, for the steady state and for the first call, which is between. */
function figureCells({ figure }: BenchmarkCase, timings: readonly Timing[]): string[] {
  // Without a figure it is the last contestant whose first call is of interest.
  const timing = figure
    ? timings.find(({ contestant }) => contestant === figure.contestant)
    : timings.at(-1);
  const {
    medianMicroseconds = Number.NaN,
    firstMilliseconds = Number.NaN,
    anewMilliseconds = Number.NaN,
  } = timing ?? {};
  const { steady = Number.NaN, first = Number.NaN, limit = Number.NaN } = figure ?? {};
  return [
    formatNumber(steady * 1e3),
    formatRatio((steady * 1e3) / medianMicroseconds),
    formatNumber(limit * 1e3),
    formatRatio((limit * 1e3) / medianMicroseconds),
    formatNumber(firstMilliseconds),
    formatNumber(anewMilliseconds),
    formatNumber(first),
    formatRatio(first / firstMilliseconds),
    formatRatio(first / anewMilliseconds),
  ];
}

/** Returns the names of all contestants, in order of appearance; the baseline of the first case first. */
function contestantsOf(results: readonly CaseResult[]): string[] {
  const names = results.flatMap(({ timings }) => timings.map(({ contestant }) => contestant));
  return [...new Set(names)];
}

/** Formats a number with three significant digits, without an exponent; "–" where there is no number. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 4));
}

export function formatRatio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "–" : `${value.toFixed(2)}×`;
}

/** Pads cells: the first `leftColumns` columns to the left, numbers to the right. */
export function alignColumns(rows: readonly (readonly string[])[], leftColumns: number): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < leftColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const [header = [], ...body] = rows;
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [line(header), rule, ...body.map(line)].join("\n");
}
