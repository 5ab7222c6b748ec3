/**
 * One interface for workers of Node and of browsers, on both sides: for the thread that makes a worker, and for the worker.
 */

const { process } = globalThis as {
  process?: { readonly versions?: { readonly node?: string } };
};

/** True in Node, Deno and Bun. */
export const isNode: boolean = process?.versions?.node !== undefined;

/** Returns a module of Node; a bundler for browsers leaves the import as it is. */
export function nodeModule<Module>(name: string): Promise<Module> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}

/** The worker that `new Worker(…)` makes, in Node and in browsers. */
export interface ThreadWorker {
  /** Sends a message to the worker. */
  postMessage(message: unknown): void;
  /** Ends the worker. */
  terminate(): unknown;
}

/** The events of a worker. */
export interface WorkerEvents {
  readonly message: (data: unknown) => void;
  /** Called when the worker does not start, or has ended. */
  readonly ended: (why: string) => void;
}

/** The workers of `node:worker_threads`. */
interface NodeWorker extends ThreadWorker {
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
  unref(): void;
}

type PageEvent = { readonly message?: string; readonly data?: unknown };

/** The workers of browsers. */
interface PageWorker extends ThreadWorker {
  addEventListener(event: string, listener: (event: PageEvent) => void): void;
}

/** Listens to a worker. */
export function listenTo(worker: ThreadWorker, { message, ended }: WorkerEvents): void {
  if (isOfNode(worker)) {
    worker.on("message", message);
    worker.on("error", (error) => ended(String(error)));
    worker.on("exit", () => ended("it has ended"));
  } else if (isOfPage(worker)) {
    worker.addEventListener("message", ({ data }) => message(data));
    worker.addEventListener("error", ({ message: why = "it could not be loaded" }) => ended(why));
    worker.addEventListener("messageerror", () => ended("memory cannot be shared with it"));
  }
}

/** Lets the process end although the worker is there. */
export function letGo(worker: ThreadWorker): void {
  if (isOfNode(worker)) worker.unref();
}

function isOfNode(worker: ThreadWorker): worker is NodeWorker {
  return "on" in worker && "unref" in worker;
}

function isOfPage(worker: ThreadWorker): worker is PageWorker {
  return "addEventListener" in worker;
}

/** The way from a worker to the thread that has made it. */
export interface Port {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  addEventListener?(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  on?(event: "message", listener: (data: unknown) => void): void;
}

/** Returns the port of this worker; undefined on a thread that is none. */
export async function workerPort(): Promise<Port | undefined> {
  const scope = globalThis as Partial<Port> & { readonly document?: unknown };
  // Only pages have a document, and only workers of the web have both no document and this function.
  if (scope.postMessage !== undefined) {
    return scope.document === undefined ? (scope as Port) : undefined;
  }
  if (!isNode) return undefined;
  const { parentPort } = await nodeModule<{ readonly parentPort: Port | null }>(
    "node:worker_threads",
  );
  return parentPort ?? undefined;
}

/** Calls a listener with each message to this worker. */
export function listen(port: Port, listener: (data: unknown) => void): void {
  if (port.on !== undefined) port.on("message", listener);
  else port.addEventListener?.("message", ({ data }) => listener(data));
}
