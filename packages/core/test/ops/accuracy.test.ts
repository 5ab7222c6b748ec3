/**
 * The errors of functions that are written in others, in units in the last place: of float64 against mpmath
 * (`test/golden/accuracy.py`), and of float32 against float64 over all sizes. The limits are just above the worst that
 * some ten thousand points for each, and a million of float32, have shown.
 */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as graddiff from "../../src/index.ts";
import { type Tensor, tensor } from "../../src/index.ts";
import {
  float32FromBits,
  float64FromBits,
  ulpOfFloat32,
  ulpOfFloat64,
} from "../elementary/support.ts";
import { WHOLE } from "../support/sampling.ts";

const file = new URL("../golden/accuracy.json", import.meta.url);
const golden: Record<string, string[]> = JSON.parse(readFileSync(file, "utf8"));

interface Limits {
  readonly float64: number;
  /** Default: not compared, where float32 is no better or worse than what it is made of. */
  readonly float32?: number;
}

const WORST: Readonly<Record<string, Limits>> = {
  tan: { float64: 1.95, float32: 1.95 },
  exp2: { float64: 0.8, float32: 0.51 },
  log2: { float64: 1.55, float32: 1.8 },
  log10: { float64: 1.7, float32: 2 },
  rsqrt: { float64: 1.5, float32: 1.5 },
  acos: { float64: 1.2, float32: 1.2 },
  atan: { float64: 1.85, float32: 0.51 },
  sinh: { float64: 1.9, float32: 1.8 },
  cosh: { float64: 1.75, float32: 1.5 },
  asinh: { float64: 1.6, float32: 1.75 },
  acosh: { float64: 1.95, float32: 1.8 },
  atanh: { float64: 1.65, float32: 1.9 },
  hypot: { float64: 1.2, float32: 1.45 },
  logAddExp: { float64: 1.5 },
  // The error of a square in an exponent.
  normalCdf: { float64: 60, float32: 200 },
  logNormalCdf: { float64: 1600 },
  erfInv: { float64: 1.5, float32: 2.5 },
  logit: { float64: 2.5, float32: 3.5 },
  sinc: { float64: 3.5, float32: 3.2 },
  tanhshrink: { float64: 40, float32: 40 },
  // The error is compared with 1 near a result of 0, where two terms cancel.
  logBeta: { float64: 16 },
  "polygamma 1": { float64: 3 },
  "polygamma 2": { float64: 4.5 },
  "polygamma 3": { float64: 7 },
  "polygamma 7": { float64: 12 },
  "polygamma 20": { float64: 40 },
  "polygamma 100": { float64: 400 },
};

/** Returns a function by its name, with the first argument that may follow it. */
function functionOf(title: string): (...inputs: Tensor[]) => Tensor {
  const [name, first] = title.split(" ");
  const fn = graddiff[name as "tan"] as (...inputs: unknown[]) => Tensor;
  return first === undefined ? fn : (...inputs) => fn(Number(first), ...inputs);
}

function parse(word: string): number {
  return float64FromBits(Number.parseInt(word.slice(0, 8), 16), Number.parseInt(word.slice(8), 16));
}

test("every function of the goldens has a limit", () => {
  expect(Object.keys(golden).sort()).toEqual(Object.keys(WORST).sort());
});

describe.each(Object.entries(WORST))("%s", (name, limits) => {
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
    points.forEach((words, i) => {
      const [near, offset] = [parse(words[count] ?? ""), Number(words[count + 1])];
      const result = Number(results[i]);
      const unit = ulpOfFloat64(name === "logBeta" ? Math.max(1, Math.abs(near)) : near);
      const error = Math.abs((result - near) / unit - offset * (ulpOfFloat64(near) / unit));
      expect(error, `of ${words.slice(0, count).map(parse)}`).toBeLessThan(limits.float64);
    });
  });

  const { float32 } = limits;
  if (float32 === undefined) return;
  test(`of float32 errs by at most ${float32} units`, () => {
    // A prime, so that all bits vary.
    const step = WHOLE ? 9973 : 49_999;
    const length = Math.floor(2 ** 32 / step);
    const all = Float32Array.from({ length }, (_, i) => float32FromBits(i * step));
    const few = Float32Array.from({ length: 30_000 }, (_, i) => (i / 15_000 - 1) * 4);
    for (const x of [all, few]) {
      const inputs = name === "hypot" ? [x, x.map((each, i) => each * ((i % 41) / 13 - 1.5))] : [x];
      const own = inputs.map((each) => tensor(each));
      const results = functionOf(name)(...own).data();
      const exact = functionOf(name)(...own.map((each) => each.cast("float64"))).data();
      let worst = { error: 0, at: 0 };
      results.forEach((result, i) => {
        const expected = Number(exact[i]);
        const near = Math.fround(expected);
        const isSpecial = !Number.isFinite(near) || near === 0;
        const inUnits = Math.abs(result - expected) / ulpOfFloat32(expected);
        const error = isSpecial ? (Object.is(result, near) ? 0 : Infinity) : inUnits;
        if (!(error <= worst.error)) worst = { error, at: Number(x[i]) };
      });
      expect(worst.error, `at ${worst.at}`).toBeLessThan(float32);
    }
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
