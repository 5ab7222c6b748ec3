/** The table in ARCHITECTURE.md of core of the stand-ins that tests use: everything that the table names exists. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url).pathname;
const text = readFileSync(join(root, "packages/core/ARCHITECTURE.md"), "utf8");
const heading = "## Where tests go another way than users";

/** The rows of the table, each as a list of cells. */
const ROWS = (text.split(heading)[1] ?? "")
  .split("\n## ")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| the tests' way"))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));

/** The folders that may have stand-ins: of tests, and of code that only tests and benchmarks use. */
const FOLDERS = [
  "packages/core/test",
  "packages/core/src",
  "packages/onnx/test",
  "benchmarks/src",
  "scripts",
];
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.includes("seams.test"))
    .map((name) => join(root, folder, name)),
);

test("the table has the seams that are known", () => {
  expect(ROWS?.length).toBeGreaterThanOrEqual(13);
});

test.each(ROWS ?? [])("%s: %s is there, and so is the law", (_way, standIn, users, law) => {
  expect(users).not.toBe("");
  const name = standIn?.replaceAll("`", "") ?? "";
  const isThere = new RegExp(`\\b${name}\\b`);
  expect(files.some((file) => isThere.test(readFileSync(file, "utf8")))).toBe(true);
  const [, file = "", title = ""] = /^`(.+)`: "(.+)"$/.exec(law ?? "") ?? [];
  expect(existsSync(join(root, file)), file).toBe(true);
  expect(readFileSync(join(root, file), "utf8")).toContain(title);
});
