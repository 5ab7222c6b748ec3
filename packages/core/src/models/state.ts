/**
 * The state of a training as a tree of tensors: what a file has to keep, so that a program that starts anew
 * goes on where another one stopped.
 *
 * The name of a Variable is the way to it: the keys of properties and the indices of arrays, joined by dots,
 * such as `layers.0.weight`. Trees are compared by these names alone, so the flat record of a file is as good
 * as the nested tree that it was written from.
 *
 * In: a model, an optimizer, or a tree of them. Out: a tree of tensors with the same keys.
 *
 * Invariant: tensors do not change, so a state is a snapshot. `loadState` examines all entries before it assigns one.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import type { TensorTree } from "../graph/tree.ts";
import { isVariable, type Variable } from "../graph/variable.ts";
import { define, type LeafAt, leavesByName, modelParts, type Path } from "../graph/variableTree.ts";
import { isTensor, readStorage, stored, type Tensor } from "../tensor/tensor.ts";
import { matchEntries } from "./matching.ts";

/** The settings of {@link loadState}. */
export interface LoadStateOptions {
  /** True if entries that do not fit are left, and Variables without one keep what they have. Default false. */
  readonly partial?: boolean;
}

/** The entries and Variables that {@link loadState} has not loaded. */
export interface StateLoad {
  /** The names of entries that no Variable has taken. */
  readonly left: readonly string[];
  /** The names of Variables that have kept what they had. */
  readonly missing: readonly string[];
}

const readOptions = optionsReader({ partial: optional(flag, false) });

/** The values of Variables by name, nested as the model is. */
export interface State {
  readonly [name: string]: Tensor | State;
}

/** Returns the Variables of a model by name, each by the first way to it. What an optimizer trains belongs to the model. */
export function variablesOf(
  op: string,
  model: unknown,
  argument = "model",
): ReadonlyMap<string, LeafAt<Variable>> {
  const met = new Set<Variable>();
  const { variables } = modelParts(op, argument, model);
  const first = variables.filter(({ leaf }) => met.size < met.add(leaf).size);
  return new Map(first.map((each) => [each.name, each]));
}

/** Returns the Variables of a model, trained or not, each once. */
export function listVariables(op: string, model: unknown): Variable[] {
  return [...variablesOf(op, model).values()].map(({ leaf }) => leaf);
}

/**
 * Returns the values of all Variables of a model by name: of layers, of a random state or a counter, and of objects and
 * arrays of these. Layers inside of others are included. Of an optimizer it has the state, such as means, counts and the
 * learning rate, but not those that it trains. All else is left out, plain numbers and gradients too. A
 * Variable that several ways lead to has the name of the first.
 *
 * Tensors do not change, so later steps leave the result as it is.
 *
 * @param model whatever has Variables in its public properties, or is one.
 * @returns objects nested as the model is, in which the keys of an array are its indices; of a Variable its
 *   value.
 * @throws ArgumentError for what is no object, a list with anything else in it, or two Variables of one name, as in `{
 *   "a.b": v, a: { b: w } }`. Also for Variables in a Map or a Set.
 * @example
 * ```ts
 * import { loadState, state, Tanh, tensor, Variable } from "@graddiff/core";
 * import { Dense, SGD, Sequential } from "@graddiff/nn";
 *
 * const w = new Variable(tensor([1, 2]));
 * const training = { w, optimizer: new SGD([w], { learningRate: 0.5 }), seed: new Variable(tensor(7)) };
 * const saved = state(training);
 * console.log(Object.keys(saved)); // [ 'w', 'optimizer', 'seed' ]
 *
 * training.optimizer.step([tensor([1, 1])]);
 * loadState(training, saved);
 * console.log(String(w.value)); // [1. 2.]
 *
 * const network = new Sequential(new Dense(2, 3), new Tanh(), new Dense(3, 1));
 * console.log(Object.keys(state(network.layers))); // [ '0', '2' ]
 * ```
 */
export function state(model: Variable): Tensor;
export function state(model: object): State;
export function state(model: object): Tensor | State {
  refuseSurplus("state", 1, arguments);
  const variables = variablesOf("state", model);
  if (isVariable(model)) return model.value;
  const tree: Branch = {};
  for (const { path, leaf } of variables.values()) put(tree, path, leaf.value);
  return tree;
}

interface Branch {
  [name: string]: Tensor | Branch;
}

/** Puts a value at a path. No path continues another, since a Variable has nothing in it. */
function put(tree: Branch, path: Path, value: Tensor): void {
  let branch = tree;
  path.forEach((key, depth) => {
    if (depth === path.length - 1) {
      define(branch, key, value);
      return;
    }
    let next = Object.hasOwn(branch, key) ? branch[key] : undefined;
    if (next === undefined || isTensor(next)) {
      next = {};
      define(branch, key, next);
    }
    branch = next;
  });
}

/**
 * Gives the Variables of a model the values of a tree, as {@link state} returns it or a file has it. It takes all of
 * them or, where one entry does not fit, none.
 *
 * Compiled functions go on with the new values. Accumulated gradients stay as they are.
 *
 * @param model as for {@link state}.
 * @param tree a tensor for each Variable, nested or flat: names are compared as keys joined by dots.
 * @param options `partial`: whether entries that do not fit are left, such as those of a head that the model has another
 *   of; default false.
 * @returns the names of entries that were left, and of Variables that keep what they have; without `partial` none.
 * @throws ArgumentError for entries that are missing, are too many or are no tensors; ShapeError or DTypeError
 *   for those of another shape or dtype; with `partial` only where no entry fits. The message names all of them, up to 20.
 * @example
 * ```ts
 * import { loadState, tensor } from "@graddiff/core";
 * import { Dense } from "@graddiff/nn";
 *
 * const dense = new Dense(2, 1);
 * loadState({ dense }, { "dense.weight": tensor([[1], [2]]), "dense.bias": tensor([3]) });
 * console.log(String(dense.forward(tensor([[10, 100]])))); // [[213.]]
 *
 * const { left, missing } = loadState(dense, { weight: tensor([[5], [6]]), scale: tensor(2) }, { partial: true });
 * console.log(left, missing); // [ 'scale' ] [ 'bias' ]
 * ```
 */
export function loadState(model: object, tree: TensorTree, options?: LoadStateOptions): StateLoad {
  refuseSurplus("loadState", 3, arguments);
  const op = "loadState";
  const { partial } = readOptions(op, options);
  const variables = variablesOf(op, model);
  const leaves = leavesByName(op, "tree", tree);
  const { used, left, missing } = matchEntries(op, {
    wanted: new Map([...variables].map(([name, { leaf }]) => [name, leaf])),
    values: new Map([...leaves].map(([name, { leaf }]) => [name, leaf])),
    argument: "tree",
    expected: "one fitting Tensor for each Variable of the model",
    hint: "Make the model as it was when its state was taken",
    partial,
  });
  const values = used.map(([name, value]) => {
    // Each name belongs to a Variable.
    const { leaf } = variables.get(name) as LeafAt<Variable>;
    return [leaf, likeIn(leaf, value)] as const;
  });
  for (const [variable, value] of values) variable.assign(value);
  return { left, missing };
}

/**
 * Returns the value, weak if that of the Variable is. A weak number, such as a learning rate, adapts to the dtype
 * beside it, and files do not store that.
 */
function likeIn({ value }: Variable, tensor: Tensor): Tensor {
  if (tensor.weak === value.weak) return tensor;
  return stored(tensor.shape, tensor.dtype, readStorage(tensor, "loadState"), value.weak);
}
