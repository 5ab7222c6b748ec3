/**
 * Programs for targets that lack dtypes, or that make further calls after the error of a call.
 */

import { ArgumentError, formatShape } from "../../src/errors.ts";
import { mayFail } from "../../src/graph/lower.ts";
import {
  bodiesOf,
  isComputed,
  nodeAt,
  operationNode,
  type Trace,
  withAllProjections,
} from "../../src/graph/trace.ts";
import { type Program, programOf } from "../../src/run/program/program.ts";
import { copyOp, ownerOf } from "../../src/run/program/schedule/bodies.ts";
import type { Target } from "../../src/run/program/schedule/target.ts";
import type { DType } from "../../src/tensor/dtype.ts";

/**
 * Returns the program of a lowered and simplified trace for any target.
 *
 * @throws ArgumentError for a value of a dtype that the target does not have.
 */
export function programForAny(trace: Trace, target: Target): Program {
  checkDTypes(trace, target.dtypes);
  const guards = !target.stopsAtErrors && mayFail(trace);
  return programOf(guards ? withOwnAssignments(trace) : trace, target);
}

function checkDTypes({ nodes }: Trace, dtypes: readonly DType[]): void {
  for (const node of nodes) {
    const { dtype, shape } = node;
    if (!dtypes.includes(dtype)) {
      throw new ArgumentError({
        op: node.kind === "operation" ? node.op.name : "compile",
        expected: `values of ${dtypes.join(", ")}, which the backend has`,
        got: `${dtype} ${formatShape(shape)}`,
        hint: "Cast it, or compile for another backend",
      });
    }
    if (node.kind === "operation") {
      for (const body of bodiesOf(node.attributes)) checkDTypes(body, dtypes);
    }
  }
}

/**
 * Returns a trace whose assigned values are all computed: arguments and other given values are copied first. At the end
 * of a run, a Variable then gets its new value only if no call failed.
 */
export function withOwnAssignments(trace: Trace): Trace {
  const nodes = [...trace.nodes];
  const isGiven = ({ id }: { readonly id: number }) =>
    !isComputed(nodeAt(nodes, ownerOf(nodes, id)));
  if (!trace.assignments.some(isGiven)) return trace;
  const assignments = trace.assignments.map((assignment) => {
    if (!isGiven(assignment)) return assignment;
    const node = nodeAt(nodes, assignment.id);
    return { ...assignment, id: nodes.push(operationNode(node, copyOp, [assignment.id], {})) - 1 };
  });
  return withAllProjections({ ...trace, nodes, assignments });
}
