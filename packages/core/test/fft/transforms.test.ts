/**
 * Fourier transforms at lengths of every radix: eager and compiled, in JavaScript and in WebAssembly. The bits are the
 * same, depend only on the length, and are near to the exact sum.
 */

import { describe, expect, test } from "vitest";
import { longerOf, radicesOf } from "../../src/fft/radices.ts";
import { rootOfUnity, tablesOf } from "../../src/fft/tables.ts";
import { fft, inverseFft, inverseRealFft, inverseStft, realFft, stft } from "../../src/fft.ts";
import { compile, setRunner, type Tensor, transpose, uniform, zeros } from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { numbersTo, sampled, sampleTests } from "../support/sampling.ts";

sampleTests(3);

type Pair = { readonly real: Tensor; readonly imaginary: Tensor };

const DTYPES = ["float32", "float64"] as const;
const pairOf = (shape: readonly number[], dtype: "float32" | "float64", seed: number): Pair => ({
  real: uniform(shape, { seed, low: -1, high: 1, dtype }),
  imaginary: uniform(shape, { seed: seed + 1, low: -1, high: 1, dtype }),
});

/** The lengths that are tested: all small ones, and some of each kind of greater ones. */
const LENGTHS = [...numbersTo(140), 243, 256, 343, 508, 976, 1009, 1024, 2018, 4096].filter(
  (n) => n > 0,
);

/** Returns a function's results on both runners, eager and compiled. */
function everyWay<Result>(fn: (x: Pair) => Result, x: Pair): Result[] {
  const compiled = compile(fn as never) as unknown as typeof fn;
  return (["js", "wasm"] as const).flatMap((runner) => {
    setRunner(runner);
    return [fn(x), compiled(x)];
  });
}

const tensorsOf = (result: Tensor | Pair): Tensor[] =>
  "real" in result ? [result.real, result.imaginary] : [result];

function expectOneSet(results: readonly (Tensor | Pair)[]): void {
  const [first, ...others] = results.map(tensorsOf);
  for (const other of others) {
    other.forEach((part, i) => {
      expectSameBits(part, first?.[i] as Tensor);
    });
  }
}

/** Returns the k-th coefficient Σ_j x_j e^(−2πi jk/n), with compensated sums. */
function exactAt(k: number, re: ArrayLike<number>, im: ArrayLike<number>): [number, number] {
  const n = re.length;
  const sums = [0, 0];
  const lost = [0, 0];
  const add = (part: 0 | 1, term: number) => {
    const sum = (sums[part] as number) + term;
    const big = Math.abs(sums[part] as number) >= Math.abs(term);
    lost[part] =
      (lost[part] as number) +
      (big ? (sums[part] as number) - sum + term : term - sum + (sums[part] as number));
    sums[part] = sum;
  };
  for (let j = 0; j < n; j++) {
    const [c, s] = rootOfUnity(j * k, n);
    const [x, y] = [re[j] as number, im[j] as number];
    add(0, x * c);
    add(0, y * s);
    add(1, y * c);
    add(1, -x * s);
  }
  return [(sums[0] as number) + (lost[0] as number), (sums[1] as number) + (lost[1] as number)];
}

/** Returns the relative error of a spectrum in units of ε log₂ n. */
function errorOf(x: Pair, y: Pair, epsilon: number): number {
  const [re, im, gotRe, gotIm] = [x.real, x.imaginary, y.real, y.imaginary].map((each) =>
    Array.from(each.data(), Number),
  ) as [number[], number[], number[], number[]];
  const n = re.length;
  let error = 0;
  let size = 0;
  for (let k = 0; k < gotRe.length; k++) {
    const [exactRe, exactIm] = exactAt(k, re, im);
    error += ((gotRe[k] as number) - exactRe) ** 2 + ((gotIm[k] as number) - exactIm) ** 2;
    size += exactRe ** 2 + exactIm ** 2;
  }
  return Math.sqrt(error / size) / epsilon / Math.log2(Math.max(2, n));
}

describe.each(DTYPES)("in %s", (dtype) => {
  const epsilon = dtype === "float32" ? 2 ** -23 : 2 ** -52;

  test("a length has one set of bits, near to the exact sum", () => {
    for (const n of sampled(LENGTHS, 10)) {
      const x = pairOf([n], dtype, n);
      const ways = everyWay((pair) => fft(pair), x);
      expectOneSet(ways);
      const most = longerOf(n, dtype) === 0 ? 1 : 1.5;
      if (n <= 1100) expect(errorOf(x, ways[0] as Pair, epsilon), `${n}`).toBeLessThan(most);
      const real = everyWay(({ real }) => realFft(real), x);
      expectOneSet(real);
      const alone = { real: x.real, imaginary: zeros([n], { dtype }) };
      if (n <= 1100) expect(errorOf(alone, real[0] as Pair, epsilon), `${n}`).toBeLessThan(most);
      const back = everyWay(
        ({ real: signal }) => inverseRealFft(realFft(signal), { length: n }),
        x,
      );
      expectOneSet(back);
      const away = back[0]?.sub(x.real).abs().max().item() as number;
      expect(away, `${n}`).toBeLessThan(8 * epsilon * Math.log2(n + 2));
    }
  });

  test("the bits of a transform follow from its length, not from its axis or the others beside it", () => {
    for (const n of sampled(LENGTHS, 24, 3)) {
      if (n > 1100) continue;
      for (const columns of sampled([1, 2, 5, 17], 2, n)) {
        const x = pairOf([2, columns, n], dtype, n);
        const turned = (each: Tensor) => transpose(each, [0, 2, 1]);
        const turnedPair = { real: turned(x.real), imaginary: turned(x.imaginary) };
        for (const transform of [fft, inverseFft]) {
          const ways = everyWay((pair) => transform(pair, { axis: 1 }), turnedPair);
          expectOneSet([
            ...ways,
            ...everyWay((pair) => {
              const { real, imaginary } = transform(pair);
              return { real: turned(real), imaginary: turned(imaginary) };
            }, x),
          ]);
        }
        const signals = everyWay(({ real }) => realFft(real, { axis: 1 }), turnedPair);
        const straight = realFft(x.real);
        expectOneSet([
          ...signals,
          { real: turned(straight.real), imaginary: turned(straight.imaginary) },
        ]);
        expectOneSet([
          ...everyWay(
            ({ real }) => inverseRealFft(realFft(real, { axis: 1 }), { axis: 1, length: n }),
            turnedPair,
          ),
          turned(inverseRealFft(straight, { length: n })),
        ]);
        // A single row has the bits of the same row in a stack.
        const row = { real: x.real.at(1, 0), imaginary: x.imaginary.at(1, 0) };
        const all = fft(x);
        expectOneSet([fft(row), { real: all.real.at(1, 0), imaginary: all.imaginary.at(1, 0) }]);
      }
    }
  });
});

test("all radices and Bluestein's transforms are among the lengths", () => {
  const direct = LENGTHS.filter((n) => longerOf(n, "float32") === 0);
  const radices = new Set(direct.flatMap(radicesOf));
  expect([2, 3, 4, 5, 7, 11, 13].every((radix) => radices.has(radix))).toBe(true);
  expect(LENGTHS.some((n) => longerOf(n, "float32") > 0)).toBe(true);
  for (const n of LENGTHS) expect(radicesOf(n).reduce((x, y) => x * y, 1)).toBe(n);
});

test("tables are made once for a length", () => {
  expect(tablesOf(12, "float32", false)).toBe(tablesOf(12, "float32", false));
  for (let n = 1; n <= 70; n++) tablesOf(n, "float32", false);
  expect(tablesOf(70, "float32", false)).toBe(tablesOf(70, "float32", false));
});

test("frames that overlap give the signal back", () => {
  const cases = [1, 2, 3, 7, 8, 16].flatMap((size) =>
    [1, 2, 3, 4].filter((part) => part <= size).map((part) => [size, Math.ceil(size / part)]),
  );
  for (const [size = 1, hop = 1] of cases) {
    if (hop * 2 > size && size > 1) continue;
    for (const samples of [size, size + 1, 40]) {
      const x = uniform([2, samples], { seed: size, dtype: "float64" });
      const spectrum = stft(x, { size, hop });
      const covered = (spectrum.real.shape.at(-1) as number) * hop - hop + size - 2 * (size >> 1);
      const y = inverseStft(spectrum, { size, hop });
      expect(y.shape).toEqual([2, covered]);
      const part = x.slice([0, 0], [2, covered]);
      const away = y.sub(part).abs().max();
      if (covered > 0) expect(away.item()).toBeLessThan(1e-14);
    }
  }
});
