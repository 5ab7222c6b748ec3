/**
 * Loops of few arrays, for targets with few binding points.
 */

import { nodeAt, rootsOf, type Trace } from "../../../graph/trace.ts";
import { at } from "../../../tensor/shape.ts";
import type { Source } from "./items.ts";
import { constantOperand } from "./items.ts";

/** The bound of a target, with the tests by which `fuse.ts` keeps it. */
export interface FewArrays {
  readonly most: number;
  /**
   * True if a loop of these steps and ends has few enough arrays.
   *
   * @param sources by id: the values that an op reads.
   * @param needed 1 for values that are computed.
   */
  readonly fitting: (
    trace: Trace,
    sources: readonly (readonly Source[])[],
    needed: Uint8Array,
  ) => (steps: readonly number[], epilogues: readonly number[]) => boolean;
}

/**
 * Returns the rule for loops that read and write at most `most` values, at least 5: one that is read in several ways
 * counts once.
 */
export function fewArrays(most: number): FewArrays {
  return {
    most,
    fitting: (trace, sources, needed) => {
      const roots = new Set(rootsOf(trace));
      const readers = sources.map((): number[] => []);
      sources.forEach((read, id) => {
        if (needed[id] === 1) for (const source of read) at(readers, source.id).push(id);
      });
      const isConstant = (id: number) => constantOperand(nodeAt(trace.nodes, id)) !== undefined;
      return (steps, epilogues) => {
        const inside = new Set(steps);
        const arrays = new Set(epilogues);
        for (const id of [...steps, ...epilogues]) {
          for (const source of at(sources, id)) {
            const isRead = !inside.has(source.id) || !source.inPlace;
            if (isRead && !isConstant(source.id)) arrays.add(source.id);
          }
        }
        // A value that an end reads counts as stored, since it may turn out that the loop cannot end so.
        const isStored = (id: number) =>
          roots.has(id) || at(readers, id).some((reader) => !inside.has(reader));
        for (const id of steps) if (isStored(id)) arrays.add(id);
        return arrays.size <= most;
      };
    },
  };
}
