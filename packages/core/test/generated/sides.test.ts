/**
 * The generated tests see both sides of every kink. They fail for a derivative that is wrong on only one side of a
 * point at which an op defines it by convention. `npm test` tries every third op.
 */

import { describe, expect, test } from "vitest";
import type { Convention, Op } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import { tensor } from "../../src/index.ts";
import { DERIVATIVES, inputCount, opChecks } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { type Side, sidesOf, withFault } from "../support/sides.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(4);

/** True if the generated tests of derivatives pass. */
function passes(op: Op): boolean {
  const checks = opChecks(op).filter(({ name }) => name.startsWith(DERIVATIVES));
  expect(checks.length).toBeGreaterThan(0);
  return checks.every(({ run }) => {
    try {
      run();
      return true;
    } catch {
      return false;
    }
  });
}

/** Returns the sides of all points of a convention, each once. */
function allSides(op: Op, { points, attributes = NO_ATTRIBUTES }: Convention): Side[] {
  const sides = points.flatMap((point) =>
    sidesOf(op, point.slice(0, inputCount(op)).map(Number), attributes),
  );
  return [...new Map(sides.map((side) => [side.name, side])).values()];
}

const kinks = registeredOps().flatMap((op) => {
  const { convention, family } = op;
  if (family !== "elementwise" || typeof convention !== "object") return [];
  return allSides(op, convention).map((side) => [op.name, side.name, op, side] as const);
});

test("there are kinks with two sides", () => {
  const names = kinks.map(([name, side]) => `${name}: ${side}`);
  expect(names).toEqual(expect.arrayContaining(["abs: x < 0", "abs: x > 0", "relu6: x > 6"]));
  expect(names).toEqual(
    expect.arrayContaining(["maximum: x < y", "maximum: x > y", "sqrt: x > 0"]),
  );
  expect(names).not.toContain("sqrt: x < 0");
});

const ops = new Map(kinks.map(([name, , op]) => [name, op]));

describe.each(sampled([...ops], 6))("%s", (name, op) => {
  test("passes as it is, where it is wrapped", () => {
    const nowhere: Side = { name: "", holds: () => tensor(0, { dtype: "float64" }) };
    expect(passes(withFault(op, nowhere, 0.01))).toBe(true);
  });

  test.each(
    kinks.filter(([each]) => each === name).map(([, side, , each]) => [side, each] as const),
  )("does not pass with a wrong derivative where %s", (_side, side) => {
    expect(passes(withFault(op, side, 0.01))).toBe(false);
  });
});

/** The ops whose convention describes the derivative in words, without single points. */
const TEXTS = ["eigh", "lstsq", "pinv", "qr", "sort", "svd", "topK"];

test("a convention without points is of an op of vectors or matrices", () => {
  const texts = registeredOps().filter(({ convention }) => typeof convention === "string");
  expect(texts.map(({ name }) => name).sort()).toEqual(TEXTS);
});
