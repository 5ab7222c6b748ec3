/**
 * The snack tax as a program of two layers, with the lines that it prints.
 */

import { explain } from "@graddiff/core";
import { decimalProduct, isDecimal, storedText } from "../../instrument/equation.ts";
import { formatNumber } from "../../instrument/format.ts";
import { defineLesson, type Given, type InputValues } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { layers, total } from "../programs/snackTax.ts";
import { printed } from "./printed.ts";

/** The number of digits of a binary fraction that shows where it differs from the number that was typed. */
const STORED_DIGITS = 33;

const FACTORS = ["tax", "snack", "count"] as const;

function factorsOf(inputs: InputValues): readonly number[] {
  const { snack = 0, count = 0, tax = 0 } = inputs;
  return [snack, count, tax];
}

function totalOf(inputs: InputValues): number {
  return factorsOf(inputs).reduce((product, factor) => product * factor);
}

/**
 * Compares the total with the exact product in decimals: the total equals it, is the float nearest to it, is another
 * float, or overflows.
 */
function kindOf(inputs: InputValues): "even" | "nearest" | "off" | "tooLarge" {
  const total = totalOf(inputs);
  if (!Number.isFinite(total)) return "tooLarge";
  const product = decimalProduct(...factorsOf(inputs));
  if (product.isExactly(total)) return "even";
  return total === product.nearest ? "nearest" : "off";
}

/** Returns the first factor whose float differs from the typed decimal; the text names it. */
function inexact(inputs: InputValues): (typeof FACTORS)[number] | undefined {
  return FACTORS.find((name) => !isDecimal(inputs[name] ?? 0));
}

const is =
  (...kinds: readonly ReturnType<typeof kindOf>[]) =>
  ({ inputs }: Given) =>
    kinds.includes(kindOf(inputs));

const isKept =
  (name: ReturnType<typeof inexact>) =>
  ({ inputs }: Given) =>
    kindOf(inputs) === "off" && inexact(inputs) === name;

const given = (name: string) => (from: Given) => formatNumber(from.inputs[name] ?? 0, "exact");
const stored = (name: string) => (from: Given) => storedText(from.inputs[name] ?? 0, STORED_DIGITS);

export const snackTax = defineLesson({
  name: "snack-tax",
  inputs: {
    snack: { initial: 100, step: 1, minimum: 0 },
    count: { initial: 2, step: 1, minimum: 0 },
    tax: { initial: 1.1, step: 0.01, minimum: 0 },
    purchases: { initial: 1_000_000, step: 100_000, minimum: 1, maximum: 2_000_000, whole: true },
  },
  programs: [sources.snackTax.layers],
  isTimed: true,
  panel: "code",
  explain: ({ snack = 0, count = 0, tax = 0 }) => explain(total)({ snack, count, tax }),
  prints: ({ snack = 0, count = 0, tax = 0 }) =>
    printed((print) => layers(snack, count, tax, print)),
  facts: {
    printed: ({ inputs }) => formatNumber(totalOf(inputs), "exact"),
    decimal: ({ inputs }) => formatNumber(decimalProduct(...factorsOf(inputs)).nearest, "exact"),
    tax: given("tax"),
    snack: given("snack"),
    count: given("count"),
    storedTax: stored("tax"),
    storedSnack: stored("snack"),
    storedCount: stored("count"),
  },
  run: [
    { key: "program", says: ["inputs", "layers"], at: "end", node: "total" },
    {
      key: "binary",
      says: [
        ["why", is("off")],
        ["twos", is("off")],
        ["keptTax", isKept("tax")],
        ["keptSnack", isKept("snack")],
        ["keptCount", isKept("count")],
        ["keptProduct", isKept(undefined)],
        ["digits", is("off")],
        ["even", is("even")],
        ["nearest", is("nearest")],
        ["notAlways", is("even", "nearest")],
        ["tooLarge", is("tooLarge")],
      ],
      at: "end",
      node: "total",
    },
    { key: "many", says: ["many", "own"], at: "end", panel: "speed" },
  ],
});
