/** Counts lines of code, and checks the limits of all folders (`npm run size`). */

import { expect, test } from "vitest";
import { logicOf, tooLarge } from "../../../scripts/size.mjs";

test("who must take away is named", () => {
  const folders = new Map([
    ["packages/core/src/ops", { lines: 12, files: 1 }],
    ["packages/core/src/run", { lines: 10, files: 1 }],
    ["packages/core/src/new", { lines: 1, files: 1 }],
  ]);
  const sentences = tooLarge(folders, { "packages/core/src/ops": 11, "packages/core/src/run": 10 });
  expect(sentences).toEqual([
    expect.stringMatching(/^packages\/core\/src\/ops: expected at most 11 lines of logic, got 12;/),
    expect.stringMatching(/^packages\/core\/src\/new: expected at most 0 lines of logic, got 1;/),
  ]);
});

test.each([
  ["blank lines and comments", "\n// one\n/* two\n three */\n\n/** four */\n", 0],
  ["a comment beside code", "const a = 1; // one\n/* two */ const b = 2;\n", 2],
  [
    "imports and what is handed on",
    'import {\n  a,\n} from "a";\nexport * from "b";\nimport "c";\n',
    0,
  ],
  ["types that are handed on", 'export type {\n  A,\n} from "a";\nexport { b } from "b";\n', 0],
  ["an import at run time", 'const a = await import("a");\nexport { a };\n', 2],
  ["lines of a text", ["const a = `one\n", "$", "{[\n  1,\n]}\n// no comment\n`;\n"].join(""), 6],
  [
    "a regular expression with quotes",
    'const a = b.replace(/["`]/g, "");\n// one\nconst c = a / b / 2;\n',
    2,
  ],
  [
    "samples of an op",
    'unary({\n  name: "a",\n  formula: "x",\n  domain: [\n    [1, 2],\n  ],\n  cases: [],\n  body: (x) => ({ cases: x }),\n});\n',
    4,
  ],
  ["fields of that name elsewhere", "f({\n  domain: 1,\n  name: 2,\n});\n", 4],
])("lines of logic: %s", (_what, text, lines) => {
  expect(logicOf(text)).toBe(lines);
});
