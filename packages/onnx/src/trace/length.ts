/**
 * Lengths that depend on the batch size N: a·N² + b·N + c with whole numbers a, b and c.
 */

/** square · N² + perBatch · N + more, where N is the batch size. */
export interface Polynomial {
  readonly square: number;
  readonly perBatch: number;
  readonly more: number;
}

/** A length, an index or a count; a number where it is the same for every batch size. */
export type Length = number | Polynomial;

/** Whether a length depends on the batch size. */
export function isPolynomial(value: unknown): value is Polynomial {
  return typeof value === "object" && value !== null && "perBatch" in value;
}

/** The value of a polynomial at a batch size. */
export function valueAt({ square, perBatch, more }: Polynomial, size: number): number {
  return (square * size + perBatch) * size + more;
}

/**
 * The polynomial of degree 2 through the first three of these points, by divided differences. Its coefficients
 * are exact if they and the values are whole numbers.
 */
export function parabolaThrough(values: readonly number[], sizes: readonly number[]): Polynomial {
  const [first = 0, second = first, third = second] = values;
  const [n0 = 0, n1 = 1, n2 = 2] = sizes;
  const rise = (second - first) / (n1 - n0);
  const square = ((third - second) / (n2 - n1) - rise) / (n2 - n0);
  const perBatch = rise - square * (n0 + n1);
  return { square, perBatch, more: first - (square * n0 + perBatch) * n0 };
}

/** The length that has these values at four batch sizes or more; undefined if none has. */
export function lengthThrough(
  values: readonly number[],
  sizes: readonly number[],
): Length | undefined {
  const found = parabolaThrough(values, sizes);
  if (!Object.values(found).every(Number.isSafeInteger)) return undefined;
  if (!values.every((value, i) => value === valueAt(found, sizes[i] ?? 0))) return undefined;
  return simplest(found);
}

/** The length as people write it, with a name for N. */
export function printLength(length: Length, name: string): string {
  if (!isPolynomial(length)) return String(length);
  const { square, perBatch, more } = length;
  const terms: [number, string][] = [
    [square, `${name}*${name}`],
    [perBatch, name],
    [more, ""],
  ];
  let printed = "";
  for (const [factor, power] of terms) {
    if (factor === 0) continue;
    const size = Math.abs(factor);
    const product = power === "" ? String(size) : size === 1 ? power : `${size}*${power}`;
    if (printed === "") printed = factor < 0 ? `-${product}` : product;
    else printed += ` ${factor < 0 ? "-" : "+"} ${product}`;
  }
  return printed;
}

/** The sum of two lengths. */
export function addLengths(first: Length, second: Length): Length {
  const [a, b] = [asPolynomial(first), asPolynomial(second)];
  return simplest({
    square: a.square + b.square,
    perBatch: a.perBatch + b.perBatch,
    more: a.more + b.more,
  });
}

/** A length several times. */
export function timesLength(length: Length, factor: number): Length {
  const { square, perBatch, more } = asPolynomial(length);
  return simplest({ square: square * factor, perBatch: perBatch * factor, more: more * factor });
}

/** The product of lengths; undefined where it has a higher power of the batch size than its square. */
export function productOf(lengths: readonly Length[]): Length | undefined {
  let product: Length = 1;
  for (const length of lengths) {
    const a: Polynomial = asPolynomial(product);
    const b = asPolynomial(length);
    const higher = a.square * b.square !== 0 || a.square * b.perBatch + a.perBatch * b.square !== 0;
    if (higher) return undefined;
    product = simplest({
      square: a.square * b.more + a.perBatch * b.perBatch + a.more * b.square,
      perBatch: a.perBatch * b.more + a.more * b.perBatch,
      more: a.more * b.more,
    });
  }
  return product;
}

function asPolynomial(length: Length): Polynomial {
  return isPolynomial(length) ? length : { square: 0, perBatch: 0, more: length };
}

function simplest(polynomial: Polynomial): Length {
  const { square, perBatch, more } = polynomial;
  return square === 0 && perBatch === 0 ? more : polynomial;
}
