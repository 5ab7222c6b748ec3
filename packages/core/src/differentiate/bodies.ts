/**
 * Reverse mode through the bodies of ops: a body is run on a tape of its own, and the walk back over that is
 * a body again. Programs without such ops need none of it.
 */

import { below, isOf } from "../graph/apply.ts";
import { Captures, recordBody } from "../graph/body.ts";
import type { Flows, Linearized } from "../graph/joint.ts";
import { ABSENT, type Presence } from "../graph/presence.ts";
import { enter, record } from "../graph/recording.ts";
import { constantOf, replay, replayBody } from "../graph/replay.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { makeBody, resultsOf } from "../ops/bodies.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { flowTypes, padded, takeFlows, tensorsOf } from "./flow.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { savedOf } from "./saved.ts";
import { NodeGradients, type Tape } from "./tape.ts";

/** A body that was run on a tape. */
interface Taped {
  readonly tape: Tape;
  /** The ids of the inputs on the tape; −1 for those that are not wanted. */
  readonly leaves: readonly number[];
  /** The same of the results; −1 for those that depend on none. */
  readonly outputs: readonly number[];
  readonly results: readonly Tensor[];
}

function tapeBody(body: Trace, inputs: readonly Tensor[], wanted: readonly boolean[]): Taped {
  return record(new GradientRecording(), (recording) => {
    const leaves = inputs.map((input, k) => (wanted[k] ? recording.leaf(input) : input));
    const results = replayBody(body, leaves);
    const place = (tensor: Tensor) => (isOf(recording, tensor) ? tensor.index : -1);
    return {
      tape: recording.tape,
      leaves: leaves.map(place),
      outputs: results.map(place),
      results: results.map((result) => below(recording, result)),
    };
  });
}

/** The gradients of the wanted inputs of a body, and then their guards. */
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
 * The pullback of a body as a body: (…inputs, …cotangents of the given results, …their guards) → (…gradients
 * of the wanted inputs, …their guards).
 */
export function pullbackOfBody(
  body: Trace,
  given: readonly Presence[],
  wanted: readonly Presence[],
): Trace {
  return makeBody([...body.parameters, ...flowTypes(resultsOf(body), given)], (list) => {
    const inputs = list.slice(0, body.parameters.length);
    const cotangents = takeFlows(list.slice(inputs.length), given);
    const taped = tapeBody(
      body,
      inputs,
      wanted.map((presence) => presence !== ABSENT),
    );
    return pullTaped(taped, inputs, cotangents, wanted);
  });
}

/**
 * A body and its way back as two bodies: what the second captures of the first is what that saves.
 *
 * @param wanted by input: whether a gradient of it may be asked for.
 * @param fixed by input: whether it is the same in all runs of the body, so that what follows from such
 *   inputs alone need not be saved.
 */
export function linearizeBody(
  body: Trace,
  wanted: readonly boolean[],
  fixed: readonly boolean[],
): Linearized {
  // It stays open, since the way back reads from it later.
  const tracing = new TraceRecording();
  const inputs = body.parameters.map((type) => tracing.argument(type));
  const taped = enter(tracing, () => tapeBody(body, inputs, wanted));
  const forward = (saved: readonly number[]) =>
    enter(tracing, () =>
      tracing.trace([...taped.results, ...saved.map((id) => tracing.tensorAt(id))]),
    );
  const pullback: Linearized["pullback"] = (given, gradients) => {
    const types = flowTypes(taped.results, given);
    const captures = new Captures();
    const open = recordBody(
      "a derivative",
      (...flows) => pullTaped(taped, inputs, takeFlows(flows, given), gradients),
      types,
      captures,
    );
    const back = open.close([]);
    const ids = captures.tensors.map(({ index }) => index);
    const first = forward([]);
    const { reads, again } = savedOf(first, ids, fixed);
    const saved = reads.map(({ id }) => nodeAt(first.nodes, id));
    return {
      reads,
      body: makeBody([...types, ...saved], (list) => {
        const known: Tensor[] = [];
        reads.forEach(({ id }, i) => {
          known[id] = at(list, types.length + i);
        });
        replay(first, constantOf, { tensors: known, ids: again });
        return replayBody(back, [
          ...list.slice(0, types.length),
          ...ids.map((id) => at(known, id)),
        ]);
      }),
    };
  };
  return { forward, pullback };
}
