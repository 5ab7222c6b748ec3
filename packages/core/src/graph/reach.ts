/**
 * The values of a body that have derivatives, found in its trace before any is computed.
 */

import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import { type Op, pullbackOf } from "./op.ts";
import { ABSENT, GUARDED, type Presence, together } from "./presence.ts";
import { spreadBack, spreadForward } from "./spread.ts";
import { nodeAt, type Operation, resultTypes, type Trace } from "./trace.ts";

/** Returns for each input of a body the presence of its gradient, from that of the cotangents of the results. */
export function gradientsReach(body: Trace, statuses: readonly Presence[]): Presence[] {
  const { nodes, outputs } = body;
  const hasGradient = (id: number) => isFloat(nodeAt(nodes, id).dtype);
  const come = outputs.map((id, i) => (hasGradient(id) ? (statuses[i] ?? ABSENT) : ABSENT));
  return spreadBack(body, come, ABSENT, (node, marks) => {
    const reached = reachOf(node, marks);
    return node.inputs.map((id, k) => (hasGradient(id) ? (reached[k] ?? ABSENT) : ABSENT));
  });
}

function reachOf(
  { op, attributes, inputs }: Operation,
  statuses: readonly Presence[],
): readonly Presence[] {
  if (op.presence) return op.presence.gradients(attributes, statuses);
  const come = throughGuard(op, together(statuses));
  return inputs.map((_, k) => (hasSlope(op, k) ? come : ABSENT));
}

/** Returns for each result of a body the presence of its tangent, from that of the tangents of the inputs. */
export function tangentsMove(body: Trace, statuses: readonly Presence[]): Presence[] {
  const marks = spreadForward(body, statuses, ABSENT, (node, statuses) => {
    const { op, attributes } = node;
    if (op.presence) return op.presence.tangents(attributes, statuses);
    const come = throughGuard(op, together(statuses.filter((_, k) => hasSlope(op, k))));
    return resultTypes(node, body).map(({ dtype }) => (isFloat(dtype) ? come : ABSENT));
  });
  return body.outputs.map((id) => at(marks, id));
}

function throughGuard({ guard }: Op, come: Presence): Presence {
  return guard === undefined || come === ABSENT ? come : GUARDED;
}

/** True if an op has a derivative with respect to an input, or an error in its place. */
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
