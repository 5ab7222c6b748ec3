/** All that the page says of a training, computed from what it knows of it. */

import { type Position, positionOf, type SessionState } from "./session.ts";

/** The largest epoch up to which the page trains. */
export const MOST_EPOCHS = 10_000;

/** Texts, by what they are of. */
export interface Words {
  readonly status: string;
  readonly epoch: string;
  readonly step: string;
  readonly time: string;
  /** The name of what computes. */
  readonly device: string;
  readonly saved: string;
  /** The mean loss of the epoch that is running, and its name. */
  readonly partLossName: string;
  readonly partLoss: string;
  /** The mean loss of the last complete epoch, and its name. */
  readonly wholeLossName: string;
  readonly wholeLoss: string;
}

const NONE = "–";

/** @param goal what the field has: the epoch with which the next run ends; NaN where that is none. */
export function wordsOf(state: SessionState, goal: number): Words {
  const { progress, lastLoss, saved, milliseconds, threads, device } = state;
  const { epochs, step } = progress ? positionOf(progress) : { epochs: 0, step: 0 };
  const isKnown = progress !== undefined && progress.step > 0;
  return {
    status: statusOf(state, goal),
    epoch: isKnown ? String(progress.epoch + 1) : NONE,
    step: isKnown ? `${progress.step} of ${progress.steps}` : NONE,
    time: milliseconds === undefined ? NONE : timeOf(milliseconds, threads),
    device: device ?? NONE,
    saved: saved === "unread" ? NONE : lengthOf(saved),
    partLossName: step > 0 ? `Mean loss of epoch ${epochs + 1} so far` : "Mean loss so far",
    partLoss: step > 0 ? formatLoss(progress?.training.loss) : NONE,
    wholeLossName: epochs > 0 ? `Mean loss of epoch ${epochs}` : "Mean loss of an epoch",
    wholeLoss: formatLoss(lastLoss),
  };
}

/** True if a run up to an epoch has a step to do. */
export const hasSteps = ({ saved }: SessionState, goal: number): boolean =>
  saved === "unread" || goal > (saved?.epochs ?? 0);

/** @param after undefined where no network is shown. */
export function captionOf(after: Position | undefined): string {
  if (after === undefined) return "answers";
  const isNew = after.epochs === 0 && after.step === 0;
  return isNew ? "answers, untrained" : `answers after ${lengthOf(after)}`;
}

function statusOf(state: SessionState, goal: number): string {
  const { phase, error, isSlow } = state;
  const fault = error === undefined ? [] : [`Error: ${error.replace(/\.?$/, ".")}`];
  if (phase === "starting") return "Starting.";
  if (phase === "elsewhere") return "Another tab has this training. Close it to go on here.";
  if (phase === "failed") return fault.join(" ");
  if (phase === "training") {
    const slow = isSlow ? " WebAssembly is forbidden here, so it is slow." : "";
    return `Training up to epoch ${state.goal}.${slow}`;
  }
  return [...fault, savedWords(state), nextWords(state, goal)].join(" ");
}

function savedWords({ saved, progress }: SessionState): string {
  if (saved === "unread") return "What is saved was not loaded.";
  if (saved === undefined) return "Nothing is saved.";
  const { epochs, step } = saved;
  const part = `${step} of the ${progress?.steps} steps of epoch ${epochs + 1}`;
  if (epochs === 0) return `Saved: ${part}.`;
  const whole = epochs === 1 ? "epoch 1" : `epochs 1 to ${epochs}`;
  return step === 0 ? `Saved: ${whole}.` : `Saved: ${whole}, and ${part}.`;
}

function nextWords(state: SessionState, goal: number): string {
  const { saved } = state;
  if (saved === "unread") return "Start again forgets it.";
  if (Number.isNaN(goal)) {
    return `Train ends with an epoch from 1 to ${MOST_EPOCHS.toLocaleString("en")}.`;
  }
  if (!hasSteps(state, goal)) {
    const last = saved?.epochs === MOST_EPOCHS;
    return last
      ? "No more can be trained."
      : `To go on, train up to an epoch after ${saved?.epochs}.`;
  }
  const end = `to the end of epoch ${goal}`;
  if (saved === undefined) return `Train goes from the first step ${end}.`;
  const { epochs, step } = saved;
  // Stopped after its last step, an epoch has not ended: no step of it is left, but its row of the history.
  if (step > 0 && step === state.progress?.steps) {
    const rest = goal > epochs + 1 ? `, and goes on ${end}` : "";
    return `Train completes epoch ${epochs + 1}${rest}.`;
  }
  const start = step > 0 ? `step ${step + 1}` : `epoch ${epochs + 1}`;
  return `Train goes on with ${start}, ${end}.`;
}

function timeOf(milliseconds: number, threads: number): string {
  const time = `${milliseconds.toFixed(1)} ms`;
  return threads > 1 ? `${time}, ${threads} threads` : time;
}

function lengthOf(position: Position | undefined): string {
  const { epochs, step } = position ?? { epochs: 0, step: 0 };
  const parts = [
    ...(epochs > 0 ? [`${epochs} epoch${epochs === 1 ? "" : "s"}`] : []),
    ...(step > 0 ? [`${step} step${step === 1 ? "" : "s"}`] : []),
  ];
  return parts.join(", ") || "nothing";
}

/** Formats a loss with four digits, as the curves have them. */
function formatLoss(loss = Number.NaN): string {
  if (Number.isNaN(loss)) return NONE;
  const rounded = Number(loss.toPrecision(4));
  return rounded > 0 && rounded < 1e-4
    ? rounded.toExponential().replace("-", "−")
    : String(rounded);
}
