/** The worker: it trains, exports, and tells the page what to show. */

import {
  activeRunner,
  type Fit,
  type Tensor,
  toMessage,
  variables,
  type WideSvgOptions,
} from "@graddiff/core";
import { type Digits, fiveDigits, readDigits } from "./data.ts";
import type { FromWorker, Progress, ToWorker, TrainingState } from "./messages.ts";
import {
  agreement,
  exported,
  type Reader,
  readerOfFile,
  readerOfTuned,
  sharesOf,
} from "./models.ts";
import { FIRST, type Part, type RunOptions, Tuned, training } from "./training.ts";

/** How many of the images that are held out the page shows. */
const SHOWN = 8;

/** That of the program in Node, so both give the same numbers. */
const SEED = 1;

interface Files {
  readonly digits: Digits;
  readonly model: Uint8Array;
}

let look: WideSvgOptions = {};
let run: Fit | undefined;
let stop = () => {};

const files = open();
attempt(async () => {
  await files;
  tell({ kind: "status", state: "ready", text: "Ready." });
}, "waiting");

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    showCurves();
  } else if (data.kind === "stop") {
    stop();
  } else {
    attempt(() => train(data.train, data.epochs));
  }
});

/** Loads the files, and shows what the old model makes of them. */
async function open(): Promise<Files> {
  const [csv, model] = await Promise.all([
    download(new URL("../data/digits.csv.gz", import.meta.url)),
    download(new URL("../model/zero-to-four.onnx", import.meta.url)),
  ]);
  const digits = await readDigits(csv);
  const { images, labels } = shownOf(digits);
  const { message, transfer } = toMessage(images.reshape([-1, 8, 8]));
  tell({ kind: "images", pixels: message, labels: Array.from(labels.data()) }, transfer);
  const old = readerOfFile(model, 0);
  showAnswers("old", old, images);
  tell({ kind: "shares", of: "came", shares: sharesOf(old, digits) });
  // What the page shows of a network ahead of its first epoch.
  makeRun({ digits, model }, "head", { epochs: 1, seed: SEED });
  return { digits, model };
}

async function download(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answers ${response.status} for ${url.pathname}.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The first of the images that are held out. */
function shownOf(digits: Digits): Digits {
  const { images, labels } = fiveDigits(digits, FIRST).held;
  return { images: images.slice([0], [SHOWN]), labels: labels.slice([0], [SHOWN]) };
}

/** A network that nobody has trained yet, its run, and what shows how far it is. */
function makeRun(files: Files, part: Part, options: RunOptions) {
  const { digits, model } = files;
  const tuned = new Tuned(model, { train: part, seed: SEED });
  const read = readerOfTuned(tuned);
  const current = training(tuned, fiveDigits(digits, FIRST), options);
  const weights = variables(tuned).reduce((sum, { value }) => sum + value.size, 0);
  const { images } = shownOf(digits);
  run = current;
  const show = () => {
    const { rows } = current.history;
    const { epochs } = options;
    const loss = rows.at(-1)?.training.loss;
    const progress: Progress = { epoch: rows.length, epochs, loss, weights };
    tell({ kind: "progress", progress });
    showAnswers("new", read, images);
    showCurves();
  };
  tell({ kind: "shares", of: "untrained", shares: sharesOf(read, digits) });
  showCurves();
  return { tuned, read, current, show };
}

async function train(part: Part, epochs: number): Promise<void> {
  const signal = { aborted: false };
  stop = () => {
    signal.aborted = true;
  };
  const slow = activeRunner() === "js" ? " WebAssembly is forbidden here, so it is slow." : "";
  tell({ kind: "status", state: "training", text: `Training.${slow}` });
  const { digits, model } = await files;
  const { tuned, read, current, show } = makeRun({ digits, model }, part, {
    epochs,
    seed: SEED,
    signal,
  });
  show();
  for await (const _row of current) show();
  // Stopped within an epoch, it has given no row of that.
  show();
  tell({ kind: "shares", of: "trained", shares: sharesOf(read, digits) });

  // The type of a copy says that its memory is not shared, as a Blob needs it.
  const bytes = Uint8Array.from(exported(tuned).bytes);
  const { images, labels } = fiveDigits(digits, FIRST).held;
  const same = agreement(readerOfFile(bytes, FIRST)(images), read(images));
  tell({ kind: "model", bytes });
  const end = current.history.length === epochs ? "Done." : "Stopped.";
  const again = `gives ${same} of ${labels.size} answers as the network does.`;
  tell({ kind: "status", state: "ready", text: `${end} The file, imported again, ${again}` });
}

function showAnswers(of: "old" | "new", read: Reader, images: Tensor): void {
  tell({ kind: "answers", of, digits: Array.from(read(images).data()) });
}

function showCurves(): void {
  if (run) tell({ kind: "curves", svg: run.history.svg(look) });
}

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

/** Tells the page about an error, since it does not hear of one in a promise. */
async function attempt(work: () => Promise<void>, state: TrainingState = "ready"): Promise<void> {
  try {
    await work();
  } catch (error) {
    const words = error instanceof Error ? error.message || error.name : String(error);
    tell({ kind: "status", state, text: `Error: ${words}` });
  }
}
