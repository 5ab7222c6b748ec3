/**
 * What ops with bodies have in common.
 */

import type { Flow, Flows } from "../graph/joint.ts";
import type { TensorType } from "../graph/op.ts";
import { ABSENT, GUARDED, PRESENT, type Presence } from "../graph/presence.ts";
import { record } from "../graph/recording.ts";
import { movedNode, neededNodes, nodeAt, type Trace, type TraceNode } from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { zerosLike } from "../tensor/create.ts";
import { at, numberAt } from "../tensor/shape.ts";
import { stored, type Tensor } from "../tensor/tensor.ts";
import { logicalOr } from "./comparison.ts";

/** The types of the results of a body. */
export function resultsOf(body: Trace): TensorType[] {
  return body.outputs.map((id) => nodeAt(body.nodes, id));
}

/** A body that is made of ops and of other bodies. */
export function makeBody(
  parameters: readonly TensorType[],
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
): Trace {
  return record(new TraceRecording(), (tracing) =>
    tracing.trace(fn(parameters.map((type) => tracing.argument(type)))),
  );
}

/** The entries that are there, in order. */
export function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((item) => item !== undefined);
}

/** By value: whether a flow comes to it. */
export function presenceOf(flows: Flows): Presence[] {
  return Array.from(flows, (flow) =>
    flow === undefined ? ABSENT : flow.guard === undefined ? PRESENT : GUARDED,
  );
}

/** The values alone of the flows that there are. */
export function valuesOf(flows: Flows): Tensor[] {
  return present(flows.map((flow) => flow?.value));
}

/** The guards of those that have one. */
export function guardsOf(flows: Flows): Tensor[] {
  return present(flows.map((flow) => flow?.guard));
}

/** Flows as inputs or results of a body: first their values, and then the guards. */
export function tensorsOf(flows: Flows): Tensor[] {
  return [...valuesOf(flows), ...guardsOf(flows)];
}

/** The types of such inputs or results, from those of the values. */
export function flowTypes(
  types: readonly TensorType[],
  presence: readonly Presence[],
): TensorType[] {
  const guard = { shape: [], dtype: "bool", weak: false } as const;
  return [
    ...types.filter((_, i) => isPresent(presence[i])),
    ...presence.filter((own) => own === GUARDED).map(() => guard),
  ];
}

/** The flows again. */
export function takeFlows(tensors: readonly Tensor[], presence: readonly Presence[]): Flows {
  let nextGuard = presence.filter(isPresent).length;
  let next = 0;
  return presence.map((own) =>
    isPresent(own)
      ? {
          value: at(tensors, next++),
          guard: own === GUARDED ? at(tensors, nextGuard++) : undefined,
        }
      : undefined,
  );
}

/** Whether a derivative comes at all. */
export function isPresent(presence: Presence | undefined): boolean {
  return presence !== undefined && presence !== ABSENT;
}

/** A flow of the presence that it is to have, of a value like `like`. */
export function padded(
  flow: Flow | undefined,
  presence: Presence | undefined,
  like: Tensor,
): Flow | undefined {
  if (!isPresent(presence)) return undefined;
  const value = flow?.value ?? zerosLike(like);
  if (presence !== GUARDED) return { value, guard: undefined };
  return { value, guard: flow?.guard ?? guardValue(flow !== undefined) };
}

/** A guard that is known. */
export function guardValue(has: boolean): Tensor {
  return stored([], "bool", Number(has));
}

/** The guard of a sum of two: undefined where one has come in any case. */
export function joined(first: Tensor | undefined, second: Tensor | undefined): Tensor | undefined {
  return first && second && logicalOr(first, second);
}

/** The guard of what follows from all of these together. */
export function guardOf(flows: Flows): Tensor | undefined {
  const come = present(flows);
  return come.slice(1).reduce((guard, flow) => joined(guard, flow.guard), come[0]?.guard);
}

/** The presence at the places where `wanted` says so. */
export function maskedBy(wanted: readonly boolean[], presence: readonly Presence[]): Presence[] {
  return wanted.map((is, k) => (is ? (presence[k] ?? ABSENT) : ABSENT));
}

/**
 * The inputs of an op that its bodies use, and the bodies without the others: what is not used need not
 * be computed, kept or batched.
 *
 * @param kept how many first inputs stay in any case.
 * @param offset which input is the first of the bodies.
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
  const own = uses.slice(offset);
  const order = own.map((_, k) => own.slice(0, k).filter(Boolean).length);
  return {
    inputs: inputs.filter((_, k) => uses[k]),
    bodies: bodies.map((body) => selectInputs(body, own, order)),
    uses,
  };
}

/** A body with the inputs that `uses` tells, in the order of `order`, and without what nothing needs. */
function selectInputs(body: Trace, uses: readonly boolean[], order: readonly number[]): Trace {
  const needed = neededNodes(body);
  const nodes: TraceNode[] = [];
  const newId = body.nodes.map((node, id) => {
    if (needed[id] === 0) return -1;
    return (
      nodes.push(
        node.kind === "argument" ? { ...node, position: numberAt(order, node.position) } : node,
      ) - 1
    );
  });
  return {
    nodes: nodes.map((node) => movedNode(node, newId)),
    parameters: body.parameters.filter((_, k) => uses[k]),
    outputs: body.outputs.map((id) => numberAt(newId, id)),
    assignments: [],
    names: new Map(),
  };
}

/** The cotangents of all results, zeros where none has come. */
export function filled(cotangents: Flows, results: readonly Tensor[]): Tensor[] {
  return results.map((result, i) => cotangents[i]?.value ?? zerosLike(result));
}

/** What a loop that changes a list step by step ends with. */
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

/** The first of the results of an op, for `infer`. */
export function firstOf(types: readonly TensorType[]): TensorType {
  return at(types, 0);
}
