/** Runs the programs of the pages, and compares what they print with what the pages say. */

import { readFileSync } from "node:fs";
import { format } from "node:util";
import { expect, test, vi } from "vitest";
import { sampled, WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { formatLine } from "../live/inspect.ts";
import { MODULES } from "../live/modules.mjs";
import { prepare } from "../live/program.ts";

interface Program {
  readonly origin: string;
  readonly file: string;
  readonly code: string;
  /** The printed lines, according to the comments after `console.log`; null for a line without a comment. */
  readonly expected: readonly (string | null)[];
  /** The complete output, if the page shows it. */
  readonly output: string | null;
}

const manifest = readFileSync(new URL("generated/manifest.json", import.meta.url), "utf8");
const programs = JSON.parse(manifest) as Program[];
const modules = import.meta.glob("./generated/*.ts");

/** The programs that take longest, of 2 to 7 seconds. */
const LONG = /^(gallery\/(change-point|gp-hyperparameters)|guide\/centred)\.md/;

// All others run in `npm test`, since pages are edited without their programs in mind.
test.each(programs.filter(({ origin }) => WHOLE || !LONG.test(origin)))(
  "$origin prints what the page says",
  async (program) => {
    const { file, expected, output } = program;
    const calls: unknown[][] = [];
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      calls.push(values);
      printed.push(format(...values));
    });
    try {
      await modules[`./generated/${file}`]?.();
    } finally {
      log.mockRestore();
    }
    if (output !== null) expect(printed.join("\n")).toBe(output);
    else expect(printed.length).toBe(expected.length);
    expected.forEach((line, i) => {
      if (output === null && line !== null) expect(printed[i]).toBe(line);
    });
    // The page formats output like Node.
    expect(calls.map(formatLine)).toEqual(printed);
  },
);

test.each(sampled(programs, 12))("$origin can run in the page", async ({ code }) => {
  const { script, modules } = await prepare(code);
  expect(script.trimEnd().split("\n").length).toBe(code.trimEnd().split("\n").length);
  expect(script).not.toMatch(/^import\b/m);
  expect(modules.length > 0).toBe(code.includes("@graddiff"));
  expect(MODULES).toEqual(expect.arrayContaining([...modules]));
});

test("the pages have programs", () => {
  expect(programs.length).toBeGreaterThan(50);
});
