/**
 * The log of a training: a bar in a terminal, and a line for each epoch everywhere.
 */

import {
  callable,
  flag,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "@graddiff/core/extend";
import type { EpochValues, FitProgress } from "./history.ts";

/** The settings of {@link logProgress}. */
export interface LogOptions {
  /** Writes texts, which include their line ends. Default: the terminal, or else the console. */
  readonly write?: (text: string) => void;
  /** True for a bar that is redrawn after each step. Default: true in a terminal. */
  readonly bar?: boolean;
}

interface Host {
  readonly process?: {
    readonly stdout?: { readonly isTTY?: boolean; readonly write?: (text: string) => void };
  };
  readonly console: { readonly log: (text: string) => void };
}

const readOptions = optionsReader({
  // The function takes a text; its result is ignored.
  write: optional(callable as Reader<(text: string) => void>, undefined),
  bar: optional<boolean | undefined>(flag, undefined),
});

/** The milliseconds between two drawings of the bar. Shorter epochs share lines. */
const PAUSE = 100;
/** The milliseconds between the lines of such epochs. */
const SECOND = 1000;
const LENGTH = 24;
const CLEAR = "\r\x1b[K";

/**
 * Returns a listener for the option `onProgress` of `fit`, which writes a line for each epoch, and in a terminal a bar
 * that shows the steps of the running one. Epochs of less than a tenth of a second have a line each second, and one at
 * the end, with the time of an epoch. The bar then shows the last of them.
 *
 * @param options `write`, `bar`.
 * @returns a function of the progress.
 * @throws ArgumentError for options that are none.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Dense, fit, logProgress, meanSquaredError, SGD } from "@graddiff/nn";
 *
 * const model = new Dense(1, 1, { seed: 1 });
 * const lines: string[] = [];
 * await fit(model, {
 *   data: [tensor([[1], [2]])],
 *   loss: (net, x) => meanSquaredError(net.forward(x), x),
 *   optimizer: new SGD(model, { learningRate: 0.1 }),
 *   epochs: 2,
 *   onProgress: logProgress({ write: (text) => lines.push(text) }),
 * }).run();
 * console.log(lines.at(-1)?.startsWith("epoch 2/2  loss ")); // true
 * ```
 */
export function logProgress(options?: LogOptions): (progress: FitProgress) => void {
  refuseSurplus("logProgress", 1, arguments);
  const { process, console } = globalThis as unknown as Host;
  const { stdout } = process ?? {};
  const {
    write = stdout?.isTTY
      ? (text: string) => stdout.write?.(text)
      : (text: string) => console.log(text.trimEnd()),
    bar = options?.write === undefined && stdout?.isTTY === true,
  } = readOptions("logProgress", options);
  let begun = Date.now();
  let drawn = 0;
  /** The epochs since the last line. */
  let count = 0;
  return ({ epoch, epochs, step, steps, training, row, ended }) => {
    const now = Date.now();
    const width = String(epochs).length;
    const head = `epoch ${String(epoch + 1).padStart(width)}/${epochs}`;
    const draw = (text: string) => {
      if (!bar || now - drawn < PAUSE) return;
      drawn = now;
      write(`${CLEAR}${head}  ${text}`);
    };
    if (row === undefined) {
      // Runs that share a line are drawn by epochs.
      if (count === 0) draw(`${barOf(step, steps)}  ${listOf(training)}`);
      return;
    }
    count++;
    const passed = now - begun;
    const validation = row.validation ? `  validation ${listOf(row.validation)}` : "";
    const values = `${listOf(row.training)}${validation}`;
    const isShort = passed / count < PAUSE;
    if (isShort && passed < SECOND && ended === undefined) {
      draw(values);
      return;
    }
    const each = count > 1 ? `, ${timeOf(passed / count)} an epoch` : "";
    write(`${bar ? CLEAR : ""}${head}  ${values}  ${timeOf(passed)}${each}\n`);
    begun = now;
    count = 0;
  };
}

/** Returns a time with its unit. */
function timeOf(milliseconds: number): string {
  if (milliseconds >= PAUSE) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function barOf(step: number, steps: number | undefined): string {
  if (steps === undefined) return `step ${step}`;
  const done = Math.round((Math.min(step, steps) / steps) * LENGTH);
  return `${"█".repeat(done)}${"░".repeat(LENGTH - done)} ${step}/${steps}`;
}

function listOf(values: EpochValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${textOf(value)}`)
    .join("  ");
}

/** Returns a number with four digits, and without an exponent where that is possible. */
function textOf(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(3);
  return Number.isFinite(value) ? value.toFixed(size >= 100 ? 1 : 4) : String(value);
}
