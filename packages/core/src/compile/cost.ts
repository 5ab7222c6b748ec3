/**
 * How much arithmetic a program is: floating-point operations of one run, as they are usually counted.
 */

import { nodeAt, type Trace } from "../graph/trace.ts";
import { numberAt, sizeOf } from "../tensor/shape.ts";
import type { Unit } from "./units.ts";

/**
 * Every elementwise op counts as one for each element, whether it is an addition or a tanh; a
 * product of m × k and k × n as 2mkn; a reduction as one for each element of its input. What only
 * moves elements counts as none.
 */
export function countOperations(trace: Trace, units: readonly Unit[]): number {
  return units.reduce((sum, unit) => sum + operationsOf(trace, unit), 0);
}

function operationsOf({ nodes }: Trace, unit: Unit): number {
  if (unit.kind === "group") {
    const { shape, steps, outputs } = unit.group;
    const reductions = outputs.filter(({ reduction }) => reduction !== undefined);
    return (steps.length + reductions.length) * sizeOf(shape);
  }
  const node = nodeAt(nodes, unit.id);
  if (node.kind !== "operation") return 0;
  const { shape } = nodeAt(nodes, numberAt(node.inputs, 0));
  switch (node.op.kernel.kind) {
    case "contraction":
      return 2 * sizeOf(node.shape) * numberAt(shape, shape.length - 1);
    case "reduction":
      return sizeOf(shape);
    case "elementwise":
      return sizeOf(node.shape);
    default:
      return 0;
  }
}
