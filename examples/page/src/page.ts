/** The page: it shows what the worker tells, and hands on what is pressed. */

import { fromMessage, Tensor } from "@graddiff/core";
import type { FromWorker, Progress, ToWorker, TrainingState } from "./messages.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

const canvases = {
  target: find("target", HTMLCanvasElement),
  network: find("network", HTMLCanvasElement),
};
const run = find("run", HTMLButtonElement);
const again = find("again", HTMLButtonElement);
const epochs = find("epochs", HTMLInputElement);
const curves = find("curves", HTMLElement);
let isTraining = false;

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "status") showStatus(data.state, data.text);
  else if (data.kind === "progress") showProgress(data.progress);
  else if (data.kind === "picture") paint(canvases[data.of], data.pixels);
  else curves.innerHTML = data.svg;
});
worker.addEventListener("error", ({ message }) => {
  showStatus("waiting", `Error: ${message || "the file of the worker was not loaded"}`);
});

find("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (isTraining) send({ kind: "stop" });
  else train(false);
});
again.addEventListener("click", () => {
  if (!epochs.reportValidity()) return;
  train(true);
  run.focus();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // Texts of the curves have one size, so they are as wide as there is room.
  const width = Math.max(260, Math.floor(curves.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(curves);

function train(again: boolean): void {
  send({ kind: "train", epochs: epochs.valueAsNumber, again });
  showStatus("training", "Training.");
}

function showStatus(state: TrainingState, text: string): void {
  isTraining = state === "training";
  run.textContent = isTraining ? "Stop" : "Train";
  run.disabled = state === "waiting";
  again.disabled = state !== "ready";
  epochs.disabled = state !== "ready";
  find("status", HTMLElement).textContent = text;
}

function showProgress({ epoch, step, steps, loss, milliseconds }: Progress): void {
  const texts = {
    epoch: String(epoch + 1),
    step: `${step} of ${steps}`,
    loss: loss?.toFixed(5),
    time: Number.isFinite(milliseconds) ? `${milliseconds?.toFixed(1)} ms` : undefined,
  };
  for (const [id, text] of Object.entries(texts)) find(id, HTMLElement).textContent = text ?? "–";
}

function paint(canvas: HTMLCanvasElement, message: unknown): void {
  const pixels = fromMessage(message);
  if (!(pixels instanceof Tensor)) return;
  const [height = 0, width = 0] = pixels.shape;
  Object.assign(canvas, { width, height });
  const image = new ImageData(Uint8ClampedArray.from(pixels.data()), width, height);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} named ${id}`);
}
