/**
 * The engine, which does work on another thread than the page's.
 */

import type { News, Request } from "./answer.ts";

/** The listener of a request, which is told its news, its failure, or its replacement by another request. */
export interface Listener<Told> {
  news(news: Told): void;
  failed(): void;
  replaced(): void;
}

/** A task that was started. */
export interface Work {
  /** Ends the task at once; does nothing if it is done or was replaced. */
  stop(): void;
}

/** An engine, which does one task at a time. */
export interface Engine {
  /** Starts a task. It replaces an earlier one, which reports nothing more. */
  begin<Kind extends Request["kind"]>(
    request: Extract<Request, { kind: Kind }>,
    listener: Listener<News[Kind]>,
  ): Work;
}

/** Returns an engine that starts its worker with the first task. */
export function workerEngine(): Engine {
  let worker: Worker | undefined;
  let last = 0;
  let present: { readonly kind: Request["kind"]; replaced(): void } | undefined;
  const end = () => {
    worker?.terminate();
    worker = undefined;
    present = undefined;
  };
  return {
    begin(request, listener) {
      const before = present;
      // A task of another kind ends the worker; for more training, the worker is kept with the steps that it has made.
      if (before !== undefined && before.kind !== request.kind) end();
      before?.replaced();
      worker ??= new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      const id = ++last;
      present = { kind: request.kind, replaced: () => listener.replaced() };
      worker.onmessage = ({ data }) => {
        if (data.id === last) listener.news(data.news);
      };
      worker.onerror = () => {
        end();
        listener.failed();
      };
      worker.postMessage({ id, request });
      return {
        stop: () => {
          if (id === last && present !== undefined) end();
        },
      };
    },
  };
}
