/**
 * The Variables of a model, for gradients and optimizers.
 */

import { refuseSurplus } from "../arguments.ts";
import type { Trainable } from "../graph/tree.ts";
import type { Variable } from "../graph/variable.ts";
import { insideTrained, namesOfTrained } from "../graph/variableTree.ts";

/**
 * Returns the trained Variables of a model in order, each once (`trainable`: floats, unless told otherwise). They come
 * from layers, those inside of others included, and from objects and arrays of layers and Variables, also of classes of
 * one's own. It is the walk that `layer.variables` is; an optimizer's own are left out, and so is what is not trained,
 * which `state` has, too.
 *
 * @param model whatever has Variables in its public properties, or is one. What stands in a private field
 *   (`#weight`) is not seen.
 * @throws ArgumentError for what is no object, for Variables in a Map or a Set, and for a Tensor or a number in a list
 *   or a plain object. Nobody could train these.
 * @example
 * ```ts
 * import { tensor, Variable, variables } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const model = { encoder: new Dense(2, 3), heads: [new Dense(3, 1), new Dense(3, 2)], scale: new Variable(tensor(1)) };
 * console.log(variables(model).length); // 7
 * ```
 */
export function variables(model: Trainable): Variable[] {
  refuseSurplus("variables", 1, arguments);
  const names = namesOfTrained("variables", "model", model, insideTrained);
  return [...new Set(names.map(([, variable]) => variable))].filter(({ trainable }) => trainable);
}
