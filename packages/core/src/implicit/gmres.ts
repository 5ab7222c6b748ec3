/**
 * GMRES: linear systems of which only products with vectors are known (Y. Saad and M. H. Schultz, "GMRES: A Generalized
 * Minimal Residual Algorithm for Solving Nonsymmetric Linear Systems", 1986), in the form that keeps the images of its
 * directions orthonormal, so that each step makes the residual as small as it can be (P. Jiránek and M. Rozložník,
 * "Adaptive version of Simpler GMRES", 2010).
 */

import { whileLoop } from "../bodies/whileLoop.ts";
import { checked } from "../ops/checked.ts";
import { where } from "../ops/comparison.ts";
import { put } from "../ops/putting.ts";
import { sum } from "../ops/reduction.ts";
import { zeros, zerosLike } from "../tensor/create.ts";
import { epsilonOf } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The most directions to which new ones are made orthogonal; above, the oldest is replaced. */
const SUBSPACE = 60;

/** The most products for each unknown of an example. */
const MOST = 10;

/** A step counts as progress if the residual after it is less than this part of the residual before. */
const FORWARD = 0.9;

/** Returns scalar products of vectors, [..., 1]. */
function dot(x: Tensor, y: Tensor): Tensor {
  return sum(x.mul(y), -1, { keepDims: true });
}

function lengthsOf(vectors: Tensor): Tensor {
  return dot(vectors, vectors).sqrt();
}

/** Returns the factors that make vectors of these lengths as long as 1: 0 for those no longer than `least`. */
function inverses(lengths: Tensor, least: Tensor | number): Tensor {
  const isLong = lengths.greater(least);
  return where(isLong, where(isLong, lengths, 1).reciprocal(), 0);
}

interface Search {
  readonly x: Tensor;
  /** The residual: b minus A times the solution so far. */
  readonly left: Tensor;
  /** The next direction. */
  readonly next: Tensor;
  /** The last directions, [SUBSPACE, ...examples, n]. */
  readonly directions: Tensor;
  /** A times these: orthonormal, and zeros for directions that are not used yet. */
  readonly images: Tensor;
  readonly steps: Tensor;
}

/**
 * Solves A x = b for vectors b of shape [...examples, n].
 *
 * @param product computes A v for vectors of that shape.
 * @throws ArgumentError, when it runs, if the residual does not come down to √ε |b|.
 */
export function gmres(product: (vectors: Tensor) => Tensor, b: Tensor): Tensor {
  const n = at(b.shape, b.rank - 1);
  const size = Math.min(n, SUBSPACE);
  const most = MOST * n;
  const epsilon = epsilonOf(b.dtype);
  const length = lengthsOf(b);
  const wanted = length.mul(16 * epsilon);
  const init: Search = {
    x: zerosLike(b),
    left: b,
    next: b.mul(inverses(length, 0)),
    directions: zeros([size, ...b.shape], { dtype: b.dtype }),
    images: zeros([size, ...b.shape], { dtype: b.dtype }),
    steps: zeros([], { dtype: "int32" }),
  };
  const { x } = whileLoop(
    ({ left, steps }: Search) => lengthsOf(left).greater(wanted).any().logicalAnd(steps.less(most)),
    ({ x, left, next, directions, images, steps }: Search) => {
      // The part along earlier images is subtracted from the direction, too, so that A times the direction stays its
      // image.
      const without = ([direction, image]: readonly [Tensor, Tensor]) => {
        const parts = dot(images, image);
        const rest = (vectors: Tensor) => sum(vectors.mul(parts), 0);
        return [direction.sub(rest(directions)), image.sub(rest(images))] as const;
      };
      const whole = product(next);
      const [direction, image] = without(without([next, whole]));
      const scale = inverses(lengthsOf(image), lengthsOf(whole).mul(4 * epsilon));
      const [unit, ofUnit] = [direction.mul(scale), image.mul(scale)];
      const part = dot(left, ofUnit);
      const after = left.sub(ofUnit.mul(part));
      const isForward = lengthsOf(after)
        .less(lengthsOf(left).mul(FORWARD))
        .logicalOr(scale.equal(0));
      const row = steps.remainder(size);
      return {
        x: x.add(unit.mul(part)),
        left: after,
        next: where(isForward, after.mul(inverses(lengthsOf(after), 0)), ofUnit),
        directions: put(directions, row, unit),
        images: put(images, row, ofUnit),
        steps: steps.add(1),
      };
    },
    init,
  );
  const error = lengthsOf(product(x).sub(b)).mul(inverses(length, 0));
  return checked(x, { ...FOUND, high: Math.sqrt(epsilon) }, error);
}

const FOUND = {
  op: "implicit",
  argument: "residual",
  expected: "a Jacobian whose systems GMRES solves in 10 products for each unknown",
  low: 0,
  got: "one of which there is left the part",
} as const;
