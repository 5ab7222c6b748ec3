/** Training on a test backend that shares no code with WebAssembly. */

import { type Backend, compile, type Tensor, uniform, variables } from "@graddiff/core";
import { test } from "vitest";
import { JavaScriptBackend } from "../../../core/test/support/javascriptTarget.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam, Dense, meanSquaredError } from "../../src/index.ts";

const backend = new JavaScriptBackend();

/** Waits for tensors. */
const read = (tensors: readonly Tensor[]) => Promise.all(tensors.map((each) => each.read()));

test("models and optimizers have the same weights after the same steps", async () => {
  const weights: Tensor[][] = [];
  for (const own of [undefined, backend] as (Backend | undefined)[]) {
    const model = { hidden: new Dense(4, 8, { seed: 1 }), last: new Dense(8, 2, { seed: 2 }) };
    const optimizer = new Adam(model, { learningRate: 0.01 });
    const step = compile(
      (x: Tensor, y: Tensor) =>
        optimizer.minimize(() =>
          meanSquaredError(model.last.forward(model.hidden.forward(x).tanh()), y),
        ),
      own && { backend: own },
    );
    const losses: Tensor[] = [];
    for (let i = 0; i < 8; i++) {
      losses.push(step(uniform([6, 4], { seed: 10 + i }), uniform([6, 2], { seed: 30 + i })));
    }
    weights.push(await read([...losses, ...variables(model).map(({ value }) => value)]));
  }
  weights[1]?.forEach((result, i) => {
    expectSameBits(result, weights[0]?.[i] as Tensor);
  });
});
