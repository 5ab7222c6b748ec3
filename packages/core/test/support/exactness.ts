/** Finds the functions in a source whose last digits JavaScript leaves to the engine. */

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
export function inexactIn(source: string): string[] {
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

/**
 * Tests that no source of a package computes with functions that engines round differently.
 *
 * @param folder the URL of its sources
 * @param isTested false for the path of a source whose numbers are not results
 */
export function testExactness(folder: URL, isTested = (_path: string): boolean => true): void {
  test("no source computes with what an engine may round as it likes", () => {
    const root = fileURLToPath(folder);
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.endsWith(".ts") && isTested(path),
    );
    expect(files.length).toBeGreaterThan(50);
    const found = files.flatMap((path) =>
      inexactIn(readFileSync(root + path, "utf8")).map((what) => `${path}: ${what}`),
    );
    expect(found.join("\n")).toBe("");
  });
}
