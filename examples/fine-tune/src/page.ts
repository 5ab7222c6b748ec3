/** The page: it shows what the worker tells, and hands on what is pressed. */

import { fromMessage, Tensor, unstack } from "@graddiff/core";
import type { FromWorker, Progress, Stage, ToWorker, TrainingState } from "./messages.ts";
import type { Shares } from "./models.ts";
import { PARTS } from "./training.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

const form = find("form", HTMLFormElement);
const choice = find("choice", HTMLFieldSetElement);
const run = find("run", HTMLButtonElement);
const save = find("save", HTMLButtonElement);
const epochs = find("epochs", HTMLInputElement);
const curves = find("curves", HTMLElement);
let isTraining = false;
let model: Uint8Array<ArrayBuffer> | undefined;

/** An image that is shown: the digit, and what both models answer. */
interface Shown {
  readonly label: number;
  readonly old: HTMLElement;
  readonly new: HTMLElement;
}
let shown: readonly Shown[] = [];

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "status") showStatus(data.state, data.text);
  else if (data.kind === "images") showImages(data.pixels, data.labels);
  else if (data.kind === "answers") showAnswers(data.of, data.digits);
  else if (data.kind === "shares") showShares(data.of, data.shares);
  else if (data.kind === "progress") showProgress(data.progress);
  else if (data.kind === "curves") curves.innerHTML = data.svg;
  else setModel(data.bytes);
});
worker.addEventListener("error", ({ message }) => {
  showStatus("waiting", `Error: ${message || "the file of the worker was not loaded"}`);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (isTraining) {
    send({ kind: "stop" });
    return;
  }
  const chosen = new FormData(form).get("train");
  const train = PARTS.find((part) => part === chosen);
  if (train === undefined) throw new Error(`the form has no part ${chosen}`);
  send({ kind: "train", train, epochs: epochs.valueAsNumber });
  showStatus("training", "Training.");
  setModel(undefined);
  showShares("trained", undefined);
});

save.addEventListener("click", () => {
  if (model === undefined) return;
  const href = URL.createObjectURL(new Blob([model], { type: "application/octet-stream" }));
  Object.assign(document.createElement("a"), { href, download: "five-to-nine.onnx" }).click();
  // The browser has begun with the download by then.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // Texts of the curves have one size, so they are as wide as there is room.
  const width = Math.max(260, Math.floor(curves.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(curves);

function showStatus(state: TrainingState, text: string): void {
  isTraining = state === "training";
  run.textContent = isTraining ? "Stop" : "Train";
  run.disabled = state === "waiting";
  epochs.disabled = state !== "ready";
  choice.disabled = state !== "ready";
  find("status", HTMLElement).textContent = text;
}

function showProgress({ epoch, epochs, loss, weights }: Progress): void {
  const bar = find("bar", HTMLProgressElement);
  bar.max = epochs;
  bar.value = epoch;
  const texts = {
    epoch: `${epoch} of ${epochs}`,
    loss: loss?.toFixed(4) ?? "–",
    weights: weights.toLocaleString("en"),
  };
  for (const [id, text] of Object.entries(texts)) find(id, HTMLElement).textContent = text;
}

function showShares(of: Stage, shares: Shares | undefined): void {
  const percent = (share: number | undefined) =>
    share === undefined ? "–" : `${(100 * share).toFixed(1)} %`;
  find(`${of}-0`, HTMLElement).textContent = percent(shares?.zeroToFour);
  find(`${of}-5`, HTMLElement).textContent = percent(shares?.fiveToNine);
}

function setModel(bytes: Uint8Array<ArrayBuffer> | undefined): void {
  model = bytes;
  save.disabled = bytes === undefined;
  const text = bytes === undefined ? "–" : `${bytes.length.toLocaleString("en")} bytes`;
  find("size", HTMLElement).textContent = text;
}

function showImages(message: unknown, labels: readonly number[]): void {
  const images = fromMessage(message);
  if (!(images instanceof Tensor)) return;
  const made = unstack(images).map((image, i) => {
    const label = labels[i] ?? Number.NaN;
    const canvas = paint(image);
    canvas.setAttribute("aria-label", `A handwritten ${label}`);
    const [old, now] = [document.createElement("span"), document.createElement("span")];
    const caption = document.createElement("figcaption");
    caption.append(old, now);
    const figure = document.createElement("figure");
    figure.append(canvas, caption);
    return { figure, shown: { label, old, new: now } };
  });
  find("images", HTMLElement).replaceChildren(...made.map(({ figure }) => figure));
  shown = made.map(({ shown }) => shown);
  showAnswers("new", []);
}

/** Draws the ink alone: paper is what lies behind. */
function paint(image: Tensor): HTMLCanvasElement {
  const [height = 0, width = 0] = image.shape;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.setAttribute("role", "img");
  const pixels = new ImageData(width, height);
  image.data().forEach((ink, i) => {
    pixels.data[4 * i + 3] = Math.round(255 * ink);
  });
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  return canvas;
}

function showAnswers(of: "old" | "new", digits: readonly number[]): void {
  shown.forEach((image, i) => {
    const digit = digits[i];
    if (of === "old") {
      // It has no answer that could be right.
      image.old.textContent = `was ${digit}`;
    } else if (digit === undefined) {
      image.new.textContent = "now –";
    } else {
      const isRight = digit === image.label;
      image.new.textContent = `now ${digit} ${isRight ? "✓" : "✗"}`;
      image.new.className = isRight ? "right" : "wrong";
    }
  });
}

function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} named ${id}`);
}
