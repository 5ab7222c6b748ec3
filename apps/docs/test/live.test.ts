/** Tests of the modules that run a live program, without the worker. */

import { format as formatInNode, inspect as inspectInNode } from "node:util";
import { tensor, Variable } from "@graddiff/core";
import { expect, test } from "vitest";
import { partsOf } from "../live/highlight.ts";
import { formatLine, inspect } from "../live/inspect.ts";
import { codeOf, fragmentOf } from "../live/link.ts";
import { checkNames, prepare } from "../live/program.ts";

class Point {
  x = 1;
  y = -0;
}

const VALUES: readonly unknown[] = [
  0,
  -0,
  1.5,
  Number.NaN,
  12n,
  true,
  null,
  undefined,
  "a'b",
  "a\"b'c",
  "two\nlines",
  Symbol("s"),
  [],
  {},
  [1, "a", null, undefined],
  { a: 1, "b-c": "x", d: [1, { e: 2 }] },
  { a: { b: { c: { d: 1 } } } },
  [[[[1]]]],
  Array.from({ length: 7 }, (_, i) => i * 1000),
  Array.from({ length: 30 }, (_, i) => i / 7),
  Array.from({ length: 120 }, (_, i) => i),
  Array.from({ length: 10 }, (_, i) => `name ${i}`),
  Array.from({ length: 8 }, (_, i) => ({ id: i, text: "some text" })),
  new Float32Array([1, 2.5, 3]),
  new Int32Array(0),
  new Map<unknown, unknown>([
    ["a", 1],
    [{ b: 2 }, [3]],
  ]),
  new Set([1, "b"]),
  new Point(),
  { point: new Point(), f: () => 1, g: function named() {}, h: Point },
  Object.create(null),
  { first: "a long text that goes on", second: "another long text that goes on", third: "a third" },
  {
    nested: {
      first: "a long text that goes on and on",
      second: ["another", "long", "list of words"],
    },
  },
  {
    get computed() {
      return 1;
    },
  },
  tensor([
    [1, 2],
    [3, 4],
  ]),
  {
    value: tensor([
      [1, 2],
      [3, 4],
    ]),
    list: [tensor([1, 2])],
  },
  new Variable(tensor([1, 2])),
  [tensor(1), tensor([1, 2, 3])],
];

test.each(VALUES.map((value, i) => [i, value]))(
  "value %i is printed as Node prints it",
  (_, value) => {
    expect(inspect(value)).toBe(inspectInNode(value));
    expect(formatLine([value, "x"])).toBe(formatInNode(value, "x"));
  },
);

test("lists of all lengths have Node's columns", () => {
  for (let length = 0; length < 110; length++) {
    for (const step of [1, 0.37, 1234, -50.5]) {
      const list = Array.from({ length }, (_, i) => (i % 7) * i * step);
      expect(inspect(list)).toBe(inspectInNode(list));
      expect(inspect({ a: list.map(String) })).toBe(inspectInNode({ a: list.map(String) }));
    }
  }
});

test("lines with directives are printed as Node prints them", () => {
  for (const values of [
    ["%d of %s, %i", 1.5, "b", 2.7, "more"],
    ["100 %"],
    ["%%", 1],
    ["%o"],
    ["%j", { a: 1 }],
  ]) {
    expect(formatLine(values)).toBe(formatInNode(...values));
  }
});

test("a program becomes a module of as many lines, without types", async () => {
  const code = [
    'import { grad, type Tensor } from "@graddiff/core";',
    "import {",
    "  Adam,",
    "  Dense as Layer,",
    '} from "@graddiff/nn";',
    'import * as solve from "@graddiff/solve";',
    "const f = (x: Tensor): Tensor => x;",
    "console.log(grad, Adam, Layer, solve, f satisfies object);",
    "f(",
    "  1 as never,",
    ");",
  ].join("\n");
  const { script, modules } = await prepare(code);
  expect(script.split("\n").length).toBe(11);
  expect(modules).toEqual(["@graddiff/core", "@graddiff/nn", "@graddiff/solve"]);
  expect(script.split("\n")[6]).toBe("const f = (x) => x;");
  expect(script.split("\n")[8]).toBe("globalThis.__result = f(");
});

test("what cannot be a program is an error with its line", async () => {
  await expect(prepare("const a = 1;\nconst b = (;\n")).rejects.toMatchObject({ line: 2 });
  await expect(prepare('\n\nimport x from "lodash";\nx();\n')).rejects.toMatchObject({
    line: 3,
    message: expect.stringMatching(/^import: expected one of @graddiff\/core, .* got "lodash"/),
  });
});

test("a name that its module has not is an error that names the module which has it", async () => {
  const code = [
    'import { grad, type Tensor } from "@graddiff/core";',
    "import {",
    "  Dense as Layer,",
    "  relu,",
    '} from "@graddiff/core";',
    'import * as nn from "@graddiff/nn";',
    "console.log(grad, Layer, relu, nn);",
  ].join("\n");
  const { names } = await prepare(code);
  expect(names.map(({ name }) => name)).toEqual(["grad", "Dense", "relu"]);
  const load = (name: string): Promise<object> =>
    name === "@graddiff/docs/digits" ? Promise.resolve({}) : import(name);
  await expect(checkNames(names, load)).rejects.toMatchObject({
    line: 2,
    message: "import: @graddiff/core has no Dense. It is in @graddiff/nn.",
  });
  await checkNames((await prepare(code.replace("Dense as Layer", "tanh as Layer"))).names, load);
  const { names: unknown } = await prepare('import { Dens } from "@graddiff/nn";\nDens();');
  await expect(checkNames(unknown, load)).rejects.toThrow(/^import: @graddiff\/nn has no Dens\.$/);
});

test("a program survives a link, and a damaged link gives none", async () => {
  const code = 'console.log("Σ x² – ✓", 1);\n'.repeat(40);
  const fragment = await fragmentOf(code);
  expect(fragment.length).toBeLessThan(200);
  expect(await codeOf(fragment)).toBe(code);
  expect(await codeOf(`${fragment.slice(0, 12)}!`)).toBeUndefined();
  expect(await codeOf(fragment.slice(0, 20))).toBeUndefined();
  expect(await codeOf("#other")).toBeUndefined();
});

test("colours leave the text as it is", () => {
  const code = 'const a = `x`; // grad(1)\n/* b */ f("c", 0x1f, 1e-3)';
  const parts = partsOf(code);
  expect(parts.map(({ text }) => text).join("")).toBe(code);
  expect(parts.filter(({ kind }) => kind === "comment").map(({ text }) => text)).toEqual([
    "// grad(1)",
    "/* b */",
  ]);
  expect(parts.find(({ text }) => text === "f")?.kind).toBe("name");
});
