/**
 * The stages of values: an op may share the stage of an input if one loop can compute both; every other op is one stage
 * after its inputs. Ops then sink to the stage of the loop that reads them, so that their values need not wait in
 * memory. The second stage of fusion, see `fuse.ts`.
 */

import { nodeAt } from "../../../graph/trace.ts";
import { at, int32At } from "../../../tensor/shape.ts";
import { isEpilogue, type LoopValues, shares } from "./loopValues.ts";

/** Later than every stage. */
const NEVER = 2 ** 30;

/** Returns for each id the stage of its value, from 0 for inputs. */
export function stagesOf(values: LoopValues): Int32Array {
  return sunk(values, earliest(values));
}

function earliest(values: LoopValues): Int32Array {
  const { trace, sources } = values;
  const stages = new Int32Array(trace.nodes.length);
  for (let id = 0; id < stages.length; id++) {
    const node = nodeAt(trace.nodes, id);
    if (node.kind === "projection") stages[id] = int32At(stages, node.of);
    if (node.kind !== "operation") continue;
    let stage = 1;
    at(sources, id).forEach((source) => {
      const next = int32At(stages, source.id) + (shares(values, id, source) ? 0 : 1);
      if (next > stage) stage = next;
    });
    stages[id] = stage;
  }
  return stages;
}

/** Moves ops to the stage of the loop that reads them, if nothing needs them earlier. */
function sunk(values: LoopValues, earliest: Int32Array): Int32Array {
  const { sources, spaces, needed } = values;
  const stages = earliest.slice();
  // By id: the latest stage that all readers allow, and whether the op then is in the loop of one of them.
  const latest = new Int32Array(stages.length).fill(NEVER);
  const joins = new Uint8Array(stages.length);
  for (let id = stages.length - 1; id >= 0; id--) {
    if (needed[id] === 0) continue;
    const moves = joins[id] === 1 && int32At(spaces, id) > 0;
    if (moves && !isEpilogue(values, id)) stages[id] = int32At(latest, id);
    at(sources, id).forEach((source) => {
      const isShared = shares(values, id, source);
      const limit = int32At(stages, id) - (isShared ? 0 : 1);
      const before = int32At(latest, source.id);
      if (limit > before) return;
      if (limit < before) joins[source.id] = 0;
      latest[source.id] = limit;
      if (isShared) joins[source.id] = 1;
    });
  }
  return stages;
}
