/**
 * Pooling: one element for each window that slides over planes.
 *
 * Max pooling is two ops, as sorting is: `maxPool`, whose derivative is that of `maxPoolWithIndices`. Values alone take a third
 * of the time. Of equal elements the first counts, also of zeros of both signs, so the greatest elements of rows come before
 * those of columns. A pool by the mean is a convolution with ones, one plane at a time, so it has the kernel of depthwise ones.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, formatShape, ShapeError } from "../errors.ts";
import {
  maxPoolComposite,
  maxPoolWithIndicesComposite,
  reachOf,
  type Windows,
} from "../families/windows.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { JointDerivative } from "../graph/joint.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { at, numberAt, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchLeading } from "./batching.ts";
import { where } from "./comparison.ts";
import { takeBackwardOp, takeOp } from "./indexing.ts";
import { refuseBooleans } from "./promote.ts";
import { register } from "./registry.ts";
import {
  atElement,
  elementsOf,
  reached,
  readCeilMode,
  readLengths,
  type WindowAttributes,
  type WindowOptions,
  windowReader,
  windowsOf,
  windowsThatFit,
} from "./windows.ts";

/** The windows of pooling. `stride` is the size of a window by default, so that they do not overlap. */
export interface PoolOptions extends WindowOptions {
  /** True if a last window may begin that ends after the padding. Default false. */
  readonly ceilMode?: boolean;
}

function poolTypes(
  op: string,
  x: TensorType | undefined,
  { size, outputSize }: Windows,
): TensorType[] {
  const { shape = [], dtype = "float32", weak = false } = x ?? {};
  refuseBooleans(op, dtype);
  const pooled = [...shape.slice(0, shape.length - size.length), ...outputSize];
  return [
    { shape: pooled, dtype, weak },
    { shape: pooled, dtype: "int32", weak: false },
  ];
}

/** Returns a tensor of the windows' results, each computed from its elements. */
function byWindow({ outputSize }: Windows, compute: (window: readonly number[]) => number): Tensor {
  const elements = Int32Array.from(elementsOf({ size: outputSize }), compute);
  return stored(outputSize, "int32", elements);
}

/** Distances along axes as one in a plane. */
function distanceIn(plane: Shape, steps: readonly number[]): number {
  const strides = stridesOf(plane);
  return steps.reduce((sum, step, axis) => sum + step * numberAt(strides, axis), 0);
}

/** Returns the first element of a window that the plane has, along an axis. */
function firstInside({ stride, dilation, low }: Windows, axis: number, window: number): number {
  const ahead = numberAt(low, axis) - window * numberAt(stride, axis);
  return Math.max(0, Math.ceil(ahead / numberAt(dilation, axis)));
}

function pool(x: Tensor, windows: Windows): Tensor[] {
  const { size, stride, dilation, low } = windows;
  const plane = x.shape.slice(x.rank - size.length);
  const isFloat = x.dtype !== "int32";
  const least = isFloat ? Number.NEGATIVE_INFINITY : -(2 ** 31);
  const full = inPlane(reached(x, windows), plane, windows, least);
  const origin = byWindow(windows, (window) => {
    const steps = window.map((w, axis) => w * numberAt(stride, axis) - numberAt(low, axis));
    return distanceIn(plane, steps);
  });
  const distance = (element: readonly number[]) =>
    distanceIn(
      plane,
      element.map((k, axis) => k * numberAt(dilation, axis)),
    );
  // An element of the padding is never chosen, even where all others are the least number.
  let chosen = byWindow(windows, (window) =>
    distance(window.map((w, axis) => firstInside(windows, axis, w))),
  );
  let greatest: TensorLike = least;
  for (const element of elementsOf(windows)) {
    const here = atElement(full, windows, element);
    const isGreater = here.greater(greatest);
    const isBetter = isFloat ? isGreater.logicalOr(here.notEqual(here)) : isGreater;
    greatest = where(isBetter, here, greatest);
    chosen = where(isBetter, distance(element), chosen);
  }
  return [toTensor("maxPool", "x", greatest), chosen.add(origin)];
}

/** Returns the least number, the value of padding. */
function inPlane(full: Tensor, plane: Shape, windows: Windows, least: number): Tensor {
  const lengths = windows.size.map((_, axis) => reachOf(windows, axis));
  const isPadded = lengths.some((length, axis) => {
    const before = numberAt(windows.low, axis);
    return before > 0 || length > before + numberAt(plane, axis);
  });
  if (!isPadded) return full;
  const isIn = (element: readonly number[]) =>
    element.every((k, axis) => {
      const i = k - numberAt(windows.low, axis);
      return i >= 0 && i < numberAt(plane, axis);
    });
  const inside = elementsOf({ size: lengths }).map((element) => Number(isIn(element)));
  return where(stored(lengths, "bool", Uint8Array.from(inside)), full, least);
}

/**
 * Returns the attributes of `take` for windows, each of which has a separate index into its plane. By the windows and
 * the lengths of planes, a target can search the windows that contain an element.
 */
function atIndices(windows: WindowAttributes, shape: Shape) {
  const lengths = shape.slice(shape.length - windows.size.length);
  return { ...windows, lengths, axis: 1, shared: 1, fromEnd: false, inside: true } as const;
}

/** Planes as rows. */
function rowsOf(x: Tensor, axes: number): Tensor {
  const split = x.rank - axes;
  return x.reshape([sizeOf(x.shape.slice(0, split)), sizeOf(x.shape.slice(split))]);
}

/**
 * x̄[i] = Σ ȳ[t] over the windows t whose greatest element is x[i]; ẏ[t] is ẋ there.
 *
 * @param many how many results are requested.
 */
/* @__NO_SIDE_EFFECTS__ */
function poolDerivative(many: number): JointDerivative<WindowAttributes> {
  return {
    kind: "joint",
    vjp: ({ inputs, attributes }) => {
      const results = applyAll(maxPoolWithIndicesOp, inputs, attributes);
      const { shape } = at(inputs, 0);
      const axes = attributes.size.length;
      const indexing = atIndices(attributes, shape);
      return {
        results: results.slice(0, many),
        pull: ([cotangent]) => [
          cotangent && {
            ...cotangent,
            value: apply(
              takeBackwardOp,
              [rowsOf(cotangent.value, axes), rowsOf(at(results, 1), axes)],
              { ...indexing, length: sizeOf(indexing.lengths) },
            ).reshape(shape),
          },
        ],
      };
    },
    jvp: ({ inputs, attributes }, [tangent]) => {
      const results = applyAll(maxPoolWithIndicesOp, inputs, attributes);
      const [values, indices] = [at(results, 0), at(results, 1)];
      const axes = attributes.size.length;
      const moved = tangent && {
        ...tangent,
        value: apply(
          takeOp,
          [rowsOf(tangent.value, axes), rowsOf(indices, axes)],
          atIndices(attributes, at(inputs, 0).shape),
        ).reshape(values.shape),
      };
      return { results: results.slice(0, many), tangents: [moved] };
    },
  };
}

/** Windows of an example, as many as fit. */
function exampleWindows(
  [x]: readonly TensorType[],
  windows: Pick<Windows, "size" | "stride" | "dilation" | "low">,
): WindowAttributes {
  const { size } = windows;
  const lengths = x?.shape.slice(-size.length) ?? [];
  return windowsThatFit(lengths, { ...windows, inputDilation: size.map(() => 1) });
}

/** Returns an op that pools. @param many how many results it has. */
/* @__NO_SIDE_EFFECTS__ */
function poolOp(
  fields: Pick<Op<WindowAttributes>, "name" | "formula" | "compositeKernel">,
  many: number,
): Op<WindowAttributes> {
  return register<WindowAttributes>({
    ...fields,
    symbol: "max pool",
    family: "windows",
    promotion: "none",
    results: ([x], attributes) => poolTypes(fields.name, x, attributes).slice(0, many),
    derivative: poolDerivative(many),
    convention: {
      text: "to the first of equal extremes",
      points: [
        [
          [1, 1, 0],
          [1, 2, 0],
        ],
      ],
      attributes: {
        size: [2],
        stride: [1],
        dilation: [1],
        low: [0],
        inputDilation: [1],
        outputSize: [2],
      },
    },
    body: ([x], attributes) => pool(toTensor(fields.name, "x", x ?? 0), attributes).slice(0, many),
    batch: batchLeading,
    examples: {
      domain: [-3, 3],
      cases: [
        {
          shapes: [[2, 7]],
          attributes: (types) =>
            exampleWindows(types, { size: [3], stride: [2], dilation: [1], low: [1] }),
        },
        {
          shapes: [[2, 1, 5, 6]],
          attributes: (types) =>
            exampleWindows(types, { size: [2, 2], stride: [1, 2], dilation: [2, 1], low: [1, 0] }),
        },
        {
          shapes: [[3, 2, 4]],
          attributes: (types) =>
            exampleWindows(types, {
              size: [2, 1, 3],
              stride: [1, 1, 3],
              dilation: [1, 1, 1],
              low: [0, 0, 1],
            }),
        },
      ],
      exact: [
        {
          inputs: [[3, 3, NaN, 1, NaN, -Infinity, -Infinity, -0, 0]],
          attributes: {
            size: [2],
            stride: [2],
            dilation: [1],
            low: [1],
            inputDilation: [1],
            outputSize: [5],
          },
          results: [
            [3, NaN, NaN, -Infinity, -0],
            [0, 2, 4, 5, 7],
          ].slice(0, many),
        },
      ],
    },
  });
}

export const maxPoolWithIndicesOp: Op<WindowAttributes> = poolOp(
  {
    name: "maxPoolWithIndices",
    formula: "the greatest element of each window, and its index",
    compositeKernel: maxPoolWithIndicesComposite(),
  },
  2,
);

export const maxPoolOp: Op<WindowAttributes> = poolOp(
  {
    name: "maxPool",
    formula: "the greatest element of each window",
    compositeKernel: maxPoolComposite(),
  },
  1,
);

/** The reader of {@link PoolOptions}. */
const readPoolOptions = windowReader({ ceilMode: readCeilMode });

/** Returns the results of pooling the last `axes` axes, which has a public name for each number of them. */
function pooled(
  poolOp: Op<WindowAttributes>,
  op: string,
  axes: number,
  args: ArrayLike<unknown>,
  x: TensorLike,
  size: number | readonly number[],
  options: PoolOptions | undefined,
): readonly Tensor[] {
  refuseSurplus(op, 3, args);
  const input = toTensor(op, "x", x);
  refuseBooleans(op, input.dtype);
  checkPooled(op, axes, input.shape);
  const lengths = readLengths(op, axes, size);
  const { stride = lengths, ...read } = readPoolOptions(op, options);
  const windows = windowsOf(op, input.shape, lengths, { stride, ...read });
  checkElements(op, input.shape, windows);
  return applyAll(poolOp, [input], { ...windows });
}

/** @throws ShapeError for fewer axes than are pooled. */
export function checkPooled(op: string, axes: number, shape: Shape): void {
  if (shape.length >= axes) return;
  const expected = `at least ${axes} ${axes === 1 ? "axis" : "axes"}, such as [batch, channels, …]`;
  throw new ShapeError(op, "x", expected, formatShape(shape));
}

/** @throws ArgumentError if a window has padding alone. */
export function checkElements(op: string, shape: Shape, windows: Windows): void {
  const { size, stride, dilation, low, outputSize } = windows;
  outputSize.forEach((count, axis) => {
    const length = at(shape, shape.length - outputSize.length + axis);
    for (let window = 0; window < count; window++) {
      const element = firstInside(windows, axis, window);
      const start = window * at(stride, axis) - at(low, axis);
      if (element < at(size, axis) && start + element * at(dilation, axis) < length) continue;
      const expected = "windows that have an element of x each";
      const got = `window ${window} of axis ${shape.length - outputSize.length + axis} in the padding`;
      throw new ArgumentError(op, "padding", expected, got);
    }
  });
}

/**
 * Returns the greatest element of each window that slides along the last axis; NaN where one is NaN.
 *
 * The gradient goes to the first of equal elements, as in PyTorch. Padding is never the greatest.
 *
 * @param x numbers, [batch, channels, length] or with any other leading axes.
 * @param size the length of a window.
 * @param options `stride` (default `size`), `padding` (0), `dilation` (1), `ceilMode` (false).
 * @returns leading axes of x, and an element for each window.
 * @throws ShapeError where no window fits; ArgumentError where one has padding alone; DTypeError for bools.
 * @example
 * ```ts
 * import { maxPool1d, tensor } from "@graddiff/core";
 *
 * console.log(String(maxPool1d(tensor([[1, 3, 2, 5]]), 2))); // [[3. 5.]]
 * ```
 */
export function maxPool1d(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): Tensor {
  return at(pooled(maxPoolOp, "maxPool1d", 1, arguments, x, size, options), 0);
}

/**
 * Returns the greatest element of each window that slides along the last two axes; see {@link maxPool1d}.
 *
 * @param x numbers, [batch, channels, height, width] or with any other leading axes.
 * @param size one length for both axes, or [height, width].
 * @example
 * ```ts
 * import { arange, maxPool2d } from "@graddiff/core";
 *
 * console.log(maxPool2d(arange(16).reshape([4, 4]), 2).toArray()); // [ [ 5, 7 ], [ 13, 15 ] ]
 * ```
 */
export function maxPool2d(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): Tensor {
  return at(pooled(maxPoolOp, "maxPool2d", 2, arguments, x, size, options), 0);
}

/**
 * Returns the greatest element of each window that slides along the last three axes; see {@link maxPool1d}.
 *
 * @param x numbers, [batch, channels, depth, height, width] or with any other leading axes.
 * @param size one length for all axes, or [depth, height, width].
 * @example
 * ```ts
 * import { maxPool3d, ones } from "@graddiff/core";
 *
 * console.log(maxPool3d(ones([1, 2, 4, 4, 4]), 2).shape); // [ 1, 2, 2, 2, 2 ]
 * ```
 */
export function maxPool3d(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): Tensor {
  return at(pooled(maxPoolOp, "maxPool3d", 3, arguments, x, size, options), 0);
}

/** Returns two results by their names. */
export function withIndices(results: readonly Tensor[]): { values: Tensor; indices: Tensor } {
  return { values: at(results, 0), indices: at(results, 1) };
}

/**
 * Computes {@link maxPool1d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, counted along the axis.
 * @example
 * ```ts
 * import { maxPool1dWithIndices, tensor } from "@graddiff/core";
 *
 * console.log(String(maxPool1dWithIndices(tensor([[1, 3, 2, 5]]), 2).indices)); // [[1 3]]
 * ```
 */
export function maxPool1dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): { values: Tensor; indices: Tensor } {
  return withIndices(
    pooled(maxPoolWithIndicesOp, "maxPool1dWithIndices", 1, arguments, x, size, options),
  );
}

/**
 * Computes {@link maxPool2d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, row × width + column in its plane.
 * @example
 * ```ts
 * import { maxPool2dWithIndices, tensor } from "@graddiff/core";
 *
 * const { values, indices } = maxPool2dWithIndices(tensor([[1, 4], [3, 2]]), 2);
 * console.log(values.item(), indices.item()); // 4 1
 * ```
 */
export function maxPool2dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): { values: Tensor; indices: Tensor } {
  return withIndices(
    pooled(maxPoolWithIndicesOp, "maxPool2dWithIndices", 2, arguments, x, size, options),
  );
}

/**
 * Computes {@link maxPool3d}, and the indices of the greatest elements.
 *
 * @returns `{ values, indices }`; an index is int32, (depth × height + row) × width + column in its volume.
 * @example
 * ```ts
 * import { maxPool3dWithIndices, ones } from "@graddiff/core";
 *
 * const { values, indices } = maxPool3dWithIndices(ones([1, 2, 4, 4, 4]), 2);
 * console.log(values.shape, indices.dtype); // [ 1, 2, 2, 2, 2 ] int32
 * ```
 */
export function maxPool3dWithIndices(
  x: TensorLike,
  size: number | readonly number[],
  options?: PoolOptions,
): { values: Tensor; indices: Tensor } {
  return withIndices(
    pooled(maxPoolWithIndicesOp, "maxPool3dWithIndices", 3, arguments, x, size, options),
  );
}
