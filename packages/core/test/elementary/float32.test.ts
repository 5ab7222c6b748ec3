// float32 accuracy, against the engine's float64 functions, over all exponents.

import { describe, expect, it } from "vitest";
import { pow_f32 } from "../../src/elementary/elementary.ts";
import { float32FromBits, randomBits, ulpOfFloat32, unary, unaryNames } from "./support.ts";

/** The largest error that is allowed, in ulp: just above the worst over all 2^32 arguments. */
const WORST = {
  exp: 0.8,
  expm1: 1.1,
  log: 0.85,
  log1p: 1,
  sin: 0.51,
  cos: 0.51,
  tanh: 1.35,
  pow: 0.51,
};

/** The error of a float32 result in ulp; Infinity if a special value is missed. */
function errorInUlp(result: number, exact: number): number {
  const nearest = Math.fround(exact);
  if (!Number.isFinite(nearest) || exact === 0) return Object.is(result, nearest) ? 0 : Infinity;
  if (result === 0 && Math.sign(1 / result) !== Math.sign(exact)) return Infinity;
  return Math.abs(result - exact) / ulpOfFloat32(exact);
}

describe("float32 elementary functions against Math", () => {
  for (const name of unaryNames) {
    const { f32, math } = unary[name];

    it(`${name} errs by at most ${WORST[name]} ulp over strided bit patterns`, () => {
      let worst = { ulp: 0, x: 0 };
      for (let bits = 0; bits < 2 ** 32; bits += 39_119) {
        const x = float32FromBits(bits);
        const ulp = errorInUlp(f32(x), math(x));
        if (!(ulp <= worst.ulp)) worst = { ulp, x };
      }
      expect(worst.ulp, `${name}_f32(${worst.x})`).toBeLessThan(WORST[name]);
    });

    it(`${name} errs by at most ${WORST[name]} ulp between −16 and 16`, () => {
      const seed = 1;
      const next = randomBits(seed);
      let worst = { ulp: 0, x: 0 };
      for (let count = 0; count < 100_000; count++) {
        const x = Math.fround(next() / 2 ** 27 - 16);
        const ulp = errorInUlp(f32(x), math(x));
        if (!(ulp <= worst.ulp)) worst = { ulp, x };
      }
      expect(worst.ulp, `${name}_f32(${worst.x}), seed ${seed}`).toBeLessThan(WORST[name]);
    });
  }

  it(`pow errs by at most ${WORST.pow} ulp`, () => {
    const seed = 2;
    const next = randomBits(seed);
    let worst = { ulp: 0, x: 0, y: 0 };
    for (let count = 0; count < 200_000; count++) {
      const x = float32FromBits(next() >>> 1);
      // A result of any size; every fourth y is any number at all.
      const scale = Math.log2(x) || 1;
      const y =
        count % 4 === 0
          ? float32FromBits(next())
          : Math.fround((next() / 2 ** 32 - 0.5) * (300 / scale));
      if (x === 1 || y === 0) continue; // Math.pow(1, NaN) is NaN
      const ulp = errorInUlp(pow_f32(x, y), x ** y);
      if (!(ulp <= worst.ulp)) worst = { ulp, x, y };
    }
    expect(worst.ulp, `pow_f32(${worst.x}, ${worst.y}), seed ${seed}`).toBeLessThan(WORST.pow);
  });
});
