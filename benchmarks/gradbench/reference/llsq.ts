// `as number` in the references asserts that an index is in range; a default value would slow down long loops.

/** Returns the residual p(t) − sign t at each of n points, by Horner's method, and the points. */
function residuals(x: Float64Array, n: number): { t: Float64Array; residual: Float64Array } {
  const t = Float64Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
  const residual = t.map((point) => {
    const polynomial = x.reduceRight((sum, coefficient) => sum * point + coefficient, 0);
    return polynomial - Math.sign(point);
  });
  return { t, residual };
}

export function leastSquares(x: Float64Array, n: number): number {
  return residuals(x, n).residual.reduce((sum, value) => sum + value * value, 0) / 2;
}

/** Returns Σᵢ rᵢ tᵢʲ for each j, where r are the residuals. */
export function leastSquaresGradient(x: Float64Array, n: number): Float64Array {
  const { t, residual } = residuals(x, n);
  const gradient = new Float64Array(x.length);
  for (let i = 0; i < n; i++) {
    let term = residual[i] as number;
    for (let j = 0; j < x.length; j++) {
      gradient[j] = (gradient[j] as number) + term;
      term *= t[i] as number;
    }
  }
  return gradient;
}
