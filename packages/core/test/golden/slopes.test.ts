/**
 * One law for every elementwise function, whose value and first two derivatives are compared with mpmath's
 * (`slopes.py`). The points have all sizes, are next to every kink and singularity, and include subnormals.
 *
 * For g = f, f′, f″ the error is at most C ε (|g| + |x g′|) plus the least number of the dtype. This is the error of
 * rounding the argument and the result a few times. A bound relative to |g| alone would fail near each zero of a
 * derivative.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { grad, type Tensor, tensor } from "../../src/index.ts";
import { registeredOps } from "../support/table.ts";
import { EXCEPTIONS, PRECISIONS } from "./slopesExceptions.ts";

interface Row {
  readonly op: string;
  readonly before: unknown[];
  readonly after: unknown[];
  readonly points: string;
}

const file = new URL("./slopes.json", import.meta.url);
const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] };

/** The factor C of the value, of the first and of the second derivative. */
const FACTORS = [4, 16, 64];
const NAMES = ["", "′", "″"];

/** Returns the call as text. */
function titleOf({ op, before, after }: Row): string {
  const given = [...before, "x", ...after];
  return `${op}(${given.map((each) => (typeof each === "object" ? JSON.stringify(each) : each)).join(", ")})`;
}

/** Returns x, f, f′, f″ and f‴ for every point. */
function pointsOf({ points }: Row): number[][] {
  const bytes = Buffer.from(points, "base64");
  return Array.from({ length: bytes.length / 40 }, (_, i) =>
    Array.from({ length: 5 }, (_, k) => bytes.readDoubleLE(i * 40 + k * 8)),
  );
}

/** The exceptions that were needed: without them a point would have failed. */
const needed = new Set<string>();

/** Returns the points at which a function's value or derivatives break the law, in words. */
function faultsOf(row: Row, dtype: keyof typeof PRECISIONS): string[] {
  const precision = PRECISIONS[dtype];
  const { epsilon, least, greatest } = precision;
  const title = titleOf(row);
  const points = pointsOf(row).filter(([x = 0]) => dtype === "float64" || Math.fround(x) === x);
  const operation = graddiff[row.op as "add"] as (...inputs: unknown[]) => Tensor;
  const value = (x: Tensor) => operation(...row.before, x, ...row.after);
  const slope = grad((x: Tensor) => value(x).sum());
  const curvature = grad((x: Tensor) => slope(x).sum());
  const inputs = tensor(
    points.map(([x = 0]) => x),
    { dtype },
  );
  return [value, slope, curvature].flatMap((fn, order) => {
    const results = fn(inputs).data();
    return points.flatMap(([x = 0, ...terms], i) => {
      const [g = 0, next = 0] = terms.slice(order);
      const got = Number(results[i]);
      const isOverflow = Math.abs(g) > greatest && got === Math.sign(g) * Number.POSITIVE_INFINITY;
      if (got === g || isOverflow) return [];
      const scale = epsilon * (Math.abs(g) + Math.abs(x * next));
      const error = Math.abs(got - g);
      const excess = error - (FACTORS[order] ?? 0) * scale - least;
      if (excess <= 0) return [];
      for (const { of, orders = [0, 1, 2], allowed, reason } of EXCEPTIONS) {
        const isMeant = orders.includes(order) && of.some((start) => title.startsWith(start));
        if (!isMeant || excess > allowed(x, g, precision)) continue;
        if (Number.isNaN(excess) && allowed(x, g, precision) !== Number.POSITIVE_INFINITY) continue;
        needed.add(reason);
        return [];
      }
      return [
        `${title}${NAMES[order]} at ${x}: ${got}, not ${g}; ${(error / scale).toPrecision(3)} ε`,
      ];
    });
  });
}

describe.each(rows.map((row) => [titleOf(row), row] as const))("%s", (_title, row) => {
  test.each(["float64", "float32"] as const)(
    "is mpmath's, and so are its derivatives, in %s",
    (dtype) => {
      expect(faultsOf(row, dtype)).toEqual([]);
    },
  );
});

test("every exception is one", () => {
  expect([...needed].sort()).toEqual(EXCEPTIONS.map(({ reason }) => reason).sort());
});

/** Functions whose values and slopes `statistics.test.ts` compares with mpmath's, by ranges of their arguments. */
const OF_STATISTICS = [
  "normalQuantile",
  "erfcInv",
  "log1mExp",
  "logDiffExp",
  "besselI0e",
  "besselI1e",
  "besselJ0",
  "besselJ1",
  "stirlingRemainder",
  "gammaP",
  "gammaQ",
  "gammaPInverse",
  "gammaQInverse",
  "betaI",
  "betaIComplement",
  "betaIInverse",
  "betaIComplementInverse",
];

/** Ops without points of their own, with the ops that cover them. */
const OTHERS: Readonly<Record<string, string>> = {
  where: "one of two inputs",
  mask: "one of two inputs",
  gammaSlope: "its own tests compare it with differences of quantiles",
  oneMinusSquare: "a part of asin′, acos′ and atanh′",
  cosineOf: "hypot′",
  scaledPower: "pow′",
};

test("every elementwise op with a derivative is among them", () => {
  const known = new Set(rows.map(({ op }) => op));
  const missing = registeredOps().filter(({ name, family, derivative }) => {
    const hasPartial = derivative?.kind !== "partials" || derivative.partials.some(Boolean);
    const isCast = name.startsWith("cast to ");
    return (
      family === "elementwise" &&
      derivative?.kind !== "none" &&
      hasPartial &&
      !isCast &&
      !known.has(name)
    );
  });
  expect(missing.map(({ name }) => name).sort()).toEqual(
    [...Object.keys(OTHERS), ...OF_STATISTICS].sort(),
  );
});

test.each(rows.map((row) => [titleOf(row), row] as const))("%s has many points", (_title, row) => {
  expect(pointsOf(row).length).toBeGreaterThanOrEqual(
    row.op === "fmod" || row.op === "remainder" ? 7 : 19,
  );
});

describe.each(rows.map((row) => [titleOf(row), row] as const))("%s", (_title, row) => {
  const isCurved = pointsOf(row).some(([, , , curvature = 0]) => curvature !== 0);
  test.skipIf(!isCurved)("has no derivative at NaN, where it is no constant between kinks", () => {
    const operation = graddiff[row.op as "add"] as (...inputs: unknown[]) => Tensor;
    const slope = grad((x: Tensor) => operation(...row.before, x, ...row.after));
    expect(slope(Number.NaN).item()).toBeNaN();
  });
});

test("the derivatives of pow at the exponent 0 are 0 and those of x^y", () => {
  const each = [Infinity, -Infinity, NaN, 0, -2, 1e-200, 1e200];
  const x = tensor(each, { dtype: "float64" });
  const slope = (base: Tensor, y: Tensor) => grad((x: Tensor) => x.pow(y).sum())(base);
  expect([...slope(x, tensor(0, { dtype: "float64" })).data()].map(Math.abs)).toEqual(
    each.map(() => 0),
  );
  const mixed = grad((y: Tensor) => slope(tensor([0.5, 2, 1e-100], { dtype: "float64" }), y).sum());
  const zeros = tensor([0, 0, 0], { dtype: "float64" });
  expect([...mixed(zeros).data()]).toEqual([2, 0.5, 1e100]);
  // The mixed third derivative, by x, x and y, is (2y − 1) xʸ⁻².
  const third = grad((y: Tensor) =>
    grad((x: Tensor) => slope(x, y).sum())(tensor(2, { dtype: "float64" })),
  );
  expect(third(tensor(0, { dtype: "float64" })).item()).toBe(-0.25);
});
