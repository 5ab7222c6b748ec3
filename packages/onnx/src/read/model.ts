/**
 * What `importOnnx` returns.
 */

import type { DType, Shape, Tensor, TensorLike, Variable } from "@graddiff/core";
import { alignColumns, formatShape, sizeOf } from "@graddiff/core/internal";
import type { ElementType } from "./types.ts";

/** An input or a result of a model. */
export interface ImportedValue {
  /** The name of the value in the model. */
  readonly name: string;
  /** The type that the model has for it; undefined for a value inside that the file says nothing of. */
  readonly type: ElementType | undefined;
  /** What it is computed with. */
  readonly dtype: DType | undefined;
  /** A length that is open is a text, or undefined. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** An operator of a model. */
export interface ImportedNode {
  /** The name of the node in the model; empty if it has none. */
  readonly name: string;
  /** The type of the operator, with its domain unless that is ONNX's own. */
  readonly operator: string;
  /** The names of the values that it reads. */
  readonly inputs: readonly string[];
  /** The names of the values that it makes. */
  readonly outputs: readonly string[];
}

/** A node of a summary: what it gives, and how many numbers of weights it reads that no node before has read. */
export interface ImportedSummaryRow extends ImportedNode {
  /** Those of its outputs; undefined for one that is left out. */
  readonly shapes: readonly (Shape | undefined)[];
  /** How many numbers its weights have. */
  readonly parameters: number;
}

/** What the nodes of a model give for some inputs. */
export interface ImportedSummary {
  /** A row for each operator, in the order of the model. */
  readonly rows: readonly ImportedSummaryRow[];
  /** The numbers of all weights, and of those that are trained. */
  readonly parameters: number;
  /** How many numbers are trained. */
  readonly trained: number;
  /** A line for each node. */
  toString(): string;
}

/** A model as a function. */
export interface ImportedModel {
  /** The results for tensors, in order. */
  readonly fn: (...inputs: Tensor[]) => [Tensor, ...Tensor[]];
  /** Variables by the names of the model. */
  readonly weights: Readonly<Record<string, Variable>>;
  /** The inputs that a call takes, in the order of the model. */
  readonly inputs: readonly ImportedValue[];
  /** The results of a call, in the order of the model. */
  readonly outputs: readonly ImportedValue[];
  /** The operators that the results need, in order. */
  readonly nodes: readonly ImportedNode[];
  /** Runs the model, and tells for each node the shapes of what it gives and how many numbers its weights have. */
  summary(...inputs: readonly TensorLike[]): ImportedSummary;
  /** Inputs and outputs, how many there are of each operator, and how many numbers the weights have. */
  toString(): string;
}

interface Parts extends Pick<ImportedModel, "fn" | "weights" | "inputs" | "outputs" | "nodes"> {
  /** The shapes of what each node gives, in order. */
  readonly shapesFor: (
    inputs: readonly TensorLike[],
  ) => readonly (readonly (Shape | undefined)[])[];
}

/** What tells of itself. */
export class FunctionOfModel implements ImportedModel {
  readonly fn: ImportedModel["fn"];
  readonly weights: ImportedModel["weights"];
  readonly inputs: readonly ImportedValue[];
  readonly outputs: readonly ImportedValue[];
  readonly nodes: readonly ImportedNode[];
  readonly #shapesFor: Parts["shapesFor"];

  constructor({ fn, weights, inputs, outputs, nodes, shapesFor }: Parts) {
    this.fn = fn;
    this.weights = weights;
    this.inputs = inputs;
    this.outputs = outputs;
    this.nodes = nodes;
    this.#shapesFor = shapesFor;
  }

  summary(...inputs: readonly TensorLike[]): ImportedSummary {
    const shapes = this.#shapesFor(inputs);
    const counted = new Set<string>();
    const rows = this.nodes.map((node, i): ImportedSummaryRow => {
      let parameters = 0;
      for (const name of node.inputs) {
        const weight = Object.hasOwn(this.weights, name) ? this.weights[name] : undefined;
        if (weight !== undefined && !counted.has(name)) parameters += sizeOf(weight.shape);
        counted.add(name);
      }
      return { ...node, shapes: shapes[i] ?? [], parameters };
    });
    return { rows, ...this.#counts(), toString: () => tableOf(rows) };
  }

  toString(): string {
    const counts = new Map<string, number>();
    for (const { operator } of this.nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    const operators = [...counts].sort(([, a], [, b]) => b - a);
    const { parameters, trained } = this.#counts();
    const weights = Object.keys(this.weights).length;
    return [
      ...this.inputs.map((value) => `input   ${typed(value)}`),
      ...this.outputs.map((value) => `output  ${typed(value)}`),
      `nodes   ${operators.map(([name, count]) => `${count} ${name}`).join(", ")}`,
      `weights ${weights} with ${parameters} numbers, ${trained} trained`,
    ].join("\n");
  }

  #counts(): Pick<ImportedSummary, "parameters" | "trained"> {
    const all = Object.values(this.weights);
    const total = (list: readonly Variable[]) =>
      list.reduce((sum, each) => sum + sizeOf(each.shape), 0);
    return { parameters: total(all), trained: total(all.filter(({ trainable }) => trainable)) };
  }
}

function typed({ name, type, shape }: ImportedValue): string {
  const lengths = shape === undefined ? "" : `[${shape.map((length) => length ?? "?").join(", ")}]`;
  return `${name}: ${type ?? "?"}${lengths}`;
}

function tableOf(rows: readonly ImportedSummaryRow[]): string {
  const cells = rows.map(({ name, operator, shapes, parameters }) => [
    name,
    operator,
    shapes.flatMap((shape) => (shape === undefined ? [] : [formatShape(shape)])).join(" "),
    parameters === 0 ? "" : String(parameters),
  ]);
  const all = [["node", "operator", "shape", "parameters"], ...cells];
  return alignColumns(all, { right: [], gap: "  " }).join("\n");
}
