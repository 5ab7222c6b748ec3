// The entry of `npm run bench:gradbench`.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { evals } from "./evals/index.ts";
import { run } from "./run.ts";

const worker = fileURLToPath(new URL("worker.js", import.meta.url));

process.exitCode = await run(process.argv.slice(2), {
  evals,
  launch: (evalName, seconds) => (jobs) =>
    fork(worker, [evalName, String(seconds), JSON.stringify(jobs)], {
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    }),
  defaultJson: fileURLToPath(new URL("../../results/gradbench.json", import.meta.url)),
  print: (text) => console.log(text),
  printError: (text) => console.error(text),
});
