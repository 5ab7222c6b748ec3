/**
 * The places of ops: the ways to the layers that apply them.
 */

import { runningLayers, type Site, wayTo } from "@graddiff/core/internal";

/** Finds the ways to layers that are running, from what Variables are said to belong to, or else from the outermost layer. */
export class Places {
  readonly #root: object | undefined;
  readonly #sites = new Map<object, Site>();
  /** The outermost layers that have been running. */
  readonly outermost = new Set<object>();

  constructor(root: object | undefined) {
    this.#root = root;
  }

  /** The site of an op that is applied now. */
  readonly site = (): Site | undefined => {
    const layers = runningLayers();
    const [first, last] = [layers[0], layers.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    this.outermost.add(first);
    const known = this.#sites.get(last);
    if (known !== undefined) return known;
    const way = (this.#root && wayTo(last, this.#root)) ?? wayTo(last, first) ?? [];
    const site = { place: way.join("/"), trace: undefined };
    this.#sites.set(last, site);
    return site;
  };
}
