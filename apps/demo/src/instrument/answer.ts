/**
 * Answers to the questions of a guided run: how they are read, when they are right, and what a wrong one
 * mixes up.
 */

import type { Graph, LayoutRoute } from "@graddiff/core";
import { readNumber } from "../course/lesson.ts";
import { backwardProduct } from "./calculation.ts";
import type { Asked } from "./readings.ts";

/** What was answered to one question. */
export interface Answer {
  /** The numbers that were said, in order. */
  readonly said: readonly number[];
  /** Whether the right one is shown. */
  readonly isShown: boolean;
}

/** So many answers are heard before the right one is shown. */
export const MOST_TRIES = 2;

/** Nobody should need a calculator. */
const TOLERANCE = 0.01;

/**
 * Reads an answer as a person types it, also with a decimal comma: `2,2` is 2.2. NaN for anything else, also
 * for `1,234`, which is one number to some and another to others.
 */
export function readAnswer(text: string): number {
  const plain = text.trim();
  const isComma = /^[-−]?\d+,\d+$/.test(plain) && !/^[-−]?[1-9]\d{0,2},\d{3}$/.test(plain);
  return readNumber(isComma ? plain.replace(",", ".") : plain);
}

export function isRight(said: number, right: number): boolean {
  return Math.abs(said - right) <= TOLERANCE * Math.abs(right);
}

/** What a wrong answer is instead. */
export type Mistake =
  | { readonly kind: "sign" | "point" | "sum" | "unknown" }
  /** What comes back along one edge of several, by the node that it comes from. */
  | { readonly kind: "part"; readonly node: number }
  | { readonly kind: "gradient" | "value"; readonly node: number };

/** Finds out what a wrong answer mixes up. `routes` are those that lead from the node, and to it. */
export function mistakeOf(
  graph: Graph,
  { from, to }: { readonly from: readonly LayoutRoute[]; readonly to: readonly LayoutRoute[] },
  drawn: readonly number[],
  { id, what }: Asked,
  said: number,
): Mistake {
  const number = (node: number, kind: Asked["what"]) => graph.nodes[node]?.[kind]?.item();
  const is = (other: number | undefined) => other !== undefined && isRight(said, other);
  const right = number(id, what) ?? Number.NaN;
  if (is(-right)) return { kind: "sign" };
  const products = what === "value" ? [] : from.map((route) => backwardProduct(graph, route));
  const part = from[products.findIndex((product) => is(product?.contribution))];
  if (part !== undefined && from.length > 1) return { kind: "part", node: part.to };
  const others = drawn.filter((each) => each !== id);
  for (const kind of what === "value"
    ? (["value", "gradient"] as const)
    : (["gradient", "value"] as const)) {
    const node = others.find((each) => is(number(each, kind)));
    if (node !== undefined) return { kind, node };
  }
  const added =
    what === "value"
      ? to.reduce((product, route) => product * (number(route.from, "value") ?? 0), 1)
      : products.reduce((sum, each) => sum + (each?.upstream ?? 0) + (each?.local ?? 0), 0);
  if (is(added)) return { kind: "sum" };
  const shift = Math.log10(said / right);
  if (Math.abs(shift - Math.round(shift)) < TOLERANCE) return { kind: "point" };
  return { kind: "unknown" };
}
