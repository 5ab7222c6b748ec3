/**
 * The meaning of formulas: JavaScript that was typed by hand for each text, and numbers to compare both.
 */

import { explain } from "@graddiff/core";
import { build } from "../../src/own/build.ts";
import type { OwnProgram } from "../../src/own/program.ts";

/** A text and its meaning. */
export interface Meaning {
  readonly text: string;
  readonly formula: string;
}

const WORDS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "log2"].map(
      (name) => [name, Math[name as "sin"]],
    ),
  ),
  ln: Math.log,
  log10: Math.log10,
  sqrt: Math.sqrt,
  abs: Math.abs,
  max: Math.max,
  min: Math.min,
  pi: Math.PI,
  e: Math.E,
};

/** Three numbers for each name of a formula, in alphabetical order: every formula is finite for at least one set. */
const NUMBERS = [
  [0.62, 0.41, 0.87, 0.33, 0.71, 0.55, 0.93, 0.48, 0.79],
  [0.37, 0.83, 0.52, 0.68, 0.29, 0.91, 0.44, 0.75, 0.6],
  [0.21, 0.95, 0.4, 0.66, 0.31, 0.84, 0.58, 0.27, 0.73],
];

/** Returns the numbers of the names in a turn; they are below 0.95, so that all functions are finite. */
export function numbersOf(names: readonly string[], turn: number): ReadonlyMap<string, number> {
  const list = NUMBERS[turn] ?? [];
  return new Map([...names].sort().map((name, i) => [name, list[i % list.length] ?? 0]));
}

/** Returns the names of a formula, and its values at all turns. */
export function meaningOf({ formula }: Meaning): {
  readonly names: readonly string[];
  readonly values: readonly number[];
} {
  const found = formula.match(/[\p{L}_][\p{L}\p{Nd}_]*/gu) ?? [];
  const names = [...new Set(found)].filter((name) => !Object.hasOwn(WORDS, name));
  const values = NUMBERS.map((_, turn) => {
    const numbers = numbersOf(names, turn);
    const known = { ...WORDS, ...Object.fromEntries(numbers) };
    const compute = new Function(...Object.keys(known), `"use strict"; return ${formula};`);
    return Number(compute(...Object.values(known)));
  });
  return { names, values };
}

/** Returns the JavaScript name of an input. */
export function plainName(name: string): string {
  return name.replace(/[₀-₉]/g, (digit) => String("₀₁₂₃₄₅₆₇₈₉".indexOf(digit)));
}

/** Returns the result of a parsed function for the numbers of a turn. */
export function resultAt(program: OwnProgram, turn: number): number {
  const names = [...program.inputs.keys()];
  const numbers = numbersOf(names.map(plainName), turn);
  const graph = explain(build(program), { names })(
    ...names.map((name) => numbers.get(plainName(name)) ?? Number.NaN),
  );
  return graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
}
