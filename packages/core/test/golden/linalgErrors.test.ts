/**
 * Backward errors and orthogonality of factors and solutions, compared with LAPACK's, which `linalgErrors.py` measured
 * on the same matrices. Ours are at most ten times as large, or ten roundoffs of the dtype where LAPACK's are nearly
 * zero.
 */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { eye, matmul, type Tensor, take, tensor, transpose } from "../../src/index.ts";
import { cholesky, eigh, lstsq, lu, qr, solve, svd } from "../../src/linalg.ts";

type Kind = "backward" | "orthogonality";

interface Golden {
  /** Frobenius norms of the matrices, by source and name. */
  readonly matrices: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly cases: {
    readonly call: string;
    readonly matrix: string;
    readonly dtype: "float64" | "float32";
    readonly errors: Readonly<Partial<Record<Kind, number>>>;
  }[];
}

const file = new URL("./linalgErrors.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;
const MOST = 5;
const ROUNDOFF = { float64: 2 ** -53, float32: 2 ** -24 };

// The matrices are the same as in linalgErrors.py.

/** Returns random integers of 24 bits: the high bits of a linear congruential generator (Numerical Recipes). */
function integersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** Returns a matrix of given elements, which are computed row by row. */
function made(rows: number, columns: number, element: (i: number, j: number) => number): Tensor {
  const data = Float64Array.from({ length: rows * columns }, (_, n) =>
    element(Math.floor(n / columns), n % columns),
  );
  return tensor(data, { shape: [rows, columns], dtype: "float64" });
}

/** Returns random multiples of 2^-23 from -1 to 1. */
function uniform(rows: number, columns: number, seed: number): Tensor {
  const next = integersFrom(seed);
  return made(rows, columns, () => next() / 2 ** 23 - 1);
}

/**
 * Returns random multiples of 1/16 from -1 to 1. Sums of up to 2¹⁶ products of two such numbers are exact in float32.
 */
function coarse(rows: number, columns: number, seed: number): Tensor {
  const next = integersFrom(seed);
  return made(rows, columns, () => (next() >>> 19) / 16 - 1);
}

/** Returns random integers from -4 to 3. */
function smallIntegers(rows: number, columns: number, seed: number): Tensor {
  const next = integersFrom(seed);
  return made(rows, columns, () => (next() >>> 21) - 4);
}

const lengthOf = (a: Tensor, axis: 0 | 1) => a.shape[axis] ?? 0;
const turned = (a: Tensor) => transpose(a, [1, 0]);

/** Returns the symmetric matrix with the same lower triangle. */
function mirrored(a: Tensor): Tensor {
  const n = lengthOf(a, 0);
  const elements = a.data();
  return made(n, n, (i, j) => elements[Math.max(i, j) * n + Math.min(i, j)] ?? 0);
}

const identity = (n: number) => eye(n, n, { dtype: "float64" });
const gram = (a: Tensor) => matmul(a, turned(a)).add(identity(lengthOf(a, 0)));
const powers = (n: number) => made(n, n, (i, j) => (i === j ? 2 ** -i : 0));

/** Returns a matrix whose last row is the first row plus 2^-20 times another row. */
function nearlySingular(n: number, seed: number): Tensor {
  const a = uniform(n, n, seed).data();
  const small = coarse(1, n, seed + 1).data();
  return made(n, n, (i, j) =>
    i === n - 1 ? (a[j] ?? 0) + (small[j] ?? 0) / 2 ** 20 : (a[i * n + j] ?? 0),
  );
}

const deficient = (n: number, seed: number) =>
  matmul(smallIntegers(n, 3, seed), smallIntegers(3, n, seed + 1));
const permuted = () => made(20, 20, (i, j) => (j === (7 * i + 3) % 20 ? 1 : 0));
const empty = () => made(0, 0, () => 0);

/** Returns a symmetric, nearly singular matrix: the last row of a nearly singular one is also its last column. */
function nearlySingularSymmetric(): Tensor {
  const a = nearlySingular(20, 5).data();
  return mirrored(made(20, 20, (i, j) => a[j === 19 ? 19 * 20 + i : i * 20 + j] ?? 0));
}

function squareOfDeficient(): Tensor {
  const x = smallIntegers(20, 3, 7);
  return matmul(x, turned(x));
}

const bothSides = (a: Tensor) => matmul(matmul(powers(20), a), powers(20));

const SOURCES: Readonly<Record<string, Readonly<Record<string, Tensor>>>> = {
  general: {
    "uniform 20": uniform(20, 20, 1),
    "uniform 64": uniform(64, 64, 2),
    "uniform 100": uniform(100, 100, 3),
    graded: matmul(powers(20), uniform(20, 20, 4)),
    "nearly singular": nearlySingular(20, 5),
    permutation: permuted(),
    empty: empty(),
    "one element": uniform(1, 1, 6),
  },
  rank_deficient: { "rank 3 of 20": deficient(20, 7) },
  tall: { "10000 x 3": uniform(10000, 3, 9) },
  wide: { "3 x 10000": uniform(3, 10000, 10) },
  symmetric: {
    "uniform 20": mirrored(uniform(20, 20, 1)),
    "uniform 64": mirrored(uniform(64, 64, 2)),
    "uniform 100": mirrored(uniform(100, 100, 3)),
    graded: bothSides(mirrored(uniform(20, 20, 4))),
    "nearly singular": nearlySingularSymmetric(),
    "rank 3 of 20": squareOfDeficient(),
    permutation: made(20, 20, (i, j) => (i + j === 19 ? 1 : 0)),
    empty: empty(),
    "one element": uniform(1, 1, 6),
  },
  positive: {
    "uniform 20": gram(coarse(20, 20, 1)),
    "uniform 64": gram(coarse(64, 64, 2)),
    "uniform 100": gram(coarse(100, 100, 3)),
    graded: bothSides(gram(coarse(20, 20, 4))),
    "rank 3 of 20": gram(deficient(20, 7)),
    permutation: gram(permuted()),
    empty: empty(),
    "one element": gram(coarse(1, 1, 6)),
  },
};

/**
 * Returns the matrix of a case by its name. Some names end with the name of a source, since a function is tried on
 * several.
 */
function matrixOf(call: string, name: string): Tensor {
  const ending = ", A A' + I";
  if (name.endsWith(ending)) return find(["positive"], name.slice(0, -ending.length));
  if (call === "cholesky") return find(["positive"], name);
  if (call === "eigh") return find(["symmetric"], name);
  return find(["general", "rank_deficient", "tall", "wide"], name);
}

function find(sources: readonly string[], name: string): Tensor {
  const found = sources.map((source) => SOURCES[source]?.[name]).find((a) => a !== undefined);
  if (found === undefined) throw new Error(`no matrix ${name}`);
  return found;
}

// The errors are computed in float64, also for factors of float32.

type Errors = Partial<Record<Kind, number>>;
type Run = <Names extends string>(
  fn: (...inputs: Tensor[]) => Readonly<Record<Names, Tensor>>,
  ...inputs: Tensor[]
) => Readonly<Record<Names, Tensor>>;

const norm = (a: Tensor) => Math.sqrt(a.square().sum().item());
const ratio = (error: number, size: number) => (size === 0 ? error : error / size);
const backward = (a: Tensor, product: Tensor) => ({
  backward: ratio(norm(a.sub(product)), norm(a)),
});

function orthogonality(...columns: Tensor[]): Errors {
  const each = columns.map((q) => norm(identity(lengthOf(q, 1)).sub(matmul(turned(q), q))));
  return { orthogonality: Math.max(...each) };
}

const ERRORS: Readonly<Record<string, (a: Tensor, run: Run) => Errors>> = {
  cholesky(a, run) {
    const { l } = run((a) => ({ l: cholesky(a) }), a);
    return backward(a, matmul(l, turned(l)));
  },
  lu(a, run) {
    const { l, u, permutation } = run((a) => lu(a), a);
    return backward(take(a, permutation), matmul(l, u));
  },
  qr(a, run) {
    const { q, r } = run((a) => qr(a), a);
    return { ...backward(a, matmul(q, r)), ...orthogonality(q) };
  },
  eigh(a, run) {
    const { values, vectors } = run((a) => eigh(a), a);
    const product = matmul(vectors.mul(values), turned(vectors));
    return { ...backward(a, product), ...orthogonality(vectors) };
  },
  svd(a, run) {
    const { u, s, vt } = run((a) => svd(a), a);
    return { ...backward(a, matmul(u.mul(s), vt)), ...orthogonality(u, turned(vt)) };
  },
  solve(a, run) {
    const b = uniform(lengthOf(a, 0), 2, 11);
    const { x } = run((a, b) => ({ x: solve(a, b) }), a, b);
    return { backward: ratio(norm(b.sub(matmul(a, x))), norm(a) * norm(x) + norm(b)) };
  },
  lstsq(a, run) {
    const b = uniform(lengthOf(a, 0), 2, 11);
    const { x } = run((a, b) => ({ x: lstsq(a, b) }), a, b);
    const size = norm(a) * (norm(a) * norm(x) + norm(b));
    return { backward: ratio(norm(matmul(turned(a), b.sub(matmul(a, x)))), size) };
  },
};

test("the matrices are those of LAPACK's errors", () => {
  for (const [source, matrices] of Object.entries(golden.matrices)) {
    expect(Object.keys(SOURCES[source] ?? {}), source).toEqual(Object.keys(matrices));
    for (const [name, expected] of Object.entries(matrices)) {
      const got = norm(find([source], name));
      expect(Math.abs(got - expected), `${source}: ${name}`).toBeLessThanOrEqual(1e-12 * expected);
    }
  }
});

golden.cases.forEach(({ call, matrix, dtype, errors }) => {
  test(`errors of ${call} of the matrix "${matrix}" in ${dtype} are at most ten times LAPACK's`, () => {
    const run: Run = (fn, ...inputs) => {
      const results = fn(...inputs.map((x) => x.cast(dtype)));
      const entries = Object.entries<Tensor>(results).map(([name, x]) => {
        if (x.dtype !== "int32") expect(x.dtype, name).toBe(dtype);
        return [name, x.dtype === "int32" ? x : x.cast("float64")];
      });
      return Object.fromEntries(entries) as typeof results;
    };
    const a = matrixOf(call, matrix);
    const got = ERRORS[call]?.(a, run) ?? {};
    expect(Object.keys(got)).toEqual(Object.keys(errors));
    for (const [kind, lapack] of Object.entries(errors)) {
      const most = MOST * Math.max(lapack, ROUNDOFF[dtype]);
      expect(got[kind as Kind], kind).toBeLessThanOrEqual(most);
    }
  });
});
