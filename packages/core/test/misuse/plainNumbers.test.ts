/**
 * Functions return plain numbers (weak tensors) if all arguments are plain numbers. All public functions in the table
 * of calls are tried; reading the table needs Node.
 */

import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as gd from "../../src/index.ts";
import { plain, typesOf } from "../support/plain.ts";
import { doors } from "./examples.ts";

const isFloat = (x: unknown): x is Tensor => x instanceof gd.Tensor && x.dtype.startsWith("float");

describe("functions of plain numbers alone", () => {
  const image = gd.arange(0, 24, { dtype: "float64" }).reshape([1, 1, 4, 6]);
  const series = gd.arange(0, 6, { dtype: "float64" });
  const ids = gd.tensor([0, 1, 1, 0, 2, 2], { dtype: "int32" });
  const grid = gd.zeros([1, 2, 2, 2], { dtype: "float64" });
  /** Calls that run other code than the examples of `doors`. */
  const more: readonly (readonly [string, (x: Tensor, series: Tensor, grid: Tensor) => unknown])[] =
    [
      [
        "averagePool2d, without padding",
        (x) => gd.averagePool2d(x, 2, { padding: 1, countPadding: false }),
      ],
      ["averagePool2d, with a divisor", (x) => gd.averagePool2d(x, 2, { divisor: 3 })],
      ["adaptiveAveragePool2d, uneven", (x) => gd.adaptiveAveragePool2d(x, [3, 4])],
      ["adaptiveMaxPool2d, uneven", (x) => gd.adaptiveMaxPool2d(x, [3, 4])],
      ...(["linear", "cubic", "area", "nearest-exact"] as const).map(
        (mode) =>
          [`interpolate ${mode}`, (x: Tensor) => gd.interpolate(x, { size: 5, mode })] as const,
      ),
      ...(["linear", "nearest", "cubic"] as const).map(
        (mode) =>
          [
            `gridSample ${mode}`,
            (x: Tensor, _: Tensor, own: Tensor) => gd.gridSample(x, own, { mode }),
          ] as const,
      ),
      ...(["constant", "reflect", "edge", "wrap"] as const).map(
        (mode) => [`pad ${mode}`, (x: Tensor) => gd.pad(x, 1, { mode })] as const,
      ),
      ["pad with a number", (x) => gd.pad(x, 1, { value: 2 })],
      ...[gd.segmentSum, gd.segmentMean, gd.segmentMax, gd.segmentMin, gd.segmentProd].map(
        (fn) => [fn.name, (_: Tensor, own: Tensor) => fn(own, ids, 3)] as const,
      ),
    ];
  const named = doors.callsOf(".").flatMap(({ name, full, run }) => {
    if (/[ .]/.test(name) || /^(set|open)/.test(name)) return [];
    const given = full.map((x) => (isFloat(x) ? plain(x.cast("float64")) : x));
    return given.some(isFloat) ? [[name, () => run(given)] as const] : [];
  });
  const others = more.map(
    ([name, fn]) => [name, () => fn(plain(image), plain(series), plain(grid))] as const,
  );

  test.each([...named, ...others])("%s", (_, run) => {
    const results = gd.treeLeaves(run()).filter((x) => x instanceof gd.Tensor);
    expect(typesOf(results)).not.toContain("float64");
  });
});
