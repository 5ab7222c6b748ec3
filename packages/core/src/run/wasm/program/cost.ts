/**
 * How much arithmetic a program is: floating-point operations of one run, as they are usually counted.
 */

import { nodeAt, type Operation, type Trace } from "../../../graph/trace.ts";
import { numberAt, sizeOf } from "../../../tensor/shape.ts";
import type { Unit } from "./units.ts";

/**
 * Every elementwise op counts as one for each element, whether it is an addition or a tanh; a
 * product of m × k and k × n as 2mkn; a reduction as one for each element of its input. What only
 * moves elements counts as none.
 */
export function countOperations({ nodes }: Trace, { op, inputs, shape }: Operation): number {
  const read = nodeAt(nodes, numberAt(inputs, 0)).shape;
  switch (op.kernel.kind) {
    case "contraction":
      return 2 * sizeOf(shape) * numberAt(read, read.length - 1);
    case "reduction":
      return sizeOf(read);
    case "elementwise":
      return sizeOf(shape);
    default:
      return 0;
  }
}

/** The same for what runs as one. */
export function countUnit(trace: Trace, unit: Unit): number {
  if (unit.kind === "operation")
    return countOperations(trace, nodeAt(trace.nodes, unit.id) as Operation);
  const { shape, steps, outputs } = unit.group;
  const reductions = outputs.filter(({ reduction }) => reduction !== undefined);
  return (steps.length + reductions.length) * sizeOf(shape);
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
