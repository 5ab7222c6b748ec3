// The entry of `npm run bench:gradbench`.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UsageError } from "../src/arguments.ts";
import { contribute, parseContribute } from "./contribute.ts";
import { evals } from "./evals/index.ts";
import { usage as harnessUsage, runHarness } from "./harness/harness.ts";
import { run } from "./run.ts";

const worker = fileURLToPath(new URL("worker.js", import.meta.url));

const words = process.argv.slice(2);
const resultOf = (name: string) => fileURLToPath(new URL(`../../results/${name}`, import.meta.url));

/** Runs GradBench's harness (`--harness`), writes the folder for it (`--contribute`), or runs this package's evals. */
async function main(): Promise<number> {
  const print = (text: string) => console.log(text);
  if (words.includes("--harness")) {
    if (words.includes("--help")) print(harnessUsage);
    else return await runHarness(words, resultOf("gradbench-harness.json"), print);
  } else if (words.includes("--contribute")) {
    print(`written to ${await contribute(parseContribute(words))}`);
  } else return await imitate();
  return 0;
}

const imitate = () =>
  run(words, {
    evals,
    launch: (evalName, seconds) => (jobs) =>
      fork(worker, [evalName, String(seconds), JSON.stringify(jobs)], {
        stdio: ["ignore", "inherit", "pipe", "ipc"],
      }),
    defaultJson: resultOf("gradbench.json"),
    print: (text) => console.log(text),
    printError: (text) => console.error(text),
  });

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  return 2;
});
