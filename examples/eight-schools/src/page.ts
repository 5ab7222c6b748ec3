/** The page: it shows the messages of the worker, and sends it what is pressed. */

import type { FromWorker, Plots, ToWorker } from "./messages.ts";
import { FORMS } from "./settings.ts";
import { type SessionState, STARTING } from "./state.ts";
import { fileNameOf, MOST_SEED, rowsOf, shareOf, warningsOf, wordsOf } from "./words.ts";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const send = (message: ToWorker) => worker.postMessage(message);

const forms = find("forms", HTMLFieldSetElement);
const run = find("run", HTMLButtonElement);
const next = find("next", HTMLButtonElement);
const seed = find("seed", HTMLInputElement);
const pace = find("pace", HTMLInputElement);
const save = find("save", HTMLButtonElement);
const rank = find("rank", HTMLElement);
const trace = find("trace", HTMLElement);
let state = STARTING;

worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
  if (data.kind === "state") show(data.state);
  else if (data.kind === "plots") showPlots(data.plots);
  else download(data.name, data.text);
});
worker.addEventListener("error", ({ message }) => {
  show({ ...state, phase: "failed", error: message || "the file of the worker was not loaded" });
});

find("form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
run.addEventListener("click", ({ detail }) => {
  // The second click of a double click is none: it would stop the run that the first one began.
  if (detail > 1) return;
  if (state.phase === "drawing") send({ kind: "stop" });
  else draw();
});
next.addEventListener("click", () => {
  if (!seed.reportValidity()) return;
  seed.value = String((seed.valueAsNumber + 1) % (MOST_SEED + 1));
  draw();
  run.focus();
});
seed.max = String(MOST_SEED);
seed.addEventListener("input", () => show(state));
for (const form of FORMS) {
  radio(form).addEventListener("change", () => send({ kind: "choose", form }));
}
pace.addEventListener("change", () => send({ kind: "pace", isSlowed: pace.checked }));
// A worker can wait only where the server isolates the page.
find("paceLabel", HTMLElement).hidden = !crossOriginIsolated;
save.addEventListener("click", () => send({ kind: "save" }));

const dark = matchMedia("(prefers-color-scheme: dark)");
const sendLook = () => {
  // Texts of the plots have one size, so they are as wide as there is room.
  const width = Math.max(260, Math.floor(trace.clientWidth));
  send({ kind: "look", look: { theme: dark.matches ? "dark" : "light", width } });
};
dark.addEventListener("change", sendLook);
new ResizeObserver(sendLook).observe(trace);

function draw(): void {
  if (state.phase !== "ready" || !seed.reportValidity()) return;
  send({ kind: "draw", seed: seed.valueAsNumber });
}

function show(given: SessionState): void {
  state = given;
  const { phase, form, runs } = state;
  const isReady = phase === "ready";
  const isClosed = phase === "starting" || phase === "failed";
  // A button that is disabled loses the focus, so it is not while a run ends.
  run.disabled = forms.disabled = isClosed;
  next.disabled = seed.disabled = !isReady;
  save.disabled = !isReady || fileNameOf(state) === undefined;
  radio(form).checked = true;
  find("bar", HTMLProgressElement).value = shareOf(runs[form]);
  const number = seed.validity.valid ? seed.valueAsNumber : Number.NaN;
  for (const [id, text] of Object.entries(wordsOf(state, number))) {
    const element = find(id, HTMLElement);
    // A status that stays as it is is not announced again.
    if (element.textContent !== text) element.textContent = text;
  }
  for (const each of FORMS) {
    const isBad = (runs[each]?.divergences ?? 0) > 0;
    find(`${each}Count`, HTMLElement).classList.toggle("bad", isBad);
  }
  showSummary();
  document.body.classList.toggle("bare", phase === "failed");
}

function showSummary(): void {
  const rows = rowsOf(state.runs[state.form]).map((row) => {
    const line = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    name.textContent = row.name;
    const cells = [row.measured, row.mean, row.deviation, row.ess, row.rhat].map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    });
    cells.at(-1)?.classList.toggle("bad", row.isDoubtful);
    line.append(name, ...cells);
    return line;
  });
  find("rows", HTMLElement).replaceChildren(...rows);
  const warnings = warningsOf(state).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  });
  find("warnings", HTMLElement).replaceChildren(...warnings);
}

function showPlots(plots: Plots | undefined): void {
  rank.innerHTML = plots?.rank ?? "";
  trace.innerHTML = plots?.trace ?? "";
  requestAnimationFrame(() => send({ kind: "shown" }));
}

function download(name: string, text: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  // The URL is revoked later, when the browser has started the download.
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

function radio(form: string): HTMLInputElement {
  const found = forms.querySelector(`input[value=${form}]`);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`the page has no choice named ${form}`);
}

function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} named ${id}`);
}
