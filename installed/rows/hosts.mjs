/** Rows in hosts other than Node and browsers. */

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, lastJson, nodeOf, tool } from "../execute.mjs";
import { byEsbuild } from "./bundlers.mjs";

/**
 * Bun's package copies its binary by an install script, which is not run. The package of the platform has the same
 * binary.
 */
const bun = (context) => tool(context, `@oven/bun-${process.platform}-${process.arch}`, "bin/bun");

const deno = (context) => tool(context, "deno", "bin.cjs");

const run = (context, command, words) => lastJson(execute(command, words, { cwd: context.folder }));

/** Bundles by Bun, and runs the bundle in Bun. */
function bunBundle(context, format) {
  const file = join("bundles", `bun-${format}.${format === "cjs" ? "cjs" : "mjs"}`);
  const words = ["build", "print.mjs", "--target", "bun", "--format", format, "--outfile", file];
  execute(bun(context), words, { cwd: context.folder });
  return run(context, bun(context), [file]);
}

/**
 * Runs a worker in workerd, which forbids compiling WebAssembly but can import a module of it, and returns its report.
 */
async function miniflare(context, entry) {
  const bundle = await byEsbuild(context, entry, "esm", entry);
  const kernel = "node_modules/@graddiff/wasm-kernel/kernel.wasm";
  copyFileSync(join(context.folder, kernel), join(context.folder, "bundles/kernel.wasm"));
  const script = join(context.folder, `host.${entry}`);
  writeFileSync(
    script,
    `import { Miniflare } from "miniflare";
const miniflare = new Miniflare({
  modules: true,
  modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
  scriptPath: ${JSON.stringify(bundle)},
  compatibilityDate: "2026-01-01",
});
const response = await miniflare.dispatchFetch("http://localhost/");
console.log(await response.text());
await miniflare.dispose();
`,
  );
  return lastJson(execute(nodeOf(context, "24"), [script], { cwd: context.folder }));
}

const forbidden = {
  runner: "js",
  warning: /^graddiff: [^.]*\. [^.]*useKernel\(module\)[^.]*setRunner\("js"\)[^.]*\.$/,
};

export const hostRows = [
  {
    name: "Bun",
    expected: { named: true },
    run: (context) => run(context, bun(context), ["print.mjs"]),
  },
  { name: "Bun, a bundle, esm", run: (context) => bunBundle(context, "esm") },
  { name: "Bun, a bundle, cjs", run: (context) => bunBundle(context, "cjs") },
  {
    name: "Deno",
    expected: { named: true },
    run: (context) =>
      run(context, process.execPath, [deno(context), "run", "-A", "--no-lock", "print.mjs"]),
  },
  {
    name: "workerd (miniflare)",
    expected: forbidden,
    run: (context) => miniflare(context, "worker.mjs"),
  },
  {
    name: "workerd, with useKernel",
    run: (context) => miniflare(context, "workerWithKernel.mjs"),
  },
];
