/**
 * Runs the tests of WebGPU of core and nn, or of the one in whose folder it is called, on software that imitates a GPU.
 *
 *   npm run test:webgpu                 SwiftShader, which Debian's Chromium brings, else lavapipe (mesa-vulkan-drivers)
 *   npm run test:webgpu -- --each       both, as far as they are there
 *   npm run test:webgpu -- --whole      every op and every case, of which the others take samples
 *   VK_ICD_FILENAMES=FILE npm run test:webgpu    the driver of Vulkan that the file describes
 *
 * Without `--whole` they take samples of long laws, which begin at a number of the commit; those of a file are tried whole where
 * they take turns.
 *
 * npm's `webgpu` has a folder and an install of its own: it is large, and nothing else needs it.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { turnOfCommit } from "../../../scripts/turn.mjs";
import { installDriver, softwareDrivers } from "./webgpuDriver.mjs";

const packages = fileURLToPath(new URL("../..", import.meta.url));
const all = ["core", "nn"].map((name) => join(packages, name));
const here = all.filter((folder) => folder === process.cwd());

installDriver();
const given = process.argv.slice(2).filter((each) => !["--each", "--whole"].includes(each));
const most = process.argv.includes("--each") ? Number.POSITIVE_INFINITY : 1;
const env = { ...process.env };
if (process.argv.includes("--whole")) env["GRADDIFF_WHOLE"] = "1";
if (given.length === 0) {
  env["GRADDIFF_TURN"] ??= turnOfCommit();
  console.log(`Cases of laws are drawn with GRADDIFF_TURN=${env["GRADDIFF_TURN"]}`);
}
// Without any, the driver that Vulkan finds by itself.
const drivers = softwareDrivers().slice(0, most);
for (const driver of drivers.length > 0 ? drivers : [undefined]) {
  if (driver !== undefined) env["VK_ICD_FILENAMES"] = driver;
  if (drivers.length > 1) console.log(`\nOn ${driver}`);
  for (const cwd of here.length > 0 ? here : all) {
    const words = ["vitest", "run", "--config", "vitest.webgpu.config.ts", ...given];
    // The files that are named may all be of one package.
    if (given.length > 0) words.push("--passWithNoTests");
    const { status } = spawnSync("npx", words, {
      cwd,
      env,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if (status !== 0) process.exit(status ?? 1);
  }
}
