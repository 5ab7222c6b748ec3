/**
 * The way forward over a tape: tangents of its arguments become tangents of what was computed from them.
 *
 * Forward mode as jvp does it runs the function along with the tangents. Where many directions are wanted the
 * function runs once, on a tape, and each direction reads the values that are there.
 */

import { applyAll } from "../graph/apply.ts";
import type {
  Flow,
  Flows,
  JointContext,
  JointDerivative,
  LinearizedForward,
} from "../graph/joint.ts";
import type { Operation } from "../graph/trace.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flowTypes, padded, takeFlows, tensorsOf } from "./flow.ts";
import { flowsThrough, pushforwardOfBody } from "./forward.ts";
import { openHalves } from "./halves.ts";
import { GradientRecording, type JointResults } from "./reverse.ts";
import type { Tape } from "./tape.ts";

/**
 * A recording whose tape is only gone over forwards: ops with bodies keep nothing for a way back, which a loop
 * of any number of steps does not have.
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

/** A body that is run first, and its pushforward. */
const linearizeForward: LinearizedForward = (body, wanted) => {
  const fixed = wanted.map(() => false);
  const { taped, forward, second } = openHalves(ForwardRecording, body, wanted, fixed);
  return {
    forward,
    pushforward: (statuses, moved) =>
      second(flowTypes(body.parameters, statuses), (...flows) => {
        const tangents = new Map<number, Flow>();
        takeFlows(flows, statuses).forEach((flow, k) => {
          if (flow !== undefined) tangents.set(at(taped.leaves, k), flow);
        });
        const found = walkFlows(taped.tape, tangents);
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
export function walkForward(tape: Tape, tangents: ReadonlyMap<number, Tensor>): Flows {
  const flows = [...tangents].map(([id, value]) => [id, { value, guard: undefined }] as const);
  return walkFlows(tape, new Map(flows));
}

function walkFlows(tape: Tape, tangents: ReadonlyMap<number, Flow>): Flows {
  const { nodes } = tape;
  const found = new Array<Flow | undefined>(nodes.length).fill(undefined);
  for (const [id, flow] of tangents) found[id] = flow;
  for (let id = 0; id < nodes.length; id++) {
    const node = at(nodes, id);
    if (node.kind !== "operation") continue;
    const flows = node.inputs.map((input) => found[input]);
    if (flows.every((flow) => flow === undefined)) continue;
    stepForward(tape, node, id, flows).forEach((flow, k) => {
      found[id + k] = flow;
    });
  }
  return found;
}

/** Returns the tangents of an operation and of its projections, whose nodes follow it. */
function stepForward(
  tape: Tape,
  { op, inputs: ids, attributes }: Operation,
  id: number,
  flows: readonly (Flow | undefined)[],
): Flows {
  const { derivative } = op;
  const inputs = ids.map((input) => tape.valueOf(input));
  if (derivative?.kind === "joint") {
    const push = tape.pushOf(id);
    if (push !== undefined) return push(flows);
    const wanted = flows.map((flow) => flow !== undefined);
    const context = { op, inputs, attributes, wanted };
    return derivative.jvp(context, flows, pushforwardOfBody).tangents;
  }
  const outputs = [tape.outputOf(id)];
  for (let projection = id + 1; tape.nodes[projection]?.kind === "projection"; projection++) {
    outputs.push(tape.outputOf(projection));
  }
  return flowsThrough(op, { inputs, attributes }, outputs, flows);
}
