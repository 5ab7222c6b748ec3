/**
 * Bodies in two halves: a body that is run on a tape, and what is computed of the tape later, which reads values of the
 * first half.
 */

import { below, isOf } from "../graph/apply.ts";
import { Captures, recordBody } from "../graph/body.ts";
import type { Half, Read } from "../graph/joint.ts";
import { enter, record } from "../graph/recording.ts";
import { constantOf, replay, replayBody } from "../graph/replay.ts";
import { spreadForward } from "../graph/spread.ts";
import { nodeAt, type Trace } from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import type { TensorType } from "../graph/types.ts";
import { makeBody } from "../ops/bodies.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { GradientRecording } from "./reverse.ts";
import type { Tape } from "./tape.ts";

/** A body that was run on a tape. */
export interface Taped {
  readonly tape: Tape;
  /** The ids of the inputs on the tape; −1 for those that are not wanted. */
  readonly leaves: readonly number[];
  /** The same of the results; −1 for those that depend on none. */
  readonly outputs: readonly number[];
  readonly results: readonly Tensor[];
}

export function tapeBody(
  Taping: new () => GradientRecording,
  body: Trace,
  inputs: readonly Tensor[],
  wanted: readonly boolean[],
): Taped {
  return record(new Taping(), (recording) => {
    const leaves = inputs.map((input, k) => (wanted[k] ? recording.leaf(input) : input));
    const results = replayBody(body, leaves);
    const indexOf = (tensor: Tensor) => (isOf(recording, tensor) ? tensor.index : -1);
    return {
      tape: recording.tape,
      leaves: leaves.map(indexOf),
      outputs: results.map(indexOf),
      results: results.map((result) => below(recording, result)),
    };
  });
}

/** The first half of a body, and the making of second ones. */
export interface OpenHalves {
  readonly taped: Taped;
  readonly inputs: readonly Tensor[];
  /** The body, with values of the given ids as further results. */
  readonly forward: (saved: readonly number[]) => Trace;
  /** A second half, from the types of what it takes and what is computed of that and of the tape. */
  readonly second: (
    types: readonly TensorType[],
    compute: (...inputs: Tensor[]) => readonly Tensor[],
  ) => Half;
}

/**
 * Runs a body on a tape, in a recording that stays open: what a second half captures of it is what the first one saves.
 *
 * @param fixed by input: whether it is the same in all runs of the body, so that what follows from such
 *   inputs alone need not be saved.
 */
export function openHalves(
  Taping: new () => GradientRecording,
  body: Trace,
  wanted: readonly boolean[],
  fixed: readonly boolean[],
): OpenHalves {
  const tracing = new TraceRecording();
  const inputs = body.parameters.map((type) => tracing.argument(type));
  const taped = enter(tracing, () => tapeBody(Taping, body, inputs, wanted));
  const forward = (saved: readonly number[]) =>
    enter(tracing, () =>
      tracing.trace([...taped.results, ...saved.map((id) => tracing.tensorAt(id))]),
    );
  const second: OpenHalves["second"] = (types, compute) => {
    const captures = new Captures();
    const back = recordBody("a derivative", compute, types, captures).close([]);
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
  return { taped, inputs, forward, second };
}

/**
 * Returns the values of a body that are saved because its way back reads them, and those that are computed again:
 * values that follow from fixed inputs alone would be saved as often as the body runs.
 */
function savedOf(
  body: Trace,
  ids: readonly number[],
  fixed: readonly boolean[],
): { reads: Read[]; again: number[] } {
  const { nodes } = body;
  const varies = spreadForward(
    body,
    fixed.map((is) => Number(!is)),
    0,
    () => 1,
  );
  const reads: Read[] = [];
  const again = new Set<number>();
  const seen = new Set(ids);
  // Grows while it is walked over.
  for (const id of seen) {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument") reads.push({ id, position: node.position });
    else if (varies[id] === 1) reads.push({ id, position: -1 });
    else {
      again.add(id);
      if (node.kind === "projection") seen.add(node.of);
      if (node.kind === "operation") for (const input of node.inputs) seen.add(input);
    }
  }
  return { reads, again: [...again].sort((a, b) => a - b) };
}
