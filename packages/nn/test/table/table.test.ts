/** Every layer, optimizer, loss and metric has a row of examples, and golden values or a reason for having none. */

import { readFileSync } from "node:fs";
import { Layer } from "@graddiff/core";
import { expect, test } from "vitest";
import * as nn from "../../src/index.ts";
import * as losses from "../../src/losses/index.ts";
import * as metrics from "../../src/metrics/index.ts";
import { LAYERS } from "./layers.ts";
import { LOSSES } from "./losses.ts";
import { METRICS } from "./metrics.ts";
import { OPTIMIZERS, WITHOUT_GOLDEN, WITHOUT_ROW } from "./optimizers.ts";

/** Returns the names of the exported classes that extend a class. */
const classesOf = (exports: object, Base: abstract new (...parts: never) => unknown) =>
  Object.entries(exports)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Base)
    .map(([name]) => name);

/** Functions that make losses or metrics, and are neither themselves. */
const MAKERS = ["metric", "pairLoss"];

const functionsOf = (exports: object) =>
  Object.keys(exports).filter((name) => !MAKERS.includes(name));

/** Returns the names without a row that begins with them as a word. */
const without = (names: readonly string[], rows: Iterable<string>) => {
  const first = new Set(Array.from(rows, (row) => row.split(" ")[0]));
  return names.filter((name) => !first.has(name));
};

/** Returns the names in a list of a golden file. */
function goldens(file: string, list: string, key: string): string[] {
  const text = readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8");
  const { [list]: cases = [] } = JSON.parse(text) as Record<string, Record<string, string>[]>;
  return cases.map(({ [key]: name = "" }) => name);
}

const KINDS = [
  {
    kind: "layer",
    names: classesOf(nn, Layer),
    rows: Object.keys(LAYERS),
    table: "test/table/layers.ts",
    golden: goldens("layers.json", "cases", "layer"),
    script: "test/golden/layers.py",
    reasons: Object.entries(LAYERS).flatMap(([name, row]) => (row.withoutGolden ? [name] : [])),
  },
  {
    kind: "optimizer",
    names: classesOf(nn, nn.Optimizer).filter((name) => !(name in WITHOUT_ROW)),
    rows: Object.keys(OPTIMIZERS),
    table: "test/table/optimizers.ts",
    golden: goldens("optimizers.json", "optimizers", "optimizer"),
    script: "test/golden/optimizers.py",
    reasons: Object.keys(WITHOUT_GOLDEN),
  },
  {
    kind: "loss",
    names: functionsOf(losses),
    rows: Object.keys(LOSSES),
    table: "test/table/losses.ts",
    golden: goldens("losses.json", "cases", "op"),
    script: "test/golden/losses.py",
    reasons: Object.entries(LOSSES).flatMap(([name, row]) => (row.withoutGolden ? [name] : [])),
  },
  {
    kind: "metric",
    names: functionsOf(metrics),
    rows: Object.keys(METRICS),
    table: "test/table/metrics.ts",
    golden: goldens("metrics.json", "cases", "metric"),
    script: "test/golden/metrics.py",
    reasons: Object.entries(METRICS).flatMap(([name, row]) => (row.withoutGolden ? [name] : [])),
  },
];

test.each(KINDS)("every $kind has a row of examples", ({ kind, names, rows, table }) => {
  expect(names.length).toBeGreaterThan(7);
  expect(without(names, rows), `add a row for the ${kind} to ${table}`).toEqual([]);
});

test.each(KINDS)("every $kind has golden values, or a reason", (each) => {
  const { kind, names, golden, script, reasons } = each;
  const missing = without(names, [...golden, ...reasons]);
  expect(missing, `add the ${kind} to ${script}, or say in its row why not`).toEqual([]);
});

test("what has no row is found", () => {
  class Another extends Layer {
    override compute(): never {
      throw new Error("a class to be found");
    }
  }
  expect(without(classesOf({ ...nn, Another }, Layer), Object.keys(LAYERS))).toEqual(["Another"]);
});
