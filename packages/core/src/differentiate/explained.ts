/**
 * The graph of an explained function: the gradients of a tape, by the nodes of its trace, and the replays
 * that adjust it.
 *
 * `graph.adjusted` replays the trace on a new tape with differences added to values, and `graph.tangents` replays it in
 * forward mode. Only nodes derived from the changed ones are computed; the others keep their values and local derivatives.
 * A difference is added after its node's op. The tape also keeps the output of the op itself: the derivative of exp reads
 * that, not the sum.
 */

import { Graph } from "../draw/graph.ts";
import { below, isOf } from "../graph/apply.ts";
import type { Tangent } from "../graph/joint.ts";
import { record } from "../graph/recording.ts";
import { constantOf, replay } from "../graph/replay.ts";
import { type Operation, projectionsByOperation, resultsOf, type Trace } from "../graph/trace.ts";
import { add } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { broadcastTo } from "../ops/view.ts";
import { onesLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DrawnRecording } from "./drawn.ts";
import { TangentRecording } from "./forward.ts";
import { contributions, operandsOf, walkBack } from "./reverse.ts";
import { NodeGradients, type Tape } from "./tape.ts";

/** Tensors that are added to nodes after their ops, or tangents: by id. */
type Changes = ReadonlyMap<number, Tensor>;

const NONE: ReadonlyMap<number, Tensor> = new Map();

/** A function that was run: its trace, the id of its result, and the labels of its nodes, by id. */
interface Run {
  readonly trace: Trace;
  readonly output: number;
  readonly values: readonly Tensor[];
  /** The differences that were added to the nodes. */
  readonly differences?: Changes;
  /** The outputs of the ops of those nodes, without the differences. */
  readonly outputs?: ReadonlyMap<number, Tensor>;
  /** The local derivatives of ops that did not change since an earlier run. */
  readonly locals?: readonly (LocalDerivatives | undefined)[] | undefined;
}

/** ∂output/∂input of an op for each input, where that has the input's shape. */
type LocalDerivatives = readonly (Tensor | undefined)[];

/**
 * Returns a run as a graph, with the gradients of its result.
 *
 * @param tape that of the run.
 * @param idOf the ids in the trace, by those on the tape.
 */
export function explained(run: Run, tape: Tape, idOf: readonly number[]): Graph {
  const { trace, output, values, differences = NONE } = run;
  const { found, alongEdges } = gradientsOf(tape, idOf.indexOf(output));
  const gradients: (Tensor | undefined)[] = [];
  const locals: LocalDerivatives[] = [];
  const edges: Tensor[][] = [];
  tape.nodes.forEach((node, id) => {
    const nodeId = numberAt(idOf, id);
    gradients[nodeId] = found.value(id);
    edges[nodeId] = alongEdges.get(id) ?? [];
    if (node.kind === "operation")
      locals[nodeId] = run.locals?.[nodeId] ?? localDerivatives(tape, node, id);
  });
  const whole = { ...run, locals };
  return new Graph(trace, output, {
    values,
    gradients,
    differences,
    edge: (id, k) => ({ localDerivative: locals[id]?.[k], gradient: edges[id]?.[k] }),
    replays: {
      adjusted: (further) => replayed(whole, further),
      values: (further) => valuesOf(run, further),
      tangents: (directions) => tangents(run, directions),
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

function localDerivatives(tape: Tape, node: Operation, id: number): LocalDerivatives {
  const { op, attributes } = node;
  const output = tape.outputOf(id);
  if (
    tape.fixed?.has(id) ||
    op.derivative?.kind === "joint" ||
    tape.nodes[id + 1]?.kind === "projection" ||
    !isFloat(output.dtype) ||
    !(op.broadcasts === "elements" || output.rank === 0)
  )
    return [];
  const { inputs, wanted } = operandsOf(tape, node.inputs);
  return contributions(op, { inputs, attributes, output }, onesLike(output), wanted);
}

/**
 * Runs a trace anew with further differences, in reverse mode. Nodes that do not depend on them are on the new tape
 * with the values that they have.
 */
function replayed(run: Run, further: Changes): Graph {
  const { trace, output, values } = run;
  const differences = sums(run.differences ?? NONE, further);
  const follows = followers(trace, further);
  const projections = projectionsByOperation(trace);
  const outputs = new Map<number, Tensor>();
  const outputOf = (id: number) => knownOutput(run, id);
  return record(new DrawnRecording(), (recording) => {
    const idOf: number[] = [];
    const tensors = replay(
      trace,
      (node, id) => {
        if (node.kind === "argument") return recording.leaf(outputOf(id));
        const constant = constantOf(node);
        return id === output ? recording.constant(constant) : constant;
      },
      {
        compute: (node, inputs, id) =>
          follows[id]
            ? undefined
            : recording.known(node, inputs, resultsOf(id, projections).map(outputOf)),
        change: (tensor, id) => {
          const recorded = isOf(recording, tensor);
          if (recorded) idOf[tensor.index] = id;
          const difference = differences.get(id);
          if (difference === undefined) return tensor;
          const before = below(recording, tensor);
          outputs.set(id, before);
          const sum = follows[id] || further.has(id) ? add(before, difference) : at(values, id);
          return recorded ? recording.adjusted(tensor, sum) : sum;
        },
      },
    );
    const all = tensors.map((tensor) => below(recording, tensor));
    const locals = run.locals?.map((local, id) => (follows[id] ? undefined : local));
    const next = { trace, output, values: all, differences, outputs, locals };
    return explained(next, recording.tape, idOf);
  });
}

/** Returns the output of a node's op where it follows from no further difference. */
function knownOutput({ outputs, values }: Run, id: number): Tensor {
  return outputs?.get(id) ?? at(values, id);
}

/** Returns the values of a trace with further differences, without recording for gradients. */
function valuesOf(run: Run, further: Changes): readonly Tensor[] {
  const { trace, values, differences = NONE } = run;
  const all = sums(differences, further);
  const follows = followers(trace, further);
  const change = (tensor: Tensor, id: number) => {
    const difference = all.get(id);
    return difference === undefined ? tensor : add(tensor, difference);
  };
  const tensors = [...values];
  for (const id of further.keys()) tensors[id] = change(knownOutput(run, id), id);
  return replay(trace, constantOf, {
    tensors,
    ids: [...tensors.keys()].filter((id) => follows[id]),
    change,
  });
}

/** Runs the ops after some nodes again in forward mode: returns the tangent of each node, undefined for a zero one. */
function tangents(
  { trace, values, differences = NONE }: Run,
  directions: Changes,
): (Tensor | undefined)[] {
  const follows = followers(trace, directions);
  return record(new TangentRecording(), (recording) => {
    /** The value of a node, which moves by the tangents of its inputs and by its direction. */
    const moving = (id: number, incoming?: Tangent) => {
      const [value, direction] = [at(values, id), directions.get(id)];
      const added = direction && alike(direction, value);
      const tangent = incoming && added ? add(incoming.value, added) : (added ?? incoming?.value);
      return tangent ? recording.leaf(value, tangent, added ? undefined : incoming?.mask) : value;
    };
    const tensors = [...values];
    for (const id of directions.keys()) tensors[id] = moving(id);
    replay(trace, constantOf, {
      tensors,
      ids: [...tensors.keys()].filter((id) => follows[id]),
      change: (tensor, id) =>
        directions.has(id) || differences.has(id)
          ? moving(id, recording.maskedTangentOf(tensor))
          : tensor,
    });
    return tensors.map((tensor) => recording.tangentOf(tensor));
  });
}

/** Returns for each id whether the node depends on one of the changed nodes. */
function followers({ nodes }: Trace, changed: Changes): readonly boolean[] {
  const follows: boolean[] = [];
  nodes.forEach((node) => {
    follows.push(
      node.kind === "operation"
        ? node.inputs.some((input) => follows[input] || changed.has(input))
        : node.kind === "projection" && follows[node.of] === true,
    );
  });
  return follows;
}

/** Returns a number as a tangent of every element. */
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
