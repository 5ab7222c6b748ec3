/**
 * `explain`: runs a function and returns its graph with everything on it.
 */

import { checkCall, checkFunction, refuseSurplus } from "../arguments.ts";
import type { Graph } from "../draw/graph.ts";
import { isOf } from "../graph/apply.ts";
import type { Inputs, TensorFunction, TensorInputs } from "../graph/functions.ts";
import type { Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import { leafTensor, walkTree } from "../graph/tree.ts";
import { numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { explained } from "./explained.ts";
import { checkTensor } from "./inputs.ts";
import { parameterNames } from "./parameterNames.ts";
import { GradientRecording } from "./reverse.ts";

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
export function explain<F extends TensorFunction<Tensor>>(
  fn: F,
): (...inputs: TensorInputs<F>) => Graph;
export function explain<List extends readonly unknown[]>(
  fn: (...inputs: List) => Tensor & Recordable<List>,
): (...inputs: Inputs<List>) => Graph;
export function explain(fn: (...inputs: never) => unknown): unknown {
  if (arguments.length > 1) refuseSurplus("explain", 1, arguments);
  checkFunction("explain", fn);
  return (...inputs: unknown[]) =>
    record(new GradientRecording({ drawn: true }), (recording) => {
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
      const { tape } = recording;
      const { trace, newId, values } = tape.trace(output.index);
      return explained({ trace, output: numberAt(newId, output.index), values }, tape, newId);
    });
}
