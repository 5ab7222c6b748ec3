/**
 * The singular value decomposition.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { DerivativeError } from "../errors.ts";
import { diagonal } from "../functions/arranging.ts";
import { svdScratch } from "../generated/algorithms/linalg/matrices.ts";
import { applyAll } from "../graph/apply.ts";
import type { Tangent, Tangents } from "../graph/joint.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { batchTogether } from "../ops/batching.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { elementsAlong, expandDims } from "../ops/view.ts";
import { arange } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { gaps } from "./eigh.ts";
import { floatsOf, LONGEST, onesLikeDiagonal, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, failureOption, matrixKernel } from "./kernels.ts";
import { adjoint, lengthsOf, readMatrix } from "./matrices.ts";

/** True if U and V are square. */
interface Full extends By {
  readonly full: boolean;
}

/** Returns the rows and columns of A, and how many values it has. */
function sizesOf(a: TensorType | undefined) {
  const [m, n] = lengthsOf(a);
  return { m, n, k: Math.min(m, n) };
}

function valuesType(inputs: readonly TensorType[]): TensorType {
  const { shape, dtype } = squareType(inputs);
  return { shape: [...shape.slice(0, -2), sizesOf(inputs[0]).k], dtype, weak: false };
}

function svdTypes(inputs: readonly TensorType[], { full }: Full): TensorType[] {
  const { shape, dtype } = squareType(inputs);
  const { m, n, k } = sizesOf(inputs[0]);
  const leading = shape.slice(0, -2);
  return [
    { shape: [...leading, m, full ? m : k], dtype, weak: false },
    valuesType(inputs),
    { shape: [...leading, full ? n : k, n], dtype, weak: false },
  ];
}

/** A = U diag(s) Vᵀ, without the vectors that A does not determine. */
interface Decomposed {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly v: Tensor;
}

function reducedOf([u, s, vt]: readonly Tensor[]): Decomposed {
  const [left, values, right] = [u, s, vt] as [Tensor, Tensor, Tensor];
  const k = at(values.shape, values.rank - 1);
  return {
    u: elementsAlong(left, left.rank - 1, 0, k),
    s: values,
    v: adjoint(elementsAlong(right, right.rank - 2, 0, k)),
  };
}

/** x − xᵀ. */
function skew(x: Tensor): Tensor {
  return x.sub(adjoint(x));
}

/** Returns the part of x outside of the space that orthonormal columns span. */
function beside(columns: Tensor, x: Tensor): Tensor {
  return x.sub(columns.matmul(adjoint(columns).matmul(x)));
}

/**
 * Returns the gradient of A = U S Vᵀ (Townsend, "Differentiating the Singular Value Decomposition", 2016), with Fᵢⱼ =
 * 1/(sⱼ² − sᵢ²): U (F ∘ (UᵀŪ − ŪᵀU) S + S F ∘ (VᵀV̄ − V̄ᵀV) + S̄) Vᵀ, plus the parts of the gradients of U and V
 * outside of their columns.
 */
function pull({ u, s, v }: Decomposed, ofU?: Tensor, ofS?: Tensor, ofV?: Tensor): Tensor {
  const [rows, columns] = [expandDims(s, -1), expandDims(s, -2)];
  const factor = () => gaps(s.square());
  const inner = sumOf(
    ofU &&
      factor()
        .mul(skew(adjoint(u).matmul(ofU)))
        .mul(columns),
    ofV &&
      factor()
        .mul(skew(adjoint(v).matmul(ofV)))
        .mul(rows),
  );
  const [m, k] = lengthsOf(u);
  const [n] = lengthsOf(v);
  const whole = sumOf(
    inner && u.matmul(inner).matmul(adjoint(v)),
    ofS && u.mul(expandDims(ofS, -2)).matmul(adjoint(v)),
    m > k && ofU ? beside(u, ofU).div(columns).matmul(adjoint(v)) : undefined,
    n > k && ofV ? u.matmul(adjoint(beside(v, ofV).div(columns))) : undefined,
  );
  return whole as Tensor;
}

/** Returns the tangents of U, s and V. */
function push({ u, s, v }: Decomposed, da: Tensor): Tensor[] {
  const [rows, columns] = [expandDims(s, -1), expandDims(s, -2)];
  const inner = adjoint(u).matmul(da).matmul(v);
  const turned = adjoint(inner);
  const factor = gaps(s.square());
  const left = u.matmul(factor.mul(inner.mul(columns).add(turned.mul(rows))));
  const right = v.matmul(factor.mul(inner.mul(rows).add(turned.mul(columns))));
  const [m, k] = lengthsOf(u);
  const [n] = lengthsOf(v);
  return [
    m > k ? left.add(beside(u, da.matmul(v)).div(columns)) : left,
    diagonal(inner),
    n > k ? right.add(beside(v, adjoint(da).matmul(u)).div(columns)) : right,
  ];
}

/** @throws DerivativeError for vectors that A does not determine. */
function refuseFull(a: Tensor, { full }: Full): void {
  const { m, n } = sizesOf(a);
  if (!full || m === n) return;
  const expected = "matrices that determine all of U and V";
  const got = `${m} rows of ${n} columns with { fullMatrices: true }`;
  const hint = "Take the derivative without fullMatrices";
  throw new DerivativeError("svd", "", expected, got, hint);
}

const examples: Pick<Op["examples"], "domain" | "longest" | "make"> = {
  domain: [-0.5, 0.5],
  longest: LONGEST,
  // Singular values at distances from each other.
  make: ([x]) => {
    if (x === undefined) return [];
    const floats = floatsOf(x);
    const { n } = sizesOf(floats);
    const scale = arange(0, n, { dtype: floats.dtype }).mul(2).add(2);
    return [floats.add(onesLikeDiagonal(floats).mul(scale))];
  },
};

const flops = ([m = 0, n = 0]: readonly number[]) => 20 * m * n * Math.min(m, n);
const wrong = {
  expected: "singular values that are found in 60 steps on average",
  got: "none",
};

const svdOp: Op<Full> = register<Full>({
  name: "svd",
  symbol: "svd",
  family: "linear algebra",
  promotion: "float",
  formula: "U, s and Vᵀ of A = U diag(s) Vᵀ",
  results: svdTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      return {
        results,
        pull: ([ofU, ofS, ofVt]) => {
          if (ofU || ofVt) refuseFull(at(inputs, 0), attributes);
          const ofV = ofVt && adjoint(ofVt.value);
          const gradient = pull(reducedOf(results), ofU?.value, ofS?.value, ofV);
          return [withMaskOf(gradient, ofU, ofS, ofVt)];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da]) => {
      const results = applyAll(op, inputs, attributes);
      if (da === undefined) return { results, tangents: [] };
      refuseFull(at(inputs, 0), attributes);
      const [ofU, ofS, ofV] = push(reducedOf(results), da.value) as [Tensor, Tensor, Tensor];
      const tangents: Tangents = [ofU, ofS, adjoint(ofV)].map((tangent) => withMaskOf(tangent, da));
      return { results, tangents };
    },
  },
  convention: "NaN or infinite for vectors of equal values; finite for values alone",
  kernel: matrixKernel<Full>({
    name: "svd",
    numbers: ({ inputs: [a], attributes }) => [...lengthsOf(a), longSide(a, attributes)],
    scratch: ({ inputs: [a], attributes }) => [
      svdScratch(...lengthsOf(a), longSide(a, attributes)),
    ],
    flops,
    wrong,
  }),
  batch: batchTogether,
  examples: {
    ...examples,
    cases: [
      { shapes: [[2, 3, 4]], attributes: { full: false } },
      { shapes: [[3, 3]], attributes: { full: true } },
      { shapes: [[5, 2]], attributes: { full: false } },
    ],
  },
});

/** Returns the number of vectors of the longer side. */
function longSide(a: TensorType | undefined, { full }: Full): number {
  const { m, n, k } = sizesOf(a);
  return full ? Math.max(m, n) : k;
}

/** Values alone take less time; their gradient needs the vectors, too. */
const singularValuesOp: Op<By> = register<By>({
  name: "singularValues",
  symbol: "σ",
  family: "linear algebra",
  promotion: "float",
  formula: "s of A = U diag(s) Vᵀ",
  results: (inputs) => [valuesType(inputs)],
  derivative: {
    kind: "joint",
    vjp: ({ inputs, attributes }) => {
      const { u, s, v } = reducedOf(decompose(at(inputs, 0), attributes));
      const back = (ofS: Tangent | undefined) =>
        ofS && withMaskOf(pull({ u, s, v }, undefined, ofS.value), ofS);
      return { results: [s], pull: ([ofS]) => [back(ofS)] };
    },
    jvp: ({ inputs, attributes }, [da]) => {
      const { u, s, v } = reducedOf(decompose(at(inputs, 0), attributes));
      const moved = da && withMaskOf(diagonal(adjoint(u).matmul(da.value).matmul(v)), da);
      return { results: [s], tangents: [moved] };
    },
  },
  kernel: matrixKernel<By>({
    name: "singularValues",
    numbers: ({ inputs: [a] }) => lengthsOf(a),
    scratch: ({ inputs: [a] }) => [svdScratch(...lengthsOf(a), sizesOf(a).k)],
    flops: (numbers) => flops(numbers) / 6,
    wrong,
  }),
  batch: batchTogether,
  examples: { ...examples, cases: [{ shapes: [[2, 3, 4]] }, { shapes: [[3, 3]] }] },
});

/** Returns the singular values, descending. @param by the function that they are computed for. */
export function singularValues(a: Tensor, by: By): Tensor {
  return at(applyAll(singularValuesOp, [a], by), 0);
}

/** Returns the reduced decomposition. @param by the function that it is computed for. */
export function decompose(a: Tensor, by: By): [u: Tensor, s: Tensor, vt: Tensor] {
  return applyAll(svdOp, [a], { ...by, full: false }) as [Tensor, Tensor, Tensor];
}

/** The last argument of {@link svd}. */
export interface SvdOptions extends FailureOptions {
  /**
   * True if U and V are square. Default false, since the further columns are rarely needed; the default of the array
   * API is true.
   */
  readonly fullMatrices?: boolean;
}

const readSvd = optionsReader({ fullMatrices: optional(flag, false), ...failureOption });

/**
 * Returns the singular value decomposition A = U diag(s) Vᵀ: U and V with orthonormal columns, s ≥ 0, descending.
 *
 * Whatever the scale and the rank of A, U and V are orthogonal within 10 n ε, with n the greater one of its lengths.
 * The error of the product is 10 n ε ‖A‖₂. A value beyond the greatest number is infinite.
 *
 * The gradient of vectors is NaN or infinite where two values are equal; that of values alone is finite. With
 * `fullMatrices` vectors have a derivative if A is square.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `fullMatrices` (default false; the array API's default is true), `failure` (default "error"; "nan" for
 *   NaN where a matrix fails).
 * @returns `u` of shape [..., m, k], `s` of shape [..., k] and `vt` of shape [..., k, n], with k the less of m and n. U
 *   and Vᵀ are square with `fullMatrices`. Signs of vectors are those that the algorithm gives.
 * @throws ArgumentError for elements that are not finite, or if the values are not found in 60 steps on average, which no
 *   matrix is known to need; ShapeError for less than two axes.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { svd } from "@graddiff/core/linalg";
 *
 * const { s } = svd(tensor([[3, 0], [0, -4], [0, 0]]));
 * console.log(String(s)); // [4. 3.]
 * ```
 */
export function svd(a: TensorLike, options?: SvdOptions): { u: Tensor; s: Tensor; vt: Tensor } {
  refuseSurplus("svd", 2, arguments);
  const { fullMatrices: full, ...rest } = readSvd("svd", options);
  const [u, s, vt] = applyAll(svdOp, [readMatrix("svd", a)], { full, ...failing(rest) });
  return { u: u as Tensor, s: s as Tensor, vt: vt as Tensor };
}
