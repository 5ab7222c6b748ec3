/**
 * A typed calculation as a tree.
 */

import { CONSTANTS, type Operation, SIGNED, SQUARE } from "./functions.ts";
import { scalar } from "./numbers.ts";
import type { Span } from "./tokens.ts";
import { trouble } from "./trouble.ts";

export type Tree = NumberTree | NameTree | ApplyTree;

export interface NumberTree extends Span {
  readonly kind: "number";
  readonly value: number;
  /** The name of a constant, such as `pi`. */
  readonly name?: string;
}

export interface NameTree extends Span {
  readonly kind: "name";
  readonly name: string;
}

export interface ApplyTree extends Span {
  readonly kind: "apply";
  readonly operation: Operation;
  /** The name under which a function was typed; undefined for an operation that is written as a sign. */
  readonly typed?: string;
  readonly parts: readonly Tree[];
}

/** Returns a tree, as computed and drawn, in which calculations of only numbers are folded to numbers. */
export function folded(tree: Tree): Tree {
  if (tree.kind !== "apply") return tree;
  const parts = tree.parts.map(folded);
  const { start, end } = tree;
  if (parts.every((part) => part.kind === "number")) {
    // The library computes the number, since its elementary functions have the same bits everywhere.
    const value = tree.operation.apply(...parts.map((part) => scalar(part.value))).item();
    if (!Number.isFinite(value)) throw trouble("notFinite", [], tree);
    return { kind: "number", value, start, end };
  }
  const [base, power] = parts;
  const isSquare =
    tree.operation === SIGNED.pow && power?.kind === "number" && power.value === 2 && base;
  if (isSquare) return { ...tree, operation: SQUARE, parts: [isSquare] };
  return { ...tree, parts };
}

/**
 * Returns the body of a function with arguments in place of its parameters; undefined if it has more operations than
 * allowed.
 */
export function inlined(
  body: Tree,
  given: ReadonlyMap<string, Tree>,
  most: number,
): Tree | undefined {
  const sizes = new Map([...given].map(([name, tree]) => [name, sizeOf(tree)]));
  const size = namesIn(body).reduce((sum, { name }) => sum + (sizes.get(name) ?? 0), sizeOf(body));
  if (size > most) return undefined;
  const replaced = (tree: Tree): Tree => {
    if (tree.kind === "name") return given.get(tree.name) ?? tree;
    return tree.kind === "apply" ? { ...tree, parts: tree.parts.map(replaced) } : tree;
  };
  return replaced(body);
}

/** Returns the names in a tree, with repetitions, in order. */
export function namesIn(tree: Tree): readonly NameTree[] {
  if (tree.kind === "name") return [tree];
  return tree.kind === "apply" ? tree.parts.flatMap(namesIn) : [];
}

/** Returns the number of operations in a tree. */
export function sizeOf(tree: Tree): number {
  return tree.kind === "apply" ? tree.parts.reduce((sum, part) => sum + sizeOf(part), 1) : 0;
}

/** Returns a number or a name of the text as a leaf of the tree. */
export function leafOf(name: string, span: Span): NumberTree | NameTree {
  const value = CONSTANTS.get(name);
  const { start, end } = span;
  return value === undefined
    ? { kind: "name", name, start, end }
    : { kind: "number", value, name, start, end };
}
