/** The comparison of a gradient with a numerical derivative, in words. */

import type { NodeCheck } from "@graddiff/core";
import { formatNumber } from "../instrument/format.ts";
import type { Store } from "./store.ts";

/** The digits of the step h, few of which are of interest. */
const STEP_DIGITS = 3;

export function checkText(store: Store, check: NodeCheck): string {
  const { node: words } = store.texts;
  const { verdict, left, right, gradient, step, difference } = check;
  if (verdict.kind === "none") return words.none;
  if (verdict.kind === "corner") {
    return words.corner(store.number(left), store.number(right), store.number(gradient));
  }
  const told = words.check(formatNumber(step, STEP_DIGITS), store.number(difference));
  const agreement = verdict.kind === "agrees" ? words.agrees(verdict.digits) : words[verdict.kind];
  return `${told}: ${agreement}`;
}
