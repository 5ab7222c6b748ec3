/** Imports from core: public names, names for authors of libraries, and a few internal names in a single file. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const source = new URL("../src/", import.meta.url);

/** Returns the modules outside of the package that each file imports. */
function taken(): Map<string, string[]> {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const from = /^(?:import|export)[^;]*? from "(@[^"]+)";$/gm;
  return new Map(
    files.map((file) => {
      const text = readFileSync(new URL(file, source), "utf8");
      return [file, [...text.matchAll(from)].map(([, module = ""]) => module)];
    }),
  );
}

test("one file alone takes names of core that are not public", () => {
  const modules = taken();
  expect(modules.size).toBeGreaterThan(90);
  const others = new Set(["@graddiff/core", "@graddiff/core/extend"]);
  const strange = [...modules].filter(([, from]) => from.some((module) => !others.has(module)));
  expect(strange).toEqual([["inside.ts", ["@graddiff/core/internal"]]]);
});

test("it takes at most 15 of them", async () => {
  const text = readFileSync(new URL("inside.ts", source), "utf8");
  const [, list = ""] = /^export {([^}]*)}/m.exec(text) ?? [];
  const names = list.split(",").map((name) => name.trim());
  expect(names.filter((name) => name !== "").length).toBeLessThanOrEqual(15);
  // Each internal name is a function, and not an object with several.
  for (const value of Object.values(await import("../src/inside.ts"))) {
    expect(value).toBeTypeOf("function");
  }
});
