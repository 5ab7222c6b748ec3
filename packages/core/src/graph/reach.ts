/**
 * The values of a body that have derivatives, found in its trace before any is computed.
 */

import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { type Op, pullbackOf } from "./op.ts";
import { spreadBack, spreadForward } from "./spread.ts";
import { MASKED, type TangentStatus, together, ZERO } from "./tangentStatus.ts";
import { nodeAt, type Operation, resultTypes, type Trace } from "./trace.ts";

/** Returns for each input of a body the status of its gradient, from that of the cotangents of the results. */
export function gradientsReach(body: Trace, statuses: readonly TangentStatus[]): TangentStatus[] {
  const { nodes, outputs } = body;
  const hasGradient = (id: number) => isFloat(nodeAt(nodes, id).dtype);
  const come = outputs.map((id, i) => (hasGradient(id) ? (statuses[i] ?? ZERO) : ZERO));
  return spreadBack(body, come, ZERO, (node, marks) => {
    const reached = reachOf(node, marks);
    return node.inputs.map((id, k) => (hasGradient(id) ? (reached[k] ?? ZERO) : ZERO));
  });
}

function reachOf(
  { op, attributes, inputs }: Operation,
  statuses: readonly TangentStatus[],
): readonly TangentStatus[] {
  if (op.statuses) return op.statuses.gradients(attributes, statuses);
  const come = throughMask(op, together(statuses));
  return inputs.map((_, k) => (hasSlope(op, k) ? come : ZERO));
}

/** Returns for each result of a body the status of its tangent, from that of the tangents of the inputs. */
export function tangentsMove(body: Trace, statuses: readonly TangentStatus[]): TangentStatus[] {
  const marks = spreadForward(body, statuses, ZERO, (node, statuses) => {
    const { op, attributes } = node;
    if (op.statuses) return op.statuses.tangents(attributes, statuses);
    const come = throughMask(op, together(statuses.filter((_, k) => hasSlope(op, k))));
    return resultTypes(node, body).map(({ dtype }) => (isFloat(dtype) ? come : ZERO));
  });
  return body.outputs.map((id) => at(marks, id));
}

function throughMask({ mask }: Op, come: TangentStatus): TangentStatus {
  return mask === undefined || come === ZERO ? come : MASKED;
}

/** True if an op has a derivative with respect to an input, or throws an error instead. */
function hasSlope({ derivative }: Op, k: number): boolean {
  switch (derivative?.kind) {
    case "partials":
      return derivative.partials[k] !== undefined;
    case "linear":
    case "multilinear":
    case "rule":
      return pullbackOf(derivative, k) !== undefined;
    default:
      return true;
  }
}
