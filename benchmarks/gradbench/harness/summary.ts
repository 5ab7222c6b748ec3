// The printed tables of a run by GradBench's own harness.

import { alignColumns } from "../../src/table.ts";
import type { Evaluation, Session } from "./drive.ts";

/** The sessions of one eval, that of graddiff first. */
export interface Judged {
  readonly eval: string;
  readonly sessions: readonly { readonly tool: string; readonly session: Session }[];
}

/** Evals whose score is one over the fastest of their variants, not one over the sum of all means. */
const FASTEST = ["particle", "saddle"];

const keyOf = ({ workload, function: name }: Evaluation) => `${workload} ${name}`;

const geometric = (ratios: readonly number[]) =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);

const text = (value: number | undefined, unit = "") =>
  value === undefined || !Number.isFinite(value) ? "–" : `${value.toPrecision(3)}${unit}`;

/** Returns the valid and timed evaluations of a session, by workload and function. */
function timesOf({ evaluations }: Session): Map<string, number> {
  const timed = evaluations.filter(({ valid, mean }) => valid && mean !== undefined);
  return new Map(timed.map((each) => [keyOf(each), each.mean as number]));
}

/** Returns the table of times of all tools for each function of each workload, and notes about missing times. */
export function formatSessions({ sessions }: Judged): string {
  const keys = [...new Set(sessions.flatMap(({ session }) => session.evaluations.map(keyOf)))];
  const times = sessions.map(({ session }) => timesOf(session));
  const [ours] = times;
  const rows = keys.map((key) => [
    key,
    text(ours?.get(key)),
    ...times.slice(1).flatMap((each) => {
      const [time, own] = [each.get(key), ours?.get(key)];
      const ratio = time === undefined || own === undefined ? undefined : time / own;
      return [text(time), text(ratio, "×")];
    }),
  ]);
  const header = [
    "workload and function",
    ...sessions.flatMap(({ tool }, i) => (i === 0 ? [`${tool} ms`] : [`${tool} ms`, "ratio"])),
  ];
  const notes = sessions.flatMap(({ tool, session }) => [
    ...session.evaluations
      .filter(({ valid }) => !valid)
      .map((each) => `${tool}: ${keyOf(each)}: not valid: ${each.error ?? "no reason"}`),
    ...(session.reason === undefined ? [] : [`${tool}: ${session.reason}`]),
  ]);
  return [alignColumns([header, ...rows], 1), ...notes].join("\n");
}

/**
 * Returns a row for each eval and tool: the number of valid answers, the score, the geometric means over workloads of
 * the tool's time divided by graddiff's, for values and for derivatives, and for graddiff the time of a derivative
 * divided by that of its value.
 */
export function formatSummary(judged: readonly Judged[]): string {
  const header = ["eval", "tool", "valid", "score", "values", "derivatives", "derivative/value"];
  const rows = judged.flatMap(({ eval: name, sessions }) =>
    sessions.map(({ tool, session }) => {
      const ours = timesOf(sessions[0]?.session ?? session);
      const times = timesOf(session);
      const { evaluations } = session;
      const valid = evaluations.filter((each) => each.valid).length;
      const [value] = evaluations.map((each) => each.function);
      const isValue = (key: string) => FASTEST.includes(name) || key.endsWith(` ${value}`);
      const ratios = (wanted: boolean) =>
        [...times]
          .filter(([key]) => isValue(key) === wanted && ours.has(key))
          .map(([key, time]) => time / (ours.get(key) ?? Number.NaN));
      const all = [...times.values()];
      const isWhole = valid === evaluations.length && all.length > 0;
      const score = FASTEST.includes(name)
        ? 1e3 / Math.min(...all)
        : 1e3 / all.reduce((sum, time) => sum + time, 0);
      const overheads = evaluations.flatMap((each) => {
        const [time, own] = [times.get(keyOf(each)), times.get(`${each.workload} ${value}`)];
        const isDerivative = !isValue(keyOf(each));
        return isDerivative && time !== undefined && own !== undefined ? [time / own] : [];
      });
      return [
        name,
        tool,
        session.reason === undefined || evaluations.length > 0
          ? `${valid} of ${evaluations.length}`
          : "–",
        isWhole ? text(score) : "–",
        tool === sessions[0]?.tool ? "" : text(geometric(ratios(true)), "×"),
        tool === sessions[0]?.tool ? "" : text(geometric(ratios(false)), "×"),
        text(geometric(overheads)),
      ];
    }),
  );
  return alignColumns([header, ...rows], 2);
}
