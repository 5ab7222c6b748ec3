// The printed table of one suite: a row per case, and three columns per contestant.

import type { Timing } from "./measure.ts";
import { type BenchmarkCase, formatCount } from "./suite.ts";

/** A case with its timings, baseline first. */
export interface CaseResult {
  readonly case: BenchmarkCase;
  readonly timings: readonly Timing[];
}

/**
 * The table as text. For every contestant it has the median time of a call and the time per
 * element; for every one but the baseline also the ratio baseline/contestant (2.00 is twice as
 * fast as the baseline).
 */
export function formatTable(results: readonly CaseResult[]): string {
  const names = contestantsOf(results);
  const [baseline = ""] = names;
  const header = [
    "case",
    "dtype",
    "elements",
    ...names.flatMap((name) => [`${name} µs`, "ns/element"]),
    ...names.slice(1).map((name) => `${baseline}/${name}`),
  ];
  const rows = results.map(({ case: { name, dtype, elements }, timings }) => {
    const of = (contestant: string) => timings.find((timing) => timing.contestant === contestant);
    return [
      name,
      dtype,
      formatCount(elements),
      ...names.flatMap((contestant) => [
        formatNumber(of(contestant)?.medianMicroseconds),
        formatNumber(of(contestant)?.nanosecondsPerElement),
      ]),
      ...names.slice(1).map((contestant) => formatRatio(of(contestant)?.ratio)),
    ];
  });
  return alignColumns([header, ...rows], 2);
}

/** The names of all contestants, in order of appearance; the baseline of the first case first. */
function contestantsOf(results: readonly CaseResult[]): string[] {
  const names = results.flatMap(({ timings }) => timings.map(({ contestant }) => contestant));
  return [...new Set(names)];
}

/** Three significant digits, without an exponent; "–" where there is no number. */
export function formatNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 4));
}

function formatRatio(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "–" : `${value.toFixed(2)}×`;
}

/** Pads cells: the first `leftColumns` columns to the left, numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[], leftColumns: number): string {
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
