/** The worker: it loads the network from which trainings start, trains, listens, and sends results to the page. */

import { activeRunner, type WideSvgOptions } from "@graddiff/core";
import type { Fit } from "@graddiff/nn";
import { clipAt, LENGTH, RATE } from "./audio/clip.ts";
import { resample } from "./audio/resample.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { spectrogramsOf } from "./model/training.ts";
import { Session } from "./session.ts";

let look: WideSvgOptions = {};
let shown: Fit | undefined;

const session = new Session({
  tell: (state) => tell({ kind: "state", state }),
  show(run) {
    shown = run;
    showCurves(run);
  },
  keep: (word, file) => tell({ kind: "model", word, file }),
  isSlow: () => activeRunner() === "js",
});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    if (shown) showCurves(shown);
  } else if (data.kind === "train") {
    session.train(data.word, data.takes);
  } else if (data.kind === "stop") {
    session.stop();
  } else if (data.kind === "open") {
    session.open(data.name, data.file);
  } else if (data.kind === "take") {
    const values = Float32Array.from(spectrogramsOf([data.clip]).data());
    tell({ kind: "spectrogram", id: data.id, values });
  } else {
    const heard = resample(data.samples, data.rate, RATE);
    const probability = session.hear(clipAt(heard, heard.length - LENGTH));
    if (probability !== undefined) tell({ kind: "heard", probability });
  }
});

open().catch((error) => session.fail(error));

/** Loads the network. */
async function open(): Promise<void> {
  const url = new URL("../model/words.onnx", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answers ${response.status} for ${url.pathname}.`);
  session.start(new Uint8Array(await response.arrayBuffer()));
}

function showCurves({ history }: Fit): void {
  tell({ kind: "curves", svg: history.svg(look) });
}

function tell(message: FromWorker): void {
  postMessage(message);
}
