/**
 * Chains in workers: each worker makes the transitions of one chain. The state of the chain travels with each request, so
 * a worker has nothing to keep but the data, and the bits are those of a run without workers.
 */

import { ArgumentError, fromMessage, type Mapped, type Tensor, toMessage } from "@graddiff/core";
import { describe, refuseSurplus } from "@graddiff/core/extend";
import { listen, listenTo, workerPort } from "@graddiff/core/internal";
import type { ThreadWorker } from "@graddiff/core/threads";
import type { Model } from "./model.ts";
import type { Data } from "./numbers.ts";
import { type Chain, type Chunk, type Programs, programsOf } from "./nuts.ts";
import { type Target, targetOf, type Unknowns } from "./target.ts";

/** Makes a worker whose module calls {@link serveChains}. */
export type MakeWorker = () => ThreadWorker | Promise<ThreadWorker>;

/** A request to a worker. The first one has the data, too. */
interface Request extends Chunk {
  readonly data?: Data;
}

/** The transitions, or the reason why there are none. */
type Answer = ReturnType<Programs["advance"]> | { readonly failure: string };

/** The first message of a worker. */
const READY = "graddiff: ready";

/** The milliseconds in which a worker has to start. */
const START = 20_000;

/**
 * Makes the transitions of chains in a worker: call it in the module of the worker, with the model that `sample` gets on the
 * other side.
 *
 * @param of the {@link model}, or `{ logDensity, start }`, as `sample` takes it.
 * @throws ArgumentError outside of a worker, and for anything but a model or a density.
 * @example
 * ```js
 * // chains.js
 * import { serveChains } from "@graddiff/stats";
 * import { schools } from "./model.js";
 *
 * serveChains(schools);
 * ```
 *
 * ```js
 * // page.js; in Node, Worker is that of node:worker_threads
 * const worker = () => new Worker(new URL("./chains.js", import.meta.url), { type: "module" });
 * const posterior = await sample(schools, { data, worker });
 * ```
 */
export async function serveChains<Result, Input>(of: Model<Result, Input>): Promise<void>;
export async function serveChains<Start, Result, Input>(
  of: Unknowns<Start, Result, Input>,
): Promise<void>;
export async function serveChains(of: object): Promise<void> {
  refuseSurplus("serveChains", 1, arguments);
  const target = targetOf<Mapped<unknown, Tensor>>("serveChains", of);
  const port = await workerPort();
  if (port === undefined) {
    const expected = "a call in the module of a worker";
    throw new ArgumentError({ op: "serveChains", expected, got: "one outside of a worker" });
  }
  let data: Data = {};
  const answer = (message: unknown): Answer => {
    try {
      // The other side is `sample`, which sends requests alone.
      const request = fromMessage(message) as unknown as Request;
      if (request.data !== undefined) {
        data = request.data;
        refuseOther(target, request.chain, data);
      }
      return programsOf(target).advance(request, data);
    } catch (error) {
      return { failure: error instanceof Error ? error.message : describe(error) };
    }
  };
  listen(port, (message) => {
    const reply = toMessage(answer(message));
    port.postMessage(reply.message, reply.transfer);
  });
  port.postMessage(READY);
}

/** Throws an ArgumentError if the model of the worker gives the start of a chain another density than the run has. */
function refuseOther(
  target: Pick<Target<unknown>, "of" | "logDensity">,
  { point }: Chain,
  data: Data,
): void {
  const [got, expected] = [programsOf(target).at(point.q, data), point].map((each) =>
    each.logDensity.item(),
  );
  if (Object.is(got, expected)) return;
  throw new ArgumentError({
    op: "serveChains",
    argument: "of",
    expected: `the model of the run, whose log-density at the start is ${expected}`,
    got: `one whose log-density there is ${got}`,
  });
}

/** The workers of a run. */
export interface Workers {
  /** Makes transitions of the chain with an index. */
  advance(c: number, chunk: Chunk): Promise<ReturnType<Programs["advance"]>>;
  end(): void;
}

/**
 * Starts a worker for each chain.
 *
 * @throws ArgumentError if one does not start.
 */
export async function startWorkers(make: MakeWorker, chains: number, data: Data): Promise<Workers> {
  const started: ChainWorker[] = [];
  const end = () => {
    for (const worker of started) worker.end();
  };
  try {
    for (let c = 0; c < chains; c++) started.push(new ChainWorker(await make()));
    await Promise.all(started.map((worker) => worker.ready()));
  } catch (error) {
    end();
    throw error;
  }
  return {
    end,
    advance: (c, chunk) => (started[c] as ChainWorker).ask(chunk, data),
  };
}

/** A worker, with one question at a time. */
class ChainWorker {
  readonly #worker: ThreadWorker;
  #hasData = false;
  #failure: ArgumentError | undefined;
  #settle: { resolve(message: unknown): void; reject(error: ArgumentError): void } | undefined;

  constructor(worker: ThreadWorker) {
    if (typeof worker?.postMessage !== "function") {
      throw failure("a function that makes a Worker", `one that makes ${describe(worker)}`);
    }
    this.#worker = worker;
    listenTo(worker, {
      message: (message) => this.#settle?.resolve(message),
      ended: (why) => this.#fail(why),
    });
  }

  #fail(why: string): void {
    this.#failure ??= failure(
      "a worker whose module calls serveChains",
      `one that has failed: ${why}`,
    );
    this.#settle?.reject(this.#failure);
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#failure !== undefined) reject(this.#failure);
    });
  }

  /** Waits for the first message. */
  async ready(): Promise<void> {
    const late = setTimeout(
      () => this.#fail(`it has not called serveChains within ${START / 1000} s`),
      START,
    );
    try {
      const message = await this.#next();
      if (message !== READY) this.#fail("its first message is not that of serveChains");
    } finally {
      clearTimeout(late);
    }
  }

  async ask(chunk: Chunk, data: Data): Promise<ReturnType<Programs["advance"]>> {
    const next = this.#next();
    const request: Request = this.#hasData ? chunk : { ...chunk, data };
    this.#hasData = true;
    this.#worker.postMessage(toMessage(request).message);
    // The other side is `serveChains`, which sends answers alone.
    const answer = fromMessage(await next) as unknown as Answer;
    if (!("failure" in answer)) return answer;
    throw failure("a worker that makes transitions", answer.failure.replace(/\.$/, ""));
  }

  end(): void {
    this.#worker.terminate();
  }
}

function failure(expected: string, got: string): ArgumentError {
  return new ArgumentError({ op: "sample", argument: "worker", expected, got });
}

declare function setTimeout(run: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;
