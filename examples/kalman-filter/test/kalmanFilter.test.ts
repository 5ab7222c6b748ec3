import { readFileSync } from "node:fs";
import { grad, type Tensor, tensor } from "@graddiff/core";
import { expect, test, vi } from "vitest";
import { levels, measured, track } from "../src/track.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const numbersOf = (values: Tensor) => Array.from(values.data());

const print = vi.spyOn(console, "log").mockImplementation(() => {});
const { filter, fitted, start } = await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

type Matrix = number[][];
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? 0), 0)),
  );
const transposed = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0));
const combined = (a: Matrix, b: Matrix, factor: number): Matrix =>
  a.map((row, i) => row.map((value, j) => value + factor * (b[i]?.[j] ?? 0)));

/**
 * Computes the same filter in a loop over JavaScript numbers, in the form of textbooks, with an inverse and a
 * determinant.
 */
function loop(logs: readonly number[]): { positions: number[]; logLikelihood: number } {
  const [acceleration = 0, noise = 0] = logs.map((log) => Math.exp(2 * log));
  const transition = [
    [1, 0, 1, 0],
    [0, 1, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const jolt = [
    [0.5, 0],
    [0, 0.5],
    [1, 0],
    [0, 1],
  ];
  const processNoise = product(jolt, transposed(jolt));
  let mean: Matrix = [[0], [0], [0], [0]];
  let covariance: Matrix = transition.map((row, i) => row.map((_, j) => (i === j ? 100 : 0)));
  const positions: number[] = [];
  let logLikelihood = 0;
  const seen = numbersOf(measured);
  for (let i = 0; i < seen.length; i += 2) {
    mean = product(transition, mean);
    covariance = product(product(transition, covariance), transposed(transition));
    covariance = combined(covariance, processNoise, acceleration);
    const [[a = 0, b = 0] = [], [c = 0, d = 0] = []] = covariance;
    const [p, q] = [a + noise, d + noise];
    const det = p * q - b * c;
    const inverse = [
      [q / det, -b / det],
      [-c / det, p / det],
    ];
    const innovation = [
      [(seen[i] ?? 0) - (mean[0]?.[0] ?? 0)],
      [(seen[i + 1] ?? 0) - (mean[1]?.[0] ?? 0)],
    ];
    const square = product(product(transposed(innovation), inverse), innovation)[0]?.[0] ?? 0;
    logLikelihood -= 0.5 * (square + Math.log(det)) + Math.log(2 * Math.PI);
    const gain = product(
      covariance.map((row) => row.slice(0, 2)),
      inverse,
    );
    mean = combined(mean, product(gain, innovation), 1);
    covariance = combined(covariance, product(gain, covariance.slice(0, 2)), -1);
    positions.push(mean[0]?.[0] ?? 0, mean[1]?.[0] ?? 0);
  }
  return { positions, logLikelihood };
}

test("README.md has what the program prints, its length and its drawing", () => {
  const readme = read("README.md");
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(printed);
  for (const number of readme.match(/\d+\.\d{3}/g) ?? []) expect(printed).toContain(number);
  const lines = read("src/main.ts").split("\n").length - 1;
  expect(lines).toBeLessThanOrEqual(60);
  expect(readme).toContain(`in ${lines} lines`);
  expect(read("output/track.svg")).toBe(read("track.svg"));
});

test.each([
  ["start", start],
  ["fit", fitted.value],
])("the filter of the %s is that of a plain loop", (_, logs) => {
  const { positions, logLikelihood } = filter(logs);
  const expected = loop(numbersOf(logs));
  expect(Math.abs(logLikelihood.item() / expected.logLikelihood - 1)).toBeLessThan(1e-12);
  const own = numbersOf(positions);
  expect(own.length).toBe(expected.positions.length);
  const worst = own.map((value, i) => Math.abs(value - (expected.positions[i] ?? Number.NaN)));
  expect(Math.max(...worst)).toBeLessThan(1e-9);
});

const gradient = grad((logs: Tensor) => filter(logs).logLikelihood);

test("the gradient is that of central differences", () => {
  const logs = [-1, 0.4];
  const slopes = numbersOf(gradient(tensor(logs, { dtype: "float64" })));
  const moved = (i: number, by: number) =>
    loop(logs.map((log, j) => (j === i ? log + by : log))).logLikelihood;
  const step = 1e-4;
  slopes.forEach((slope, i) => {
    // Richardson extrapolation reduces the error to rounding errors.
    const of = (h: number) => (moved(i, h) - moved(i, -h)) / (2 * h);
    const difference = (4 * of(step) - of(2 * step)) / 3;
    expect(Math.abs(slope / difference - 1)).toBeLessThan(1e-8);
  });
});

test("the fit is where the gradient is 0, near the true levels and likelier", () => {
  for (const slope of numbersOf(gradient(fitted.value))) {
    expect(Math.abs(slope)).toBeLessThan(1e-5);
  }
  const found = numbersOf(fitted.value.exp());
  numbersOf(levels).forEach((level, i) => {
    expect(Math.abs((found[i] ?? 0) / level - 1)).toBeLessThan(0.2);
  });
  const likelihoods = [start, levels.log(), fitted.value].map((logs) =>
    filter(logs).logLikelihood.item(),
  );
  expect(likelihoods).toEqual([...likelihoods].sort((a, b) => a - b));
});

test("the filtered track is nearer to the true one than what was measured", () => {
  const error = (positions: Tensor) => positions.sub(track).square().sum(1).mean().sqrt().item();
  expect(error(measured)).toBeGreaterThan(1.6 * error(filter(fitted.value).positions));
  expect(error(filter(start).positions)).toBeGreaterThan(
    1.3 * error(filter(fitted.value).positions),
  );
  // The error is about as small as with the true levels.
  const ratio = error(filter(fitted.value).positions) / error(filter(levels.log()).positions);
  expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
});
