/**
 * The forward pass of tangents over a tape: tangents of its arguments become tangents of all values.
 *
 * `jvp` runs the function together with its tangents. For many directions, the function runs once, on a tape, and each
 * direction reads the values on the tape.
 */

import { applyAll } from "../graph/apply.ts";
import type {
  JointContext,
  JointDerivative,
  LinearizedForward,
  Tangent,
  Tangents,
} from "../graph/joint.ts";
import type { Operation } from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { pushforwardOfBody, tangentsThrough } from "./forward.ts";
import { openLinearization } from "./linearizedBody.ts";
import { GradientRecording, type JointResults } from "./reverse.ts";
import { padded, tangentTypes, tensorsOf, unpackTangents } from "./tangents.ts";
import type { Tape } from "./tape.ts";

/**
 * A recording whose tape is only walked forwards: ops with bodies keep no residuals for a backward pass, which a loop
 * without a bound of steps does not have.
 */
export class ForwardRecording extends GradientRecording {
  protected override joint(derivative: JointDerivative, context: JointContext): JointResults {
    const { op, inputs, attributes } = context;
    return (
      derivative.linearize?.(context, linearizeForward) ?? {
        results: applyAll(op, inputs, attributes),
      }
    );
  }
}

/** Linearizes a body for forward mode: the body that runs first, and its pushforward. */
const linearizeForward: LinearizedForward = (body, wanted) => {
  const fixed = wanted.map(() => false);
  const { taped, forward, linearPart } = openLinearization(ForwardRecording, body, wanted, fixed);
  return {
    forward,
    pushforward: (statuses, moved) =>
      linearPart(tangentTypes(body.parameters, statuses), (...list) => {
        const tangents = new Map<number, Tangent>();
        unpackTangents(list, statuses).forEach((tangent, k) => {
          if (tangent !== undefined) tangents.set(at(taped.leaves, k), tangent);
        });
        const found = pushTangents(taped.tape, tangents);
        return tensorsOf(
          taped.outputs.map((id, i) => padded(found[id], moved[i], at(taped.results, i))),
        );
      }),
  };
};

/**
 * Walks a tape forwards.
 *
 * @param tangents those of its arguments, by id; the others have none.
 * @returns the tangents of all nodes, by id; undefined for those that do not depend on such an argument.
 */
export function walkForward(tape: Tape, tangents: ReadonlyMap<number, Tensor>): Tangents {
  const entries = [...tangents].map(([id, value]) => [id, { value, mask: undefined }] as const);
  return pushTangents(tape, new Map(entries));
}

function pushTangents(tape: Tape, tangents: ReadonlyMap<number, Tangent>): Tangents {
  const { nodes } = tape;
  const found = new Array<Tangent | undefined>(nodes.length).fill(undefined);
  for (const [id, tangent] of tangents) found[id] = tangent;
  for (let id = 0; id < nodes.length; id++) {
    const node = at(nodes, id);
    if (node.kind !== "operation") continue;
    const inputTangents = node.inputs.map((input) => found[input]);
    if (inputTangents.every((tangent) => tangent === undefined)) continue;
    stepForward(tape, node, id, inputTangents).forEach((tangent, k) => {
      found[id + k] = tangent;
    });
  }
  return found;
}

/** Returns the tangents of an operation and of its projections, whose nodes follow it. */
function stepForward(
  tape: Tape,
  { op, inputs: ids, attributes }: Operation,
  id: number,
  inputTangents: readonly (Tangent | undefined)[],
): Tangents {
  const { derivative } = op;
  const inputs = ids.map((input) => tape.valueOf(input));
  if (derivative?.kind === "joint") {
    const push = tape.pushOf(id);
    if (push !== undefined) return push(inputTangents);
    const wanted = inputTangents.map((tangent) => tangent !== undefined);
    const context = { op, inputs, attributes, wanted };
    return derivative.jvp(context, inputTangents, pushforwardOfBody).tangents;
  }
  const outputs = [tape.outputOf(id)];
  for (let projection = id + 1; tape.nodes[projection]?.kind === "projection"; projection++) {
    outputs.push(tape.outputOf(projection));
  }
  return tangentsThrough(op, { inputs, attributes }, outputs, inputTangents);
}
