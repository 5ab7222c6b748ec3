/**
 * One interface for the workers of Node and of browsers.
 */

import { isNode, nodeModule } from "./node.ts";
import type { Start } from "./work.ts";
import { WORKER } from "./workerText.ts";

/** The worker that `new Worker(…)` makes, in Node and in browsers. */
export interface ThreadWorker {
  /** Sends a message to the worker. */
  postMessage(message: unknown): void;
  /** Ends the worker. */
  terminate(): unknown;
}

/** The events of a worker. */
interface Events {
  readonly ready: () => void;
  /** Called when the worker does not start, or has ended. */
  readonly ended: (why: string) => void;
}

/** The workers of `node:worker_threads`. */
interface NodeWorker extends ThreadWorker {
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
  unref(): void;
  ref(): void;
}

interface NodeThreads {
  readonly Worker: new (
    code: string,
    options: { eval: true; execArgv: readonly string[] },
  ) => NodeWorker;
}

/** The workers of browsers. */
interface PageWorker extends ThreadWorker {
  addEventListener(event: string, listener: (event: { readonly message?: string }) => void): void;
}

interface Page {
  readonly Worker?: new (address: string) => PageWorker;
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

/** Sends a worker its first message, and listens to it. */
export function startWorker(worker: ThreadWorker, start: Start, { ready, ended }: Events): void {
  if (isOfNode(worker)) {
    worker.on("message", ready);
    worker.on("error", (error) => ended(String(error)));
    worker.on("exit", () => ended("it has ended"));
  } else if (isOfPage(worker)) {
    worker.addEventListener("message", ready);
    worker.addEventListener("error", ({ message = "it could not be loaded" }) => ended(message));
    worker.addEventListener("messageerror", () => ended("memory cannot be shared with it"));
  }
  worker.postMessage(start);
}

/** Lets the process end: a worker keeps it alive only while it starts. */
export function letGo(worker: ThreadWorker): void {
  if (isOfNode(worker)) worker.unref();
}

function isOfNode(worker: ThreadWorker): worker is NodeWorker {
  return "on" in worker && "unref" in worker;
}

function isOfPage(worker: ThreadWorker): worker is PageWorker {
  return "addEventListener" in worker;
}
