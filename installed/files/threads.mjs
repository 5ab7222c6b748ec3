/**
 * The program with threads. It adds to the report how many threads run, and whether they compute the same bits as one.
 */

import { compile, uniform } from "@graddiff/core";
import { setThreads } from "@graddiff/core/threads";
import { report } from "./program.mjs";

/** @param options the options of `setThreads`. */
export async function threaded(options = {}) {
  const x = uniform([256, 256], { seed: 1, low: -1 });
  const product = (matrix) => matrix.matmul(matrix).tanh().sum(1);
  const alone = compile(product)(x).toArray();
  const warnings = [];
  const { warn } = console;
  console.warn = (...words) => warnings.push(words.join(" "));
  const threads = await setThreads(2, options);
  console.warn = warn;
  const divided = compile(product);
  let same = true;
  for (let i = 0; i < 50; i++) {
    same &&= divided(x)
      .toArray()
      .every((number, k) => number === alone[k]);
  }
  const found = report();
  return { ...found, warnings: [...warnings, ...found.warnings], threads, same };
}

/** Sends the report to the server of the page. */
export async function send(options) {
  const body = await threaded(options).then(JSON.stringify, (error) =>
    JSON.stringify({ failure: String(error?.stack ?? error) }),
  );
  fetch("/report", { method: "POST", body });
}
