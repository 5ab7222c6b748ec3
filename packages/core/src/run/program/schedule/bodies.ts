/**
 * Bodies as sub-plans: the calls of a body work in a part of their parent's scratch memory, on inputs that are read in
 * place and results that are written in place. A carry is updated in place, as the value of a Variable is.
 *
 * A body sees its memory as regions: scratch memory of its values, that of its calls, each of its inputs, each of its
 * other results, and each of its constants, in this order, which is that of the arguments of the call that runs it.
 */

import { readKernel } from "../../../families/movement.ts";
import type { Control } from "../../../graph/joint.ts";
import { aliasesInput } from "../../../graph/kernel.ts";
import { none, type Op, sameType } from "../../../graph/op.ts";
import {
  argumentNode,
  isComputed,
  nodeAt,
  type Operation,
  operationNode,
  type Trace,
  type TraceNode,
  withAllProjections,
} from "../../../graph/trace.ts";
import { at, numberAt, stridesOf } from "../../../tensor/shape.ts";
import { type Location, WORK } from "../locations/locations.ts";
import type { Carried, ControlProgram, ScheduleItem } from "./items.ts";
import type { Target } from "./target.ts";

/** The locations of a body's inputs and results. */
export interface Frame {
  /** Returns the location of an input by its position. */
  readonly input: (position: number) => Location;
  /** Returns the location of a result; those of carries are the locations of inputs. */
  readonly output: (index: number) => Location;
  /** Returns the location of a constant by its number, in the order in which the plan finds them. */
  readonly constant: (index: number) => Location;
  /** By result: the position of the input whose memory it takes; undefined for those with separate memory. */
  readonly carried: Carried;
  /** True if the second carry counts runs. */
  readonly counts: boolean;
}

/** The region of the first input, which is the first carry of a loop: those of scratch memory come before it. */
export const FIRST = WORK + 1;

/** The regions of a loop that stops: whether there is another run, and the number of rows visited. */
export const GOES = FIRST;
export const COUNT = FIRST + 1;

/** Returns the regions of a body. @param constants how many the bodies before have. */
export function frameOf(
  control: Control,
  { parameters, outputs }: Trace,
  carried: Carried,
  constants: number,
): Frame {
  const start = (region: number): Location => ({ region, offset: 0 });
  let next = FIRST + parameters.length;
  const locations = outputs.map((_, i) => {
    const position = carried[i];
    return start(position === undefined ? next++ : FIRST + position);
  });
  return {
    input: (position) => start(FIRST + position),
    output: (index) => at(locations, index),
    constant: (index) => start(next + constants + index),
    carried,
    counts: control.kind === "repeat" && control.stops,
  };
}

/**
 * Returns the inputs that are carried through an op of a trace. For a condition these are values that the trace itself
 * could update in place: the value of an assigned Variable, or a carry, which one branch returns unchanged and nothing
 * reads later.
 *
 * @param frame of the trace, if that is a body.
 */
export function carriedBy(
  trace: Trace,
  id: number,
  results: readonly number[],
  control: Control,
  frame: Frame | undefined,
): Carried {
  const { nodes, outputs, assignments } = trace;
  if (control.kind === "repeat")
    return results.map((_, k) => (k < control.carries ? k : undefined));
  const [, ...captured] = (nodeAt(nodes, id) as Operation).inputs;
  const becomes = (input: number, result: number): boolean => {
    const node = nodeAt(nodes, input);
    if (node.kind === "state") {
      return assignments.some((each) => each.cell === node.cell && each.id === result);
    }
    return outputs.some((output, i) => {
      const position = frame?.carried[i];
      return output === result && node.kind === "argument" && node.position === position;
    });
  };
  return results.map((result, k) => {
    const position = [control.whenTrue, control.whenFalse]
      .map((body) => nodeAt(body.nodes, at(body.outputs, k)))
      .map((node) => (node.kind === "argument" ? node.position : undefined))
      .find((each) => each !== undefined && becomes(at(captured, each), result));
    // The plan gives it another address if something reads the old value later.
    return position;
  });
}

/** By id: the ops with bodies. */
export type Controls = ReadonlyMap<number, ControlProgram>;

/** Returns the schedule items of a body that is small, which runs often; undefined for others. */
type FuseBody = (
  body: Trace,
  target: Target,
  controls: Controls,
) => readonly ScheduleItem[] | undefined;

/** Fuses small bodies, in programs with an op that has bodies. */
export let fuseBody: FuseBody = () => undefined;

/**
 * Registers the fusion of small bodies: the blocks of ops with bodies call it where they state their control flow, so
 * that other bundles do not include it.
 */
export function fuseBodiesBy(fuse: FuseBody): void {
  fuseBody = fuse;
}

/** Returns the bodies of an op, in order. */
export function bodiesOfControl(control: Control): readonly Trace[] {
  switch (control.kind) {
    case "repeat":
      return [control.body];
    case "branches":
      return [control.whenTrue, control.whenFalse];
    default:
      return control satisfies never;
  }
}

/** Returns the order in which an op of bodies runs them; undefined for all other ops. */
export function controlOf({ op, attributes }: Operation): Control | undefined {
  return op.bodies?.control?.(attributes);
}

/** Copies of values, in separate memory. */
export const copyOp: Op = {
  name: "copy",
  symbol: "copy",
  family: "view",
  promotion: "none",
  formula: "x",
  results: sameType,
  derivative: none("it is there in programs alone"),
  kernel: readKernel((shape) => ({ offset: 0, strides: stridesOf(shape) })),
  examples: { domain: [0, 0], cases: [] },
};

/**
 * Returns a body each of whose results is computed, and is used for nothing else: an input, or what is a result twice,
 * is copied. A carry that does not change keeps its address.
 */
export function withSeparateResults(body: Trace, { carried, counts }: Frame): Trace {
  const { nodes: before, parameters } = body;
  const nodes = [...before];
  const outputs = [...body.outputs];
  // The runner of the body updates the count.
  if (counts) outputs[1] = nodes.push(argumentNode(at(parameters, 1), 1)) - 1;
  const taken = new Set<number>();
  const results = outputs.map((id, i) => {
    const node = nodeAt(nodes, id);
    if (node.kind === "argument" && node.position === carried[i]) return id;
    const owner = ownerOf(nodes, id);
    if (isComputed(nodeAt(nodes, owner)) && !taken.has(owner)) {
      taken.add(owner);
      return id;
    }
    return nodes.push(operationNode(node, copyOp, [id], {})) - 1;
  });
  return withAllProjections({ ...body, nodes, outputs: results });
}

/** Returns the value whose memory a value has: the input that it aliases, or itself. */
export function ownerOf(nodes: readonly TraceNode[], id: number): number {
  let owner = id;
  for (;;) {
    const node = nodeAt(nodes, owner);
    if (node.kind !== "operation" || !aliasesInput(node.op)) return owner;
    owner = numberAt(node.inputs, 0);
  }
}
