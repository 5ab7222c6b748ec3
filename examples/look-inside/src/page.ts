/** The page: it sends the model and the reader's choices to the worker, and shows the answers. */

import { toMessage } from "@graddiff/core";
import { find } from "./find.ts";
import { firstOpen, groupsAround, type Tree, treeOf } from "./folding.ts";
import { GraphView } from "./graphView.ts";
import { type Given, InputView, type Samples } from "./inputView.ts";
import type { FromWorker, LookAt, ToWorker } from "./messages.ts";
import {
  arrangementOf,
  type Description,
  largestNeuron,
  numberOf,
  type Pick,
  type Seen,
} from "./neuron.ts";
import { NodeView } from "./nodeView.ts";
import { ResultView } from "./resultView.ts";
import type { Neuron } from "./walk.ts";
import { legendOf } from "./words.ts";

const EXAMPLE = "digits.onnx";

/** An open model. */
interface Session {
  readonly worker: Worker;
  readonly name: string;
  readonly samples: Samples | undefined;
  description?: Description;
  tree?: Tree;
  given?: Given;
  node?: number;
  value?: string;
  /** The neuron that the reader chose; if undefined, the largest one is used. */
  chosen?: Pick | undefined;
  seen?: Seen;
  /** The pending request, or the last one that was shown. */
  look?: LookAt;
  /** The value whose channels are shown. */
  shown?: string;
}

let session: Session | undefined;
let looks = 0;

const outputs = find("output", HTMLSelectElement);
const example = find("example", HTMLButtonElement);
const result = find("result", HTMLElement);
const results = find("results", HTMLElement);

const graph = new GraphView(find("graph", HTMLElement), { pick: (node) => choose(node) });
const channels = new NodeView(find("channels", HTMLElement), find("place", HTMLElement), (pick) => {
  if (session) session.chosen = pick;
  look();
});
const input = new InputView(takeInput, showError);
const neuron = new ResultView({
  step: (gradient, stepped) => {
    // Steps stay with one neuron, even if another one becomes the largest during the steps.
    if (session) session.chosen ??= session.look?.pick;
    input.stepAlong(gradient, stepped);
  },
  back: () => input.back(),
});

const modelFile = find("model-file", HTMLInputElement);
find("open", HTMLButtonElement).addEventListener("click", () => modelFile.click());
modelFile.addEventListener("change", () => {
  const [file] = modelFile.files ?? [];
  if (file) attempt(() => openFile(file));
  modelFile.value = "";
});
example.addEventListener("click", () => attempt(openExample));
outputs.addEventListener("change", () => {
  if (!session) return;
  session.value = outputs.value;
  session.chosen = undefined;
  look();
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = event.dataTransfer?.files ?? [];
  if (!file) return;
  attempt(() => (file.type.startsWith("image/") ? input.takePicture(file) : openFile(file)));
});

attempt(openExample);

async function openExample(): Promise<void> {
  const load = async (name: string) => {
    const answer = await fetch(`./${name}`);
    if (!answer.ok) throw new Error(`${name} was not loaded: ${answer.status}`);
    return answer;
  };
  const [model, samples] = await Promise.all([load(EXAMPLE), load("digits.json")]);
  open(EXAMPLE, new Uint8Array(await model.arrayBuffer()), await samples.json());
}

async function openFile(file: File): Promise<void> {
  open(file.name, new Uint8Array(await file.arrayBuffer()));
}

/** Opens a model in a new worker: the old worker is terminated, which frees its memory. */
function open(name: string, bytes: Uint8Array<ArrayBuffer>, samples?: Samples): void {
  session?.worker.terminate();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const own: Session = { worker, name, samples };
  session = own;
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if (session === own) take(own, data);
  });
  worker.addEventListener("error", ({ message }) => {
    if (session === own) showError(message || "the file of the worker was not loaded");
  });
  clear(name);
  example.hidden = samples !== undefined;
  tell(`Reading ${name}.`, true);
  send({ kind: "open", bytes }, [bytes.buffer]);
}

function clear(name: string): void {
  graph.clear();
  channels.clear();
  neuron.clear();
  input.clear();
  outputs.replaceChildren();
  // Without a model, empty frames are hidden.
  results.hidden = true;
  const texts = {
    "model-name": name,
    "model-facts": "",
    "node-name": "What an operator gives",
    "node-facts": "Choose an operator in the graph.",
    "node-legend": "",
  };
  for (const [id, text] of Object.entries(texts)) find(id, HTMLElement).textContent = text;
}

function send(message: ToWorker, transfer: Transferable[] = []): void {
  session?.worker.postMessage(message, transfer);
}

function take(own: Session, message: FromWorker): void {
  if (message.kind === "error") {
    if (message.during === "look") neuron.showNone("Neuron", "");
    const hint = input.hasOpenLengths ? " It may want other lengths than those below “Input”." : "";
    showError(`${message.text}${message.during === "open" ? "" : hint}`);
  } else if (message.kind === "model") {
    attempt(() => showModel(own, message.description));
  } else if (message.kind === "shapes") {
    graph.shapes = message.shapes;
    if (own.node === undefined) chooseResult(own);
  } else if (message.look.id !== own.look?.id) {
    // The answer is ignored, since the reader has chosen something else meanwhile.
  } else if (message.kind === "seen") {
    showSeen(own, message.seen);
  } else {
    const { milliseconds, gradient } = message;
    const shown = neuronOf(own);
    if (!shown) return;
    neuron.show(shown, gradient);
    tell(`${shown.name}: gradient in ${Math.max(1, Math.round(milliseconds))} ms.`);
  }
}

function showModel(own: Session, description: Description): void {
  const { nodes, inputs, parameters } = description;
  own.description = description;
  const names = inputs.map(({ name }) => name);
  own.tree = treeOf(nodes, names);
  const lengths = inputs.map(({ name, shape }) => ({
    name,
    text: shape ? `[${shape.map((length) => length ?? "?").join(", ")}]` : "",
  }));
  graph.show({ tree: own.tree, nodes, inputs: lengths }, firstOpen(own.tree));
  const drawn = own.tree.items.reduce((sum, item) => sum + item.nodes.length, 0);
  const count = (number: number) => number.toLocaleString("en");
  const rest = nodes.length - drawn;
  find("model-facts", HTMLElement).textContent =
    `${count(nodes.length)} operators, ${count(parameters)} numbers in weights.` +
    (rest > 0 ? ` Not drawn, since the input plays no part in them: ${count(rest)}.` : "");
  if (inputs.length === 0)
    throw new Error("This model has no input, so there is no gradient to it.");
  results.hidden = false;
  tell(`Running ${own.name}.`, true);
  input.show(inputs, own.samples);
}

function takeInput(given: Given): void {
  if (!session) return;
  const lengths = (list: Given | undefined) =>
    String(list?.tensors.map(({ shape }) => `[${shape}]`));
  // A pixel in a larger channel may not be in a smaller one.
  if (lengths(session.given) !== lengths(given)) session.chosen = undefined;
  session.given = given;
  neuron.showInput(given);
  const { message, transfer } = toMessage([...given.tensors]);
  send({ kind: "inputs", inputs: message }, transfer);
  if (session.node !== undefined) look();
}

/** Chooses, at first, the operator that computes the result of the model. */
function chooseResult({ description, tree }: Session): void {
  const name = description?.outputs[0]?.name;
  const node = description?.nodes.findIndex(({ outputs }) => outputs.includes(name ?? "")) ?? -1;
  if (!tree || node < 0) {
    tell("Choose an operator in the graph.");
    return;
  }
  const open = groupsAround(tree, node).map(({ id }) => id);
  choose(node, name);
  // The groups around the node are opened only if they are few, so that the first view stays clear.
  graph.select(node, open.length < 2 ? open : []);
}

function choose(node: number, value?: string): void {
  if (!session?.description) return;
  const { name = "", operator = "", outputs: all = [] } = session.description.nodes[node] ?? {};
  const values = all.filter((each) => each !== "");
  session.node = node;
  session.value = value ?? values[0] ?? "";
  session.chosen = undefined;
  outputs.replaceChildren(...values.map((each) => new Option(each)));
  outputs.value = session.value;
  find("outputs", HTMLElement).hidden = values.length < 2;
  find("node-name", HTMLElement).textContent = `What ${operator} gives`;
  find("node-facts", HTMLElement).textContent = name;
  look();
}

/** Requests the values of the chosen node, and the gradient once its neuron is known. */
function look(): void {
  if (!session?.value) return;
  const { value, chosen, given } = session;
  const id = ++looks;
  session.look = { id, value, pick: chosen, input: given?.place };
  send({ kind: "look", look: session.look });
  neuron.wait();
  // The status appears only after a delay, since quick answers need none.
  setTimeout(() => {
    if (session?.look?.id === id && result.ariaBusy === "true") tell("Computing.", true);
  }, 300);
  result.ariaBusy = "true";
}

function showSeen(own: Session, seen: Seen): void {
  const { look: asked, given } = own;
  if (!asked) return;
  const isNew = own.shown !== asked.value;
  own.seen = seen;
  own.shown = asked.value;
  const pick = asked.pick ?? largestNeuron(seen.numbers, seen.shape);
  channels.show(seen, pick, isNew);
  const { name = "" } = own.description?.nodes[own.node ?? -1] ?? {};
  const { channels: count, height, width } = arrangementOf(seen.shape);
  const kind = height * width === 1 ? "unit" : "channel";
  const size = height * width === 1 ? "" : ` of ${height} × ${width}`;
  find("node-facts", HTMLElement).textContent =
    `${name}: [${seen.shape.join(", ")}], ${count} ${kind}${count === 1 ? "" : "s"}${size}.`;
  find("node-legend", HTMLElement).textContent = seen.numbers.length > 0 ? legendOf(seen) : "";
  const title = titleOf(own, pick);
  if (seen.numbers.length === 0) none(title, "It has no elements.");
  else if (!seen.isFloat) none(title, "These are integers or truths, which have no gradient.");
  else if (given?.place === undefined)
    none(title, "No input of this model has floats, so there is no gradient to one.");
  else if (!asked.pick) {
    own.look = { ...asked, id: ++looks, pick };
    send({ kind: "look", look: own.look });
  }
}

function none(title: string, why: string): void {
  neuron.showNone(title, why);
  tell(`${title}.`);
}

function neuronOf(own: Session): Neuron | undefined {
  const { seen, look: asked } = own;
  if (!seen || !asked?.pick) return undefined;
  return {
    key: JSON.stringify([asked.value, asked.pick]),
    name: titleOf(own, asked.pick),
    number: numberOf(seen.numbers, seen.shape, asked.pick),
  };
}

function titleOf({ description, node, seen }: Session, { channel, place }: Pick): string {
  const { operator = "" } = description?.nodes[node ?? -1] ?? {};
  const { channels: count, height, width } = arrangementOf(seen?.shape ?? []);
  if (height * width === 1) return `${operator}, unit ${channel}`;
  const where = place ? `at row ${place.row}, column ${place.column}` : "mean";
  return count === 1 ? `${operator}, ${where}` : `${operator}, channel ${channel}, ${where}`;
}

function tell(text: string, busy = false): void {
  const status = find("status", HTMLElement);
  status.textContent = text;
  status.classList.remove("error");
  result.ariaBusy = String(busy);
}

function showError(text: string): void {
  tell(`Error: ${text}`);
  find("status", HTMLElement).classList.add("error");
}

/** Runs a function, and shows the message of its error. */
async function attempt(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    showError(error instanceof Error ? error.message || error.name : String(error));
  }
}
