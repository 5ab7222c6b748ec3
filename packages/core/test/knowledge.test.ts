/**
 * All facts about an op are in its definition, in its family and in the table of instructions. No stage tests the kind,
 * the family or the name of an op, or reads one of its attributes by name.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../src/", import.meta.url));

/** The source files of the stages, which handle ops in general. */
const STAGES = /^(graph|draw|differentiate|run|compile|bodies)[\\/]/;
/** Exempt files, which read the names of parameters. */
const KNOWING = /^differentiate[\\/]parameterNames/;

const QUESTIONS: readonly RegExp[] = [
  /\bkernel\b\s*[=!]==\s*\w+Kernel\b/,
  /\bfamily\s*[=!]==/,
  /\bop\.name\s*[=!]==/,
  /(?<!fn\.)\bname\s*[=!]==\s*"/,
  /\bname\.startsWith\(/,
  /attributes\["/,
  /attributes\.\w+ as /,
];

/** Returns the lines of a file that test what an op is. */
function questionsIn(text: string): string[] {
  return text.split("\n").filter((line) => QUESTIONS.some((pattern) => pattern.test(line)));
}

test("no stage asks what an op is", () => {
  const found = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && STAGES.test(file) && !KNOWING.test(file))
    .flatMap((file) =>
      questionsIn(readFileSync(ROOT + file, "utf8")).map((line) => `${file}: ${line.trim()}`),
    );
  expect(found).toEqual([]);
});

test.each([
  "if (op.kernel === contractionKernel) return;",
  'const repeats = op.family === "elementwise";',
  'if (name === "sum") return;',
  'return name.startsWith("cast to");',
  'const axes = attributes["axes"] as readonly number[];',
  "const axes = attributes.axes as readonly number[];",
])("a planted question is found: %s", (line) => {
  expect(questionsIn(`const a = 1;\n${line}\n`)).toEqual([line]);
});
