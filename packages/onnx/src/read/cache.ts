/**
 * Caching of files in a page, with the Cache API if there is one.
 */

import { describe } from "@graddiff/core/extend";
import { warn } from "@graddiff/core/internal";
import type { ByteResponse } from "./sources.ts";

/** The part of the host's cache that is used. */
interface HostCache {
  match(url: string): Promise<ByteResponse | undefined>;
  put(url: string, response: object): Promise<void>;
}

/** The warnings that were already given, since each is given only once. */
const said = new Set<string>();

function say(message: string): void {
  if (said.has(message)) return;
  said.add(message);
  warn(`loadOnnx: ${message}`);
}

const isKept = (url: string) => /^https?:/.test(url);

/** The files of one model in a cache of the page. */
export class Cache {
  readonly #cache: HostCache;
  readonly #taken = new Map<string, Uint8Array>();

  constructor(cache: HostCache) {
    this.#cache = cache;
  }

  /** Returns the cache with a name; undefined, with one warning, if the host has no Cache API. */
  static async open(name: string): Promise<Cache | undefined> {
    const { caches } = globalThis as { caches?: { open(name: string): Promise<HostCache> } };
    if (caches === undefined) {
      say("there is no Cache API, which pages of https and of localhost have: nothing is kept.");
      return undefined;
    }
    try {
      return new Cache(await caches.open(name));
    } catch (error) {
      say(`the cache does not open, and nothing is kept: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** Returns the cached response of a URL. */
  async find(url: string): Promise<ByteResponse | undefined> {
    return isKept(url) ? this.#cache.match(url) : undefined;
  }

  /** Adds a file, which `keep` stores after the model was read. */
  take(url: string, bytes: Uint8Array): void {
    if (isKept(url)) this.#taken.set(url, bytes);
  }

  /** Stores the added files. If there is no room for them, the model is still returned. */
  async keep(): Promise<void> {
    const headers = (bytes: Uint8Array) => ({
      "content-type": "application/octet-stream",
      "content-length": String(bytes.length),
    });
    try {
      for (const [url, bytes] of this.#taken) {
        const body = bytes as Uint8Array<ArrayBuffer>;
        await this.#cache.put(url, new Response(body, { headers: headers(bytes) }));
      }
    } catch (error) {
      say(`the file is not kept: ${reasonOf(error)}`);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : describe(error);
}
