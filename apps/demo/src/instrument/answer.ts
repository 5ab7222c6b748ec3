/**
 * Answers to the questions of a guided run: reading them, checking them, and finding the mistake in a wrong one.
 */

import type { Graph, LayoutRoute } from "@graddiff/core";
import { readNumber } from "../course/lesson.ts";
import { backwardProduct } from "./calculation.ts";
import type { Asked } from "./readings.ts";

/** The answers to one question. */
export interface Answer {
  /** The numbers that the learner has answered, in order. */
  readonly said: readonly number[];
  /** True if the right answer is shown. */
  readonly isShown: boolean;
}

/** The number of tries before the right answer is shown. */
export const MOST_TRIES = 2;

/** The most digits by which a learner may misplace the decimal point. */
const MOST_SHIFTED = 6;

/** The relative tolerance of an answer, so that no calculator is needed. */
const TOLERANCE = 0.01;

/**
 * Reads a typed answer, also with a decimal comma: `2,2` is 2.2. Other texts give NaN, also `1,234`, which is
 * ambiguous.
 */
export function readAnswer(text: string): number {
  const plain = text.trim();
  const isComma = /^[-−]?\d+,\d+$/.test(plain) && !/^[-−]?[1-9]\d{0,2},\d{3}$/.test(plain);
  return readNumber(isComma ? plain.replace(",", ".") : plain);
}

export function isRight(said: number, right: number): boolean {
  return Math.abs(said - right) <= TOLERANCE * Math.abs(right);
}

/** The mistake in a wrong answer. */
export type Mistake =
  | { readonly kind: "sign" | "point" | "sum" | "product" | "unknown" }
  /** The answer is the contribution along one of several edges, which comes from `node`. */
  | { readonly kind: "part"; readonly node: number }
  | { readonly kind: "gradient" | "value"; readonly node: number };

/** The routes of a drawing that lead from a node, and to it. */
export interface Routes {
  readonly from: readonly LayoutRoute[];
  readonly to: readonly LayoutRoute[];
}

/** Returns the mistake that explains a wrong answer, if there is one. */
export function mistakeOf(
  graph: Graph,
  routes: Routes,
  drawn: readonly number[],
  { id, what }: Asked,
  said: number,
): Mistake {
  const number = (node: number, kind: Asked["what"]) => graph.nodes[node]?.[kind]?.item();
  const is = (other: number | undefined) => other !== undefined && isRight(said, other);
  const right = number(id, what) ?? Number.NaN;
  if (is(-right)) return { kind: "sign" };
  const products =
    what === "value" ? [] : routes.from.map((route) => backwardProduct(graph, route));
  const part = routes.from[products.findIndex((product) => is(product?.contribution))];
  if (part !== undefined && routes.from.length > 1) return { kind: "part", node: part.to };
  const others = drawn.filter((each) => each !== id);
  for (const kind of what === "value"
    ? (["value", "gradient"] as const)
    : (["gradient", "value"] as const)) {
    const node = others.find((each) => is(number(each, kind)));
    if (node !== undefined) return { kind, node };
  }
  if (what === "value") {
    // The learner may have taken an addition for a multiplication, or the reverse.
    const values = routes.to.map(({ from }) => number(from, "value") ?? Number.NaN);
    const op = graph.nodes[id]?.op?.name;
    if (op === "add" && is(values.reduce((a, b) => a * b))) return { kind: "product" };
    if (op === "mul" && is(values.reduce((a, b) => a + b))) return { kind: "sum" };
  } else if (products.length === 1) {
    const [product] = products;
    if (is((product?.upstream ?? 0) + (product?.local ?? Number.NaN))) return { kind: "sum" };
  }
  const shift = Math.round(Math.log10(said / right));
  const isShifted = Math.abs(shift) <= MOST_SHIFTED && isRight(said * 10 ** -shift, right);
  return { kind: isShifted ? "point" : "unknown" };
}
