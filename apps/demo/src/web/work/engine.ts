/**
 * Work off the page's own thread.
 */

import type { News, Request } from "./answer.ts";

/** The listener of a request: to news, to its failure, or to its end for the sake of another. */
export interface Listener<Told> {
  news(news: Told): void;
  failed(): void;
  replaced(): void;
}

/** A piece of work that was begun. */
export interface Work {
  /** Ends it at once; nothing where it is done, or another was begun. */
  stop(): void;
}

/** Does one piece of work at a time. */
export interface Engine {
  /** Begins some work. An earlier one is replaced: nothing more is told of it. */
  begin<Kind extends Request["kind"]>(
    request: Extract<Request, { kind: Kind }>,
    listener: Listener<News[Kind]>,
  ): Work;
}

/** Returns an engine that starts its worker with its first work. */
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
      // Work of another kind is not waited for; a training goes on from the steps that the worker has kept.
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
