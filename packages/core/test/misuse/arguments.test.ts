/**
 * Calls of core's public functions with wrong arguments, generated from their declarations: `arguments.json`, which
 * `scripts/arguments.mjs` writes. A new function or option needs no line here, and an example in `examples.ts` only if
 * no general one fits.
 */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { disagreements } from "./disagreements.ts";
import type { Call } from "./doors.ts";
import { doors } from "./examples.ts";
import { testDoors } from "./laws.ts";
import type { Form, Parameter } from "./table.ts";

testDoors(doors, ["Layer", "Tensor"]);

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
