/** All texts of the page, computed from its state. */

import { SILENCE } from "./audio/clip.ts";
import { LEAST } from "./model/settings.ts";
import type { Run, SessionState } from "./state.ts";

/** The two kinds of takes. */
export type Kind = "word" | "other";

const NONE = "–";

export const nameOf = (word: string): string => (word === "" ? "your word" : `“${word}”`);

export const countOf = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Returns the hint under the takes of a kind. */
export function takesHint(kind: Kind, count: number): string {
  if (count >= 5) return `${countOf(count, "take")}. More make it surer.`;
  if (count >= LEAST) return `${countOf(count, "take")}, enough to train. Five are better.`;
  return kind === "word"
    ? `${countOf(count, "take")}. Say it ${countOf(LEAST - count, "more time")} at least.`
    : `${countOf(count, "take")}. ${LEAST - count} more at least: other words, humming, silence.`;
}

/** Returns the reason why there are too few takes for a training; undefined if there are enough. */
export function tooFew(counts: Readonly<Record<Kind, number>>): string | undefined {
  if (counts.word >= LEAST && counts.other >= LEAST) return undefined;
  return `Training takes ${LEAST} takes of the word and ${LEAST} of anything else. There are ${counts.word} and ${counts.other}.`;
}

/** Returns the words about a take of the word that is too quiet. @param level of its loudest 20 ms, in dB. */
export const tooQuiet = (level: number): string =>
  `Nothing was heard: the take has ${Math.round(level)} dB at its loudest, and speech has ${SILENCE} dB or more. ` +
  "Speak up, or look which microphone the browser uses.";

/** Returns the reason why a microphone does not work. */
export function microphoneProblem(error: unknown): string {
  const instead = "You can also make synthetic takes.";
  const name = error instanceof DOMException ? error.name : "";
  if (name === "SecurityError") {
    return `The microphone needs https, or an address of this machine such as localhost. ${instead}`;
  }
  if (name === "NotAllowedError") {
    return `The microphone was refused. Allow it for this page in the browser, and press again. ${instead}`;
  }
  if (name === "NotFoundError")
    return `No microphone was found. Connect one, and press again. ${instead}`;
  if (name === "NotReadableError") return `Another program has the microphone. ${instead}`;
  return `The microphone does not work: ${error instanceof Error ? error.message : error}. ${instead}`;
}

export function statusOf({ phase, error, run, isSlow }: SessionState): string {
  if (error !== undefined) return sentenceOf(error);
  const slow = isSlow ? " WebAssembly is forbidden here, so it is slow." : "";
  if (phase === "starting") return "Starting.";
  if (phase === "preparing") return `Making clips of the takes.${slow}`;
  if (phase === "training") return `Training${run ? ` ${nameOf(run.word)}` : ""}.${slow}`;
  if (run?.result === undefined) return "Ready.";
  const { word, other } = run.takes;
  const share =
    run.accuracy === undefined ? "" : ` It tells ${percent(run.accuracy)} of them apart.`;
  const end = isComplete(run) ? "Done" : "Stopped";
  return `${end}: ${nameOf(run.word)}, ${countOf(word, "take")} and ${countOf(other, "other")}.${share} Now listen.`;
}

const sentenceOf = (error: string) => `Error: ${error.replace(/\.?$/, ".")}`;

const isComplete = ({ progress, epochs }: Run) =>
  progress.row !== undefined && progress.epoch + 1 === epochs;

/** The numbers of a training. */
export interface Numbers {
  readonly epoch: string;
  readonly loss: string;
  readonly accuracy: string;
  readonly size: string;
}

export function numbersOf(run: Run | undefined): Numbers {
  const { epoch = 0, row } = run?.progress ?? {};
  return {
    epoch: run ? `${row ? epoch + 1 : epoch} of ${run.epochs}` : NONE,
    loss: row ? String(Number(row.training.loss.toPrecision(3))) : NONE,
    accuracy: run?.accuracy === undefined ? NONE : percent(run.accuracy),
    size: run?.result ? `${Math.round(run.result.bytes / 1000)} kB` : NONE,
  };
}

/** Returns the words about the listening. @param hits the number of detections of the word. */
export function listeningStatus(
  { listener }: SessionState,
  { from, hits }: { readonly from: "microphone" | "synthetic" | undefined; readonly hits: number },
): string {
  if (listener === undefined) return "Nothing to listen with yet: train, or open a file.";
  const word = nameOf(listener.word);
  const times = `heard ${countOf(hits, "time")}`;
  if (from === undefined)
    return hits > 0 ? `${word} was ${times}.` : `Ready to listen for ${word}.`;
  return from === "microphone"
    ? `Say ${word}: ${times}.`
    : `A synthetic voice says ${word} and other words in turn: ${times}.`;
}

/** Returns the words about files. */
export function fileStatus({ listener, refusal, run }: SessionState): string {
  if (refusal !== undefined) return sentenceOf(refusal);
  if (listener?.from === "file") return `${nameOf(listener.word)} is open. Listen with it.`;
  if (run?.result === undefined) return "Nothing to download yet: train first.";
  const { difference } = run.result;
  const most = difference < 1e-6 ? "a millionth" : String(Number(difference.toPrecision(1)));
  return `Read again, the file gives the probabilities of the network, to ${most}.`;
}

/** Returns the name of a downloaded file, made of the letters and digits of a word. */
export function fileName(word: string): string {
  const letters = word
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  return `${letters || "wake-word"}.onnx`;
}

/** Returns the word of a file's name. */
export const wordOfFile = (name: string): string =>
  name.replace(/( \(\d+\))?\.onnx$/i, "").replaceAll("-", " ");
