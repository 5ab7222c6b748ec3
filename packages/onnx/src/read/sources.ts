/**
 * Reading of responses and blobs as bytes, which are counted as they arrive.
 */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";

/** A stream of bytes, as in a `Blob` and a `Response`. */
export interface ByteStream {
  /** Returns the only reader of the stream. */
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** The part of a `Blob` that is read, such as a `File` that a user has chosen. */
export interface ByteBlob {
  /** The number of bytes. */
  readonly size: number;
  /** Gives the bytes. */
  stream(): ByteStream;
}

/** The part of a `Response` that is read, as `fetch` returns it. */
export interface ByteResponse {
  /** True if the status is one of success. */
  readonly ok: boolean;
  /** The status of HTTP. */
  readonly status: number;
  /** The address that answers, where there is one. */
  readonly url: string;
  /** The headers, of which the length is read. */
  readonly headers: { get(name: string): string | null };
  /** The bytes; null for none. */
  readonly body: ByteStream | null;
  /** True if the bytes were already read. */
  readonly bodyUsed: boolean;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

export function isBlob(value: unknown): value is ByteBlob {
  return isObject(value) && "size" in value && "stream" in value;
}

export function isResponse(value: unknown): value is ByteResponse {
  return isObject(value) && "status" in value && "headers" in value && "body" in value;
}

/** The parts of error messages about a file. */
export interface Request {
  readonly op: string;
  readonly argument: string;
}

/** The part of an `AbortSignal` that is read. */
export interface AbortSource {
  /** True if the loading was aborted. */
  readonly aborted: boolean;
  /** The reason that is thrown when it aborts. */
  readonly reason?: unknown;
  /** Calls a function when the signal aborts. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Stops calling the function. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Returns the result of a promise, unless a signal aborts first. @throws the reason of the signal. */
export async function unless<Result>(
  signal: AbortSource,
  promise: Result | PromiseLike<Result>,
): Promise<Result> {
  // A promise that nobody awaits must not count as unhandled if it fails.
  Promise.resolve(promise).then(undefined, () => {});
  if (signal.aborted) throw signal.reason;
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A file that is being read. */
interface Counted {
  loaded: number;
  total: number | undefined;
}

/** Counts the bytes of all files of a model. */
export class Counter {
  readonly #files: Counted[] = [];
  readonly #onProgress:
    | ((progress: { loaded: number; total: number | undefined }) => void)
    | undefined;

  constructor(onProgress?: (progress: { loaded: number; total: number | undefined }) => void) {
    this.#onProgress = onProgress;
  }

  /** Adds a file, of which nothing is known yet. */
  begin(): Counted {
    const file = { loaded: 0, total: undefined };
    this.#files.push(file);
    return file;
  }

  /** Reports the progress of all files. */
  tell(): void {
    const sum = (list: readonly number[]) => list.reduce((all, each) => all + each, 0);
    const totals = this.#files.map(({ total }) => total);
    const isKnown = totals.every((total) => total !== undefined);
    const loaded = sum(this.#files.map((file) => file.loaded));
    this.#onProgress?.({ loaded, total: isKnown ? sum(totals) : undefined });
  }
}

/**
 * The bytes that are allocated first for a file of unknown length; if a header has the length, the rest is allocated
 * once these bytes have arrived.
 */
const UNKNOWN = 2 ** 16;
const BELIEVED = 2 ** 30;

/** Returns the bytes of a stream. */
async function readStream(
  stream: ByteStream,
  { file, counter, signal }: { file: Counted; counter: Counter; signal: AbortSource },
  errorOf: (error: unknown) => unknown,
): Promise<Uint8Array> {
  const reader = stream.getReader();
  const next = async () => {
    try {
      return await unless(signal, reader.read());
    } catch (error) {
      throw errorOf(error);
    }
  };
  let bytes = new Uint8Array(Math.min(file.total ?? UNKNOWN, BELIEVED));
  try {
    while (true) {
      const { done, value } = await next();
      if (done) break;
      if (value === undefined) continue;
      const end = file.loaded + value.length;
      if (end > bytes.length) {
        const { total = 0 } = file;
        const grown = new Uint8Array(total >= end ? total : Math.max(end, 2 * bytes.length));
        grown.set(bytes.subarray(0, file.loaded));
        bytes = grown;
      }
      bytes.set(value, file.loaded);
      file.loaded = end;
      // The header may have the length of the compressed data, so more bytes may arrive.
      if (file.total !== undefined && end > file.total) file.total = undefined;
      counter.tell();
    }
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
  file.total = file.loaded;
  counter.tell();
  return bytes.subarray(0, file.loaded);
}

/** Returns the bytes of a response. @throws ArgumentError for a response that has no file. */
export async function readResponse(
  response: ByteResponse,
  request: Request,
  counter: Counter,
  signal: AbortSource,
  file = counter.begin(),
): Promise<Uint8Array> {
  const { ok, status, url, headers, body, bodyUsed } = response;
  if (!ok) {
    const got = `the status ${status} of HTTP${url === "" ? "" : ` from ${url}`}`;
    throw new ArgumentError({ ...request, expected: "a file", got });
  }
  if (bodyUsed) {
    const got = "a Response whose body has been read";
    throw new ArgumentError({ ...request, expected: "a file", got });
  }
  const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
  file.total = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  if (body === null) return new Uint8Array();
  return readStream(body, { file, counter, signal }, (error) =>
    broken(error, request, url, signal),
  );
}

/** Returns the bytes of a blob. */
export function readBlob(
  blob: ByteBlob,
  counter: Counter,
  signal: AbortSource,
  file = counter.begin(),
): Promise<Uint8Array> {
  file.total = blob.size;
  return readStream(blob.stream(), { file, counter, signal }, (error) => error);
}

/** Returns the error for a failed connection, since the host's error does not have the address. */
export function broken(
  error: unknown,
  request: Request,
  url: string,
  signal: AbortSource,
): unknown {
  // All hosts throw a TypeError for a failed connection.
  if (signal.aborted || !(error instanceof TypeError)) return error;
  const { cause } = error;
  const reason = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
  const from = url === "" ? "" : ` from ${url}`;
  const own = new ArgumentError({ ...request, expected: `a file${from}`, got: describe(reason) });
  own.cause = error;
  return own;
}
