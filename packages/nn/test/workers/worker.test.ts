/** Training in a worker of a browser: the page sends state and data, and the worker returns the trained state. */

import { fromMessage, normal, state, toMessage, treeLeaves } from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Dense } from "../../src/index.ts";
import { type Order, train } from "./trainer.ts";

/** The types of a page are declared here, since the project has those of Node. */
declare class Worker {
  constructor(address: URL, options: { type: "module" });
  onmessage: (event: { readonly data: unknown }) => void;
  onerror: (event: { readonly message: string }) => void;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): void;
}

test("a model that was trained in a worker has the bits of one that was trained here", async () => {
  const order: Order = {
    saved: state(new Dense(3, 2, { seed: 1 })),
    x: normal([50, 3], { seed: 2 }),
    y: normal([50, 2], { seed: 3 }),
    steps: 5,
  };
  const worker = new Worker(new URL("./trainer.ts", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  const { message, transfer } = toMessage(order);
  worker.postMessage(message, transfer);
  const there = treeLeaves(fromMessage(await answer));
  worker.terminate();
  const here = treeLeaves(train(order));
  expect(there).toHaveLength(2);
  there.forEach((tensor, i) => {
    expectSameBits(tensor, here[i] as typeof tensor);
  });
});
