// The entry of `npm run bench`.

import { fileURLToPath } from "node:url";
import { run } from "./run.ts";
import { suites } from "./suites/index.ts";

process.exitCode = await run(process.argv.slice(2), {
  suites,
  defaultJson: fileURLToPath(new URL("../../results/latest.json", import.meta.url)),
  packages: ["@graddiff/core", "@graddiff/wasm-kernel", "tinybench"],
  print: (text) => console.log(text),
  printError: (text) => console.error(text),
});
