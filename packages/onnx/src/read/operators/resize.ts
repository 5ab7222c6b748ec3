/**
 * Resizing in all modes of ONNX: each element of the result is a weighted sum of few elements along each axis, which
 * depend only on lengths.
 */

import { type Tensor, take, tensor, where } from "@graddiff/core";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";

/** A resized axis. */
interface Axis {
  readonly axis: number;
  readonly length: number;
  readonly count: number;
  readonly scale: number;
  /** The part of the axis that is used, as shares of its length. */
  readonly from: number;
  readonly to: number;
}

/** For each element of the result the index of an element of the input, and the weight of that element. */
interface Tap {
  readonly indices: Int32Array;
  readonly weights: Float64Array | undefined;
}

/** The functions that map the index i of an element of the result to a position in x. */
const POSITIONS = {
  half_pixel: ({ scale }: Axis, i: number) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: ({ scale, length, count }: Axis, i: number) => {
    const offset = (length / 2) * (1 - count / (scale * length));
    return offset + (i + 0.5) / scale - 0.5;
  },
  // The length is the one before rounding, as in ONNX's reference.
  pytorch_half_pixel: ({ scale, length }: Axis, i: number) =>
    scale * length === 1 ? 0 : (i + 0.5) / scale - 0.5,
  align_corners: ({ scale, length }: Axis, i: number) =>
    scale * length === 1 ? 0 : (i * (length - 1)) / (scale * length - 1),
  asymmetric: ({ scale }: Axis, i: number) => i / scale,
  tf_crop_and_resize: ({ length, count, from, to }: Axis, i: number) =>
    count > 1
      ? from * (length - 1) + (i * (to - from) * (length - 1)) / (count - 1)
      : 0.5 * (from + to) * (length - 1),
} as const;

type Position = keyof typeof POSITIONS;

const NEAREST = {
  round_prefer_floor: (position: number) => Math.ceil(position - 0.5),
  round_prefer_ceil: (position: number) => Math.floor(position + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
} as const;

/** Returns the weight of an element at a distance, for linear interpolation or Keys' cubic convolution. */
function weightAt(distance: number, curvature: number | undefined): number {
  const x = Math.abs(distance);
  if (curvature === undefined) return Math.max(0, 1 - x);
  const a = curvature;
  if (x >= 2) return 0;
  return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

/** The settings of the interpolation. */
interface Manner {
  readonly position: Position;
  readonly mode: "nearest" | "linear" | "cubic";
  readonly nearest: keyof typeof NEAREST;
  readonly curvature: number;
  readonly excludesOutside: boolean;
  readonly antialias: boolean;
}

function tapsOf(node: Node, axis: Axis, manner: Manner): readonly Tap[] {
  const { length, count, scale } = axis;
  node.table(count);
  const clamp = (index: number) => Math.min(Math.max(index, 0), length - 1);
  const positions = Array.from({ length: count }, (_, i) => POSITIONS[manner.position](axis, i));
  if (manner.mode === "nearest") {
    const indices = positions.map((position) => clamp(NEAREST[manner.nearest](position)));
    return [{ indices: Int32Array.from(indices), weights: undefined }];
  }
  // With antialiasing, a shrinking resize averages as many elements as become one.
  const narrow = manner.antialias ? Math.min(scale, 1) : 1;
  const curvature = manner.mode === "cubic" ? manner.curvature : undefined;
  const reach = (curvature === undefined ? 1 : 2) / narrow;
  const first = Math.floor(-reach) + 1;
  node.table(count * (2 - 2 * first));
  const offsets = Array.from({ length: 2 - 2 * first }, (_, k) => first + k);
  const weights = positions.map((position) => {
    const all = offsets.map((offset) => {
      const index = Math.floor(position) + offset;
      const isOutside = index < 0 || index >= length;
      if (manner.excludesOutside && isOutside) return 0;
      return weightAt((index - position) * narrow, curvature);
    });
    const isWhole = !manner.antialias && !manner.excludesOutside;
    const sum = isWhole ? 1 : all.reduce((total, weight) => total + weight, 0);
    return all.map((weight) => weight / sum);
  });
  return offsets.map((offset, k) => ({
    indices: Int32Array.from(positions, (position) => clamp(Math.floor(position) + offset)),
    weights: Float64Array.from(weights, (all) => all[k] ?? 0),
  }));
}

function resizedAlong(x: Tensor, { axis }: Axis, taps: readonly Tap[]): Tensor {
  const terms = taps
    // Taps that no element needs are left out, but one is kept if there are no elements.
    .filter(({ weights }) => !weights?.length || weights.some((weight) => weight !== 0))
    .map(({ indices, weights }) => {
      const elements = take(x, tensor(indices, { dtype: "int32" }), axis);
      if (weights === undefined) return elements;
      const shape = [weights.length, ...x.shape.slice(axis + 1).map(() => 1)];
      return elements.mul(tensor(weights, { dtype: x.dtype }).reshape(shape));
    });
  return terms.reduce((sum, term) => sum.add(term));
}

/** Returns the resized axes, from scales or from sizes, for which some policies keep the aspect ratio. */
function axesOf(node: Node, x: Tensor): Axis[] {
  const isOld = node.version < 11;
  const along =
    node.ints("axes")?.map((axis) => node.axis(axis, x.rank)) ?? x.shape.map((_, i) => i);
  const [roi, scales, sizes] = isOld
    ? [undefined, node.version < 9 ? node.floats("scales") : node.numbers(1), undefined]
    : [node.maybeNumbers(1), node.maybeNumbers(2), node.maybeNumbers(3)];
  const lengths = along.map((axis) => x.shape[axis] ?? 0);
  const box = (i: number) => ({ from: roi?.[i] ?? 0, to: roi?.[i + along.length] ?? 1 });
  if (sizes === undefined || sizes.length === 0) {
    if (scales?.length !== along.length) {
      throw node.refusal(
        "scales",
        `${along.length} scales, or sizes`,
        String(scales?.length ?? "none"),
      );
    }
    return along.map((axis, i) => {
      const [length, scale] = [lengths[i] ?? 0, scales[i] ?? 1];
      return { axis, length, count: Math.floor(length * scale), scale, ...box(i) };
    });
  }
  if (sizes.length !== along.length) {
    throw node.refusal("sizes", `${along.length} sizes`, String(sizes.length));
  }
  const policy = node.oneOf("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller");
  const all = lengths.map((length, i) => (sizes[i] ?? 0) / length);
  const one = policy === "not_larger" ? Math.min(...all) : Math.max(...all);
  return along.map((axis, i) => {
    const length = lengths[i] ?? 0;
    if (policy === "stretch")
      return { axis, length, count: sizes[i] ?? 0, scale: all[i] ?? 1, ...box(i) };
    return { axis, length, count: Math.floor(one * length + 0.5), scale: one, ...box(i) };
  });
}

/** Returns bools that are true for elements of the result outside of x along an axis. */
function outside(axis: Axis, rank: number): Tensor {
  const isOut = Array.from({ length: axis.count }, (_, i) => {
    const position = POSITIONS.tf_crop_and_resize(axis, i);
    return position < 0 || position > axis.length - 1;
  });
  return tensor(isOut).reshape([axis.count, ...new Array<number>(rank - axis.axis - 1).fill(1)]);
}

function resized(node: Node): Tensor {
  const x = node.input(0);
  const isOld = node.version < 11;
  const mode = node.text("mode", "nearest");
  if (mode !== "nearest" && mode !== "linear" && mode !== "cubic" && mode !== "bilinear") {
    throw node.refusal("mode", '"nearest", "linear" or "cubic"', mode);
  }
  const [first, ...positions] = Object.keys(POSITIONS) as [Position, ...Position[]];
  const manner: Manner = {
    position: isOld
      ? "asymmetric"
      : node.oneOf("coordinate_transformation_mode", first, ...positions),
    mode: mode === "bilinear" ? "linear" : mode,
    nearest: isOld
      ? "floor"
      : node.oneOf("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
    curvature: node.float("cubic_coeff_a", -0.75),
    excludesOutside: node.int("exclude_outside", 0) !== 0,
    antialias: node.int("antialias", 0) !== 0,
  };
  const isCrop = manner.position === "tf_crop_and_resize";
  const axes = axesOf(node, x).filter(
    ({ length, count, scale }) => isCrop || length !== count || scale !== 1,
  );
  if (axes.some(({ length }) => length === 0))
    throw node.refusal("input 0", "elements along each axis", "none");
  let image = x;
  for (const axis of axes) image = resizedAlong(image, axis, tapsOf(node, axis, manner));
  if (!isCrop) return image;
  const value = node.float("extrapolation_value", 0);
  for (const axis of axes) image = where(outside(axis, x.rank), value, image);
  return image;
}

export const resizing = rows({
  Resize: { read: resized, settings: [1, 2, 3] },
  Upsample: { read: resized, settings: [1] },
});
