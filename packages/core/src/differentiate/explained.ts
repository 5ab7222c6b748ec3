/**
 * The graph of an explained function: the gradients of a tape, by the nodes of its trace, and the replays
 * that adjust it.
 */

import { Graph } from "../draw/graph.ts";
import { below, isOf } from "../graph/apply.ts";
import { record } from "../graph/recording.ts";
import { constantOf, replay } from "../graph/replay.ts";
import type { Operation, Trace } from "../graph/trace.ts";
import { add } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { broadcastTo } from "../ops/view.ts";
import { onesLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { TangentRecording } from "./forward.ts";
import { contributions, GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients, type Tape } from "./tape.ts";

/** A function that was run: its trace, the id of its result, and the values of all nodes. */
interface Run {
  readonly trace: Trace;
  readonly output: number;
  readonly values: readonly Tensor[];
}

/** What is added to nodes after their ops, or as tangents: by id. */
type Changes = ReadonlyMap<number, Tensor>;

const NO_CHANGES: Changes = new Map();

/**
 * A run as a graph, with the gradients of its result.
 *
 * @param tape that of the run, or of a replay in which `differences` were added.
 * @param idOf the ids in the trace, by those on the tape.
 */
export function explained(
  run: Run,
  tape: Tape,
  idOf: readonly number[],
  values: readonly Tensor[] = run.values,
  differences: Changes = NO_CHANGES,
): Graph {
  const { found, alongEdges } = gradientsOf(tape, idOf.indexOf(run.output));
  const gradients: (Tensor | undefined)[] = [];
  const locals: (Tensor | undefined)[][] = [];
  const edges: Tensor[][] = [];
  tape.nodes.forEach((node, id) => {
    const own = numberAt(idOf, id);
    gradients[own] = found.value(id);
    edges[own] = alongEdges.get(id) ?? [];
    if (node.kind === "operation") locals[own] = localDerivatives(tape, node, id);
  });
  return new Graph(run.trace, run.output, {
    values,
    gradients,
    differences,
    edge: (id, k) => ({ localDerivative: locals[id]?.[k], gradient: edges[id]?.[k] }),
    replays: {
      adjusted: (further) => replayed(run, sums(differences, further)),
      tangents: (directions) => tangents(run, differences, directions),
    },
  });
}

function gradientsOf(tape: Tape, output: number) {
  const seed = onesLike(tape.valueOf(output));
  const found = new NodeGradients();
  if (isFloat(seed.dtype)) found.add(output, seed);
  const alongEdges = new Map<number, Tensor[]>();
  walkBack(tape, found, (id, k, gradient) => {
    const list = alongEdges.get(id) ?? [];
    list[k] = gradient;
    alongEdges.set(id, list);
  });
  return { found, alongEdges };
}

/** ∂output/∂input for each input, where that has the input's shape. */
function localDerivatives(tape: Tape, node: Operation, id: number): (Tensor | undefined)[] {
  const { op, attributes } = node;
  const output = tape.outputOf(id);
  if (
    tape.fixed?.has(id) ||
    op.results !== undefined ||
    !isFloat(output.dtype) ||
    !(op.broadcasts === "elements" || output.rank === 0)
  )
    return [];
  const inputs = node.inputs.map((input) => tape.valueOf(input));
  const wanted = inputs.map(({ dtype }, k) => {
    const input = numberAt(node.inputs, k);
    return input >= 0 && isFloat(dtype) && !tape.fixed?.has(input);
  });
  return contributions(op, { inputs, attributes, output }, onesLike(output), wanted);
}

/** Runs a trace anew with differences, in reverse mode. */
function replayed(run: Run, differences: Changes): Graph {
  return record(new GradientRecording({ drawn: true }), (recording) => {
    const { trace, output, values } = run;
    const idOf: number[] = [];
    const tensors = replay(
      trace,
      (node, id) => {
        if (node.kind === "argument") return recording.leaf(at(values, id));
        const constant = constantOf(node);
        return id === output ? recording.constant(constant) : constant;
      },
      [],
      undefined,
      (tensor, id) => {
        const difference = differences.get(id);
        const recorded = isOf(recording, tensor);
        if (recorded) idOf[tensor.index] = id;
        if (difference === undefined) return tensor;
        const sum = add(below(recording, tensor), difference);
        return recorded ? recording.adjusted(tensor, sum) : sum;
      },
    );
    const all = tensors.map((tensor) => below(recording, tensor));
    return explained(run, recording.tape, idOf, all, differences);
  });
}

/** Runs a trace anew in forward mode: the tangent of each node, undefined where none comes. */
function tangents(
  { trace, values }: Run,
  differences: Changes,
  directions: Changes,
): (Tensor | undefined)[] {
  return record(new TangentRecording(), (recording) => {
    const tensors = replay(
      trace,
      (node, id) => (node.kind === "argument" ? at(values, id) : constantOf(node)),
      [],
      undefined,
      (tensor, id) => {
        const [difference, direction] = [differences.get(id), directions.get(id)];
        if (difference === undefined && direction === undefined) return tensor;
        const flow = recording.flowOf(tensor);
        const value = below(recording, tensor);
        const sum = difference === undefined ? value : add(value, difference);
        const own = direction && alike(direction, value);
        const tangent = flow && own ? add(flow.value, own) : (own ?? flow?.value);
        if (tangent === undefined) return sum;
        return recording.leaf(sum, tangent, direction ? undefined : flow?.guard);
      },
    );
    return tensors.map((tensor) => recording.tangentOf(tensor));
  });
}

/** A number as a tangent of every element. */
function alike(direction: Tensor, { shape, dtype, weak }: Tensor): Tensor {
  return broadcastTo(weak ? direction : cast(direction, dtype), shape);
}

function sums(first: Changes, second: Changes): Changes {
  const all = new Map(first);
  for (const [id, difference] of second) {
    const before = all.get(id);
    all.set(id, before === undefined ? difference : add(before, difference));
  }
  return all;
}
