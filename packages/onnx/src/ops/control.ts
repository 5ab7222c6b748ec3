/**
 * Ops with bodies: conditions and loops.
 */

import type { Branches, Scanned } from "@graddiff/core/internal";
import { at } from "@graddiff/core/internal";
import { type Builder, describeValue } from "../graph/builder.ts";
import type { GraphData } from "../graph/model.ts";
import type { SymbolicTrace, SymbolicType } from "../trace/symbolic.ts";
import { type Application, namesOf, type Row } from "./writer.ts";

/** The attributes of an op with bodies as they are in a symbolic trace. */
type Bodies<Attributes> = {
  readonly [Name in keyof Attributes]: Name extends "body" | "whenTrue" | "whenFalse"
    ? SymbolicTrace
    : Attributes[Name];
};

/** The results of a body under names of its own, as a graph gives them. */
function outputsOf(graph: Builder, names: readonly string[], types: readonly SymbolicType[]) {
  return names.map((name, i) => {
    const output = graph.name("result");
    graph.alias(name, output);
    return describeValue(output, at(types, i));
  });
}

export const cond: Row = {
  operator: "If",
  write: (application) => {
    const { graph, inputs, attributes, results, writeBody } = application as unknown as Application<
      Bodies<Branches>
    >;
    const [condition = "", ...captured] = namesOf(inputs);
    const branch = (body: SymbolicTrace): GraphData => {
      const inner = graph.inner();
      const names = writeBody(inner, body, captured);
      return inner.graph("branch", [], outputsOf(inner, names, results));
    };
    return graph.nodes("If", [condition], results.length, {
      then_branch: branch(attributes.whenTrue),
      else_branch: branch(attributes.whenFalse),
    });
  },
};

export const scan: Row = {
  operator: "Scan",
  write: (application) => {
    const { graph, inputs, attributes, results, writeBody } = application as unknown as Application<
      Bodies<Scanned>
    >;
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
      body: inner.graph("step", given, outputsOf(inner, names, own)),
      num_scan_inputs: count,
      ...(reverse && {
        scan_input_directions: direction(count),
        ...(stacked > 0 && { scan_output_directions: direction(stacked) }),
      }),
    });
  },
};
