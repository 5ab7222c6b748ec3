// The report of `npm run bench -- --webgpu`: the table, and the models for which graddiff reaches its goals.

import { formatNumber } from "../table.ts";
import type { Counts } from "./recorder.ts";

/** A library on a model. */
export interface Row {
  readonly library: string;
  /** The counts of a training step. */
  readonly counts?: Counts;
  /** Milliseconds of a step; undefined with a software driver. */
  readonly time?: number;
  /** The reason why there are no counts. */
  readonly reason?: string;
}

export interface Result {
  readonly model: string;
  readonly sizes: string;
  readonly weights: number;
  readonly flops: number;
  /** Milliseconds of a step of graddiff on WebAssembly. */
  readonly wasm?: number;
  readonly rows: readonly Row[];
}

/** The bytes that dispatches, copies and the host have moved. */
export const movedBytes = ({ read, written, copied, uploaded }: Counts): number =>
  read + written + copied + uploaded;

const megabytes = (bytes: number) => formatNumber(bytes / 1e6);

/** Returns the table's cells, with the header first. The columns of times are included if something was timed. */
export function cellsOf(results: readonly Result[]): readonly (readonly string[])[] {
  const timed = results.some(({ wasm }) => wasm !== undefined);
  const header = [
    "step of",
    "by",
    "dispatches",
    "submits",
    "MB read",
    "MB written",
    "MB copied",
    "MB uploaded",
    "MB in all",
    ...(timed ? ["ms", "WebAssembly ms"] : []),
  ];
  const rows = results.flatMap(({ model, wasm, rows: own }) =>
    own.map(({ library, counts, time }) => [
      model,
      library,
      ...(counts
        ? [
            String(counts.dispatches),
            String(counts.submits),
            ...[counts.read, counts.written, counts.copied, counts.uploaded].map(megabytes),
            megabytes(movedBytes(counts)),
          ]
        : new Array(7).fill("–")),
      ...(timed ? [formatNumber(time), formatNumber(wasm)] : []),
    ]),
  );
  return [header, ...rows];
}

/** Returns a sentence for each model: its sizes, its work, and libraries without counts. */
export function notesOf(results: readonly Result[]): string[] {
  return results.flatMap(({ model, sizes, weights, flops, rows }) => [
    `${model}: ${sizes}: ${weights.toLocaleString("en")} weights, ${formatNumber(flops / 1e9)} GFLOP.`,
    ...rows.flatMap(({ library, reason }) =>
      reason === undefined ? [] : [`${model} by ${library}: ${reason}`],
    ),
  ]);
}

/** Returns, for each goal, the models for which it is reached, among those that a rival supports, too. */
export function goalsOf(results: readonly Result[]): string[] {
  const compared = results.flatMap(({ model, rows }) => {
    const [own, ...others] = rows.flatMap(({ library, counts }) =>
      counts ? { library, counts } : [],
    );
    return own?.library === "graddiff" && others.length > 0
      ? [{ model, own: own.counts, others: others.map(({ counts }) => counts) }]
      : [];
  });
  type Compared = (typeof compared)[number];
  const least = (of: (counts: Counts) => number, { others }: Compared) =>
    Math.min(...others.map(of));
  const goals: readonly (readonly [string, (one: Compared) => boolean])[] = [
    ["One submit", ({ own }) => own.submits === 1],
    [
      "Fewer dispatches than both",
      (one) => one.own.dispatches < least(({ dispatches }) => dispatches, one),
    ],
    [
      "At most half of the bytes of both",
      (one) => 2 * movedBytes(one.own) <= least(movedBytes, one),
    ],
    ["Fewer bytes than both", (one) => movedBytes(one.own) < least(movedBytes, one)],
  ];
  return goals.map(([name, holds]) => {
    const names = (wanted: boolean) =>
      compared.flatMap((one) => (holds(one) === wanted ? one.model : [])).join(", ") || "none";
    return `${name}: ${names(true)}. Not: ${names(false)}.`;
  });
}
