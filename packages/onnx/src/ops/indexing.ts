/**
 * Rows at indices. An index out of range is an error of the runtime, as it is one here.
 */

import type { Order, Scattered, Search, Taken } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import type { Symbolically } from "../trace/symbolic.ts";
import { type Application, type Operand, type Row, sizeOf, written } from "./writer.ts";

/**
 * Indices that may not count from the end: negative ones are made ones that no axis has. The remainder does so in one
 * operator, but for 2³¹ − 1, which it makes 0.
 */
function checkedIndices(graph: Builder, { name, elements }: Operand, fromEnd: boolean): string {
  if (fromEnd || elements?.data().every((index) => index >= 0)) return name;
  if (!graph.exact) return graph.node("Mod", [name, graph.scalar("int32", 2 ** 31 - 1)]);
  const isNegative = graph.node("Less", [name, graph.scalar("int32", 0)]);
  return graph.node("Where", [isNegative, graph.scalar("int32", 2 ** 31 - 1), name]);
}

/** groups × outer × count × inner, as core's kernels see it. */
function layout(
  x: Operand,
  indices: Operand,
  { axis, shared }: Pick<Symbolically<Taken>, "axis" | "shared">,
  rank: number,
) {
  // An axis and a number of axes are no lengths of a batch.
  const [along, both] = [axis as number, shared as number];
  return {
    groups: sizeOf(x.shape.slice(0, both)),
    outer: sizeOf(x.shape.slice(both, along)),
    count: sizeOf(indices.shape.slice(both)),
    inner: sizeOf(x.shape.slice(along + rank)),
  };
}

/** Returns an index for each element: of [groups, count] for [groups, outer, count, inner]. */
function spread(
  graph: Builder,
  indices: string,
  { groups, outer, count, inner }: ReturnType<typeof layout>,
): string {
  const own = graph.reshape(indices, [groups, 1, count, 1]);
  return graph.node("Expand", [own, graph.lengths([groups, outer, count, inner])]);
}

export const take: Row = written<Symbolically<Taken>>(({ graph, inputs, attributes, results }) => {
  const [x, indices] = inputs as [Operand, Operand];
  const checked = checkedIndices(graph, indices, attributes.fromEnd);
  const axis = attributes.axis as number;
  if (attributes.shared === 0) return graph.node("Gather", [x.name, checked], { axis });
  const { groups, outer, count, inner } = layout(x, indices, attributes, 1);
  const rows = graph.reshape(x.name, [groups, outer, at(x.shape, axis), inner]);
  const all = spread(graph, checked, { groups, outer, count, inner });
  return graph.reshape(
    graph.node("GatherElements", [rows, all], { axis: 2 }),
    at(results, 0).shape,
  );
});

export const scatterAdd: Row = written<Symbolically<Scattered>>(
  ({ graph, inputs, attributes, results }) => {
    const [x, indices] = inputs as [Operand, Operand];
    const [{ dtype, shape }] = results as [(typeof results)[number]];
    const checked = checkedIndices(graph, indices, attributes.fromEnd);
    const rank = indices.shape.length - (attributes.shared as number);
    const own = layout(x, indices, attributes, rank);
    const { groups, outer, count, inner } = own;
    const added = x.dtype === dtype ? x.name : graph.cast(x.name, dtype);
    const rows = graph.reshape(added, [groups, outer, count, inner]);
    const zeros = graph.node("Expand", [
      graph.scalar(dtype, 0),
      graph.lengths([groups, outer, attributes.length, inner]),
    ]);
    const sums = graph.node("ScatterElements", [zeros, spread(graph, checked, own), rows], {
      axis: 2,
      reduction: "add",
    });
    return graph.reshape(sums, shape);
  },
);

/** x with the extreme of it and the values at indices. @param reduction "max" or "min". */
export function putExtreme(reduction: string): Row {
  return written<Symbolically<Taken>>(({ graph, inputs, attributes, results }) => {
    const [x, indices, values] = inputs as [Operand, Operand, Operand];
    const rank = indices.shape.length - (attributes.shared as number);
    const own = layout(values, indices, attributes, rank);
    const { groups, outer, count, inner } = own;
    const checked = checkedIndices(graph, indices, attributes.fromEnd);
    const length = at(x.shape, attributes.axis as number);
    const into = graph.reshape(x.name, [groups, outer, length, inner]);
    const rows = graph.reshape(values.name, [groups, outer, count, inner]);
    const extremes = graph.node("ScatterElements", [into, spread(graph, checked, own), rows], {
      axis: 2,
      reduction,
    });
    return graph.reshape(extremes, at(results, 0).shape);
  });
}

/**
 * Returns the number of elements of a sorted vector that are before each value: all of them are compared. NaN is the
 * greatest.
 */
export const searchSorted: Row = written<Symbolically<Search>>(({ graph, inputs, attributes }) => {
  const [sorted, values] = inputs as [Operand, Operand];
  const column = graph.node("Unsqueeze", [values.name, graph.constant("int64", [-1])]);
  const compared = [sorted.name, column];
  let isBefore = graph.node(attributes.right ? "LessOrEqual" : "Less", compared);
  if (sorted.dtype !== "int32") {
    const isLast = graph.node("IsNaN", [column]);
    const isNumber = graph.node("Not", [graph.node("IsNaN", [sorted.name])]);
    const isLess = attributes.right ? isLast : graph.node("And", [isLast, isNumber]);
    isBefore = graph.node("Or", [isBefore, isLess]);
  }
  const last = graph.constant("int64", [-1]);
  return graph.node("ReduceSum", [graph.cast(isBefore, "int32"), last], { keepdims: 0 });
});

/**
 * The first elements of each row in order, and their indices. NaN is the greatest. The operator for it ends a process
 * where there are no rows.
 */
export const order: Row = {
  write: (application) => {
    const own = application as unknown as Application<Symbolically<Order>>;
    const { graph, inputs, results } = own;
    return graph.unlessEmpty(
      at(inputs, 0).shape,
      results,
      (inner) => writeOrder(inner, own).slice(0, results.length),
      (inner) => results.map((type) => inner.zeros(type)),
    );
  },
};

/** The greatest float64. */
const MOST = Number.MAX_VALUE;

function writeOrder(
  graph: Builder,
  { inputs, attributes }: Application<Symbolically<Order>>,
): readonly string[] {
  const [x] = inputs as [Operand];
  const k = graph.length(attributes.k);
  const largest = Number(attributes.descending);
  if (x.dtype === "int32") {
    const [values = "", found = ""] = graph.nodes("TopK", [x.name, k], 2, { largest });
    return [values, graph.cast(found, "int32")];
  }
  // In float64 the key of NaN is greater than that of infinity.
  const number = (value: number) => graph.scalar("float64", value);
  const wide = x.dtype === "float64" ? x.name : graph.cast(x.name, "float64");
  const numbers = graph.node("Clip", [wide, number(-MOST), number(MOST)]);
  const keys = graph.node("Where", [
    graph.node("IsNaN", [x.name]),
    number(Number.POSITIVE_INFINITY),
    numbers,
  ]);
  const [, found = ""] = graph.nodes("TopK", [keys, k], 2, { largest });
  const values = graph.node("GatherElements", [x.name, found], { axis: x.shape.length - 1 });
  return [values, graph.cast(found, "int32")];
}
