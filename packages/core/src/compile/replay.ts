/**
 * Runs a trace through `apply`: on recorded tensors, which differentiates or batches a compiled
 * function; or inside another recording, which rewrites it.
 */

import { apply } from "../graph/apply.ts";
import { record } from "../graph/recording.ts";
import { reductionForm } from "../run/wasm/reduction.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CompileRecording } from "./record.ts";
import {
  neededNodes,
  nodeAt,
  type Operation,
  type Trace,
  type TraceNode,
  withNewInputs,
} from "./trace.ts";

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

/**
 * What is needed of a trace, with every composite opened: only primitive ops are left. Reductions over
 * axes in more places than the kernels know go over the last axes of a transpose; their order is the
 * same.
 */
export function lower(trace: Trace): Trace {
  return record(new CompileRecording({ opensComposites: true }), (recording) => {
    const newId: number[] = [];
    const needed = neededNodes(trace);
    trace.nodes.forEach((node, id) => {
      if (node.kind !== "operation") {
        newId.push(recording.append(node));
        return;
      }
      if (needed[id] === 0) {
        newId.push(-1);
        return;
      }
      const { op, attributes } = node;
      const tensors = () => node.inputs.map((input) => recording.tensorAt(numberAt(newId, input)));
      if (op.kernel.kind === "composite") {
        newId.push(recording.idOf(op.kernel.body(tensors(), attributes), op.name));
      } else if (op.kernel.kind === "reduction" && isScattered(trace, node)) {
        newId.push(recording.idOf(reduceLast(node, at(tensors(), 0)), op.name));
      } else newId.push(recording.append(withNewInputs(node, newId)));
    });
    for (const [id, name] of trace.names) {
      const moved = numberAt(newId, id);
      if (moved >= 0) recording.name(moved, name);
    }
    for (const { cell, id } of trace.assignments) {
      recording.assigned.set(cell, recording.tensorAt(numberAt(newId, id)));
    }
    return recording.trace(trace.outputs.map((id) => recording.tensorAt(numberAt(newId, id))));
  });
}

/** Whether a reduction is one that no kernel knows. */
function isScattered({ nodes }: Trace, { inputs, attributes }: Operation): boolean {
  const { shape } = nodeAt(nodes, at(inputs, 0));
  return reductionForm(shape, attributes["axes"] as readonly number[]) === undefined;
}

/** The same reduction over the last axes of a transpose. */
function reduceLast({ op, attributes, shape }: Operation, input: Tensor): Tensor {
  const axes = attributes["axes"] as readonly number[];
  const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const moved = input.transpose([...kept, ...axes]);
  const last = axes.map((_, i) => kept.length + i);
  return apply(op, [moved], { ...attributes, axes: last, keepDims: false }).reshape(shape);
}
