/**
 * The errors of functions that are composed of others, in units in the last place. Errors of float64 are against mpmath
 * (`test/golden/accuracy.py`), those of float32 against float64 over all sizes. The limits are just above the largest
 * errors at some ten thousand points for each, and a million in float32.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { tensor } from "../../src/index.ts";
import {
  float32FromBits,
  float64FromBits,
  ulpOfFloat32,
  ulpOfFloat64,
} from "../elementary/support.ts";
import {
  COMPOSED,
  elementaryErrors,
  errorSentences,
  functionOf,
  POSITIVE,
  scaleOf,
  vanishes,
} from "../support/accuracy.ts";
import { sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(8);

const file = new URL("../golden/accuracy.json", import.meta.url);
const golden: Record<string, string[]> = JSON.parse(readFileSync(file, "utf8"));

function parse(word: string): number {
  return float64FromBits(Number.parseInt(word.slice(0, 8), 16), Number.parseInt(word.slice(8), 16));
}

test("the README says which functions err by more than two units, and the worst of each dtype", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(readme.replace(/\s+/g, " ")).toContain(errorSentences());
});

test("ARCHITECTURE.md of core says the largest errors of elementary functions", () => {
  const text = readFileSync(new URL("../../ARCHITECTURE.md", import.meta.url), "utf8");
  expect(text.replace(/\s+/g, " ")).toContain(elementaryErrors());
});

/** Every limit is at most this multiple of an error that occurred, so that the table does not overstate errors. */
const LOOSE = 1.5;

describe.each(Object.entries(COMPOSED))("%s", (name, limits) => {
  test(`of float64 errs by at most ${limits.float64} units`, () => {
    const points = (golden[name] ?? []).map((point) => point.split(" "));
    const count = (points[0]?.length ?? 0) - 2;
    const inputs = Array.from({ length: count }, (_, i) =>
      tensor(
        points.map((words) => parse(words[i] ?? "")),
        { dtype: "float64" },
      ),
    );
    const results = functionOf(name)(...inputs).data();
    const errors = points.map((words, i) => {
      const [near, offset] = [parse(words[count] ?? ""), Number(words[count + 1])];
      const result = Number(results[i]);
      if (vanishes(name, result, near, 1e-304)) return 0;
      const unit = ulpOfFloat64(scaleOf(name, near));
      const error = Math.abs((result - near) / unit - offset * (ulpOfFloat64(near) / unit));
      expect(error, `of ${words.slice(0, count).map(parse)}`).toBeLessThan(limits.float64);
      return error;
    });
    expect(Math.max(...errors) * LOOSE).toBeGreaterThan(limits.float64);
  });

  const { float32 } = limits;
  test(`of float32 errs by at most ${float32} units`, () => {
    // The step is a prime number, so that all bits vary.
    const step = WHOLE ? 9973 : 49_999;
    const length = Math.floor(2 ** 32 / step);
    const all = Float32Array.from({ length }, (_, i) => float32FromBits(i * step));
    const few = Float32Array.from({ length: 30_000 }, (_, i) => (i / 15_000 - 1) * 4);
    const more = Float32Array.from({ length: 30_000 }, (_, i) => (i / 15_000 - 1) * 100);
    const isOfPair = golden[name]?.[0]?.split(" ").length === 4;
    let worst = { error: 0, at: 0 };
    for (const drawn of [all, few, more]) {
      const x = limits.of === POSITIVE || name === "logBeta" ? drawn.map(Math.abs) : drawn;
      const isPositive = name === "logBeta" || name === "xLogY";
      const other = x.map((each, i) => each * ((i % 41) / 13 - (isPositive ? -0.01 : 1.5)));
      const own = (isOfPair ? [x, other] : [x]).map((each) => tensor(each));
      const results = functionOf(name)(...own).data();
      const exact = functionOf(name)(...own.map((each) => each.cast("float64"))).data();
      results.forEach((result, i) => {
        const expected = Number(exact[i]);
        const near = Math.fround(expected);
        if (vanishes(name, Number(result), expected, 1e-36)) return;
        if (name === "logBeta" && !Number.isFinite(Math.fround(Number(x[i]) + Number(other[i]))))
          return;
        // Denormal results are skipped, since they have fewer digits.
        if (expected !== 0 && Math.abs(expected) < 2 ** -126) return;
        const isSpecial = !Number.isFinite(near) || near === 0;
        const inUnits = Math.abs(Number(result) - expected) / ulpOfFloat32(scaleOf(name, expected));
        const error = isSpecial ? (Object.is(result, near) ? 0 : Infinity) : inUnits;
        if (!(error <= worst.error)) worst = { error, at: Number(x[i]) };
      });
    }
    expect(worst.error, `at ${worst.at}`).toBeLessThan(float32);
    expect(worst.error * LOOSE, `at ${worst.at}`).toBeGreaterThan(float32);
  });
});

test("log2 and log10 are exact at powers", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const [least, most] = dtype === "float32" ? [-149, 127] : [-1074, 1023];
    for (let n = least; n <= most; n++) {
      expect(graddiff.log2(tensor(2 ** n, { dtype })).item()).toBe(n);
    }
    const [least10, most10] = dtype === "float32" ? [-37, 38] : [-307, 308];
    for (let n = least10; n <= most10; n++) {
      expect(graddiff.log10(tensor(Number(`1e${n}`), { dtype })).item()).toBe(n);
    }
  }
});
