/** The page: it shows the messages of the worker, and sends the user's actions to it. */

import type { FromWorker, ToWorker } from "../messages.ts";
import { type SessionState, STARTING } from "../state.ts";
import {
  fileName,
  fileStatus,
  listeningStatus,
  microphoneProblem,
  numbersOf,
  statusOf,
  tooFew,
  wordOfFile,
} from "../words.ts";
import { find, write } from "./elements.ts";
import { type From, Live } from "./live.ts";
import { startRecorder } from "./recorder.ts";
import { TakeList } from "./takes.ts";

const worker = new Worker(new URL("../worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker, transfer: Transferable[] = []) =>
  worker.postMessage(message, transfer);

const word = find("word", HTMLInputElement);
const train = find("train", HTMLButtonElement);
const save = find("save", HTMLButtonElement);
const open = find("open", HTMLInputElement);
const curves = find("curves", HTMLElement);
let state = STARTING;
let model: Extract<FromWorker, { kind: "model" }> | undefined;
/** The message about an action that requires another action first. */
let complaint: { readonly of: "train" | "listen"; readonly text: string } | undefined;

const takes = new TakeList(
  () => {
    complaint = undefined;
    show(state);
  },
  (id, clip) => send({ kind: "take", id, clip }),
);
startRecorder(takes, word);
const live = new Live(
  (samples, rate) => send({ kind: "hear", samples, rate }, [samples.buffer]),
  () => show(state),
);

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "state") show(data.state);
  else if (data.kind === "curves") curves.innerHTML = data.svg;
  else if (data.kind === "model") model = data;
  else if (data.kind === "spectrogram") takes.show(data.id, data.values);
  else live.heard(data.probability);
});
worker.addEventListener("error", ({ message }) => {
  show({ ...state, phase: "failed", error: message || "the file of the worker was not loaded" });
});

train.addEventListener("click", () => {
  if (isTraining(state)) {
    send({ kind: "stop" });
    return;
  }
  const text = tooFew(takes.counts);
  complaint = text ? { of: "train", text } : undefined;
  if (text) show(state);
  else send({ kind: "train", word: word.value.trim(), takes: takes.clips });
});

for (const [id, from] of [
  ["listen", "microphone"],
  ["listenSynthetic", "synthetic"],
] as const) {
  find(id, HTMLButtonElement).addEventListener("click", () => listen(from));
}

save.addEventListener("click", () => {
  if (model === undefined) return;
  const href = URL.createObjectURL(new Blob([model.file], { type: "application/octet-stream" }));
  const download = fileName(model.word);
  Object.assign(document.createElement("a"), { href, download }).click();
  // The URL is revoked later, when the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
});

open.addEventListener("change", async () => {
  const [file] = open.files ?? [];
  if (file === undefined) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  send({ kind: "open", name: wordOfFile(file.name), file: bytes });
  // The field is cleared, so that the same file can be chosen again.
  open.value = "";
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // The curves fill the width of the page, since their texts have a fixed size.
  const width = Math.max(260, Math.floor(curves.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(curves);

async function listen(from: From): Promise<void> {
  complaint = undefined;
  if (live.from === from) {
    live.stop();
    return;
  }
  try {
    await live.start(from);
  } catch (error) {
    complaint = { of: "listen", text: microphoneProblem(error) };
    show(state);
  }
}

function isTraining({ phase }: SessionState): boolean {
  return phase === "preparing" || phase === "training";
}

function show(next: SessionState): void {
  state = next;
  const { run, phase, listener } = state;
  train.textContent = isTraining(state) ? "Stop" : "Train";
  train.disabled = phase === "starting" || phase === "failed";
  save.disabled = run?.result === undefined;
  showListener("listen", "microphone", "Listen");
  showListener("listenSynthetic", "synthetic", "Listen to a synthetic voice");
  write("trainStatus", complaint?.of === "train" ? complaint.text : statusOf(state));
  write("listenStatus", complaint?.of === "listen" ? complaint.text : listeningStatus(state, live));
  write("keepStatus", fileStatus(state));
  for (const [id, text] of Object.entries(numbersOf(run))) write(id, text);
  const bar = find("bar", HTMLProgressElement);
  const { epoch = 0, row } = run?.progress ?? {};
  bar.max = run?.epochs ?? 1;
  bar.value = row ? epoch + 1 : epoch;

  function showListener(id: string, from: From, name: string): void {
    const button = find(id, HTMLButtonElement);
    button.textContent = live.from === from ? "Stop listening" : name;
    button.disabled = listener === undefined;
  }
}
