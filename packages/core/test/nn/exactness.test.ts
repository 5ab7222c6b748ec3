/**
 * The same bits everywhere: JavaScript leaves the last digits of some functions to the engine, so no source computes with
 * them. Our own stand in `elementary/`; a drawing is no result.
 */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { parseAst } from "vite";
import { expect, test } from "vitest";

/** Functions of `Math` whose results the language defines to the last bit, and constants. */
const EXACT = new Set([
  ...[
    "abs",
    "ceil",
    "clz32",
    "floor",
    "fround",
    "imul",
    "max",
    "min",
    "round",
    "sign",
    "sqrt",
    "trunc",
  ],
  ...["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"],
]);

/**
 * Returns the parts of a source whose last digits an engine may choose: functions of `Math`, and powers of other
 * numbers than 2.
 */
function inexactIn(source: string): string[] {
  const { code } = transformSync(source, { loader: "ts", target: "esnext" });
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const node = value as Record<string, unknown> & { type?: string };
    if (node.type === "MemberExpression") {
      const [object, property] = [node["object"], node["property"]] as Record<string, unknown>[];
      const name = node["computed"] === true ? "[…]" : String(property?.["name"]);
      if (object?.["name"] === "Math" && !EXACT.has(name)) found.push(`Math.${name}`);
    }
    const isPower = node.type === "BinaryExpression" && node["operator"] === "**";
    const base = node["left"] as Record<string, unknown> | undefined;
    if (isPower && base?.["value"] !== 2) found.push("a power of another number than 2");
    if (node.type === "AssignmentExpression" && node["operator"] === "**=") found.push("**=");
    Object.values(node).forEach(visit);
  };
  visit(parseAst(code));
  return found;
}

/** Returns all sources of core, by their path, but for those whose numbers are no results. */
function sources(): { readonly path: string; readonly text: string }[] {
  const root = fileURLToPath(new URL("../../src/", import.meta.url));
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" });
  return paths
    .filter((path) => path.endsWith(".ts") && !/^(elementary|draw)[\\/]/.test(path))
    .map((path) => ({ path, text: readFileSync(root + path, "utf8") }));
}

test("no source of core computes with what an engine may round as it likes", () => {
  const files = sources();
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap(({ path, text }) =>
    inexactIn(text).map((what) => `${path}: ${what}`),
  );
  expect(found.join("\n")).toBe("");
});

test("what is inexact is found wherever it stands", () => {
  expect(inexactIn("const kernel = { compute: Math.cos };")).toEqual(["Math.cos"]);
  expect(inexactIn("const f = (x: number) => x ** 0.5 + 2 ** x;")).toHaveLength(1);
  expect(inexactIn("let x = 3; x **= 2; const name = 'log'; Math[name](2);")).toEqual([
    "**=",
    "Math.[…]",
  ]);
  expect(inexactIn("// Math.sin\nconst hint = 'Math.sin(x)'; Math.sqrt(2 ** 3);")).toEqual([]);
});
