// The exact reduction of a large angle to (-π/4, π/4), for sin and cos: the integers of
// packages/core/src/elementary/reduceArgument.ts, which explains the method, but in 64-bit words. It is scalar, since
// it is rare: only for angles beyond 2^20 (2^28 in float32).

/** 2/π · 2^1216, truncated, with the least word first. */
const TWO_OVER_PI: usize = memory.data<u64>([
  0x56033046fc7b6bab,
  0x6bfb5fb11f8d5d08,
  0x3d0739f78a5292ea,
  0x7527bac7ebe5f17b,
  0x4f463f669e5fea2d,
  0x6d367ecf27cb09b7,
  0xef2f118b5a0a6d1f,
  0x1ff897ffde05980f,
  0x9c845f8bbdf9283b,
  0x3991d639835339f4,
  0xe99c7026b45f7e41,
  0xe88235f52ebb4484,
  0xfe1deb1cb129a73e,
  0x06492eea09d1921c,
  0xb7246e3a424dd2e0,
  0xfe5163abdebbc561,
  0xdb6295993c439041,
  0xfc2757d1f534ddc0,
  0xa2f9836e4e441529,
]);

/** π/2 · 2^63, truncated. */
const HALF_PI: u64 = 0xc90fdaa22168c234;

/**
 * The high part of the angle that reduceArgument left: the reduced angle is the sum of both parts. Both are globals,
 * which every instance has separately, so that threads on one memory do not share them.
 */
export let reducedHigh: f64 = 0;
export let reducedLow: f64 = 0;

/** Returns the upper 64 bits of a product of 128. */
function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

/** Returns word `index` of 2/π after a shift to the right by 64 · `words` + `bits`. */
function shiftedWord(index: u32, words: u32, bits: u64): u64 {
  const at = index + words;
  const word = at < 19 ? load<u64>(TWO_OVER_PI + (at << 3)) : 0;
  if (bits == 0) return word;
  const next = at + 1 < 19 ? load<u64>(TWO_OVER_PI + ((at + 1) << 3)) : 0;
  return (word >> bits) | (next << (64 - bits));
}

/**
 * Returns the quadrant q, from 0 to 3, of an angle x beyond 1, and sets reducedHigh + reducedLow to x − (q + 4m) π/2
 * for an integer m. NaN for an infinite angle.
 */
export function reduceArgument(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const exponent = (<u32>(bits >> 52)) & 0x7ff;
  if (exponent == 0x7ff) {
    reducedHigh = NaN;
    reducedLow = NaN;
    return 0;
  }

  // |x| = significand · 2^e. In units of 2^-190 quadrants, modulo 2^192 (four quadrants), x is
  // the significand times the 192 bits of 2/π that start e bits deeper.
  const significand = (bits & 0xfffffffffffff) | 0x10000000000000;
  const shift = 1216 - 190 + 1075 - exponent;
  const words = shift >> 6;
  const rest = <u64>(shift & 63);
  const window0 = shiftedWord(0, words, rest);
  const window1 = shiftedWord(1, words, rest);
  const window2 = shiftedWord(2, words, rest);
  let product0 = significand * window0;
  let product1 = significand * window1;
  let product2 = significand * window2 + multiplyHigh(significand, window1);
  const carried = multiplyHigh(significand, window0);
  product1 += carried;
  if (product1 < carried) product2++;
  const quadrant = <i32>(((product2 >> 61) + 1) >> 1);

  // The fraction is the bits below the quadrant's two bits, as a signed number.
  product2 = <u64>((<i64>(product2 << 2)) >> 2);
  const negative = <i64>product2 < 0;
  if (negative) {
    product0 = 0 - product0;
    product1 = ~product1 + u64(product0 == 0);
    product2 = ~product2 + u64(product0 == 0 && product1 == 0);
  }

  // The 64 leading bits of the fraction times the 64 leading bits of π/2 give 62 correct bits: 53 for reducedHigh, and
  // the rest for reducedLow.
  let length: u64 = 192;
  while (product2 == 0 && length > 64) {
    product2 = product1;
    product1 = product0;
    product0 = 0;
    length -= 64;
  }
  const zeros = clz(product2);
  length -= zeros;
  const leading = zeros == 0 ? product2 : (product2 << zeros) | (product1 >> (64 - zeros));
  const angle = multiplyHigh(leading, HALF_PI);
  let unit = reinterpret<f64>((length - 253 + 1023) << 52);
  if (negative != x < 0) unit = -unit;
  reducedHigh = <f64>(angle & ~(<u64>0x7ff)) * unit;
  reducedLow = <f64>(angle & 0x7ff) * unit;
  return <f64>((x < 0 ? -quadrant : quadrant) & 3);
}
