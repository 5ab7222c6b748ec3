/** A checkpoint in the browser: what `fit` saves and loads, in a database of IndexedDB. */

import { type FitStore, fromMessage, toMessage } from "@graddiff/core";

const KEY = "newest";

export function browserStore(name: string): FitStore & { readonly clear: () => Promise<void> } {
  /** The result of a request, when its transaction is complete: nothing is kept before. */
  async function use<Result>(ask: (kept: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
    const opening = indexedDB.open(name);
    opening.onupgradeneeded = () => opening.result.createObjectStore(name);
    await event(opening, "success", "error");
    const transaction = opening.result.transaction(name, "readwrite");
    const request = ask(transaction.objectStore(name));
    await event(transaction, "complete", "abort");
    opening.result.close();
    return request.result;
  }
  return {
    async save(state) {
      await use((kept) => kept.put(toMessage(state).message, KEY));
    },
    async load() {
      const message = await use((kept) => kept.get(KEY));
      return message === undefined ? undefined : fromMessage(message);
    },
    clear: () => use((kept) => kept.delete(KEY)),
  };
}

function event(source: IDBRequest | IDBTransaction, end: string, fault: string): Promise<void> {
  return new Promise((resolve, reject) => {
    source.addEventListener(end, () => resolve());
    source.addEventListener(fault, () => reject(source.error));
  });
}
