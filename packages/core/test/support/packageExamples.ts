/** The tests of a package's examples, beside those of core, which have documents with whole outputs. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedBy } from "./printedBy.ts";

interface Example {
  readonly origin: string;
  readonly file: string;
  readonly expected: readonly (string | null)[];
}

/**
 * Runs every example (see core's scripts/examples.mjs).
 *
 * @param folder where they were written.
 * @param modules what `import.meta.glob` finds there.
 */
export function testExamples(folder: URL, modules: Record<string, () => Promise<unknown>>): void {
  const manifest = readFileSync(new URL("manifest.json", folder), "utf8");
  const examples = JSON.parse(manifest) as Example[];

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
}
