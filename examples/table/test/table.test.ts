import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";
import { categories, features, numbers, readTable } from "../src/table.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const print = vi.spyOn(console, "log").mockImplementation(() => {});
await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

/** Returns the table of a CSV text. */
function tableOf(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "table-"));
  const file = join(folder, "table.csv");
  writeFileSync(file, text);
  try {
    return readTable(pathToFileURL(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("README.md has what the program prints", () => {
  expect(/```text\n([^`]*)```/.exec(read("README.md"))?.[1]).toBe(printed);
  expect(Number(/(\d+\.\d) % of 86/.exec(printed)?.[1])).toBeGreaterThan(96);
});

test("the file has what its README.md says", () => {
  const table = readTable(new URL("../data/penguins.csv", import.meta.url));
  expect(Object.values(table).map((column) => column.length)).toEqual(new Array(7).fill(344));
  expect(categories(table, "species").names).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
  expect(categories(table, "sex").names).toEqual(["NA", "female", "male"]);
  expect(features(table, ["body_mass_g"], ["sex", "island"]).shape).toEqual([344, 7]);
});

test("quotes, line ends of Windows, a byte order mark and missing cells are read", () => {
  const table = tableOf(
    '\ufeffname,"size, in mm",kind\r\n"a ""b""\nc",1.5,x\r\nd,,y\r\ne,NA,x\r\n',
  );
  expect(table["name"]).toEqual(['a "b"\nc', "d", "e"]);
  expect(numbers(table, ["size, in mm"]).toArray()).toEqual([[1.5], [Number.NaN], [Number.NaN]]);
  expect(features(table, ["size, in mm"], ["kind"]).slice([0, 1], [3, 3]).toArray()).toEqual([
    [1, 0],
    [0, 1],
    [1, 0],
  ]);
});

test("what is no number, a column that is not there and a short row are refused by name", () => {
  const table = tableOf("a,b\n1,x\n2,3\n");
  expect(() => numbers(table, ["a", "b"])).toThrow('b of row 1 is "x", no number');
  expect(() => numbers(table, ["c"])).toThrow("no column c, but a,b");
  expect(() => tableOf("a,b\n1\n")).toThrow(/expect 2, got 1 on line 2/);
});
