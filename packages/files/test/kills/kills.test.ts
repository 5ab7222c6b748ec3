import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bundleProgram } from "../../../../scripts/bundleProgram.mjs";
import { seedOfTest } from "../../../core/test/support/sampling.ts";

test("a training that is killed five times ends with the bits of one that is not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-kills-test-"));
  try {
    const program = await bundleProgram("test/kills/main.ts", folder);
    const seed = String(seedOfTest());
    const { stdout, stderr } = spawnSync(process.execPath, [program, "5", seed], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^5 kills, \d+ of them while .* [1-9]\d* trainings ended with the bits/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
