import { readFileSync } from "node:fs";
import { type Tensor, tensor, Variable } from "@graddiff/core";
import { LBFGS } from "@graddiff/nn";
import { expect, test, vi } from "vitest";
import { certified, start, times, weights } from "../src/onions.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const numbersOf = (values: Tensor) => Array.from(values.data());

const print = vi.spyOn(console, "log").mockImplementation(() => {});
const { least, quasi, quasiPlace, sumOfSquares } = await import("../src/main.ts");
const printed = print.mock.calls.map((words) => `${words.join(" ")}\n`).join("");
print.mockRestore();

/** Returns the curve and its derivatives by the parameters, written by hand. */
function model([b1 = 0, b2 = 0, b3 = 0, b4 = 0]: readonly number[], x: number) {
  const e = Math.exp(b2 - b3 * x);
  const value = b1 * (1 + e) ** (-1 / b4);
  const inner = (-value / b4) * (e / (1 + e));
  return { value, slopes: [value / b1, inner, -inner * x, (value * Math.log(1 + e)) / b4 ** 2] };
}

const data = numbersOf(times).map((x, i) => [x, numbersOf(weights)[i] ?? Number.NaN] as const);
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const sumAt = (b: readonly number[]) => sum(data.map(([x, y]) => (model(b, x).value - y) ** 2));
/** The gradient of half the sum of squares. */
const gradientAt = (b: readonly number[]) =>
  b.map((_, k) =>
    sum(data.map(([x, y]) => (model(b, x).value - y) * (model(b, x).slopes[k] ?? 0))),
  );
const normalAt = (b: readonly number[]) =>
  b.map((_, k) =>
    b.map((_, l) =>
      sum(data.map(([x]) => (model(b, x).slopes[k] ?? 0) * (model(b, x).slopes[l] ?? 0))),
    ),
  );

/** Returns the inverse of a positive definite matrix, by Gauss–Jordan elimination. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  rows.forEach((row, i) => {
    const pivot = row[i] ?? 0;
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
  return rows.map((row) => row.slice(size));
}

const place = numbersOf(least.x);
const variance = sumAt(place) / 11;
const errorsBy = (h: readonly (readonly number[])[]) =>
  inverse(h).map((row, i) => Math.sqrt(variance * (row[i] ?? 0)));

/** The numbers in the printed rows of parameters, of the first and of the second table. */
const rows = printed
  .split("\n")
  .filter((line) => /^ +b\d /.test(line))
  .map((line) => line.trim().split(/ +/).slice(1));
const columns = (from: number) =>
  [0, 1, 2].map((column) => rows.slice(from, from + 4).map((row) => row[column] ?? ""));

test("README.md has what the program prints, its length and its drawing", () => {
  const readme = read("README.md");
  expect(/```text\n([^`]*)```/.exec(readme)?.[1]).toBe(printed);
  const lines = read("src/main.ts").split("\n").length - 1;
  expect(lines).toBeLessThanOrEqual(60);
  expect(readme).toMatch(new RegExp(`src/main\\.ts.*in ${lines} lines`));
  expect(read("output/curve.svg")).toBe(read("curve.svg"));
});

test("both ways end at the certified values, in all of their digits", () => {
  const [first, second, wanted] = columns(0);
  expect(wanted).toEqual(numbersOf(certified.parameters).map((value) => value.toPrecision(11)));
  expect([first, second]).toEqual([wanted, wanted]);
  expect(sumOfSquares(least.x).item().toPrecision(11)).toBe(certified.sumOfSquares.toPrecision(11));
  expect(Math.sqrt(variance).toPrecision(11)).toBe(certified.deviation.toPrecision(11));
});

test("both ways end at the same point, where the gradient is 0", () => {
  const other = numbersOf(quasiPlace);
  place.forEach((value, i) => {
    expect(Math.abs((other[i] ?? Number.NaN) / value - 1)).toBeLessThan(1e-10);
  });
  expect(quasi.converged).toBe(true);
  for (const b of [place, other]) {
    gradientAt(b).forEach((slope, i) => {
      // The slope is relative to the sum of squares, for a change of the parameter by 100 %.
      expect(Math.abs((slope * (b[i] ?? 0)) / sumAt(b))).toBeLessThan(1e-10);
    });
  }
  expect(Math.abs(sumOfSquares(least.x).item() / sumAt(place) - 1)).toBeLessThan(1e-13);
});

test("the standard errors are the certified ones, and those of an inverse by hand", () => {
  const [byJacobian, byHessian, wanted] = columns(4);
  expect(wanted).toEqual(numbersOf(certified.errors).map((value) => value.toPrecision(11)));
  expect(byJacobian).toEqual(wanted);
  errorsBy(normalAt(place)).forEach((error, i) => {
    expect(Math.abs(error / Number(byJacobian?.[i]) - 1)).toBeLessThan(1e-8);
  });
  // The full Hessian by central differences of the gradient with Richardson extrapolation.
  const hessian = place.map((value, k) => {
    const moved = (by: number) => gradientAt(place.map((each, i) => (i === k ? each + by : each)));
    const slopes = (h: number) => {
      const [up, down] = [moved(h), moved(-h)];
      return up.map((each, i) => (each - (down[i] ?? 0)) / (2 * h));
    };
    const [near, far] = [slopes(1e-4 * value), slopes(2e-4 * value)];
    return near.map((each, i) => (4 * each - (far[i] ?? 0)) / 3);
  });
  errorsBy(hessian).forEach((error, i) => {
    expect(Math.abs(error / Number(byHessian?.[i]) - 1)).toBeLessThan(1e-6);
  });
});

test("the band is that of the covariance by hand", () => {
  const covariance = inverse(normalAt(place));
  const at = [0, 3.5, 8, 16];
  const { value: mean, standardError: error } = least.predict(tensor(at, { dtype: "float64" }));
  at.forEach((x, i) => {
    const { value, slopes } = model(place, x);
    const spread = sum(
      covariance.flatMap((row, k) =>
        row.map((each, l) => each * (slopes[k] ?? 0) * (slopes[l] ?? 0)),
      ),
    );
    expect(Math.abs(mean.at(i).item() / value - 1)).toBeLessThan(1e-12);
    expect(Math.abs(error.at(i).item() / Math.sqrt(variance * spread) - 1)).toBeLessThan(1e-8);
  });
});

test("without units L-BFGS ends on a plateau, as README.md says", () => {
  const b = new Variable(start);
  const { loss, converged } = new LBFGS(b).minimize(() => sumOfSquares(b.value));
  expect(converged).toBe(true);
  const ratio = Math.floor(loss / certified.sumOfSquares);
  expect(ratio).toBeGreaterThan(1);
  expect(read("README.md").replaceAll("\n", " ")).toContain(
    `where all is flat and the sum of squares is ${ratio} times as large`,
  );
});
