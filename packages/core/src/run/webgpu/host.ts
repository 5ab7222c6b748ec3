/**
 * The part of a trace that the host computes: single numbers of float64, such as the seed of a draw, the steps that an
 * optimizer has taken and what follows from them. So they have the bits that they have everywhere.
 */

import { lineOf } from "../../callSite.ts";
import { ArgumentError, formatShape } from "../../errors.ts";
import {
  type Assignment,
  argumentNode,
  bodiesOf,
  movedNode,
  nodeAt,
  type Operation,
  type Trace,
  type TraceNode,
  withoutUnneeded,
} from "../../graph/trace.ts";
import type { TensorType } from "../../graph/types.ts";
import { supportOf, takesSeeds } from "./target.ts";

/** A trace in two parts. */
export interface Parted {
  /** The values that the host computes, by the ids of the whole trace, in order. */
  readonly host: readonly number[];
  /** By id: whether the value is on the host. */
  readonly isHost: readonly boolean[];
  /** The rest: the values of the host that it needs are its arguments, and those of the function. */
  readonly device: Trace;
  /** By argument of the rest: the id of the value in the whole trace. */
  readonly given: readonly number[];
  /** The Variables that the host assigns. */
  readonly assignments: readonly Assignment[];
}

/** Parts a trace. @throws ArgumentError for an op that neither part can compute, with its line. */
export function parted(trace: Trace): Parted {
  const { nodes } = trace;
  const isDouble = (id: number) => nodeAt(nodes, id).dtype === "float64";
  const isHost: boolean[] = [];
  nodes.forEach((node, id) => {
    isHost[id] = isOnHost(node, id);
  });
  function isOnHost(node: TraceNode, id: number): boolean {
    if (node.shape.length > 0 || node.kind === "part") return false;
    if (node.kind !== "operation") return isDouble(id);
    const { op, inputs } = node;
    if (op.kernel === undefined || !(isDouble(id) || inputs.some(isDouble))) return false;
    // A number that is given is known to the host, unless a Variable has it, whose value may stand on the GPU.
    return inputs.every((input) => {
      const { kind, shape } = nodeAt(nodes, input);
      return isHost[input] || (shape.length === 0 && (kind === "constant" || kind === "argument"));
    });
  }
  const host = nodes.flatMap((node, id) => (node.kind === "operation" && isHost[id] ? [id] : []));
  const newId: number[] = [];
  const taken: TraceNode[] = [];
  const given: number[] = [];
  const parameters: TensorType[] = [];
  nodes.forEach((node, id) => {
    const isGiven = node.kind === "argument" || (isHost[id] && node.kind !== "constant");
    const own = isGiven ? argumentNode(node, given.push(id) - 1) : movedNode(node, newId);
    if (isGiven) parameters.push(node);
    newId[id] = taken.push(own) - 1;
  });
  const isLeft = (id: number) => !isHost[id] || nodeAt(nodes, id).kind === "constant";
  const moved = (id: number) => newId[id] as number;
  const device = withoutUnneeded({
    nodes: taken,
    parameters,
    outputs: trace.outputs.filter(isLeft).map(moved),
    assignments: trace.assignments
      .filter(({ id }) => isLeft(id))
      .map(({ cell, id }) => ({ cell, id: moved(id) })),
    names: new Map(),
  });
  checkOps(device);
  const assignments = trace.assignments.filter(({ id }) => !isLeft(id));
  return { host, isHost: nodes.map((_, id) => !isLeft(id)), device, given, assignments };
}

/** Throws for a value that the GPU cannot have, and for an op that it cannot compute. */
function checkOps({ nodes }: Trace): void {
  for (const node of nodes) {
    if (node.kind !== "operation") continue;
    const { op, inputs } = node;
    const types = inputs.map((input) => nodeAt(nodes, input));
    if (supportOf(op) === "refused") {
      throw refused(node, "an op that WebGPU has", `${op.name}, which runs on WebAssembly alone`);
    }
    for (const body of bodiesOf(node.attributes)) checkOps(body);
    if (op.bodies?.control !== undefined) continue;
    const double = [node, ...types].find((type) => type.dtype === "float64");
    const isSeed = takesSeeds(op) && double !== node && double?.shape.length === 0;
    if (double !== undefined && !isSeed) {
      const got = `float64 ${formatShape(double.shape)}, which is no number that the host computes`;
      throw refused(node, "float32, int32 or bool", got);
    }
  }
}

function refused({ op, site }: Operation, expected: string, got: string): ArgumentError {
  const line = lineOf(site?.trace);
  const where = [site?.place, line && `at ${line}`].filter(Boolean).join(", ");
  return new ArgumentError({
    op: op.name,
    expected,
    got: where === "" ? got : `${got} (${where})`,
    hint: "Cast to float32, or compile this part for WebAssembly",
  });
}
