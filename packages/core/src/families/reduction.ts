/**
 * The family of reductions, in the order of `orderOfSums.ts`.
 */

import type { KernelOf, Reduction, ScalarFunction } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import { convert, type DType, dtypeOfStorage, type TypedArray } from "../tensor/dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { isNumber, type ReductionName } from "./exports.ts";
import { BLOCK, combineAsTree, type LanePair, laneCount, lanePairs } from "./orderOfSums.ts";
import { reductionCall, reductionForm } from "./reductionForm.ts";
import { REDUCTION_BYTES } from "./scratch.ts";

/** A reduction whose kernels are there, if it names some. */
export type NamedReduction<A extends Attributes> = Reduction<A> & {
  readonly kernel?: ReductionName;
};

/** Returns the kernel of a reduction. */
/* @__NO_SIDE_EFFECTS__ */
export function reductionKernel<A extends Attributes>(
  reduction: NamedReduction<A>,
): KernelOf<"reduction", A> {
  const { axes: axesOf, kernel } = reduction;
  return {
    kind: "reduction",
    compute: ({ arrays, types, attributes, result }) =>
      reduce(reduction, at(arrays, 0), at(types, 0).shape, axesOf(attributes), result),
    reduction,
    calls: ({ attributes, inputs, outputs, scratch }) => {
      const [{ shape, address }, { dtype, address: out }] = [at(inputs, 0), at(outputs, 0)];
      const form = reductionForm(shape, axesOf(attributes));
      if (kernel === undefined || form === undefined || !isNumber(dtype)) return undefined;
      const { op } = reduction;
      return [reductionCall({ kernel, dtype }, form, address, out, scratch, op.name)];
    },
    scratchBytes: () => REDUCTION_BYTES,
    flops: ([x]) => sizeOf(x?.shape ?? []),
  };
}

/** Returns the scalar function of two elements of a dtype. */
export function combineOf({ name, kernel }: Op, dtype: DType): ScalarFunction {
  if (kernel?.kind !== "elementwise") throw new Error(`${name} is no elementwise op`);
  return kernel.scalar(dtype);
}

/** Fills `result` with one element for each position of the axes that stay. */
export function reduce(
  { op, identity }: Pick<Reduction, "op" | "identity">,
  source: TypedArray,
  shape: Shape,
  axes: readonly number[],
  result: TypedArray,
): void {
  const dtype = dtypeOfStorage(source) ?? "float64";
  // Of int32, the least or the greatest there is: stored as it is, an infinity would be 0.
  const fold = new Fold(combineOf(op, dtype), convert(identity, dtype), source, dtype);
  if (result.length === 1 && axes.length === shape.length) {
    result[0] = fold.run(0, source.length, 1, undefined);
    return;
  }
  const strides = stridesOf(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const starts = offsetsOf(shape, strides, kept);
  // One stride is enough when the reduced axes are neighbours.
  const neighbours = axes.every((axis, i) => i === 0 || axis === at(axes, i - 1) + 1);
  const count = axes.reduce((product, axis) => product * at(shape, axis), 1);
  const step = axes.length === 0 ? 0 : at(strides, at(axes, axes.length - 1));
  const offsets = neighbours ? undefined : offsetsOf(shape, strides, axes);
  for (let i = 0; i < result.length; i++) {
    result[i] = fold.run(at(starts, i), count, step, offsets);
  }
}

/** Returns the offsets of all positions of some axes, in row-major order. */
function offsetsOf(shape: Shape, strides: readonly number[], axes: readonly number[]): Int32Array {
  let offsets = Int32Array.of(0);
  for (const axis of axes) {
    const length = at(shape, axis);
    const stride = at(strides, axis);
    const next = new Int32Array(offsets.length * length);
    offsets.forEach((offset, i) => {
      for (let j = 0; j < length; j++) next[i * length + j] = offset + j * stride;
    });
    offsets = next;
  }
  return offsets;
}

/** Folds one sequence after the other. */
class Fold {
  readonly #combine: ScalarFunction;
  readonly #identity: number;
  readonly #source: TypedArray;
  /** An array of the source's dtype: storing into it rounds as the dtype asks. */
  readonly #lanes: TypedArray;
  readonly #pairs: readonly LanePair[];

  constructor(combine: ScalarFunction, identity: number, source: TypedArray, dtype: DType) {
    this.#combine = combine;
    this.#identity = identity;
    this.#source = source;
    this.#lanes = empty(source, laneCount(dtype));
    this.#pairs = lanePairs(dtype);
  }

  run(start: number, count: number, step: number, offsets: Int32Array | undefined): number {
    if (count <= BLOCK) return this.#block(start, 0, count, step, offsets);
    const parts: number[] = [];
    for (let done = 0; done < count; done += BLOCK) {
      parts.push(this.#block(start, done, Math.min(count, done + BLOCK), step, offsets));
    }
    const whole = combineAsTree(parts, (first, second) => {
      // Storing rounds to the dtype.
      this.#lanes[0] = this.#combine(first, second, 0);
      return at(this.#lanes, 0);
    });
    return whole ?? this.#identity;
  }

  #block(
    start: number,
    first: number,
    end: number,
    step: number,
    offsets: Int32Array | undefined,
  ): number {
    const combine = this.#combine;
    const lanes = this.#lanes;
    const source = this.#source;
    const mask = lanes.length - 1;
    lanes.fill(this.#identity);
    for (let i = first; i < end; i++) {
      const index = start + (offsets === undefined ? i * step : (offsets[i] as number));
      const lane = i & mask;
      lanes[lane] = combine(lanes[lane] as number, source[index] as number, 0);
    }
    const pairs = this.#pairs;
    for (let i = 0; i < pairs.length; i++) {
      const { into, from } = pairs[i] as LanePair;
      lanes[into] = combine(lanes[into] as number, lanes[from] as number, 0);
    }
    return at(lanes, 0);
  }
}

/** Returns an array of the same kind. */
export function empty(like: TypedArray, length: number): TypedArray {
  if (like instanceof Float32Array) return new Float32Array(length);
  if (like instanceof Float64Array) return new Float64Array(length);
  return new Int32Array(length);
}
