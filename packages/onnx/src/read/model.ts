/**
 * What `importOnnx` returns.
 */

import type { DType, Shape, Tensor, TensorLike, Variable } from "@graddiff/core";
import { alignColumns, formatShape, sizeOf } from "@graddiff/core/internal";
import type { Plan, Step } from "./plan.ts";
import type { ElementType } from "./types.ts";
import type { FrozenTensor } from "./weights.ts";

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
  /** The graphs inside of it, by the names that its operator has for them, such as `then_branch`. */
  readonly bodies: Readonly<Record<string, readonly ImportedNode[]>>;
}

/** A node of a summary: what it gives, and how many numbers of weights it reads that no node before has read. */
export interface ImportedSummaryRow extends ImportedNode {
  /** The graphs that it stands in, from the outermost: empty for a node of the model itself. */
  readonly within: readonly string[];
  /** Those of its outputs, when it ran last; undefined for one that is left out. Empty for a node that did not run. */
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
  /** The tensors of floats that are not trained, with the reason, settings such as scales excepted. */
  readonly frozen: readonly FrozenTensor[];
  /** A line for each node, and one for each reason. */
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
  /** Inputs and outputs, how many there are of each operator, also inside of nodes, and how many numbers the weights have. */
  toString(): string;
}

interface Parts extends Pick<ImportedModel, "fn" | "weights" | "inputs" | "outputs"> {
  readonly plan: Plan;
  readonly frozen: readonly FrozenTensor[];
  /** The shapes of what each node gives that runs. */
  readonly shapesFor: (
    inputs: readonly TensorLike[],
  ) => ReadonlyMap<Step, readonly (Shape | undefined)[]>;
}

function nodesOf({ steps }: Plan): readonly ImportedNode[] {
  return steps.map(({ name, operator, inputs, outputs, graphs }) => {
    const bodies = Object.fromEntries([...graphs].map(([key, graph]) => [key, nodesOf(graph)]));
    return { name, operator, inputs, outputs, bodies };
  });
}

/** All nodes, each ahead of those inside of it. */
function flattened(nodes: readonly ImportedNode[]): readonly ImportedNode[] {
  return nodes.flatMap((node) => [node, ...Object.values(node.bodies).flatMap(flattened)]);
}

/** What tells of itself. */
export class FunctionOfModel implements ImportedModel {
  readonly fn: ImportedModel["fn"];
  readonly weights: ImportedModel["weights"];
  readonly inputs: readonly ImportedValue[];
  readonly outputs: readonly ImportedValue[];
  readonly nodes: readonly ImportedNode[];
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.fn = parts.fn;
    this.weights = parts.weights;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.nodes = nodesOf(parts.plan);
    this.#parts = parts;
  }

  summary(...inputs: readonly TensorLike[]): ImportedSummary {
    const { plan, frozen } = this.#parts;
    const shapes = this.#parts.shapesFor(inputs);
    const counted = new Set<Variable>();
    const numbersOf = (variables: readonly (Variable | undefined)[]) => {
      let numbers = 0;
      for (const each of variables) {
        if (each === undefined || counted.has(each)) continue;
        counted.add(each);
        numbers += sizeOf(each.shape);
      }
      return numbers;
    };
    const rowsOf = (
      nodes: readonly ImportedNode[],
      plans: readonly Plan[],
      within: readonly string[],
    ): ImportedSummaryRow[] =>
      nodes.flatMap((node, i) => {
        const step = plans[0]?.steps[i];
        const find = (name: string) =>
          plans.find(({ weights }) => weights.has(name))?.weights.get(name)?.variable;
        const called = step !== undefined && "steps" in step.does ? variablesOf(step.does) : [];
        const own: ImportedSummaryRow = {
          ...node,
          within,
          shapes: (step && shapes.get(step)) ?? [],
          parameters: numbersOf([...node.inputs.map(find), ...called]),
        };
        const inside = Object.entries(node.bodies).flatMap(([key, body]) => {
          const graph = step?.graphs.get(key);
          return graph === undefined ? [] : rowsOf(body, [graph, ...plans], [...within, key]);
        });
        return [own, ...inside];
      });
    const rows = rowsOf(this.nodes, [plan], []);
    return { rows, frozen, ...this.#counts(), toString: () => tableOf(rows, frozen) };
  }

  toString(): string {
    const { parameters, trained } = this.#counts();
    const weights = Object.keys(this.weights).length;
    const inside = flattened(this.nodes).filter((node) => !this.nodes.includes(node));
    return [
      ...this.inputs.map((value) => `input   ${typed(value)}`),
      ...this.outputs.map((value) => `output  ${typed(value)}`),
      `nodes   ${countsOf(this.nodes)}`,
      ...(inside.length > 0 ? [`inside  ${countsOf(inside)}`] : []),
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

/** The Variables of a function of the model. */
function variablesOf({ weights }: Plan): readonly Variable[] {
  return [...weights.values()].map(({ variable }) => variable);
}

/** How many nodes there are of each operator, the most frequent first. */
function countsOf(nodes: readonly ImportedNode[]): string {
  const counts = new Map<string, number>();
  for (const { operator } of nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  const operators = [...counts].sort(([, a], [, b]) => b - a);
  return operators.map(([name, count]) => `${count} ${name}`).join(", ");
}

function typed({ name, type, shape }: ImportedValue): string {
  const lengths = shape === undefined ? "" : `[${shape.map((length) => length ?? "?").join(", ")}]`;
  return `${name}: ${type ?? "?"}${lengths}`;
}

/** How many names are listed for a reason. */
const MOST_NAMED = 3;

function tableOf(rows: readonly ImportedSummaryRow[], frozen: readonly FrozenTensor[]): string {
  const cells = rows.map(({ name, operator, within, shapes, parameters }) => [
    `${"  ".repeat(within.length)}${within.length > 0 ? `${within.at(-1)}/` : ""}${name}`,
    operator,
    shapes.flatMap((shape) => (shape === undefined ? [] : [formatShape(shape)])).join(" "),
    parameters === 0 ? "" : String(parameters),
  ]);
  const all = [["node", "operator", "shape", "parameters"], ...cells];
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of frozen)
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  const told = [...reasons].map(([reason, names]) => {
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    return `not trained: ${names.slice(0, MOST_NAMED).join(", ")}${more} (${reason})`;
  });
  return [...alignColumns(all, { right: [], gap: "  " }), ...told].join("\n");
}
