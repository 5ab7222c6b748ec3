// float32 accuracy over all exponents, compared with the engine's float64 functions. Where the engine has none, ours
// are the reference, which other tests compare with mpmath. The descriptions of functions have the limits.

import { describe, expect, it } from "vitest";
import { pow_f32 } from "../../src/generated/elementary/elementary.ts";
import {
  binary,
  binaryNames,
  described,
  float32FromBits,
  randomBits,
  scaleOfError,
  ulpOfFloat32,
  unary,
  unaryNames,
} from "./support.ts";

/**
 * Returns the error of a float32 result in ulp; Infinity for a wrong special value.
 * @param scale the number whose ulp is the unit
 */
function errorInUlp(result: number, exact: number, scale = exact): number {
  const nearest = Math.fround(exact);
  if (!Number.isFinite(nearest) || exact === 0) return Object.is(result, nearest) ? 0 : Infinity;
  if (result === 0 && Math.sign(1 / result) !== Math.sign(exact)) return Infinity;
  return Math.abs(result - exact) / ulpOfFloat32(scale);
}

describe("float32 elementary functions against float64", () => {
  for (const name of unaryNames) {
    const { f32, f64, math = f64 } = unary[name];
    const allowed = described[name].worst.f32;
    const errorAt = (x: number) => {
      const exact = math(x);
      return errorInUlp(f32(x), exact, scaleOfError(name, x, exact));
    };

    it(`${name} errs by at most ${allowed} ulp over strided bit patterns`, () => {
      let worst = { ulp: 0, x: 0 };
      for (let bits = 0; bits < 2 ** 32; bits += 39_119) {
        const x = float32FromBits(bits);
        const ulp = errorAt(x);
        if (!(ulp <= worst.ulp)) worst = { ulp, x };
      }
      expect(worst.ulp, `${name}_f32(${worst.x})`).toBeLessThan(allowed);
    });

    it(`${name} errs by at most ${allowed} ulp between −16 and 16`, () => {
      const seed = 1;
      const next = randomBits(seed);
      let worst = { ulp: 0, x: 0 };
      for (let count = 0; count < 100_000; count++) {
        const x = Math.fround(next() / 2 ** 27 - 16);
        const ulp = errorAt(x);
        if (!(ulp <= worst.ulp)) worst = { ulp, x };
      }
      expect(worst.ulp, `${name}_f32(${worst.x}), seed ${seed}`).toBeLessThan(allowed);
    });
  }

  for (const name of binaryNames) {
    const { f32, f64 } = binary[name];
    const allowed = described[name].worst.f32;

    it(`${name} errs by at most ${allowed} ulp over bit patterns`, () => {
      const seed = 3;
      const next = randomBits(seed);
      let worst = { ulp: 0, x: 0, y: 0 };
      for (let count = 0; count < 100_000; count++) {
        const [x, y] = [float32FromBits(next()), float32FromBits(next())];
        const ulp = errorInUlp(f32(x, y), f64(x, y));
        if (!(ulp <= worst.ulp)) worst = { ulp, x, y };
      }
      expect(worst.ulp, `${name}_f32(${worst.x}, ${worst.y}), seed ${seed}`).toBeLessThan(allowed);
    });
  }

  it(`pow errs by at most ${described.pow.worst.f32} ulp where its result is of any size`, () => {
    const seed = 2;
    const next = randomBits(seed);
    let worst = { ulp: 0, x: 0, y: 0 };
    for (let count = 0; count < 200_000; count++) {
      const x = float32FromBits(next() >>> 1);
      // The result may have any size; every fourth y is any float32.
      const scale = Math.log2(x) || 1;
      const y =
        count % 4 === 0
          ? float32FromBits(next())
          : Math.fround((next() / 2 ** 32 - 0.5) * (300 / scale));
      if (x === 1 || y === 0) continue; // Math.pow(1, NaN) is NaN
      const ulp = errorInUlp(pow_f32(x, y), x ** y);
      if (!(ulp <= worst.ulp)) worst = { ulp, x, y };
    }
    expect(worst.ulp, `pow_f32(${worst.x}, ${worst.y}), seed ${seed}`).toBeLessThan(
      described.pow.worst.f32,
    );
  });
});
