// Special values, and results that users expect to be exact.

import { describe, expect, it } from "vitest";

import { registeredOps } from "../support/table.ts";
import { compute, type Name, names, precisions, unary, unaryNames } from "./support.ts";

const round = { f32: Math.fround, f64: (x: number) => x };

/** Returns inputs and exact results, as the definition of the function's op lists them. */
function edgesOf(name: Name): readonly (readonly number[])[] {
  return registeredOps().find((op) => op.name === name)?.examples.edges ?? [];
}

describe("special values", () => {
  for (const name of names) {
    for (const precision of precisions) {
      it(`${name}_${precision} has the values at the edges of its op`, () => {
        expect(edgesOf(name).length).toBeGreaterThanOrEqual(4);
        for (const edge of edgesOf(name).map((numbers) => numbers.map(round[precision]))) {
          const inputs = edge.slice(0, -1);
          expect(compute[name][precision](...inputs), `of ${inputs}`).toBe(edge.at(-1));
        }
      });
    }
  }

  it.each(unaryNames)("%s of NaN is NaN", (name) => {
    for (const precision of precisions) expect(unary[name][precision](Number.NaN)).toBeNaN();
  });

  it("exp and log give e and the denormal and largest results", () => {
    expect(unary.exp.f64(1)).toBe(Math.E);
    expect(unary.exp.f32(1)).toBe(Math.fround(Math.E));
    expect(unary.exp.f64(-745)).toBe(5e-324);
    expect(unary.exp.f64(709.782712893384)).toBeLessThan(Infinity);
    expect(unary.exp.f64(709.7827128933841)).toBe(Infinity);
    expect(unary.log.f64(2)).toBe(Math.LN2);
    expect(unary.log.f64(10)).toBe(Math.LN10);
  });

  it("the odd functions are odd and cos is even, bit for bit", () => {
    for (const precision of precisions) {
      for (const x of [1e-5, 0.3, 0.7, 2, 3.5, 100, 1e7, 1e20].map(Math.fround)) {
        for (const name of ["sin", "tanh"] as const) {
          expect(unary[name][precision](-x)).toBe(-unary[name][precision](x));
        }
        expect(unary.cos[precision](-x)).toBe(unary.cos[precision](x));
      }
    }
  });
});

describe.each([
  { precision: "f32", pow: compute.pow.f32, round: round.f32, largestInteger: 2 ** 24 },
  { precision: "f64", pow: compute.pow.f64, round: round.f64, largestInteger: 2 ** 53 },
])("pow_$precision", ({ precision, pow, round, largestInteger }) => {
  const numbers = [0, -0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 3, -3, 1e5, -1e5, 1e30, -1e30]
    .concat([2 ** -149, -(2 ** -149), Infinity, -Infinity, Number.NaN])
    .map(round);

  it("is 1 for y = 0 and for x = 1, even if the other is NaN", () => {
    for (const number of numbers) {
      expect(pow(number, 0)).toBe(1);
      expect(pow(number, -0)).toBe(1);
      expect(pow(1, number)).toBe(1);
    }
  });

  it("is 1 for (−1)^±Infinity, where Math.pow has NaN", () => {
    expect(pow(-1, Infinity)).toBe(1);
    expect(pow(-1, -Infinity)).toBe(1);
  });

  it("has all other special values of Math.pow", () => {
    for (const x of numbers) {
      for (const y of numbers) {
        if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) continue;
        const expected = round(x ** y);
        const isSpecial = !Number.isFinite(expected) || expected === 0 || Math.abs(expected) === 1;
        if (isSpecial) expect(pow(x, y), `${x}^${y}`).toBe(expected);
      }
    }
  });

  it("is exact for y = 1, and rounds correctly for y = 2, −1 and ½", () => {
    for (let x = -7.3; x < 8; x += 0.37) {
      const base = round(x);
      expect(pow(base, 1)).toBe(base);
      expect(pow(base, 2)).toBe(round(base * base));
      expect(pow(base, -1)).toBe(round(1 / base));
      if (base > 0) expect(pow(base, 0.5)).toBe(round(Math.sqrt(base)));
    }
  });

  it("is exact wherever an integer to an integer fits", () => {
    for (let base = 2; base < 100; base++) {
      for (let power = base, y = 1; power <= largestInteger; power *= base, y++) {
        expect(pow(base, y)).toBe(power);
        expect(pow(-base, y)).toBe(y % 2 === 0 ? power : -power);
      }
    }
  });

  it("is exact for powers of two, the denormal ones included", () => {
    const [least, most] = precision === "f32" ? [-149, 127] : [-1074, 1023];
    let power = 1;
    for (let y = 0; y <= most; y++, power *= 2) expect(pow(2, y)).toBe(power);
    power = 1;
    for (let y = 0; y >= least; y--, power /= 2) expect(pow(2, y)).toBe(power);
    expect(pow(2, least - 2)).toBe(0);
    expect(pow(2, most + 1)).toBe(Infinity);
  });

  it("knows odd exponents from even and fractional ones", () => {
    const odd = largestInteger - 1;
    expect(pow(-1, odd)).toBe(-1);
    expect(pow(-1, largestInteger)).toBe(1);
    expect(pow(-1, largestInteger / 2 - 0.5)).toBeNaN();
    expect(pow(-0, odd)).toBe(-0);
    expect(pow(-0, -3)).toBe(-Infinity);
    expect(pow(-0, 0.5)).toBe(0);
    expect(pow(-Infinity, 0.5)).toBe(Infinity);
    expect(pow(-2, 0.5)).toBeNaN();
  });
});
