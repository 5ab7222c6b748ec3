/**
 * `loadOnnx`: an ONNX model from a URL, a Response or a Blob.
 */

import { ArgumentError } from "@graddiff/core";
import { callable, describe, optional, optionsReader, type Reader } from "@graddiff/core/extend";
import { text } from "@graddiff/core/internal";
import { addressBeside, filesBeside } from "./beside.ts";
import { Cache } from "./cache.ts";
import { bytesOfFile, decodeModel } from "./decode.ts";
import type { ImportOptions } from "./importOnnx.ts";
import type { ImportedModel } from "./model.ts";
import { IMPORT_OPTIONS, modelOf } from "./modelOf.ts";
import {
  type AbortSource,
  type ByteBlob,
  type ByteResponse,
  type ByteStream,
  broken,
  Counter,
  isBlob,
  isResponse,
  type Request,
  readBlob,
  readResponse,
  unless,
} from "./sources.ts";

export type { AbortSource, ByteBlob, ByteResponse, ByteStream };

/** The source of a model: a URL, as a text or an object, a `Response`, or a `Blob`. */
export type LoadSource = string | { readonly href: string } | ByteResponse | ByteBlob;

/** The options of {@link loadOnnx}: those of {@link importOnnx}, and how the files come. */
export interface LoadOptions extends Omit<ImportOptions, "external"> {
  /**
   * Returns a file beside the model, given its name in the model. Default: if the model has a URL, the file of that
   * name beside it; a name that leads out of the model's folder is refused. Each file is requested once.
   */
  readonly external?: (
    location: string,
  ) =>
    | Uint8Array
    | ArrayBuffer
    | ByteBlob
    | ByteResponse
    | Promise<Uint8Array | ArrayBuffer | ByteBlob | ByteResponse>;
  /**
   * Called with the number of bytes read so far and the expected total: of the model, and then of the files beside it, too.
   * `total` is undefined while a length is unknown, such as the length of a compressed response.
   */
  readonly onProgress?: (progress: { loaded: number; total: number | undefined }) => void;
  /**
   * Caches the files of a URL in the page, in the cache of this name (`caches.open`), or of the name "graddiff": they
   * are not requested again until `caches.delete(name)`. Files that are not a model are not cached. Default: false.
   */
  readonly cache?: string | boolean;
  /** Aborts the loading, with its reason as the error: the signal of an `AbortController`. */
  readonly signal?: AbortSource;
}

const OP = "loadOnnx";
const SOURCE = { op: OP, argument: "source" };
const DEFAULT_CACHE = "graddiff";

const readCache: Reader<string | undefined> = (op, argument, value) => {
  if (value === true) return DEFAULT_CACHE;
  if (value === false) return undefined;
  if (value !== "" && typeof value === "string") return text(op, argument, value);
  const expected = "true, false or the name of a cache";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
};

const readSignal: Reader<AbortSource> = (op, argument, value) => {
  const isSignal = typeof value === "object" && value !== null && "addEventListener" in value;
  if (isSignal && "aborted" in value) return value as AbortSource;
  throw new ArgumentError({ op, argument, expected: "an AbortSignal", got: describe(value) });
};

const readOptions = optionsReader({
  ...IMPORT_OPTIONS,
  // The casts are safe: the parameters of the functions are known, and their results are checked.
  external: optional(callable as Reader<(location: string) => unknown>, undefined),
  onProgress: optional(callable as Reader<NonNullable<LoadOptions["onProgress"]>>, undefined),
  cache: optional<string | undefined>(readCache, undefined),
  signal: optional<AbortSource | undefined>(readSignal, undefined),
});

/** The functions of the host, not part of the language, that loading needs. */
const host = globalThis as {
  readonly fetch?: (url: string, options: { signal: AbortSignal }) => Promise<ByteResponse>;
  readonly document?: { readonly baseURI: string };
  readonly location?: { readonly href: string };
};

/** The loading of one model's files. */
class Loading {
  readonly counter: Counter;
  readonly signal: AbortSignal;
  readonly #cache: Cache | undefined;

  constructor(counter: Counter, signal: AbortSignal, cache: Cache | undefined) {
    this.counter = counter;
    this.signal = signal;
    this.#cache = cache;
  }

  /** Returns the file of a URL. */
  async fetch(url: string, request: Request, file = this.counter.begin()): Promise<Uint8Array> {
    const { counter, signal } = this;
    const kept = await unless(signal, this.#cache?.find(url));
    if (kept !== undefined) return readResponse(kept, request, counter, signal, file);
    if (host.fetch === undefined) {
      const got = "a host without fetch";
      throw new ArgumentError({ ...request, expected: "a Response or a Blob", got });
    }
    let response: ByteResponse;
    try {
      response = await unless(signal, host.fetch(url, { signal }));
    } catch (error) {
      throw broken(error, request, url, signal);
    }
    const bytes = await readResponse(response, request, counter, signal, file);
    this.#cache?.take(url, bytes);
    return bytes;
  }

  /** Returns a file beside the model from the caller's function. */
  async given(external: (location: string) => unknown, location: string): Promise<Uint8Array> {
    const { counter, signal } = this;
    const file = counter.begin();
    const request = { op: OP, argument: `external(${describe(location)})` };
    const given = await unless(signal, external(location));
    if (isResponse(given)) return readResponse(given, request, counter, signal, file);
    if (isBlob(given)) return readBlob(given, counter, signal, file);
    const bytes = bytesOfFile(given);
    if (bytes === undefined) {
      const expected = "bytes, a Blob or a Response";
      throw new ArgumentError({ ...request, expected, got: describe(given) });
    }
    file.loaded = bytes.length;
    file.total = bytes.length;
    counter.tell();
    return bytes;
  }
}

/**
 * Returns a model of ONNX from a URL, a Response or a Blob, as {@link importOnnx} makes it of bytes. The files beside
 * it that have its weights are loaded, too.
 *
 * Files come once, into memory that is as large as they are, where the server tells their length. With `cache` they stay in
 * the page, and the next call asks nobody.
 *
 * @param source a URL, which in a page may be relative; a `Response`, as of a `fetch` with headers of its own. Or a
 *   `Blob`, such as a `File` of an `<input>` or, in Node, what `openAsBlob` of `node:fs` gives; or a promise of one.
 * @param options those of `importOnnx` (`outputs`, `external`, which may be async, `dtype`, `seed`, `trainable`, `limits`), and
 *   `onProgress`, `cache`, `signal`.
 * @returns the model.
 * @throws ArgumentError for a status of HTTP that is no success and for a host that cannot be reached, with the URL.
 *   Also for a file beside the model that cannot be had, and for whatever `importOnnx` refuses; the reason of `signal`.
 * @example
 * ```ts
 * import { type Tensor, tensor, zeros } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 * import { exportOnnx, loadOnnx } from "@graddiff/onnx";
 *
 * const layer = new Dense(2, 1, { seed: 1 });
 * const { parts } = exportOnnx((x: Tensor) => layer.forward(x), [zeros([1, 2])], { variables: layer });
 *
 * // In a page: await loadOnnx("models/layer.onnx", { cache: true, onProgress })
 * let percent = 0;
 * const model = await loadOnnx(new Blob([...parts]), {
 *   onProgress: ({ loaded, total = loaded }) => {
 *     percent = (100 * loaded) / total;
 *   },
 * });
 * console.log(percent); // 100
 * const x = tensor([[1, 2]]);
 * console.log(model.fn(x)[0].sub(layer.forward(x)).item()); // 0
 * ```
 */
export async function loadOnnx(
  source: LoadSource | Promise<LoadSource>,
  options?: LoadOptions,
): Promise<ImportedModel> {
  const { external, onProgress, cache: name, signal: given, ...own } = readOptions(OP, options);
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort(given?.reason);
  given?.addEventListener("abort", stop);
  if (given?.aborted) stop();
  try {
    const found = await unless(signal, source);
    const url = addressOf(found);
    if (name !== undefined && url === undefined) {
      const got = describe(found);
      throw new ArgumentError({ ...SOURCE, expected: "a URL, with the option cache", got });
    }
    const cache = name === undefined ? undefined : await unless(signal, Cache.open(name));
    const loading = new Loading(new Counter(onProgress), signal, cache);
    const bytes = await read(found, url, loading);
    const from = url ?? (isResponse(found) && found.url !== "" ? found.url : undefined);
    const decoded = decodeModel({ ...SOURCE, from }, bytes);
    const files = await Promise.all(
      [...filesBeside(decoded.model)].map(async ([location, tensor]) => {
        if (external !== undefined) {
          return [location, await loading.given(external, location)] as const;
        }
        const address = besideModel(url, location, tensor);
        const request = { op: OP, argument: `the file ${describe(location)}` };
        return [location, await loading.fetch(address, request)] as const;
      }),
    );
    const beside = new Map(files);
    const model = modelOf(decoded, { ...own, external: (location) => beside.get(location) });
    await unless(signal, cache?.keep());
    return model;
  } catch (error) {
    // Aborts the other requests.
    controller.abort(error);
    throw error;
  } finally {
    given?.removeEventListener("abort", stop);
  }
}

/**
 * Returns the address of a source; undefined for a Response or a Blob.
 *
 * @throws ArgumentError for a text that is not an address.
 */
function addressOf(source: unknown): string | undefined {
  const isUrl = typeof source === "object" && source !== null && "href" in source;
  const address = isUrl ? source.href : source;
  if (typeof address !== "string") return undefined;
  const base = host.document?.baseURI ?? host.location?.href;
  try {
    return new URL(address, base).href;
  } catch {
    throw new ArgumentError({
      ...SOURCE,
      expected: base === undefined ? "a URL, which is whole outside of pages" : "a URL",
      got: describe(address),
      hint: "Of a file on the disk openAsBlob of node:fs makes a Blob",
    });
  }
}

/** Returns the bytes of the model. */
function read(source: unknown, url: string | undefined, loading: Loading): Promise<Uint8Array> {
  const { counter, signal } = loading;
  if (url !== undefined) return loading.fetch(url, SOURCE);
  if (isResponse(source)) return readResponse(source, SOURCE, counter, signal);
  if (isBlob(source)) return readBlob(source, counter, signal);
  const isBytes = bytesOfFile(source) !== undefined;
  throw new ArgumentError({
    ...SOURCE,
    expected: "a URL, a Response or a Blob",
    got: describe(source),
    ...(isBytes && { hint: "importOnnx(bytes) takes bytes" }),
  });
}

/** Returns the address of a file beside the model. @throws ArgumentError if there is none. */
function besideModel(url: string | undefined, location: string, tensor: string): string {
  const isFile = url !== undefined && /^(?!data:|blob:)/.test(url);
  const address = isFile ? addressBeside(url, location) : undefined;
  if (address !== undefined) return address;
  const wanted = `${describe(location)}, which has the elements of ${describe(tensor)}`;
  throw new ArgumentError({
    op: OP,
    argument: "external",
    expected: `a function that gives the file ${wanted}`,
    got: isFile ? "none, and it is not in the folder of the model" : "none",
  });
}
