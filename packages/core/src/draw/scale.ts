/**
 * Scales of drawings: which values an axis spans, where on it a value is, and the round values that it names.
 */

/** An axis from the least to the greatest of some values. */
export interface Scale {
  readonly isLogarithmic: boolean;
  /** The share of the axis below a value: 0 at its start, 1 at its end. */
  readonly fraction: (value: number) => number;
  /** Round values on the axis, ascending. */
  readonly ticks: readonly number[];
}

/** Positive values that span more than this ratio are read better by their magnitudes. */
const LOGARITHMIC_FROM = 30;
/** The padding of an axis beyond its values, as a share of their range. */
const PADDING = 0.05;

/**
 * Returns the scale of the finite ones among some values.
 *
 * @param byMagnitude whether it is logarithmic where that shows more.
 * @param most of ticks.
 */
export function scaleOf(
  values: readonly number[],
  { byMagnitude, most }: { byMagnitude: boolean; most: number },
): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  const isLogarithmic = byMagnitude && low > 0 && high / low > LOGARITHMIC_FROM;
  const scaled = isLogarithmic ? Math.log10 : (value: number) => value;
  const span = scaled(high) - scaled(low);
  // A single value is in the middle.
  const padding = span > 0 ? span * PADDING : Math.abs(scaled(low)) * PADDING || 1;
  const [start, end] = [scaled(low) - padding, scaled(high) + padding];
  const fraction = (value: number) => (scaled(value) - start) / (end - start);
  return {
    isLogarithmic,
    fraction,
    ticks: span === 0 ? [low] : ticksOf(start, end, isLogarithmic, most),
  };
}

/** Returns two at least, since one number tells no scale. */
function ticksOf(start: number, end: number, isLogarithmic: boolean, most: number): number[] {
  const ticks = isLogarithmic ? powers(start, end, most) : multiples(start, end, most);
  return ticks.length < 2 && most < 20 ? ticksOf(start, end, isLogarithmic, most + 1) : ticks;
}

/** Returns at most `most` multiples of 1, 2 or 5 times a power of ten. */
export function multiples(start: number, end: number, most: number): number[] {
  const step = roundStep((end - start) / most);
  // The quotient is an integer, or the value of a tick would have the error of a product.
  const [count, unit] = step < 1 ? [Math.round(1 / step), 1] : [1, step];
  const first = Math.ceil((start / unit) * count);
  const last = Math.floor((end / unit) * count);
  return Array.from({ length: last - first + 1 }, (_, i) => ((first + i) * unit) / count);
}

/** Returns the next larger 1, 2 or 5 times a power of ten. */
function roundStep(atLeast: number): number {
  const exponent = Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 5].find((multiple) => multiple * 10 ** exponent >= atLeast);
  const [digit, power] = factor === undefined ? [1, exponent + 1] : [factor, exponent];
  // As a literal it is the nearest number, which a power with a negative exponent need not be.
  return Number(`${digit}e${power}`);
}

/** Powers of ten, or 1, 2 and 5 times them where these are few. Start and end are logarithms. */
function powers(start: number, end: number, most: number): number[] {
  const from = Math.floor(start);
  const exponents = Array.from({ length: Math.ceil(end) - from + 1 }, (_, i) => from + i);
  const of = (factors: readonly number[], every = 1) =>
    exponents
      .filter((exponent) => exponent % every === 0)
      .flatMap((exponent) => factors.map((factor) => Number(`${factor}e${exponent}`)))
      .filter((value) => value >= 10 ** start && value <= 10 ** end);
  const fine = of([1, 2, 5]);
  if (fine.length <= most) return fine;
  const every = Math.ceil((end - start) / most);
  return of([1], every);
}
