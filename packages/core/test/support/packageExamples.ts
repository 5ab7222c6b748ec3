/** Runs the examples of the documentation (see scripts/examples.mjs), and compares what they print with what they say. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printedBy } from "./printedBy.ts";

interface Example {
  readonly origin: string;
  readonly file: string;
  /** The lines that are printed, by the comments after `console.log`; null where nothing is claimed. */
  readonly expected: readonly (string | null)[];
  /** Everything that it prints, where the document shows that. */
  readonly output: string | null;
}

/**
 * Tests every example.
 *
 * @param folder where they were written.
 * @param modules what `import.meta.glob` finds there.
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
        // For core's scripts/printouts.mjs, which brings the documents up to date.
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
