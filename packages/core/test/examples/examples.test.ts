/** Runs every example of the documentation, except those of networks. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testExamples } from "../support/packageExamples.ts";

testExamples(new URL("./generated/", import.meta.url), import.meta.glob("./generated/*.ts"));

test.each(["core", "nn", "wasm-kernel", "files", "onnx"])(
  "the README of %s, which npm shows, has no link that is dead outside of the repository",
  (name) => {
    const readme = readFileSync(new URL(`../../../${name}/README.md`, import.meta.url), "utf8");
    expect(readme.match(/\]\((?!https:|#)[^)]*\)/g) ?? []).toEqual([]);
    expect(readme).not.toMatch(/npm (run|ci|start|test)\b/);
  },
);

test("the README of core is read in one sitting", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(readme.split("\n").length).toBeLessThanOrEqual(251);
});
