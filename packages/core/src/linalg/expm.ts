/**
 * The exponential of matrices.
 */

import { refuseSurplus } from "../arguments.ts";
import { whileLoop } from "../bodies/whileLoop.ts";
import { apply } from "../graph/apply.ts";
import { type Op, oneResult, rule, withTangent } from "../graph/op.ts";
import { maximum } from "../ops/arithmetic.ts";
import { batchTogether } from "../ops/batching.ts";
import { where } from "../ops/comparison.ts";
import { any } from "../ops/counting.ts";
import { concat } from "../ops/joining.ts";
import { max, sum } from "../ops/reduction.ts";
import { register } from "../ops/registry.ts";
import { elementsAlong } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import type { Shape } from "../tensor/shape.ts";
import { scalar, type Tensor, type TensorLike } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, SQUARES, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, readFailure } from "./kernels.ts";
import { adjoint, identityLike, lengthsOf, readSquare } from "./matrices.ts";
import { solveMatrices } from "./solve.ts";

/**
 * The Padé approximant of degree m at matrices whose 1-norm is at most a bound has the error of a rounding (Higham, "The
 * Scaling and Squaring Method for the Matrix Exponential Revisited", 2005, table 2.3; for float32 of 7, from there). `most` is
 * the greatest number of halvings in one factor, which brings finite elements under that bound, whose sum may be infinite.
 */
const APPROXIMANTS = {
  float32: { degree: 7, bound: 3.92572478313866, most: 149 },
  float64: { degree: 13, bound: 5.371920351148152, most: 1074 },
} as const;

/** Returns the coefficients of the numerator: (2m − k)! m! / ((2m)! k! (m − k)!), times what makes the last one 1. */
function coefficientsOf(degree: number): number[] {
  const list = [1];
  for (let k = degree; k > 0; k--) {
    list.unshift(((list[0] as number) * k * (2 * degree - k + 1)) / (degree - k + 1));
  }
  return list;
}

/** p(A) / p(−A). */
function approximant(a: Tensor, degree: number, by: By): Tensor {
  const b = coefficientsOf(degree);
  const square = a.matmul(a);
  const identity = identityLike(a, lengthsOf(a)[0]);
  /** The terms of even powers, or of odd ones over A, by Horner's rule. */
  const terms = (first: number) => {
    let value = identity.mul(b[degree - (first === 0 ? 1 : 0)] as number);
    for (let k = degree - 2 - (first === 0 ? 1 : 0); k >= 0; k -= 2) {
      value = square.matmul(value).add(identity.mul(b[k] as number));
    }
    return value;
  };
  const even = terms(0);
  const odd = a.matmul(terms(1));
  return solveMatrices(even.sub(odd), even.add(odd), { by: "expm", derived: true, ...by });
}

/** e^A by scaling and squaring: (p(A/2ˢ)/p(−A/2ˢ)) to the power of 2ˢ, with an s for each matrix. */
function exponential(a: Tensor, by: By): Tensor {
  const { degree, bound, most } = APPROXIMANTS[a.dtype === "float32" ? "float32" : "float64"];
  const sizes = max(sum(a.abs(), -2, { keepDims: true }), -1, { keepDims: true });
  const doublings = maximum(sizes.div(bound).log2().ceil(), 0).minimum(most);
  const start = approximant(a.mul(doublings.neg().exp2()), degree, by);
  const [, power] = whileLoop(
    ([done]: [Tensor, Tensor]) => any(doublings.greater(done)),
    ([done, x]: [Tensor, Tensor]): [Tensor, Tensor] => [
      done.add(1),
      where(doublings.greater(done), x.matmul(x), x),
    ],
    [scalar(0, a.dtype), start],
  );
  return power;
}

/** [[A, E], [0, B]] of square matrices of one size. */
function blocks(a: Tensor, e: Tensor, b: Tensor): Tensor {
  const rows = a.rank - 2;
  const upper = concat([a, e], rows + 1);
  const lower = concat([zerosLike(a), b], rows + 1);
  return concat([upper, lower], rows);
}

/** Returns a block of n × n of matrices of two by two. */
function blockOf(whole: Tensor, row: number, column: number): Tensor {
  const [n] = lengthsOf(whole);
  const [rows, half] = [whole.rank - 2, n / 2];
  return elementsAlong(elementsAlong(whole, rows, row * half, half), rows + 1, column * half, half);
}

function change(a: Tensor, direction: Tensor, by: By): Tensor {
  return apply(expmChangeOp, [a, direction], by);
}

/**
 * The change of the exponential of A along E, its Fréchet derivative L(A, E): the upper right block of the exponential
 * of [[A, E], [0, A]] (Higham, "Functions of Matrices", 2008, 10.2). It is linear in E, with the adjoint L(Aᵀ, ·); its
 * change with A is a block of the change of that block matrix.
 */
const expmChangeOp: Op<By> = register<By>({
  name: "expmChange",
  symbol: "dexpm",
  family: "linear algebra",
  promotion: "float",
  formula: "d/dt Σₖ (A + tE)ᵏ / k! at t = 0",
  results: oneResult(squareType),
  linearIn: [1],
  derivative: withTangent(
    rule(
      (cotangent, { inputs: [a, e], attributes }) => {
        const whole = adjoint(blocks(a as Tensor, e as Tensor, a as Tensor));
        const none = zerosLike(cotangent);
        const found = change(whole, blocks(none, cotangent, none), attributes);
        return blockOf(found, 0, 0).add(blockOf(found, 1, 1));
      },
      (cotangent, { inputs: [a], attributes }) =>
        change(adjoint(a as Tensor), cotangent, attributes),
    ),
    ([da, de], { inputs: [a, e], attributes }) => {
      if (da === undefined) return de && change(a as Tensor, de, attributes);
      const whole = blocks(a as Tensor, e as Tensor, a as Tensor);
      return blockOf(change(whole, blocks(da, de ?? zerosLike(da), da), attributes), 0, 1);
    },
  ),
  body: ([a, e], by) => {
    const [matrix, direction] = [a as Tensor, e as Tensor];
    return [blockOf(apply(expmOp, [blocks(matrix, direction, matrix)], by), 0, 1)];
  },
  batch: batchTogether,
  examples: {
    domain: [-2, 2],
    longest: 8,
    cases: SQUARES.slice(0, 3).map(({ shapes: [shape] }) => ({
      shapes: [shape as Shape, shape as Shape],
    })),
    make: (sampled) => sampled.map(floatsOf),
  },
});

const expmOp: Op<By> = register<By>({
  name: "expm",
  symbol: "expm",
  family: "linear algebra",
  promotion: "float",
  formula: "Σₖ Aᵏ / k!",
  results: oneResult(squareType),
  derivative: withTangent(
    rule((cotangent, { inputs: [a], attributes }) =>
      change(adjoint(a as Tensor), cotangent, attributes),
    ),
    ([tangent], { inputs: [a], attributes }) => tangent && change(a as Tensor, tangent, attributes),
  ),
  body: ([a], by) => [lengthsOf(a)[0] === 0 ? (a as Tensor) : exponential(a as Tensor, by)],
  batch: batchTogether,
  examples: {
    domain: [-3, 3],
    longest: LONGEST,
    cases: SQUARES.slice(0, 3),
    make: ([a]) => (a ? [floatsOf(a)] : []),
  },
});

/**
 * Returns the exponential of matrices, Σₖ Aᵏ / k!, by scaling and squaring of Padé approximants.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns the shape of a.
 * @throws ArgumentError for elements that are not finite; ShapeError if a is not square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { expm } from "@graddiff/core/linalg";
 *
 * // A rotation by a right angle.
 * const turn = expm(tensor([[0, -Math.PI / 2], [Math.PI / 2, 0]]));
 * console.log(turn.mul(1e6).round().div(1e6).abs().toString({ digits: 4 }));
 * // [[0. 1.]
 * //  [1. 0.]]
 * ```
 */
export function expm(a: TensorLike, options?: FailureOptions): Tensor {
  refuseSurplus("expm", 2, arguments);
  return apply(expmOp, [readSquare("expm", a)], failing(readFailure("expm", options)));
}
