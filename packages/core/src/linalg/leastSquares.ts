/**
 * Least squares, and other functions of singular values.
 */

import { numberThat, optional, optionsReader, type Reader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { apply, applyAll } from "../graph/apply.ts";
import { type Op, oneResult, rule, withTangent } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { reciprocal } from "../ops/arithmetic.ts";
import { batchTogether } from "../ops/batching.ts";
import { where } from "../ops/comparison.ts";
import { countNonZero } from "../ops/counting.ts";
import { max } from "../ops/reduction.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { expandDims, reshape } from "../ops/view.ts";
import { zeros } from "../tensor/create.ts";
import { epsilonOf } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, shifted, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, failureOption } from "./kernels.ts";
import {
  adjoint,
  alignStacks,
  batchSystems,
  lengthsOf,
  readMatrices,
  readMatrix,
} from "./matrices.ts";
import { decompose, singularValues } from "./svd.ts";

/** Below which part of the greatest singular value the others count as zero. */
interface Tolerance extends By {
  readonly tolerance: number;
}

/** Returns the tolerance of matrices: as many units in the last place as the longer side has elements. */
function toleranceOf(a: Tensor, tolerance: number | undefined): number {
  return tolerance ?? Math.max(...lengthsOf(a)) * epsilonOf(a.dtype);
}

const readTolerance: Reader<number | undefined> = optional<number | undefined>(
  numberThat((value) => value >= 0 && Number.isFinite(value), "a finite number of at least 0"),
  undefined,
);

/** Returns the mask of the singular values that count. */
function areLarge(s: Tensor, tolerance: number): Tensor {
  return s.greater(max(s, -1, { keepDims: true }).mul(tolerance));
}

/** Returns the pseudo-inverses V S⁺ Uᵀ of matrices, and of right-hand sides. */
function pseudoInverse(a: Tensor, { tolerance, ...by }: Tolerance, b?: Tensor): Tensor[] {
  const [u, s, vt] = decompose(a, { by: "pinv", ...by });
  const isLarge = areLarge(s, tolerance);
  const inverse = where(isLarge, reciprocal(where(isLarge, s, 1)), 0);
  const v = adjoint(vt);
  const p = v.mul(expandDims(inverse, -2)).matmul(adjoint(u));
  if (b === undefined) return [p];
  return [v.matmul(adjoint(u).matmul(b).mul(expandDims(inverse, -1))), p];
}

/** Returns x − P A x, or x − A P x: the rest that a projection leaves. */
function left(x: Tensor, first: Tensor, second: Tensor): Tensor {
  return x.sub(first.matmul(second.matmul(x)));
}

/**
 * Returns the same, projected twice (Parlett and Kahan's "twice is enough"): rounding leaves a share of x that goes with the
 * condition number κ of A, which products with A⁺ multiply by κ². At κ = 10⁵ first derivatives of `lstsq` err by 2·10⁻¹⁵ in
 * place of 7·10⁻¹¹ and second ones by 2·10⁻¹¹ in place of 7·10⁻⁶, in 1.00 to 1.05 of the time; those of `pinv` would take 1.1.
 */
function leftOfTwo(x: Tensor, first: Tensor, second: Tensor): Tensor {
  return left(left(x, first, second), first, second);
}

/**
 * Returns the gradient of P = A⁺ at matrices of locally equal rank (Golub and Pereyra, "The Differentiation of
 * Pseudo-Inverses", 1973): −Pᵀ P̄ Pᵀ + (I − A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I − P A).
 */
function pullInverse(a: Tensor, p: Tensor, cotangent: Tensor, rest = left): Tensor {
  const [pt, turned] = [adjoint(p), adjoint(cotangent)];
  const first = pt.matmul(cotangent).matmul(pt);
  const second = rest(turned, a, p).matmul(p).matmul(pt);
  // The adjoint of (I − P A) P̄.
  const third = pt.matmul(p).matmul(adjoint(rest(cotangent, p, a)));
  return second.add(third).sub(first);
}

/** Returns the tangent of P: −P dA P + P Pᵀ dAᵀ (I − A P) + (I − P A) dAᵀ Pᵀ P. */
function pushInverse(a: Tensor, p: Tensor, da: Tensor, rest = left): Tensor {
  const [pt, turned] = [adjoint(p), adjoint(da)];
  const first = p.matmul(da).matmul(p);
  const second = p.matmul(pt).matmul(adjoint(rest(da, a, p)));
  const third = rest(turned, p, a).matmul(pt).matmul(p);
  return second.add(third).sub(first);
}

/** Returns the types of pseudo-inverses. */
function inverseType([a]: readonly TensorType[]): TensorType {
  const { shape, dtype } = squareType([a as TensorType]);
  const [m, n] = lengthsOf(a);
  return { shape: [...shape.slice(0, -2), n, m], dtype, weak: false };
}

const pinvOp: Op<Tolerance> = register<Tolerance>({
  name: "pinv",
  symbol: "A⁺",
  family: "linear algebra",
  promotion: "float",
  formula: "the pseudo-inverse V S⁺ Uᵀ of A = U S Vᵀ",
  results: oneResult(inverseType),
  derivative: withTangent(
    rule((cotangent, { inputs: [a], output }) => pullInverse(a as Tensor, output, cotangent)),
    ([tangent], { inputs: [a], output }) => tangent && pushInverse(a as Tensor, output, tangent),
  ),
  convention: "at matrices whose rank does not change",
  body: ([a], attributes) => {
    const matrices = a as Tensor;
    if (Math.min(...lengthsOf(matrices)) > 0) return [at(pseudoInverse(matrices, attributes), 0)];
    return [zeros(inverseType([matrices]).shape, { dtype: matrices.dtype })];
  },
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: [
      { shapes: [[2, 4, 3]], attributes: { tolerance: 1e-6 } },
      { shapes: [[2, 3]], attributes: { tolerance: 1e-6 } },
    ],
    make: ([a]) => (a ? [shifted(a, 2)] : []),
  },
});

function leastSquaresTypes(inputs: readonly TensorType[]): TensorType[] {
  const [a, b] = inputs;
  const inverse = inverseType([a as TensorType]);
  const x = [...inverse.shape.slice(0, -1), lengthsOf(b)[1]];
  return [{ ...inverse, shape: x }, inverse];
}

/** A, B → X = A⁺ B, and A⁺, which the way back reads. */
const lstsqOp: Op<Tolerance> = register<Tolerance>({
  name: "lstsq",
  symbol: "A⁺",
  family: "linear algebra",
  promotion: "float",
  formula: "the shortest X that minimizes |A X − B|; and the pseudo-inverse of A",
  results: leastSquaresTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const [x, p] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      const [a, b] = inputs as [Tensor, Tensor];
      return {
        results: [x, p],
        pull: ([ofX, ofP]) => {
          const pt = adjoint(p);
          const ofB = ofX && pt.matmul(ofX.value);
          const residual = () => b.sub(a.matmul(x));
          const ofA = sumOf(
            ofB?.matmul(adjoint(x)).neg(),
            ofB && residual().matmul(adjoint(p.matmul(ofB))),
            ofX && pt.matmul(x).matmul(adjoint(leftOfTwo(ofX.value, p, a))),
            ofP && pullInverse(a, p, ofP.value, leftOfTwo),
          );
          const none = ofP && withMaskOf(b.mul(0), ofP);
          return [ofA && withMaskOf(ofA, ofX, ofP), ofB ? withMaskOf(ofB, ofX) : none];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da, db]) => {
      const [x, p] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      const [a, b] = inputs as [Tensor, Tensor];
      const turned = da && adjoint(da.value);
      const right = sumOf(db?.value, da?.value.matmul(x).neg());
      const ofX = sumOf(
        right && p.matmul(right),
        turned && p.matmul(adjoint(p).matmul(turned.matmul(b.sub(a.matmul(x))))),
        turned && leftOfTwo(turned.matmul(adjoint(p).matmul(x)), p, a),
      );
      const ofP = da ? pushInverse(a, p, da.value, leftOfTwo) : p.mul(0);
      return {
        results: [x, p],
        tangents: [ofX && withMaskOf(ofX, da, db), withMaskOf(ofP, da, db)],
      };
    },
  },
  convention: "at matrices whose rank does not change",
  body: ([a, b], attributes) => {
    const [matrices, right] = [a as Tensor, b as Tensor];
    if (Math.min(...lengthsOf(matrices)) > 0) return pseudoInverse(matrices, attributes, right);
    return leastSquaresTypes([matrices, right]).map(({ shape, dtype }) => zeros(shape, { dtype }));
  },
  batch: batchSystems,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: [
      {
        shapes: [
          [2, 4, 3],
          [2, 4, 2],
        ],
        attributes: { tolerance: 1e-6 },
      },
      {
        shapes: [
          [2, 3],
          [2, 1],
        ],
        attributes: { tolerance: 1e-6 },
      },
    ],
    make: ([a, b]) => (a && b ? [shifted(a, 2), floatsOf(b)] : []),
  },
});

/** The last argument of {@link matrixRank}, and a part of that of {@link pinv} and {@link lstsq}. */
export interface ToleranceOptions {
  /**
   * Below which part of the greatest singular value the others count as zero. Default: the longer side of the matrix
   * times the distance from 1 to the next float, as in the array API.
   */
  readonly tolerance?: number;
}

/** The last argument of {@link pinv} and {@link lstsq}. */
export interface PseudoInverseOptions extends ToleranceOptions, FailureOptions {}

const readOptions = optionsReader({ tolerance: readTolerance, ...failureOption });
const readRank = optionsReader({ tolerance: readTolerance });

/**
 * Returns the pseudo-inverse of matrices (Moore and Penrose): V S⁺ Uᵀ of A = U S Vᵀ, in which small singular values
 * count as zero. The gradient is that of matrices of the same rank; of second derivatives, rounding takes twice as many
 * digits as the condition number has.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `tolerance` (default: the longer side times the distance from 1 to the next float), `failure` (default
 *   "error"; "nan" for NaN where a matrix fails).
 * @returns the shape [..., n, m].
 * @throws ArgumentError for elements that are not finite, or another tolerance than a number of at least 0; ShapeError
 *   for less than two axes.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { pinv } from "@graddiff/core/linalg";
 *
 * console.log(pinv(tensor([[2, 0], [0, 0], [0, 4]])).toString({ digits: 4 }));
 * // [[0.5  0.   0.  ]
 * //  [0.   0.   0.25]]
 * ```
 */
export function pinv(a: TensorLike, options?: PseudoInverseOptions): Tensor {
  refuseSurplus("pinv", 2, arguments);
  const { tolerance, ...rest } = readOptions("pinv", options);
  const matrices = readMatrix("pinv", a);
  const by = { by: "pinv", ...failing(rest) };
  return apply(pinvOp, [matrices], { tolerance: toleranceOf(matrices, tolerance), ...by });
}

/**
 * Returns the X that minimizes |A X − B|; of several, as where A has not full rank, the shortest one. It is computed by
 * the singular value decomposition, whatever the rank is.
 *
 * @param a matrices of shape [..., m, n].
 * @param b matrices of shape [..., m, k], whose leading axes broadcast with those of a, or a vector of length m.
 * @param options `tolerance` (default: the longer side times the distance from 1 to the next float), `failure` (default
 *   "error"; "nan" for NaN where a matrix fails).
 * @returns the shape [..., n, k], or [..., n] for a vector.
 * @throws ArgumentError for elements that are not finite; ShapeError for shapes that do not fit.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { lstsq } from "@graddiff/core/linalg";
 *
 * // The line through (0, 1), (1, 3) and (2, 5).
 * const x = lstsq(tensor([[0, 1], [1, 1], [2, 1]]), tensor([1, 3, 5]));
 * console.log(x.toString({ digits: 4 })); // [2. 1.]
 * ```
 */
export function lstsq(a: TensorLike, b: TensorLike, options?: PseudoInverseOptions): Tensor {
  refuseSurplus("lstsq", 3, arguments);
  const { tolerance, ...rest } = readOptions("lstsq", options);
  const { shape } = toTensor("lstsq", "b", b);
  const isVector = shape.length === 1;
  const arrays = { a, b: isVector ? reshape(b, [at(shape, 0), 1]) : b };
  const [matrices, right] = readMatrices("lstsq", arrays) as [Tensor, Tensor];
  const [rows] = lengthsOf(matrices);
  if (lengthsOf(right)[0] !== rows) {
    const expected = `as many rows as a has: ${rows}`;
    throw new ShapeError("lstsq", "b", expected, `the shape ${formatShape(shape)}`);
  }
  const by = { by: "lstsq", ...failing(rest) };
  const attributes = { tolerance: toleranceOf(matrices, tolerance), ...by };
  const x = at(applyAll(lstsqOp, alignStacks("lstsq", matrices, right), attributes), 0);
  return isVector ? reshape(x, x.shape.slice(0, -1)) : x;
}

/**
 * Returns the rank of matrices: how many singular values are not small.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `tolerance` (default: the longer side times the distance from 1 to the next float).
 * @returns int32 of shape [...].
 * @throws ArgumentError for elements that are not finite; ShapeError for less than two axes.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { matrixRank } from "@graddiff/core/linalg";
 *
 * console.log(matrixRank(tensor([[1, 2], [2, 4]])).item()); // 1
 * ```
 */
export function matrixRank(a: TensorLike, options?: ToleranceOptions): Tensor {
  refuseSurplus("matrixRank", 2, arguments);
  const { tolerance } = readRank("matrixRank", options);
  const matrices = readMatrix("matrixRank", a);
  if (Math.min(...lengthsOf(matrices)) === 0) {
    return zeros(matrices.shape.slice(0, -2), { dtype: "int32" });
  }
  const values = singularValues(matrices, { by: "matrixRank" });
  return countNonZero(areLarge(values, toleranceOf(matrices, tolerance)), -1);
}
