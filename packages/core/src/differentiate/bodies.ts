/**
 * Reverse mode through the bodies of ops: a body is run on a separate tape, and the backward pass over that tape is
 * recorded as a body again. Bundles without such ops do not include it.
 */

import type { Linearized, Tangents } from "../graph/joint.ts";
import { type TangentStatus, ZERO } from "../graph/tangentStatus.ts";
import type { Trace } from "../graph/trace.ts";
import { makeBody, resultsOf } from "../ops/bodies.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { openLinearization, type Taped, tapeBody } from "./linearizedBody.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { padded, statusesOf, tangentTypes, tensorsOf, unpackTangents } from "./tangents.ts";
import { NodeGradients } from "./tape.ts";

/** Returns the gradients of the wanted inputs of a body, and then their masks. */
function pullTaped(
  { tape, leaves, outputs }: Taped,
  inputs: readonly Tensor[],
  cotangents: Tangents,
  wanted: readonly TangentStatus[],
): Tensor[] {
  const found = new NodeGradients();
  outputs.forEach((id, i) => {
    const tangent = cotangents[i];
    if (tangent !== undefined && id >= 0) found.add(id, tangent.value, tangent.mask);
  });
  walkBack(tape, found);
  return tensorsOf(
    leaves.map((id, k) =>
      padded(id < 0 ? undefined : found.maskedCotangent(id), wanted[k], at(inputs, k)),
    ),
  );
}

/**
 * Returns the pullback of a body as a body: (…inputs, …cotangents of the given results, …their masks) → (…gradients of
 * the wanted inputs, …their masks).
 */
export function pullbackOfBody(
  body: Trace,
  statuses: readonly TangentStatus[],
  wanted: readonly TangentStatus[],
): Trace {
  return makeBody([...body.parameters, ...tangentTypes(resultsOf(body), statuses)], (list) => {
    const inputs = list.slice(0, body.parameters.length);
    const cotangents = unpackTangents(list.slice(inputs.length), statuses);
    const taped = tapeBody(
      GradientRecording,
      body,
      inputs,
      wanted.map((status) => status !== ZERO),
    );
    return pullTaped(taped, inputs, cotangents, wanted);
  });
}

/**
 * Returns the primal part and the pullback of a body as two bodies: values of the first that the second captures are
 * its residuals.
 *
 * @param wanted by input: whether a gradient of it may be requested.
 * @param fixed by input: whether it is the same in all runs of the body, so that what follows from such
 *   inputs alone are no residuals.
 */
export function linearizeBody(
  body: Trace,
  wanted: readonly boolean[],
  fixed: readonly boolean[],
): Linearized {
  const { taped, inputs, forward, linearPart } = openLinearization(
    GradientRecording,
    body,
    wanted,
    fixed,
  );
  const pullback: Linearized["pullback"] = (statuses, gradients) =>
    linearPart(tangentTypes(taped.results, statuses), (...tangents) =>
      pullTaped(taped, inputs, unpackTangents(tangents, statuses), gradients),
    );
  return { forward, pullback };
}

/**
 * Returns the primal part and the pullback of a body as two bodies, where the pullback continues the sums that the
 * inputs have so far. Cotangents and their statuses are lists as {@link NodeGradients.sums} returns them.
 */
export function continuedBody(body: Trace, wanted: readonly boolean[]) {
  const none = wanted.map(() => false);
  const { taped, inputs, forward, linearPart } = openLinearization(
    GradientRecording,
    body,
    wanted,
    none,
  );
  const { tape, leaves, outputs, results } = taped;
  /**
   * (…cotangents of the given results, …their masks, …sums before, …their masks, …residuals) → (…sums, …their masks),
   * and the statuses of the sums.
   */
  const pullback = (statuses: readonly TangentStatus[], before: readonly TangentStatus[]) => {
    let reached: readonly TangentStatus[] = [];
    const come = tangentTypes([...results, ...results], statuses);
    const sums = tangentTypes([...inputs, ...inputs], before);
    const linear = linearPart([...come, ...sums], (...tangents) => {
      const found = new NodeGradients();
      found.addSums(leaves, unpackTangents(tangents.slice(come.length), before));
      found.addSums(outputs, unpackTangents(tangents.slice(0, come.length), statuses));
      walkBack(tape, found);
      const all = found.sums(leaves);
      reached = statusesOf(all);
      return tensorsOf(all);
    });
    return { linear, reached };
  };
  return { forward, pullback };
}
