/**
 * Linearized bodies: the primal part runs the body on a tape, and the linear part is computed from the tape later. It
 * reads residuals, values of the primal part.
 */

import { below, isOf } from "../graph/apply.ts";
import { Captures, recordBody } from "../graph/body.ts";
import type { LinearPart, Read } from "../graph/joint.ts";
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

/** The primal part of a body, and a function that makes linear parts. */
export interface OpenLinearization {
  readonly taped: Taped;
  readonly inputs: readonly Tensor[];
  /** The body, with values of the given ids as further results. */
  readonly forward: (residuals: readonly number[]) => Trace;
  /** Returns a linear part, from the types of its inputs and a function of these and of the tape. */
  readonly linearPart: (
    types: readonly TensorType[],
    compute: (...inputs: Tensor[]) => readonly Tensor[],
  ) => LinearPart;
}

/**
 * Runs a body on a tape, in a recording that stays open: the captures of a linear part are the residuals.
 *
 * @param fixed by input: whether it is the same in all runs of the body, so that what follows from such
 *   inputs alone are no residuals.
 */
export function openLinearization(
  Taping: new () => GradientRecording,
  body: Trace,
  wanted: readonly boolean[],
  fixed: readonly boolean[],
): OpenLinearization {
  const tracing = new TraceRecording();
  const inputs = body.parameters.map((type) => tracing.argument(type));
  const taped = enter(tracing, () => tapeBody(Taping, body, inputs, wanted));
  const forward = (residuals: readonly number[]) =>
    enter(tracing, () =>
      tracing.trace([...taped.results, ...residuals.map((id) => tracing.tensorAt(id))]),
    );
  const linearPart: OpenLinearization["linearPart"] = (types, compute) => {
    const captures = new Captures();
    const back = recordBody("a derivative", compute, types, captures).close([]);
    const ids = captures.tensors.map(({ index }) => index);
    const first = forward([]);
    const { reads, recomputed } = residualsOf(first, ids, fixed);
    const residuals = reads.map(({ id }) => nodeAt(first.nodes, id));
    return {
      reads,
      body: makeBody([...types, ...residuals], (list) => {
        const known: Tensor[] = [];
        reads.forEach(({ id }, i) => {
          known[id] = at(list, types.length + i);
        });
        replay(first, constantOf, { tensors: known, ids: recomputed });
        return replayBody(back, [
          ...list.slice(0, types.length),
          ...ids.map((id) => at(known, id)),
        ]);
      }),
    };
  };
  return { taped, inputs, forward, linearPart };
}

/**
 * Returns the residuals of a body, which its linear part reads, and the values that are rematerialised: those that
 * depend on fixed inputs alone would be stored once for each run of the body.
 */
function residualsOf(
  body: Trace,
  ids: readonly number[],
  fixed: readonly boolean[],
): { reads: Read[]; recomputed: number[] } {
  const { nodes } = body;
  const varies = spreadForward(
    body,
    fixed.map((is) => Number(!is)),
    0,
    () => 1,
  );
  const reads: Read[] = [];
  const recomputed = new Set<number>();
  const seen = new Set(ids);
  // The list grows during this loop.
  for (const id of seen) {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument") reads.push({ id, position: node.position });
    else if (varies[id] === 1) reads.push({ id, position: -1 });
    else {
      recomputed.add(id);
      if (node.kind === "projection") seen.add(node.of);
      if (node.kind === "operation") for (const input of node.inputs) seen.add(input);
    }
  }
  return { reads, recomputed: [...recomputed].sort((a, b) => a - b) };
}
