/** A square matrix by rows. */
export interface Matrix {
  readonly size: number;
  readonly elements: Float64Array;
}

/** Returns the determinant by Gaussian elimination with pivots, in n³ steps, which has nothing in common with minors. */
export function determinant({ size, elements }: Matrix): number {
  const rows = Array.from({ length: size }, (_, i) => [
    ...elements.slice(i * size, (i + 1) * size),
  ]);
  let result = 1;
  while (rows.length > 0) {
    const magnitudes = rows.map(([first = 0]) => Math.abs(first));
    const place = magnitudes.indexOf(Math.max(...magnitudes));
    const [pivot = []] = rows.splice(place, 1);
    const [first = 0, ...rest] = pivot;
    result *= place % 2 === 0 ? first : -first;
    for (const [i, [leading = 0, ...others]] of rows.entries()) {
      rows[i] = others.map((value, j) => value - (leading / first) * (rest[j] as number));
    }
  }
  return result;
}

/** Returns the gradient: each element's cofactor. */
export function cofactors({ size, elements }: Matrix): Float64Array {
  return elements.map((_, place) => {
    const [row, column] = [Math.floor(place / size), place % size];
    const minor = elements.filter((_, i) => Math.floor(i / size) !== row && i % size !== column);
    return determinant({ size: size - 1, elements: minor }) * ((row + column) % 2 === 0 ? 1 : -1);
  });
}
