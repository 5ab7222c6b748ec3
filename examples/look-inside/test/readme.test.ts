import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { tensor } from "@graddiff/core";
import { importOnnx } from "@graddiff/onnx";
import { expect, test } from "vitest";
import { STEP } from "../src/inputs.ts";
import { digits, model, read, sample } from "./support.ts";

const readme = read("README.md");

/** Returns an image of 8 × 8 pixels as one of 16 × 16: the weights of a bilinear resize by 2 are 3/4 and 1/4. */
function enlarged(small: readonly number[]): number[] {
  const side = (i: number) => {
    const near = Math.floor(i / 2);
    const other = Math.min(7, Math.max(0, near + (i % 2 === 0 ? -1 : 1)));
    return [
      [near, 0.75],
      [other, 0.25],
    ] as const;
  };
  return Array.from({ length: 256 }, (_, at) => {
    let sum = 0;
    for (const [row, down] of side(Math.floor(at / 16))) {
      for (const [column, right] of side(at % 16)) {
        sum += down * right * (small[8 * row + column] ?? 0);
      }
    }
    return sum;
  });
}

const rows = gunzipSync(readFileSync(new URL("../data/digits.csv.gz", import.meta.url)))
  .toString()
  .trim()
  .split("\n")
  .map((line) => line.split(",").map(Number));
const held = rows.slice(1500);
const images = held.map((row) => enlarged(row.slice(0, 64).map((each) => each / 16)));

test("the example gets as many digits right as README.md says, and as PyTorch counted", () => {
  const { fn, weights } = importOnnx(model());
  const x = tensor(images.flat(), { shape: [held.length, 1, 16, 16] });
  const guesses = fn(x)[0].argMax(1).data();
  const right = held.filter((row, i) => row[64] === guesses[i]).length;
  expect([held.length, right]).toEqual([digits.held, digits.right]);
  expect(readme.replaceAll("\n", " ")).toContain(`gets ${right} of the ${held.length} right`);
  const count = Object.values(weights).reduce((sum, { value }) => sum + value.size, 0);
  expect(readme).toContain(`trained ${count.toLocaleString("en")} weights`);
});

test("the samples are digits that the example has not seen, one of each", () => {
  expect(digits.samples.map(({ name }) => name).join("")).toBe("0123456789");
  for (let digit = 0; digit < 10; digit++) {
    const found = images[held.findIndex((row) => row[64] === digit)] ?? [];
    const pixels = sample(digit);
    expect(pixels.length).toBe(256);
    // The tolerance allows for pixels that are rounded to bytes.
    const far = pixels.filter((pixel, i) => Math.abs(pixel - (found[i] ?? -1)) > 0.5 / 255 + 1e-6);
    expect(far).toEqual([]);
  }
});

test("README.md has the step and the policy, small pictures, and every file", () => {
  expect(readme).toContain(`by at most ${STEP} in each pixel`);
  expect(read("vite.config.ts")).toContain("script-src 'self' 'wasm-unsafe-eval'");
  for (const theme of ["light", "dark"]) {
    const picture = `pictures/page-${theme}.png`;
    expect(readme).toContain(`"${picture}"`);
    expect(statSync(new URL(`../${picture}`, import.meta.url)).size).toBeLessThan(160_000);
  }
  expect(model().length).toBeLessThan(40_000);
});
