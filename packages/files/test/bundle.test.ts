/** The package as it is published: what a page imports asks for nothing of Node. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("only the entry for Node imports what Node has", () => {
  const folder = mkdtempSync(join(tmpdir(), "graddiff-files-bundle-"));
  try {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const script = join(root, "../../scripts/bundle.mjs");
    const { status, stderr } = spawnSync(process.execPath, [script, folder], {
      cwd: root,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const importsOf = (file: string): string[] =>
      [...readFileSync(join(folder, file), "utf8").matchAll(/^import .*?"(.*?)";$/gm)].flatMap(
        ([, from = ""]) => (from.startsWith("./") ? importsOf(from.slice(2)) : [from]),
      );
    expect(readdirSync(folder)).toHaveLength(3);
    expect([...new Set(importsOf("index.js"))].sort()).toEqual([
      "@graddiff/core",
      "@graddiff/core/internal",
      "fflate",
    ]);
    expect(importsOf("node.js")).toContain("node:fs/promises");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
