/**
 * Worker threads that run other code first.
 */

import { Worker } from "node:worker_threads";
import type { ThreadWorker } from "../../src/ports.ts";
import { WORKER } from "../../src/run/threads/workerText.ts";

/** Returns a worker that runs a text before its own code. */
export function workerWith(first: string): ThreadWorker {
  const code = `const { parentPort } = require("node:worker_threads");
const ready = () => parentPort.postMessage("ready");
${first}
parentPort.once("message", (start) => ${WORKER});`;
  return new Worker(code, { eval: true });
}

/** Returns the text of a worker that takes `pieces` pieces, and exits in the last one. */
export const endingInPiece = (pieces: number): string => `let left = ${pieces};
const take = Atomics.compareExchange;
Atomics.compareExchange = (...given) => {
  const found = take(...given);
  if (found === given[2] && --left === 0) process.exit();
  return found;
};`;
