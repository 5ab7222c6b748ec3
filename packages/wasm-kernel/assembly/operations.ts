// The operations of reductions and scans: each combines two elements into one, and has an identity element.
//
// An operation is a type, so that every function is compiled once for each operation, and no loop tests for it. (If one
// function has loops of two operations, the optimizer merges them into one loop with a test, which takes four times as
// long. So a function that is called for two operations has a second caller, too, and is not inlined.)

export class Add {}
export class Multiply {}
export class Maximum {}
export class Minimum {}

// The exact maximum of floats takes some nine instructions, most of them for NaN and for +0 above −0.
// The quick maximum takes three, and is exact except for the sign of 0: if it gives 0, the exact one must run.
// (v128.pmax returns x unless x < y, so a NaN in x stays.)

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

/** True if the order of elements affects at most the payload of NaN. */
@inline
export function isExtreme<O>(): bool {
  return isMaximum<O>() || isSame<O, Minimum>() || isSame<O, QuickMinimum>();
}

/** Returns the identity element of an operation, which is the result of no elements. */
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
