/**
 * The schedule items of fusion: fusion groups as loops, and ops that no loop computes. The last stage of fusion, see
 * `fuse.ts`.
 */

import type { StridedLayout } from "../../../graph/kernel.ts";
import {
  nodeAt,
  type Operation,
  projectionsByOperation,
  resultsOf,
  rootsOf,
  type TraceNode,
} from "../../../graph/trace.ts";
import { at, int32At, type Shape, sameShape, stridesOf } from "../../../tensor/shape.ts";
import type { LoopOutput, LoopStep, Operand } from "../loop/loop.ts";
import type { Controls } from "../schedule/bodies.ts";
import type { Source } from "../schedule/items.ts";
import {
  constantOperand,
  LoopInputs,
  type LoopItem,
  type OperationItem,
  type ScheduleItem,
} from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";
import { mostJoinedBy } from "./concatenation.ts";
import { loopOpOf } from "./fusible.ts";
import type { FusionGroup } from "./fusionGroups.ts";
import { inputOf, isEpilogue, type LoopValues, spaceOf } from "./loopValues.ts";
import { isContiguous } from "./sources.ts";

/**
 * The schedule items of a stage: those that compute its values, followed by the reductions and concatenations that
 * could not end a loop.
 */
interface StageItems {
  readonly items: ScheduleItem[];
  readonly after: ScheduleItem[];
}

/** Returns the schedule items of fusion groups and of all other ops, stage by stage. */
export function itemsOf(
  values: LoopValues,
  stages: Int32Array,
  groups: readonly FusionGroup[],
  target: Target,
  controls: Controls,
): ScheduleItem[] {
  const { trace, spaces, needed } = values;
  const byStage: StageItems[] = [];
  const ofStage = (stage: number): StageItems => (byStage[stage] ??= { items: [], after: [] });
  const projections = projectionsByOperation(trace);
  trace.nodes.forEach((node, id) => {
    if (node.kind !== "operation" || needed[id] === 0 || spaces[id] !== 0) return;
    const control = controls.get(id);
    const item = operationItem(values, node, id, target);
    ofStage(int32At(stages, id)).items.push({
      ...item,
      reads: [...item.reads, ...(control?.constants ?? [])],
      writes: resultsOf(id, projections),
      ...(control && { control }),
    });
  });
  const membership = membershipOf(values, groups);
  for (const group of groups) {
    const { items, after } = ofStage(group.stage);
    const item = groupItem(values, membership, group, target);
    if (item.writes.length > 0) items.push(item);
    for (const id of group.epilogues) {
      // The items between the loop and the readers of its result.
      if (!item.writes.includes(id)) after.push(epilogueItem(values, membership, id));
    }
  }
  return byStage.flatMap(({ items, after }) => [...items, ...after]);
}

/** The values that loops compute: the fusion group of each, and its index among the steps. */
interface Membership {
  /** By id: the fusion group, counted from 1, and the index among its steps. */
  readonly groups: Int32Array;
  readonly steps: Int32Array;
  /** By id: 1 for what is read outside of the fusion group that computes it. */
  readonly readOutside: Uint8Array;
}

function membershipOf(
  { trace, sources, needed }: LoopValues,
  all: readonly FusionGroup[],
): Membership {
  const { length } = trace.nodes;
  const groups = new Int32Array(length);
  const steps = new Int32Array(length);
  all.forEach((group, i) => {
    group.steps.forEach((id, step) => {
      groups[id] = i + 1;
      steps[id] = step;
    });
    for (const id of group.epilogues) groups[id] = i + 1;
  });
  const readOutside = new Uint8Array(length);
  for (const id of rootsOf(trace)) readOutside[id] = 1;
  sources.forEach((read, id) => {
    if (needed[id] === 0) return;
    const group = int32At(groups, id);
    read.forEach((source) => {
      if (group === 0 || group !== groups[source.id]) readOutside[source.id] = 1;
    });
  });
  return { groups, steps, readOutside };
}

/** Returns the schedule item of an op that no loop computes, or of a concatenation by several loops. */
function operationItem(
  { trace: { nodes }, sources: all }: LoopValues,
  node: Operation,
  id: number,
  target: Target,
): OperationItem {
  const sources = at(all, id);
  const shapes = node.inputs.map((input) => nodeAt(nodes, input).shape);
  const { kernel } = node.op;
  const layouts =
    kernel?.kind === "joining" ? kernel.layoutsOfInputs(shapes, node.attributes) : undefined;
  return {
    kind: "operation",
    id,
    reads: sources.map((source) => source.id),
    writes: [id],
    ...(layouts && { copies: copyItems(nodes, id, sources, layouts, mostJoinedBy(target)) }),
    ...(target.readsStrided(node.op, node.dtype) !== "none" && { layouts: sources }),
  };
}

/**
 * Returns the loops that concatenate the inputs of an op. Inputs that interleave are copied by one loop: separate loops
 * would read and write all lines of memory again.
 */
function copyItems(
  nodes: readonly TraceNode[],
  id: number,
  sources: readonly Source[],
  layouts: readonly StridedLayout[],
  most: number,
): LoopItem[] {
  const { inputs, dtype: stored } = nodeAt(nodes, id) as Operation;
  const loops: { shape: Shape; isCopy: boolean; inputs: LoopInputs; outputs: LoopOutput[] }[] = [];
  sources.forEach((source, i) => {
    const { shape } = nodeAt(nodes, at(inputs, i));
    const layout = at(layouts, i);
    const isCopy = isContiguous(layout.strides, shape);
    let last = loops.at(-1);
    const joins = last && !isCopy && !last.isCopy && sameShape(shape, last.shape);
    if (last === undefined || !joins || last.outputs.length === most) {
      last = { shape, isCopy, inputs: new LoopInputs(), outputs: [] };
      loops.push(last);
    }
    const step = last.inputs.indexOf(source, nodeAt(nodes, source.id).dtype);
    last.outputs.push({ step, dtype: stored, ...layout });
  });
  const dtype = stored === "float64" ? "float64" : "float32";
  return loops.map(({ shape, inputs, outputs }): LoopItem => {
    const steps = inputs.list.map((_, index) => copyOf({ kind: "input", index }));
    const loop = { dtype, shape, inputs: inputs.list, steps, outputs } as const;
    return { kind: "loop", reads: inputs.ids, writes: outputs.map(() => id), loop };
  });
}

/** Returns the loop of a fusion group, with as many of the group's ends as fit. */
function groupItem(
  values: LoopValues,
  membership: Membership,
  { steps, epilogues }: FusionGroup,
  target: Target,
): LoopItem {
  const { reductions } = values;
  // All reductions of a loop are over the same axes.
  const first = epilogues.find((id) => reductions[id] !== undefined);
  const axes = first === undefined ? 0 : reductions[first]?.axes;
  const joined = epilogues.filter((id) => (reductions[id]?.axes ?? axes) === axes);
  const others = epilogues.filter((id) => !joined.includes(id));
  const item = loopItem(values, membership, steps, joined, others);
  if (first === undefined || target.endsInReductions(item.loop)) return item;
  return loopItem(values, membership, steps, [], epilogues);
}

/**
 * Returns the schedule item of a value that could not end the loop of its inputs: a loop that copies them, or a
 * separate reduction.
 */
function epilogueItem(values: LoopValues, membership: Membership, id: number): ScheduleItem {
  if (values.concatenations[id] !== undefined) return loopItem(values, membership, [], [id], []);
  return { kind: "operation", id, reads: [inputOf(values, id)], writes: [id] };
}

/**
 * Returns one loop of steps with its ends.
 *
 * @param others ends that run alone, and read their inputs from memory.
 */
function loopItem(
  values: LoopValues,
  membership: Membership,
  members: readonly number[],
  epilogues: readonly number[],
  others: readonly number[],
): LoopItem {
  const { nodes } = values.trace;
  const leader = members[0] ?? epilogues[0];
  if (leader === undefined) return NOTHING;
  const shape = spaceOf(values, leader);
  // A loop that only reduces has the dtype of its results, whatever loop computes its input.
  const fallback = nodeAt(nodes, leader).dtype === "float64" ? "float64" : "float32";
  const dtype = (members.length > 0 && values.loops[leader]) || fallback;
  const inputs = new LoopInputs();
  const group = membership.groups[leader];
  const isStep = (id: number) =>
    members.length > 0 && membership.groups[id] === group && !isEpilogue(values, id);
  const operandOf = (source: Source): Operand => {
    const { id, inPlace } = source;
    if (inPlace && isStep(id)) return { kind: "step", index: int32At(membership.steps, id) };
    const node = nodeAt(nodes, id);
    return constantOperand(node) ?? { kind: "input", index: inputs.indexOf(source, node.dtype) };
  };
  const steps = members.map((id): LoopStep => {
    const node = nodeAt(nodes, id) as Operation;
    const op = loopOpOf(node.op, node.dtype) ?? "toNumber";
    return { op, inputs: at(values.sources, id).map(operandOf) };
  });
  const read = new Set(others.flatMap((id) => at(values.sources, id).map((source) => source.id)));
  const writes = members.filter((id) => membership.readOutside[id] === 1 || read.has(id));
  const outputs = writes.map((id): LoopOutput => {
    return { step: int32At(membership.steps, id), dtype: nodeAt(nodes, id).dtype };
  });
  const copies = new Map<number, number>();
  /** Returns the step whose value an end reads: a copy step, if no step computes it. */
  const stepOf = (source: Source): number => {
    const operand = operandOf(source);
    if (operand.kind === "step") return operand.index;
    const known = operand.kind === "input" ? copies.get(operand.index) : undefined;
    const step = known ?? steps.push(copyOf(operand)) - 1;
    if (operand.kind === "input") copies.set(operand.index, step);
    return step;
  };
  for (const id of epilogues) {
    const reduction = values.reductions[id];
    const input = inputOf(values, id);
    const whole = { id: input, offset: 0, strides: stridesOf(shape), inPlace: true };
    if (reduction) outputs.push({ step: stepOf(whole), reduction });
    const { sources = [], layouts = [] } = values.concatenations[id] ?? {};
    sources.forEach((source, i) => {
      outputs.push({ step: stepOf(source), dtype: nodeAt(nodes, id).dtype, ...at(layouts, i) });
    });
    writes.push(...new Array<number>(reduction ? 1 : sources.length).fill(id));
  }
  const loop = { dtype, shape, inputs: inputs.list, steps, outputs };
  return { kind: "loop", reads: inputs.ids, writes, loop };
}

function copyOf(operand: Operand): LoopStep {
  return { op: "copy", inputs: [operand] };
}

const NOTHING: LoopItem = {
  kind: "loop",
  reads: [],
  writes: [],
  loop: { dtype: "float32", shape: [], inputs: [], steps: [], outputs: [] },
};
