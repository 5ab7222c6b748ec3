/** The program: it trains, unless it has done so before, and writes. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkpoints } from "@graddiff/files/node";
import type { Sequential } from "@graddiff/nn";
import { logProgress } from "@graddiff/nn";
import type { Options } from "./options.ts";
import { makeWriter, training, write } from "./writer.ts";

/** @param print takes what is written, text by text. */
export async function run(
  { epochs, start, length, temperature, top, seed, out }: Options,
  print: (text: string) => void = (text) => process.stdout.write(text),
): Promise<void> {
  // The learning rates depend on the number of epochs, so each number has a folder of its own.
  const folder = join(out, `epochs-${epochs}`);
  mkdirSync(folder, { recursive: true });
  const model = makeWriter();
  const { history } = await trained(model, epochs, folder);
  const values = history.rows.at(-1)?.validation;
  const perplexity = values?.["perplexity"]?.toFixed(1);
  const after = epochs === 1 ? "1 epoch" : `${epochs} epochs`;
  print(`perplexity of the pages held back is ${perplexity} after ${after}\n`);
  for (const theme of ["light", "dark"] as const) {
    writeFileSync(join(out, `training-${theme}.svg`), history.svg({ theme }));
  }
  print(`\n${start}`);
  const options = { count: length, temperature, topK: top, seed };
  for await (const text of write(model, start, options)) print(text);
  print("\n");
}

/** Runs to the end, from where an earlier run was ended, and shows its progress. */
async function trained(model: Sequential, epochs: number, folder: string) {
  const { stderr } = process;
  const write = (text: string) => stderr.write(text);
  const fitted = training(model, epochs, {
    saveTo: checkpoints(folder),
    onProgress: logProgress({ write, bar: stderr.isTTY === true }),
  });
  await fitted.run();
  return fitted;
}
