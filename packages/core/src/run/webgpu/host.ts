/**
 * The parts of a trace that the host computes, with the bits of the other backends, since a GPU has no float64. Before
 * a run: all of float64 that follows from what the host knows, such as the draws of a seed, the steps that an optimizer
 * has taken and the learning rate of a schedule. After a run, when its results are read: the results in float64, such
 * as a metric.
 */

import { applyAll } from "../../graph/apply.ts";
import type { Cell } from "../../graph/cell.ts";
import { withoutRecordingConstants } from "../../graph/recording.ts";
import {
  type Assignment,
  argumentNode,
  movedNode,
  nodeAt,
  type Operation,
  projectionsByOperation,
  type Trace,
  type TraceNode,
  withoutUnneeded,
} from "../../graph/trace.ts";
import type { TensorType } from "../../graph/types.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkOps } from "./refusals.ts";
import { withRoundedDraws } from "./roundedDraws.ts";
import { takesSeeds } from "./target.ts";

/** A trace in three parts. */
export interface Parted {
  /** The whole trace, without comparisons of float64 with values of the GPU. */
  readonly trace: Trace;
  /** The operations that the host computes before the first run, of constants alone, by their ids in the trace, in order. */
  readonly once: readonly number[];
  /** The operations that the host computes before each run, likewise. */
  readonly before: readonly number[];
  /** By id: true if the host has the value before a run; constants are not counted. */
  readonly isHost: readonly boolean[];
  /** The part of the GPU: the values of the host that it needs are its arguments, after those of the function. */
  readonly device: Trace;
  /** By argument of the GPU's part: its id in the whole trace. */
  readonly leaves: readonly number[];
  /** The Variables that the host assigns. */
  readonly assignments: readonly Assignment[];
  /** The operations that the host computes from results of a run, in order. */
  readonly after: readonly number[];
  /** By id: true if the host has the value after a run alone. */
  readonly isAfter: readonly boolean[];
  /** The values of the GPU that these need, which are results of its part after those of the function. */
  readonly read: readonly number[];
}

const isDouble = ({ dtype }: TensorType) => dtype === "float64";
const isSingle = ({ shape }: TensorType) => shape.length === 0;

/** Splits a trace. @throws ArgumentError for an op that no part can compute, with its line. */
export function parted(whole: Trace): Parted {
  const trace = withoutUnneeded(withRoundedDraws(whole, knownTo(whole)));
  const { nodes } = trace;
  const isHost = valuesBefore(trace);
  const isAfter = valuesAfter(trace, isHost);
  const operations = (isWanted: readonly boolean[]) =>
    nodes.flatMap((node, id) => (node.kind === "operation" && isWanted[id] ? [id] : []));
  const after = operations(isAfter);
  const isLeft = (id: number) => !isHost[id] && !isAfter[id];
  checkOps(trace, isLeft);
  const read = [...new Set(after.flatMap((id) => inputsOf(nodes, id)))].filter((id) => {
    const { kind } = nodeAt(nodes, id);
    return isLeft(id) && kind !== "constant" && kind !== "argument";
  });
  const newId: number[] = [];
  const taken: TraceNode[] = [];
  const leaves: number[] = [];
  const parameters: TensorType[] = [];
  nodes.forEach((node, id) => {
    if (isAfter[id]) {
      newId[id] = -1;
      return;
    }
    const isLeaf = node.kind === "argument" || isHost[id] === true;
    const moved = isLeaf ? argumentNode(node, leaves.push(id) - 1) : movedNode(node, newId);
    if (isLeaf) parameters.push(node);
    newId[id] = taken.push(moved) - 1;
  });
  const moved = (id: number) => numberAt(newId, id);
  const device = withoutUnneeded({
    nodes: taken,
    parameters,
    outputs: [...trace.outputs.filter(isLeft), ...read].map(moved),
    assignments: trace.assignments
      .filter(({ id }) => isLeft(id))
      .map(({ cell, id }) => ({ cell, id: moved(id) })),
    names: new Map(),
  });
  const isFixed: boolean[] = [];
  nodes.forEach((node, id) => {
    const isMade = node.kind === "operation" || node.kind === "projection";
    isFixed[id] = isMade
      ? isHost[id] === true && inputsOf(nodes, id).every((input) => isFixed[input])
      : node.kind === "constant";
  });
  const early = operations(isHost);
  return {
    trace,
    once: early.filter((id) => isFixed[id]),
    before: early.filter((id) => !isFixed[id]),
    isHost,
    device,
    leaves,
    assignments: trace.assignments.filter(({ id }) => isHost[id]),
    after,
    isAfter,
    read,
  };
}

function inputsOf(nodes: readonly TraceNode[], id: number): readonly number[] {
  const node = nodeAt(nodes, id);
  if (node.kind === "operation") return node.inputs;
  return node.kind === "projection" ? [node.of] : [];
}

/** True if an operation computes with float64, which a GPU cannot; seeds of draws are allowed. */
function needsDoubles(nodes: readonly TraceNode[], { op, inputs, ...type }: Operation): boolean {
  if (isDouble(type)) return true;
  const wide = inputs.map((input) => nodeAt(nodes, input)).filter(isDouble);
  return wide.length > 0 && !(takesSeeds(op) && !isSingle(type) && wide.every(isSingle));
}

/**
 * Returns for each id whether the host knows the value before a run, or could compute it: constants, single numbers that
 * are given, Variables of one float64, and what follows from these. A Variable of one int32 is known as well, unless the
 * GPU assigns it.
 */
function knownTo({ nodes, assignments }: Trace): readonly boolean[] {
  const unknown = new Set<Cell>();
  for (;;) {
    const known: boolean[] = [];
    nodes.forEach((node, id) => {
      known[id] =
        node.kind === "operation"
          ? node.op.kernel !== undefined && node.inputs.every((input) => known[input])
          : node.kind === "projection"
            ? known[node.of] === true
            : node.kind === "constant" ||
              (isSingle(node) &&
                (node.kind === "argument" ||
                  isDouble(node) ||
                  (node.dtype === "int32" && !unknown.has(node.cell))));
    });
    const lost = assignments.filter(({ cell, id }) => !known[id] && !unknown.has(cell));
    if (lost.length === 0) return known;
    for (const { cell } of lost) unknown.add(cell);
  }
}

/** Returns for each id whether the host has the value before a run: of what it knows, float64 and what that follows from. */
function valuesBefore(trace: Trace): readonly boolean[] {
  const { nodes, assignments } = trace;
  const known = knownTo(trace);
  const isHost = nodes.map((node, id) => {
    if (node.kind === "operation") return known[id] === true && needsDoubles(nodes, node);
    return (
      node.kind !== "projection" && node.kind !== "constant" && isSingle(node) && isDouble(node)
    );
  });
  const isComputed = (id: number) => !["constant", "argument"].includes(nodeAt(nodes, id).kind);
  for (let isMore = true; isMore; ) {
    isMore = false;
    const add = (id: number) => {
      if (isHost[id] || !known[id] || !isComputed(id)) return;
      isHost[id] = true;
      isMore = true;
    };
    for (let id = nodes.length - 1; id >= 0; id--) {
      const node = nodeAt(nodes, id);
      if (node.kind === "projection" && isHost[node.of]) add(id);
      if (!isHost[id]) continue;
      for (const input of inputsOf(nodes, id)) add(input);
      // A Variable that the host reads is assigned by the host.
      if (node.kind !== "state") continue;
      for (const each of assignments) if (each.cell === node.cell) add(each.id);
    }
  }
  return isHost;
}

/** The kinds of ops that cost less than fetching their results, so the host may compute them after a run. */
const CHEAP: readonly string[] = ["elementwise", "view", "passing", "joining", "reduction"];

/**
 * Returns for each id whether the host computes the value after a run: in float64, of float32 that the GPU computes. These
 * are results of the function alone, since no later run may have to wait for them. A float64 argument stays an error.
 */
function valuesAfter(
  { nodes, assignments }: Trace,
  isHost: readonly boolean[],
): readonly boolean[] {
  const isAfter: boolean[] = [];
  let isPossible = true;
  nodes.forEach((node, id) => {
    const follows = inputsOf(nodes, id).some((input) => isAfter[input]);
    if (node.kind !== "operation") {
      isAfter[id] = follows;
      return;
    }
    const { op, inputs } = node;
    const isWide = !isHost[id] && op.bodies === undefined && needsDoubles(nodes, node);
    isAfter[id] = follows || isWide;
    if (!isAfter[id]) return;
    const kind = op.kernel?.kind;
    const isUsers = inputs.some((input) => {
      const source = nodeAt(nodes, input);
      const isLeaf = source.kind === "argument" || source.kind === "state";
      return isLeaf && isDouble(source) && !isSingle(source);
    });
    if (kind === undefined || isUsers || !(isWide || CHEAP.includes(kind))) isPossible = false;
  });
  if (assignments.some(({ id }) => isAfter[id])) isPossible = false;
  return isPossible ? isAfter : nodes.map(() => false);
}

/**
 * Returns a function that computes operations of a trace on the host: it gets values by their ids, and adds the
 * results.
 */
export function computing(
  { nodes }: Trace,
  ids: readonly number[],
): (values: (Tensor | undefined)[], valueAt: (id: number) => Tensor) => void {
  const projections = projectionsByOperation({ nodes });
  return (values, valueAt) =>
    withoutRecordingConstants(() => {
      for (const id of ids) {
        const { op, inputs, attributes } = nodeAt(nodes, id) as Operation;
        const results = applyAll(op, inputs.map(valueAt), attributes);
        values[id] = at(results, 0);
        for (const projection of projections.get(id) ?? [])
          values[projection.id] = at(results, projection.index);
      }
    });
}
