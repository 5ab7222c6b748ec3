/**
 * The layers of ops: the paths to the layers that apply them, and in imported models those that the names of nodes have.
 */

import { runningLayers, type SourceLocation, wayTo } from "@graddiff/core/internal";
import { placeOfNode } from "../nodePlace.ts";

/** Finds the paths of running layers, from the owners of Variables, or else from the outermost layer. */
export class Places {
  readonly #root: object | undefined;
  readonly #ways = new Map<object, string>();
  /** The outermost layers that have been running. */
  readonly outermost = new Set<object>();

  constructor(root: object | undefined) {
    this.#root = root;
  }

  /** The source location of the op that is being applied. */
  readonly site = (): SourceLocation | undefined => {
    const places = [this.#layer(), placeOfNode()].filter((place) => place !== "");
    return places.length === 0 ? undefined : { layerPath: places.join("/"), trace: undefined };
  };

  /** Returns the way to the innermost layer. */
  #layer(): string {
    const layers = runningLayers();
    const [first, last] = [layers[0], layers.at(-1)];
    if (first === undefined || last === undefined) return "";
    this.outermost.add(first);
    const known = this.#ways.get(last);
    if (known !== undefined) return known;
    const way = (this.#root && wayTo(last, this.#root)) ?? wayTo(last, first) ?? [];
    this.#ways.set(last, way.join("/"));
    return way.join("/");
  }
}
