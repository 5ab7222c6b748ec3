/** All that the page says of its runs, computed from their state. */

import { CHAINS, DRAWS, EFFECTS, ERRORS, type Form, WARMUP } from "./settings.ts";
import { isWhole, type Run, type SessionState } from "./state.ts";

/** The greatest seed of the page. */
export const MOST_SEED = 999_999;

const NONE = "–";

export const NAMES: Readonly<Record<Form, string>> = {
  centred: "centred",
  notCentred: "not centred",
};

/** The texts of the page, by the names of its elements. */
export type Words = Readonly<
  Record<
    | "status"
    | "run"
    | "shownOf"
    | "draws"
    | "time"
    | "centredCount"
    | "centredOf"
    | "notCentredCount"
    | "notCentredOf",
    string
  >
>;

/** One row of the table. */
export interface Row {
  readonly name: string;
  /** The effect that a school measured, with its standard error; "" for mu and tau. */
  readonly measured: string;
  readonly mean: string;
  readonly deviation: string;
  readonly ess: string;
  readonly rhat: string;
  /** True if R̂ is above 1.01, so that the chains do not agree. */
  readonly isDoubtful: boolean;
}

/** @param seed the number in the field; NaN where that is no seed. */
export function wordsOf(state: SessionState, seed: number): Words {
  const { form, phase } = state;
  const run = state.runs[form];
  const isDrawing = phase === "drawing" || phase === "stopping";
  return {
    status: statusOf(state, seed),
    run: isDrawing ? "Stop" : goesOn(run, seed) ? "Go on" : "Draw",
    shownOf: run ? `The model ${NAMES[form]}, seed ${run.seed}` : `The model ${NAMES[form]}`,
    draws: run ? `${written(CHAINS * run.draws)} of ${written(CHAINS * DRAWS)}` : NONE,
    time: run && run.milliseconds > 0 ? `${(run.milliseconds / 1000).toFixed(2)} s` : NONE,
    centredCount: countOf(state.runs.centred),
    centredOf: totalOf(state.runs.centred),
    notCentredCount: countOf(state.runs.notCentred),
    notCentredOf: totalOf(state.runs.notCentred),
  };
}

/** Returns the share of a run that is done, from 0 to 1. */
export const shareOf = (run: Run | undefined): number =>
  run ? (run.warmed + run.draws) / (WARMUP + DRAWS) : 0;

/** Returns the rows of the table, with dashes for numbers that are not known. */
export function rowsOf(run: Run | undefined): Row[] {
  const names = ["mu", "tau", ...EFFECTS.map((_, school) => `theta[${school}]`)];
  return names.map((name, i) => {
    const row = run?.rows?.find((each) => each.name === name);
    const measured = i < 2 ? "" : `${minus(EFFECTS[i - 2])} ± ${ERRORS[i - 2]}`;
    return {
      name,
      measured,
      mean: row ? minus(row.mean.toFixed(1)) : NONE,
      deviation: row ? row.deviation.toFixed(1) : NONE,
      ess: row ? written(Math.round(row.essBulk)) : NONE,
      rhat: row ? row.rhat.toFixed(3) : NONE,
      isDoubtful: row !== undefined && row.rhat > 1.01,
    };
  });
}

/** Returns the sentences below the table. */
export function warningsOf({ form, runs }: SessionState): readonly string[] {
  const run = runs[form];
  if (run?.rows === undefined) return ["Warnings are computed when a run ends."];
  return run.warnings.length > 0 ? run.warnings : ["No warning: the chains agree."];
}

/** Returns the name of the file of the draws that are shown; undefined where there are none. */
export function fileNameOf({ form, runs }: SessionState): string | undefined {
  const run = runs[form];
  if (run === undefined || run.draws === 0) return undefined;
  return `eight-schools-${NAMES[form].replace(" ", "-")}-seed-${run.seed}.json`;
}

/** True if a run of this seed was stopped. */
const goesOn = (run: Run | undefined, seed: number): boolean =>
  run !== undefined && run.seed === seed && !isWhole(run);

function statusOf(state: SessionState, seed: number): string {
  const { phase, form, runs, error, isSlow } = state;
  const fault = error === undefined ? "" : `Error: ${error.replace(/\.?$/, ".")}`;
  if (phase === "starting") return "Starting.";
  if (phase === "failed") return fault;
  if (phase === "stopping") return "Stopping.";
  const run = runs[form];
  if (phase === "drawing") {
    const work =
      run && run.draws > 0
        ? `Drawing: ${written(DRAWS)} draws of each of ${CHAINS} chains.`
        : `Warming up: ${written(WARMUP)} transitions adapt the steps of each of ${CHAINS} chains.`;
    return isSlow ? `${work} WebAssembly is forbidden here, so it is slow.` : work;
  }
  return [fault, doneOf(run), nextOf(run, seed)].filter(Boolean).join(" ");
}

function doneOf(run: Run | undefined): string {
  if (run === undefined) return "Nothing is drawn in this form.";
  if (run.draws === 0) return "Stopped in the warm-up: there are no draws.";
  if (isWhole(run)) return `Done: ${written(CHAINS * DRAWS)} draws.`;
  return `Stopped: ${written(run.draws)} of ${written(DRAWS)} draws of each chain are kept.`;
}

function nextOf(run: Run | undefined, seed: number): string {
  if (Number.isNaN(seed)) return `A seed is a whole number from 0 to ${written(MOST_SEED)}.`;
  if (run === undefined) return `Draw begins with seed ${seed}.`;
  if (run.seed !== seed) return `Draw begins anew, with seed ${seed}.`;
  if (run.draws === 0) return "Go on completes the run.";
  if (!isWhole(run)) return "Go on makes the others, with the bits of a run without a stop.";
  return "Draw makes the same draws again, Next seed makes others.";
}

function countOf(run: Run | undefined): string {
  return run && run.draws > 0 ? written(run.divergences) : NONE;
}

function totalOf(run: Run | undefined): string {
  if (run === undefined) return "nothing drawn yet";
  if (run.draws === 0) return "no draws yet";
  return `of ${written(CHAINS * run.draws)} divergent`;
}

function written(count: number): string {
  return count.toLocaleString("en");
}

/** Returns a number with a minus sign in place of a hyphen. */
export function minus(number: string | number | undefined): string {
  return String(number).replace("-", "−");
}
