/**
 * Garbage collection on a GPU, in a separate process: npm's `webgpu` crashes its process if an object is collected too
 * early.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bundleProgram } from "../../../../scripts/bundleProgram.mjs";

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

test("a GPU goes on when nobody else holds the host that it was opened with", async () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-collected-"));
  try {
    const file = await bundleProgram(pathOf("programs/collected.ts"), folder);
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      ["--expose-gc", file, pathOf("driver/package.json")],
      { encoding: "utf8" },
    );
    // Warnings are ignored, since a driver may warn about its limits.
    const said = stderr.replace(/^Warning: .*\n/gm, "");
    expect({ status, signal, said }).toEqual({ status: 0, signal: null, said: "" });
    expect(stdout.trim().split("\n")).toEqual(["2", "4", "6", "8"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
