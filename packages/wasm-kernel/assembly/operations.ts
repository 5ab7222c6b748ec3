// The operations of reductions: how two elements become one, and what is there before the first.
//
// An operation is a type, so that every function has an instance for each and no loop tests for it.
// (Loops of two operations in one function the optimizer folds into one with a test in it, which takes
// four times as long; so whatever is called for two of them has another caller, too, and is not inlined.)

export class Add {}
export class Multiply {}
export class Maximum {}
export class Minimum {}

// The exact maximum of floats takes some nine instructions, most of them for NaN and for +0 above −0.
// The quick one takes three and is right but for the sign of 0: where it gives 0, the exact one must
// run. (v128.pmax keeps x unless x < y, so a NaN that x has got stays.)

export class QuickMaximum {}
export class QuickMinimum {}

@inline
export function isSame<O, P>(): bool {
  return idof<O>() == idof<P>();
}

@inline
function isMaximum<O>(): bool {
  return isSame<O, Maximum>() || isSame<O, QuickMaximum>();
}

/** True if the order of elements makes no difference but for the payload of NaN. */
@inline
export function isExtreme<O>(): bool {
  return isMaximum<O>() || isSame<O, Minimum>() || isSame<O, QuickMinimum>();
}

/** Returns the element that changes nothing: the result of no elements. */
@inline
export function identityOf<T, O>(): T {
  if (isSame<O, Add>()) return <T>0;
  if (isFloat<T>()) return isMaximum<O>() ? <T>-Infinity : <T>Infinity;
  return isMaximum<O>() ? <T>i32.MIN_VALUE : <T>i32.MAX_VALUE;
}

@inline
export function combineVectors<T, O>(x: v128, y: v128): v128 {
  if (isSame<O, Add>()) return v128.add<T>(x, y);
  if (isSame<O, Multiply>()) return v128.mul<T>(x, y);
  if (isFloat<T>()) {
    if (isSame<O, QuickMaximum>()) return v128.or(v128.pmax<T>(x, y), v128.ne<T>(y, y));
    if (isSame<O, QuickMinimum>()) return v128.or(v128.pmin<T>(x, y), v128.ne<T>(y, y));
  }
  return isMaximum<O>() ? v128.max<T>(x, y) : v128.min<T>(x, y);
}

@inline
export function combineScalars<T, O>(x: T, y: T): T {
  if (isSame<O, Add>()) return <T>(x + y);
  if (isSame<O, Multiply>()) return <T>(x * y);
  return isMaximum<O>() ? max<T>(x, y) : min<T>(x, y);
}
