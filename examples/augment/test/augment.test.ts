import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { changes } from "../src/changes.ts";
import { scene } from "../src/scene.ts";
import { pictures } from "../src/sheet.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const print = vi.spyOn(console, "log").mockImplementation(() => {});
await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

/**
 * Returns a sheet without its picture, and the decompressed rows of the picture, since versions of zlib compress them
 * differently.
 */
function partsOf(svg: string) {
  const [, text = ""] = /base64,([^"]*)"/.exec(svg) ?? [];
  const png = Buffer.from(text, "base64");
  const length = png.readUInt32BE(33);
  expect(png.toString("ascii", 37, 41)).toBe("IDAT");
  return { drawing: svg.replace(text, ""), rows: inflateSync(png.subarray(41, 41 + length)) };
}

test("README.md has what the program prints, and its sheet", () => {
  expect(/```text\n([^`]*)```/.exec(read("README.md"))?.[1]).toBe(printed);
  const [made, kept] = [partsOf(read("output/sheet.svg")), partsOf(read("sheet.svg"))];
  expect(made.drawing).toBe(kept.drawing);
  expect(made.rows.equals(kept.rows)).toBe(true);
  for (const name of Object.keys(changes)) expect(made.drawing).toContain(`>${name}</text>`);
});

test("the rows of the picture are bytes of its numbers", () => {
  const [, height = 0, width = 0] = pictures().shape;
  const { rows } = partsOf(read("output/sheet.svg"));
  expect(rows.length).toBe(height * (4 * width + 1));
  // The sky at the upper left of the first picture.
  const sky = scene().slice([0, 0, 0, 0], [1, 3, 1, 1]).mul(255).round().data();
  const place = 4 * (4 * width + 1) + 1 + 4 * 4;
  expect([...rows.subarray(place, place + 4)]).toEqual([...sky, 255]);
});

test("what is changed is learned: turned digits are read by the network that has seen such", () => {
  const shares = printed
    .split("\n")
    .flatMap((line) => [/ (\d+\.\d) % +(\d+\.\d) %$/.exec(line)])
    .flatMap((found) => (found ? [[Number(found[1]), Number(found[2])] as const] : []));
  expect(shares.length).toBe(6);
  const mean = (from: number, column: 0 | 1) =>
    shares.slice(from, from + 3).reduce((sum, row) => sum + row[column], 0) / 3;
  expect(mean(3, 1)).toBeGreaterThan(mean(0, 1) + 10);
  expect(Math.abs(mean(3, 0) - mean(0, 0))).toBeLessThan(2);
});
