// The whole build of the package: the kernel, then dist/ with its declarations and its bundle, then the .wasm
// asset for hosts that forbid inlined bytes. Usage: node scripts/build.mjs

import { spawnSync } from "node:child_process";
import { copyFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const packageFolder = path.resolve(fileURLToPath(import.meta.url), "../..");

function run(script, ...parameters) {
  const options = { cwd: packageFolder, stdio: "inherit" };
  const { status, error } = spawnSync(process.execPath, [script, ...parameters], options);
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

// The path of the compiler is relative to its package.json, the only file that its exports map resolves.
const typescript = path.dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

run("scripts/compile.mjs");
await rm(path.join(packageFolder, "dist"), { recursive: true, force: true });
run(path.join(typescript, "bin/tsc"), "--project", "tsconfig.build.json");
run("../../scripts/declarations.mjs");
run("../../scripts/bundle.mjs");
await copyFile(
  path.join(packageFolder, "build/kernel.wasm"),
  path.join(packageFolder, "kernel.wasm"),
);
