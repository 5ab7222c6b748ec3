/** NAMES.md: the names that other libraries have for functions of this one. */

import * as core from "@graddiff/core";
import * as fft from "@graddiff/core/fft";
import * as linalg from "@graddiff/core/linalg";
import { expect, test } from "vitest";
import { LIBRARIES, NAMES } from "../../core/scripts/namesTable.mjs";
import * as nn from "../src/index.ts";

test("each name of the table is here", () => {
  const names = new Set([core, nn, fft, linalg].flatMap((entry) => Object.keys(entry)));
  const here = NAMES.map((row) => row.here);
  expect(here.length).toBeGreaterThan(100);
  expect(here.filter((name) => !names.has(name))).toEqual([]);
});

test("each row has a name elsewhere, and no name stands for two things in one library", () => {
  const seen = new Set<string>();
  for (const { here, elsewhere: cells } of NAMES) {
    const elsewhere = cells.flatMap((cell, i) =>
      cell === "" ? [] : cell.split(", ").map((name) => `${name} of ${LIBRARIES[i]}`),
    );
    expect(elsewhere.length, here).toBeGreaterThan(0);
    for (const name of elsewhere) {
      // A remark may follow the name in parentheses, such as an option of this library.
      expect(name).toMatch(/^`[^`]+`(?: \([^)]+\))? of /);
      // The name `where` may occur twice, since other libraries use it for masks and for conditions.
      expect(seen.has(name), name).toBe(false);
      seen.add(name);
    }
  }
});
