/**
 * The doors of all public functions against their declarations: `arguments.json`, which `scripts/arguments.mjs` writes.
 * Whoever adds a function or an option needs no line here; where no example of a kind will do, one in `calls.ts`.
 */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { type Call, callsOf, EXEMPT, modules } from "./calls.ts";
import { disagreements } from "./disagreements.ts";
import { ENTRIES, type Form, formsOf, type Parameter } from "./table.ts";

test("every entry that has functions is called", () => {
  expect(Object.keys(modules)).toEqual(ENTRIES);
});

group.each(ENTRIES)("%s", (entry) => {
  test("has a line for each function and class", () => {
    const isAbstract = ["Layer", "Optimizer", "Tensor"];
    const values = Object.entries(modules[entry] ?? {}).flatMap(([name, value]) =>
      typeof value !== "function" || isAbstract.includes(name)
        ? []
        : [/^[a-z]/.test(name) ? name : `new ${name}`],
    );
    const lines = [...formsOf(entry).keys()].filter((name) => !name.includes("."));
    expect(lines.sort()).toEqual(values.sort());
  });

  test.each(callsOf(entry).map((call) => [call.name, call] as const))("%s", async (_name, call) => {
    expect(await disagreements(call)).toEqual([]);
  });
});

test("each exemption is needed", () => {
  const names = ENTRIES.flatMap((entry) => [...formsOf(entry).keys()]);
  for (const [pattern] of EXEMPT) expect(names.some((name) => pattern.test(name))).toBe(true);
});

group("a door that disagrees is found:", () => {
  const parameter = (name: string, ...kinds: string[]): Parameter => ({
    name,
    kinds,
    optional: false,
    rest: false,
  });
  const x = parameter("x", "Tensor", "number");
  const options: Parameter = { ...parameter("options", "object"), options: [] };
  const matrix = gd.tensor([[2]]);
  const planted: Readonly<Record<string, readonly [Form, readonly unknown[], unknown, string]>> = {
    "another number of arguments": [[x, x], [1, 1], gd.sin, "at most 1 argument"],
    "another name of an argument": [
      [parameter("matrix", "Tensor")],
      [matrix],
      linalg.det,
      "det: a:",
    ],
    "another name of the function": [[x], [1], gd.cos, "cos: x:"],
    "another kind": [[x, parameter("axes", "string")], [matrix, 0], gd.sum, "1.5"],
    "an option that is not declared": [
      [x, { ...options, optional: true }],
      [1, {}],
      gd.celu,
      "alpha",
    ],
    "an argument that is not looked at": [[x], [1], () => 1, "no error"],
    "an error of another kind": [[x], [matrix], (given: gd.Tensor) => given.sin(), "another kind"],
  };
  test.each(Object.entries(planted))("%s", async (_what, [form, full, fn, said]) => {
    const op =
      fn === gd.cos
        ? "sin"
        : (Reflect.get(Object(fn), "op")?.name ?? Reflect.get(Object(fn), "name"));
    const run = (inputs: readonly unknown[]) =>
      Reflect.apply(fn as () => unknown, undefined, inputs);
    const call: Call = { name: op, op: op === "" ? "sum" : op, form, forms: [form], full, run };
    expect((await disagreements(call)).join("\n")).toContain(said);
  });
});
