/**
 * Vitest's options for tests of WebGPU on a software driver, which `npm run test:webgpu` finds. They run in Node on npm's
 * package `webgpu`, which has a separate installation, and a few in Chromium.
 */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { tightShaders } from "../packages/core/scripts/tightShaders.mjs";
import { chromiumOptions } from "./chromium.mjs";
import { sources } from "./sources.mjs";

/** @param {object} test */
const project = (test) => ({
  resolve: { alias: sources },
  plugins: [tightShaders],
  test: { testTimeout: 120_000, ...test },
});

const chromium = () => {
  const { args, ...options } = chromiumOptions();
  const own = [
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
  ];
  return { ...options, args: [...args, ...own] };
};

/**
 * Returns Vitest's options for the tests of a package in `test/webgpu`.
 *
 * @param {readonly string[]} whole the files that only run where all cases are tried (`-- --whole`)
 * @param {readonly string[]} [pages] the files that run in a page of Chromium; all others run in Node
 */
export const webgpuTests = (whole, pages = []) =>
  defineConfig(({ mode }) => {
    const isWhole = mode === "whole";
    const env = isWhole ? { GRADDIFF_WHOLE: "1" } : {};
    const node = project({
      name: "node",
      env,
      include: ["test/webgpu/**/*.test.ts"],
      exclude: [...pages, ...(isWhole ? [] : whole)],
      // Each file has a process, whose end frees its devices.
      pool: "forks",
      fileParallelism: false,
    });
    const page = project({
      name: "page",
      env,
      include: [...pages],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: chromium() }),
        instances: [{ browser: "chromium", name: "chromium" }],
      },
    });
    return { test: { projects: pages.length > 0 ? [node, page] : [node] } };
  });
