/**
 * Lowering: composites are opened into the ops that they are written in, and bodies are lowered in place.
 */

import type { Attributes, Op } from "../graph/op.ts";
import { record } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import {
  mapBodies,
  movedNode,
  neededNodes,
  type Operation,
  renamed,
  type Trace,
} from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Whether a target has a composite whole. */
export type Keeps = (op: Op) => boolean;

/** Records ops as the ones that they are lowered to. */
export class LoweringRecording extends TraceRecording {
  readonly #keeps: Keeps;

  constructor(keeps: Keeps) {
    super();
    this.#keeps = keeps;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const body = this.#keeps(op) ? undefined : op.body;
    return body?.(inputs, attributes) ?? super.apply(op, inputs, attributes);
  }

  override applyAll(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor[] {
    const { joint } = op;
    if (joint?.opens && !this.#keeps(op)) return [...joint.run(inputs, attributes, replayBody)];
    const bodies = mapBodies(attributes, (body) => lower(body, this.#keeps));
    return super.applyAll(op, inputs, bodies);
  }
}

/**
 * Lowers a trace: what no result needs is dropped, and composites are opened, in bodies too. Primitive ops
 * are left, ops with bodies, and what is kept.
 *
 * @param keeps default: no composite.
 */
export function lower(trace: Trace, keeps: Keeps = () => false): Trace {
  return record(new LoweringRecording(keeps), (recording) => {
    // Ops that are the same lowered are copied as they are, which takes a third of the time.
    const isLow = (op: Op) => op.results === undefined && (op.kernel !== undefined || keeps(op));
    const newId: number[] = [];
    const parts = new Map<number, readonly Tensor[]>();
    const needed = neededNodes(trace);
    const lowered = (node: Operation): Tensor[] => {
      const { op, attributes } = node;
      const inputs = node.inputs.map((input) => recording.tensorAt(numberAt(newId, input)));
      return op.results === undefined
        ? [recording.apply(op, inputs, attributes)]
        : recording.applyAll(op, inputs, attributes);
    };
    trace.nodes.forEach((node, id) => {
      const isGiven = node.kind !== "operation" && node.kind !== "part";
      if (!isGiven && needed[id] === 0) newId.push(-1);
      else if (node.kind === "part") {
        newId.push(recording.idOf(at(parts.get(node.of) ?? [], node.index), "lower"));
      } else if (node.kind !== "operation" || isLow(node.op)) {
        newId.push(recording.append(movedNode(node, newId)));
      } else {
        const results = lowered(node);
        if (results.length > 1) parts.set(id, results);
        newId.push(recording.idOf(at(results, 0), node.op.name));
      }
    });
    const { nodes, names } = recording.trace([]);
    return renamed(trace, nodes, newId, names);
  });
}
