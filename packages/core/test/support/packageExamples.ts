/** Runs the examples of the documentation (see scripts/examples.mjs), and compares their output with their comments. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedBy } from "./printedBy.ts";

interface Example {
  readonly origin: string;
  readonly file: string;
  /** The expected lines, from the comments after `console.log`; null for a line without a comment. */
  readonly expected: readonly (string | null)[];
  /** The whole output, where the document shows it. */
  readonly output: string | null;
}

/**
 * Tests every example.
 *
 * @param folder the folder of the extracted examples.
 * @param modules the modules that `import.meta.glob` finds in it.
 */
export function testExamples(folder: URL, modules: Record<string, () => Promise<unknown>>): void {
  const manifest = readFileSync(new URL("manifest.json", folder), "utf8");
  const examples = JSON.parse(manifest) as Example[];

  test.each(examples)(
    "the example of $origin prints what it says",
    async ({ file, expected, output }) => {
      const lines = await printedBy(modules[`./generated/${file}`]);
      if (output !== null) {
        const printed = lines.join("\n");
        // Core's scripts/printouts.mjs reads the file, and updates the documents.
        writeFileSync(new URL(`${file}.txt`, folder), printed);
        expect(`\n${printed}`).toBe(`\n${output}`);
      } else expect(lines.length).toBe(expected.length);
      expected.forEach((line, i) => {
        if (line !== null) expect(lines[i]).toBe(line);
      });
    },
  );

  test("the documentation has examples", () => {
    expect(examples.length).toBeGreaterThan(3);
  });
}
