/**
 * Reverse mode through the bodies of ops: a body is run on a separate tape, and the walk back over that is
 * a body again. Programs without such ops need none of it.
 */

import type { Flows, Linearized } from "../graph/joint.ts";
import { ABSENT, type Presence } from "../graph/presence.ts";
import type { Trace } from "../graph/trace.ts";
import { makeBody, resultsOf } from "../ops/bodies.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flowTypes, padded, presenceOf, takeFlows, tensorsOf } from "./flow.ts";
import { openHalves, type Taped, tapeBody } from "./halves.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients } from "./tape.ts";

/** Returns the gradients of the wanted inputs of a body, and then their guards. */
function pullTaped(
  { tape, leaves, outputs }: Taped,
  inputs: readonly Tensor[],
  cotangents: Flows,
  wanted: readonly Presence[],
): Tensor[] {
  const found = new NodeGradients();
  outputs.forEach((id, i) => {
    const flow = cotangents[i];
    if (flow !== undefined && id >= 0) found.add(id, flow.value, flow.guard);
  });
  walkBack(tape, found);
  return tensorsOf(
    leaves.map((id, k) => padded(id < 0 ? undefined : found.flow(id), wanted[k], at(inputs, k))),
  );
}

/**
 * Returns the pullback of a body as a body: (…inputs, …cotangents of the given results, …their guards) → (…gradients of
 * the wanted inputs, …their guards).
 */
export function pullbackOfBody(
  body: Trace,
  statuses: readonly Presence[],
  wanted: readonly Presence[],
): Trace {
  return makeBody([...body.parameters, ...flowTypes(resultsOf(body), statuses)], (list) => {
    const inputs = list.slice(0, body.parameters.length);
    const cotangents = takeFlows(list.slice(inputs.length), statuses);
    const taped = tapeBody(
      GradientRecording,
      body,
      inputs,
      wanted.map((presence) => presence !== ABSENT),
    );
    return pullTaped(taped, inputs, cotangents, wanted);
  });
}

/**
 * Returns a body and its way back as two bodies: what the second captures of the first is what that saves.
 *
 * @param wanted by input: whether a gradient of it may be requested.
 * @param fixed by input: whether it is the same in all runs of the body, so that what follows from such
 *   inputs alone need not be saved.
 */
export function linearizeBody(
  body: Trace,
  wanted: readonly boolean[],
  fixed: readonly boolean[],
): Linearized {
  const { taped, inputs, forward, second } = openHalves(GradientRecording, body, wanted, fixed);
  const pullback: Linearized["pullback"] = (statuses, gradients) =>
    second(flowTypes(taped.results, statuses), (...flows) =>
      pullTaped(taped, inputs, takeFlows(flows, statuses), gradients),
    );
  return { forward, pullback };
}

/**
 * Returns a body and its way back as two bodies, for whoever goes on with the sums that have come to the inputs so far.
 * Flows are lists as {@link NodeGradients.sums} gives them, and so are presences.
 */
export function continuedBody(body: Trace, wanted: readonly boolean[]) {
  const none = wanted.map(() => false);
  const { taped, inputs, forward, second } = openHalves(GradientRecording, body, wanted, none);
  const { tape, leaves, outputs, results } = taped;
  /**
   * (…cotangents of the given results, …their guards, …sums before, …their guards, …what is read) → (…sums, …their
   * guards), and which sums there are.
   */
  const pullback = (statuses: readonly Presence[], before: readonly Presence[]) => {
    let reached: readonly Presence[] = [];
    const come = flowTypes([...results, ...results], statuses);
    const sums = flowTypes([...inputs, ...inputs], before);
    const half = second([...come, ...sums], (...flows) => {
      const found = new NodeGradients();
      found.addSums(leaves, takeFlows(flows.slice(come.length), before));
      found.addSums(outputs, takeFlows(flows.slice(0, come.length), statuses));
      walkBack(tape, found);
      const all = found.sums(leaves);
      reached = presenceOf(all);
      return tensorsOf(all);
    });
    return { half, reached };
  };
  return { forward, pullback };
}
