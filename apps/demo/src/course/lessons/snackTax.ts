/**
 * Lesson 6: the snack tax as a program of two layers, with the lines that it prints.
 */

import { explain } from "@graddiff/core";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { layers, total } from "../programs/snackTax.ts";
import { printed } from "./printed.ts";

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
  run: [
    { key: "program", at: "end", node: "total" },
    { key: "binary", at: "end", node: "total" },
  ],
});
