/** The published package: its imports, and the version of core that it needs. */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "graddiff-files-bundle-"));
const own = join(folder, "node_modules/@graddiff/files");
const dist = join(own, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

beforeAll(() => {
  const script = join(root, "../../scripts/bundle.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, dist], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  cpSync(join(root, "package.json"), join(own, "package.json"));
  symlinkSync(
    join(root, "../../node_modules/fflate"),
    join(folder, "node_modules/fflate"),
    "junction",
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("only the entry for Node imports what Node has, and core stays outside", () => {
  const importsOf = (file: string): string[] =>
    [...readFileSync(join(dist, file), "utf8").matchAll(/^import .*?"(.*?)";$/gm)].flatMap(
      ([, from = ""]) => (from.startsWith("./") ? importsOf(from.slice(2)) : [from]),
    );
  expect(readdirSync(dist)).toHaveLength(3);
  expect([...new Set(importsOf("index.js"))].sort()).toEqual([
    "@graddiff/core",
    "@graddiff/core/extend",
    "@graddiff/core/internal",
    "fflate",
  ]);
  expect(importsOf("node.js")).toContain("node:fs/promises");
});

/** Returns the message of Node when it loads an entry point with a core whose entry `internal` has a given text. */
function loadedBeside(internal: string, entry: string): string {
  const core = join(folder, "node_modules/@graddiff/core");
  mkdirSync(core, { recursive: true });
  const exports = { ".": "./index.js", "./extend": "./index.js", "./internal": "./internal.js" };
  writeFileSync(join(core, "package.json"), JSON.stringify({ type: "module", exports }));
  writeFileSync(join(core, "index.js"), "");
  writeFileSync(join(core, "internal.js"), internal);
  const program = `import(${JSON.stringify(entry)}).catch(({ message }) => console.log(message))`;
  return spawnSync(process.execPath, ["-e", program], {
    cwd: folder,
    encoding: "utf8",
  }).stdout.trim();
}

test.each(["@graddiff/files", "@graddiff/files/node"])(
  "%s does not load beside another version of core, whatever that one lacks",
  (entry) => {
    const refusal = (got: string) =>
      `@graddiff/files: @graddiff/core: expected version ${version}, as its own, got ${got}. ` +
      "Install both in one version: npm ls @graddiff/core shows who installs which.";
    expect(loadedBeside('export const VERSION = "0.0.1";', entry)).toBe(refusal("0.0.1"));
    expect(loadedBeside("", entry)).toBe(refusal("an earlier one"));
    // A core of the same version is accepted, so the error is about a function that it lacks.
    expect(loadedBeside(`export const VERSION = "${version}";`, entry)).toMatch(/not a function/);
  },
);
