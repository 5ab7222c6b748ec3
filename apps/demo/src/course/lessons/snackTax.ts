/**
 * Lesson 6: the snack tax as a program of two layers, with the lines that it prints.
 */

import { explain } from "@graddiff/core";
import { decimalProduct, storedText } from "../../instrument/equation.ts";
import { formatNumber } from "../../instrument/format.ts";
import { defineLesson, type InputValues } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { layers, total } from "../programs/snackTax.ts";
import { printed } from "./printed.ts";

/** So many digits of what is kept in twos show where it differs from what was typed. */
const STORED_DIGITS = 33;

function totalOf({ snack = 0, count = 0, tax = 0 }: InputValues): number {
  return snack * count * tax;
}

/** The total as a pocket calculator has it. */
function decimalTotal({ snack = 0, count = 0, tax = 0 }: InputValues): number {
  return decimalProduct(snack, count, tax);
}

export const snackTax = defineLesson({
  name: "snack-tax",
  inputs: {
    snack: { initial: 100, step: 1, minimum: 0 },
    count: { initial: 2, step: 1, minimum: 0 },
    tax: { initial: 1.1, step: 0.01, minimum: 0 },
  },
  programs: [sources.snackTax.layers],
  explain: ({ snack = 0, count = 0, tax = 0 }) => explain(total)({ snack, count, tax }),
  prints: ({ snack = 0, count = 0, tax = 0 }) =>
    printed((print) => layers(snack, count, tax, print)),
  facts: {
    printed: ({ inputs }) => formatNumber(totalOf(inputs), "exact"),
    decimal: ({ inputs }) => formatNumber(decimalTotal(inputs), "exact"),
    tax: ({ inputs }) => formatNumber(inputs["tax"] ?? 0, "exact"),
    stored: ({ inputs }) => storedText(inputs["tax"] ?? 0, STORED_DIGITS),
  },
  run: [
    { key: "program", at: "end", node: "total" },
    {
      key: "binary",
      instead: { key: "even", when: (inputs) => totalOf(inputs) === decimalTotal(inputs) },
      at: "end",
      node: "total",
    },
  ],
});
