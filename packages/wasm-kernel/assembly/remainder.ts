// The remainder of a division whose quotient is truncated to an integer: x − trunc(x / y) · y, exact for all numbers,
// like C's fmod and JavaScript's `%`. Its sign is that of x.
//
// For float32 and a quotient below 2^29, float64 gives the exact product and the right truncation: a quotient that is
// not an integer differs from one by at least 2^−24, which is more than its rounding error. All other remainders are
// computed bit by bit.

/** Returns the remainders of two float64. */
export function fmod_f64x2(x: v128, y: v128): v128 {
  const first = f64x2.extract_lane(x, 0) % f64x2.extract_lane(y, 0);
  return f64x2.replace_lane(
    f64x2.splat(first),
    1,
    f64x2.extract_lane(x, 1) % f64x2.extract_lane(y, 1),
  );
}

/** Returns the remainders of two float64 that are float32 numbers. */
function ofTwo(x: v128, y: v128): v128 {
  const quotient = f64x2.trunc(f64x2.div(x, y));
  const rest = f64x2.sub(x, f64x2.mul(quotient, y));
  // NaN where y is infinite.
  const isExact = v128.and(
    f64x2.lt(f64x2.abs(quotient), f64x2.splat(536870912)),
    f64x2.eq(rest, rest),
  );
  if (!i64x2.all_true(isExact)) return fmod_f64x2(x, y);
  return v128.or(rest, v128.and(x, f64x2.splat(-0.0)));
}

/** Returns the remainders of four float32. */
export function fmod_f32x4(x: v128, y: v128): v128 {
  const lower = ofTwo(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
  const upper = ofTwo(upperHalf(x), upperHalf(y));
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(lower), f32x4.demote_f64x2_zero(upper), 0, 2);
}

/** Returns the last two of four float32 as float64. */
@inline
function upperHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}
