/** Finds the faults of traces and of graphs, described in words. */

import type { Graph } from "../../src/draw/graph.ts";
import { bodiesOf, rootsOf, type Trace, type TraceNode } from "../../src/graph/trace.ts";
import type { TensorType } from "../../src/graph/types.ts";
import { sameShape } from "../../src/tensor/shape.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Returns all faults of a graph, including its values and gradients. */
export function illegalities({ trace, nodes }: Graph): string[] {
  const values = nodes.map(({ value }) => value);
  const gradients = nodes.map(({ gradient }) => gradient);
  return traceIllegalities(trace, values, gradients);
}

/**
 * Returns all faults of a trace and of its bodies, in words; none for a legal one.
 *
 * @param beside lists of values or gradients by the id of their node, whose types are checked, too.
 */
export function traceIllegalities(
  trace: Trace,
  ...beside: readonly (readonly (Tensor | undefined)[])[]
): string[] {
  const complaints: string[] = [];
  const check = (where: string, node: TraceNode, type: TensorType | undefined) => {
    if (type && sameShape(type.shape, node.shape) && type.dtype === node.dtype) return;
    const given = type ? `${type.dtype} [${type.shape}]` : "nothing";
    complaints.push(`${where} is ${node.dtype} [${node.shape}], its op gives ${given}`);
  };
  /** Returns the types of the inputs that exist, and notes the missing ones. */
  const read = (where: string, id: number, inputs: readonly number[]) =>
    inputs.flatMap((input) => {
      const type = trace.nodes[input];
      if (!(input >= 0 && input < id) || type === undefined)
        complaints.push(`${where} reads ${input}`);
      return type === undefined ? [] : [type];
    });
  trace.nodes.forEach((node, id) => {
    if (node.kind === "argument") {
      const where = `argument ${node.position}`;
      check(where, node, trace.parameters[node.position]);
    }
    if (node.kind === "projection") {
      const where = `part ${node.index} of ${node.of}`;
      const operation = trace.nodes[node.of];
      if (node.of >= id || operation?.kind !== "operation") complaints.push(`${where} has no op`);
      else {
        const { op, attributes } = operation;
        const types = op.results(read(where, id, operation.inputs), attributes);
        check(where, node, types[node.index]);
      }
    }
    if (node.kind !== "operation") return;
    const where = `node ${id} (${node.op.name})`;
    const types = read(where, id, node.inputs);
    if (types.length === node.inputs.length) {
      check(where, node, node.op.results(types, node.attributes)[0]);
    }
    for (const body of bodiesOf(node.attributes)) {
      complaints.push(...traceIllegalities(body).map((text) => `${where}, body: ${text}`));
    }
  });
  for (const list of beside) {
    list.forEach((tensor, id) => {
      const node = trace.nodes[id];
      if (tensor === undefined || node === undefined) return;
      if (sameShape(tensor.shape, node.shape) && tensor.dtype === node.dtype) return;
      complaints.push(`node ${id} has a value or gradient of another shape or dtype`);
    });
  }
  for (const id of rootsOf(trace)) {
    if (trace.nodes[id] === undefined) complaints.push(`the result ${id} is no node`);
  }
  return complaints;
}
