/**
 * A typed function as it was read, with all its brackets: what decides how `1/2x` is meant.
 */

import { type Operation, SIGNED } from "./functions.ts";
import type { Line, OwnProgram } from "./program.ts";
import type { Tree } from "./tree.ts";

const SIGNS = new Map<Operation, string>([
  [SIGNED.add, " + "],
  [SIGNED.sub, " − "],
  [SIGNED.mul, " · "],
  [SIGNED.div, " / "],
]);

/** Returns the lines of a program, such as `z = ((x + y)²) − (3 · x)`. */
export function writtenLines({ lines }: OwnProgram): readonly string[] {
  return lines.map(writtenLine);
}

export function writtenLine({ name, isNamed, tree }: Line): string {
  return isNamed ? `${name} = ${written(tree)}` : written(tree);
}

/** Returns a calculation with a bracket around each part that is one; a reader of it reads the same tree. */
export function written(tree: Tree): string {
  if (tree.kind === "name") return tree.name;
  if (tree.kind === "number") return tree.name ?? numberText(tree.value);
  const { operation, typed, parts } = tree;
  if (typed === "sqrt") return `√(${parts.map(written).join()})`;
  if (typed !== undefined) {
    // The name that says which logarithm it is.
    return `${typed === "log" ? "ln" : typed}(${parts.map(written).join(", ")})`;
  }
  const [left = "", right = ""] = parts.map(part);
  if (operation === SIGNED.neg) return `−${left}`;
  const [, power] = parts;
  if (operation !== SIGNED.pow) return left + (SIGNS.get(operation) ?? "") + right;
  const raised = power?.kind === "number" && power.name === undefined && RAISED.get(power.value);
  return raised ? left + raised : `${left}^${right}`;
}

const RAISED = new Map([
  [2, "²"],
  [3, "³"],
]);

/** Returns a part of a calculation, in brackets where it is none of a letter, a number or a function. */
function part(tree: Tree): string {
  const isWhole = tree.kind !== "apply" || tree.typed !== undefined;
  return isWhole ? written(tree) : `(${written(tree)})`;
}

/** Returns a number as it can be read again; those that a text holds are not below 0. */
function numberText(value: number): string {
  return value < 0 ? `(−${-value})` : String(value);
}
