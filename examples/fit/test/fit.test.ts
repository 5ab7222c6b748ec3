import { readFileSync } from "node:fs";
import { treeLeaves } from "@graddiff/core";
import { expect, test, vi } from "vitest";
import { energies, truth } from "../src/spectrum.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const print = vi.spyOn(console, "log").mockImplementation(() => {});
const { fit } = await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

test("README.md has what the program prints, and its drawing", () => {
  expect(/```text\n([^`]*)```/.exec(read("README.md"))?.[1]).toBe(printed);
  expect(read("output/fit.svg")).toBe(read("fit.svg"));
});

test("the fit is within its errors of what the data were made of", () => {
  expect(fit.status.item()).toBe(1);
  const [values, errors, wanted] = [fit.x, fit.standardErrors, truth].map((tree) =>
    treeLeaves(tree).map((leaf) => leaf.item()),
  );
  values?.forEach((value, i) => {
    expect(Math.abs(value - (wanted?.[i] ?? 0)) / (errors?.[i] ?? 0)).toBeLessThan(3);
  });
  // χ² has the mean m − n and the standard deviation √(2 (m − n)).
  const [chiSquared, freedom] = [fit.residuals.square().sum().item(), energies.size - 11];
  expect(Math.abs(chiSquared - freedom)).toBeLessThan(3 * Math.sqrt(2 * freedom));
});
