/**
 * Work off the page's own thread.
 */

import type { News, Request } from "./answer.ts";

/** The listener of a request: to news, or to its failure. */
export interface Listener<Told> {
  news(news: Told): void;
  failed(): void;
}

/** Does one piece of work at a time. */
export interface Engine {
  /** Begins some work. What is still told of an earlier one is not heard. */
  begin<Kind extends Request["kind"]>(
    request: Extract<Request, { kind: Kind }>,
    listener: Listener<News[Kind]>,
  ): void;
  /** Ends the work at once. */
  stop(): void;
}

/** Returns an engine that starts its worker with its first work. */
export function workerEngine(): Engine {
  let worker: Worker | undefined;
  let last = 0;
  const stop = () => {
    worker?.terminate();
    worker = undefined;
  };
  return {
    begin(request, listener) {
      worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      last++;
      worker.onmessage = ({ data: { id, news } }) => {
        if (id === last) listener.news(news);
      };
      worker.onerror = () => {
        stop();
        listener.failed();
      };
      worker.postMessage({ id: last, request });
    },
    stop,
  };
}
