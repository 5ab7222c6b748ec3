/** The names of nodes in errors. */

import { describe } from "@graddiff/core/extend";

/** Returns the name of a node in errors: names are not stored, since nodes are many. */
export function labelOf({ operator, name }: { readonly operator: string; readonly name: string }) {
  return `${operator} ${describe(name)}`;
}
