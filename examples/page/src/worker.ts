/** The worker: it trains, keeps the checkpoint, and tells the page what to show. */

import {
  activeRunner,
  compile,
  concat,
  type Fit,
  type FitProgress,
  full,
  type History,
  type Tensor,
  toMessage,
  type WideSvgOptions,
} from "@graddiff/core";
import type { FromWorker, ToWorker, TrainingState } from "./messages.ts";
import { colours, places, SIZE } from "./picture.ts";
import { browserStore } from "./store.ts";
import { Painter, type RunOptions, training } from "./training.ts";

/** Of the checkpoint, and of the lock for which tabs wait. */
const NAME = "graddiff-example-page";

const store = browserStore(NAME);
let look: WideSvgOptions = {};
let run: Fit | undefined;
let stop = () => {};

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    if (run) showCurves(run);
  } else if (data.kind === "stop") {
    stop();
  } else {
    attempt(() => train(data.epochs, data.again));
  }
});

attempt(async () => {
  if (!isSecureContext) throw new Error("This page needs https, or an address of this machine.");
  showPicture("target", colours);
  const { held } = await navigator.locks.query();
  if (held?.some(({ name }) => name === NAME)) {
    const text = "Another tab has this training. Close it, and this one goes on with it.";
    tell({ kind: "status", state: "waiting", text });
  }
  await navigator.locks.request(NAME, async () => {
    await attempt(open);
    // The lock is given back when the tab is closed.
    await new Promise(() => {});
  });
}, "waiting");

/** Shows what is saved. */
async function open(): Promise<void> {
  const { current, show } = makeRun({ epochs: Number.MAX_SAFE_INTEGER, saveTo: store });
  const { rows } = await current.load();
  show();
  const row = rows.at(-1);
  if (row) {
    const { epoch, steps, training } = row;
    tell({ kind: "progress", progress: { epoch, step: steps, steps, loss: training.loss } });
  }
  const text = row ? `Epoch ${rows.length} is saved.` : "No epoch is complete yet.";
  tell({ kind: "status", state: "ready", text });
}

async function train(epochs: number, again: boolean): Promise<void> {
  const signal = { aborted: false };
  stop = () => {
    signal.aborted = true;
  };
  const slow = activeRunner() === "js" ? " WebAssembly is forbidden here, so it is slow." : "";
  tell({ kind: "status", state: "training", text: `Training.${slow}` });
  if (again) await store.clear();
  const { length } = await follow({ epochs, saveTo: store, signal });
  const text =
    length === epochs ? `Done: epoch ${epochs} was the last, and is saved.` : "Stopped and saved.";
  tell({ kind: "status", state: "ready", text });
}

/** A run, and what shows how far it is. */
function makeRun(options: RunOptions): { readonly current: Fit; readonly show: () => void } {
  const painter = new Painter();
  const paint = compile((at: Tensor) => painter.forward(at));
  const current = training(painter, { ...options, onProgress: progressListener() });
  run = current;
  const show = () => {
    showPicture("network", paint(places));
    showCurves(current);
  };
  return { current, show };
}

/** Runs to the last epoch or until it is stopped, and shows how it goes. */
async function follow(options: RunOptions): Promise<History> {
  const { current, show } = makeRun(options);
  for await (const _row of current) show();
  // Stopped within an epoch, it has given no row of that.
  show();
  return current.history;
}

/** A listener that times the steps of an epoch. */
function progressListener(): (progress: FitProgress) => void {
  let first = { step: Number.POSITIVE_INFINITY, time: 0 };
  return ({ epoch, step, steps, training }) => {
    const time = performance.now();
    if (step <= first.step) first = { step, time };
    const milliseconds = (time - first.time) / (step - first.step);
    tell({
      kind: "progress",
      progress: { epoch, step, steps, loss: training.loss, milliseconds },
    });
  };
}

/** @param pixels colours from 0 to 1, [SIZE · SIZE, 3]. */
function showPicture(of: "target" | "network", pixels: Tensor): void {
  const opacity = full([SIZE * SIZE, 1], 255);
  const bytes = concat([pixels.mul(255), opacity], 1).reshape([SIZE, SIZE, 4]);
  const { message, transfer } = toMessage(bytes);
  tell({ kind: "picture", of, pixels: message }, transfer);
}

function showCurves({ history }: Fit): void {
  tell({ kind: "curves", svg: history.svg(look) });
}

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

/** Tells the page about an error, since it does not hear of one in a promise. */
async function attempt(work: () => Promise<void>, state: TrainingState = "ready"): Promise<void> {
  try {
    await work();
  } catch (error) {
    tell({ kind: "status", state, text: `Error: ${inWords(error)}` });
  }
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of this one browsers say no more than its name.
  if (error.name === "QuotaExceededError") return "The storage of this browser is full.";
  return error.message || error.name;
}
