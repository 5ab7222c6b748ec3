// Runs every @example of the sources and of the README, and compares each `expression; // value` line.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as api from "../src/index.ts";

interface Example {
  readonly name: string;
  readonly code: string;
}

function findExamples(): Example[] {
  const folder = new URL("../src/", import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, folder), "utf8");
      const blocks = text.matchAll(/@example\n((?: *\*(?!\/).*\n)+) *\*\/\s*(?:export )?(.*)/g);
      return [...blocks].map(([, body = "", declaration = ""]) => ({
        name: `${file}: ${declaration.replace(/[<({].*/, "")}`,
        code: body.replace(/^ *\* ?/gm, ""),
      }));
    });
}

/** Returns the code blocks of the README without their imports. */
function findReadmeExamples(): Example[] {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""], i) => ({
    name: `README.md: ${i + 1}`,
    code: code.replace(/^import .*\n/gm, ""),
  }));
}

/** Returns a function of the code, in which `expression; // value` becomes a comparison; other lines stay unchanged. */
function compile(code: string): (scope: typeof api, check: typeof expect) => void {
  const body = code.replace(/^(?!const |let )(.+?); \/\/ (.+)$/gm, "check($1, `$1`).toEqual($2);");
  const names = Object.keys(api).join(", ");
  // The executed code is only this package's own documentation.
  return new Function("scope", "check", `const { ${names} } = scope;\n${body}`) as ReturnType<
    typeof compile
  >;
}

describe("the documentation's example of", () => {
  const examples = [...findExamples(), ...findReadmeExamples()];

  it.each(examples)("$name runs and gives the values that it shows", ({ code }) => {
    expect(code).toMatch(/; \/\/ /);
    compile(code)(api, expect);
  });

  it("each public function exists", () => {
    expect(examples.length).toBeGreaterThanOrEqual(10);
  });
});
