/**
 * What ops with bodies have in common.
 */

import type { TensorType } from "../graph/op.ts";
import { record } from "../graph/recording.ts";
import {
  movedNode,
  neededNodes,
  nodeAt,
  type Operation,
  type Trace,
  type TraceNode,
} from "../graph/trace.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { zerosLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

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

/** Values for the places where `wanted` says so, in order; undefined elsewhere. */
export function spread<T>(values: readonly T[], wanted: readonly boolean[]): (T | undefined)[] {
  let next = 0;
  return wanted.map((is) => (is ? values[next++] : undefined));
}

/** Results and tangents of those that are floats, taken apart. */
export function takeTangents(
  all: readonly Tensor[],
  count: number,
): { results: Tensor[]; tangents: (Tensor | undefined)[] } {
  const results = all.slice(0, count);
  const floats = results.map(({ dtype }) => isFloat(dtype));
  return { results, tangents: spread(all.slice(count), floats) };
}

/** By input of a body: whether gradients of the given results come to it. */
export function gradientsReach(body: Trace, given: readonly boolean[]): boolean[] {
  const { nodes } = body;
  const reached = new Uint8Array(nodes.length);
  /** By operation: its results, but for the first, that gradients come to. */
  const others = new Map<number, number[]>();
  body.outputs.forEach((id, i) => {
    if (given[i]) reached[id] = 1;
  });
  const inputs = body.parameters.map(() => false);
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(nodes, id);
    const isReached = reached[id] === 1 && isFloat(node.dtype);
    if (node.kind === "argument") inputs[node.position] ||= isReached;
    if (node.kind === "part" && isReached) {
      others.set(node.of, [...(others.get(node.of) ?? []), node.index]);
    }
    const results = [...(isReached ? [0] : []), ...(others.get(id) ?? [])];
    if (node.kind !== "operation" || results.length === 0) continue;
    const passes = passesTo(node, results);
    node.inputs.forEach((input, k) => {
      if (passes[k] !== false) reached[input] = 1;
    });
  }
  return inputs;
}

/** By input: false if no gradient of the given results comes to it. */
function passesTo({ op, attributes }: Operation, results: readonly number[]): readonly boolean[] {
  const { derivative, kernel } = op;
  if (kernel.kind === "joint" && kernel.reach !== undefined) {
    const given: boolean[] = [];
    for (const index of results) given[index] = true;
    return kernel.reach(
      attributes,
      Array.from(given, (is) => is === true),
    );
  }
  if (derivative?.kind !== "partials") return [];
  return derivative.partials.map((partial) => partial !== undefined);
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

/** The cotangents of some results, zeros where none has come. */
export function filled(
  cotangents: readonly (Tensor | undefined)[],
  results: readonly Tensor[],
): Tensor[] {
  return results.map((result, i) => cotangents[i] ?? zerosLike(result));
}

/** A body that also hands out its first inputs. */
export function withInputs(body: Trace, count: number): Trace {
  const nodes = [...body.nodes];
  const ids: number[] = [];
  nodes.forEach((node, id) => {
    if (node.kind === "argument" && node.position < count) ids[node.position] = id;
  });
  for (let position = 0; position < count; position++) {
    // Nothing has read it so far.
    const { shape, dtype, weak } = at(body.parameters, position);
    ids[position] ??= nodes.push({ shape, dtype, weak, kind: "argument", position }) - 1;
  }
  return { ...body, nodes, outputs: [...body.outputs, ...ids] };
}

/** The first of the results of an op, for `infer`. */
export function firstOf(types: readonly TensorType[]): TensorType {
  return at(types, 0);
}
