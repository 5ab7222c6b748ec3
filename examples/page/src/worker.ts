/** The worker: it trains, keeps the checkpoint, and tells the page what to show. */

import {
  activeRunner,
  compile,
  concat,
  full,
  type Tensor,
  toMessage,
  type WideSvgOptions,
} from "@graddiff/core";
import { setThreads } from "@graddiff/core/threads";
import { openWebGpu, type WebGpu } from "@graddiff/core/webgpu";
import type { Fit } from "@graddiff/nn";
import type { FromWorker, ToWorker } from "./messages.ts";
import { colours, places, SIZE } from "./picture.ts";
import { inWords, positionOf, Session } from "./session.ts";
import { browserStore } from "./store.ts";
import { Painter, training } from "./training.ts";

/** The name of the checkpoint, and of the lock for which tabs wait. */
const NAME = "graddiff-example-page";

let look: WideSvgOptions = {};
let shown: Fit | undefined;
let threads = 1;
/** The GPU that computes; undefined where there is none, or software alone. */
let gpu: WebGpu | undefined;
/** Returns what a canvas shows of the newest run's network at all pixels. */
let paint = (): Tensor => bytesOf(colours);

const session = new Session({
  store: browserStore(NAME),
  makeRun(options) {
    const painter = new Painter();
    const backend = gpu && { backend: gpu };
    const compiled = compile((at: Tensor) => bytesOf(painter.forward(at)), backend);
    paint = () => compiled(places);
    return training(painter, { ...options, ...backend });
  },
  async show(run) {
    shown = run;
    const { message, transfer } = toMessage(await paint().read());
    tell({ kind: "network", pixels: message, after: positionOf(run.progress) }, transfer);
    showCurves(run);
  },
  tell: (state) => tell({ kind: "state", state }),
  isSlow: () => activeRunner() === "js",
  threads: () => (gpu ? 1 : threads),
  device: () => {
    if (gpu) return "WebGPU";
    return `${activeRunner() === "js" ? "JavaScript" : "WebAssembly"}, without a GPU`;
  },
});

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    look = data.look;
    if (shown) showCurves(shown);
  } else if (data.kind === "stop") {
    session.stop();
  } else {
    session.train(data.epochs, data.again);
  }
});

begin().catch((error) => session.fail(inWords(error)));

/** Shows what is saved, as soon as no other tab has it. */
async function begin(): Promise<void> {
  if (!isSecureContext) throw new Error("This page needs https, or an address of this machine.");
  const { message, transfer } = toMessage(bytesOf(colours));
  tell({ kind: "target", pixels: message }, transfer);
  gpu = await openWebGpu().catch(() => undefined);
  // A saved run goes on without it.
  gpu?.lost.then(() => {
    gpu = undefined;
  });
  if (crossOriginIsolated) threads = await setThreads(undefined, { worker: makeThread });
  const { held } = await navigator.locks.query();
  if (held?.some(({ name }) => name === NAME)) session.wait();
  await navigator.locks.request(NAME, async () => {
    await session.open();
    // The lock is given back when the tab is closed.
    await new Promise(() => {});
  });
}

/** Returns the worker of a thread: of a file, since the policy forbids workers of a text. */
function makeThread(): Worker {
  return new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
}

/** @param pixels colours from 0 to 1, [SIZE · SIZE, 3]. */
function bytesOf(pixels: Tensor): Tensor {
  const opacity = full([SIZE * SIZE, 1], 255);
  return concat([pixels.mul(255), opacity], 1).reshape([SIZE, SIZE, 4]);
}

function showCurves({ history }: Fit): void {
  tell({ kind: "curves", svg: history.svg(look) });
}

function tell(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
