// The printed tables: one for each eval, with graddiff's times and the published times of other tools, and one of all
// scores.

import { alignColumns, formatNumber } from "../src/table.ts";
import type { Eval } from "./eval.ts";
import type { Job, Outcome } from "./measure.ts";
import { type Published, publishedOf } from "./published.ts";

/** The outcome of a job, with the name of its workload. */
export interface Result {
  readonly job: Job;
  readonly workload: string;
  readonly outcome: Outcome;
}

/** Returns the published time of a tool for a function of a workload, in milliseconds; undefined if there is none. */
function publishedTime(one: Eval<unknown, unknown>, { job, workload }: Result, tool: string) {
  const published: readonly Published[] = publishedOf(one.name, workload);
  const { milliseconds = [] } = published.find((entry) => entry.tool === tool) ?? {};
  return milliseconds[one.functions.indexOf(job.name)];
}

function toolsOf(one: Eval<unknown, unknown>): string[] {
  return publishedOf(one.name, one.nameOf(one.sizes[0])).map(({ tool }) => tool);
}

const meanOf = ({ outcome }: Result) => ("mean" in outcome ? outcome.mean : undefined);
const fastestOf = ({ outcome }: Result) => ("fastest" in outcome ? outcome.fastest : undefined);

/**
 * Returns the table of one eval: for each function of a workload graddiff's mean and fastest time, and for each tool
 * its mean and tool/graddiff (2.00× is twice graddiff's time). Reasons for missing times follow.
 */
export function formatEval(one: Eval<unknown, unknown>, results: readonly Result[]): string {
  const tools = toolsOf(one);
  const header = [
    "workload",
    "function",
    "graddiff ms",
    "fastest",
    "runs",
    ...tools.flatMap((tool) => [`${tool} ms`, "ratio"]),
  ];
  const rows = results.map((result) => {
    const mean = meanOf(result);
    return [
      result.workload,
      result.job.name,
      formatTime(mean),
      formatTime(fastestOf(result)),
      "runs" in result.outcome ? String(result.outcome.runs) : "–",
      ...tools.flatMap((tool) => {
        const time = publishedTime(one, result, tool);
        return [formatTime(time), formatRatio(time, mean)];
      }),
    ];
  });
  const notes = results.flatMap(({ job, workload, outcome }) => {
    if ("mean" in outcome) return [];
    return [`${workload} ${job.name}: ${"reason" in outcome ? outcome.reason : "right"}`];
  });
  return [alignColumns([header, ...rows], 2), ...(notes.length > 0 ? ["", ...notes] : [])].join(
    "\n",
  );
}

/** Formats a ratio with three digits, since ratios have several orders of magnitude. */
function formatRatio(of: number | undefined, to: number | undefined): string {
  const text = formatNumber((of ?? Number.NaN) / (to ?? Number.NaN));
  return text === "–" ? text : `${text}×`;
}

/** Formats milliseconds with three significant digits; small times get as many decimals as needed. */
function formatTime(milliseconds: number | undefined): string {
  return milliseconds !== undefined && milliseconds < 0.01
    ? String(Number(milliseconds.toPrecision(3)))
    : formatNumber(milliseconds);
}

/**
 * Returns GradBench's score, in 1/s: 1 / the sum of all means, or 1 / the least mean. Undefined if a workload has no
 * mean, as after a filter.
 */
export function scoreOf(
  one: Eval<unknown, unknown>,
  means: readonly (number | undefined)[],
): number | undefined {
  const known = means.filter((mean) => mean !== undefined);
  if (one.score === "none" || known.length < one.sizes.length * one.functions.length) {
    return undefined;
  }
  const time =
    one.score === "sum" ? known.reduce((sum, mean) => sum + mean, 0) : Math.min(...known);
  return 1e3 / time;
}

/**
 * Returns the scores of all timed evals, and graddiff/tool for each published score (2.00× is twice the tool's score).
 */
export function formatScores(
  all: readonly { readonly one: Eval<unknown, unknown>; readonly results: readonly Result[] }[],
): string {
  const timed = all.filter(({ one }) => one.score !== "none");
  const tools = [...new Set(timed.flatMap(({ one }) => toolsOf(one)))];
  const header = ["eval", "graddiff 1/s", ...tools.map((tool) => `/${tool}`)];
  const rows = timed.map(({ one, results }) => {
    const score = scoreOf(one, results.map(meanOf));
    return [
      one.name,
      formatNumber(score),
      ...tools.map((tool) => {
        const times = results.map((result) => publishedTime(one, result, tool));
        return formatRatio(score, scoreOf(one, times));
      }),
    ];
  });
  return alignColumns([header, ...rows], 1);
}

/**
 * Returns the time of a derivative divided by the time of its value, for each eval with one function of each. The
 * ratios are geometric means over the workloads with all times, from graddiff's fastest runs and the tools' means. Less
 * is better. Graddiff's rank among the tools counts from 1.
 */
export function formatOverheads(
  all: readonly { readonly one: Eval<unknown, unknown>; readonly results: readonly Result[] }[],
): string {
  const pairs = all.filter(({ one }) => one.score === "sum" && one.functions.length === 2);
  const tools = [...new Set(pairs.flatMap(({ one }) => toolsOf(one)))];
  const header = ["eval", "graddiff", "place", ...tools];
  const rows = pairs.map(({ one, results }) => {
    const own = overheadOf(one, results, fastestOf);
    const others = tools.map((tool) =>
      overheadOf(one, results, (result) => publishedTime(one, result, tool)),
    );
    const known = others.filter((ratio) => ratio !== undefined);
    const place = own === undefined ? undefined : known.filter((ratio) => ratio < own).length + 1;
    return [
      one.name,
      formatRatio(own, 1),
      place === undefined ? "–" : `${place} of ${known.length + 1}`,
      ...others.map((ratio) => formatRatio(ratio, 1)),
    ];
  });
  return alignColumns([header, ...rows], 1);
}

/** Returns the geometric mean of derivative/value over the workloads for which graddiff and the tool have times. */
function overheadOf(
  { functions }: Eval<unknown, unknown>,
  results: readonly Result[],
  timeOf: (result: Result) => number | undefined,
): number | undefined {
  const timesOf = (function_: string | undefined) =>
    results
      .filter(({ job }) => job.name === function_)
      .map((result) => (meanOf(result) === undefined ? undefined : timeOf(result)));
  const [values, derivatives] = functions.map(timesOf);
  const logs = (values ?? []).map((value, i) =>
    Math.log((derivatives?.[i] ?? Number.NaN) / (value ?? Number.NaN)),
  );
  const known = logs.filter((log) => !Number.isNaN(log));
  if (known.length === 0) return undefined;
  return Math.exp(known.reduce((sum, log) => sum + log, 0) / known.length);
}
