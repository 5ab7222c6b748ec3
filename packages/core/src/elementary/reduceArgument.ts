/**
 * The exact reduction of a large angle to (−π/4, π/4), for sin and cos.
 *
 * Method: M. Payne and R. Hanek, "Radian reduction for trigonometric functions" (1983), on
 * integers. x is an integer times a power of two, so x · 2/π modulo 4 needs only those bits of
 * 2/π that meet it. No double comes nearer to a multiple of π/2 than some 2^−62; so of the 190
 * fraction bits computed, of which 53 are spoiled by the cut, 75 good ones remain at the least.
 *
 * packages/wasm-kernel/assembly/reduceArgument.ts computes the same integers with 64-bit words.
 * Slow (about a microsecond) and rare: only angles beyond 2^20 come here.
 *
 * In: an angle. Out: the number of quarter turns, and the rest as a sum of two float64.
 *
 * Invariant: both languages compute the same integers.
 */

/** 2/π · 2^1216, cut. */
const TWO_OVER_PI = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424d" +
    "d2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639" +
    "835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f46" +
    "3f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6bab",
);

/** π/2 · 2^63, cut. */
const HALF_PI = 0xc90fdaa22168c234n;

const BITS = new DataView(new ArrayBuffer(8));

/** The high part of the angle that {@link reduceArgument} left: the reduced angle is the sum of both parts. */
export let reducedHigh = 0;
export let reducedLow = 0;

/**
 * Returns the quadrant q, from 0 to 3, of an angle x beyond 1; and in reducedHigh + reducedLow the angle less (q + 4m)
 * π/2. NaN for an infinite angle.
 */
export function reduceArgument(x: number): number {
  BITS.setFloat64(0, x);
  const bits = BITS.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  if (exponent === 0x7ffn) {
    reducedHigh = NaN;
    reducedLow = NaN;
    return 0;
  }

  // |x| = significand · 2^e. In units of 2^−190 quadrants, modulo 2^192 (four quadrants), x is
  // the significand times the 192 bits of 2/π that start e bits deeper.
  const significand = (bits & 0xfffffffffffffn) | 0x10000000000000n;
  const e = exponent - 1075n;
  const window = BigInt.asUintN(192, TWO_OVER_PI >> (1216n - 190n - e));
  const product = BigInt.asUintN(192, significand * window);
  const quadrant = Number(((product >> 189n) + 1n) >> 1n);
  const fraction = BigInt.asIntN(190, product);

  // The 64 leading bits of the fraction times those of π/2 give 62 good bits: 53 and the rest.
  const size = fraction < 0n ? -fraction : fraction;
  const length = BigInt(size.toString(2).length);
  const leading = BigInt.asUintN(
    64,
    length > 64n ? size >> (length - 64n) : size << (64n - length),
  );
  const angle = (leading * HALF_PI) >> 64n;
  BITS.setBigUint64(0, (length - 253n + 1023n) << 52n);
  const unit = BITS.getFloat64(0) * (fraction < 0n === x < 0 ? 1 : -1);
  reducedHigh = Number((angle >> 11n) << 11n) * unit;
  reducedLow = Number(angle & 0x7ffn) * unit;
  return (x < 0 ? -quadrant : quadrant) & 3;
}
