/**
 * A row of the table of ops: how an op of graddiff is written in ONNX's operators.
 */

import type { Tensor } from "@graddiff/core";
import { at, ExportRecording, recordFunction } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import { type Length, productOf } from "../trace/length.ts";
import type { SymbolicAttributes, SymbolicTrace, SymbolicType } from "../trace/symbolic.ts";
import { symbolic } from "../trace/unify.ts";

/** What an application of an op asks of ONNX in vain. */
export class NoWay extends Error {
  readonly hint: string;

  constructor(what: string, hint: string) {
    super(what);
    this.hint = hint;
  }
}

/** An input of an op. */
export interface Operand extends SymbolicType {
  /** Its name in the model. */
  readonly name: string;
}

/** One application of an op, which is to be written. */
export interface Application<Attributes = SymbolicAttributes> {
  readonly graph: Builder;
  readonly inputs: readonly Operand[];
  readonly attributes: Attributes;
  /** The types of all results. */
  readonly results: readonly SymbolicType[];
  /** Writes a body into a graph, with values of the model for its inputs. @returns its results. */
  readonly writeBody: (
    graph: Builder,
    body: SymbolicTrace,
    inputs: readonly string[],
  ) => readonly string[];
}

/** How an op is written. */
export interface Row {
  /** The operator that says the same, where there is one: reading a model goes this way back. */
  readonly operator?: string;
  /** Adds nodes to the graph. @returns the names of the results. */
  readonly write: (application: Application) => readonly string[];
}

/** An op that is an operator, but for broadcasting and attributes. */
export function same(operator: string): Row {
  return {
    operator,
    write: ({ graph, inputs }) => [graph.node(operator, namesOf(inputs))],
  };
}

/** An op with attributes of its own and one result. */
export function written<Attributes>(
  write: (application: Application<Attributes>) => string,
  operator?: string,
): Row {
  return {
    ...(operator !== undefined && { operator }),
    // The attributes of an op are those that its block in core gives it.
    write: (application) => [write(application as Application<Attributes>)],
  };
}

/** An elementwise op, written in others. */
export function composite(fn: (...inputs: Tensor[]) => Tensor): Row {
  return {
    write: ({ graph, inputs, writeBody }) => {
      // Elementwise ops broadcast in ONNX as they do here, so that scalars stand for all shapes.
      const { trace } = recordFunction(
        "exportOnnx",
        new ExportRecording("exportOnnx", () => false),
        fn,
        (recording) =>
          inputs.map(({ dtype }) => recording.argument({ shape: [], dtype, weak: false })),
      );
      return writeBody(graph, symbolic(trace), namesOf(inputs));
    },
  };
}

/** A row for float32 and another one for the other dtypes of the first input. */
export function byPrecision(float32: Row, others: Row): Row {
  return {
    ...(float32.operator !== undefined && { operator: float32.operator }),
    write: (application) =>
      (at(application.inputs, 0).dtype === "float32" ? float32 : others).write(application),
  };
}

/** A row that is computed in float64, and rounded, also for float32. */
export function inFloat64(row: Row): Row {
  return {
    write: (application) => {
      const { graph, inputs, results } = application;
      if (at(results, 0).dtype === "float64") return row.write(application);
      const own = row.write({
        ...application,
        inputs: inputs.map((input) => cast(graph, input, "float64")),
        results: results.map((type) => ({ ...type, dtype: "float64" })),
      });
      return own.map((name) => graph.cast(name, "float32"));
    },
  };
}

/** An operand in another dtype. */
export function cast(graph: Builder, operand: Operand, dtype: Operand["dtype"]): Operand {
  if (operand.dtype === dtype) return operand;
  return { ...operand, dtype, name: graph.cast(operand.name, dtype) };
}

export function namesOf(operands: readonly Operand[]): string[] {
  return operands.map(({ name }) => name);
}

/** The name of an input. */
export function inputOf({ inputs }: Application<unknown>, index = 0): string {
  return at(inputs, index).name;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly Length[]): Length {
  const size = productOf(shape);
  if (size !== undefined) return size;
  throw new NoWay(
    "a size with the square of the batch size",
    "Leave the batch axis alone, or give it a fixed length",
  );
}
