/**
 * The worker of a page: it has the library with its compiler in a file of its own, which nobody loads who neither
 * trains nor times. Where the page is isolated it times with threads.
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

/** Returns the worker of a thread: of a file, since the policy forbids workers of a text. */
function makeThread(): Worker {
  return new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" });
}

const answer = answers(() => threads ?? 1);

scope.onmessage = ({ data: { id, request } }) => {
  const begin = () => answer(request, (news) => scope.postMessage({ id, news }));
  // Steps of small networks have nothing to divide.
  if (request.kind === "time") void startThreads().then(begin);
  else begin();
};
