/** WebGPU for Node: npm's `webgpu`, which is large and has a folder with an install of its own, and software under it. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../test/webgpu/driver", import.meta.url));

/** SwiftShader, which Debian's Chromium brings, and lavapipe, by the files that may describe them. */
const DRIVERS = [
  ["/usr/lib/chromium/vk_swiftshader_icd.json"],
  ["/usr/share/vulkan/icd.d/lvp_icd.json", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"],
];

/** Installs npm's `webgpu`, unless it is installed. */
export function installDriver() {
  if (existsSync(`${folder}/node_modules/webgpu`)) return;
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm's webgpu could not be installed");
}

/** Returns the files of the drivers that are there: one that the environment names is the only one. */
export function softwareDrivers() {
  const named = process.env["VK_ICD_FILENAMES"];
  if (named !== undefined) return [named];
  return DRIVERS.flatMap((files) => files.find((file) => existsSync(file)) ?? []);
}

/** Returns the environment in which Vulkan takes software: the first driver that is there. */
export function softwareDriver() {
  const [found] = softwareDrivers();
  return found === undefined ? {} : { VK_ICD_FILENAMES: found };
}
