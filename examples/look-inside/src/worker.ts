/** The worker: it reads the model, runs it, and differentiates, so that the page stays responsive. */

import { fromMessage, type Shape, Tensor } from "@graddiff/core";
import type { FromWorker, LookAt, ToWorker } from "./messages.ts";
import { Inside } from "./neuron.ts";

let inside: Inside | undefined;
let inputs: readonly Tensor[] = [];
/** The shapes of inputs for which the page has the inner shapes. */
let known = "";
let wanted: LookAt | undefined;

addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "look") {
    wanted = data.look;
    // The request is deferred, so that later messages are handled first, and only the last of many clicks is answered.
    setTimeout(() => {
      if (wanted === data.look) attempt("look", () => look(data.look));
    });
  } else {
    attempt(data.kind, () => {
      if (data.kind === "open") open(data.bytes);
      else take(data.inputs);
    });
  }
});

function open(bytes: Uint8Array): void {
  inside = new Inside(bytes);
  tell({ kind: "model", description: inside.describe() });
}

function take(message: unknown): void {
  const list = fromMessage(message);
  if (!Array.isArray(list) || !list.every((each) => each instanceof Tensor)) {
    throw new Error("inputs: expected a list of tensors");
  }
  inputs = list;
  const shapes = JSON.stringify(inputs.map(({ shape }): Shape => shape));
  if (shapes === known || !inside) return;
  tell({ kind: "shapes", shapes: inside.shapes(inputs) });
  known = shapes;
}

function look(look: LookAt): void {
  if (!inside) return;
  const seen = inside.values(look.value, inputs);
  tell({ kind: "seen", look, seen });
  const { value, pick, input } = look;
  if (!pick || input === undefined || !seen.isFloat) return;
  const start = performance.now();
  const gradient = inside.gradient(value, pick, inputs, input);
  tell({ kind: "gradient", look, gradient, milliseconds: performance.now() - start });
}

function tell(message: FromWorker): void {
  postMessage(message);
}

function attempt(during: ToWorker["kind"], work: () => void): void {
  try {
    work();
  } catch (error) {
    const text = error instanceof Error ? error.message || error.name : String(error);
    tell({ kind: "error", during, text });
  }
}
