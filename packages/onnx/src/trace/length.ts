/**
 * Lengths that depend on the batch size N: a·N + b.
 */

/** perBatch · N + more, where N is the batch size. */
export interface Affine {
  readonly perBatch: number;
  readonly more: number;
}

/** A length, an index or a count; a number where it is the same for every batch size. */
export type Length = number | Affine;

/** Whether a length depends on the batch size. */
export function isAffine(value: unknown): value is Affine {
  return typeof value === "object" && value !== null && "perBatch" in value;
}

/** The batch sizes of recordings of one function. */
export type Sizes = readonly [number, number, number];

/** The length that has these values at three batch sizes; undefined if none has. */
export function affineThrough(values: readonly number[], sizes: Sizes): Length | undefined {
  const [first = 0, second = 0] = values;
  const perBatch = (second - first) / (sizes[1] - sizes[0]);
  const more = first - perBatch * sizes[0];
  if (!(Number.isSafeInteger(perBatch) && Number.isSafeInteger(more))) return undefined;
  if (!values.every((value, i) => value === perBatch * (sizes[i] ?? 0) + more)) return undefined;
  return perBatch === 0 ? more : { perBatch, more };
}

/** The length as people write it, with a name for N. */
export function printLength(length: Length, name: string): string {
  if (!isAffine(length)) return String(length);
  const { perBatch, more } = length;
  const product = perBatch === 1 ? name : `${perBatch}*${name}`;
  if (more === 0) return product;
  return more > 0 ? `${product} + ${more}` : `${product} - ${-more}`;
}

/** The sum of two lengths. */
export function addLengths(first: Length, second: Length): Length {
  const [a, b] = [asAffine(first), asAffine(second)];
  return simplest({ perBatch: a.perBatch + b.perBatch, more: a.more + b.more });
}

/** A length several times. */
export function timesLength(length: Length, factor: number): Length {
  const { perBatch, more } = asAffine(length);
  return simplest({ perBatch: perBatch * factor, more: more * factor });
}

/** The product of lengths, of which one at most depends on the batch size; undefined for others. */
export function productOf(lengths: readonly Length[]): Length | undefined {
  let product: Length = 1;
  for (const length of lengths) {
    if (!isAffine(length)) product = timesLength(product, length);
    else if (!isAffine(product)) product = timesLength(length, product);
    else return undefined;
  }
  return product;
}

function asAffine(length: Length): Affine {
  return isAffine(length) ? length : { perBatch: 0, more: length };
}

function simplest(affine: Affine): Length {
  return affine.perBatch === 0 ? affine.more : affine;
}
