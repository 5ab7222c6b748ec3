/**
 * Whether a body is linear in some of its inputs, as far as its ops tell: a rule of `customGradient` may be
 * transposed only if it is.
 */

import { bodiesOf, neededNodes, nodeAt, type Operation, type Trace } from "../graph/trace.ts";

/** Whether an op computes with an input's elements: for the others a barrier only waits. */
function countsInput({ op }: Operation, k: number): boolean {
  return op.kernel.kind !== "barrier" || k === 0;
}

/** By input: whether some results, by default all, are computed from its elements. */
export function inputsThatCount(
  body: Trace,
  wanted: readonly boolean[] = body.outputs.map(() => true),
): boolean[] {
  const { nodes } = body;
  const needed = new Uint8Array(nodes.length);
  /** By operation: which of its results are needed. */
  const results = new Map<number, boolean[]>();
  body.outputs.forEach((id, i) => {
    if (wanted[i]) needed[id] = 1;
  });
  const inputs = body.parameters.map(() => false);
  for (let id = nodes.length - 1; id >= 0; id--) {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument") inputs[node.position] ||= needed[id] === 1;
    if (node.kind === "part" && needed[id] === 1) {
      const own = results.get(node.of) ?? [];
      own[node.index] = true;
      results.set(node.of, own);
    }
    const own = results.get(id) ?? [];
    if (node.kind !== "operation" || !(needed[id] === 1 || own.length > 0)) continue;
    own[0] = needed[id] === 1;
    const counts = inputsOf(node, own);
    node.inputs.forEach((input, k) => {
      if (counts[k]) needed[input] = 1;
    });
  }
  return inputs;
}

/** By input of an operation: whether the wanted results are computed from it. */
function inputsOf(node: Operation, wanted: readonly boolean[]): boolean[] {
  const { op, attributes, inputs } = node;
  const bodies = bodiesOf(attributes);
  if (bodies.length === 0) return inputs.map((_, k) => countsInput(node, k));
  const carries = op.kernel.kind === "joint" ? (op.kernel.carries?.(attributes) ?? 0) : 0;
  const inner = bodies.map((body) => {
    const own = body.outputs.map((_, i) => wanted[i] === true);
    return inputsOfSteps(body, own, carries);
  });
  const offset = inputs.length - (bodies[0]?.parameters.length ?? 0);
  return inputs.map((_, k) => k < offset || inner.some((own) => own[k - offset] === true));
}

/** The same for a body that runs again on its first results, if it is a step of a loop. */
function inputsOfSteps(body: Trace, wanted: readonly boolean[], carries: number): boolean[] {
  const inner = inputsThatCount(body, wanted);
  const next = wanted.map((is, i) => is || (i < carries && inner[i] === true));
  return next.every((is, i) => is === wanted[i]) ? inner : inputsOfSteps(body, next, carries);
}

/**
 * Whether results depend on the given inputs through ops that have no slope, such as a comparison or a
 * conversion to int32: such a body is not linear, though none of its slopes says so.
 */
export function dependsWithoutSlope(body: Trace, given: readonly boolean[]): boolean {
  const { nodes } = body;
  const needed = neededNodes(body);
  /** 1 for what depends on the given inputs, 2 for what does without a slope on the way. */
  const state = new Uint8Array(nodes.length);
  nodes.forEach((node, id) => {
    if (needed[id] === 0) return;
    if (node.kind === "argument") state[id] = given[node.position] ? 1 : 0;
    if (node.kind === "part") state[id] = state[node.of] ?? 0;
    if (node.kind === "operation") state[id] = stateOf(node, state);
  });
  return body.outputs.some((id) => state[id] === 2);
}

function stateOf(node: Operation, state: Uint8Array): number {
  const { op, attributes, inputs } = node;
  const depends = inputs.map((input, k) => (countsInput(node, k) ? (state[input] ?? 0) : 0));
  if (!depends.some((own) => own > 0)) return 0;
  if (depends.includes(2)) return 2;
  const bodies = bodiesOf(attributes);
  const inside = bodies.some((body) => {
    const own = depends.slice(inputs.length - body.parameters.length).map((each) => each > 0);
    return dependsWithoutSlope(body, own);
  });
  const { derivative } = op;
  const flat =
    derivative?.kind === "none" ||
    (derivative?.kind === "partials" &&
      depends.some((own, k) => own > 0 && derivative.partials[k] === undefined)) ||
    // A number that is cut to an integer has no slope either.
    ((node.dtype === "int32" || node.dtype === "bool") && op.results === undefined);
  return flat || inside ? 2 : 1;
}
