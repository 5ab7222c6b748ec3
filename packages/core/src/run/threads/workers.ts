/**
 * The workers that compute with this thread, in Node and in browsers.
 */

import { isNode, nodeModule, type ThreadWorker } from "../../ports.ts";
import { WORKER } from "./workerText.ts";

interface NodeThreads {
  readonly Worker: new (
    code: string,
    options: { eval: true; execArgv: readonly string[] },
  ) => ThreadWorker;
}

interface Page {
  readonly Worker?: new (address: string) => ThreadWorker;
  readonly Blob?: new (parts: readonly string[], options: { type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string; revokeObjectURL(address: string): void };
}

const host = globalThis as unknown as Page;

/** Starts a worker. @throws what the host throws where there are none. */
export async function makeWorker(): Promise<ThreadWorker> {
  if (isNode) {
    const { Worker } = await nodeModule<NodeThreads>("node:worker_threads");
    // Without the options of the process: a loader or a profiler is not meant for it.
    const code = `const { parentPort } = require("node:worker_threads");
const ready = () => parentPort.postMessage("ready");
parentPort.once("message", (start) => ${WORKER});`;
    return new Worker(code, { eval: true, execArgv: [] });
  }
  const { Worker, Blob, URL } = host;
  if (Worker === undefined || Blob === undefined || URL === undefined) {
    throw new Error("this host has no workers");
  }
  const code = `const ready = () => postMessage("ready");
onmessage = ({ data: start }) => { ${WORKER}; close(); };`;
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return new Worker(address);
  } finally {
    // The URL is kept until the worker has started, since the page may fetch it late.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

declare function setTimeout(run: () => void, milliseconds: number): unknown;
