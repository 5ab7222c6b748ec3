/**
 * Writes symbolic traces into graphs, node by node.
 */

import type { TypedArray } from "@graddiff/core";
import { at, type Cell, readArray } from "@graddiff/core/internal";
import type { Builder } from "./graph/builder.ts";
import { type Folded, type Plan, planOf } from "./native/plan.ts";
import { rowOf } from "./ops/table.ts";
import { type Application, Unsupported } from "./ops/writer.ts";
import { isPolynomial, type Length } from "./trace/length.ts";
import type { Content, SymbolicNode, SymbolicTrace, SymbolicType } from "./trace/symbolic.ts";
import { Refusal } from "./trace/unify.ts";

/** The values that a trace reads from outside, by the names that the model has for them. */
export interface Given {
  /** The names of the inputs by position. */
  readonly inputs: readonly string[];
  readonly cells: ReadonlyMap<Cell, string>;
}

const NO_CELLS: ReadonlyMap<Cell, string> = new Map();

/** Writes the ops of a trace. @returns the names of its values by id. */
export function writeTrace(graph: Builder, plan: Plan, given: Given): string[] {
  const { trace } = plan;
  const { nodes } = trace;
  const outside = graph.place;
  const names: string[] = [];
  /** The results of ops with several, by id. */
  const results = new Map<number, readonly string[]>();
  const nodeAt = (id: number): SymbolicNode => {
    const node = nodes[id];
    if (node === undefined) throw new Error(`the node ${id} is needed, and not there`);
    return node;
  };
  const types = typesOfResults(nodes);
  nodes.forEach((node, id) => {
    if (node === undefined || !plan.needed[id]) return;
    const place = node.kind === "operation" ? node.place : "";
    graph.place = place === "" ? outside : `/${place}`;
    switch (node.kind) {
      case "argument":
        names[id] = at(given.inputs, node.position);
        return;
      case "state":
        names[id] = given.cells.get(node.cell) ?? "";
        return;
      case "constant":
        names[id] = writeConstant(graph, node, node.content);
        return;
      case "projection":
        names[id] = at(results.get(node.of) ?? [], node.index);
        return;
      case "operation": {
        const own = types.get(id) ?? [node];
        const folded = plan.folded.get(id);
        if (folded !== undefined) {
          names[id] = writeFolded(graph, folded, given);
          return;
        }
        const native = plan.native.get(id);
        // Runtimes fail on nodes without elements whose results they know in advance.
        if (own.every(({ shape }) => shape.includes(0) && !shape.some(isPolynomial))) {
          const none = own.map((type) => graph.zeros(type));
          results.set(id, none);
          names[id] = named(graph, trace, id, at(none, 0), false);
          return;
        }
        const application: Application = {
          graph,
          inputs: (native ?? node).inputs.map((input) => {
            const operand = nodeAt(input);
            const content = operand.kind === "constant" ? operand.content : undefined;
            const elements = content?.kind === "elements" ? content.tensor : undefined;
            return { ...operand, name: at(names, input), elements };
          }),
          attributes: node.attributes,
          results: own,
          writeBody: (inner, body, inputs) => writeBody(inner, body, inputs, id),
        };
        const row = native ?? rowOf(node.name);
        const written = refusing(id, node.op.name, () => row.write(application));
        results.set(id, written);
        const first = at(written, 0);
        const isNew = application.inputs.every(({ name }) => name !== first);
        names[id] = named(graph, trace, id, first, isNew);
        return;
      }
      default:
        node satisfies never;
    }
  });
  graph.place = outside;
  return names;
}

/** Writes a body. @returns the names of its results. */
function writeBody(
  graph: Builder,
  body: SymbolicTrace,
  inputs: readonly string[],
  outer: number,
): string[] {
  try {
    const plan = planOf(body, () => undefined, graph);
    const names = writeTrace(graph, plan, { inputs, cells: NO_CELLS });
    return plan.trace.outputs.map((id) => at(names, id));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(outer, error.expected, error.got, error.hint);
  }
}

/** Runs the writer of an op; its refusal gets the line of the op. */
function refusing<Result>(id: number, op: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    throw new Refusal(id, `an application of ${op} that ONNX can say`, error.message, error.hint);
  }
}

/** Returns a value under the name that the user has given it. One that was there before keeps its own, too. */
function named(
  graph: Builder,
  { names }: SymbolicTrace,
  id: number,
  value: string,
  isNew: boolean,
): string {
  const wanted = names.get(id);
  if (wanted === undefined) return value;
  const name = graph.name(wanted);
  if (isNew) graph.rename(value, name);
  else graph.alias(value, name);
  return name;
}

/** Returns the types of the results of each op that has several. */
function typesOfResults(
  nodes: SymbolicTrace["nodes"],
): ReadonlyMap<number, readonly SymbolicType[]> {
  const types = new Map<number, SymbolicType[]>();
  nodes.forEach((node) => {
    const operation = node?.kind === "projection" ? nodes[node.of] : undefined;
    if (node?.kind !== "projection" || operation === undefined) return;
    const list = types.get(node.of) ?? [operation];
    list[node.index] = node;
    types.set(node.of, list);
  });
  return types;
}

/** Returns a Variable that is read in another form alone keeps its name. */
function writeFolded(graph: Builder, { value, cell }: Folded, { cells }: Given): string {
  const name = cell && cells.get(cell);
  if (name !== undefined) return graph.storedAs(name, value);
  return graph.constant(value.dtype, readArray(value, "exportOnnx"), value.shape);
}

function writeConstant(graph: Builder, type: SymbolicType, content: Content): string {
  const { shape, dtype } = type;
  switch (content.kind) {
    case "elements": {
      const array: TypedArray = readArray(content.tensor, "exportOnnx");
      return graph.constant(dtype, array, content.tensor.shape);
    }
    case "value": {
      const value = graph.quantity(content.value, dtype);
      return shape.length === 0 ? value : graph.node("Expand", [value, graph.lengths(shape)]);
    }
    case "range":
    case "even":
      return writeRange(graph, type, content);
    case "identity": {
      const [rows = 0, columns = 0] = shape;
      const row = graph.reshape(indicesOf(graph, rows), [rows, 1]);
      return graph.cast(graph.node("Equal", [row, indicesOf(graph, columns)]), dtype);
    }
    default:
      return content satisfies never;
  }
}

/** 0, 1, 2, … as int64. */
function indicesOf(graph: Builder, count: SymbolicType["shape"][number]): string {
  const range = [graph.scalar("int64", 0), graph.count(count, "int64"), graph.scalar("int64", 1)];
  return graph.node("Range", range);
}

function writeRange(
  graph: Builder,
  { shape, dtype }: SymbolicType,
  content: Extract<Content, { kind: "range" | "even" }>,
): string {
  const [length = 0] = shape;
  const indices = indicesOf(graph, length);
  if (content.kind === "range" && content.start === 0 && content.step === 1) {
    return graph.cast(indices, dtype);
  }
  const start = graph.quantity(content.start, "float64");
  const step =
    content.kind === "range"
      ? graph.quantity(content.step, "float64")
      : evenStep(graph, start, graph.quantity(content.last, "float64"), length);
  const scaled = graph.node("Mul", [graph.cast(indices, "float64"), step]);
  const values = graph.node("Add", [scaled, start]);
  // One element has no step, and no last that is not the first.
  const isFirst = graph.node("Equal", [indices, graph.scalar("int64", 0)]);
  const begun = graph.node("Where", [isFirst, start, values]);
  if (content.kind === "range") return graph.cast(begun, dtype);
  const end = graph.node("Sub", [graph.count(length, "int64"), graph.scalar("int64", 1)]);
  const isLast = graph.node("And", [
    graph.node("Equal", [indices, end]),
    graph.node("Not", [isFirst]),
  ]);
  const last = graph.quantity(content.last, "float64");
  return graph.cast(graph.node("Where", [isLast, last, begun]), dtype);
}

/** Returns the step from the first of `length` numbers to the last. */
function evenStep(graph: Builder, start: string, last: string, length: Length): string {
  const gaps = graph.node("Sub", [graph.count(length, "float64"), graph.scalar("float64", 1)]);
  const divisor = graph.node("Max", [gaps, graph.scalar("float64", 1)]);
  return graph.node("Div", [graph.node("Sub", [last, start]), divisor]);
}
