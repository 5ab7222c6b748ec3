/**
 * The laws by which tests measure factorisations: columns are orthonormal, and the product of the factors is the
 * matrix.
 */

import { expect } from "vitest";
import { arange, compile, setRunner, stack, type Tensor, take, tensor } from "../../src/index.ts";
import { eigh, eigvalsh, qr, svd } from "../../src/linalg.ts";
import type { FloatDType } from "../../src/tensor/dtype.ts";
import { at } from "../../src/tensor/shape.ts";
import { readArray } from "../../src/tensor/tensor.ts";
import { FAMILY_NAMES, LIMITS, type Sample } from "./matrixFamilies.ts";
import { expectSameBits } from "./opChecks.ts";

/** A matrix by rows. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly elements: Float64Array;
}

/** The factors of A: left · right, or left · diag(values) · right, with the first `terms` columns of `left`. */
interface Factors {
  readonly left: Matrix;
  readonly right: Matrix;
  readonly values?: Float64Array;
  readonly terms: number;
  /** Matrices of orthonormal columns. */
  readonly orthogonal: readonly Matrix[];
}

/** A factorisation of stacks of matrices. */
interface Factorisation {
  readonly name: string;
  /** True if it takes square matrices alone. */
  readonly square: boolean;
  readonly run: (a: Tensor) => readonly Tensor[];
  /** Returns the matrix whose factors are computed. */
  readonly of: (a: Matrix) => Matrix;
  /** Returns the factors of one matrix from its results. */
  readonly read: (results: readonly Matrix[]) => Factors;
}

function transposed({ rows, columns, elements }: Matrix): Matrix {
  const turned = new Float64Array(elements.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = elements[i * columns + j] as number;
  }
  return { rows: columns, columns: rows, elements: turned };
}

/** Returns (A + Aᵀ)/2 as a sum of halves, since the sum may overflow. */
function symmetricPart(a: Matrix): Matrix {
  const turned = transposed(a).elements;
  return { ...a, elements: a.elements.map((x, i) => x / 2 + (turned[i] as number) / 2) };
}

const qrOf = (mode: "reduced" | "complete"): Factorisation => ({
  name: mode === "complete" ? "complete qr" : "qr",
  square: false,
  run: (a) => {
    const { q, r } = qr(a, { mode });
    return [q, r];
  },
  of: (a) => a,
  read: (results) => {
    const [q, r] = results as [Matrix, Matrix];
    return { left: q, right: r, terms: r.rows, orthogonal: [q] };
  },
});

const svdOf = (fullMatrices: boolean): Factorisation => ({
  name: fullMatrices ? "full svd" : "svd",
  square: false,
  run: (a) => {
    const { u, s, vt } = svd(a, { fullMatrices });
    return [u, s.expandDims(-2), vt];
  },
  of: (a) => a,
  read: (results) => {
    const [u, s, vt] = results as [Matrix, Matrix, Matrix];
    const orthogonal = [u, transposed(vt)];
    return { left: u, right: vt, values: s.elements, terms: s.columns, orthogonal };
  },
});

/** The factorisations for which the laws hold. */
const FACTORISATIONS: readonly Factorisation[] = [
  qrOf("reduced"),
  qrOf("complete"),
  svdOf(false),
  svdOf(true),
  {
    name: "eigh",
    square: true,
    run: (a) => {
      const { values, vectors } = eigh(a);
      return [values.expandDims(-2), vectors, eigvalsh(a).expandDims(-2)];
    },
    of: symmetricPart,
    read: (results) => {
      const [values, v] = results as [Matrix, Matrix];
      const right = transposed(v);
      return { left: v, right, values: values.elements, terms: v.rows, orthogonal: [v] };
    },
  },
];

/** Returns max |qᵀ q − I|. */
function offOf(q: Matrix): number {
  const { rows: n, columns: m, elements } = transposed(q);
  let worst = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < m; k++) {
        sum += (elements[i * m + k] as number) * (elements[j * m + k] as number);
      }
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

/** Returns a lower bound of ‖A‖₂ that is near to it: by power iteration with Aᵀ A, from the longest row of A. */
function normOf({ rows, columns, elements }: Matrix): number {
  let norm = 0;
  let x = elements.subarray(0, columns);
  for (let i = 0; i < rows; i++) {
    const row = elements.subarray(i * columns, (i + 1) * columns);
    if (Math.hypot(...row) > norm) x = row;
    norm = Math.max(norm, Math.hypot(...row));
  }
  for (let step = 0; step < 6 && norm > 0; step++) {
    const length = Math.hypot(...x);
    const next = new Float64Array(columns);
    const products: number[] = [];
    for (let i = 0; i < rows; i++) {
      let product = 0;
      for (let j = 0; j < columns; j++) {
        product += (elements[i * columns + j] as number) * ((x[j] as number) / length);
      }
      for (let j = 0; j < columns; j++) {
        next[j] = (next[j] as number) + (elements[i * columns + j] as number) * product;
      }
      products.push(product);
    }
    norm = Math.max(norm, Math.hypot(...products));
    x = next;
  }
  return norm;
}

/** Returns max |A − the product of the factors|. A is divided by `unit` already; R and the values are divided here. */
function residualOf(a: Matrix, { left, right, values, terms }: Factors, unit: number): number {
  let worst = 0;
  for (let i = 0; i < a.rows; i++) {
    const row = a.elements.slice(i * a.columns, (i + 1) * a.columns);
    for (let k = 0; k < terms; k++) {
      const value = values === undefined ? 1 : (values[k] as number) / unit;
      const factor = value * (left.elements[i * left.columns + k] as number);
      for (let j = 0; j < a.columns; j++) {
        const own = right.elements[k * a.columns + j] as number;
        row[j] = (row[j] as number) - factor * (values === undefined ? own / unit : own);
      }
    }
    for (const x of row) worst = Math.max(worst, Math.abs(x));
  }
  return worst;
}

/** Returns the matrices of a stack. */
function matricesOf(x: Tensor): Matrix[] {
  const [rows, columns] = [at(x.shape, x.rank - 2), at(x.shape, x.rank - 1)];
  const all = Float64Array.from(readArray(x, "test"));
  return Array.from({ length: at(x.shape, 0) }, (_, i) => ({
    rows,
    columns,
    elements: all.subarray(i * rows * columns, (i + 1) * rows * columns),
  }));
}

/** The distance of a factorisation from the laws, in units of n ε. */
interface Distance {
  readonly orthogonality: number;
  /**
   * The error of the product, relative to ‖A‖₂. Undefined where elements of the factors may overflow, or have few
   * digits since they are subnormal.
   */
  readonly residual: number | undefined;
}

/** Returns the distance of each matrix of a stack from the laws. */
function distancesOf(
  { of, read }: Factorisation,
  a: Tensor,
  results: readonly Tensor[],
): Distance[] {
  const { tiny, epsilon, greatest } = LIMITS[a.dtype as FloatDType];
  const parts = results.map(matricesOf);
  return matricesOf(a).map((given, i) => {
    const n = Math.max(given.rows, given.columns);
    const factors = read(parts.map((part) => at(part, i)));
    const size = given.elements.reduce((sum, x) => Math.max(sum, Math.abs(x)), 0);
    const unit = size === 0 ? 1 : size;
    const matrix = of({ ...given, elements: given.elements.map((x) => x / unit) });
    const bound = n * epsilon;
    const isAsked = n * size * (1 + 10 * bound) <= greatest && (size === 0 || size >= tiny);
    const norm = isAsked ? normOf(matrix) || 1 : 1;
    return {
      orthogonality: Math.max(...factors.orthogonal.map(offOf)) / bound,
      residual: isAsked ? residualOf(matrix, factors, unit) / (bound * norm) : undefined,
    };
  });
}

/**
 * The largest orthogonality error and residual that are allowed, in units of n ε. The worst of all these matrices is
 * 2.2.
 */
const MOST = 10;

/** The number of matrices that were factorised, by family and factorisation. */
export type Counts = Map<string, Map<string, number>>;

export function noCounts(): Counts {
  return new Map(
    FAMILY_NAMES.map((family) => [family, new Map(FACTORISATIONS.map(({ name }) => [name, 0]))]),
  );
}

/** Returns a table of counts. */
export function describeCounts(counts: Counts): string {
  const lines = [...counts].map(([family, byName]) => {
    return `${family}: ${[...byName].map(([name, count]) => `${name} ${count}`).join(", ")}`;
  });
  return lines.join("\n");
}

/**
 * Expects the laws of all factorisations, for a stack of samples of one shape: the same bits from WebAssembly, compiled
 * functions and JavaScript, orthonormal columns, and a small residual.
 *
 * @param every JavaScript computes one out of this number of matrices, and none of a shorter stack.
 */
export function expectLaws(
  samples: readonly Sample[],
  dtype: FloatDType,
  counts: Counts,
  every = 1,
): void {
  if (samples.length === 0) return;
  const a = stack(samples.map(({ rows }) => tensor(rows, { dtype })));
  const isSquare = at(a.shape, 1) === at(a.shape, 2);
  const some = arange(0, samples.length - every + 1, { step: every, dtype: "int32" });
  for (const factorisation of FACTORISATIONS) {
    const { name, run, square } = factorisation;
    if (square && !isSquare) continue;
    setRunner("wasm");
    const results = run(a);
    const again = compile((x: Tensor) => [...run(x)])(a);
    setRunner("js");
    const inJavaScript = run(take(a, some));
    setRunner("wasm");
    results.forEach((result, k) => {
      expectSameBits(at(again, k), result);
      expectSameBits(at(inJavaScript, k), take(result, some));
    });
    const broken = distancesOf(factorisation, a, results).flatMap((distance, k) => {
      const { orthogonality, residual = 0 } = distance;
      const { family, name: own } = at(samples, k);
      const byName = counts.get(family);
      byName?.set(name, (byName.get(name) ?? 0) + 1);
      const holds = orthogonality <= MOST && residual <= MOST;
      return holds ? [] : [`${name} of ${family}, ${own}: ${JSON.stringify(distance)}`];
    });
    expect(broken).toEqual([]);
  }
}
