/** The program: it trains, unless it has done so before, and writes. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logProgress } from "@graddiff/core/nn";
import { checkpoints } from "@graddiff/files/node";
import type { Options } from "./options.ts";
import { size } from "./text.ts";
import { training } from "./train.ts";
import { write } from "./write.ts";
import { Writer } from "./writer.ts";

export async function run({ epochs, start, length, out, ...options }: Options): Promise<void> {
  // The learning rates depend on the number of epochs, so each number has a folder of its own.
  const folder = join(out, `epochs-${epochs}`);
  mkdirSync(folder, { recursive: true });
  const model = new Writer(size);
  const { history } = await trained(model, epochs, folder);
  const values = history.rows.at(-1)?.validation;
  const perplexity = values?.["perplexity"]?.toFixed(2);
  const after = epochs === 1 ? "1 epoch" : `${epochs} epochs`;
  console.log(`perplexity of the pages held back is ${perplexity} after ${after}`);
  for (const theme of ["light", "dark"] as const) {
    writeFileSync(join(out, `training-${theme}.svg`), history.svg({ theme }));
  }
  console.log(`\n${write(model, start, length, options)}`);
}

/** A run to its end. It goes on where an earlier one was ended, and shows how far it is. */
async function trained(model: Writer, epochs: number, folder: string) {
  const { stderr } = process;
  const write = (text: string) => stderr.write(text);
  const fitted = training(model, epochs, {
    saveTo: checkpoints(folder),
    onProgress: logProgress({ write, bar: stderr.isTTY === true }),
  });
  await fitted.run();
  return fitted;
}
