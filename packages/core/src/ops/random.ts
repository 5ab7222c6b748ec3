/**
 * The random family: tensors that are functions of a seed.
 */

import {
  anyNumber,
  optional,
  optionsReader,
  type Reader,
  type Readers,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, DTypeError, formatShape, ShapeError } from "../errors.ts";
import { uniformKernel } from "../families/random.ts";
import { apply } from "../graph/apply.ts";
import { none, type Op, oneResult } from "../graph/op.ts";
import { withoutRecordingConstants } from "../graph/recording.ts";
import type { TensorType } from "../graph/types.ts";
import { generate } from "../tensor/create.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import { type DType, type FloatDType, isFloat, readDType } from "../tensor/dtype.ts";
import { checkShape, type Shape, sizeOf } from "../tensor/shape.ts";
import { scalar, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { boxMuller, keysOf, seedNumber } from "../tensor/threefry.ts";
import { batchLeading } from "./batching.ts";
import { cast } from "./cast.ts";
import { concat } from "./joining.ts";
import { register } from "./registry.ts";
import { slice } from "./view.ts";

/** The options of all random functions. */
export interface SeedOptions {
  /**
   * Names the sequence: an integer from 0 to 2⁵³ − 1, or a scalar tensor of int32 or float64 that
   * holds one.
   */
  readonly seed: TensorLike;
}

/** The options of draws from a tensor of parameters. */
export interface DrawOptions extends SeedOptions {
  /** Default: that of the parameters. They broadcast to it. */
  readonly shape?: Shape;
}

/** The options of all random tensors of floats. */
export interface RandomOptions extends SeedOptions {
  /** float32 or float64. Default: float32, or what {@link setDefaultDType} has set. */
  readonly dtype?: DType;
}

/** The attributes of all random tensors. */
export interface Drawn extends Readonly<Record<string, unknown>> {
  /** The shape for each seed. */
  readonly shape: Shape;
  readonly dtype: FloatDType;
}

/** Numbers in [low, high). */
export interface Uniform extends Drawn {
  readonly low: number;
  readonly high: number;
  /** The elements of the sequence: first, first + step, … */
  readonly first: number;
  readonly step: number;
}

interface Normal extends Drawn {
  readonly mean: number;
  readonly deviation: number;
}

/** Fewer normal numbers of a known seed cost less one by one than as a dozen ops. */
const FEW = 512;

const WHY = "its result is random, and its seed an integer";

/** Returns a separate tensor for every seed, after the axes of the seeds. */
function drawn([seed]: readonly TensorType[], { shape, dtype }: Drawn): TensorType {
  return { shape: [...(seed?.shape ?? []), ...shape], dtype, weak: false };
}

/** Uniform numbers for each seed. */
export const uniformOp: Op<Uniform> = register<Uniform>({
  name: "uniform",
  symbol: "uniform",
  family: "random",
  promotion: "none",
  formula: "random numbers in [low, high)",
  results: oneResult(drawn),
  derivative: none(WHY),
  kernel: uniformKernel(({ low, high, first, step }) => ({ low, high, first, step })),
  batch: batchLeading,
  examples: {
    domain: [0, 100],
    dtypes: ["int32"],
    cases: [
      {
        shapes: [[]],
        attributes: { shape: [5], dtype: "float32", low: -1, high: 2, first: 0, step: 1 },
      },
      {
        shapes: [[2]],
        attributes: { shape: [3, 2], dtype: "float64", low: 0, high: 1, first: 1, step: 2 },
      },
    ],
  },
});

const normalOp: Op<Normal> = register<Normal>({
  name: "normal",
  symbol: "normal",
  family: "random",
  promotion: "none",
  formula: "random numbers of a normal distribution",
  results: oneResult(drawn),
  derivative: none(WHY),
  body: ([seed], attributes) => [normalFrom(seed, attributes)],
  batch: batchLeading,
  examples: {
    domain: [0, 100],
    dtypes: ["int32"],
    cases: [
      { shapes: [[]], attributes: { shape: [5], dtype: "float32", mean: 1, deviation: 2 } },
      { shapes: [[2]], attributes: { shape: [2, 2], dtype: "float64", mean: 0, deviation: 1 } },
    ],
  },
});

/** Computes in float64 whatever the dtype. Element i and element i + pairs come from one pair of uniforms. */
function normalFrom(seed: Tensor | undefined, { shape, dtype, mean, deviation }: Normal): Tensor {
  const seeds = toTensor("normal", "seed", seed ?? 0);
  const size = sizeOf(shape);
  const pairs = Math.ceil(size / 2);
  const half = { shape: [pairs], dtype: "float64", low: 0, high: 1, step: 2 } as const;
  const unit = (first: number) => apply(uniformOp, [seeds], { ...half, first });
  const radius = unit(0).neg().add(1).log().mul(-2).sqrt().mul(deviation);
  const angle = unit(1).mul(2 * Math.PI);
  const values = concat([radius.mul(angle.cos()), radius.mul(angle.sin())], seeds.rank).add(mean);
  const counts = [...seeds.shape, size];
  const whole = slice(
    values,
    counts.map(() => 0),
    counts,
  );
  return cast(whole.reshape([...seeds.shape, ...shape]), dtype);
}

/** Draws from a number at once, also while a program is recorded, where it is a constant. */
export function drawing(seed: Tensor, run: () => Tensor): Tensor {
  return typeof seed.storage === "number" ? withoutRecordingConstants(run) : run();
}

function draw<A extends Drawn>(op: Op<A>, seed: Tensor, attributes: A): Tensor {
  return drawing(seed, () => apply(op, [seed], attributes));
}

/** A dtype with fractions. */
const readFloat: Reader<FloatDType> = (op, argument, value) => {
  const dtype = readDType(op, argument, value);
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(op, argument, "float32 or float64", dtype);
};

/** Returns the reader of seeds. A number becomes a tensor; the known facts of a tensor are checked. */
export function readSeed(op: string, argument: string, seed: unknown): Tensor {
  if (typeof seed === "number" || seed === undefined) {
    return scalar(seedNumber(op, argument, seed));
  }
  const tensor = toTensor(op, argument, seed);
  if (tensor.rank > 0) {
    const hint = "vectorize draws for several seeds";
    throw new ShapeError(op, "seed", "a scalar", `the shape ${formatShape(tensor.shape)}`, hint);
  }
  if (tensor.dtype !== "int32" && tensor.dtype !== "float64") {
    const expected = "int32 or float64";
    const hint = 'Make it with { dtype: "int32" }: float32 cannot count beyond 2^24';
    throw new DTypeError(op, "seed", expected, tensor.dtype, hint);
  }
  if (typeof tensor.storage === "number") seedNumber(op, argument, tensor.storage);
  return tensor;
}

/** The dtype of random numbers: the default where it is left out. */
const readFloatOrDefault: Reader<FloatDType> = (op, argument, value) =>
  value === undefined ? defaultDType() : readFloat(op, argument, value);

/** Returns the reader of options that all random tensors have, and of others. */
/* @__NO_SIDE_EFFECTS__ */
export function randomReader<R extends Readers>(readers: R) {
  return optionsReader({ seed: readSeed, dtype: readFloatOrDefault, ...readers });
}

const readUniform = randomReader({
  low: optional(anyNumber, 0),
  high: optional(anyNumber, 1),
});
const readNormal = randomReader({
  mean: optional(anyNumber, 0),
  deviation: optional(anyNumber, 1),
});

/**
 * Numbers uniform in [low, high).
 *
 * The seed of a compiled function must be a tensor if runs are to differ: a number gives the same
 * tensor in each run. Other draws need other seeds, which `splitSeed` makes. The other functions that draw have
 * separate sequences for a seed; `normal` alone shares this one.
 *
 * @param options `seed`; `low` (default 0), `high` (default 1), `dtype` (default float32, see
 *   {@link setDefaultDType}).
 * @throws ArgumentError for a seed that is no integer from 0 to 2⁵³ − 1, or ends that are not finite
 *   and in order; DTypeError or ShapeError for a seed that is no scalar of int32 or float64.
 * @example
 * ```ts
 * import { allClose, compile, ones, type Tensor, tensor, uniform, Variable, where } from "@graddiff/core";
 *
 * const x = uniform([3], { seed: 7 });
 * console.log(x.shape, allClose(x, uniform([3], { seed: 7 }))); // [ 3 ] true
 *
 * // Dropout with another mask in each run.
 * const count = new Variable(tensor(0, { dtype: "int32" }));
 * const dropout = compile((x: Tensor) => {
 *   const kept = uniform(x.shape, { seed: count.value }).less(0.5);
 *   count.assign(count.value.add(1));
 *   return where(kept, x.mul(2), 0);
 * });
 * console.log(String(dropout(ones([4]))), String(dropout(ones([4])))); // [2. 2. 2. 0.] [0. 2. 2. 0.]
 * ```
 */
export function uniform(
  shape: Shape,
  options: RandomOptions & { readonly low?: number; readonly high?: number },
): Tensor {
  refuseSurplus("uniform", 2, arguments);
  const target = checkShape("uniform", "shape", shape);
  const { seed, low, high, dtype } = readUniform("uniform", options);
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    const expected = "finite numbers with low <= high";
    throw new ArgumentError("uniform", "low and high", expected, `${low} and ${high}`);
  }
  return draw(uniformOp, seed, { shape: target, dtype, low, high, first: 0, step: 1 });
}

/**
 * Numbers of a normal distribution.
 *
 * Two uniforms make two normals by the Box–Muller transform (Ann. Math. Stat. 29, 1958),
 * computed in float64 with the library's log, sin and cos.
 *
 * @param options `seed`, as of {@link uniform}; `mean` (default 0), `deviation` (the standard
 *   deviation, default 1), `dtype` (default float32, see
 *   {@link setDefaultDType}).
 * @throws what `uniform` throws; ArgumentError for a mean or a deviation that is not finite, or a
 *   deviation below 0.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 *
 * console.log(normal([2, 3], { seed: 1 }).shape); // [ 2, 3 ]
 * ```
 */
export function normal(
  shape: Shape,
  options: RandomOptions & { readonly mean?: number; readonly deviation?: number },
): Tensor {
  refuseSurplus("normal", 2, arguments);
  const target = checkShape("normal", "shape", shape);
  const { seed, mean, deviation, dtype } = readNormal("normal", options);
  if (!(Number.isFinite(mean) && Number.isFinite(deviation) && deviation >= 0)) {
    const expected = "finite numbers with deviation >= 0";
    throw new ArgumentError("normal", "mean and deviation", expected, `${mean} and ${deviation}`);
  }
  const size = sizeOf(target);
  if (typeof seed.storage === "number" && size < FEW) {
    const keys = keysOf("normal", seed.storage);
    return generate("normal", target, dtype, (index) => {
      const { radius, direction } = boxMuller(keys, index, size);
      return mean + deviation * radius * direction;
    });
  }
  return draw(normalOp, seed, { shape: target, dtype, mean, deviation });
}
