/** The published package: a program that only writes models does not contain the reader. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "graddiff-onnx-bundle-"));

beforeAll(() => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const script = join(root, "../../scripts/bundle.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, folder], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "sideEffects": false }');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Returns the bundle of a program that uses one function of the package; other packages stay external. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from "./index.js";`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    packages: "external",
  });
  return outputFiles[0]?.text ?? "";
}

test("exportOnnx alone does not hold the reader", async () => {
  const [writer, reader] = [await bundled("exportOnnx"), await bundled("importOnnx")];
  for (const text of ["HannWindow", "are not read", "half_pixel_symmetric", "initializers"]) {
    expect(reader).toContain(text);
    expect(writer).not.toContain(text);
  }
  expect(reader).not.toContain("training.json");
});
