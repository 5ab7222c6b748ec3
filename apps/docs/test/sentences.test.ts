/** Tests of the length of sentences: those of the site, of the READMEs and of docstrings. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { benchmarksPage } from "../scripts/benchmarks.mjs";
import { reference } from "../scripts/reference.mjs";
import { longSentences, sentencesOf, wordsOf } from "../scripts/sentences.mjs";
import { written } from "../scripts/written.mjs";

const PACKAGES = ["core", "files", "nn", "onnx", "solve", "stats", "wasm-kernel"];

test("no sentence of the site and of the READMEs is longer than 30 words", () => {
  const root = new URL("../../../", import.meta.url);
  const readmes = ["README.md", ...PACKAGES.map((name) => `packages/${name}/README.md`)];
  // The first page of the reference is a list of names.
  const { "reference/index.md": names, ...entries } = reference().pages;
  expect(names).toContain("# Reference");
  const pages = {
    ...written(),
    ...entries,
    "benchmarks.md": benchmarksPage(),
    ...Object.fromEntries(readmes.map((name) => [name, readFileSync(new URL(name, root), "utf8")])),
  };
  expect(longSentences(pages)).toEqual([]);
});

test("sentences are counted as a reader would", () => {
  expect(sentencesOf("# A\n\nOne two. Three `f(a b)` four.\n- Five\n\n| a b |\n")).toHaveLength(3);
  expect(wordsOf("Three `f(a b)` four, see [the page](/a/b).")).toBe(6);
  expect(wordsOf("A way (Best, Of the (very) best ways, 1999) of doing.")).toBe(4);
  expect(longSentences({ a: `${"word ".repeat(31)}.`, b: `${"word ".repeat(30)}.` })).toHaveLength(
    1,
  );
});
