/**
 * Folding: a node is drawn in place of the operations that lead to it alone.
 */

import type { GraphNode, Nodes } from "./nodes.ts";

/**
 * Returns for each id the node that the node is drawn in, which is the node itself where it is drawn.
 *
 * A folded node takes in what leads to it alone: operations, their parts and constants, up to those that
 * have a name or are folded themselves. Inputs are always drawn.
 */
export function ownersOf({ nodes, output }: Nodes, folded: ReadonlySet<number>): number[] {
  const owners = nodes.map(({ id }) => id);
  if (folded.size === 0) return owners;
  /** By id: the one owner of all that read it so far; −1 where there are several. */
  const readers: (number | undefined)[] = [];
  for (const node of nodes.toReversed()) {
    const { id, inputs } = node;
    const reader = readers[id];
    const hides = reader !== undefined && folded.has(reader) && canHide(node);
    const owner = hides && id !== output && !folded.has(id) ? reader : id;
    owners[id] = owner;
    for (const { from } of inputs) {
      const before = readers[from];
      readers[from] = before === undefined || before === owner ? owner : -1;
    }
  }
  return owners;
}

function canHide({ kind, name }: GraphNode): boolean {
  return kind !== "input" && name === undefined;
}
