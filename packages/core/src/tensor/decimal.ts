/**
 * Chooses the decimal digits that stand for a float, as NumPy does: as few as read back, and where
 * those are too many, the exact value rounded.
 *
 * Source of the rules: numpy/_core/src/multiarray/dragon4.c of NumPy 2.2. That computes with big
 * integers; here `toExponential`, which is exact by the ECMAScript standard, does that work.
 */

export type FloatDType = "float32" | "float64";

/** Decimal digits, the first of them worth 10 to the `power`. */
export interface Decimal {
  readonly digits: string;
  readonly power: number;
}

/**
 * Returns the fewest digits that read back as the same element of the dtype, and among those the nearest. Elements are
 * twice as dense below a power of two as above it. So for float32 at 2^-96 and 2^87, and nowhere else, the nearest
 * decimal is below and does not read back, but the next decimal does.
 */
export function shortest(magnitude: number, dtype: FloatDType): Decimal {
  if (dtype === "float64") return parse(magnitude.toExponential());
  for (let count = 1; count < 9; count++) {
    const { digits, power } = nearest(magnitude, count);
    for (const candidate of [digits, String(Number(digits) + 1)]) {
      const value = Math.fround(Number(`${candidate}e${power - count + 1}`));
      if (value === magnitude) return { digits: candidate, power };
    }
  }
  return nearest(magnitude, 9);
}

/**
 * Returns the exact value rounded to a count of digits, a tie to the even digit. (`toExponential` rounds the exact
 * value too, but a tie upwards.)
 */
export function nearest(magnitude: number, count: number): Decimal {
  const rounded = parse(magnitude.toExponential(count - 1));
  const odd = Number(rounded.digits.slice(-1)) % 2 === 1;
  if (!odd) return rounded;
  // 101 digits tell a tie for certain: a tie has at most 18 of them.
  const exact = parse(magnitude.toExponential(100));
  const tie = /^50*$/.test(exact.digits.slice(count));
  return tie ? { digits: exact.digits.slice(0, count), power: exact.power } : rounded;
}

/** Returns the shortest digits; if they are more than `most`, the exact value rounded to `most` digits. */
export function withDigits(magnitude: number, dtype: FloatDType, most: number): Decimal {
  const decimal = shortest(magnitude, dtype);
  return decimal.digits.length <= most ? decimal : trimZeros(nearest(magnitude, most));
}

/**
 * Formats as `withDigits`, but counts the digits after the point; those before it are exact. (The scalar float32
 * 99999992 prints as 99999990.0, for that reads back; in an array it is 99999992.)
 */
export function withFraction(magnitude: number, dtype: FloatDType, most: number): Decimal {
  const { digits, power } = shortest(magnitude, dtype);
  if (digits.length <= power) return nearest(magnitude, power + 1);
  return withDigits(magnitude, dtype, power + 1 + most);
}

function parse(text: string): Decimal {
  const [mantissa = "", power = ""] = text.split("e");
  return { digits: mantissa.replace(".", ""), power: Number(power) };
}

function trimZeros({ digits, power }: Decimal): Decimal {
  return { digits: digits.replace(/(.)0+$/, "$1"), power };
}

/** Returns the digits before and after the point. */
export function splitAtPoint({ digits, power }: Decimal): { whole: string; fraction: string } {
  if (power < 0) return { whole: "0", fraction: "0".repeat(-power - 1) + digits };
  return {
    whole: digits.slice(0, power + 1).padEnd(power + 1, "0"),
    fraction: digits.slice(power + 1),
  };
}

/** `1.5e-07`, and `1.e-07` where there is but one digit. */
export function scientific({ digits, power }: Decimal, exponentWidth: number): string {
  const exponent = String(Math.abs(power)).padStart(exponentWidth, "0");
  return `${digits.slice(0, 1)}.${digits.slice(1)}e${power < 0 ? "-" : "+"}${exponent}`;
}
