/**
 * A row of the table of ops: how an op of graddiff is written in ONNX's operators.
 */

import type { Tensor } from "@graddiff/core";
import { at, ExportRecording, recordFunction } from "@graddiff/core/internal";
import type { Builder } from "../graph/builder.ts";
import { type Length, productOf } from "../trace/length.ts";
import type { SymbolicAttributes, SymbolicTrace, SymbolicType } from "../trace/symbolic.ts";
import { symbolic } from "../trace/unify.ts";

/** The error of an op for which ONNX has no operators. */
export class Unsupported extends Error {
  readonly hint: string;

  constructor(what: string, hint: string) {
    super(what);
    this.hint = hint;
  }
}

/** An input of an op. */
export interface Operand extends SymbolicType {
  /** The name of the value in the model. */
  readonly name: string;
  /** The elements of the value, if it is a constant of some. */
  readonly elements?: Tensor | undefined;
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

/** The row of an op in the table: how it is written. */
export interface Row {
  /** Adds nodes to the graph. @returns the names of the results. */
  readonly write: (application: Application) => readonly string[];
  /** True if all applications are refused. Default: no. */
  readonly unsupported?: boolean;
}

/**
 * Returns an op that ONNX has no operators for.
 *
 * @param why what ONNX lacks.
 * @param hint what the user can do.
 */
export function unsupported(why: string, hint: string): Row {
  return {
    write: () => {
      throw new Unsupported(why, hint);
    },
    unsupported: true,
  };
}

/** Returns an op that is an operator, but for broadcasting and attributes. */
export function same(operator: string): Row {
  return { write: ({ graph, inputs }) => [graph.node(operator, namesOf(inputs))] };
}

/** Returns an op with attributes of its own and one result. */
export function written<Attributes>(write: (application: Application<Attributes>) => string): Row {
  return {
    // The attributes of an op are those that its block in core gives it.
    write: (application) => [write(application as Application<Attributes>)],
  };
}

/** Returns an elementwise op, written in others. */
export function composite(formula: Formula): Row {
  return { write: (application) => [writeFormula(application, formula, application.inputs)] };
}

/** A function of tensors that is written in place of an op; for each dtype it is recorded once. */
export type Formula = (...inputs: Tensor[]) => Tensor;

const recorded = new WeakMap<Formula, Map<string, SymbolicTrace>>();

/** Returns the trace of a formula for scalars: elementwise ops broadcast in ONNX as they do here. */
function traceOf(formula: Formula, inputs: readonly Operand[]): SymbolicTrace {
  const known = recorded.get(formula) ?? new Map<string, SymbolicTrace>();
  recorded.set(formula, known);
  const dtypes = inputs.map(({ dtype }) => dtype);
  const trace =
    known.get(dtypes.join()) ??
    symbolic(
      recordFunction(
        "exportOnnx",
        new ExportRecording("exportOnnx", () => false),
        formula,
        (recording) => dtypes.map((dtype) => recording.argument({ shape: [], dtype, weak: false })),
      ).trace,
    );
  known.set(dtypes.join(), trace);
  return trace;
}

/** Writes a formula of elementwise ops. @returns its result. */
export function writeFormula(
  { graph, writeBody }: Pick<Application, "graph" | "writeBody">,
  formula: Formula,
  inputs: readonly Operand[],
): string {
  return at(writeBody(graph, traceOf(formula, inputs), namesOf(inputs)), 0);
}

/** Returns a row for float32 and another one for the other dtypes of the first input. */
export function byPrecision(float32: Row, others: Row): Row {
  return {
    write: (application) =>
      (at(application.inputs, 0).dtype === "float32" ? float32 : others).write(application),
  };
}

/** Returns a row that is computed in float64, and rounded, also for float32. */
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

/** Returns an operand in another dtype. */
export function cast(graph: Builder, operand: Operand, dtype: Operand["dtype"]): Operand {
  if (operand.dtype === dtype) return operand;
  return { ...operand, dtype, name: graph.cast(operand.name, dtype) };
}

export function namesOf(operands: readonly Operand[]): string[] {
  return operands.map(({ name }) => name);
}

/** Returns the name of an input. */
export function inputOf({ inputs }: Application<unknown>, index = 0): string {
  return at(inputs, index).name;
}

/** Returns the number of elements of a shape. */
export function sizeOf(shape: readonly Length[]): Length {
  const size = productOf(shape);
  if (size !== undefined) return size;
  throw new Unsupported(
    "a number of elements with a higher power of an open length than its square",
    "Leave the open axes alone, or give them a fixed length",
  );
}
