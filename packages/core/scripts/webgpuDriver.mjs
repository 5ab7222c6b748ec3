/** WebGPU for Node: npm's package `webgpu`, which is installed in a separate folder, and software drivers of Vulkan. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../test/webgpu/driver", import.meta.url));

/**
 * The files that describe the drivers to Vulkan: SwiftShader (from Debian's Chromium) and lavapipe, each with its paths.
 */
const DRIVERS = [
  ["/usr/lib/chromium/vk_swiftshader_icd.json"],
  ["/usr/share/vulkan/icd.d/lvp_icd.json", "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"],
];

/** Installs npm's package `webgpu` unless it is installed. */
export function installDriver() {
  if (existsSync(`${folder}/node_modules/webgpu`)) return;
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error("npm's webgpu could not be installed");
}

/** Returns the files of the installed drivers; only the file that VK_ICD_FILENAMES names, if it is set. */
export function softwareDrivers() {
  const named = process.env["VK_ICD_FILENAMES"];
  if (named !== undefined) return [named];
  return DRIVERS.flatMap((files) => files.find((file) => existsSync(file)) ?? []);
}

/** Returns the environment in which Vulkan uses the first installed software driver; an empty one if there is none. */
export function softwareDriver() {
  const [found] = softwareDrivers();
  return found === undefined ? {} : { VK_ICD_FILENAMES: found };
}
