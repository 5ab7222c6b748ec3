/**
 * The two ends of every differentiated function: its arguments, whose leaves are recorded, and its
 * result, which must be a Tensor.
 */

import { listOf, nonNegativeInteger, type Reader } from "../arguments.ts";
import { ArgumentError, DerivativeError, DTypeError, describe } from "../errors.ts";
import type { Recording } from "../graph/recording.ts";
import { bareTree, type Gradient, type Leaf, leafTensor, walkTree } from "../graph/tree.ts";
import { Variable } from "../graph/variable.ts";
import { treeOfVariables } from "../graph/variableTree.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { isTensor, type Tensor } from "../tensor/tensor.ts";
import type { GradientRecording } from "./reverse.ts";
import { asGradient } from "./tangents.ts";
import type { NodeGradients } from "./tape.ts";

/** The cotangents of the nodes of a tape, by their ids. */
type Found = Pick<NodeGradients, "maskedCotangent">;

/** A tree whose leaves are recorded. */
export interface Watched<Tree> {
  /** The tree for the recorded function. A Variable stays: what reads it sees the leaf. */
  readonly traced: unknown;
  /** The ids of its leaves, in order; −1 for a constant. */
  readonly indices: readonly number[];
  /** The gradients of its leaves, zeros for leaves without one. */
  readonly gradient: (gradients: Found) => Gradient<Tree>;
}

/** Records the leaves of trees. */
export class Leaves {
  readonly #op: string;
  readonly #recording: GradientRecording;
  #count = 0;
  readonly #cells = new Map<Variable, Tensor>();

  constructor(op: string, recording: GradientRecording) {
    this.#op = op;
    this.#recording = recording;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Records the leaves of a tree.
   *
   * @param floats true if leaves of integers are constants, whose gradient is undefined. Otherwise they are refused.
   */
  watch<Tree>(tree: Tree, path: string, floats = false): Watched<Tree> {
    const indices: number[] = [];
    const traced = walkTree(
      this.#op,
      tree,
      (leaf, leafPath, isInside) => {
        if (isInside && leaf instanceof Variable && !leaf.isDifferentiable) return leaf;
        const recorded = this.#record(leaf, leafPath, floats);
        indices.push(recorded?.index ?? -1);
        return leaf instanceof Variable ? leaf : (recorded ?? leaf);
      },
      { path },
    );
    this.#count += indices.length;
    const gradient = (gradients: Found) => {
      let number = 0;
      const visit = (leaf: Leaf) => {
        const index = at(indices, number++);
        return index < 0
          ? undefined
          : asGradient(gradients.maskedCotangent(index), leafTensor(leaf));
      };
      const found = bareTree(this.#op, tree, visit, path);
      // bareTree replaces exactly the leaves that the type Gradient replaces.
      return found as Gradient<Tree>;
    };
    return { traced, indices, gradient };
  }

  /** Returns a leaf as recorded; undefined for a constant, where `floats` says so. */
  #record(leaf: Leaf, path: string, floats: boolean): Tensor | undefined {
    const known = leaf instanceof Variable ? this.#cells.get(leaf) : undefined;
    if (known !== undefined) return known;
    const value = leafTensor(leaf);
    if (!isFloat(value.dtype)) {
      if (floats) return undefined;
      const expected = "float32 or float64 to differentiate with respect to";
      const hint = 'Choose other arguments with argnums, or convert with cast("float32")';
      throw new DTypeError(this.#op, path, expected, value.dtype, hint);
    }
    const recorded = this.#recording.leaf(value);
    if (leaf instanceof Variable) {
      this.#cells.set(leaf, recorded);
      this.#recording.leaves.set(leaf.cell, recorded);
    }
    return recorded;
  }
}

/** The arguments and Variables with respect to which a function is differentiated. Default: the first argument. */
export interface Choice {
  readonly argnums?: number | readonly number[] | undefined;
  readonly variables?: unknown;
}

/** A call whose chosen arguments and Variables are recorded. */
export interface WatchedCall {
  /** The arguments of the recorded function. */
  readonly traced: readonly unknown[];
  /** The gradients in the form that the choice asks for. */
  readonly gradient: (gradients: Found) => unknown;
}

/**
 * Records the leaves of the chosen arguments and Variables.
 * @throws ArgumentError for indices that the call has not, and where nothing is chosen.
 */
export function watchCall(
  op: string,
  recording: GradientRecording,
  inputs: readonly unknown[],
  { argnums, variables }: Choice,
): WatchedCall {
  const chosen = argnums ?? (variables === undefined ? 0 : []);
  const list = typeof chosen === "number" ? [chosen] : chosen;
  checkArgnums(op, list, inputs.length);
  const leaves = new Leaves(op, recording);
  const watched = list.map((i) => leaves.watch(inputs[i], argumentName(i)));
  const traced = inputs.map((input, i) => {
    const watchedInput = watched[list.indexOf(i)];
    return watchedInput === undefined ? constants(op, input) : watchedInput.traced;
  });
  const state = leaves.watch(treeOf(op, variables), "variables");
  if (leaves.count === 0) {
    const expected = "a tensor, number or Variable to differentiate with respect to";
    throw new ArgumentError(op, "", expected, "none in the chosen arguments");
  }
  const gradient = (gradients: Found) => {
    const ofArguments = watched.map((each) => each.gradient(gradients));
    const byArgnums = typeof chosen === "number" ? ofArguments[0] : ofArguments;
    if (variables === undefined) return byArgnums;
    const byVariables = state.gradient(gradients);
    return argnums === undefined ? byVariables : { arguments: byArgnums, variables: byVariables };
  };
  return { traced, gradient };
}

/** Returns the tree of the Variables that are chosen, if any. @internal */
export function treeOf(op: string, variables: unknown): unknown {
  return variables === undefined ? undefined : treeOfVariables(op, "variables", variables);
}

/** Arguments that are not differentiated: numbers become tensors, as everywhere. */
export function constants(op: string, input: unknown): unknown {
  return walkTree(op, input, (leaf) => (typeof leaf === "number" ? leafTensor(leaf) : leaf));
}

export function argumentName(index: number): string {
  return `argument ${index}`;
}

/** Reads the indices of arguments. */
export const readArgnums: Reader<number[]> = listOf(
  nonNegativeInteger,
  "an array of indices of arguments",
);

export function checkArgnums(op: string, list: readonly number[], count: number): void {
  const bad = list.find((argnum) => !Number.isInteger(argnum) || argnum < 0 || argnum >= count);
  if (bad !== undefined || new Set(list).size !== list.length) {
    const expected =
      count === 0
        ? "a call with arguments"
        : `indices from 0 to ${count - 1}, each once, for a call with ${count} arguments`;
    const got = bad === undefined ? `[${list.join(", ")}]` : String(bad);
    throw new ArgumentError(op, "argnums", expected, got);
  }
}

/** Returns the result of a differentiated function as a Tensor, or the error that says why it is none. */
export function checkTensor(op: string, result: unknown, path = "result"): Tensor {
  if (isTensor(result)) return result;
  const expected = "a Tensor from the differentiated function";
  const hint =
    typeof result === "number"
      ? "A plain number carries no gradient: return the Tensor itself, without item()"
      : result instanceof Promise
        ? "Differentiated functions are synchronous: await outside"
        : "Return the value to differentiate";
  throw new DerivativeError(op, path, expected, describe(result), hint);
}

/**
 * Refuses a result in which the derivative is lost: it depends on nothing that is recorded, though elements of that were
 * read as an array. (A number that was read may rightly have chosen a branch without a derivative.)
 *
 * @throws DerivativeError
 */
export function refuseLost(op: string, { arraysBy }: Recording, depends: boolean): void {
  if (depends || arraysBy === undefined) return;
  const expected = "one that is computed from the arguments or the Variables";
  const got = `one that depends on none, beside ${arraysBy}() of what does`;
  const hint = `Compute it inside of the function, by ops of tensors, without ${arraysBy}()`;
  throw new DerivativeError(op, "result", expected, got, hint);
}
