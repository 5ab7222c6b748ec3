/**
 * Cases of ONNX's own tests for every operator that the reader supports. `npm run conformance` runs all cases.
 */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operatorTable } from "../../src/read/operators/table.ts";
import { KINDS } from "../conformance/cases.ts";
import { check } from "../conformance/check.ts";
import cases from "./golden/cases.json" with { type: "json" };

/** Operators for which ONNX has no case; `numbers.test.ts` tries them. */
const WITHOUT_CASES = [
  "GlobalLpPool",
  "LpNormalization",
  "Multinomial",
  "RandomNormal",
  "RandomNormalLike",
  "RandomUniform",
  "RandomUniformLike",
];

const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

test.each(Object.entries(cases))(
  "the case %s passes, compiled too",
  (name, { operator, model, sets }) => {
    const outcome = check({
      name,
      operator,
      version: 0,
      kind: KINDS[0],
      bytes: decode(model),
      sets: sets.map(([inputs = [], outputs = []]) => ({
        inputs: inputs.map(decode),
        outputs: outputs.map(decode),
      })),
    });
    expect(outcome.reason).toBeUndefined();
    expect(outcome.status).toBe("passed");
    expect(outcome.compiled ?? "").not.toMatch(/^wrong/);
  },
);

test("every operator that is read has a case", () => {
  const tried = new Set([
    ...Object.values(cases).map(({ operator }) => operator),
    ...WITHOUT_CASES,
  ]);
  const read = Object.entries(operatorTable()).flatMap(([name, row]) =>
    "read" in row ? [name] : [],
  );
  expect(read.filter((name) => !tried.has(name))).toEqual([]);
});

test("what the README says of the conformance is what the table has, and nothing fails", () => {
  const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  const rowOf = (start: string) => {
    const line = read("CONFORMANCE.md")
      .split("\n")
      .find((each) => each.startsWith(`| ${start} |`));
    return (line ?? "").split("|").slice(2, -1).map(Number);
  };
  const [all] = rowOf("node");
  const [cases, passed, , , , refused, disputed] = rowOf(KINDS[0]);
  expect(read("README.md").replaceAll("\n", " ")).toContain(
    `the ${all} cases of ONNX's own tests, by operator. Of ${cases} with floats, integers and bools ${passed} pass, ` +
      `${disputed} are at odds with onnxruntime, and ${refused} are refused.`,
  );
  for (const folder of ["node", "simple", "pytorch-converted", "pytorch-operator"]) {
    expect(rowOf(folder).at(-1)).toBe(0);
  }
});
