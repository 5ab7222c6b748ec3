/**
 * Runs the tests of WebGPU on software that imitates a GPU.
 *
 *   npm run test:webgpu                 SwiftShader, which Debian's Chromium brings, else lavapipe (mesa-vulkan-drivers)
 *   VK_ICD_FILENAMES=FILE npm run test:webgpu    the driver of Vulkan that the file describes
 *
 * npm's `webgpu` has a folder and an install of its own: it is large, and nothing else needs it.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const core = fileURLToPath(new URL("..", import.meta.url));
const driver = fileURLToPath(new URL("../test/webgpu/driver", import.meta.url));

const DRIVERS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/share/vulkan/icd.d/lvp_icd.json",
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
];

function run(command, args, cwd, env) {
  const { status } = spawnSync(command, args, {
    cwd,
    env,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(`${driver}/node_modules/webgpu`))
  run("npm", ["ci", "--ignore-scripts"], driver, process.env);
const found = process.env["VK_ICD_FILENAMES"] ?? DRIVERS.find((file) => existsSync(file));
const env = { ...process.env, ...(found && { VK_ICD_FILENAMES: found }) };
run(
  "npx",
  ["vitest", "run", "--config", "vitest.webgpu.config.ts", ...process.argv.slice(2)],
  core,
  env,
);
