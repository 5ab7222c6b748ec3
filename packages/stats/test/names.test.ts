/** NAMES.md: the names that other libraries have for functions of this one. */

import { expect, test } from "vitest";
import { namesIn } from "../../core/scripts/namesTable.mjs";
import * as stats from "../src/index.ts";

const { libraries, names } = namesIn(new URL("../NAMES.md", import.meta.url));
const here = names.map((row) => row.here);

/** A model, with the names of the handlers that it was called with. */
const handled = new Set<string>();
const level = stats.model((handlers) => {
  for (const name of Object.keys(handlers)) handled.add(name);
  return { mean: handlers.draw(stats.Normal(0, 1)) };
});

test("every exported function and constant has a row, but the one for workers, which others hide", () => {
  expect(Object.keys(stats).length).toBeGreaterThan(40);
  expect(Object.keys(stats).filter((name) => !here.includes(name))).toEqual(["serveChains"]);
  expect(here.length).toBe(new Set(here).size);
});

test("each name of the table is here: an export, a handler, a member of the posterior, or an option", async () => {
  const posterior = await stats.sample(level, { chains: 1, warmup: 0, draws: 1 });
  expect(handled.size).toBe(3);
  const unknown: string[] = [];
  for (const name of here) {
    const [, member] = /^posterior\.(\w+)$/.exec(name) ?? [];
    const [, option] = /^sample\(\{ (\w+) \}\)$/.exec(name) ?? [];
    if (name in stats || handled.has(name) || (member && member in posterior)) continue;
    // An option that is not known is refused, also if it is undefined.
    const options = { warmup: 0, draws: 0, ...(option && { [option]: undefined }) };
    const taken = await stats.sample(level, options).then(
      () => true,
      () => false,
    );
    if (option === undefined || !taken) unknown.push(name);
  }
  expect(unknown).toEqual([]);
  await expect(stats.sample(level, { draws: 0, ...{ other: undefined } })).rejects.toThrow("other");
});

test("each row has a name elsewhere, and no name stands for two things in one library", () => {
  const seen = new Set<string>();
  for (const { here: name, elsewhere: cells } of names) {
    const elsewhere = cells.flatMap((cell, i) =>
      cell === "" ? [] : cell.split(/, (?=`)/).map((there) => `${there} of ${libraries[i]}`),
    );
    expect(cells, name).toHaveLength(4);
    expect(elsewhere.length, name).toBeGreaterThan(0);
    for (const there of elsewhere) {
      // A remark may follow the name in parentheses, such as an option of this library.
      expect(there).toMatch(/^`[^`]+`(?: \([^)]+\))? of /);
      expect(seen.has(there), there).toBe(false);
      seen.add(there);
    }
  }
});
