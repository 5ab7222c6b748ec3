/**
 * Reductions over more groups of neighbouring axes than the kernels support become reductions over the last axes of a
 * transpose, in the same order.
 */

import { reductionForm } from "../../../families/reductionForm.ts";
import { record } from "../../../graph/recording.ts";
import { movedNode, nodeAt, type Operation, renamed, type Trace } from "../../../graph/trace.ts";
import { TraceRecording } from "../../../graph/tracing.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import type { Tensor } from "../../../tensor/tensor.ts";

/** Returns a trace in which all reductions are such that kernels or loops compute them; the same if all are. */
export function withKernelReductions(trace: Trace): Trace {
  const { nodes } = trace;
  const isScattered = (node: Operation): boolean =>
    node.op.kernel?.kind === "reduction" &&
    reductionForm(nodeAt(nodes, numberAt(node.inputs, 0)).shape, axesOf(node)) === undefined;
  if (!nodes.some((node) => node.kind === "operation" && isScattered(node))) return trace;
  return record(new TraceRecording(), (recording) => {
    const newId: number[] = [];
    const transposes = new Map<string, Tensor>();
    nodes.forEach((node) => {
      if (node.kind !== "operation" || !isScattered(node)) {
        newId.push(recording.append(movedNode(node, newId)));
        return;
      }
      const input = recording.tensorAt(numberAt(newId, numberAt(node.inputs, 0)));
      const axes = axesOf(node);
      const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const order = [...kept, ...axes];
      // Several reductions of one value share its transpose.
      const key = `${input.index} ${order}`;
      const moved = transposes.get(key) ?? input.transpose(order);
      transposes.set(key, moved);
      const last = axes.map((_, i) => kept.length + i);
      const attributes = { ...node.attributes, axes: last, keepDims: false };
      const reduced = at(recording.apply(node.op, [moved], attributes), 0);
      newId.push(recording.idOf(reduced.reshape(node.shape), node.op.name));
    });
    return renamed(trace, recording.trace([]).nodes, newId);
  });
}

function axesOf({ op, attributes }: Operation): readonly number[] {
  return op.kernel?.kind === "reduction" ? op.kernel.reduction.axes(attributes) : [];
}
