/**
 * Operators that read images at computed positions, with linear or cubic interpolation, and with derivatives by the
 * positions.
 */

import {
  broadcastTo,
  linspace,
  matmul,
  ones,
  stack,
  type Tensor,
  where,
  zeros,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { between } from "./kinds.ts";

/** Reflects numbers at two bounds, as often as they are outside of them. */
function reflected(x: Tensor, low: number, high: number): Tensor {
  const range = high - low;
  if (range <= 0) return x.mul(0).add(low);
  const within = x.sub(low).remainder(2 * range);
  return where(within.greater(range), within.mul(-1).add(2 * range), within).add(low);
}

type Outside = "zeros" | "border" | "reflection";

/** One axis of an image: its length, and the bounds at which positions are reflected. */
export interface Axis {
  readonly length: number;
  readonly low: number;
  readonly high: number;
}

/** The position of an element, and its weight. */
interface Tap {
  readonly position: Tensor;
  readonly weight: Tensor | undefined;
}

/**
 * Returns the weights of four neighbours of a position, given its distance from the second one: Keys' cubic convolution
 * with −0.75.
 */
function cubicWeights(t: Tensor): Tensor[] {
  const a = -0.75;
  const far = (x: Tensor) =>
    x
      .mul(a)
      .sub(5 * a)
      .mul(x)
      .add(8 * a)
      .mul(x)
      .sub(4 * a);
  const near = (x: Tensor) =>
    x
      .mul(a + 2)
      .sub(a + 3)
      .mul(x)
      .mul(x)
      .add(1);
  const back = t.mul(-1).add(1);
  return [far(t.add(1)), near(t), near(back), far(back.add(1))];
}

export function tapsAt(position: Tensor, mode: "nearest" | "linear" | "cubic"): readonly Tap[] {
  if (mode === "nearest") return [{ position: position.round(), weight: undefined }];
  const floor = position.floor();
  const t = position.sub(floor);
  if (mode === "linear") {
    return [
      { position: floor, weight: t.mul(-1).add(1) },
      { position: floor.add(1), weight: t },
    ];
  }
  return cubicWeights(t).map((weight, k) => ({ position: floor.add(k - 1), weight }));
}

/** A tap along several axes: an index in the plane, its weight, and a mask for indices that are inside the plane. */
export interface Joint {
  readonly index: Tensor;
  readonly weight: Tensor | undefined;
  readonly inside: Tensor | undefined;
}

export function joined(left: Joint | undefined, tap: Tap, axis: Axis, outsideMode: Outside): Joint {
  const { length, low, high } = axis;
  const isInside = tap.position.greaterEqual(0).logicalAnd(tap.position.less(length));
  const kept = outsideMode === "reflection" ? reflected(tap.position, low, high) : tap.position;
  const index = between(kept.round(), 0, length - 1).cast("int32");
  const inside = outsideMode === "zeros" ? isInside : undefined;
  if (left === undefined) return { index, weight: tap.weight, inside };
  return {
    index: left.index.mul(length).add(index),
    weight: left.weight && tap.weight ? left.weight.mul(tap.weight) : (tap.weight ?? left.weight),
    inside: left.inside && inside ? left.inside.logicalAnd(inside) : inside,
  };
}

/** Returns planes x [N, C, …] interpolated at fractional positions, one [N, P] for each axis: [N, C, P]. */
export function sampled(
  x: Tensor,
  positions: readonly Tensor[],
  axes: readonly Axis[],
  mode: "nearest" | "linear" | "cubic",
  outsideMode: Outside,
): Tensor {
  const [batch = 1, channels = 1] = x.shape;
  const planes = x.reshape([batch, channels, sizeOf(x.shape.slice(2))]);
  let joints: readonly (Joint | undefined)[] = [undefined];
  axes.forEach((axis, i) => {
    const position = positions[i];
    if (position === undefined) return;
    const taps = tapsAt(position, mode);
    joints = joints.flatMap((left) => taps.map((tap) => joined(left, tap, axis, outsideMode)));
  });
  const terms = joints.flatMap((joint) => {
    if (joint === undefined) return [];
    const [rows = 1, count = 0] = joint.index.shape;
    const indices = broadcastTo(joint.index.reshape([rows, 1, count]), [batch, channels, count]);
    const elements = planes.takeAlongAxis(indices, 2);
    const shape = [rows, 1, count];
    const there = joint.inside ? where(joint.inside.reshape(shape), elements, 0) : elements;
    return [joint.weight ? there.mul(joint.weight.reshape(shape)) : there];
  });
  return terms.reduce((sum, term) => sum.add(term));
}

function gridSampled(node: Node): Tensor {
  const [x, grid] = [node.input(0), node.input(1)];
  const lengths = x.shape.slice(2);
  if (lengths.length === 0) throw node.refusal("input 0", "an image, [N, C, …]", `rank ${x.rank}`);
  const isAligned = node.int("align_corners", 0) !== 0;
  const name = node.text("mode", node.version < 20 ? "bilinear" : "linear").replace(/^bi/, "");
  const mode = (["nearest", "linear", "cubic"] as const).find((each) => each === name);
  if (mode === undefined) throw node.refusal("mode", "nearest, linear or cubic", name);
  const outsideMode = node.oneOf<Outside>("padding_mode", "zeros", "border", "reflection");
  const [batch = 1, ...out] = grid.shape.slice(0, -1);
  const rows = grid.reshape([batch, sizeOf(out), lengths.length]);
  const axes = lengths.map(
    (length): Axis =>
      isAligned ? { length, low: 0, high: length - 1 } : { length, low: -0.5, high: length - 0.5 },
  );
  const positions = axes.map(({ length, low, high }, axis) => {
    // The coordinates in the grid have the order of axes from the last to the first.
    const k = lengths.length - 1 - axis;
    const own = rows.slice([0, 0, k], [batch, sizeOf(out), k + 1]).reshape([batch, sizeOf(out)]);
    const exact = isAligned
      ? own.add(1).mul((length - 1) / 2)
      : own.add(1).mul(length).sub(1).div(2);
    const position = mode === "nearest" ? exact.round() : exact;
    if (outsideMode === "zeros") return position;
    const isOut = position.less(low).logicalOr(position.greater(high));
    const moved =
      outsideMode === "border" ? between(position, 0, length - 1) : reflected(position, low, high);
    return where(isOut, moved, position);
  });
  return sampled(x, positions, axes, mode, outsideMode).reshape([batch, x.shape[1] ?? 1, ...out]);
}

/** Returns the positions of an image's elements, from −1 to 1, transformed by a matrix for each example. */
function affineGrid(node: Node): Tensor {
  const theta = node.input(0);
  const [batch = 1, , ...lengths] = node.numbers(1);
  const isAligned = node.int("align_corners", 0) !== 0;
  const axes = lengths.map((length) => {
    const edge = isAligned ? 1 : 1 - 1 / length;
    return length === 1 && isAligned
      ? zeros([1], { dtype: theta.dtype })
      : linspace(-edge, edge, length, { dtype: theta.dtype });
  });
  const coordinates = axes.map((steps, axis) =>
    broadcastTo(steps.reshape(lengths.map((length, i) => (i === axis ? length : 1))), lengths),
  );
  const all = [...coordinates.reverse(), ones(lengths, { dtype: theta.dtype })];
  const points = stack(all, -1).reshape([1, sizeOf(lengths), lengths.length + 1]);
  return matmul(points, theta.transpose([0, 2, 1])).reshape([batch, ...lengths, lengths.length]);
}

export const sampling = rows({
  AffineGrid: { read: affineGrid, settings: [1] },
  GridSample: { read: gridSampled },
});
