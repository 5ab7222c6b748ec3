/** The parts that ops with bodies share. */

import { ArgumentError } from "../errors.ts";
import { record } from "../graph/recording.ts";
import {
  movedArguments,
  neededNodes,
  nodeAt,
  type Trace,
  withoutUnneeded,
} from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import type { TensorType } from "../graph/types.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Returns the types of the results of a body. */
export function resultsOf(body: Trace): TensorType[] {
  return body.outputs.map((id) => nodeAt(body.nodes, id));
}

/** Returns a body that is made of ops and of other bodies. */
export function makeBody(
  parameters: readonly TensorType[],
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
): Trace {
  return record(new TraceRecording(), (tracing) =>
    tracing.trace(fn(parameters.map((type) => tracing.argument(type)))),
  );
}

/**
 * Returns the inputs of an op that its bodies use, and the bodies without the others: an unused input need not be
 * computed, kept or batched.
 *
 * @param kept the number of first inputs that always stay.
 * @param offset the index of the first input of the bodies.
 */
export function withoutUnused<Bodies extends readonly Trace[]>(
  inputs: readonly Tensor[],
  bodies: Bodies,
  { kept, offset }: { readonly kept: number; readonly offset: number },
): { inputs: Tensor[]; bodies: Trace[]; uses: boolean[] } {
  const uses = inputs.map((_, k) => k < kept);
  for (const body of bodies) {
    const needed = neededNodes(body);
    body.nodes.forEach((node, id) => {
      if (node.kind === "argument" && needed[id] === 1) uses[node.position + offset] = true;
    });
  }
  if (uses.every(Boolean)) return { inputs: [...inputs], bodies: [...bodies], uses };
  const usesOfBody = uses.slice(offset);
  const order = usesOfBody.map((_, k) => usesOfBody.slice(0, k).filter(Boolean).length);
  return {
    inputs: inputs.filter((_, k) => uses[k]),
    bodies: bodies.map((body) => selectInputs(body, usesOfBody, order)),
    uses,
  };
}

/** Returns a body with the inputs that `uses` tells, in the order of `order`, and without unneeded nodes. */
function selectInputs(body: Trace, uses: readonly boolean[], order: readonly number[]): Trace {
  return withoutUnneeded({
    ...body,
    nodes: movedArguments(body.nodes, order),
    parameters: body.parameters.filter((_, k) => uses[k]),
    names: new Map(),
  });
}

/** Returns the list with which a loop ends that changes a list step by step. */
export function untilSteady<T>(
  start: readonly T[],
  step: (now: readonly T[]) => readonly T[],
): readonly T[] {
  for (let now = start; ; ) {
    const next = step(now);
    if (next.every((item, i) => item === now[i])) return now;
    now = next;
  }
}

/** Returns the error of a loop that has not ended. */
export function stillTrue(length: number): ArgumentError {
  const expected = `a condition that is false after at most ${length} steps`;
  return new ArgumentError("whileLoop", "maxSteps", expected, "one that still is true");
}
