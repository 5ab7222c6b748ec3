/**
 * Keys of nodes for addresses: the name of a node, or its path from a named node that reads it, such as `h1/0/1`.
 * Unlike ids, keys stay the same when another part of the function is edited.
 */

import type { Graph } from "@graddiff/core";
import { encodeText } from "./encoding.ts";

/** The keys of one graph. */
export class NodeKeys {
  readonly #keys: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  constructor({ nodes }: Graph) {
    const counts = new Map<string, number>();
    for (const { name = "" } of nodes) counts.set(name, (counts.get(name) ?? 0) + 1);
    const keys: string[] = [];
    // The nodes are visited from the result backwards, so that the reader of a node has its key first.
    for (const { id, name = "", inputs } of nodes.toReversed()) {
      if (name !== "" && counts.get(name) === 1) keys[id] = encodeText(name);
      const own = keys[id] ?? `/${id}`;
      keys[id] = own;
      inputs.forEach(({ from }, k) => {
        keys[from] ??= `${own}/${k}`;
      });
    }
    this.#keys = keys;
    this.#ids = new Map(keys.map((key, id) => [key, id]));
  }

  of(id: number): string {
    return this.#keys[id] ?? "";
  }

  /** Returns the id of the node with a key; undefined if there is none. */
  id(key: string): number | undefined {
    return this.#ids.get(key);
  }
}
