/**
 * Runs the tests of WebGPU on software that imitates a GPU.
 *
 *   npm run test:webgpu                 SwiftShader, which Debian's Chromium brings, else lavapipe (mesa-vulkan-drivers)
 *   VK_ICD_FILENAMES=FILE npm run test:webgpu    the driver of Vulkan that the file describes
 *
 * npm's `webgpu` has a folder and an install of its own: it is large, and nothing else needs it.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installDriver, softwareDriver } from "./webgpuDriver.mjs";

const core = fileURLToPath(new URL("..", import.meta.url));

installDriver();
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "--config", "vitest.webgpu.config.ts", ...process.argv.slice(2)],
  {
    cwd: core,
    env: { ...process.env, ...softwareDriver() },
    stdio: "inherit",
    shell: process.platform === "win32",
  },
);
process.exit(status ?? 1);
