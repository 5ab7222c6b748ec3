/**
 * Reductions, and the products of matrices.
 */

import type { ReductionAttributes } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import { inputOf, namesOf, type Row, written } from "./writer.ts";

/** A reduction along axes, which are an input of the operator. */
export function reduction(operator: string): Row {
  return written<ReductionAttributes>((application) => {
    const { graph, attributes } = application;
    const x = inputOf(application);
    // No axes would mean all of them.
    if (attributes.axes.length === 0) return x;
    const axes = graph.constant("int64", attributes.axes);
    return graph.node(operator, [x, axes], { keepdims: Number(attributes.keepDims) });
  });
}

/**
 * A product of matrices. In float64 they have one axis more: onnxruntime would put a transpose and a product together,
 * into an operator that it has for float32 alone.
 */
export const product: Row = written((application) => {
  const { graph, inputs, results } = application;
  if (at(results, 0).dtype !== "float64") return graph.node("MatMul", namesOf(inputs));
  const front = graph.constant("int64", [0]);
  const factors = namesOf(inputs).map((name) => graph.node("Unsqueeze", [name, front]));
  return graph.node("Squeeze", [graph.node("MatMul", factors), front]);
});

/** The greatest or least element, and NaN where one is NaN, which operators may pass over. */
export function extreme(operator: string): Row {
  const plain = reduction(operator);
  return written<ReductionAttributes>((application) => {
    const { graph, inputs, attributes } = application;
    const [x] = inputs as [(typeof inputs)[number]];
    const [value = ""] = plain.write({ ...application, attributes: { ...attributes } });
    if (x.dtype === "int32" || attributes.axes.length === 0) return value;
    const marks = graph.cast(graph.node("IsNaN", [x.name]), "int32");
    const axes = graph.constant("int64", attributes.axes);
    const anyNaN = graph.node("ReduceMax", [marks, axes], {
      keepdims: Number(attributes.keepDims),
    });
    const type = at(application.results, 0).dtype;
    return graph.node("Where", [graph.cast(anyNaN, "bool"), graph.scalar(type, Number.NaN), value]);
  });
}
