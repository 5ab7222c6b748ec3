/**
 * The list of the functions, layers and optimizers of the reference that WebGPU refuses: RUNNING.md has it, and `vitest -u`
 * writes it anew. Programs are prepared for a GPU that does nothing, so no driver is needed.
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

/** The refused ones, by the part of them that is refused. */
const refused = new Map<Part, Reference[]>([
  ["values", []],
  ["gradients", []],
  ["within", []],
]);
/** The part of each that is refused, by its name. */
const partOf = new Map<string, Part>();
for (const each of all) {
  const isRefused = (part: Part) => {
    const make: ((backend: typeof gpu) => Tried) | undefined = each[part];
    const error = make && refusalOf(make(gpu));
    if (error === undefined) return false;
    // Whoever meets a refusal is told that it is one.
    expect(error, each.name).toBeInstanceOf(ArgumentError);
    expect(error.message, each.name).toMatch(/Compile this part for WebAssembly\.$/);
    return true;
  };
  // A result that is refused by itself is refused in any case.
  const part = PARTS.find(isRefused);
  // A variant of what is refused anyway is no news; options are tried with the larger matrices.
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
  // No reason is left of what has come to be tried.
  const unused = UNTRIED.filter(([pattern]) => !missing.some((name) => pattern.test(name)));
  expect(unused).toEqual([]);
  expect(all.filter(({ gradients }) => gradients !== undefined).length).toBeGreaterThan(280);
});
