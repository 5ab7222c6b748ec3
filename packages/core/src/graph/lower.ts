/**
 * Lowering.
 * In: a trace as it was recorded, and the composites that the target computes by a kernel. Out: a trace of primitive ops and
 * of these composites, in which every node is needed.
 *
 * Invariant: values keep their bits, and bodies are lowered in their op, never inlined. Source locations and layer paths go
 * from each op to the ops that replace it.
 */

import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { mayRefuse, type TypedOp } from "./kernel.ts";
import { isComposite, type Op } from "./op.ts";
import { record } from "./recording.ts";
import {
  bodiesOf,
  mapBodies,
  movedNode,
  neededNodes,
  nodeAt,
  type Operation,
  renamed,
  type Trace,
} from "./trace.ts";
import { TraceRecording } from "./tracing.ts";
import type { Attributes } from "./types.ts";

/** True if an application of a composite is lowered to a kernel, not decomposed. */
export type HasKernel = (op: Op, types: Pick<TypedOp, "inputs" | "attributes">) => boolean;

/** Records ops as the ones that they are lowered to. */
export class LoweringRecording extends TraceRecording {
  readonly #hasKernel: HasKernel;

  constructor(hasKernel: HasKernel) {
    super();
    this.#hasKernel = hasKernel;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    if (!isComposite(op) || this.#hasKernel(op, { inputs, attributes })) {
      const lowered = op.bodies && mapBodies(attributes, (body) => lower(body, this.#hasKernel));
      return super.apply(op, inputs, lowered ?? attributes);
    }
    const results = op.body(inputs, attributes);
    if (!results.some((x) => x.weak) && !inputs.some((x) => x.weak)) return results;
    // As in eager mode, the type of a composite is the declared one, not the type of its body's result.
    const types = op.results(inputs, attributes);
    return results.map((result, i) =>
      inputs.includes(result) ? result : this.retyped(result, at(types, i)),
    );
  }
}

/**
 * Lowers a trace: drops values that no result needs, and expands composites, in bodies too. Primitive ops, ops with
 * bodies and composites with a kernel are left.
 *
 * @param hasKernel says which composites have a kernel. Default: none.
 */
export function lower(trace: Trace, hasKernel: HasKernel = () => false): Trace {
  return record(new LoweringRecording(hasKernel), (recording) => {
    // Primitive ops are copied as they are, which takes a third of the time of recording them again.
    const isLow = ({ op, inputs, attributes }: Operation) => {
      if (op.bodies !== undefined) return false;
      const types = () => inputs.map((input) => nodeAt(trace.nodes, input));
      return op.kernel !== undefined || hasKernel(op, { inputs: types(), attributes });
    };
    const newId: number[] = [];
    const projections = new Map<number, readonly Tensor[]>();
    const needed = neededNodes(trace);
    const lowered = ({ op, inputs, attributes, location }: Operation): readonly Tensor[] => {
      recording.location = location;
      const moved = inputs.map((input) => recording.tensorAt(numberAt(newId, input)));
      return recording.apply(op, moved, attributes);
    };
    trace.nodes.forEach((node, id) => {
      const isLeaf = node.kind !== "operation" && node.kind !== "projection";
      if (!isLeaf && needed[id] === 0) newId.push(-1);
      else if (node.kind === "projection" && projections.has(node.of)) {
        newId.push(recording.idOf(at(projections.get(node.of) ?? [], node.index), "lower"));
      } else if (node.kind !== "operation" || isLow(node)) {
        newId.push(recording.append(movedNode(node, newId)));
      } else {
        const results = lowered(node);
        if (results.length > 1) projections.set(id, results);
        newId.push(recording.idOf(at(results, 0), node.op.name));
      }
    });
    const { nodes, names } = recording.trace([]);
    return renamed(trace, nodes, newId, names);
  });
}

/**
 * True if a body may refuse some values of its inputs, loop for ever on them, or contain the rule of a derivative that
 * does.
 */
export function mayFail(body: Trace): boolean {
  const fails = (node: Operation): boolean => {
    const control = node.op.bodies?.control?.(node.attributes);
    if (control?.kind === "repeat" && control.stops) return true;
    return mayRefuse(node) || bodiesOf(node.attributes).some(mayFail);
  };
  const operations = (trace: Trace) => trace.nodes.filter((node) => node.kind === "operation");
  const inside = operations(body);
  const opens = inside.some(({ op }) => isComposite(op));
  return inside.some(fails) || (opens && operations(lower(body)).some(fails));
}
