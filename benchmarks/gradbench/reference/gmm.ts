/** A mixture and its points, matrices by rows: x is n × d, μ and q are k × d, l is k × d(d−1)/2. */
export interface Mixture {
  readonly d: number;
  readonly x: Float64Array;
  readonly alpha: Float64Array;
  readonly mu: Float64Array;
  readonly q: Float64Array;
  readonly l: Float64Array;
}

type Gradient = Omit<Mixture, "d" | "x">;

export function logPosterior(mixture: Mixture): number {
  return walk(mixture).value;
}

export function logPosteriorGradient(mixture: Mixture): Gradient {
  return walk(mixture).gradient;
}

/** Returns ln Γ(a) for a multiple of ½, by Γ(a + 1) = a Γ(a) from Γ(½) = √π and Γ(1) = 1. */
function logGammaOfHalves(a: number): number {
  let result = Number.isInteger(a) ? 0 : Math.log(Math.PI) / 2;
  for (let b = Number.isInteger(a) ? 1 : 0.5; b < a; b++) result += Math.log(b);
  return result;
}

function walk({ d, x, alpha, mu, q, l }: Mixture): { value: number; gradient: Gradient } {
  const k = alpha.length;
  const n = x.length / d;
  const pairs = (d * (d - 1)) / 2;
  const factor = new Float64Array(k * d * d);
  const factorGradient = new Float64Array(k * d * d);
  const gradient = {
    alpha: new Float64Array(k),
    mu: new Float64Array(k * d),
    q: new Float64Array(k * d),
    l: new Float64Array(k * pairs),
  };
  const base = new Float64Array(k);
  for (let c = 0; c < k; c++) {
    let place = c * pairs;
    base[c] = alpha[c] as number;
    for (let column = 0; column < d; column++) {
      const logarithm = q[c * d + column] as number;
      base[c] = (base[c] as number) + logarithm;
      factor[(c * d + column) * d + column] = Math.exp(logarithm);
      for (let row = column + 1; row < d; row++) {
        factor[(c * d + row) * d + column] = l[place++] as number;
      }
    }
  }

  const greatestAlpha = Math.max(...alpha);
  const weights = alpha.map((one) => Math.exp(one - greatestAlpha));
  const weightSum = weights.reduce((sum, one) => sum + one, 0);
  const ends = new Float64Array(k * d);
  const betas = new Float64Array(k);
  let value = -n * ((d / 2) * Math.log(2 * Math.PI) + greatestAlpha + Math.log(weightSum));
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < k; c++) {
      let squares = 0;
      for (let row = 0; row < d; row++) {
        let sum = 0;
        for (let column = 0; column <= row; column++) {
          const distance = (x[i * d + column] as number) - (mu[c * d + column] as number);
          sum += (factor[(c * d + row) * d + column] as number) * distance;
        }
        ends[c * d + row] = sum;
        squares += sum * sum;
      }
      betas[c] = (base[c] as number) - squares / 2;
    }
    const greatest = Math.max(...betas);
    const sum = betas.reduce((total, beta) => total + Math.exp(beta - greatest), 0);
    value += greatest + Math.log(sum);
    for (let c = 0; c < k; c++) {
      const share = Math.exp((betas[c] as number) - greatest) / sum;
      gradient.alpha[c] = (gradient.alpha[c] as number) + share;
      if (share === 0) continue;
      for (let row = 0; row < d; row++) {
        const cotangent = -share * (ends[c * d + row] as number);
        for (let column = 0; column <= row; column++) {
          const place = (c * d + row) * d + column;
          const mean = c * d + column;
          const distance = (x[i * d + column] as number) - (mu[mean] as number);
          factorGradient[place] = (factorGradient[place] as number) + cotangent * distance;
          gradient.mu[mean] = (gradient.mu[mean] as number) - cotangent * (factor[place] as number);
        }
      }
    }
  }
  const degrees = d + 1;
  value += k * (degrees * d * Math.log(1 / Math.SQRT2) - ((d * (d - 1)) / 4) * Math.log(Math.PI));
  for (let j = 1; j <= d; j++) value -= k * logGammaOfHalves((degrees + 1 - j) / 2);

  for (let c = 0; c < k; c++) {
    const shares = gradient.alpha[c] as number;
    gradient.alpha[c] = shares - (n * (weights[c] as number)) / weightSum;
    let place = c * pairs;
    for (let column = 0; column < d; column++) {
      for (let row = column; row < d; row++) {
        const at = (c * d + row) * d + column;
        const element = factor[at] as number;
        const slope = (factorGradient[at] as number) - element;
        value -= (element * element) / 2;
        if (row === column) gradient.q[c * d + row] = slope * element + shares;
        else gradient.l[place++] = slope;
      }
    }
  }
  return { value, gradient };
}
