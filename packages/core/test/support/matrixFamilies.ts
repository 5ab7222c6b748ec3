/**
 * Families of matrices that are hard to factorise. Some have a low rank, so that the remaining columns are rounding
 * errors only. Some are graded over many orders of magnitude. All occur at every scale of a dtype.
 */

import type { FloatDType } from "../../src/tensor/dtype.ts";
import { at } from "../../src/tensor/shape.ts";
import { threefry } from "../../src/tensor/threefry.ts";

/** A matrix by rows, in float64: its elements are rounded when a tensor is made of it. */
export type Rows = number[][];

/** One matrix of a family. */
export interface Sample {
  readonly family: string;
  /** The name of the family's property, for messages. */
  readonly name: string;
  readonly rows: Rows;
}

/** Returns a generator of numbers from 0 to 1, the same for each seed. */
function drawsOf(seed: number): () => number {
  let count = 0;
  return () => threefry(seed, 0, count++, 0)[0] / 2 ** 32;
}

function matrix(m: number, n: number, element: (i: number, j: number) => number): Rows {
  return Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => element(i, j)));
}

/** Returns the sum of `rank` outer products of vectors. */
function products(m: number, n: number, rank: number, element: () => number): Rows {
  const left = matrix(m, rank, element);
  const right = matrix(n, rank, element);
  return matrix(m, n, (i, j) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += at(at(left, i), k) * at(at(right, j), k);
    return sum;
  });
}

/** Returns the first m rows and n columns of X Xᵀ / rank for a random X. */
function covariance(m: number, n: number, rank: number, draw: () => number): Rows {
  const x = matrix(Math.max(m, n), rank, () => 2 * draw() - 1);
  return matrix(m, n, (i, j) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += at(at(x, i), k) * at(at(x, j), k);
    return sum / rank;
  });
}

/** Returns some ranks from 1 to n: up to 4, about the middle, and at the end. */
function ranksOf(n: number): number[] {
  const ranks = [1, 2, 3, 4, Math.ceil(n / 2), n - 1, n];
  return [...new Set(ranks)].filter((rank) => rank >= 1 && rank <= n);
}

type Make = (
  m: number,
  n: number,
  draw: () => number,
  dtype: FloatDType,
) => readonly (readonly [name: string, rows: Rows])[];

/** Returns an exponent of two per step of i + j, at most 1, with which all elements stay in the range of a dtype. */
function gradeOf(m: number, n: number, dtype: FloatDType): number {
  return Math.min(1, (dtype === "float32" ? 100 : 900) / (m + n));
}

/** The relative magnitudes of the elements of bidiagonal matrices along the diagonal, from 0 to 1. */
const CHAINS: Readonly<Record<string, (t: number, drawn: number) => number>> = {
  upwards: (t) => 1 - t,
  downwards: (t) => t,
  "with a valley": (t) => 1 - Math.abs(2 * t - 1),
  "with a peak": (t) => Math.abs(2 * t - 1),
  "of any magnitudes": (_t, drawn) => drawn,
};

/** The families: each makes some matrices of m × n. */
const FAMILIES: Readonly<Record<string, Make>> = {
  ones: (m, n) => [
    ["ones", matrix(m, n, () => 1)],
    ["thirds", matrix(m, n, () => 1 / 3)],
  ],
  chequers: (m, n) => [
    ["(i + j) % 2", matrix(m, n, (i, j) => (i + j) % 2)],
    ["signs", matrix(m, n, (i, j) => ((i + j) % 2 === 0 ? 1 : -1))],
  ],
  "outer products": (m, n, draw) =>
    [1, 2, 3].map((rank) => [
      `rank ${rank}`,
      products(m, n, rank, () => Math.floor(7 * draw()) - 3),
    ]),
  "binary images": (m, n, draw) => [
    [
      "a chessboard",
      matrix(m, n, (i, j) => (Math.floor((8 * i) / m) + Math.floor((8 * j) / n)) % 2),
    ],
    ["a disc", matrix(m, n, (i, j) => Number((i - m / 2) ** 2 + (j - n / 2) ** 2 < (m * n) / 9))],
    ["stripes", matrix(m, n, (i, j) => Number((i + j) % 5 < 2))],
    ["noise", matrix(m, n, () => Number(draw() < 0.5))],
  ],
  covariances: (m, n, draw) =>
    ranksOf(Math.min(m, n)).map((rank) => [`rank ${rank}`, covariance(m, n, rank, draw)]),
  "graded downwards": (m, n, draw, dtype) => {
    const grade = gradeOf(m, n, dtype);
    return [
      ["2^-(i+j)", matrix(m, n, (i, j) => 2 ** (-grade * (i + j)) * (i === j ? 2 : 1))],
      ["noise", matrix(m, n, (i, j) => 2 ** (-grade * (i + j)) * (draw() - 0.5))],
      ["far", matrix(m, n, (i, j) => 10 ** (-(dtype === "float32" ? 4 : 30) * (i + j)) * draw())],
    ];
  },
  "graded upwards": (m, n, draw, dtype) => {
    const grade = gradeOf(m, n, dtype);
    return [
      ["2^(i+j)", matrix(m, n, (i, j) => 2 ** (grade * (i + j)) * (i === j ? 2 : 1))],
      ["noise", matrix(m, n, (i, j) => 2 ** (grade * (i + j)) * (draw() - 0.5))],
      ["monomials", gramOfMonomials(m, n, dtype)],
    ];
  },
  Kahan: (m, n) =>
    [0.3, 1.2].map((angle) => {
      const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
      const element = (i: number, j: number) => (i > j ? 0 : sine ** i * (i === j ? 1 : -cosine));
      return [`of the angle ${angle}`, matrix(m, n, element)];
    }),
  Hilbert: (m, n) => [["1/(i+j+1)", matrix(m, n, (i, j) => 1 / (i + j + 1))]],
  special: (m, n, draw) => [
    ["zeros", matrix(m, n, () => 0)],
    ["the identity", matrix(m, n, (i, j) => Number(i === j))],
    ["one element", matrix(m, n, (i, j) => Number(i === m - 1 && j === 0))],
    ["a shift", matrix(m, n, (i, j) => Number((i + 1) % m === j))],
    ["a Jordan block", matrix(m, n, (i, j) => Number(i === j || i + 1 === j))],
    ["zero columns", matrix(m, n, (_, j) => (j % 2 === 0 ? draw() : 0))],
    ["a diagonal", matrix(m, n, (i, j) => (i === j ? 10 ** (-5 * draw() * i) : 0))],
    ["blocks", matrix(m, n, (i, j) => (i >> 2 === j >> 2 ? 10 ** -(i >> 1) : 0))],
  ],
  chains: (m, n, draw, dtype) =>
    Object.entries(CHAINS).map(([name, sizeAt]) => {
      const decades = dtype === "float32" ? 25 : 200;
      const magnitude = (t: number) => 10 ** (-decades * sizeAt(t, draw()) - 2 * draw());
      const element = (i: number, j: number) => magnitude((i + j) / Math.max(1, m + n - 2));
      return [name, matrix(m, n, (i, j) => (j === i || j === i + 1 ? element(i, j) : 0))];
    }),
  noise: (m, n, draw) => [["uniform", matrix(m, n, () => 2 * draw() - 1)]],
};

/** Returns the elements of XᵀX, where X has the powers of some points. */
function gramOfMonomials(m: number, n: number, dtype: FloatDType): Rows {
  const powers = (dtype === "float32" ? 60 : 500) / (m + n);
  return matrix(m, n, (i, j) => {
    let sum = 0;
    for (let k = 1; k <= 10; k++) sum += (k / 5) ** (Math.min(1, powers) * (i + j));
    return sum;
  });
}

/** The names of all families. */
export const FAMILY_NAMES: readonly string[] = Object.keys(FAMILIES);

/** The least normal number, ε and the greatest number of each dtype. */
export const LIMITS: Readonly<
  Record<FloatDType, { readonly tiny: number; readonly epsilon: number; readonly greatest: number }>
> = {
  float32: { tiny: 2 ** -126, epsilon: 2 ** -23, greatest: (2 - 2 ** -23) * 2 ** 127 },
  float64: { tiny: 2 ** -1022, epsilon: 2 ** -52, greatest: Number.MAX_VALUE },
};

/** Returns the numbers to which the greatest element of a matrix of up to n rows and columns is scaled. */
function scalesOf(n: number, dtype: FloatDType): number[] {
  const { tiny, epsilon, greatest } = LIMITS[dtype];
  const root = Math.sqrt(tiny);
  const far = dtype === "float32" ? 1e30 : 1e300;
  return [
    ...[1 / far, far],
    // Squares of elements underflow below the first two scales, and overflow above the last two.
    ...[0.9 * root, 1.1 * root, 0.9 / root, 1.1 / root],
    // Residuals are small between some of these scales, and not beyond: numbers are subnormal, or results infinite.
    ...[tiny, tiny / epsilon, greatest / n / (1 + 20 * n * epsilon), tiny * 0.37, greatest],
  ];
}

/** Returns the matrix scaled to another greatest element. */
function scaled({ family, name, rows }: Sample, to: number): Sample {
  const from = Math.max(...rows.map((row) => Math.max(...row.map(Math.abs))));
  return {
    family,
    name: `${name}, up to ${to.toPrecision(3)}`,
    rows: from === 0 ? rows : rows.map((row) => row.map((x) => (x / from) * to)),
  };
}

/** Returns the m × n matrices of all families. */
function samplesOf(m: number, n: number, dtype: FloatDType): Sample[] {
  const draw = drawsOf(1000 * m + n);
  return Object.entries(FAMILIES).flatMap(([family, make]) =>
    make(m, n, draw, dtype).map(([name, rows]) => ({ family, name, rows })),
  );
}

/** Returns all m × n matrices, hundreds of them, as one list for each scale. */
export function allSamples(m: number, n: number, dtype: FloatDType): Sample[][] {
  const samples = samplesOf(m, n, dtype);
  const scales = scalesOf(Math.max(m, n), dtype);
  return [samples, ...scales.map((to) => samples.map((sample) => scaled(sample, to)))];
}

/**
 * Returns one of `step` matrices, each unscaled and at one scale. Over many lengths, every matrix and every scale
 * occurs.
 */
export function someSamples(m: number, n: number, dtype: FloatDType, step: number): Sample[] {
  const scales = scalesOf(Math.max(m, n), dtype);
  return samplesOf(m, n, dtype).flatMap((sample, i) => {
    if ((i + n) % step !== 0) return [];
    return [sample, scaled(sample, scales[(i + m) % scales.length] as number)];
  });
}
