/**
 * `explain`: runs a function and returns its graph with everything on it.
 */

import { checkCall, checkFunction } from "../arguments.ts";
import { Graph } from "../draw/graph.ts";
import { isOf } from "../graph/apply.ts";
import { record } from "../graph/recording.ts";
import type { Operation } from "../graph/trace.ts";
import { leafTensor, walkTree } from "../graph/tree.ts";
import { onesLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { numberAt } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { checkTensor, type Inputs } from "./inputs.ts";
import { parameterNames } from "./parameterNames.ts";
import { contributions, GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients, type Tape } from "./tape.ts";

/**
 * Runs a function and returns its computational graph: every node with its forward value and the
 * gradient of the result with respect to it, every edge with the local derivative of its op and
 * the gradient that flows along it.
 *
 * Nodes are named after the function's parameters, the keys of object arguments, the function
 * itself (for the result), and whatever `named("…", x)` names. A result that is no scalar is
 * explained through the sum of its elements.
 *
 * @param fn a function of tensors or trees that returns a Tensor.
 * @returns a function of the same arguments that returns the {@link Graph}.
 * @throws DerivativeError if the result is no Tensor.
 * @example
 * ```ts
 * import { explain, type Tensor } from "@graddiff/core";
 *
 * const total = (price: Tensor, count: Tensor, tax: Tensor) => price.mul(count).mul(tax);
 * const graph = explain(total)(100, 2, 1.1);
 * console.log(graph.node("total")?.value?.item(), graph.node("price")?.gradient?.item()); // 220.00000000000003 2.2
 * ```
 */
export function explain(fn: (...inputs: Tensor[]) => Tensor): (...inputs: TensorLike[]) => Graph;
export function explain<Parameters extends readonly unknown[]>(
  fn: (...inputs: Parameters) => Tensor,
): (...inputs: Inputs<Parameters>) => Graph;
export function explain(fn: (...inputs: never) => unknown): unknown {
  checkFunction("explain", fn);
  return (...inputs: unknown[]) =>
    record(new GradientRecording(), (recording) => {
      checkCall("explain", fn, inputs);
      const names = parameterNames(fn);
      const traced = inputs.map((input, i) =>
        walkTree(
          "explain",
          input,
          (leaf, path) => {
            const recorded = recording.leaf(leafTensor(leaf));
            if (recording.tape.nameOf(recorded.index) === undefined && path !== "") {
              recording.name(recorded.index, path);
            }
            return recorded;
          },
          { path: names[i] ?? "" },
        ),
      );
      const result = checkTensor("explain", fn(...(traced as never)));
      const output = isOf(recording, result) ? result : recording.constant(result);
      if (recording.tape.nameOf(output.index) === undefined && fn.name !== "") {
        recording.name(output.index, fn.name);
      }
      return graphOf(recording.tape, output.index);
    });
}

/** The tape as a graph, with the gradients of one of its values. */
function graphOf(tape: Tape, output: number): Graph {
  const seed = onesLike(tape.valueOf(output));
  const found = new NodeGradients();
  if (isFloat(seed.dtype)) found.add(output, seed);
  const alongEdges = new Map<number, Tensor[]>();
  walkBack(tape, found, (id, k, gradient) => {
    const list = alongEdges.get(id) ?? [];
    list[k] = gradient;
    alongEdges.set(id, list);
  });
  const { trace, newId, values } = tape.trace(output);
  const gradients: (Tensor | undefined)[] = [];
  const locals: (Tensor | undefined)[][] = [];
  const edges: Tensor[][] = [];
  tape.nodes.forEach((node, id) => {
    const own = numberAt(newId, id);
    gradients[own] = found.value(id);
    edges[own] = alongEdges.get(id) ?? [];
    if (node.kind === "operation") locals[own] = localDerivatives(tape, node, id);
  });
  const edge = (id: number, k: number) => ({
    localDerivative: locals[id]?.[k],
    gradient: edges[id]?.[k],
  });
  return new Graph(trace, numberAt(newId, output), { values, gradients, edge });
}

/** ∂output/∂input for each input, where that has the input's shape. */
function localDerivatives(tape: Tape, node: Operation, id: number): (Tensor | undefined)[] {
  const { op, attributes } = node;
  const output = tape.valueOf(id);
  if (
    op.results !== undefined ||
    !isFloat(output.dtype) ||
    !(op.broadcasts === "elements" || output.rank === 0)
  )
    return [];
  const inputs = node.inputs.map((input) => tape.valueOf(input));
  const wanted = inputs.map(({ dtype }, k) => numberAt(node.inputs, k) >= 0 && isFloat(dtype));
  return contributions(op, { inputs, attributes, output }, onesLike(output), wanted);
}
