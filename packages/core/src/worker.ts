/**
 * `@graddiff/core/worker`: the module of a worker, for pages whose policy forbids workers of a text; see `setThreads`.
 */

import { nodeModule } from "./ports.ts";
import { type Start, takerOf, work } from "./run/threads/work.ts";

/** The port through which a worker hears and answers, in browsers the worker itself. */
interface Port {
  addEventListener?(event: "message", listener: (event: { readonly data: Start }) => void): void;
  once?(event: "message", listener: (start: Start) => void): void;
  postMessage?(message: unknown): void;
}

function listen(port: Port): void {
  const begin = (start: Start) => work(start, () => port.postMessage?.("ready"), takerOf);
  if (port.once !== undefined) port.once("message", begin);
  else port.addEventListener?.("message", ({ data }) => begin(data));
}

const port = globalThis as Port;
if (port.postMessage !== undefined) listen(port);
else {
  nodeModule<{ readonly parentPort: Port | null }>("node:worker_threads").then(({ parentPort }) => {
    if (parentPort !== null) listen(parentPort);
  });
}
