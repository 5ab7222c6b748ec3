/**
 * A typed function written with all its brackets, which shows how `1/2x` was read.
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

/** Returns a calculation with a bracket around each part that is a calculation; its text parses to the same tree. */
export function written(tree: Tree): string {
  if (tree.kind === "name") return tree.name;
  if (tree.kind === "number") return tree.name ?? numberText(tree.value);
  const { operation, typed, parts } = tree;
  if (typed === "sqrt") return `√(${parts.map(written).join()})`;
  if (typed !== undefined) {
    // The logarithm is written as ln, which is unambiguous.
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

/** Returns a part of a calculation, in brackets unless it is a letter, a number or a function. */
function part(tree: Tree): string {
  const isWhole = tree.kind !== "apply" || tree.typed !== undefined;
  return isWhole ? written(tree) : `(${written(tree)})`;
}

/** Returns a number as text that can be parsed; numbers in a tree are not negative. */
function numberText(value: number): string {
  return value < 0 ? `(−${-value})` : String(value);
}
