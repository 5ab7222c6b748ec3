/**
 * Ops with bodies: conditions and loops.
 */

import { at, type Branches, type Scanned } from "@graddiff/core/internal";
import { type Builder, describeValue } from "../graph/builder.ts";

import type { GraphData } from "../graph/model.ts";
import type { Length } from "../trace/length.ts";
import type { SymbolicTrace } from "../trace/symbolic.ts";
import { type Application, namesOf, type Row } from "./writer.ts";

/** The attributes of an op with bodies as they are in a symbolic trace. */
type Bodies<Attributes> = {
  readonly [Name in keyof Attributes]: Name extends "body" | "whenTrue" | "whenFalse"
    ? SymbolicTrace
    : Name extends "length"
      ? Length
      : Attributes[Name];
};

export const cond: Row = {
  write: (application) => {
    const { graph, inputs, attributes, results, writeBody } = application as unknown as Application<
      Bodies<Branches>
    >;
    const [condition = "", ...captured] = namesOf(inputs);
    const branch = (body: SymbolicTrace): GraphData => {
      const inner = graph.inner();
      const names = writeBody(inner, body, captured);
      return inner.graph("branch", [], inner.results(names, results));
    };
    return graph.nodes("If", [condition], results.length, {
      then_branch: branch(attributes.whenTrue),
      else_branch: branch(attributes.whenFalse),
    });
  },
};

/** A loop. The operator for it fails without steps. */
export const scan: Row = {
  write: (application) => {
    const { graph, inputs, attributes, results } = application as unknown as Loop;
    const { carries, length } = attributes;
    return graph.unlessEmpty(
      [length],
      results,
      (own) => writeLoop(own, application as unknown as Loop),
      (own) => results.map((type, i) => (i < carries ? at(inputs, i).name : own.zeros(type))),
    );
  },
};

type Loop = Application<Bodies<Scanned>>;

function writeLoop(
  graph: Builder,
  { inputs, attributes, results, writeBody }: Loop,
): readonly string[] {
  const { body, carries, rows, length, reverse } = attributes;
  const inner = graph.inner();
  const given = inputs.slice(0, carries + rows).map((input, k) => {
    const shape = k < carries ? input.shape : input.shape.slice(1);
    return describeValue(inner.name("state"), { shape, dtype: input.dtype });
  });
  const captured = namesOf(inputs.slice(carries + rows));
  const names = writeBody(inner, body, [...given.map(({ name }) => name), ...captured]);
  const stacked = results.length - carries;
  const own = results.map(({ shape, dtype }, i) => ({
    shape: i < carries ? shape : shape.slice(1),
    dtype,
  }));
  const scanned = namesOf(inputs.slice(0, carries + rows));
  // Without rows the number of steps is that of a range that nobody reads.
  if (rows === 0) {
    const steps = [
      graph.scalar("int32", 0),
      graph.count(length, "int32"),
      graph.scalar("int32", 1),
    ];
    scanned.push(graph.node("Range", steps));
    given.push(describeValue(inner.name("step"), { shape: [], dtype: "int32" }));
  }
  const count = Math.max(rows, 1);
  const direction = (many: number) => new Array<number>(many).fill(Number(reverse));
  return graph.nodes("Scan", scanned, results.length, {
    body: inner.graph("step", given, inner.results(names, own)),
    num_scan_inputs: count,
    ...(reverse && {
      scan_input_directions: direction(count),
      ...(stacked > 0 && { scan_output_directions: direction(stacked) }),
    }),
  });
}
