/** A checkpoint in the browser: what `fit` saves and loads, and the goal of its run, in a database of IndexedDB. */

import { fromMessage, toMessage } from "@graddiff/core";
import type { SessionStore } from "./session.ts";

const KEY = "newest";
const GOAL = "goal";

export function browserStore(name: string): SessionStore {
  /** Returns the result of a request, when its transaction is complete: nothing is kept before. */
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
    async saveGoal(epochs) {
      await use((kept) => kept.put(epochs, GOAL));
    },
    loadGoal: () => use((kept): IDBRequest<number | undefined> => kept.get(GOAL)),
    clear: () => use((kept) => kept.clear()),
  };
}

function event(source: IDBRequest | IDBTransaction, end: string, fault: string): Promise<void> {
  return new Promise((resolve, reject) => {
    source.addEventListener(end, () => resolve());
    source.addEventListener(fault, () => reject(source.error));
  });
}
