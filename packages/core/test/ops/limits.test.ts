/** Every elementwise function has a limit of its error, which `accuracy.test.ts` judges. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMPOSED, LIMITS, STATISTICS } from "../support/accuracy.ts";
import { registeredOps } from "../support/table.ts";

const file = new URL("../golden/accuracy.json", import.meta.url);
const golden: Record<string, string[]> = JSON.parse(readFileSync(file, "utf8"));

/** Names of ops whose results are exact, rounded once, or a multiple of a function in the table. */
const EXACT =
  /^(cast |whole|add|sub|mul|div|reciprocal|neg|square|sqrt|abs|sign|maximum|minimum|relu|equal|notEqual|less|greater|logical|where|mask|is[A-Z]|nanToNum|clip|floor|ceil|trunc|round|fmod|remainder|leaky|copySign|bitwise|leftShift|rightShift|hard|poissonQ|binomialQ)/;
/** Ops that occur only inside other functions; `celu` with its default is `elu`. */
const INNER = ["oneMinusSquare", "scaledPower", "cosineOf", "gammaSlope", "celu"];

test("every elementwise function has a limit", () => {
  expect(Object.keys(golden).sort()).toEqual(Object.keys(COMPOSED).sort());
  const titles = [...Object.keys(LIMITS), ...Object.keys(STATISTICS)];
  const named = new Set(titles.map((title) => title.split(/[ ,]/)[0]));
  const missing = registeredOps().filter(
    ({ name, family }) =>
      family === "elementwise" && !EXACT.test(name) && !INNER.includes(name) && !named.has(name),
  );
  expect(missing.map(({ name }) => name)).toEqual([]);
});
