/**
 * The parameters of a model, for gradients and optimizers, and which of them are trained.
 */

import { listOf, refuseSurplus, text } from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";
import type { Trainable } from "../graph/tree.ts";
import type { Variable } from "../graph/variable.ts";
import { type NamedVariable, parametersOf } from "../graph/variableTree.ts";

/** Returns the parameters of a model, each once. */
function listOfParameters(op: string, model: unknown): Variable[] {
  return [...new Set(parametersOf(op, "model", model).map(({ leaf }) => leaf))];
}

/**
 * Returns the parameters of a model in order, each once, frozen or not. A parameter is a Variable that was made to be
 * trained, as those of floats are, unless they are made with `{ trainable: false }`: statistics, seeds and counts are none.
 * They come from layers, those inside of others included, and from objects and arrays of layers and Variables, also of
 * your classes. It is the walk that `layer.variables` is; the state of an optimizer is left out. `state` has what is no
 * parameter, too.
 *
 * @param model whatever has Variables in its public properties, or is one. What a private field holds (`#weight`) is
 *   not seen.
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
  return listOfParameters("variables", model);
}

/**
 * Returns the parameters of a model that are trained now, in the order of {@link variables}: those that are not frozen.
 *
 * @param model as for {@link variables}.
 * @throws ArgumentError as {@link variables} does.
 * @example
 * ```ts
 * import { freeze, trained, variables } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const model = { body: new Dense(2, 3), head: new Dense(3, 1) };
 * freeze(model.body);
 * console.log(variables(model).length, trained(model).length); // 4 2
 * ```
 */
export function trained(model: Trainable): Variable[] {
  refuseSurplus("trained", 1, arguments);
  return listOfParameters("trained", model).filter(({ trainable }) => trainable);
}

/**
 * Freezes parameters of a model: derivatives and steps of optimizers leave them out, until {@link unfreeze} thaws them.
 * Compiled functions and `fit` follow. Statistics of `BatchNorm` are no parameters: they stay where they are in
 * evaluation, `layer.train(false)`.
 *
 * @param model as for {@link variables}.
 * @param paths names of parts or of parameters, as `state` has them. A `*` stands for any letters, dots
 *   included: `"encoder"` and `"encoder.*"` are all in it, `"*.bias"` all biases. Default: the whole model.
 * @throws ArgumentError as {@link variables} does, and for a path at which there is no parameter; RecordingError in a
 *   compiled function, which would do it once and never again.
 * @example
 * ```ts
 * import { freeze, trained } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const model = { encoder: [new Dense(2, 3), new Dense(3, 3)], head: new Dense(3, 1) };
 * freeze(model, ["encoder.*", "head.bias"]);
 * console.log(trained(model).length); // 1
 * ```
 */
export function freeze(model: Trainable, paths?: string | readonly string[]): void {
  refuseSurplus("freeze", 2, arguments);
  setTrainable("freeze", model, paths, false);
}

/**
 * Thaws parameters of a model that were frozen. An optimizer that was made of them before trains them from then on. Those
 * that it has never trained begin with a fresh state, and others go on with the state that they had, as in PyTorch.
 *
 * @param model as for {@link variables}.
 * @param paths as for {@link freeze}. Default: the whole model.
 * @throws ArgumentError and RecordingError as {@link freeze} does.
 * @example
 * ```ts
 * import { freeze, trained, unfreeze } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const model = { body: new Dense(2, 3), head: new Dense(3, 1) };
 * freeze(model);
 * unfreeze(model, "head");
 * console.log(trained(model).length); // 2
 * ```
 */
export function unfreeze(model: Trainable, paths?: string | readonly string[]): void {
  refuseSurplus("unfreeze", 2, arguments);
  setTrainable("unfreeze", model, paths, true);
}

const readPaths = listOf(text, 'names such as "encoder.*"');

function setTrainable(op: string, model: unknown, paths: unknown, value: boolean): void {
  const all = parametersOf(op, "model", model);
  const chosen = paths === undefined ? all : chosenOf(op, all, paths);
  for (const { leaf } of chosen) leaf.trainable = value;
}

/** Returns the parameters at paths. */
function chosenOf(
  op: string,
  all: readonly NamedVariable[],
  argument: unknown,
): readonly NamedVariable[] {
  const paths = readPaths(op, "paths", typeof argument === "string" ? [argument] : argument);
  return paths.flatMap((path) => {
    const letters = path.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*");
    const pattern = new RegExp(`^${letters}(\\..*)?$`, "s");
    const found = all.filter(({ name }) => pattern.test(name));
    if (found.length > 0) return found;
    const expected = `names such as ${all[0]?.name}`;
    throw new ArgumentError(op, "paths", expected, describe(path));
  });
}
