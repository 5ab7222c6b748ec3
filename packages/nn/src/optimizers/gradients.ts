/** The Variables that an optimizer trains, and the gradient of each: by the order of a list, or by name. */

import { ArgumentError, ShapeError, type Tensor, type Variable } from "@graddiff/core";
import {
  describe,
  formatShape,
  isTensor,
  isVariable,
  sameShape,
  toTensor,
} from "@graddiff/core/extend";
import { leavesByName, modelParts, takeGradient } from "../inside.ts";

/** The parameters of a model, each once, and the index of each by all of its names. */
export interface Trained {
  /** The parameters, including frozen ones, which may be thawed. */
  readonly variables: readonly Variable[];
  readonly indices: ReadonlyMap<string, number>;
  /**
   * Returns the index of the Variable at the end of a path that is not one of these names, such as the second path to a
   * layer that the model contains twice.
   */
  readonly indexAt: (path: readonly string[]) => number | undefined;
}

/**
 * Returns the Variables of a model, a list or a tree. Several names in a model that lead to one Variable tie its
 * weights; a list that has one twice is a mistake.
 */
export function readTrained(op: string, model: unknown): Trained {
  const argument = "variables";
  if (Array.isArray(model)) refuseTwice(op, argument, model);
  const order = new Map<Variable, number>();
  const indices = new Map<string, number>();
  for (const { name, leaf: variable } of modelParts(op, argument, model, true).variables) {
    if (!variable.isParameter) continue;
    const index = order.get(variable) ?? order.size;
    order.set(variable, index);
    indices.set(name, index);
  }
  const indexAt = (path: readonly string[]) => {
    const end = path.reduce<unknown>((branch, key) => Object(branch)[key], model);
    return isVariable(end) ? order.get(end) : undefined;
  };
  return { variables: [...order.keys()], indices, indexAt };
}

function refuseTwice(op: string, argument: string, list: readonly unknown[]): void {
  const again = list.findIndex((each, i) => isVariable(each) && list.indexOf(each) < i);
  if (again < 0) return;
  throw new ArgumentError(
    op,
    `${argument}[${again}]`,
    "each Variable once",
    `the one of ${argument}[${list.indexOf(list[again])}]`,
  );
}

/** A gradient, and its name in errors. */
interface Named {
  readonly argument: string;
  readonly gradient: Tensor;
}

/**
 * Returns the gradients in the order of the Variables; undefined for those that are not trained now.
 *
 * @throws ShapeError or ArgumentError where they do not fit.
 */
export function readGradients(
  op: string,
  gradients: unknown,
  trained: Trained,
): (Tensor | undefined)[] {
  const flat =
    Array.isArray(gradients) &&
    gradients.every((each) => isTensor(each) || !(Object(each) === each || each === undefined));
  const list = flat ? inOrder(op, gradients, trained.variables) : byName(op, gradients, trained);
  return trained.variables.map(({ shape, trainable }, i) => {
    if (!trainable) return undefined;
    const { argument, gradient } = list[i] as Named;
    if (sameShape(gradient.shape, shape)) return gradient;
    throw new ShapeError(
      op,
      argument,
      `the Variable's shape ${formatShape(shape)}`,
      formatShape(gradient.shape),
    );
  });
}

function inOrder(
  op: string,
  gradients: readonly unknown[],
  variables: readonly Variable[],
): (Named | undefined)[] {
  // A list has the gradients of all Variables, some of which may be frozen now, or those of the trained ones.
  const isWhole = gradients.length === variables.length;
  const given = isWhole ? variables : variables.filter(({ trainable }) => trainable);
  if (gradients.length !== given.length) {
    throw new ShapeError(
      op,
      "gradients",
      `${given.length}, one for each Variable`,
      String(gradients.length),
    );
  }
  let next = 0;
  return variables.map((variable) => {
    if (given[next] !== variable) return undefined;
    const argument = `gradients[${next}]`;
    return { argument, gradient: toTensor(op, argument, gradients[next++]) };
  });
}

/**
 * Returns the gradients in the order of the Variables. Tied weights have one gradient, under any of their names.
 */
function byName(
  op: string,
  gradients: unknown,
  { variables, indices, indexAt }: Trained,
): readonly (Named | undefined)[] {
  const found: Named[] = [];
  for (const [name, { leaf, path }] of leavesByName(op, "gradients", gradients)) {
    if (leaf === undefined || leaf === null) continue;
    const index = indices.get(name) ?? indexAt(path);
    if (index === undefined) {
      throw unfitting(op, name === "" ? describe(leaf) : `one of the name ${name}`);
    }
    const argument = name === "" ? "gradients" : `gradients.${name}`;
    found[index] ??= { argument, gradient: toTensor(op, argument, leaf) };
  }
  const missing = variables.findIndex(
    ({ trainable }, index) => trainable && found[index] === undefined,
  );
  if (missing < 0) return found;
  const name = [...indices].find(([, index]) => index === missing)?.[0];
  throw unfitting(op, `none of the name ${name}`);
}

function unfitting(op: string, got: string): ArgumentError {
  return new ArgumentError(
    op,
    "gradients",
    "one for each Variable, in a list in their order or a tree with their names",
    got,
  );
}

/**
 * Returns the gradients that layers have accumulated, and marks them as used; undefined for a Variable that is frozen
 * now.
 *
 * @throws ArgumentError if no gradient has changed since the last step.
 */
export function useAccumulated(op: string, variables: readonly Variable[]): (Tensor | undefined)[] {
  const taken = variables.map((each) => (each.trainable ? takeGradient(each) : undefined));
  if (taken.some((each) => each?.isNew)) return taken.map((each) => each?.gradient);
  throw new ArgumentError(
    op,
    "gradients",
    "gradients, since no backward has added any since the last step or zeroGradient",
    "none",
    "Pass what valueAndGrad has returned, as in optimizer.step(gradient)",
  );
}
