/**
 * Cosine and sine transforms of types II and III, by one transform of n real numbers (Makhoul, "A fast cosine transform in one and
 * two dimensions", 1980).
 */

import { oneOf, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { flip } from "../functions/parts.ts";
import { take } from "../ops/indexing.ts";
import { concat } from "../ops/joining.ts";
import { elementsAlong, reshape } from "../ops/view.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { halfOf } from "./ops.ts";
import { type Along, axisOption, type Norm, normOption, oneAxis, readReal } from "./signals.ts";
import { rootOfUnity } from "./tables.ts";
import { inverseRealAlong, realAlong } from "./transforms.ts";

/** The last argument of cosine and sine transforms. */
export interface CosineOptions {
  /** The type. Default 2. */
  readonly type?: 2 | 3;
  /** The axis. Default −1, the last. */
  readonly axis?: number;
  /** The scale: "backward" divides the inverse by 2n, "forward" the transform, "ortho" makes both orthogonal. Default "backward". */
  readonly norm?: Norm;
}

const readOptions = optionsReader({
  type: optional<2 | 3>(oneOf<2 | 3>(2, 3), 2),
  axis: axisOption,
  norm: normOption,
});

/** Returns numbers along an axis, of the dtype and rank of x. */
function along({ dtype, shape }: Tensor, axis: number, numbers: readonly number[]): Tensor {
  const lengths = shape.map((_, i) => (i === axis ? numbers.length : 1));
  return reshape(tensor(numbers, { dtype }), lengths);
}

/** Returns cos and sin of πk/(2n), for k = 0 … n/2. */
function turns(x: Tensor, { axis, length }: Along): readonly [cosines: Tensor, sines: Tensor] {
  const roots = Array.from({ length: halfOf(length) }, (_, k) => rootOfUnity(k, 4 * length));
  return [
    along(
      x,
      axis,
      roots.map(([c]) => c),
    ),
    along(
      x,
      axis,
      roots.map(([, s]) => s),
    ),
  ];
}

/** Returns the even elements, then the odd ones backwards. */
function evenFirst(n: number): number[] {
  return Array.from({ length: n }, (_, i) => (2 * i < n ? 2 * i : 2 * (n - i) - 1));
}

const integers = (list: readonly number[]) => tensor(list, { dtype: "int32" });

/** 2 Σ_j x_j cos(πk(2j + 1)/(2n)). */
function second(x: Tensor, where: Along): Tensor {
  const { axis, length } = where;
  const { real, imaginary } = realAlong(take(x, integers(evenFirst(length)), axis), where);
  const [cosines, sines] = turns(x, where);
  const first = real.mul(cosines).add(imaginary.mul(sines)).mul(2);
  const rest = length - halfOf(length);
  if (rest === 0) return first;
  const mirrored = real.mul(sines).sub(imaginary.mul(cosines)).mul(2);
  return concat([first, flip(elementsAlong(mirrored, axis, 1, rest), axis)], axis);
}

/** x_0 + 2 Σ_k x_k cos(πk(2j + 1)/(2n)): the inverse of {@link second} times 2n. */
function third(x: Tensor, where: Along): Tensor {
  const { axis, length } = where;
  const half = halfOf(length);
  const [cosines, sines] = turns(x, where);
  const first = elementsAlong(x, axis, 0, half);
  // x_(n − k), where x_n is 0.
  const zero = elementsAlong(x, axis, 0, 1).mul(0);
  const rest = flip(elementsAlong(x, axis, length - half + 1, half - 1), axis);
  const last = half > 1 ? concat([zero, rest], axis) : zero;
  const signal = inverseRealAlong(
    {
      real: first.mul(cosines).add(last.mul(sines)),
      imaginary: first.mul(sines).sub(last.mul(cosines)),
    },
    where,
  );
  const order: number[] = [];
  evenFirst(length).forEach((from, to) => {
    order[from] = to;
  });
  return take(signal, integers(order), axis);
}

/** Returns a factor for the first element along an axis, and one for the others. */
function weights(x: Tensor, { axis, length }: Along, first: number, others: number): Tensor {
  return along(
    x,
    axis,
    Array.from({ length }, (_, k) => (k === 0 ? first : others)),
  );
}

/** Transforms x by a type: the inverse of type II is type III over 2n, and the other way round. */
function cosine(x: Tensor, where: Along, type: 2 | 3, norm: Norm, isInverse: boolean): Tensor {
  const { length: n } = where;
  const isSecond = (type === 2) !== isInverse;
  if (norm === "ortho") {
    const scale = () => weights(x, where, 1 / Math.sqrt(4 * n), 1 / Math.sqrt(2 * n));
    if (isSecond) return second(x, where).mul(scale());
    return third(x.mul(weights(x, where, 1 / Math.sqrt(n), 1 / Math.sqrt(2 * n))), where);
  }
  const y = isSecond ? second(x, where) : third(x, where);
  return (norm === "backward") === isInverse ? y.div(2 * n) : y;
}

/** Sines are cosines of the numbers with changing signs, backwards. */
function sine(x: Tensor, where: Along, type: 2 | 3, norm: Norm, isInverse: boolean): Tensor {
  const { axis, length } = where;
  const signs = along(
    x,
    axis,
    Array.from({ length }, (_, j) => 1 - 2 * (j % 2)),
  );
  return (type === 2) !== isInverse
    ? flip(cosine(x.mul(signs), where, type, norm, isInverse), axis)
    : cosine(flip(x, axis), where, type, norm, isInverse).mul(signs);
}

/** Returns the public function of a transform. */
function transform(
  op: string,
  how: typeof cosine,
  x: unknown,
  options: unknown,
  isInverse: boolean,
) {
  const { type, axis, norm } = readOptions(op, options);
  const signal = readReal(op, "x", x);
  return how(signal, oneAxis(op, signal, axis), type, norm, isInverse);
}

/**
 * Returns the discrete cosine transform. Type II: y_k = 2 Σ_j x_j cos(πk(2j + 1)/(2n)). Type III: y_j = x_0 + 2 Σ_k x_k
 * cos(πk(2j + 1)/(2n)), for k from 1 on. With "ortho" type III is the transpose of type II and its inverse.
 *
 * @param x floats.
 * @param options `type` (default 2), `axis` (−1), `norm` ("backward").
 * @returns the shape of x.
 * @throws DTypeError for integers; ArgumentError for another type; ShapeError for an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { dct } from "@graddiff/core/fft";
 *
 * console.log(String(dct(tensor([1, 1, 1, 1])))); // [8. 0. 0. 0.]
 * ```
 */
export function dct(x: Tensor, options?: CosineOptions): Tensor {
  refuseSurplus("dct", 2, arguments);
  return transform("dct", cosine, x, options, false);
}

/**
 * Returns the inverse of {@link dct} of the same type.
 *
 * @param x floats.
 * @param options those of `dct`.
 * @returns the shape of x.
 * @throws as `dct`.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { dct, inverseDct } from "@graddiff/core/fft";
 *
 * const x = inverseDct(dct(tensor([1, 2, 3, 4])));
 * console.log(x.sub(tensor([1, 2, 3, 4])).abs().max().item() < 1e-6); // true
 * ```
 */
export function inverseDct(x: Tensor, options?: CosineOptions): Tensor {
  refuseSurplus("inverseDct", 2, arguments);
  return transform("inverseDct", cosine, x, options, true);
}

/**
 * Returns the discrete sine transform. Type II: y_k = 2 Σ_j x_j sin(π(k + 1)(2j + 1)/(2n)). Type III: y_j = (−1)^j x_(n − 1) + 2 Σ_k x_k
 * sin(π(2j + 1)(k + 1)/(2n)), for k up to n − 2. With "ortho" type III is the transpose of type II and its inverse.
 *
 * @param x floats.
 * @param options `type` (default 2), `axis` (−1), `norm` ("backward").
 * @returns the shape of x.
 * @throws DTypeError for integers; ArgumentError for another type; ShapeError for an axis out of range or an empty one.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { dst } from "@graddiff/core/fft";
 *
 * console.log(String(dst(tensor([1, -1])))); // [0. 4.]
 * ```
 */
export function dst(x: Tensor, options?: CosineOptions): Tensor {
  refuseSurplus("dst", 2, arguments);
  return transform("dst", sine, x, options, false);
}

/**
 * Returns the inverse of {@link dst} of the same type.
 *
 * @param x floats.
 * @param options those of `dst`.
 * @returns the shape of x.
 * @throws as `dst`.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { dst, inverseDst } from "@graddiff/core/fft";
 *
 * const x = inverseDst(dst(tensor([1, 2, 3, 4])));
 * console.log(x.sub(tensor([1, 2, 3, 4])).abs().max().item() < 1e-6); // true
 * ```
 */
export function inverseDst(x: Tensor, options?: CosineOptions): Tensor {
  refuseSurplus("inverseDst", 2, arguments);
  return transform("inverseDst", sine, x, options, true);
}
