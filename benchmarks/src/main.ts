// The entry of `npm run bench`.

import { fileURLToPath } from "node:url";
import type { Arguments } from "./arguments.ts";
import { run } from "./run.ts";
import { suites } from "./suites/index.ts";

/** Returns the path of a file, given its path relative to this one in the build. */
const file = (place: string) => fileURLToPath(new URL(place, import.meta.url));

/** Opens Chromium. It imports the bundler and the driver, which Node does not need. */
async function openBrowser() {
  const { openBrowserHost } = await import("./browser/host.ts");
  const finder = await import(new URL("../../../scripts/chromium.mjs", import.meta.url).href);
  return openBrowserHost({
    findChromium: finder.chromiumOptions,
    entry: file("browser/entry.js"),
    // The configuration has no paths to sources, so that the built packages are timed.
    tsconfig: file("../../tsconfig.build.json"),
  });
}

/** Measures the rivals on a GPU, whose packages are installed only for that. */
async function runWebGpu(parameters: Arguments, command: string): Promise<void> {
  const { run } = await import(new URL("../../rivals/webgpu/main.mjs", import.meta.url).href);
  await run(parameters, command);
}

process.exitCode = await run(process.argv.slice(2), {
  suites,
  openBrowser,
  runWebGpu,
  defaultJson: file("../../results/latest.json"),
  packages: ["@graddiff/core", "@graddiff/wasm-kernel", "tinybench"],
  print: (text) => console.log(text),
  printError: (text) => console.error(text),
});
