// The value and the gradient of a graph of single numbers: it measures only the cost of a node.

import { compile, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { type ScalarGraph, scalarGraph } from "./data.ts";
import { figures } from "./figures.ts";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

export const scalars: readonly Workload[] = [
  {
    name: "gradient of 1000 scalars",
    prepare: (mode) => prepare(scalarGraph("any"), mode),
    figure: figures.scalars,
  },
  {
    name: "gradient of 1000 scalars, all used",
    prepare: (mode) => prepare(scalarGraph("eighth"), mode),
  },
];

function prepare(graph: ScalarGraph, mode: Mode): Call {
  const gradient = valueAndGrad((inputs: readonly Tensor[]) => evaluate(graph, inputs));
  const run = mode === "compiled" ? compile(gradient) : gradient;

  const inputs = graph.inputs.map((input) => tensor(input));
  return callOf(run, [inputs], () => {
    const { value, gradient } = run(inputs);
    return [value, ...gradient];
  });
}

/** Returns the graph's result for other inputs. */
export function evaluate({ nodes, summed }: ScalarGraph, inputs: readonly Tensor[]): Tensor {
  const values = [...inputs];
  for (const { kind, first, second } of nodes) {
    const [x, y] = [values[first], values[second]];
    if (x === undefined || y === undefined) throw new Error("A node needs values before it.");
    values.push(kind === "add" ? x.add(y) : kind === "mul" ? x.mul(y) : x.tanh());
  }
  return values.slice(-summed).reduce((sum, value) => sum.add(value));
}
