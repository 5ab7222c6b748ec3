/** A worker that trains: it takes the state of a model and a batch, and sends the state back after a few steps. */

import {
  compile,
  fromMessage,
  loadState,
  type State,
  state,
  type Tensor,
  toMessage,
  valueAndGrad,
} from "@graddiff/core";
import { Dense, meanSquaredError, SGD } from "../../src/index.ts";

export interface Order {
  readonly saved: State;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly steps: number;
}

/** Trains a model from a saved state, in the page or in a worker. */
export function train({ saved, x, y, steps }: Order): State {
  const model = new Dense(3, 2, { seed: 9 });
  const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.9 });
  loadState(model, saved);
  const { variables } = model;
  const step = compile(() => {
    const loss = () => meanSquaredError(model.forward(x), y);
    const { gradient } = valueAndGrad(loss, { variables })();
    optimizer.step(gradient);
  });
  for (let i = 0; i < steps; i++) step();
  return state(model);
}

/** In a worker, the module answers messages. */
const scope: unknown = globalThis;
if (!("document" in globalThis)) {
  const worker = scope as {
    onmessage: (event: { readonly data: unknown }) => void;
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  };
  worker.onmessage = ({ data }) => {
    // The page made the message from an Order, hence the cast.
    const { message, transfer } = toMessage(train(fromMessage(data) as unknown as Order));
    worker.postMessage(message, transfer);
  };
}
