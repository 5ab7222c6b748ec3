/**
 * The worker of a page: it has the library with the compiler in a separate file, which is loaded only for training and
 * timing. If the page is cross-origin isolated, it times with threads.
 */

import { setThreads } from "@graddiff/core/threads";
import { answers, type Request } from "./answer.ts";

const scope = globalThis as unknown as {
  readonly crossOriginIsolated: boolean;
  onmessage: (event: MessageEvent<{ readonly id: number; readonly request: Request }>) => void;
  postMessage(message: unknown): void;
};

let threads: number | undefined;

/** Starts as many threads as there are processors, once. */
async function startThreads(): Promise<void> {
  if (threads !== undefined) return;
  threads = 1;
  if (scope.crossOriginIsolated) threads = await setThreads(undefined, { worker: makeThread });
}

/**
 * Returns the worker of a thread. It is made from a file, since the content security policy forbids workers from a
 * text.
 */
function makeThread(): Worker {
  return new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
}

const answer = answers(() => threads ?? 1);

scope.onmessage = ({ data: { id, request } }) => {
  const begin = () => answer(request, (news) => scope.postMessage({ id, news }));
  // Only timing starts threads, since steps of small networks cannot be divided.
  if (request.kind === "time") void startThreads().then(begin);
  else begin();
};
