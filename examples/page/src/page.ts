/** The page: it shows the messages of the worker, and sends it what is pressed. */

import { fromMessage, Tensor } from "@graddiff/core";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type SessionState, STARTING } from "./session.ts";
import { captionOf, hasSteps, MOST_EPOCHS, wordsOf } from "./words.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

const target = find("target", HTMLCanvasElement);
const network = find("network", HTMLCanvasElement);
const run = find("run", HTMLButtonElement);
const again = find("again", HTMLButtonElement);
const epochs = find("epochs", HTMLInputElement);
const curves = find("curves", HTMLElement);
let state = STARTING;

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "state") {
    const { goal } = data.state;
    if (goal !== undefined && goal !== state.goal) epochs.value = String(goal);
    show(data.state);
  } else if (data.kind === "curves") curves.innerHTML = data.svg;
  else if (data.kind === "target") paint(target, data.pixels);
  else {
    paint(network, data.pixels);
    const caption = captionOf(data.after);
    find("caption", HTMLElement).textContent = caption;
    network.ariaLabel = caption;
  }
});
worker.addEventListener("error", ({ message }) => {
  show({ ...state, phase: "failed", error: message || "the file of the worker was not loaded" });
});

find("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.phase === "training") send({ kind: "stop" });
  else if (hasSteps(state, epochs.valueAsNumber)) train(false);
  else epochs.focus();
});
again.addEventListener("click", () => {
  if (!epochs.reportValidity()) return;
  train(true);
  run.focus();
});
epochs.max = String(MOST_EPOCHS);
epochs.addEventListener("input", () => show(state));

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // Texts of the curves have one size, so they are as wide as there is room.
  const width = Math.max(260, Math.floor(curves.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(curves);

function train(again: boolean): void {
  const goal = epochs.valueAsNumber;
  send({ kind: "train", epochs: goal, again });
  show({ ...state, phase: "training", goal, error: undefined });
}

function show(next: SessionState): void {
  state = next;
  const { phase } = state;
  run.textContent = phase === "training" ? "Stop" : "Train";
  run.disabled = phase !== "training" && phase !== "ready";
  again.disabled = phase !== "ready";
  epochs.disabled = phase !== "ready";
  const goal = epochs.validity.valid ? epochs.valueAsNumber : Number.NaN;
  for (const [id, text] of Object.entries(wordsOf(state, goal))) {
    const element = find(id, HTMLElement);
    // A status that stays as it is is not announced again.
    if (element.textContent !== text) element.textContent = text;
  }
  // A page that can show nothing has no empty frames.
  const isBare = (phase === "failed" || phase === "elsewhere") && curves.childElementCount === 0;
  document.body.classList.toggle("bare", isBare);
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
