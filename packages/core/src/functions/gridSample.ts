/**
 * Images sampled at any points, and the points of an affine map: the parts of a spatial transformer.
 */

import {
  flag,
  listOf,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, formatShape, ShapeError } from "../errors.ts";
import { castLike } from "../ops/cast.ts";
import { where } from "../ops/comparison.ts";
import { matmul } from "../ops/contraction.ts";
import { fmod } from "../ops/division.ts";
import { takeAt } from "../ops/indexing.ts";
import { concat } from "../ops/joining.ts";
import { promoteInputs } from "../ops/promote.ts";
import { broadcastTo, elementsAlong, reshape } from "../ops/view.ts";
import { ones } from "../tensor/create.ts";
import { at, checkShape, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { stored, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { swapAxes } from "./arranging.ts";
import { CUBIC } from "./interpolate.ts";

/** The options of {@link affineGrid}. */
export interface AffineGridOptions {
  /** True if −1 and 1 are the middles of the first and the last elements; else they are their edges. Default false. */
  readonly alignCorners?: boolean;
}

/** The options of {@link gridSample}. */
export interface GridSampleOptions extends AffineGridOptions {
  /** The value between elements: "linear" (the default), "nearest", or for two axes "cubic". */
  readonly mode?: "linear" | "nearest" | "cubic";
  /**
   * The value beyond the image: "zeros" (the default), "border", the nearest element of it, or "reflection", the image
   * mirrored at its ends.
   */
  readonly padding?: "zeros" | "border" | "reflection";
}

const readOptions = optionsReader({
  mode: optional(oneOf("linear", "nearest", "cubic"), "linear" as const),
  padding: optional(oneOf("zeros", "border", "reflection"), "zeros" as const),
  alignCorners: optional(flag, false),
});

/** The settings that {@link gridSample} has read. */
type Settings = Required<GridSampleOptions>;

/** An element for each point, and the factor that it is multiplied by. */
interface Tap {
  /** Int32, inside. */
  readonly index: Tensor;
  /** Undefined for 1, as all of "nearest" have unless elements outside are zeros. */
  readonly weight: Tensor | undefined;
}

/** Converts −1 … 1 to positions along an axis, in elements: −1 and 1 are the ends. */
function positionsAlong(points: Tensor, length: number, alignCorners: boolean): Tensor {
  const fromLow = points.add(1);
  return alignCorners ? fromLow.mul((length - 1) / 2) : fromLow.mul(length).sub(1).div(2);
}

/** Mirrors positions at both ends of an axis until they are inside. */
function reflected(positions: Tensor, length: number, alignCorners: boolean): Tensor {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? length - 1 : length;
  if (span === 0) return positions.mul(0);
  const rest = fmod(positions.sub(low).abs(), 2 * span);
  return where(rest.greater(span), rest.neg().add(2 * span), rest).add(low);
}

/** Moves positions into the axis, unless the padding is zeros. At the ends no derivative passes, as in PyTorch. */
function padded(positions: Tensor, length: number, { padding, alignCorners }: Settings): Tensor {
  if (padding === "zeros") return positions;
  const inside = padding === "border" ? positions : reflected(positions, length, alignCorners);
  const fromLow = where(inside.lessEqual(0), 0, inside);
  return where(fromLow.greaterEqual(length - 1), length - 1, fromLow);
}

/** Returns the weight of an element at a distance, a polynomial. */
function weightAt(distance: Tensor, [first, ...rest]: readonly number[]): Tensor {
  return rest.reduce(
    (sum, coefficient) => sum.mul(distance).add(coefficient),
    distance.mul(0).add(first ?? 0),
  );
}

/** Returns the elements of an axis that points are made of. */
function tapsOf(points: Tensor, length: number, settings: Settings): Tap[] {
  const raw = positionsAlong(points, length, settings.alignCorners);
  const tap = (position: Tensor, weight?: Tensor): Tap => {
    const index = position.clip(0, length - 1).cast("int32");
    if (settings.padding !== "zeros") return { index, weight };
    const isOutside = position.less(0).logicalOr(position.greater(length - 1));
    return { index, weight: where(isOutside, 0, weight ?? position.mul(0).add(1)) };
  };
  if (settings.mode === "cubic") {
    const below = raw.floor();
    const ahead = raw.sub(below);
    const behind = ahead.neg().add(1);
    return [
      [-1, ahead.add(1), CUBIC.far] as const,
      [0, ahead, CUBIC.near] as const,
      [1, behind, CUBIC.near] as const,
      [2, behind.add(1), CUBIC.far] as const,
    ].map(([offset, distance, polynomial]) =>
      tap(padded(below.add(offset), length, settings), weightAt(distance, polynomial)),
    );
  }
  const positions = padded(raw, length, settings);
  if (settings.mode === "nearest") return [tap(positions.round())];
  const below = positions.floor();
  const weight = positions.sub(below);
  return [tap(below, weight.neg().add(1)), tap(below.add(1), weight)];
}

/** Returns each combination of one tap of every axis: the index in the plane, and the product of the weights. */
function combined(taps: readonly (readonly Tap[])[], plane: Shape): readonly Tap[] {
  const strides = stridesOf(plane);
  const inPlane = taps.map((ofAxis, axis): readonly Tap[] =>
    ofAxis.map(({ index, weight }) => ({ index: index.mul(at(strides, axis)), weight })),
  );
  return inPlane.reduce((all, ofAxis) =>
    all.flatMap((before) =>
      ofAxis.map(({ index, weight }) => ({
        index: before.index.add(index),
        weight: before.weight && weight && before.weight.mul(weight),
      })),
    ),
  );
}

/**
 * Images at the points of a grid, as PyTorch's `grid_sample` has it: of spatial transformers (Jaderberg et al., "Spatial
 * Transformer Networks", 2015). {@link affineGrid} makes the grid of an affine map.
 *
 * @param x [batch, channels, height, width], or with a depth before the height.
 * @param grid [batch, …lengths of the result, 2 or 3]: for each point (x, y), or (x, y, z), x along the width, from −1
 *   to 1 in the image.
 * @param options `mode` between elements: "linear" (the default), "nearest" or, of two axes, "cubic". `padding` says
 *   what is beyond the image: "zeros" (the default), "border" or "reflection". `alignCorners` (false): whether −1 and 1
 *   are the middles of the outer elements.
 * @returns [batch, channels, …lengths]. The gradient goes to x and, but for "nearest", to the grid.
 * @throws ShapeError for shapes that do not fit, or an image without elements.
 * @example
 * ```ts
 * import { gridSample, tensor } from "@graddiff/core";
 *
 * const x = tensor([[[[1, 2], [3, 4]]]]);
 * const middle = tensor([[[[0, 0], [-0.5, -0.5]]]]);
 * console.log(String(gridSample(x, middle).reshape([2]))); // [2.5 1. ]
 * ```
 */
export function gridSample(x: TensorLike, grid: TensorLike, options?: GridSampleOptions): Tensor {
  const op = "gridSample";
  refuseSurplus(op, 3, arguments);
  const settings = readOptions(op, options);
  const [input, points] = promoteInputs(
    op,
    [toTensor(op, "x", x), toTensor(op, "grid", grid)],
    "float",
  );
  const axes = input.rank - 2;
  const [batch = 0, channels = 0, ...plane] = input.shape;
  const isImage = axes === 2 || (axes === 3 && settings.mode !== "cubic");
  if (!isImage || sizeOf(plane) === 0) {
    const depth = settings.mode === "cubic" ? "" : ", or with a depth before the height";
    const expected = `[batch, channels, height, width]${depth}, with elements along them`;
    throw new ShapeError(op, "x", expected, formatShape(input.shape));
  }
  const out = points.shape.slice(1, -1);
  if (points.rank !== input.rank || points.shape[0] !== batch || points.shape.at(-1) !== axes) {
    const expected = `[${batch}, ${plane.map(() => "…").join(", ")}, ${axes}], a point of ${axes} numbers for each element`;
    throw new ShapeError(op, "grid", expected, formatShape(points.shape));
  }
  checkShape(op, "grid", [batch, channels, ...out]);
  const count = sizeOf(out);
  const taps = plane.map((length, axis) => {
    const along = elementsAlong(points, points.rank - 1, axes - 1 - axis, 1);
    return tapsOf(reshape(along, [batch, count]), length, settings);
  });
  const rows = reshape(input, [batch, channels, sizeOf(plane)]);
  const terms = combined(taps, plane).map(({ index, weight }) => {
    const elements = takeAt(rows, index, { axis: 2, shared: 1 });
    return weight ? elements.mul(reshape(weight, [batch, 1, count])) : elements;
  });
  return reshape(
    terms.reduce((sum, term) => sum.add(term)),
    [batch, channels, ...out],
  );
}

const readGrid = optionsReader({ alignCorners: optional(flag, false) });
const readSize = listOf(positiveInteger, "[height, width] or [depth, height, width]");

/**
 * Returns the points of images under affine maps, for {@link gridSample}: where the elements of the result are taken
 * from.
 *
 * @param maps [batch, 2, 3], or [batch, 3, 4] with a depth: (x, y, 1) becomes maps · (x, y, 1), all from −1 to 1 in the
 *   image.
 * @param size the lengths of the result: [height, width] or [depth, height, width]. (PyTorch's `affine_grid` has batch and
 *   channels before them.)
 * @param options `alignCorners` (default false), as of {@link gridSample}.
 * @returns [batch, …size, 2 or 3].
 * @throws ShapeError for maps of another shape; ArgumentError for another size.
 * @example
 * ```ts
 * import { affineGrid, gridSample, tensor } from "@graddiff/core";
 *
 * const quarterTurn = tensor([[[0, 1, 0], [-1, 0, 0]]]);
 * const x = tensor([[[[1, 2], [3, 4]]]]);
 * console.log(String(gridSample(x, affineGrid(quarterTurn, [2, 2])).reshape([4]))); // [3. 1. 4. 2.]
 * ```
 */
export function affineGrid(
  maps: TensorLike,
  size: readonly number[],
  options?: AffineGridOptions,
): Tensor {
  const op = "affineGrid";
  refuseSurplus(op, 3, arguments);
  const { alignCorners } = readGrid(op, options);
  const lengths = readSize(op, "size", size);
  const axes = lengths.length;
  if (axes !== 2 && axes !== 3) {
    const expected = "[height, width] or [depth, height, width]";
    throw new ArgumentError(op, "size", expected, describe(size));
  }
  const [matrices] = promoteInputs(op, [toTensor(op, "maps", maps)], "float");
  const [batch = 0, rows, columns] = matrices.shape;
  if (matrices.rank !== 3 || rows !== axes || columns !== axes + 1) {
    throw new ShapeError(op, "maps", `[batch, ${axes}, ${axes + 1}]`, formatShape(matrices.shape));
  }
  checkShape(op, "size", [batch, ...lengths, axes]);
  // The coordinate of each axis, that of the last one first, and 1.
  const along = lengths.map((length, axis) => {
    const step = alignCorners ? 2 / (length - 1) : 2 / length;
    const first = alignCorners ? -1 : 1 / length - 1;
    const numbers = Float64Array.from({ length }, (_, i) => (length === 1 ? 0 : first + i * step));
    const shape = [...lengths.map((_, i) => (i === axis ? length : 1)), 1];
    return broadcastTo(reshape(stored([length], "float64", numbers), shape), [...lengths, 1]);
  });
  const points = concat([...along.reverse(), ones([...lengths, 1], { dtype: "float64" })], axes);
  const flat = castLike(reshape(points, [sizeOf(lengths), axes + 1]), matrices);
  return reshape(matmul(flat, swapAxes(matrices, 1, 2)), [batch, ...lengths, axes]);
}
