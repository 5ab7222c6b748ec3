/** The state of models and optimizers, sent to a worker and back. */

import { fromMessage, loadState, state, toMessage, uniform } from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam, Dense } from "../../src/index.ts";

/** Returns a tree after it was sent like between a page and a worker. */
function crossed(tree: unknown): unknown {
  const { message, transfer } = toMessage(tree);
  return fromMessage(structuredClone(message, { transfer }));
}

test("a message brings the state of a model and its optimizer over, which go on with the same bits", () => {
  const make = () => {
    const model = new Dense(3, 2, { seed: 1 });
    return { model, optimizer: new Adam(model, { learningRate: 0.1 }) };
  };
  const step = ({ model, optimizer }: ReturnType<typeof make>) => {
    model.zeroGradient();
    model.backward(model.forward(uniform([4, 3], { seed: 2 })));
    optimizer.step();
  };
  const here = make();
  step(here);
  const there = make();
  loadState(there, crossed(state(here)) as ReturnType<typeof state>);
  step(here);
  step(there);
  expectSameBits(there.model.weight.value, here.model.weight.value);
  expect(there.optimizer.learningRate).toBe(0.1);
});
