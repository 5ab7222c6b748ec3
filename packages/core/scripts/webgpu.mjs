/**
 * Runs the tests of WebGPU on a software driver: of core and nn, or of the package that is the working directory.
 *
 *   npm run test:webgpu                 SwiftShader, which Debian's Chromium brings, else lavapipe (mesa-vulkan-drivers)
 *   npm run test:webgpu -- --each       all of these drivers that are installed, one after the other
 *   npm run test:webgpu -- --whole      every op and every case, instead of samples
 *   VK_ICD_FILENAMES=FILE npm run test:webgpu    the driver of Vulkan that the file describes
 *
 * Without `--whole`, long laws try samples, which are always the same.
 *
 * npm's package `webgpu` is installed in a separate folder, since it is large and only these tests need it.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDriver, softwareDrivers } from "./webgpuDriver.mjs";

const packages = fileURLToPath(new URL("../..", import.meta.url));
const all = ["core", "nn"].map((name) => join(packages, name));
const here = all.filter((folder) => folder === process.cwd());

installDriver();
const given = process.argv.slice(2).filter((each) => !["--each", "--whole"].includes(each));
const most = process.argv.includes("--each") ? Number.POSITIVE_INFINITY : 1;
const env = { ...process.env };
// If no software driver is found, Vulkan chooses a driver.
const drivers = softwareDrivers().slice(0, most);
for (const driver of drivers.length > 0 ? drivers : [undefined]) {
  if (driver !== undefined) env["VK_ICD_FILENAMES"] = driver;
  if (drivers.length > 1) console.log(`\nOn ${driver}`);
  for (const cwd of here.length > 0 ? here : all) {
    const words = ["vitest", "run", "--config", "vitest.webgpu.config.ts", ...given];
    if (process.argv.includes("--whole")) words.push("--mode", "whole");
    // The test files that the command names may all be in one of the packages.
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
