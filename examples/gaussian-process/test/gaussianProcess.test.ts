import { readFileSync } from "node:fs";
import { grad, hessian, type Tensor, tensor } from "@graddiff/core";
import { eigvalsh } from "@graddiff/core/linalg";
import { expect, test, vi } from "vitest";
import { noiseVariance, truth, x, y } from "../src/data.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const numbersOf = (values: Tensor) => Array.from(values.data());
const vector = (values: readonly number[]) => tensor([...values], { dtype: "float64" });

const print = vi.spyOn(console, "log").mockImplementation(() => {});
const { fitted, logLikelihood, predict, start } = await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

/** Returns the inverse and the determinant of a positive definite matrix, by Gauss–Jordan elimination. */
function invert(matrix: readonly (readonly number[])[]): { inverse: number[][]; det: number } {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  let det = 1;
  rows.forEach((row, i) => {
    const pivot = row[i] ?? 0;
    det *= pivot;
    row.forEach((value, j) => {
      row[j] = value / pivot;
    });
    for (const other of rows) {
      if (other === row) continue;
      const factor = other[i] ?? 0;
      row.forEach((value, j) => {
        other[j] = (other[j] ?? 0) - factor * value;
      });
    }
  });
  return { inverse: rows.map((row) => row.slice(size)), det };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

/** Returns the same process in JavaScript numbers, with an explicit inverse and determinant. */
function process(logs: readonly number[]) {
  const [length = 0, signal = 0, noise = 0] = logs.map(Math.exp);
  const [places, values] = [numbersOf(x), numbersOf(y)];
  const kernel = (a: number, b: number) => signal * Math.exp(-((a - b) ** 2) / (2 * length ** 2));
  const covariance = places.map((a, i) =>
    places.map((b, j) => kernel(a, b) + (i === j ? noise : 0)),
  );
  const { inverse, det } = invert(covariance);
  const weights = inverse.map((row) => dot(row, values));
  return {
    logLikelihood:
      -0.5 * (dot(values, weights) + Math.log(det) + places.length * Math.log(2 * Math.PI)),
    predict: (place: number) => {
      const shared = places.map((own) => kernel(place, own));
      const explained = dot(
        shared,
        inverse.map((row) => dot(row, shared)),
      );
      return { mean: dot(shared, weights), deviation: Math.sqrt(signal - explained) };
    },
  };
}

test("README.md has what the program prints, its length and its drawing", () => {
  const readme = read("README.md");
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(printed);
  const lines = read("src/main.ts").split("\n").length - 1;
  expect(lines).toBeLessThanOrEqual(60);
  expect(readme).toContain(`in ${lines} lines`);
  expect(read("output/posterior.svg")).toBe(read("posterior.svg"));
});

test.each([
  ["start", start],
  ["fit", fitted.value],
])("the likelihood of the %s is that of an explicit determinant and inverse", (_, logs) => {
  const expected = process(numbersOf(logs)).logLikelihood;
  expect(Math.abs(logLikelihood(logs).item() / expected - 1)).toBeLessThan(1e-12);
});

test("predictions are those of an explicit inverse", () => {
  const places = [-3, -1.5, 0.25, 4, 11];
  const { mean, deviation } = predict(vector(places), fitted.value);
  const { predict: expected } = process(numbersOf(fitted.value));
  places.forEach((place, i) => {
    const wanted = expected(place);
    expect(Math.abs(mean.at(i).item() - wanted.mean)).toBeLessThan(1e-10);
    expect(Math.abs(deviation.at(i).item() - wanted.deviation)).toBeLessThan(1e-10);
  });
});

test("the gradient is that of central differences", () => {
  const logs = [0.3, -0.2, -1];
  const slopes = numbersOf(grad(logLikelihood)(vector(logs)));
  const moved = (i: number, by: number) => {
    const others = logs.map((log, j) => (j === i ? log + by : log));
    return process(others).logLikelihood;
  };
  const step = 1e-4;
  slopes.forEach((slope, i) => {
    // Richardson extrapolation reduces the error to rounding errors.
    const of = (h: number) => (moved(i, h) - moved(i, -h)) / (2 * h);
    const difference = (4 * of(step) - of(2 * step)) / 3;
    expect(Math.abs(slope / difference - 1)).toBeLessThan(1e-8);
  });
});

test("the fit is a maximum of the likelihood, near the true noise", () => {
  const slopes = numbersOf(grad(logLikelihood)(fitted.value));
  for (const slope of slopes) expect(Math.abs(slope)).toBeLessThan(1e-6);
  const curvatures = numbersOf(eigvalsh(hessian(logLikelihood)(fitted.value)));
  expect(Math.max(...curvatures)).toBeLessThan(-1);
  expect(logLikelihood(fitted.value).item()).toBeGreaterThan(logLikelihood(start).item() + 30);
  const noise = Math.exp(fitted.value.at(2).item());
  expect(Math.abs(noise / noiseVariance - 1)).toBeLessThan(0.2);
});

test("the function is within two deviations, which are large where nothing was measured", () => {
  const places = vector([-2, 0, 2, 4, 6, 8, 10, 12]);
  const { mean, deviation } = predict(places, fitted.value);
  const distances = numbersOf(truth(places).sub(mean).div(deviation).abs());
  expect(Math.max(...distances)).toBeLessThan(2);
  const [, , before = 0, gap = 0, after = 0, , , far = 0] = numbersOf(deviation);
  expect(gap).toBeGreaterThan(1.8 * Math.max(before, after));
  expect(far).toBeGreaterThan(5 * gap);
  const measuredAt = numbersOf(x);
  expect(measuredAt.filter((place) => place > 3 && place < 5)).toEqual([]);
  expect(Math.max(...measuredAt)).toBeLessThan(10);
});
