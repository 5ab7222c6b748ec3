/**
 * Operators that read images at computed positions: in boxes, in deformed windows, and at the maxima of a pool.
 */

import {
  averagePool2d,
  broadcastTo,
  concat,
  matmul,
  maxPool2d,
  put,
  type Tensor,
  tensor,
  where,
  zeros,
} from "@graddiff/core";
import { sizeOf } from "@graddiff/core/internal";
import type { Node } from "../node.ts";
import { rows } from "../operator.ts";
import { between } from "./kinds.ts";
import { type Axis, type Joint, joined, sampled, tapsAt } from "./sampling.ts";

/** Computes means or maxima of a grid of points in boxes (RoiAlign). */
function aligned(node: Node): Tensor {
  const [x, boxes, batches] = [node.input(0), node.input(1), node.input(2)];
  const [rows, columns] = [node.int("output_height", 1), node.int("output_width", 1)];
  const scale = node.float("spatial_scale", 1);
  const isHalf =
    node.version >= 16 &&
    node.oneOf("coordinate_transformation_mode", "half_pixel", "output_half_pixel") ===
      "half_pixel";
  const isMax = node.oneOf("mode", "avg", "max") === "max";
  const [, channels = 1, height = 1, width = 1] = x.shape;
  const count = boxes.shape[0] ?? 0;
  const corner = (k: number) =>
    boxes
      .slice([0, k], [count, k + 1])
      .mul(scale)
      .sub(isHalf ? 0.5 : 0);
  const [left, top, right, bottom] = [corner(0), corner(1), corner(2), corner(3)];
  const ratio = node.int("sampling_ratio", 0);
  // A sampling_ratio of 0 is refused, since the number of samples would depend on the sizes of boxes.
  if (ratio <= 0) throw node.refusal("sampling_ratio", "a number from 1", String(ratio));
  node.table(rows * ratio);
  node.table(columns * ratio);
  const along = (low: Tensor, high: Tensor, bins: number) => {
    const span = isHalf ? high.sub(low) : high.sub(low).maximum(1);
    const steps = Float64Array.from({ length: bins * ratio }, (_, i) => (i + 0.5) / (bins * ratio));
    return low.add(span.mul(tensor(steps, { shape: [1, bins * ratio], dtype: x.dtype })));
  };
  const [ys, xs] = [along(top, bottom, rows), along(left, right, columns)];
  const [m, n] = [rows * ratio, columns * ratio];
  // The four neighbours of each point and their weights are in memory at the same time.
  node.run.meter.ask(8 * count * m * n, 0);
  const grid = (steps: Tensor, shape: readonly number[]) =>
    broadcastTo(steps.reshape(shape), [count, m, n]).reshape([count, m * n]);
  const [y, z] = [grid(ys, [count, m, 1]), grid(xs, [count, 1, n])];
  const isOut = y
    .less(-1)
    .logicalOr(y.greater(height))
    .logicalOr(z.less(-1))
    .logicalOr(z.greater(width));
  const planes = x.take(batches, 0);
  const axes = [height, width].map((length): Axis => ({ length, low: 0, high: length - 1 }));
  const inside = [between(y, 0, height - 1), between(z, 0, width - 1)];
  if (isMax) return maximaAt(planes, inside, axes, isOut, [rows, columns, ratio]);
  const values = sampled(planes, inside, axes, "linear", "border");
  const there = where(isOut.reshape([count, 1, m * n]), 0, values).reshape([count, channels, m, n]);
  return averagePool2d(there, ratio);
}

/** Returns the greatest of the weighted neighbours, as ONNX defines it. */
function maximaAt(
  planes: Tensor,
  positions: readonly Tensor[],
  axes: readonly Axis[],
  isOut: Tensor,
  [rows, columns, ratio]: readonly [number, number, number],
): Tensor {
  const [count = 0, channels = 1] = planes.shape;
  let joints: readonly (Joint | undefined)[] = [undefined];
  axes.forEach((axis, i) => {
    const position = positions[i];
    if (position === undefined) return;
    joints = joints.flatMap((left) =>
      tapsAt(position, "linear").map((tap) => joined(left, tap, axis, "border")),
    );
  });
  const flat = planes.reshape([count, channels, sizeOf(planes.shape.slice(2))]);
  const shape = [count, 1, rows * columns * ratio ** 2];
  const terms = joints.flatMap((joint) => {
    if (joint?.weight === undefined) return [];
    const indices = broadcastTo(joint.index.reshape(shape), [count, channels, shape[2] ?? 0]);
    return [flat.takeAlongAxis(indices, 2).mul(joint.weight.reshape(shape))];
  });
  const greatest = terms.reduce((most, term) => most.maximum(term));
  const there = where(isOut.reshape(shape), 0, greatest);
  return maxPool2d(there.reshape([count, channels, rows * ratio, columns * ratio]), ratio);
}

/** Returns a deformable convolution, whose windows read at computed positions. */
function deformed(node: Node): Tensor {
  const [x, weight, offset] = [node.input(0), node.input(1), node.input(2)];
  const [bias, mask] = [node.maybe(3), node.maybe(4)];
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  const [outputs = 1, inputs = 1, rows = 1, columns = 1] = weight.shape;
  const [groups, offsetGroups] = [node.int("group", 1), node.int("offset_group", 1)];
  const [stepY = 1, stepX = 1] = node.ints("strides") ?? [];
  const [gapY = 1, gapX = 1] = node.ints("dilations") ?? [];
  const [padY = 0, padX = 0] = node.ints("pads") ?? [];
  const [, , m = 1, n = 1] = offset.shape;
  const k = rows * columns;
  node.table(k * m * n + offsetGroups);
  const moves = offset.reshape([batch, offsetGroups, k, 2, m * n]);
  const rest = (i: number, j: number, row: number) => ({
    y: i * stepY - padY + Math.floor(row / columns) * gapY,
    x: j * stepX - padX + (row % columns) * gapX,
  });
  const base = (key: "y" | "x") =>
    tensor(
      Float64Array.from({ length: k * m * n }, (_, at) => {
        const [row, element] = [Math.floor(at / (m * n)), at % (m * n)];
        return rest(Math.floor(element / n), element % n, row)[key];
      }),
      { shape: [1, k * m * n], dtype: x.dtype },
    );
  const axes = [height, width].map((length): Axis => ({ length, low: 0, high: length - 1 }));
  const each = channels / offsetGroups;
  const parts = Array.from({ length: offsetGroups }, (_, g) => {
    const own = moves.slice([0, g], [batch, g + 1]);
    const along = (i: number) =>
      own.slice([0, 0, 0, i], [batch, 1, k, i + 1]).reshape([batch, k * m * n]);
    const positions = [along(0).add(base("y")), along(1).add(base("x"))];
    const image = x.slice([0, g * each], [batch, (g + 1) * each]);
    const values = sampled(image, positions, axes, "linear", "zeros");
    if (mask === undefined) return values;
    const factors = mask.reshape([batch, offsetGroups, k * m * n]).slice([0, g], [batch, g + 1]);
    return values.mul(factors);
  });
  const columnsOf = concat(parts, 1).reshape([batch, groups, inputs * k, m * n]);
  const kernels = weight.reshape([1, groups, outputs / groups, inputs * k]);
  const product = matmul(kernels, columnsOf).reshape([batch, outputs, m, n]);
  return bias === undefined ? product : product.add(bias.reshape([1, -1, 1, 1]));
}

/** Writes elements to the indices from which a max pool took them, with zeros elsewhere. */
function unpooled(node: Node): Tensor {
  const [x, indices] = [node.input(0), node.input(1)];
  const size = node.ints("kernel_shape") ?? [];
  const stride = node.ints("strides") ?? size.map(() => 1);
  const pads = node.ints("pads") ?? size.flatMap(() => [0, 0]);
  const lengths = size.map((length, axis) => {
    const less = (pads[axis] ?? 0) + (pads[axis + size.length] ?? 0);
    return ((x.shape[2 + axis] ?? 0) - 1) * (stride[axis] ?? 1) + length - less;
  });
  const shape = node.maybeNumbers(2) ?? [...x.shape.slice(0, 2), ...lengths];
  const inner = [...x.shape.slice(0, 2), ...lengths];
  // Without an explicit result shape, indices count in the tensor before the pool.
  const rank = inner.length;
  let rest = indices.reshape([indices.size]);
  let index: Tensor = tensor(0, { dtype: "int32" });
  for (let axis = rank - 1, step = 1; axis >= 0; axis--) {
    const length = inner[axis] ?? 1;
    const coordinate = rest.remainder(length);
    index = index.add(coordinate.mul(step));
    rest = rest.sub(coordinate).div(length).cast("int32");
    step *= shape[axis] ?? 1;
  }
  const list = zeros([sizeOf(shape)], { dtype: x.dtype });
  return put(list, index, x.reshape([x.size])).reshape(shape);
}

export const regions = rows({
  DeformConv: { read: deformed },
  MaxUnpool: { read: unpooled, settings: [2] },
  RoiAlign: { read: aligned },
});
