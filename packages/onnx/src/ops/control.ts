/**
 * Ops with bodies: conditions and loops.
 */

import { at, type Branches, type Scanned } from "@graddiff/core/internal";
import { type Builder, describeValue } from "../graph/builder.ts";

import type { GraphData } from "../graph/model.ts";
import type { Length } from "../trace/length.ts";
import type { SymbolicTrace, SymbolicType } from "../trace/symbolic.ts";
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

/**
 * A loop until a condition fails. The operator stacks as many rows as there are steps: they are put in the order of
 * rows, and zeros after them, where no step has been.
 */
export const whileLoop: Row = {
  write: (application) => {
    const own = application as unknown as Loop;
    const { graph, inputs, attributes, results } = own;
    const { carries, length } = attributes;
    const stacks = results.length > carries ? [length] : [];
    return graph.unlessEmpty(
      stacks,
      results,
      (inner) => writeWhile(inner, own),
      (inner) => results.map((type, i) => (i < carries ? at(inputs, i).name : inner.zeros(type))),
    );
  },
};

function writeWhile(
  graph: Builder,
  { inputs, attributes, results, writeBody }: Loop,
): readonly string[] {
  const { body, carries, rows, length, reverse } = attributes;
  const inner = graph.inner();
  const describe = (name: string, type: Pick<SymbolicType, "shape" | "dtype">) =>
    describeValue(inner.name(name), type);
  const state = inputs.slice(0, carries).map((input) => describe("state", input));
  const iteration = { name: inner.name("iteration"), type: "int64", shape: [] } as const;
  const holds = describe("holds", { shape: [], dtype: "bool" });
  const behind = at(state, 1).name;
  const index = reverse ? inner.node("Sub", [behind, inner.scalar("int32", 1)]) : behind;
  const taken = inputs
    .slice(carries, carries + rows)
    .map(({ name }) => inner.node("Gather", [name, index], { axis: 0 }));
  const captured = namesOf(inputs.slice(carries + rows));
  const names = writeBody(inner, body, [...state.map(({ name }) => name), ...taken, ...captured]);
  const types = results.map(({ shape, dtype }, i) => ({
    shape: i < carries ? shape : shape.slice(1),
    dtype,
    weak: false,
  }));
  const [first] = namesOf(inputs) as [string];
  const isEndless = length === Number.POSITIVE_INFINITY;
  const most = isEndless ? "" : graph.count(length, "int64");
  const outputs = graph.nodes(
    "Loop",
    [most, first, ...namesOf(inputs.slice(0, carries))],
    results.length,
    {
      body: inner.graph(
        "step",
        [iteration, holds, ...state],
        inner.results([at(names, 0), ...names], [at(types, 0), ...types]),
      ),
    },
  );
  const ended = graph.node("Not", [at(outputs, 0)]);
  return outputs.map((output, i) => {
    const type = at(results, i);
    if (i < carries) {
      return isEndless || type.dtype === "bool" ? output : graph.onlyIf(ended, output, type.dtype);
    }
    const range = (values: readonly number[]) => graph.constant("int64", values);
    const ordered = reverse
      ? graph.node("Slice", [output, range([-1]), range([-(2 ** 31)]), range([0]), range([-1])])
      : output;
    const whole = graph.node("Concat", [ordered, graph.zeros(type)], { axis: 0 });
    return graph.node("Slice", [whole, range([0]), graph.lengths([length]), range([0])]);
  });
}

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
