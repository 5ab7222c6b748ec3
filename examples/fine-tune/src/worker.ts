/** The worker: it loads both files, trains, and sends results to the page. */

import { activeRunner, toMessage, type WideSvgOptions } from "@graddiff/core";
import { openWebGpu, type WebGpu } from "@graddiff/core/webgpu";
import type { Fit } from "@graddiff/nn";
import { readDigits } from "./data.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { Session, shownOf } from "./session.ts";

let look: WideSvgOptions = {};
let shown: Fit | undefined;
/** The GPU that trains; undefined if there is none, or only a software adapter. */
let gpu: WebGpu | undefined;

const session = new Session({
  tell: (state) => tell({ kind: "state", state }),
  show(run) {
    shown = run;
    showCurves(run);
  },
  keep: (bytes) => tell({ kind: "model", bytes }),
  isSlow: () => activeRunner() === "js",
  gpu: () => gpu,
});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    if (shown) showCurves(shown);
  } else if (data.kind === "stop") {
    session.stop();
  } else {
    session.train(data.settings);
  }
});

open().catch((error) => session.fail(error));

/** Loads the files, and opens the GPU. */
async function open(): Promise<void> {
  gpu = await openWebGpu().catch(() => undefined);
  // The next training runs without the lost GPU.
  gpu?.lost.then(() => {
    gpu = undefined;
  });
  const [csv, model] = await Promise.all([
    download(new URL("../data/digits.csv.gz", import.meta.url)),
    download(new URL("../model/zero-to-four.onnx", import.meta.url)),
  ]);
  const digits = await readDigits(csv);
  const { images, labels } = shownOf(digits);
  const { message, transfer } = toMessage(images.reshape([-1, 8, 8]));
  tell({ kind: "images", pixels: message, labels: Array.from(labels.data()) }, transfer);
  session.open({ digits, model });
}

async function download(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answers ${response.status} for ${url.pathname}.`);
  return new Uint8Array(await response.arrayBuffer());
}

function showCurves({ history }: Fit): void {
  tell({ kind: "curves", svg: history.svg(look) });
}

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
