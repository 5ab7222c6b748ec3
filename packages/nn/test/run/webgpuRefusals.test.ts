/**
 * The list of the functions, layers and optimizers that WebGPU refuses, which is in RUNNING.md; `vitest -u` updates it.
 * Programs are prepared for a GPU that does nothing, so no driver is needed.
 */

import { readFileSync } from "node:fs";
import { ArgumentError } from "@graddiff/core";
import { expect, test } from "vitest";
import { idleGpu } from "../../../core/test/misuse/examples.ts";
import {
  allOfReference,
  NAMES,
  type Reference,
  refusalOf,
  type Tried,
  UNTRIED,
} from "../support/reference.ts";

const TABLE = "../../../core/RUNNING.md";
const all = allOfReference();
const gpu = idleGpu();

const PARTS = ["values", "within", "gradients"] as const;
type Part = (typeof PARTS)[number];

/** The refused functions, layers and optimizers, by the part that is refused. */
const refused = new Map<Part, Reference[]>([
  ["values", []],
  ["gradients", []],
  ["within", []],
]);
/** The refused part of each function, layer or optimizer, by its name. */
const partOf = new Map<string, Part>();
for (const each of all) {
  const isRefused = (part: Part) => {
    const make: ((backend: typeof gpu) => Tried) | undefined = each[part];
    const error = make && refusalOf(make(gpu));
    if (error === undefined) return false;
    // The error tells the user what to do.
    expect(error, each.name).toBeInstanceOf(ArgumentError);
    expect(error.message, each.name).toMatch(/Compile this part for WebAssembly\.$/);
    return true;
  };
  // The first refused part is listed: whatever refuses the values refuses all parts.
  const part = PARTS.find(isRefused);
  // A variant is left out if the plain function is refused in the same part; variants of options have the larger
  // matrices.
  const [name = "", variant] = each.name.split(/ (?=of|with)/);
  const others = variant?.startsWith("with") ? [name, `${name} of 5 × 5`] : [name];
  if (part === undefined || others.some((other) => partOf.get(other) === part)) continue;
  partOf.set(each.name, part);
  refused.get(part)?.push(each);
}

function listed(): string {
  const names = (part: Part) =>
    (refused.get(part) ?? [])
      .map(({ name }) => name.replace(/^\w+/, "`$&`"))
      .toSorted()
      .join(", ") || "none";
  return `| refused | functions, layers and optimizers |
|---|---|
| in any case | ${names("values")} |
| where a Variable or a later product waits for the result, which the host would compute | ${names("within")} |
| their gradients alone | ${names("gradients")} |`;
}

test("RUNNING.md lists what is refused, and nothing else", async () => {
  const text = readFileSync(new URL(TABLE, import.meta.url), "utf8");
  const marked = /(<!-- refused by WebGPU -->\n)[\s\S]*?(<!-- end -->)/;
  expect(text).toMatch(marked);
  await expect(
    text.replace(marked, (_, start, end) => `${start}${listed()}\n${end}`),
  ).toMatchFileSnapshot(TABLE);
});

test("all of the reference is tried, but for what a reason leaves out", () => {
  const tried = new Set(all.map(({ name }) => name));
  const missing = NAMES.filter((name) => !tried.has(name.replace(".forward", "")));
  expect(missing.filter((name) => !UNTRIED.some(([pattern]) => pattern.test(name)))).toEqual([]);
  // Every reason must apply to at least one function that is not tried.
  const unused = UNTRIED.filter(([pattern]) => !missing.some((name) => pattern.test(name)));
  expect(unused).toEqual([]);
  expect(all.filter(({ gradients }) => gradients !== undefined).length).toBeGreaterThan(280);
});
