/**
 * Reductions, and the products of matrices.
 */

import type { ReductionAttributes } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import { printLength } from "../trace/length.ts";
import type { SymbolicType } from "../trace/symbolic.ts";
import { inputOf, namesOf, type Operand, type Row, written } from "./writer.ts";

/** Returns a reduction along axes, which are an input of the operator. */
export function reduction(operator: string): Row {
  return written<ReductionAttributes>((application) => {
    const { graph, attributes } = application;
    const x = inputOf(application);
    // No axes would mean all of them.
    if (attributes.axes.length === 0) return x;
    return reduced(graph, operator, x, attributes);
  });
}

/** Writes a reduction. Before version 18 axes are a setting of all but sums. */
function reduced(
  graph: Builder,
  operator: string,
  x: string,
  { axes, keepDims }: ReductionAttributes,
): string {
  const keepdims = Number(keepDims);
  return graph.opset < 18 && operator !== "ReduceSum"
    ? graph.node(operator, [x], { axes, keepdims })
    : graph.node(operator, [x, graph.constant("int64", axes)], { keepdims });
}

/**
 * Returns a reduction that is an error without elements, as it is one here: operators for it would give 0 or an
 * infinity.
 */
export function reductionOfSome(row: Row): Row {
  return written<ReductionAttributes>((application) => {
    const { graph, inputs, attributes, results } = application;
    const [value = ""] = row.write({ ...application, attributes: { ...attributes } });
    const { shape } = at(inputs, 0);
    const lengths = attributes.axes.map((axis) => at(shape, axis));
    return graph.unlessNone(lengths, value, at(results, 0).dtype);
  });
}

/**
 * A product of matrices. In float64 they have one axis more: onnxruntime would fuse a transpose and a product into an
 * operator that it has only for float32.
 */
export const product: Row = written((application) => {
  const { graph, inputs, results } = application;
  const [type] = results as [(typeof results)[number]];
  const batch = ({ shape }: SymbolicType) =>
    String(shape.slice(0, -2).map((length) => printLength(length)));
  const [x, y] = inputs as [Operand, Operand];
  // The operator does not broadcast several matrices where there are none of the others.
  const isOne = y.shape.length === 2;
  const lengths = isOne || batch(x) === batch(y) ? [] : type.shape.slice(0, -2);
  const [name = ""] = graph.unlessEmpty(
    lengths,
    [type],
    (own) => {
      if (type.dtype !== "float64") return [own.node("MatMul", namesOf(inputs))];
      const front = own.constant("int64", [0]);
      const factors = namesOf(inputs).map((factor) => own.node("Unsqueeze", [factor, front]));
      return [own.node("Squeeze", [own.node("MatMul", factors), front])];
    },
    (own) => [own.zeros(type)],
  );
  return name;
});

/** Returns the greatest or least element, and NaN where one is NaN, which operators may pass over. */
export function extreme(operator: string): Row {
  const plain = reduction(operator);
  return written<ReductionAttributes>((application) => {
    const { graph, inputs, attributes } = application;
    const [x] = inputs as [(typeof inputs)[number]];
    const [value = ""] = plain.write({ ...application, attributes: { ...attributes } });
    if (x.dtype === "int32" || attributes.axes.length === 0) return value;
    const marks = graph.cast(graph.node("IsNaN", [x.name]), "int32");
    const anyNaN = reduced(graph, "ReduceMax", marks, attributes);
    const type = at(application.results, 0).dtype;
    return graph.node("Where", [graph.cast(anyNaN, "bool"), graph.scalar(type, Number.NaN), value]);
  });
}
