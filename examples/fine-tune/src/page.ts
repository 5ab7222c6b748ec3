/** The page: it shows the messages of the worker, and sends the reader's actions to it. */

import { fromMessage, Tensor, unstack } from "@graddiff/core";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type SessionState, type Settings, STARTING } from "./session.ts";
import { PARTS } from "./training.ts";
import { isFormer, wordsOf } from "./words.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

const form = find("form", HTMLFormElement);
const choice = find("choice", HTMLFieldSetElement);
const run = find("run", HTMLButtonElement);
const save = find("save", HTMLButtonElement);
const epochs = find("epochs", HTMLInputElement);
const curves = find("curves", HTMLElement);
let state = STARTING;
let model: Uint8Array<ArrayBuffer> | undefined;

/** An image on the page: its digit, and the answers of both models. */
interface Shown {
  readonly label: number;
  readonly old: HTMLElement;
  readonly new: HTMLElement;
}
let shown: readonly Shown[] = [];

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "state") show(data.state);
  else if (data.kind === "images") showImages(data.pixels, data.labels);
  else if (data.kind === "curves") curves.innerHTML = data.svg;
  else model = data.bytes;
});
worker.addEventListener("error", ({ message }) => {
  show({ ...state, phase: "failed", error: message || "the file of the worker was not loaded" });
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const settings = settingsOfForm();
  if (state.phase === "training") send({ kind: "stop" });
  else if (settings) {
    send({ kind: "train", settings });
    show({ ...state, phase: "training", run: undefined, error: undefined });
  }
});
form.addEventListener("input", () => show(state));

save.addEventListener("click", () => {
  if (model === undefined) return;
  const href = URL.createObjectURL(new Blob([model], { type: "application/octet-stream" }));
  Object.assign(document.createElement("a"), { href, download: "five-to-nine.onnx" }).click();
  // The URL is revoked later, when the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // The curves fill the width of the page, since their texts have a fixed size.
  const width = Math.max(260, Math.floor(curves.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(curves);

/** Reads the settings of the form; undefined if the number of epochs is invalid. */
function settingsOfForm(): Settings | undefined {
  const checked = form.querySelector<HTMLInputElement>("input[name=train]:checked");
  const train = PARTS.find((part) => part === checked?.value);
  return train && epochs.validity.valid ? { train, epochs: epochs.valueAsNumber } : undefined;
}

function show(next: SessionState): void {
  state = next;
  const { phase, run: training, came } = state;
  const settings = settingsOfForm();
  run.textContent = phase === "training" ? "Stop" : "Train";
  run.disabled = phase !== "training" && phase !== "ready";
  epochs.disabled = phase !== "ready";
  choice.disabled = phase !== "ready";
  save.disabled = training?.result === undefined;
  for (const [id, text] of Object.entries(wordsOf(state, settings))) {
    const element = find(id, HTMLElement);
    // An unchanged status is not written, so that screen readers do not announce it again.
    if (element.textContent !== text) element.textContent = text;
  }
  const bar = find("bar", HTMLProgressElement);
  const { epoch = 0, row } = training?.progress ?? {};
  bar.max = training?.settings.epochs ?? 1;
  bar.value = row ? epoch + 1 : epoch;
  showAnswers("old", came?.answers ?? []);
  showAnswers("new", training?.answers ?? []);
  document.body.classList.toggle("former", isFormer(state, settings));
  // A page without results hides its empty frames.
  document.body.classList.toggle("bare", phase === "failed" && came === undefined);
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
  show(state);
}

/** Draws only the ink; the background is the paper. */
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
      // The old network cannot read these digits, so its answer is not marked as wrong.
      image.old.textContent = `was ${digit ?? "–"}`;
    } else if (digit === undefined) {
      image.new.textContent = "now –";
      image.new.className = "";
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
