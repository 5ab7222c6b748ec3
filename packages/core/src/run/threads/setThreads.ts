/** The number of threads that compute. */

import { callable, numberThat, optional, optionsReader, refuseSurplus } from "../../arguments.ts";
import { ArgumentError, describe, warn } from "../../errors.ts";
import { isNode, letGo, listenTo, nodeModule, type ThreadWorker } from "../../ports.ts";
import {
  isInstalledModule,
  replaceWorkspace,
  sharedWorkspace,
  workspace,
  workspaceInUse,
  workspaceOfOne,
} from "../wasm/memory/workspace.ts";
import { ThreadsOf } from "./divided.ts";
import { Pool, type PoolOptions } from "./pool.ts";
import { THRESHOLDS, type Thresholds } from "./schedule.ts";
import { makeWorker } from "./workers.ts";

/** Options of {@link setThreads}. */
export interface ThreadOptions {
  /**
   * Makes a worker of the module `@graddiff/core/worker`, for pages whose policy forbids workers of a text. Default: a
   * worker of a text.
   */
  readonly worker?: () => ThreadWorker | Promise<ThreadWorker>;
}

const readOptions = optionsReader({ worker: optional(callable, undefined) });

/** More threads than this are refused: no host of JavaScript has as many cores. */
const MOST = 64;
const readThreads = numberThat(
  (count) => Number.isInteger(count) && count >= 1 && count <= MOST,
  `an integer from 1 to ${MOST}`,
);

/** The most threads that are taken without a count, which else are as many as a computer has cores. */
const USUAL = 4;
/** Milliseconds in which workers have to start. */
const START = 20_000;
/** The threads of this process. */
interface Running {
  readonly pool: Pool;
  readonly workers: Map<number, ThreadWorker>;
  readonly make: MakeWorker;
  hasEnded: boolean;
}

let running: Running | undefined;
/** The calls of `setThreads` wait for each other. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Sets the number of threads that compute compiled functions, and ops outside of them that take 0.5 ms and more. Calls
 * stay synchronous and keep their bits; small ones use one thread. It pays for products of matrices from 256 × 256 on,
 * for convolutions, attention, and arrays of 10⁵ elements and more.
 *
 * In a page memory can be shared only where two headers isolate it: `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`. Where there can be no threads, a warning says why and what helps, nothing
 * changes, and the result is 1.
 *
 * @param count an integer from 1 to 64; 1 ends the other threads. Default: as many as there are cores, at most 4.
 * @param options `worker` makes the workers, where a policy forbids those of a text.
 * @returns how many threads compute from now on.
 * @throws ArgumentError for other counts.
 * @example
 * ```ts
 * import { compile, type Tensor, uniform } from "@graddiff/core";
 * import { setThreads } from "@graddiff/core/threads";
 *
 * await setThreads(2);
 * const square = compile((x: Tensor) => x.matmul(x));
 * console.log(square(uniform([300, 300], { seed: 1 })).shape); // [ 300, 300 ]
 * await setThreads(1);
 * ```
 */
export function setThreads(count?: number, options: ThreadOptions = {}): Promise<number> {
  refuseSurplus("setThreads", 2, arguments);
  if (count !== undefined) readThreads("setThreads", "count", count);
  const { worker } = readOptions("setThreads", options);
  // A cast: it is a function.
  const turn = last.then(() => change(count, worker as MakeWorker | undefined));
  last = turn.catch(() => {});
  return turn;
}

/** Returns the threads that compute. @internal */
export function poolInUse(): Pool | undefined {
  return running?.pool;
}

/** Returns the workers by their threads, for tests of workers that end. @internal */
export function workersInUse(): ReadonlyMap<number, ThreadWorker> | undefined {
  return running?.workers;
}

async function change(count: number | undefined, worker: MakeWorker | undefined): Promise<number> {
  const wanted = count ?? Math.min(USUAL, await coresOf());
  const present = running?.pool.threads ?? 1;
  if (wanted === 1) {
    endThreads();
    if (count === undefined) unable("this host says that it has one core", "");
  }
  if (wanted === present || wanted === 1) return wanted;
  const why = obstacle();
  if (why !== undefined) {
    unable(...why);
    return present;
  }
  try {
    await startThreads(wanted, { worker });
    return wanted;
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    unable(
      error instanceof Error ? error.message : describe(error),
      "Where a policy forbids workers of a text, worker-src with blob: allows them, or " +
        'setThreads(n, { worker: () => new Worker(new URL("@graddiff/core/worker", import.meta.url), { type: "module" }) }) ' +
        "makes them of a file",
    );
    return present;
  }
}

/** Returns the reason why there can be no threads here, and what helps. */
function obstacle(): [why: string, help: string] | undefined {
  const page = globalThis as { crossOriginIsolated?: boolean; SharedArrayBuffer?: unknown };
  if (page.crossOriginIsolated === false || page.SharedArrayBuffer === undefined) {
    return [
      "this page is not isolated, so its memory cannot be shared",
      "Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    ];
  }
  const space = workspace();
  if (space === undefined) return ["there is no WebAssembly here", ""];
  if (!space.canCompile) return ["this host forbids compiling WebAssembly", ""];
  if (isInstalledModule())
    return ["the kernel comes from useKernel, whose memory cannot be shared", ""];
  return undefined;
}

function unable(why: string, help: string): void {
  warn(
    `one thread computes, because ${why}. ${help === "" ? "" : `${help}. `}Results are the same.`,
  );
}

async function coresOf(): Promise<number> {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  if (!isNode) return navigator?.hardwareConcurrency ?? 1;
  const { availableParallelism } = await nodeModule<{ availableParallelism(): number }>("node:os");
  return availableParallelism();
}

/** The settings with which threads are started. */
export interface Starting extends PoolOptions {
  readonly worker?: MakeWorker | undefined;
  /** The work that is worth dividing. */
  readonly thresholds?: Thresholds;
}

type MakeWorker = NonNullable<ThreadOptions["worker"]>;

/**
 * Starts `count` threads, which replace the present ones. All options but `worker` are for tests.
 * @internal
 */
export async function startThreads(
  count: number,
  { worker = makeWorker, thresholds = THRESHOLDS, ...options }: Starting = {},
): Promise<void> {
  let pool: Pool | undefined;
  const groups: Uint8Array<ArrayBuffer>[] = [];
  const space = sharedWorkspace((bytes) =>
    pool === undefined ? groups.push(bytes) : pool.addGroup(bytes),
  );
  pool = new Pool(space, count, options, endThreads);
  for (const bytes of groups) pool.addGroup(bytes);
  const started: Running = { pool, workers: new Map(), make: worker, hasEnded: false };
  try {
    await Promise.all(Array.from({ length: count - 1 }, (_, i) => startThread(started, i + 1)));
  } catch (error) {
    endWorkers(started);
    throw error;
  }
  // All workers have answered, so values can move to the shared memory.
  space.threads = new ThreadsOf(pool, thresholds);
  replaceWorkspace(space);
  const before = running;
  running = started;
  if (before) endWorkers(before);
}

/** Starts the worker of a thread, and another one if it ends early. */
async function startThread(started: Running, thread: number): Promise<void> {
  const worker = await started.make();
  if (typeof worker?.postMessage !== "function") {
    const expected = "a function that makes a Worker";
    throw new ArgumentError("setThreads", "worker", expected, `one that makes ${describe(worker)}`);
  }
  started.workers.set(thread, worker);
  await new Promise<void>((resolve, reject) => {
    let isReady = false;
    const late = setTimeout(
      () => reject(new Error(`a worker has not started within ${START / 1000} s`)),
      START,
    );
    listenTo(worker, {
      message: () => {
        isReady = true;
        clearTimeout(late);
        letGo(worker);
        resolve();
      },
      ended: (why) => {
        clearTimeout(late);
        if (!isReady) reject(new Error(`its workers do not start (${why})`));
        else if (!started.hasEnded && started.workers.get(thread) === worker) {
          // Whatever ended it, the others continue, and another worker replaces it.
          startThread(started, thread).catch(() => {});
        }
      },
    });
    worker.postMessage(started.pool.startOf(thread));
  });
}

declare function setTimeout(run: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Ends all threads but the caller's: values move to a memory of one thread. */
function endThreads(): void {
  const ended = running;
  if (ended === undefined) return;
  running = undefined;
  if (workspaceInUse() === ended.pool.space) replaceWorkspace(workspaceOfOne());
  endWorkers(ended);
}

function endWorkers(ended: Running): void {
  ended.hasEnded = true;
  if (!ended.pool.isBroken) ended.pool.stop();
  for (const worker of ended.workers.values()) {
    letGo(worker);
    worker.terminate();
  }
}
