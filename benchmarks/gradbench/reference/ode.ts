export interface Problem {
  readonly x: Float64Array;
  readonly steps: number;
}

const end = 2;

/** x₀ and xᵢ yᵢ₋₁. */
function slopes(x: Float64Array, y: Float64Array): Float64Array {
  return x.map((value, i) => (i === 0 ? value : value * (y[i - 1] as number)));
}

/** a + factor · b */
function combine(a: Float64Array, factor: number, b: Float64Array): Float64Array {
  return a.map((value, i) => value + factor * (b[i] as number));
}

/** Returns the four slopes of a step, and where each was taken. */
function stages(x: Float64Array, y: Float64Array, h: number) {
  const k1 = slopes(x, y);
  const y2 = combine(y, h / 2, k1);
  const k2 = slopes(x, y2);
  const y3 = combine(y, h / 2, k2);
  const k3 = slopes(x, y3);
  const y4 = combine(y, h, k3);
  return { at: [y, y2, y3, y4] as const, k: [k1, k2, k3, slopes(x, y4)] as const };
}

function trajectory({ x, steps }: Problem): Float64Array[] {
  const h = end / steps;
  const all: Float64Array[] = [new Float64Array(x.length)];
  for (let step = 0; step < steps; step++) {
    const y = all.at(-1) ?? x;
    const [k1, k2, k3, k4] = stages(x, y, h).k;
    const sum = combine(combine(combine(k1, 2, k2), 2, k3), 1, k4);
    all.push(combine(y, h / 6, sum));
  }
  return all;
}

export function solution(problem: Problem): Float64Array {
  return trajectory(problem).at(-1) ?? problem.x;
}

/** Returns the gradient of the last element of the solution in x, step by step from the end. */
export function lastGradient(problem: Problem): Float64Array {
  const { x, steps } = problem;
  const h = end / steps;
  const n = x.length;
  const gradient = new Float64Array(n);
  /** Adds to the gradient what comes through a slope; gives what goes on to its y. */
  const back = (cotangent: Float64Array, y: Float64Array): Float64Array => {
    for (let i = 0; i < n; i++) {
      const before = i === 0 ? 1 : (y[i - 1] as number);
      gradient[i] = (gradient[i] as number) + (cotangent[i] as number) * before;
    }
    return cotangent.map((_, i) =>
      i + 1 < n ? (x[i + 1] as number) * (cotangent[i + 1] as number) : 0,
    );
  };
  const states = trajectory(problem);
  let cotangent: Float64Array = new Float64Array(n);
  cotangent[n - 1] = 1;
  for (let step = steps - 1; step >= 0; step--) {
    const { at } = stages(x, states[step] ?? x, h);
    const zero = new Float64Array(n);
    const to4 = back(combine(zero, h / 6, cotangent), at[3]);
    const to3 = back(combine(combine(zero, h / 3, cotangent), h, to4), at[2]);
    const to2 = back(combine(combine(zero, h / 3, cotangent), h / 2, to3), at[1]);
    const to1 = back(combine(combine(zero, h / 6, cotangent), h / 2, to2), at[0]);
    cotangent = [to1, to2, to3, to4].reduce((sum, one) => combine(sum, 1, one), cotangent);
  }
  return gradient;
}
