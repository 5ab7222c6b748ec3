/**
 * Conversion of a typed function to a function of tensors.
 */

import { named, type Tensor } from "@graddiff/core";
import { scalar } from "./numbers.ts";
import type { OwnProgram } from "./program.ts";
import type { Tree } from "./tree.ts";

/** Returns the function of a program, which takes its inputs in the order of `inputs`. Each line is a named node. */
export function build({
  lines,
  inputs,
}: Pick<OwnProgram, "lines" | "inputs">): (...given: Tensor[]) => Tensor {
  const names = [...inputs.keys()];
  return (...given) => {
    const known = new Map(given.map((value, i) => [names[i] ?? "", value]));
    let last: Tensor | undefined;
    for (const { name, folded } of lines) {
      const value = applied(folded, known);
      // A line such as `z = x` adds no node, since the node of x has a name.
      last = folded.kind === "apply" ? named(name, value) : named(name, value.mul(1));
      known.set(name, last);
    }
    return last ?? scalar(Number.NaN);
  };
}

function applied(tree: Tree, known: ReadonlyMap<string, Tensor>): Tensor {
  if (tree.kind === "number") return scalar(tree.value);
  if (tree.kind === "name") return known.get(tree.name) ?? scalar(Number.NaN);
  // A number stays a plain number, which adapts to the dtype of the other part, as in a program.
  const parts = tree.parts.map((part) =>
    part.kind === "number" ? part.value : applied(part, known),
  );
  return tree.operation.apply(...parts);
}
