/** Trains the new layer, exports the network, and checks the file with two runtimes: see README.md. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argMax, trained } from "@graddiff/core";
import { logProgress } from "@graddiff/nn";
import { fiveDigits, readDigits } from "./data.ts";
import {
  agreement,
  exported,
  readerOfFile,
  readerOfTuned,
  type Shares,
  sharesOf,
} from "./models.ts";
import { runWithOnnxruntime } from "./onnxruntime.ts";
import type { Options } from "./options.ts";
import { FIRST, Tuned, training } from "./training.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url));

const FILE = "five-to-nine.onnx";

export async function run({ train, epochs, seed, out }: Options): Promise<void> {
  const digits = await readDigits(read("data/digits.csv.gz"));
  const file = read("model/zero-to-four.onnx");
  const tuned = new Tuned(file, { train, seed });
  const reader = readerOfTuned(tuned);
  const came = sharesOf(readerOfFile(file, 0), digits);
  const untrained = sharesOf(reader, digits);
  const fives = fiveDigits(digits, FIRST);
  await training(tuned, fives, { epochs, seed, onProgress: logProgress() }).run();

  const count = trained(tuned).reduce((sum, { value }) => sum + value.size, 0);
  console.log(
    tableOf([
      ["as PyTorch exported it", came],
      ["with a new last layer", untrained],
      [`${count.toLocaleString("en")} weights trained`, sharesOf(reader, digits)],
    ]),
  );

  const { bytes } = exported(tuned);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, FILE), bytes);
  const { images, labels } = fives.held;
  const own = reader(images);
  const others = {
    onnxruntime: argMax(await runWithOnnxruntime(bytes, images), 1).add(FIRST),
    importOnnx: readerOfFile(bytes, FIRST)(images),
  };
  for (const [name, answers] of Object.entries(others)) {
    const same = agreement(answers, own);
    console.log(`exported: ${name} gives ${same} of ${labels.size} answers as we do`);
    if (same < labels.size) process.exitCode = 1;
  }
  console.log(`${FILE} is in ${out}`);
}

/** Lines of text. */
function tableOf(rows: readonly (readonly [string, Shares])[]): string {
  const line = (name: string, ...cells: readonly string[]) =>
    name.padEnd(24) + cells.map((cell) => cell.padStart(13)).join("   ");
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    line("", "digits 0 to 4", "digits 5 to 9"),
    ...rows.map(([name, { zeroToFour, fiveToNine }]) =>
      line(name, percent(zeroToFour), percent(fiveToNine)),
    ),
  ].join("\n");
}
