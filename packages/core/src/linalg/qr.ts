/**
 * The QR factorisation.
 */

import { oneOf, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { DerivativeError } from "../errors.ts";
import { tril } from "../functions/arranging.ts";
import { qrScratch } from "../generated/algorithms/linalg/matrices.ts";
import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { batchTogether } from "../ops/batching.ts";
import { concat } from "../ops/joining.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { elementsAlong } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { LONGEST, shifted, squareType } from "./examples.ts";
import {
  type By,
  type Failure,
  type FailureOptions,
  failing,
  failureOption,
  matrixKernel,
} from "./kernels.ts";
import { adjoint, lengthsOf, mirrored, readMatrix } from "./matrices.ts";
import { solveTriangle } from "./triangular.ts";

/** True if Q is square. */
interface Completed extends By {
  readonly complete: boolean;
}

/** Returns the number of columns of Q. */
function columnsOf(a: TensorType | undefined, { complete }: Completed): number {
  const [m, n] = lengthsOf(a);
  return complete ? m : Math.min(m, n);
}

function qrTypes(inputs: readonly TensorType[], attributes: Completed): TensorType[] {
  const { shape, dtype } = squareType(inputs);
  const [m, n] = lengthsOf(inputs[0]);
  const k = columnsOf(inputs[0], attributes);
  const leading = shape.slice(0, -2);
  return [
    { shape: [...leading, m, k], dtype, weak: false },
    { shape: [...leading, k, n], dtype, weak: false },
  ];
}

/** True if Q has more columns than A. */
function isTall(a: TensorType, { complete }: Completed): boolean {
  const [m, n] = lengthsOf(a);
  return complete && m > n;
}

/**
 * True if A determines all of Q: one further column is orthogonal to those of A, and unique up to its sign; several are
 * any orthonormal basis of the complement, and the choice of the algorithm has no derivative.
 */
function determinesAll(a: TensorType): boolean {
  const [m, n] = lengthsOf(a);
  return m <= n + 1;
}

/** Returns the error for columns of a complete Q that A does not determine. */
function undetermined(a: Tensor, hint: string): DerivativeError {
  const [m, n] = lengthsOf(a);
  const expected = "matrices that determine all of Q, of at most one row more than columns";
  const got = `${m} rows of ${n} columns with { mode: "complete" }, where the last ${m - n} columns of Q may be any basis`;
  return new DerivativeError("qr", "", expected, got, hint);
}

/** X of X R = x, for the square part of R. */
function overRight(r: Tensor, x: Tensor, failure: Failure): Tensor {
  const how = { lower: false, transposed: true, by: "qr", failure };
  return adjoint(solveTriangle(r, adjoint(x), how));
}

/** Returns the first columns, as many as R has rows, and the others. */
function columnHalves(x: Tensor, k: number): [first: Tensor, rest: Tensor] {
  const along = x.rank - 1;
  const length = at(x.shape, along);
  return [elementsAlong(x, along, 0, k), elementsAlong(x, along, k, length - k)];
}

/**
 * Returns the gradient of A = Q R (Walter and Lehmann, "Algorithmic Differentiation of Linear Algebra Functions",
 * 2012): with M = R R̄ᵀ − Q̄ᵀ Q, (Q̄ + Q (tril M + tril₋₁ Mᵀ)) R⁻ᵀ. Right of a square R is Qᵀ A.
 */
function pull(
  a: Tensor,
  q: Tensor,
  r: Tensor,
  ofQ: Tensor | undefined,
  ofR: Tensor | undefined,
  failure: Failure,
) {
  const [k, n] = lengthsOf(r);
  const [square] = columnHalves(r, k);
  const halves = ofR && columnHalves(ofR, k);
  const ofBeside = n > k && halves ? q.matmul(halves[1]) : undefined;
  const [, rest] = columnHalves(a, k);
  const whole = sumOf(ofQ, ofBeside && halves && rest.matmul(adjoint(halves[1])));
  const inner = sumOf(
    halves && square.matmul(adjoint(halves[0])),
    whole && adjoint(whole).matmul(q).neg(),
  );
  const left = sumOf(whole, inner && q.matmul(mirrored(inner)));
  // X of X Rᵀ = left.
  const how = { lower: false, by: "qr", failure };
  const pulled = left && adjoint(solveTriangle(square, adjoint(left), how));
  if (pulled === undefined || n === k) return pulled;
  return concat([pulled, ofBeside ?? zerosLike(rest)], pulled.rank - 1);
}

/** Returns the tangents of Q and R. */
function push(
  a: Tensor,
  [q, r]: readonly [q: Tensor, r: Tensor],
  da: Tensor,
  failure: Failure,
): [ofQ: Tensor, ofR: Tensor] {
  const [k, n] = lengthsOf(r);
  const [square] = columnHalves(r, k);
  const [tangent, moved] = columnHalves(da, k);
  const scaled = overRight(square, tangent, failure);
  const inner = adjoint(q).matmul(scaled);
  const lower = tril(inner, { offset: -1 });
  const turn = lower.sub(adjoint(lower));
  const ofQ = q.matmul(turn).add(scaled.sub(q.matmul(inner)));
  const ofSquare = inner.sub(turn).matmul(square);
  if (n === k) return [ofQ, ofSquare];
  const [, rest] = columnHalves(a, k);
  const ofRest = adjoint(ofQ).matmul(rest).add(adjoint(q).matmul(moved));
  return [ofQ, concat([ofSquare, ofRest], r.rank - 1)];
}

/** Returns the first rows, as many as A has columns, and the others. */
function rowHalves(x: Tensor, n: number): [first: Tensor, rest: Tensor] {
  const along = x.rank - 2;
  const length = at(x.shape, along);
  return [elementsAlong(x, along, 0, n), elementsAlong(x, along, n, length - n)];
}

/**
 * Returns the factors without the columns and rows that complete them. If A does not determine these, a second
 * derivative of the present factors would be refused, so the reduced factors are computed again.
 */
function reducedOf(a: Tensor, q: Tensor, r: Tensor, attributes: Completed): [q: Tensor, r: Tensor] {
  if (!isTall(a, attributes)) return [q, r];
  const [, n] = lengthsOf(a);
  if (determinesAll(a)) return [columnHalves(q, n)[0], rowHalves(r, n)[0]];
  return applyAll(qrOp, [a], { ...attributes, complete: false }) as [Tensor, Tensor];
}

/**
 * Returns the cotangent of the first columns of Q, for that of all: the last one moves such that it stays orthogonal to
 * them, dq = −Q₁ dQ₁ᵀ q.
 */
function pullOfColumns(q: Tensor, ofQ: Tensor, n: number): Tensor {
  const [first, last] = columnHalves(q, n);
  const [ofFirst, ofLast] = columnHalves(ofQ, n);
  return ofFirst.sub(last.matmul(adjoint(ofLast).matmul(first)));
}

/** Returns the tangents of the complete factors, for those of the reduced ones. */
function completed(q: Tensor, r: Tensor, [ofFirst, ofR]: [Tensor, Tensor], n: number): Tensor[] {
  const [first, last] = columnHalves(q, n);
  const ofLast = first.matmul(adjoint(ofFirst).matmul(last)).neg();
  const [, below] = rowHalves(r, n);
  return [concat([ofFirst, ofLast], q.rank - 1), concat([ofR, zerosLike(below)], r.rank - 2)];
}

const qrOp: Op<Completed> = register<Completed>({
  name: "qr",
  symbol: "qr",
  family: "linear algebra",
  promotion: "float",
  formula: "Q and R of A = Q R",
  results: qrTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const [q, r] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      const a = at(inputs, 0);
      const [, n] = lengthsOf(a);
      return {
        results: [q, r],
        pull: ([ofQ, ofR]) => {
          const tall = isTall(a, attributes);
          if (tall && ofQ && !determinesAll(a)) {
            throw undetermined(a, 'Take the derivative of r alone, or with { mode: "reduced" }');
          }
          const [first, square] = reducedOf(a, q, r, attributes);
          const gradient = pull(
            a,
            first,
            square,
            tall && ofQ ? pullOfColumns(q, ofQ.value, n) : ofQ?.value,
            tall && ofR ? rowHalves(ofR.value, n)[0] : ofR?.value,
            attributes.failure,
          );
          return [gradient && withMaskOf(gradient, ofQ, ofR)];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da]) => {
      const [q, r] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      if (da === undefined) return { results: [q, r], tangents: [undefined, undefined] };
      const a = at(inputs, 0);
      const tall = isTall(a, attributes);
      if (tall && !determinesAll(a)) {
        throw undetermined(a, 'Take the derivative with { mode: "reduced" }');
      }
      const pushed = push(a, reducedOf(a, q, r, attributes), da.value, attributes.failure);
      const tangents = tall ? completed(q, r, pushed, at(a.shape, a.rank - 1)) : pushed;
      return { results: [q, r], tangents: tangents.map((tangent) => withMaskOf(tangent, da)) };
    },
  },
  convention: "columns are not exchanged, so those of A must be independent",
  kernel: matrixKernel<Completed>({
    name: "qr",
    numbers: ({ inputs: [a], attributes }) => [...lengthsOf(a), columnsOf(a, attributes)],
    scratch: ({ inputs: [a], attributes }) => [
      qrScratch(...lengthsOf(a), columnsOf(a, attributes)),
    ],
    products: ({ inputs: [a], attributes }) => {
      const [m, n] = lengthsOf(a);
      return [Math.max(n, columnsOf(a, attributes)), m];
    },
    flops: ([m = 0, n = 0, columns = 0]) =>
      2 * m * n * Math.min(m, n) + 2 * m * columns * Math.min(m, n),
    wrong: { expected: "independent columns", got: "a pivot of zero" },
  }),
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: [
      { shapes: [[2, 4, 3]], attributes: { complete: false } },
      { shapes: [[3, 3]], attributes: { complete: true } },
      { shapes: [[2, 5]], attributes: { complete: false } },
      { shapes: [[4, 3]], attributes: { complete: true } },
      { shapes: [[2, 4]], attributes: { complete: true } },
    ],
    make: ([a]) => (a ? [shifted(a, 1)] : []),
  },
});

/** The last argument of {@link qr}. */
export interface QrOptions extends FailureOptions {
  /** "reduced" for a Q with as many columns as A has independent ones, "complete" for a square one. Default "reduced". */
  readonly mode?: "reduced" | "complete";
}

const readQr = optionsReader({
  mode: optional(oneOf("reduced", "complete"), "reduced"),
  ...failureOption,
});

/**
 * Returns the QR factorisation: Q with orthonormal columns and R, an upper triangle, with Q R = A. It goes by
 * Householder reflections in blocks of 32 columns, on every runner, since sums depend on them. The diagonal of R may be
 * negative. Whatever the scale and the rank of A, Q is orthogonal within 10 n ε, with n the greater one of its lengths.
 * The error of the product is 10 n ε ‖A‖₂. An element of R beyond the greatest number is infinite.
 *
 * The gradient needs independent columns. With `mode: "complete"` it is that of "reduced" where A has no more rows than
 * columns. One row more gives Q one more column, which is differentiated, too, being determined up to its sign. Several
 * more columns are any orthonormal basis of what is orthogonal to A, so only R has a gradient then, in reverse mode.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `mode` (default "reduced"), `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns `q` of shape [..., m, k] and `r` of shape [..., k, n], with k the less of m and n, or m if `mode` is
 *   "complete".
 * @throws ArgumentError for elements that are not finite; ShapeError for less than two axes.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { qr } from "@graddiff/core/linalg";
 *
 * const { q, r } = qr(tensor([[3, 1], [4, 2]]));
 * console.log(r.toString({ digits: 4 }));
 * // [[-5.   -2.2 ]
 * //  [ 0.    0.4 ]]
 * console.log(q.matmul(r).toString({ digits: 4 }));
 * // [[3. 1.]
 * //  [4. 2.]]
 * ```
 */
export function qr(a: TensorLike, options?: QrOptions): { q: Tensor; r: Tensor } {
  refuseSurplus("qr", 2, arguments);
  const { mode, ...rest } = readQr("qr", options);
  const attributes = { complete: mode === "complete", ...failing(rest) };
  const [q, r] = applyAll(qrOp, [readMatrix("qr", a)], attributes);
  return { q: q as Tensor, r: r as Tensor };
}
