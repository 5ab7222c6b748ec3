/**
 * Scans along an axis, in order.
 */

import { type AlongScan, at } from "@graddiff/core/internal";
import { type Builder, describeValue } from "../graph/builder.ts";
import type { Length } from "../trace/length.ts";
import { type Application, namesOf, type Operand, type Row, written } from "./writer.ts";

/** Sums have an operator of their own. */
export const cumulativeSum: Row = written<AlongScan>(({ graph, inputs, attributes }) => {
  const axis = graph.scalar("int64", attributes.axis);
  const reverse = Number(attributes.reverse);
  return graph.node("CumSum", [at(inputs, 0).name, axis], { reverse });
});

/**
 * Returns a loop over the axis, whose state is the result of the step before.
 *
 * @param rows what a step makes of the state and of the elements of the inputs at its index, in turn: each row takes
 *   what the one before it gives, and one input, the first inputs first.
 */
export function scanAlong(...rows: readonly Row[]): Row {
  return {
    write: (application) => {
      const { graph, results } = application;
      const { axis } = application.attributes as unknown as AlongScan;
      return graph.unlessEmpty(
        [at(at(results, 0).shape, axis)],
        results,
        (own) => [writeScan(own, application as unknown as Application<AlongScan>, rows)],
        (own) => results.map((type) => own.zeros(type)),
      );
    },
  };
}

function writeScan(
  graph: Builder,
  application: Application<AlongScan>,
  rows: readonly Row[],
): string {
  const { inputs, attributes, results } = application;
  const { axis, reverse } = attributes;
  const { shape, dtype } = at(results, 0);
  const slice = shape.filter((_: Length, i: number) => i !== axis);
  const inner = graph.inner();
  const describe = (name: string) => describeValue(inner.name(name), { shape: slice, dtype });
  const state = describe("state");
  const started = describeValue(inner.name("started"), { shape: [], dtype: "bool" });
  const elements = inputs.map(() => describe("element"));
  const operand = (name: string): Operand => ({ name, shape: slice, dtype });
  const type = { shape: slice, dtype };
  const next = rows.reduce((value, row, k) => {
    const own = [operand(value), operand(at(elements, k).name)];
    return at(
      row.write({ ...application, attributes: {}, graph: inner, inputs: own, results: [type] }),
      0,
    );
  }, state.name);
  const first = at(elements, elements.length - 1).name;
  const chosen = inner.node("Where", [started.name, next, first]);
  const truth = { shape: [], dtype: "bool" } as const;
  const values = [chosen, inner.scalar("bool", 1), chosen];
  const many = (value: number) => inputs.map(() => value);
  const given = [graph.zeros(type), graph.scalar("bool", 0), ...namesOf(inputs)];
  const [, , result = ""] = graph.nodes("Scan", given, 3, {
    body: inner.graph(
      "step",
      [state, started, ...elements],
      inner.results(values, [type, truth, type]),
    ),
    num_scan_inputs: inputs.length,
    scan_input_axes: many(axis),
    scan_output_axes: [axis],
    ...(reverse && { scan_input_directions: many(1), scan_output_directions: [1] }),
  });
  return result;
}
