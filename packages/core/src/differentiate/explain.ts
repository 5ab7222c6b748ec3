/**
 * `explain`: runs a function and returns its graph with everything on it.
 */

import { checkCall, checkFunction } from "../arguments.ts";
import { Graph, type GraphEdge, type GraphNode } from "../draw/graph.ts";
import { below, isOf } from "../graph/apply.ts";
import { NO_ATTRIBUTES, type Op } from "../graph/op.ts";
import { record } from "../graph/recording.ts";
import { leafTensor, walkTree } from "../graph/tree.ts";
import { onesLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { checkTensor, type Inputs } from "./inputs.ts";
import { parameterNames } from "./parameterNames.ts";
import { contributions, GradientRecording, type TapeNode, walkBack } from "./reverse.ts";

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
      const watched = new Set<number>();
      const traced = inputs.map((input, i) =>
        walkTree(
          "explain",
          input,
          (leaf, path) => {
            const recorded = recording.leaf(leafTensor(leaf));
            watched.add(recorded.index);
            if (!recording.names.has(recorded.index) && path !== "") {
              recording.name(recorded.index, path);
            }
            return recorded;
          },
          { path: names[i] ?? "" },
        ),
      );
      const result = checkTensor("explain", fn(...(traced as never)));
      const output = isOf(recording, result) ? result : recording.leaf(result);
      if (!recording.names.has(output.index) && fn.name !== "") {
        recording.name(output.index, fn.name);
      }
      return draftGraph(recording, output, watched);
    });
}

function draftGraph(
  recording: GradientRecording,
  output: Tensor,
  watched: ReadonlySet<number>,
): Graph {
  const { tape, names } = recording;
  const alongEdges = new Map<string, Tensor>();
  const seed = onesLike(below(recording, output));
  const seeds = new Map(isFloat(seed.dtype) ? [[output.index, seed]] : []);
  const gradients = walkBack(
    tape,
    seeds,
    () => true,
    (place, k, gradient) => alongEdges.set(`${place} ${k}`, gradient),
  );

  const nodes: GraphNode[] = [];
  const idOfPlace: number[] = [];
  const idOfConstant = new Map<Tensor, number>();
  const add = (node: Omit<GraphNode, "id">): number =>
    nodes.push({ ...node, id: nodes.length }) - 1;

  const constant = (value: Tensor): number => {
    const known = idOfConstant.get(value);
    if (known !== undefined) return known;
    const { shape, dtype, label: name } = value;
    const id = add({ ...LEAF, kind: "constant", name, shape, dtype, value, gradient: undefined });
    idOfConstant.set(value, id);
    return id;
  };

  tape.forEach((node, place) => {
    const { op, attributes, output: value } = node;
    const { shape, dtype } = value;
    const common = { name: names.get(place), shape, dtype, value, gradient: gradients[place] };
    if (op === undefined) {
      const kind = watched.has(place) ? "input" : "constant";
      idOfPlace.push(add({ ...LEAF, ...common, kind }));
      return;
    }
    const locals = localDerivatives(op, node);
    const inputs = node.sources.map((source, k): GraphEdge => {
      const from = source < 0 ? constant(at(node.inputs, k)) : at(idOfPlace, source);
      const gradient = alongEdges.get(`${place} ${k}`);
      return { from, localDerivative: locals[k], gradient };
    });
    idOfPlace.push(add({ ...common, kind: "operation", op, attributes, inputs }));
  });
  return new Graph(nodes, at(idOfPlace, output.index));
}

const LEAF = { op: undefined, attributes: NO_ATTRIBUTES, inputs: [] };

/** ∂output/∂input for each input, where that has the input's shape. */
function localDerivatives(op: Op, node: TapeNode): (Tensor | undefined)[] {
  const { output, sources } = node;
  if (
    op.results !== undefined ||
    !isFloat(output.dtype) ||
    !(op.family === "elementwise" || output.rank === 0)
  )
    return [];
  const wanted = sources.map((source, k) => source >= 0 && isFloat(at(node.inputs, k).dtype));
  return contributions(op, node, onesLike(output), wanted);
}
