/** The values that a body saves for its way back. */

import type { Read } from "../graph/joint.ts";
import { spreadForward } from "../graph/spread.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";

/**
 * Returns the values of a body that are saved because its way back reads them, and those that are computed again:
 * values that follow from fixed inputs alone would be saved as often as the body runs.
 */
export function savedOf(
  body: Trace,
  ids: readonly number[],
  fixed: readonly boolean[],
): { reads: Read[]; again: number[] } {
  const { nodes } = body;
  const varies = spreadForward(
    body,
    fixed.map((is) => Number(!is)),
    0,
    () => 1,
  );
  const reads: Read[] = [];
  const again = new Set<number>();
  const seen = new Set(ids);
  // Grows while it is walked over.
  for (const id of seen) {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument") reads.push({ id, position: node.position });
    else if (varies[id] === 1) reads.push({ id, position: -1 });
    else {
      again.add(id);
      if (node.kind === "part") seen.add(node.of);
      if (node.kind === "operation") for (const input of node.inputs) seen.add(input);
    }
  }
  return { reads, again: [...again].sort((a, b) => a - b) };
}
