/** The worker: it draws, and tells the page what to show. */

import { activeRunner, type WideSvgOptions } from "@graddiff/core";
import { plot } from "@graddiff/stats";
import type { FromWorker, Plots, ToWorker } from "./messages.ts";
import { Session } from "./session.ts";
import { fileNameOf } from "./words.ts";

/** The milliseconds that a chunk of each phase waits, so that one can watch it. */
const WAITS = { warmup: 25, draws: 75 };

let look: WideSvgOptions = {};
let isShown = true;
let isSlowed = true;
/** The memory that never changes, on which the worker waits; undefined where a server does not isolate the page. */
const still = crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : undefined;

const session = new Session({
  tell: (state) => tell({ kind: "state", state }),
  show: showPlots,
  isShown: () => isShown,
  wait(phase) {
    if (isSlowed && still) Atomics.wait(still, 0, 0, WAITS[phase]);
  },
  isSlow: () => activeRunner() === "js",
});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    if (session.posterior) showPlots();
  } else if (data.kind === "choose") session.choose(data.form);
  else if (data.kind === "draw") session.draw(data.seed);
  else if (data.kind === "stop") session.stop();
  else if (data.kind === "pace") ({ isSlowed } = data);
  else if (data.kind === "shown") isShown = true;
  else save();
});

session.open();

function showPlots(): void {
  tell({ kind: "plots", plots: plots() });
  isShown = false;
}

function plots(): Plots | undefined {
  const { posterior } = session;
  if (posterior === undefined) return undefined;
  const options = { ...look, names: ["mu", "tau"] };
  return {
    rank: plot(posterior, "rank", { ...options, title: "Ranks of the draws" }),
    trace: plot(posterior, "trace", { ...options, title: "Draws in their order" }),
  };
}

function save(): void {
  const { posterior, state } = session;
  const name = fileNameOf(state);
  if (posterior && name) tell({ kind: "file", name, text: JSON.stringify(posterior) });
}

function tell(message: FromWorker): void {
  postMessage(message);
}
