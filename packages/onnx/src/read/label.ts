/** The names of nodes in errors. */

import { describe } from "@graddiff/core/extend";

/** Returns the name of a node in errors: nodes are many, so none keeps its own. */
export function labelOf({ operator, name }: { readonly operator: string; readonly name: string }) {
  return `${operator} ${describe(name)}`;
}
