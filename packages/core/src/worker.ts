/**
 * `@graddiff/core/worker`: the module of a worker, for pages whose policy forbids workers of a text; see `setThreads`.
 */

import { listen, workerPort } from "./ports.ts";
import { type Start, takerOf, work } from "./run/threads/work.ts";

workerPort().then((port) => {
  if (port === undefined) return;
  // `setThreads` sends one message, the start.
  listen(port, (start) => work(start as Start, () => port.postMessage("ready"), takerOf));
});
