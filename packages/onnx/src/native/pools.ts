/**
 * Means of windows.
 */

import { at, type GroupedWindows, sizeOf } from "@graddiff/core/internal";
import { paddingOf, planesOf } from "../ops/windows.ts";
import { isPolynomial } from "../trace/length.ts";
import { sameLengths } from "../trace/simplify.ts";
import type { Symbolically } from "../trace/symbolic.ts";
import { idOf, idsOf, type Native } from "./native.ts";
import { as, op, reshaped, value } from "./pattern.ts";

const ones = value("ones", (view, id) => {
  const weights = view.value(id);
  return weights?.data().every((each) => each === 1) === true;
});

/** Returns the number of elements of each window that are no padding, as one list. */
function countsOf(
  { size, stride, out }: Record<"size" | "stride" | "out", readonly number[]>,
  low: readonly number[],
  lengths: readonly number[],
): number[] {
  return out.reduce<number[]>(
    (all, count, axis) => {
      const along = Array.from({ length: count }, (_, window) => {
        const start = window * at(stride, axis) - at(low, axis);
        return Math.min(start + at(size, axis), at(lengths, axis)) - Math.max(start, 0);
      });
      return all.flatMap((each) => along.map((own) => each * own));
    },
    [1],
  );
}

/** Sums of windows, over the number of their elements. */
export const averagePool: Native = {
  pattern: op(
    "div",
    reshaped(as("sums", op("convolution", reshaped(value("x")), ones))),
    value("counts"),
  ),
  fit: (view, found, id) => {
    const { shape: pooled } = view.node(id);
    const x = view.node(idOf(found, "x"));
    const sums = view.operation(idOf(found, "sums"), "convolution");
    if (sums === undefined) return undefined;
    const windows = sums.attributes as unknown as Symbolically<GroupedWindows>;
    const axes = windows.size.length;
    const lengths = x.shape.slice(x.shape.length - axes);
    const padding = paddingOf(windows, lengths);
    const divisor = view.value(idOf(found, "counts"));
    const counts = divisor?.data();
    const planes = x.shape.length - axes;
    const [own, weight] = sums.inputs.map((input) => view.node(input).shape);
    // Each plane by itself, whatever axes are before it.
    const isOwn =
      planes > 0 &&
      sameLengths(pooled, [...x.shape.slice(0, planes), ...windows.outputSize]) &&
      sameLengths(own?.slice(1) ?? [], [1, ...lengths]) &&
      sameLengths(weight?.slice(0, 2) ?? [], [1, 1]) &&
      [...windows.dilation, ...windows.inputDilation, windows.groups].every((each) => each === 1);
    if (!isOwn || padding === undefined || counts === undefined) return undefined;
    if (lengths.some(isPolynomial) || pooled.slice(planes).some(isPolynomial)) return undefined;
    const given = {
      size: windows.size as readonly number[],
      stride: windows.stride as readonly number[],
      out: windows.outputSize as readonly number[],
    };
    const whole = sizeOf(given.size);
    const inside = countsOf(given, padding.slice(0, axes), lengths as readonly number[]);
    const isWhole = counts.every((each) => each === whole);
    const isInside =
      sameLengths(divisor?.shape ?? [], given.out) && counts.every((each, i) => each === inside[i]);
    if (!isWhole && !isInside) return undefined;
    const isGlobal =
      padding.every((each) => each === 0) &&
      given.out.every((each) => each === 1) &&
      given.size.every((each, axis) => each === lengths[axis]);
    return {
      inputs: idsOf(found, "x"),
      write: (application) =>
        planesOf(application, axes, (graph, name) =>
          isGlobal
            ? [graph.node("GlobalAveragePool", [name])]
            : [
                graph.node("AveragePool", [name], {
                  kernel_shape: given.size,
                  strides: given.stride,
                  ...(padding.some((each) => each > 0) && {
                    pads: padding,
                    count_include_pad: Number(isWhole),
                  }),
                }),
              ],
        ),
    };
  },
};
