/**
 * Runs a trace through `apply`: on recorded tensors, which differentiates or batches a compiled
 * function; or inside another recording, which rewrites it.
 */

import { apply } from "../graph/apply.ts";
import { record } from "../graph/recording.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CompileRecording } from "./record.ts";
import type { Trace, TraceNode } from "./trace.ts";

/** Tensors for the ids of a trace. `leaf` gives those that no op computes. */
export function replay(
  { nodes }: Trace,
  leaf: (node: Exclude<TraceNode, { kind: "operation" }>, id: number) => Tensor,
): Tensor[] {
  const tensors: Tensor[] = [];
  nodes.forEach((node, id) => {
    tensors.push(
      node.kind === "operation"
        ? apply(
            node.op,
            node.inputs.map((input) => at(tensors, input)),
            node.attributes,
          )
        : leaf(node, id),
    );
  });
  return tensors;
}

/** The same trace with every composite opened: only primitive ops are left. */
export function lower(trace: Trace): Trace {
  return record(new CompileRecording({ opensComposites: true }), (recording) => {
    const tensors = replay(trace, (node) => {
      switch (node.kind) {
        case "argument":
          return recording.argument(node, node.position);
        case "state":
          return recording.state(node.cell);
        case "constant":
          return node.tensor;
        default:
          return node satisfies never;
      }
    });
    for (const { cell, id } of trace.assignments) recording.assigned.set(cell, at(tensors, id));
    for (const [id, name] of trace.names) {
      const tensor = at(tensors, id);
      if (tensor.level === recording) recording.name(tensor.index, name);
    }
    return recording.trace(trace.outputs.map((id) => at(tensors, id)));
  });
}
