/**
 * A slope as the limit of quotients: the change of the result for a change h, divided by h.
 */

/** The changes that can be chosen: 1, 2 and 5 times the powers of ten. */
const DIGITS = [1, 2, 5] as const;
export const LEAST_H = -27;
export const MOST_H = 9;

/** Returns the change h at a position of the slider. */
export function hAt(index: number): number {
  const power = Math.floor(index / DIGITS.length);
  const digit = DIGITS[index - power * DIGITS.length] ?? 1;
  // The change is parsed from a decimal text, so that a tenth is the number 0.1.
  return Number(`${digit}e${power}`);
}

/** Returns the position of the slider that is nearest to a change h. */
export function placeOfH(h: number): number {
  const wanted = Math.log10(Math.abs(h));
  let best = 0;
  for (let index = LEAST_H; index <= MOST_H; index++) {
    const distance = (of: number) => Math.abs(Math.log10(hAt(of)) - wanted);
    if (distance(index) < distance(best)) best = index;
  }
  return best;
}

/** Returns the initial change h for a number, a visible one: about three tenths of the number. */
export function defaultH(value: number): number {
  const size = 0.3 * Math.abs(value);
  return size > 0 && Number.isFinite(size) ? hAt(placeOfH(size)) : 1;
}

/** The number of equal digits from which on two numbers agree: 11 and 10 have only one. */
const LEAST_AGREEING = 2;

/** A quotient for one change. */
export interface Quotient {
  readonly h: number;
  readonly change: number;
  readonly quotient: number;
}

/** The relative change of a result that rounding may cause. */
const NOISE = 8 * Number.EPSILON;

/** The remark on a quotient beside the slope. */
export type SlopeRemark =
  | { readonly kind: "straight" }
  | { readonly kind: "misses"; readonly by: number }
  | { readonly kind: "agrees"; readonly digits: number }
  | { readonly kind: "rounding" };

/**
 * Returns the remark that applies to the quotients and the slope.
 *
 * @param size the magnitude of the results that are subtracted.
 * @param others quotients for other changes, by which a straight line is recognised.
 */
export function remarkOn(
  { h, change, quotient }: Quotient,
  slope: number,
  size: number,
  others: readonly Quotient[],
): SlopeRemark | undefined {
  if (!Number.isFinite(quotient) || !Number.isFinite(slope)) return undefined;
  const noise = (each: Quotient) => NOISE * (size + Math.abs(each.change));
  const miss = (each: Quotient) => Math.abs(each.change - slope * each.h);
  const isOn = (each: Quotient) => miss(each) <= noise(each);
  // A straight line is straight also for changes that are not small.
  if (others.length > 0 && [...others, { h, change, quotient }].every(isOn)) {
    return { kind: "straight" };
  }
  const own = { h, change, quotient };
  if (isOn(own)) return { kind: "rounding" };
  const relative = Math.abs(quotient - slope) / Math.max(Math.abs(slope), Number.MIN_VALUE);
  const digits = Math.floor(-Math.log10(relative));
  return digits >= LEAST_AGREEING ? { kind: "agrees", digits } : { kind: "misses", by: miss(own) };
}

/** Returns the number of characters at the beginning of two numbers that are the same. */
export function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
