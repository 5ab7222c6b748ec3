/** NAMES.md: what other libraries call what is here. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as core from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import * as nn from "../../src/nn.ts";

const rows = readFileSync(new URL("../../NAMES.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test("each name of the table is here", () => {
  const names = new Set([core, nn, linalg].flatMap((entry) => Object.keys(entry)));
  const [, , ...own] = rows.map((cells) => cells.at(-1)?.slice(1, -1) ?? "");
  expect(own.length).toBeGreaterThan(100);
  expect(own.filter((name) => !names.has(name))).toEqual([]);
});

test("each row has a name elsewhere, and no name stands for two things in one library", () => {
  const [head = [], , ...body] = rows;
  const seen = new Set<string>();
  for (const cells of body) {
    const elsewhere = cells
      .slice(0, -1)
      .flatMap((cell, i) =>
        cell === "" ? [] : cell.split(", ").map((name) => `${name} of ${head[i]}`),
      );
    expect(elsewhere.length, cells.join(" ")).toBeGreaterThan(0);
    for (const name of elsewhere) {
      expect(name).toMatch(/^`[^`]+` of /);
      // `where` is masks and conditions, which are one function here.
      expect(seen.has(name), name).toBe(false);
      seen.add(name);
    }
  }
});
