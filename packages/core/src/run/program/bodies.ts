/**
 * Bodies as sub-plans: the calls of a body work in a piece of their parent's scratch memory, on inputs that are
 * read where they lie and results that are written where they belong. A carry is updated in place, as the value of
 * a Variable is.
 *
 * A body sees its memory as regions: scratch memory, each of its inputs, each of its other results, and each of its
 * constants, in this order, which is that of the arguments of the call that runs it.
 */

import { readKernel } from "../../families/movement.ts";
import type { Control } from "../../graph/joint.ts";
import { none, type Op } from "../../graph/op.ts";
import {
  argumentNode,
  isComputed,
  nodeAt,
  type Operation,
  operationNode,
  type Trace,
  withAllParts,
} from "../../graph/trace.ts";
import { at, numberAt, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { ProgramCall } from "./calls.ts";
import type { Location } from "./places.ts";

/** A body whose values have their places. */
export interface BodyProgram {
  /** They end with the copies to carries that could not be written in place. */
  readonly calls: readonly ProgramCall[];
  /** Scratch memory, for its values and for its calls. */
  readonly bytes: number;
  readonly flops: number;
  /** Whether a call may refuse what it is given. */
  readonly throws: boolean;
  /** What its calls read of constants. */
  readonly constants: readonly Tensor[];
}

/** Where a body finds its inputs, and leaves its results. */
export interface Frame {
  /** By position of an input. */
  readonly input: (position: number) => Location;
  /** By result; those of carries are the places of inputs. */
  readonly output: (index: number) => Location;
  /** By number, in the order in which the plan finds them. */
  readonly constant: (index: number) => Location;
  /** How many first results are the first inputs of the next run. */
  readonly carries: number;
  /** Whether the second carry counts runs. */
  readonly counts: boolean;
}

/** The region of scratch memory; those of inputs follow. */
const FIRST = 1;

/** The regions of a body. @param constants how many the bodies before have. */
export function frameOf(
  control: Control,
  { parameters, outputs: results }: Trace,
  constants: number,
): Frame {
  const { carries, stops } = control.kind === "repeat" ? control : BRANCH;
  const [inputs, outputs] = [parameters.length, results.length];
  const start = (region: number): Location => ({ region, offset: 0 });
  return {
    input: (position) => start(FIRST + position),
    output: (index) => start(index < carries ? FIRST + index : FIRST + inputs + index - carries),
    constant: (index) => start(FIRST + inputs + outputs - carries + constants + index),
    carries,
    counts: stops,
  };
}

const BRANCH = { carries: 0, stops: false };

/** An op of bodies that is ready to be called. */
export interface ControlProgram {
  readonly control: Control;
  /** In the order in which `control` has them. */
  readonly bodies: readonly BodyProgram[];
  /** The ids of the constants of all bodies, which are nodes of the trace that holds the op. */
  readonly constants: readonly number[];
}

/** The bodies of an op, in order. */
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

/** How an op of bodies runs them; undefined for all other ops. */
export function controlOf({ op, attributes }: Operation): Control | undefined {
  return op.joint?.control?.(attributes);
}

/** Values as they are, in a place of their own. */
const copyOp: Op = {
  name: "copy",
  symbol: "copy",
  family: "view",
  promotion: "own",
  formula: "x",
  infer: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32", weak: x?.weak ?? false }),
  derivative: none("it is there in programs alone"),
  kernel: readKernel((shape) => ({ offset: 0, strides: stridesOf(shape) })),
  batch: undefined,
  examples: { domain: [0, 0], cases: [] },
};

/**
 * A body each of whose results is computed, and stands nowhere else: what is given, or is a result twice, is
 * copied. A carry that stays as it is stays where it is.
 */
export function withOwnResults(body: Trace, { carries, counts }: Frame): Trace {
  const { nodes: before, parameters } = body;
  const nodes = [...before];
  const outputs = [...body.outputs];
  // Whoever runs the body counts.
  if (counts) outputs[1] = nodes.push(argumentNode(at(parameters, 1), 1)) - 1;
  const taken = new Set<number>();
  const ownerOf = (id: number): number => {
    let owner = id;
    for (;;) {
      const node = nodeAt(nodes, owner);
      if (node.kind !== "operation" || node.op.kernel?.handsOn === undefined) return owner;
      owner = numberAt(node.inputs, 0);
    }
  };
  const own = outputs.map((id, i) => {
    const node = nodeAt(nodes, id);
    if (i < carries && node.kind === "argument" && node.position === i) return id;
    const owner = ownerOf(id);
    if (isComputed(nodeAt(nodes, owner)) && !taken.has(owner)) {
      taken.add(owner);
      return id;
    }
    return nodes.push(operationNode(node, copyOp, [id], {})) - 1;
  });
  return withAllParts({ ...body, nodes, outputs: own });
}
