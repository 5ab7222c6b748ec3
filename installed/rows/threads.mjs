/** Rows with threads, in Node and in cross-origin isolated pages, with workers made of a string and of a file. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, lastJson } from "../execute.mjs";
import { module, open, postedBy } from "./browser.mjs";
import { byEsbuild, byRollup, byVite, byWebpack, load, runBundle } from "./bundlers.mjs";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
/** The headers of an isolated page whose policy forbids workers made of a string. */
const STRICT = {
  ...ISOLATED,
  "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};

const row = (name, run, more = {}) => ({
  name: `threads, ${name}`,
  quick: more.quick ?? false,
  expected: { threads: 2, ...more.expected },
  run,
});

/** Returns the row of a bundle that runs in Node. */
const bundled = (name, make) =>
  row(name, async (context) => runBundle(context, await make(context)));

/** Returns the row of an isolated page with a bundle. */
const page = (name, file, make, headers = ISOLATED) =>
  row(`${name}, Chromium`, async (context) => {
    await make(context);
    return await open(join(context.folder, "bundles"), module(file), { headers });
  });

/** Builds a page by Vite, serves the build, and returns the report. */
async function viteSite(context, entry, headers) {
  const { build, preview } = await load(context, "vite");
  writeFileSync(join(context.folder, "index.html"), module(`/${entry}`));
  const options = {
    root: context.folder,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir: "bundles/threads", target: "es2022" },
  };
  await build(options);
  return await postedBy(await preview({ ...options, preview: { port: 0, headers } }));
}

/** Bundles by webpack for pages, where it makes a separate chunk of a worker that is a file. */
const forPages = (context, entry) =>
  byWebpack(context, "production", {
    target: "web",
    entry: `./${entry}`,
    output: {
      path: join(context.folder, "bundles/webpack"),
      filename: entry,
      publicPath: "/webpack/",
    },
    experiments: { outputModule: true },
  });

const workerByEsbuild = (context) =>
  byEsbuild(context, "threadWorker.mjs", "esm", "threadWorker.mjs");
const workerByRollup = (context) => byRollup(context, "threadWorker.mjs", "threadWorker.mjs");

export const threadRows = [
  row(
    "Node",
    ({ folder }) => lastJson(execute(process.execPath, ["printThreads.mjs"], { cwd: folder })),
    { quick: true, expected: { named: true } },
  ),
  bundled("Vite, a library", (context) => byVite(context, "printThreads.mjs")),
  bundled("esbuild", (context) => byEsbuild(context, "printThreads.mjs", "esm", "threads.mjs")),
  bundled("Rollup", (context) => byRollup(context, "printThreads.mjs", "threadsRollup.mjs")),
  page("esbuild", "/sendThreads.mjs", (context) =>
    byEsbuild(context, "sendThreads.mjs", "esm", "sendThreads.mjs"),
  ),
  page(
    "esbuild, a strict policy",
    "/sendThreadsOfEntry.mjs",
    async (context) => {
      await byEsbuild(context, "sendThreadsOfEntry.mjs", "esm", "sendThreadsOfEntry.mjs");
      await workerByEsbuild(context);
    },
    STRICT,
  ),
  page(
    "Rollup, a strict policy",
    "/sendThreadsOfEntry.mjs",
    async (context) => {
      await byRollup(context, "sendThreadsOfEntry.mjs", "sendThreadsOfEntry.mjs");
      await workerByRollup(context);
    },
    STRICT,
  ),
  page("webpack", "/webpack/sendThreads.mjs", (context) => forPages(context, "sendThreads.mjs")),
  page(
    "webpack, a strict policy",
    "/webpack/sendThreadsOfFile.mjs",
    (context) => forPages(context, "sendThreadsOfFile.mjs"),
    STRICT,
  ),
  row("Vite, Chromium", (context) => viteSite(context, "sendThreads.mjs", ISOLATED)),
  row("Vite, a strict policy, Chromium", (context) =>
    viteSite(context, "sendThreadsOfFile.mjs", STRICT),
  ),
];
