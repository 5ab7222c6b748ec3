/**
 * A model as a function, with descriptions of its parts.
 */

import type { Shape, TensorLike, Variable } from "@graddiff/core";
import { formatShape } from "@graddiff/core/extend";
import { alignColumns, sizeOf } from "@graddiff/core/internal";
import type {
  FrozenTensor,
  ImportedModel,
  ImportedNode,
  ImportedSummary,
  ImportedSummaryRow,
  ImportedValue,
} from "./model.ts";
import type { Plan, Step } from "./plan.ts";

interface Parts extends Pick<ImportedModel, "fn" | "weights" | "tensors" | "inputs" | "outputs"> {
  readonly plan: Plan;
  /** The shapes of the outputs of each node that runs. */
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

/** Returns all nodes, each before the nodes inside it. */
function flattened(nodes: readonly ImportedNode[]): readonly ImportedNode[] {
  return nodes.flatMap((node) => [node, ...Object.values(node.bodies).flatMap(flattened)]);
}

/** The model as a function, with its weights and its summary. */
export class FunctionOfModel implements ImportedModel {
  readonly fn: ImportedModel["fn"];
  readonly weights: ImportedModel["weights"];
  readonly tensors: ImportedModel["tensors"];
  readonly inputs: readonly ImportedValue[];
  readonly outputs: readonly ImportedValue[];
  #nodes: readonly ImportedNode[] | undefined;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.fn = parts.fn;
    this.weights = parts.weights;
    this.tensors = parts.tensors;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.#parts = parts;
  }

  /** The descriptions of nodes are made when they are requested: a model may have hundreds of thousands. */
  get nodes(): readonly ImportedNode[] {
    this.#nodes ??= nodesOf(this.#parts.plan);
    return this.#nodes;
  }

  summary(...inputs: readonly TensorLike[]): ImportedSummary {
    const { plan } = this.#parts;
    const frozen = this.tensors
      .filter(({ trained }) => !trained)
      .map(({ name, shape, reason }) => ({ name, shape, reason }));
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

/** Returns the Variables of a function of the model. */
function variablesOf({ weights }: Plan): readonly Variable[] {
  return [...weights.values()].map(({ variable }) => variable);
}

/** Returns the number of nodes of each operator, the most frequent first. */
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

/** The most names that are listed for a reason. */
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
  const lines = [...reasons].map(([reason, names]) => {
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    return `not trained: ${names.slice(0, MOST_NAMED).join(", ")}${more} (${reason})`;
  });
  return [...alignColumns(all, { right: [], gap: "  " }), ...lines].join("\n");
}
