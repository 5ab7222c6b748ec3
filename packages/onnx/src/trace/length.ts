/**
 * Lengths that depend on open axes, such as the batch: polynomials of their sizes with whole coefficients, in which no
 * size has a higher power than its square.
 */

/** At which sizes of the open axes a function was recorded. */
export interface Sampling {
  /** The names of the open axes. */
  readonly axes: readonly string[];
  /**
   * The sizes of the axes in each recording. First come all combinations of three sizes for each axis, the last axis
   * fastest, which tell a polynomial; the others check it.
   */
  readonly points: readonly (readonly number[])[];
}

/** A sum of products of sizes. */
export interface Polynomial {
  readonly axes: readonly string[];
  /** Of all products of the powers 0, 1 and 2 of each size, the last axis fastest: 1, N, N² for one axis. */
  readonly coefficients: readonly number[];
}

/** A length, an index or a count; a number where it is the same for all sizes. */
export type Length = number | Polynomial;

/** True if a length depends on an open axis. */
export function isPolynomial(value: unknown): value is Polynomial {
  return typeof value === "object" && value !== null && "coefficients" in value;
}

/** Returns the power of each size in the product at an index of the coefficients. */
export function powersAt(index: number, axes: number): number[] {
  return Array.from({ length: axes }, (_, axis) => Math.floor(index / 3 ** (axes - 1 - axis)) % 3);
}

/** Returns the value of a polynomial at sizes of its axes. */
export function valueAt({ coefficients }: Polynomial, sizes: readonly number[]): number {
  let values = coefficients;
  for (const size of sizes.toReversed()) {
    values = Array.from({ length: values.length / 3 }, (_, i) => {
      const [constant = 0, linear = 0, square = 0] = values.slice(3 * i, 3 * i + 3);
      return (square * size + linear) * size + constant;
    });
  }
  return values[0] ?? 0;
}

/**
 * Returns the polynomial through the first points, by divided differences along one axis after the other. Its
 * coefficients are exact if they and the values are whole numbers.
 */
export function polynomialThrough(
  values: readonly number[],
  { axes, points }: Sampling,
): Polynomial {
  const coefficients = values.slice(0, 3 ** axes.length);
  axes.forEach((_, axis) => {
    const stride = 3 ** (axes.length - 1 - axis);
    const [n0 = 0, n1 = 1, n2 = 2] = [0, 1, 2].map((i) => points[i * stride]?.[axis]);
    for (let index = 0; index < coefficients.length; index++) {
      if (powersAt(index, axes.length)[axis] !== 0) continue;
      const [first = 0, second = 0, third = 0] = [0, 1, 2].map(
        (i) => coefficients[index + i * stride],
      );
      const rise = (second - first) / (n1 - n0);
      const square = ((third - second) / (n2 - n1) - rise) / (n2 - n0);
      const linear = rise - square * (n0 + n1);
      coefficients[index] = first - (square * n0 + linear) * n0;
      coefficients[index + stride] = linear;
      coefficients[index + 2 * stride] = square;
    }
  });
  return { axes, coefficients };
}

/** Returns the length that has these values in all recordings; undefined if none has. */
export function lengthThrough(values: readonly number[], sampling: Sampling): Length | undefined {
  const found = polynomialThrough(values, sampling);
  if (!found.coefficients.every(Number.isSafeInteger)) return undefined;
  if (!values.every((value, i) => value === valueAt(found, sampling.points[i] ?? []))) {
    return undefined;
  }
  return simplest(found);
}

/** Returns the length as people write it. */
export function printLength(length: Length): string {
  if (!isPolynomial(length)) return String(length);
  const { axes, coefficients } = length;
  let printed = "";
  for (let index = coefficients.length - 1; index >= 0; index--) {
    const factor = coefficients[index] ?? 0;
    if (factor === 0) continue;
    const sizes = powersAt(index, axes.length).flatMap((power, axis) =>
      Array.from({ length: power }, () => axes[axis] ?? ""),
    );
    const count = Math.abs(factor);
    const product = [...(count === 1 && sizes.length > 0 ? [] : [String(count)]), ...sizes];
    const term = product.join("*");
    if (printed === "") printed = factor < 0 ? `-${term}` : term;
    else printed += ` ${factor < 0 ? "-" : "+"} ${term}`;
  }
  return printed;
}

/** Returns the sum of two lengths. */
export function addLengths(first: Length, second: Length): Length {
  if (!isPolynomial(first)) {
    return isPolynomial(second) ? addLengths(second, first) : first + second;
  }
  const added = isPolynomial(second) ? second.coefficients : [second];
  const coefficients = first.coefficients.map((factor, index) => factor + (added[index] ?? 0));
  return simplest({ ...first, coefficients });
}

/** Returns a length several times. */
export function timesLength(length: Length, factor: number): Length {
  if (!isPolynomial(length)) return length * factor;
  const coefficients = length.coefficients.map((own) => own * factor);
  return simplest({ ...length, coefficients });
}

/** Returns the product of lengths; undefined where it has a higher power of a size than its square. */
export function productOf(lengths: readonly Length[]): Length | undefined {
  let product: Length | undefined = 1;
  for (const length of lengths) {
    if (product === undefined) return undefined;
    if (!isPolynomial(length)) product = timesLength(product, length);
    else if (!isPolynomial(product)) product = timesLength(length, product);
    else product = multiplied(product, length);
  }
  return product;
}

function multiplied(first: Polynomial, second: Polynomial): Length | undefined {
  const { axes } = first;
  const coefficients = first.coefficients.map(() => 0);
  for (const [i, a] of first.coefficients.entries()) {
    for (const [j, b] of second.coefficients.entries()) {
      if (a * b === 0) continue;
      const others = powersAt(j, axes.length);
      if (powersAt(i, axes.length).some((power, axis) => power + (others[axis] ?? 0) > 2)) {
        return undefined;
      }
      coefficients[i + j] = (coefficients[i + j] ?? 0) + a * b;
    }
  }
  return simplest({ axes, coefficients });
}

/** Returns the quotient of a polynomial by the size of an axis, and the rest without that size: N · (aN + b) + c. */
export function splitLength(
  { axes, coefficients }: Polynomial,
  axis: number,
): { readonly quotient: Length; readonly rest: Length } {
  const stride = 3 ** (axes.length - 1 - axis);
  const isMultiple = (index: number) => (powersAt(index, axes.length)[axis] ?? 0) > 0;
  return {
    quotient: simplest({
      axes,
      coefficients: coefficients.map((_, index) =>
        index + stride < coefficients.length && isMultiple(index + stride)
          ? (coefficients[index + stride] ?? 0)
          : 0,
      ),
    }),
    rest: simplest({
      axes,
      coefficients: coefficients.map((factor, index) => (isMultiple(index) ? 0 : factor)),
    }),
  };
}

function simplest(polynomial: Polynomial): Length {
  const [constant = 0, ...others] = polynomial.coefficients;
  return others.every((factor) => factor === 0) ? constant : polynomial;
}
