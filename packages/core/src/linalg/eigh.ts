/**
 * Eigenvalues and eigenvectors of symmetric matrices.
 */

import { refuseSurplus } from "../arguments.ts";
import { diagonal } from "../functions/arranging.ts";
import { eighScratch } from "../generated/algorithms/linalg/matrices.ts";
import { applyAll } from "../graph/apply.ts";
import type { Tangent } from "../graph/joint.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { batchTogether } from "../ops/batching.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { expandDims } from "../ops/view.ts";
import { arange } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, SQUARES, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, matrixKernel, readFailure } from "./kernels.ts";
import { adjoint, identityLike, lengthsOf, readSquare, symmetric } from "./matrices.ts";

function valuesType(inputs: readonly TensorType[]): TensorType {
  const { shape, dtype } = squareType(inputs);
  return { shape: shape.slice(0, -1), dtype, weak: false };
}

function eighTypes(inputs: readonly TensorType[]): TensorType[] {
  return [valuesType(inputs), squareType(inputs)];
}

/** 1 / (xⱼ − xᵢ) beside the diagonal, and 0 on it: NaN or an infinity where two are equal. */
export function gaps(x: Tensor): Tensor {
  const identity = identityLike(x, at(x.shape, x.rank - 1));
  const differences = expandDims(x, -2).sub(expandDims(x, -1));
  return identity.neg().add(1).div(differences.add(identity));
}

/** V diag(x) Vᵀ. */
function fromValues(vectors: Tensor, values: Tensor): Tensor {
  return vectors.mul(expandDims(values, -2)).matmul(adjoint(vectors));
}

/**
 * Returns the gradient of A = V diag(λ) Vᵀ: V (diag(λ̄) + gaps ∘ Vᵀ V̄) Vᵀ (Giles, "An extended collection of matrix
 * derivative results", 2008, 3.1).
 */
function pull(
  values: Tensor,
  vectors: Tensor,
  ofValues: Tangent | undefined,
  ofVectors: Tangent | undefined,
): Tangent | undefined {
  const inner = ofVectors && gaps(values).mul(adjoint(vectors).matmul(ofVectors.value));
  const whole = sumOf(
    ofValues && fromValues(vectors, ofValues.value),
    inner && vectors.matmul(inner).matmul(adjoint(vectors)),
  );
  return whole && withMaskOf(symmetric(whole), ofValues, ofVectors);
}

/** Vᵀ dA V. */
function turned(vectors: Tensor, da: Tensor): Tensor {
  return adjoint(vectors).matmul(symmetric(da)).matmul(vectors);
}

const examples: Op["examples"] = {
  domain: [-0.5, 0.5],
  longest: LONGEST,
  cases: SQUARES,
  // Eigenvalues at distances from each other.
  make: ([x]) => {
    if (x === undefined) return [];
    const floats = floatsOf(x);
    const [n] = lengthsOf(floats);
    return [floats.add(identityLike(floats, n).mul(arange(0, n, { dtype: floats.dtype }).mul(2)))];
  },
};

const flops = ([n = 0]: readonly number[]) => 9 * n * n * n;
const wrong = { expected: "eigenvalues that are found in 30 steps on average", got: "none" };

const eighOp: Op<By> = register<By>({
  name: "eigh",
  symbol: "eigh",
  family: "linear algebra",
  promotion: "float",
  formula: "λ and V of (A + Aᵀ)/2 = V diag(λ) Vᵀ",
  results: eighTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const [values, vectors] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      return {
        results: [values, vectors],
        pull: ([ofValues, ofVectors]) => [pull(values, vectors, ofValues, ofVectors)],
      };
    },
    jvp: ({ op, inputs, attributes }, [da]) => {
      const [values, vectors] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      if (da === undefined) return { results: [values, vectors], tangents: [undefined, undefined] };
      const inner = turned(vectors, da.value);
      const ofVectors = vectors.matmul(gaps(values).mul(inner));
      return {
        results: [values, vectors],
        tangents: [withMaskOf(diagonal(inner), da), withMaskOf(ofVectors, da)],
      };
    },
  },
  convention: "NaN or infinite for vectors of equal values; finite for values alone",
  kernel: matrixKernel<By>({
    name: "eigh",
    numbers: ({ inputs: [a] }) => [lengthsOf(a)[0]],
    scratch: ({ inputs: [a] }) => [eighScratch(lengthsOf(a)[0])],
    flops,
    wrong,
  }),
  batch: batchTogether,
  examples,
});

/** Values alone take a third of the time; their gradient needs the vectors, too. */
const eigvalshOp: Op<By> = register<By>({
  name: "eigvalsh",
  symbol: "λ",
  family: "linear algebra",
  promotion: "float",
  formula: "λ of (A + Aᵀ)/2 = V diag(λ) Vᵀ",
  results: (inputs) => [valuesType(inputs)],
  derivative: {
    kind: "joint",
    vjp: ({ inputs, attributes }) => {
      const by = { by: "eigvalsh", ...attributes };
      const [values, vectors] = applyAll(eighOp, inputs, by) as [Tensor, Tensor];
      return {
        results: [values],
        pull: ([ofValues]) => [pull(values, vectors, ofValues, undefined)],
      };
    },
    jvp: ({ inputs, attributes }, [da]) => {
      const by = { by: "eigvalsh", ...attributes };
      const [values, vectors] = applyAll(eighOp, inputs, by) as [Tensor, Tensor];
      const moved = da && withMaskOf(diagonal(turned(vectors, da.value)), da);
      return { results: [values], tangents: [moved] };
    },
  },
  kernel: matrixKernel<By>({
    name: "eigvalsh",
    numbers: ({ inputs: [a] }) => [lengthsOf(a)[0]],
    scratch: ({ inputs: [a] }) => [eighScratch(lengthsOf(a)[0])],
    flops: (numbers) => flops(numbers) / 6,
    wrong,
  }),
  batch: batchTogether,
  examples,
});

/**
 * Returns the eigenvalues of symmetric matrices, ascending, and their eigenvectors: A = V diag(λ) Vᵀ, V orthogonal.
 *
 * Whatever the scale and the rank of A, V is orthogonal within 10 n ε, and the error of the product is 10 n ε ‖A‖₂. A
 * value beyond the greatest number is infinite.
 *
 * What is decomposed is (A + Aᵀ)/2, so the gradient is symmetric. The gradient of vectors is NaN or infinite where two
 * eigenvalues are equal, since any rotation of their vectors would do; that of values alone is finite.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns `values` of shape [..., n] and `vectors` of shape [..., n, n], whose columns are the eigenvectors; their
 *   signs are those that the algorithm gives.
 * @throws ArgumentError for elements that are not finite, or if the values are not found in 30 steps on average, which no
 *   matrix is known to need; ShapeError if a is not square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { eigh } from "@graddiff/core/linalg";
 *
 * const { values } = eigh(tensor([[2, 1], [1, 2]]));
 * console.log(values.toString({ digits: 6 })); // [1. 3.]
 * ```
 */
export function eigh(a: TensorLike, options?: FailureOptions): { values: Tensor; vectors: Tensor } {
  refuseSurplus("eigh", 2, arguments);
  const how = failing(readFailure("eigh", options));
  const [values, vectors] = applyAll(eighOp, [readSquare("eigh", a)], how);
  return { values: values as Tensor, vectors: vectors as Tensor };
}

/**
 * Returns the eigenvalues of symmetric matrices, ascending: the bits of {@link eigh}, in a third of its time.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns the shape [..., n].
 * @throws ArgumentError for elements that are not finite, or if the values are not found in 30 steps on average;
 *   ShapeError if a is not square.
 * @example
 * ```ts
 * import { grad, tensor } from "@graddiff/core";
 * import { eigvalsh } from "@graddiff/core/linalg";
 *
 * const a = tensor([[1, 0], [0, 1]]);
 * console.log(String(grad((x) => eigvalsh(x).sum())(a)));
 * // [[1. 0.]
 * //  [0. 1.]]
 * ```
 */
export function eigvalsh(a: TensorLike, options?: FailureOptions): Tensor {
  refuseSurplus("eigvalsh", 2, arguments);
  const how = failing(readFailure("eigvalsh", options));
  return at(applyAll(eigvalshOp, [readSquare("eigvalsh", a)], how), 0);
}
