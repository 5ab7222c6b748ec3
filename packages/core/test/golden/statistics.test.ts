/**
 * Functions of statistics and their first derivatives beside mpmath's (`statistics.py`), by ranges of their arguments. OPS.md
 * has the limits.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { compile, grad, type Tensor, tensor } from "../../src/index.ts";
import { STATISTICS } from "../support/accuracy.ts";

interface Row {
  readonly function: string;
  readonly range: string;
  readonly points: string;
}

/** A point: the arguments, the value in two numbers, the condition number, and the derivatives. */
interface Point {
  readonly inputs: readonly number[];
  readonly value: readonly [number, number];
  readonly condition: number;
  readonly slopes: readonly number[];
}

const file = new URL("./statistics.json", import.meta.url);
const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] };

const functionOf = (row: Row) =>
  graddiff[row.function as "gammaP"] as (...inputs: Tensor[]) => Tensor;

const countOf = (row: Row) =>
  row.function.startsWith("betaI") ? 3 : /^(gamma|logDiff)/.test(row.function) ? 2 : 1;

function pointsOf(row: Row): Point[] {
  const bytes = Buffer.from(row.points, "base64");
  const count = countOf(row);
  const length = 2 * count + 3;
  return Array.from({ length: bytes.length / 8 / length }, (_, i) => {
    const numbers = Array.from({ length }, (_, k) => bytes.readDoubleLE((i * length + k) * 8));
    const [high = 0, low = 0, condition = 0] = numbers.slice(count);
    return {
      inputs: numbers.slice(0, count),
      value: [high, low],
      condition,
      slopes: numbers.slice(count + 3),
    };
  });
}

/** Returns a column of the points as a tensor. */
function column(points: readonly Point[], i: number, dtype: "float64" | "float32"): Tensor {
  return tensor(
    points.map(({ inputs }) => inputs[i] ?? 0),
    { dtype },
  );
}

const titled = rows.map((row) => [`${row.function}, ${row.range}`, row] as const);

test("every range has its limit, and 40 points", () => {
  expect(titled.map(([title]) => title)).toEqual(Object.keys(STATISTICS));
  for (const row of rows) expect(pointsOf(row).length).toBe(40);
});

describe.each(titled)("%s", (title, row) => {
  const points = pointsOf(row);
  const fn = functionOf(row);
  const inputs = Array.from({ length: countOf(row) }, (_, i) => column(points, i, "float64"));
  const { value: limit, slope: slopeLimit } = STATISTICS[title] ?? { value: 0, slope: 0 };

  test("has values within the limit", () => {
    for (const got of [fn(...inputs), compile(fn)(...inputs)]) {
      const errors = Array.from(got.data(), (result, i) => {
        const { value, condition } = points[i] as Point;
        const unit = 2 ** (Math.floor(Math.log2(Math.abs(value[0]))) - 52);
        return Math.abs(Number(result) - value[0] - value[1]) / unit / (1 + condition);
      });
      expect(Math.max(...errors)).toBeLessThanOrEqual(limit);
    }
  });

  test("has first derivatives within the limit", () => {
    const argnums = inputs.map((_, i) => i);
    const gradients = grad((...given: Tensor[]) => fn(...given).sum(), { argnums })(...inputs);
    const errors = gradients.flatMap((gradient, k) =>
      Array.from(gradient.data(), (result, i) => {
        const slope = points[i]?.slopes[k] ?? 0;
        // Below the last, factors of a derivative underflow.
        return Math.abs(Number(result) - slope) / Math.max(Math.abs(slope), 1e-290);
      }),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(slopeLimit);
  });

  test("is float64's in float32, rounded", () => {
    const narrow = inputs.map((input) => input.cast("float32"));
    const wide = fn(...narrow.map((input) => input.cast("float64"))).cast("float32");
    const got = fn(...narrow).data();
    wide.data().forEach((expected, i) => {
      const result = Number(got[i]);
      if (result === expected || (Number.isNaN(result) && Number.isNaN(expected))) return;
      // A composite computes in float32.
      const isComposite = ["log1mExp", "logDiffExp", "erfcInv"].includes(row.function);
      const scale = Math.max(Math.abs(Number(expected)), row.function === "logDiffExp" ? 1 : 0);
      expect(
        Math.abs(result - Number(expected)) / scale,
        `${result}, not ${expected}`,
      ).toBeLessThan(isComposite ? 4 * 2 ** -23 : 0);
    });
  });
});
