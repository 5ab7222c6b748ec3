/** Runs every example of the documentation (see core's scripts/examples.mjs). */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedBy } from "../../../core/test/support/printedBy.ts";

interface Example {
  readonly origin: string;
  readonly file: string;
  readonly expected: readonly (string | null)[];
}

const manifest = new URL("./generated/manifest.json", import.meta.url);
const examples = JSON.parse(readFileSync(manifest, "utf8")) as Example[];
const modules = import.meta.glob("./generated/*.ts");

test.each(examples)("the example of $origin prints what it says", async ({ file, expected }) => {
  const lines = await printedBy(modules[`./generated/${file}`]);
  expect(lines.length).toBe(expected.length);
  expected.forEach((line, i) => {
    if (line !== null) expect(lines[i]).toBe(line);
  });
});

test("the documentation has examples", () => {
  expect(examples.length).toBeGreaterThan(3);
});
