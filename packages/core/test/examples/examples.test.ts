/**
 * Runs every example of the documentation (see scripts/examples.mjs) and compares what it prints
 * with the comments behind its console.log lines.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedBy } from "../support/printedBy.ts";

interface Example {
  readonly origin: string;
  readonly file: string;
  readonly expected: readonly (string | null)[];
  /** Everything that it prints, where the document shows that. */
  readonly output: string | null;
}

const folder = new URL("./generated/", import.meta.url);
const examples = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")) as Example[];
const modules = import.meta.glob("./generated/*.ts");

test.each(examples)(
  "the example of $origin prints what it says",
  async ({ file, expected, output }) => {
    const lines = await printedBy(modules[`./generated/${file}`]);
    const printed = lines.join("\n");
    if (output !== null) {
      // For scripts/printouts.mjs, which brings the documents up to date.
      writeFileSync(new URL(`${file}.txt`, folder), printed);
      expect(`\n${printed}`).toBe(`\n${output}`);
    } else expect(lines.length).toBe(expected.length);
    expected.forEach((line, i) => {
      if (line !== null) expect(lines[i]).toBe(line);
    });
  },
);

test.each(["core", "wasm-kernel", "files", "onnx"])(
  "the README of %s, which npm shows, has no link that is dead outside of the repository",
  (name) => {
    const readme = readFileSync(new URL(`../../../${name}/README.md`, import.meta.url), "utf8");
    expect(readme.match(/\]\((?!https:|#)[^)]*\)/g) ?? []).toEqual([]);
    expect(readme).not.toMatch(/npm (run|ci|start|test)\b/);
  },
);

test("the documentation has examples", () => {
  expect(examples.length).toBeGreaterThan(20);
  expect(examples.some(({ origin }) => origin.startsWith("README.md"))).toBe(true);
});
