/**
 * Systems of linear equations, of which the matrix is given as a linear map: solved densely where it is small, and by
 * products alone where it is large.
 */

import { forLoop } from "../bodies/whileLoop.ts";
import { vectorize } from "../differentiate/vectorize.ts";
import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import { replayBody } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import { makeBody, withoutUnused } from "../ops/bodies.ts";
import type { Called } from "../ops/called.ts";
import { ABOVE_ZERO, checked } from "../ops/checked.ts";
import { logicalAnd, logicalNot, where } from "../ops/comparison.ts";
import { argMax } from "../ops/counting.ts";
import { take } from "../ops/indexing.ts";
import { put } from "../ops/putting.ts";
import { max, sum } from "../ops/reduction.ts";
import { broadcastTo, expandDims, reshape, transpose } from "../ops/view.ts";
import { arange, eye, full, zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { gmres } from "./gmres.ts";

/** The most unknowns of an example whose matrix is made: of 256 it takes 512 KiB. */
const DENSE = 256;

/** A linear map of vectors [...examples, n]. */
export interface LinearMap {
  /** (vectors, …given) → vectors */
  readonly body: Trace;
  readonly args: readonly Tensor[];
}

/**
 * Solves A x = b for vectors of shape [...examples, n]. The solution is an implicit function, too, whose derivatives
 * solve systems again.
 */
export function solveSystem(
  op: Op<Implicit>,
  map: LinearMap,
  b: Tensor,
  { name, leading }: Implicit,
): Tensor {
  const kept = { kept: 1, offset: 0 };
  const { inputs, bodies } = withoutUnused([b, ...map.args], [map.body], kept);
  const product = (vectors: Tensor, args: readonly Tensor[]) =>
    at(replayBody(at(bodies, 0), [vectors, ...args]), 0);
  const solve = at(b.shape, leading) <= DENSE ? solveDense : gmres;
  const [solution] = applyAll(op, inputs, {
    ...{ name, unknowns: 1, leading },
    body: makeBody(inputs, ([right = b, ...args]) => [solve((v) => product(v, args), right)]),
    residual: makeBody([b, ...inputs], ([x = b, right = b, ...args]) => [
      product(x, args).sub(right),
    ]),
  });
  return solution ?? b;
}

function solveDense(product: (vectors: Tensor) => Tensor, b: Tensor): Tensor {
  const a = matrixOf(product, b);
  const rows = scaleOf(a, -1);
  const columns = scaleOf(a.mul(rows), -2);
  const x = eliminated(a.mul(rows).mul(columns), expandDims(b, -1).mul(rows));
  return x.mul(columns.reshape(x.shape)).reshape(b.shape);
}

/** Returns the matrices of a map, [...examples, n, n]: the images of all unit vectors, computed as a batch. */
function matrixOf(product: (vectors: Tensor) => Tensor, like: Tensor): Tensor {
  const n = at(like.shape, like.rank - 1);
  const examples = like.shape.slice(0, -1);
  const units = reshape(eye(n, n, { dtype: like.dtype }), [n, ...examples.map(() => 1), n]);
  const columns = vectorize((unit: Tensor) => product(unit))(
    broadcastTo(units, [n, ...like.shape]),
  );
  return transpose(columns, [...examples.map((_, axis) => axis + 1), columns.rank - 1, 0]);
}

/** Returns the factors that make the greatest elements 1, so that pivots do not follow units. */
function scaleOf(a: Tensor, axis: number): Tensor {
  const greatest = max(a.abs(), axis, { keepDims: true });
  return where(greatest.greater(0), greatest.reciprocal(), 1);
}

interface Elimination {
  /**
   * The remaining parts of A and b as two tensors, so that a rule that is differentiated through this is seen to be
   * linear in b.
   */
  readonly left: Tensor;
  readonly right: Tensor;
  /** The rows that have had no pivot, [...examples, n, 1]. */
  readonly isFree: Tensor;
  /** By column, which row has its pivot: ones, [...examples, n, n]. */
  readonly pivots: Tensor;
}

/** Returns x of A x = b by the elimination of Gauss and Jordan with partial pivoting, [...examples, n, 1]. */
function eliminated(a: Tensor, b: Tensor): Tensor {
  const n = at(a.shape, a.rank - 1);
  const rows = reshape(arange(n, { dtype: "int32" }), [n, 1]);
  const init: Elimination = {
    left: a,
    right: b,
    isFree: full(b.shape, 1, { dtype: "bool" }),
    pivots: zerosLike(a),
  };
  const last = forLoop(
    0,
    n,
    (k, { left, right, isFree, pivots }: Elimination) => {
      const column = expandDims(take(left, k, -1), -1);
      const greatest = argMax(where(isFree, column.abs(), -1), -2, { keepDims: true });
      const isPivot = broadcastTo(greatest.equal(rows), b.shape);
      const ofPivot = (x: Tensor) => sum(where(isPivot, x, 0), -2, { keepDims: true });
      const pivot = ofPivot(column);
      const divisor = checked(pivot, INVERTIBLE, pivot.abs());
      const next = (x: Tensor) => {
        const row = ofPivot(x).div(divisor);
        return where(isPivot, row, x.sub(column.mul(row)));
      };
      return {
        left: next(left),
        right: next(right),
        isFree: logicalAnd(isFree, logicalNot(isPivot)),
        pivots: put(pivots, k, isPivot.cast(a.dtype).reshape(b.shape.slice(0, -1)), -2),
      };
    },
    init,
  );
  return last.pivots.matmul(last.right);
}

const INVERTIBLE = {
  op: "implicit",
  argument: "residual",
  expected: "an invertible Jacobian, for derivatives",
  low: ABOVE_ZERO,
  high: Number.MAX_VALUE,
  got: "a pivot of",
} as const;

/** The body is the solver: (…inputs) → (…unknowns, …auxiliary results). */
export interface Implicit extends Called {
  /** (…unknowns, …inputs) → the residual, which is zero at the solution and has as many elements as the unknowns */
  readonly residual: Trace;
  /** The number of first results that are unknowns; the others have no derivatives. */
  readonly unknowns: number;
  /** The number of leading axes of unknowns and residuals that are axes of independent examples. */
  readonly leading: number;
  /** The name of the solver, for errors. */
  readonly name: string;
}
