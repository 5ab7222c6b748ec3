/**
 * `explain`: runs a function and returns its graph with everything on it.
 */

import {
  checkCall,
  checkFunction,
  listOf,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
  text,
} from "../arguments.ts";
import type { Graph } from "../draw/graph.ts";
import { ArgumentError, describe } from "../errors.ts";
import { isOf } from "../graph/apply.ts";
import type { Inputs, TensorFunction, TensorInputs } from "../graph/functions.ts";
import type { Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import { leafTensor, walkTree } from "../graph/tree.ts";
import { numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DrawnRecording } from "./drawn.ts";
import { explained } from "./explained.ts";
import { checkTensor } from "./inputs.ts";
import { parameterNames } from "./parameterNames.ts";

/** The names that {@link explain} gives to the inputs and results of the graph; "" for none. */
export interface ExplainOptions {
  /**
   * A name for each argument. The name of a tree precedes the paths of its leaves. Default: the names of the function's
   * parameters, which are read from its source and which a minifier changes.
   */
  readonly names?: readonly string[];
  /** The name of the result. Default: that of the function, which a minifier changes, too. */
  readonly result?: string;
}

const NAMES = "an array of texts, a name for each argument";

const readTexts = listOf(text, NAMES);

/** Names of which no two are the same, but for "". */
const readNames: Reader<readonly string[]> = (op, argument, value) => {
  const names = readTexts(op, argument, value);
  names.forEach((name, i) => {
    checkUnused(op, `${argument}[${i}]`, name, names.slice(0, i));
  });
  return names;
};

const readOptions = optionsReader({
  names: optional(readNames, undefined),
  result: optional(text, undefined),
});

function checkUnused(op: string, argument: string, name: string, before: readonly string[]): void {
  if (name.length === 0 || !before.includes(name)) return;
  const expected = "a name that no other node has";
  throw new ArgumentError(op, argument, expected, describe(name));
}

/**
 * Runs a function and returns its computational graph: every node with its forward value and the
 * gradient of the result with respect to it. Every edge has the local derivative of its op and
 * the gradient that flows along it.
 *
 * Nodes are named after the function's parameters, the keys of object arguments, the function
 * itself (for the result), and whatever `named("…", x)` names, which comes before all others. Code that
 * a minifier goes over says the first and the last by `options`. A result that is no scalar is
 * explained through the sum of its elements.
 *
 * @param fn a function of tensors or trees that returns a Tensor.
 * @param options `names` (default: those of the parameters) and `result` (default: the name of the function).
 * @returns a function of the same arguments that returns the {@link Graph}.
 * @throws DerivativeError if the result is no Tensor; ArgumentError for two equal names, and for more or fewer
 *   `names` than arguments of the call.
 * @example
 * ```ts
 * import { explain, type Tensor } from "@graddiff/core";
 *
 * const total = (price: Tensor, count: Tensor, tax: Tensor) => price.mul(count).mul(tax);
 * const graph = explain(total)(100, 2, 1.1);
 * console.log(graph.node("total")?.value?.item(), graph.node("price")?.gradient?.item()); // 220.00000000000003 2.2
 * ```
 * @example
 * ```ts
 * import { explain, type Tensor } from "@graddiff/core";
 *
 * const t = (e: Tensor, n: Tensor) => e.mul(n);
 * const graph = explain(t, { names: ["price", "count"], result: "total" })(100, 2);
 * console.log(graph.nodes.map(({ name }) => name).join(" ")); // price count total
 * ```
 */
export function explain<F extends TensorFunction<Tensor>>(
  fn: F,
  options?: ExplainOptions,
): (...inputs: TensorInputs<F>) => Graph;
export function explain<List extends readonly unknown[]>(
  fn: (...inputs: List) => Tensor & Recordable<List>,
  options?: ExplainOptions,
): (...inputs: Inputs<List>) => Graph;
export function explain(fn: (...inputs: never) => unknown, options_?: unknown): unknown {
  refuseSurplus("explain", 2, arguments);
  checkFunction("explain", fn);
  const options = readOptions("explain", options_);
  const { names, result: resultName = fn.name } = options;
  checkUnused("explain", "result", options.result ?? "", names ?? []);
  return (...inputs: unknown[]) =>
    record(new DrawnRecording(), (recording) => {
      checkCall("explain", fn, inputs);
      const inputNames = names ?? parameterNames(fn);
      if (names !== undefined && names.length !== inputs.length) {
        const expected = `as many names as arguments, ${inputs.length}`;
        throw new ArgumentError("explain", "names", expected, String(names.length));
      }
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
          { path: inputNames[i] ?? "" },
        ),
      );
      const result = checkTensor("explain", fn(...(traced as never)));
      const output = isOf(recording, result) ? result : recording.constant(result);
      if (recording.tape.nameOf(output.index) === undefined && resultName !== "") {
        recording.name(output.index, resultName);
      }
      const { tape } = recording;
      const { trace, newId, values } = tape.trace(output.index);
      return explained({ trace, output: numberAt(newId, output.index), values }, tape, newId);
    });
}
