/**
 * The texts of the numbers of a drawing: "" until they are computed, "?" while a question hides them.
 */

import type { Graph, LayoutRoute, Tensor } from "@graddiff/core";
import type { Shares } from "../course/lesson.ts";
import {
  backwardProduct,
  forwardProduct,
  type Product,
  productLines,
  sumLines,
} from "./calculation.ts";
import { type Digits, formatNumber, formatTensor } from "./format.ts";
import { shareLines, shareOn, shareSum } from "./shares.ts";
import type { Mode, Progress } from "./timeline.ts";

/** A number that a question hides. */
export interface Asked {
  readonly id: number;
  readonly what: "value" | "gradient";
}

/** The blank in place of numbers on a sheet that is printed to be filled in. */
export const BLANK = "______";

/** The data from which the readings are computed. */
export interface Shown {
  readonly graph: Graph;
  readonly progress: Progress;
  /** The routes, by the id of the node from which they lead. */
  readonly routesFrom: ReadonlyMap<number, readonly LayoutRoute[]>;
  readonly mode: Mode["kind"];
  readonly tangents: readonly (Tensor | undefined)[];
  readonly asked: Asked | undefined;
  readonly shares: Shares | undefined;
  /** True if the nodes show the terms of sums. */
  readonly detailed: boolean;
  readonly digits: Digits;
  /** True if derivatives are shown as blanks, to be filled in on paper. */
  readonly hasBlanks?: boolean;
}

const HIDDEN = "?";
const NOTHING: readonly [string, string] = ["", ""];

/** The readings of a drawing. Each is computed when it is first read, since most of a large graph is out of sight. */
export class Readings {
  readonly #shown: Shown;
  readonly #values = new Map<number, string>();
  readonly #derivatives = new Map<number, string>();
  readonly #sums = new Map<number, readonly [string, string]>();
  readonly #products = new Map<LayoutRoute, Product | undefined>();

  constructor(shown: Shown) {
    this.#shown = shown;
  }

  value(id: number): string {
    return kept(this.#values, id, () => {
      if (!this.#shown.progress.hasValue(id)) return "";
      return this.isAsked("value", id) ? HIDDEN : this.#text(this.#shown.graph.nodes[id]?.value);
    });
  }

  /** Returns the gradient; in forward mode the tangent. */
  derivative(id: number): string {
    return kept(this.#derivatives, id, () => {
      const { mode, progress, graph, tangents } = this.#shown;
      const isForward = mode === "forward";
      if (!(isForward ? progress.hasTangent(id) : progress.hasGradient(id))) return "";
      if (this.isAsked("gradient", id)) return HIDDEN;
      if (this.#shown.hasBlanks === true) return BLANK;
      return this.#text(isForward ? tangents[id] : graph.nodes[id]?.gradient);
    });
  }

  /** Returns the two lines below a node: the terms of its derivative, if there are several, and their sum. */
  below(id: number): readonly [string, string] {
    return kept(this.#sums, id, () => {
      const { graph, routesFrom, mode, shares, detailed, digits } = this.#shown;
      const routes = routesFrom.get(id) ?? [];
      const share = shareSum(shares, graph.nodes[id]?.name, digits);
      if (share !== undefined) {
        const sum = shares?.nodes[graph.nodes[id]?.name ?? ""] ?? Number.NaN;
        return detailed ? share : ["", formatNumber(sum, digits)];
      }
      const total = this.derivative(id);
      const isHidden = total === HIDDEN || total === BLANK;
      const isPlain = total === "" || isHidden || mode === "forward" || !detailed;
      const lines = isPlain ? undefined : sumLines(graph, routes, id, digits);
      return lines ?? ["", total];
    });
  }

  /**
   * Returns only the result on an edge: the contribution, or the part of an error; "" until it is computed. An edge
   * with a weight drawn on it has the result of the weight.
   */
  result(route: LayoutRoute): string {
    const stated = this.#statedOn(route);
    // The sign is dropped, since it belongs to the calculation, which is in the card.
    if (stated !== undefined) return (stated[1] || stated[0]).replace(/^[=≈→] /, "");
    const product = this.#productOn(route);
    return product === undefined ? "" : formatNumber(product.contribution, this.#shown.digits);
  }

  /**
   * Returns the two lines of an edge: upstream × local and the contribution, or the two lines of the share of an error.
   */
  product(route: LayoutRoute): readonly [string, string] {
    const stated = this.#statedOn(route);
    if (stated !== undefined) return stated;
    const product = this.#productOn(route);
    return product === undefined ? NOTHING : productLines(product, this.#shown.digits);
  }

  /** Returns the text of an edge in place of a product; undefined if the product is computed and can be seen. */
  #statedOn(route: LayoutRoute): readonly [string, string] | undefined {
    const { graph, progress, mode, shares, digits } = this.#shown;
    const share = shareOn(shares, graph, route);
    if (share !== undefined) return shareLines(share, digits);
    const hasCome = mode === "reverse" ? progress.hasFlowed(route) : progress.hasTangent(route.to);
    if (!hasCome) return NOTHING;
    if (this.isAsked("gradient", route.from)) return [HIDDEN, ""];
    return this.#shown.hasBlanks === true ? [BLANK, ""] : undefined;
  }

  #productOn(route: LayoutRoute): Product | undefined {
    return kept(this.#products, route, () => {
      const { graph, mode, tangents } = this.#shown;
      return mode === "reverse"
        ? backwardProduct(graph, route)
        : forwardProduct(graph, route, tangents);
    });
  }

  /** Returns the product on an edge in one line; "" until it is computed. */
  productText(route: LayoutRoute): string {
    return this.product(route).join(" ").trim();
  }

  /** True if a derivative can be read: it is computed, and no question hides it. */
  hasDerivative(id: number): boolean {
    return this.derivative(id) !== "" && !this.isAsked("gradient", id);
  }

  /** True if a question hides a number of a node. */
  isAsked(what: Asked["what"], id: number): boolean {
    const { asked } = this.#shown;
    return asked?.id === id && asked.what === what;
  }

  #text(tensor: Tensor | undefined): string {
    return formatTensor(tensor, this.#shown.digits);
  }
}

function kept<Key, Text>(texts: Map<Key, Text>, key: Key, make: () => Text): Text {
  if (texts.has(key)) return texts.get(key) as Text;
  const made = make();
  texts.set(key, made);
  return made;
}
