/**
 * Results have the same bits everywhere. JavaScript leaves the last digits of some functions to the engine, so no
 * source uses them for results. `generated/elementary/` has our own functions; drawings may use any.
 */

import { expect, test } from "vitest";
import { inexactIn, testExactness } from "./support/exactness.ts";

testExactness(
  new URL("../src/", import.meta.url),
  (path) => !/^(generated|elementary|draw)[\\/]/.test(path),
);

test("what is inexact is found wherever it stands", () => {
  expect(inexactIn("const kernel = { compute: Math.cos };")).toEqual(["Math.cos"]);
  expect(inexactIn("const f = (x: number) => x ** 0.5 + 2 ** x;")).toHaveLength(1);
  expect(inexactIn("let x = 3; x **= 2; const name = 'log'; Math[name](2);")).toEqual([
    "**=",
    "Math.[…]",
  ]);
  expect(inexactIn("// Math.sin\nconst hint = 'Math.sin(x)'; Math.sqrt(2 ** 3);")).toEqual([]);
});
