/**
 * Lazy transposes of matrices. A matrix product reads its factors in either order at no cost, and its gradients are
 * products with transposes. Other readers get the elements in order, in an array that is made on first use.
 */

import type { StridedLayout } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { allocate, type TypedArray } from "../tensor/dtype.ts";
import { sizeOf, stridesOf } from "../tensor/shape.ts";
import { DeviceStorage, findStorage, readArray, type Tensor } from "../tensor/tensor.ts";
import { copyStrided } from "./movement.ts";

/** Smaller ones are copied in less time than it takes to look. */
const SMALLEST = 256;

/** The elements of a matrix, or of a stack of them, with rows and columns exchanged. */
export class TransposedMatrices extends DeviceStorage {
  readonly #type: TensorType;
  readonly #layout: StridedLayout;
  /** The elements in the order of `source`; undefined once they were put in order. */
  #source: TypedArray | undefined;
  #array: TypedArray | undefined;

  /** @param layout the layout of the elements of the type in `source`. */
  constructor(type: TensorType, source: TypedArray, layout: StridedLayout) {
    super();
    this.#type = type;
    this.#source = source;
    this.#layout = layout;
  }

  /** The elements in the order of `source`, until they are first read in order. */
  get source(): { readonly array: TypedArray; readonly strides: readonly number[] } | undefined {
    return this.#source && { array: this.#source, strides: this.#layout.strides };
  }

  override read(): TypedArray {
    if (this.#source !== undefined) {
      const { dtype, shape } = this.#type;
      this.#array = allocate(dtype, sizeOf(shape), "transpose");
      copyStrided(shape, this.#source, this.#layout, this.#array, undefined);
      this.#source = undefined;
    }
    return this.#array as TypedArray;
  }

  override copy(): TypedArray {
    return this.read().slice();
  }

  override copyTo(target: TypedArray): void {
    target.set(this.read());
  }

  /** Arrays need no release: they are garbage collected. */
  override release(): void {}
}

/** Returns the result of an op that exchanges rows and columns of stored matrices; undefined for others. */
export function transposeLater(
  op: Op,
  [x]: readonly Tensor[],
  attributes: Attributes,
  { shape, dtype }: TensorType,
): TransposedMatrices | undefined {
  const rank = shape.length;
  if (rank < 2 || x === undefined || x.rank !== rank) return undefined;
  if (sizeOf(shape) < SMALLEST || sizeOf(shape) !== x.size) return undefined;
  const layout = op.kernel?.kind === "view" ? op.kernel.layout?.(x.shape, attributes) : undefined;
  if (layout === undefined) return undefined;
  const strides = stridesOf(x.shape);
  const exchanged = [...strides.slice(0, -2), ...strides.slice(-2).reverse()];
  const isTranspose =
    layout.offset === 0 && layout.strides.every((stride, axis) => stride === exchanged[axis]);
  if (!isTranspose) return undefined;
  return new TransposedMatrices({ shape, dtype, weak: false }, readArray(x, op.name), layout);
}

/** Returns a tensor's elements with the strides to read them by: of a transpose that still waits, its source. */
export function readStrided(
  tensor: Tensor,
  op: string,
): { readonly array: TypedArray; readonly strides: readonly number[] } {
  const storage = findStorage(tensor, op);
  const source = storage instanceof TransposedMatrices ? storage.source : undefined;
  return source ?? { array: readArray(tensor, op), strides: stridesOf(tensor.shape) };
}
