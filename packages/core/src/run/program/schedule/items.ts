/**
 * Schedule items: the parts of a program that run as one, and the loops among them.
 *
 * In: nodes of a trace that run together. Out: schedule items, with the values that they read and write.
 *
 * Invariant: an item names values, never addresses: `plan.ts` gives values their addresses.
 */

import type { Call } from "../../../graph/call.ts";
import type { Control } from "../../../graph/joint.ts";
import type { StridedLayout } from "../../../graph/kernel.ts";
import type { Trace, TraceNode } from "../../../graph/trace.ts";
import type { DType } from "../../../tensor/dtype.ts";
import { at, sameNumbers } from "../../../tensor/shape.ts";
import { onlyElement } from "../../../tensor/symbolicConstant.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { ProgramCall } from "../calls/call.ts";
import type { Loop, LoopInput, Operand } from "../loop/loop.ts";

/** A part of a program that runs as one. */
export type ScheduleItem = OperationItem | LoopItem | RowsItem;

/** A loop. */
export interface LoopItem {
  readonly kind: "loop";
  readonly loop: Loop;
  /** The ids that the loop reads, in the order of its inputs. */
  readonly reads: readonly number[];
  /** The ids that it stores, in the order of its outputs. An id is repeated if outputs are parts of one value. */
  readonly writes: readonly number[];
}

/** An op that runs alone. */
export interface OperationItem {
  readonly kind: "operation";
  readonly id: number;
  /** The ids of its results: the first output, and those of its projections, if it has several. */
  readonly writes: readonly number[];
  /** The ids that it reads. For a view that is a factor of a product, the id of its source. */
  readonly reads: readonly number[];
  /** The layouts of the factors of a product in the arrays that it reads. */
  readonly layouts?: readonly StridedLayout[];
  /** The control program of an op with bodies. */
  readonly control?: ControlProgram;
  /** The loops that copy the inputs of a concatenation to their positions. */
  readonly copies?: readonly LoopItem[];
  /**
   * A loop that the op applies to each element of its only result. The reads of the loop follow those of the op, and
   * its writes follow the result, which is written only if others read it.
   */
  readonly epilogue?: LoopItem;
}

/** Schedule items that run on a block of rows at a time, see `rows.ts`. */
export interface RowsItem {
  readonly kind: "rows";
  /** The ids that it reads and that other items compute. */
  readonly reads: readonly number[];
  /** The ids that it computes for others. */
  readonly writes: readonly number[];
  readonly members: readonly RowMember[];
  /** The number of rows, and the number of rows per block. */
  readonly count: number;
  readonly block: number;
  /** The values that nothing else reads, each with the address of its block in the scratch memory of a run. */
  readonly locals: ReadonlyMap<number, number>;
  readonly localBytes: number;
}

/** A schedule item of a row-wise fused kernel. */
export type RowMember =
  | {
      readonly item: LoopItem;
      /** The number of first axes of the loop that are the rows. */
      readonly axes: number;
      /** By array, inputs first and then outputs: the elements from one row to the next. */
      readonly steps: readonly number[];
    }
  | {
      readonly item: OperationItem;
      /**
       * The call for all rows. The regions of its addresses count the schedule item's reads, its writes, and scratch
       * memory.
       */
      readonly call: Call;
    };

/** A schedule item as it runs. */
export interface ProgramPart {
  readonly item: ScheduleItem;
  /** The number of its calls. */
  readonly calls: number;
  /** Floating-point operations of a run. */
  readonly flops: number;
}

/** A body whose values have their locations. */
export interface BodyProgram {
  readonly trace: Trace;
  readonly parts: readonly ProgramPart[];
  /** The calls of its parts, which end with the copies to carries that could not be written in place. */
  readonly calls: readonly ProgramCall[];
  /** Bytes of scratch memory for its values, and for its calls. */
  readonly scratchBytes: number;
  readonly workBytes: number;
  readonly flops: number;
  /** True if a call may refuse what it is given. */
  readonly throws: boolean;
  /** The constants that its calls read. */
  readonly constants: readonly Tensor[];
}

/**
 * By result of an op with bodies: the input that becomes it, as carries of a loop do, and Variables that one branch
 * of a condition assigns. It is updated in place.
 */
export type Carried = readonly (number | undefined)[];

/** An op of bodies that is ready to be called. */
export interface ControlProgram {
  readonly control: Control;
  readonly carried: Carried;
  /** The bodies in the order in which `control` has them. */
  readonly bodies: readonly BodyProgram[];
  /** The ids of the constants of all bodies, which are nodes of the trace that holds the op. */
  readonly constants: readonly number[];
}

/** The source of one of an op's inputs; for loops also the placement of the elements of its space there. */
export interface Source extends StridedLayout {
  readonly id: number;
  /** True if a loop reads every element at its index of the loop's space. */
  readonly inPlace: boolean;
}

/** The inputs of a loop, each way of reading a value once. */
export class LoopInputs {
  readonly list: LoopInput[] = [];
  readonly ids: number[] = [];
  readonly #known = new Map<number, number[]>();

  indexOf({ id, offset, strides }: Source, dtype: DType): number {
    const known = this.#known.get(id);
    const same = known?.find((index) => {
      const input = at(this.list, index);
      return input.offset === offset && sameNumbers(input.strides, strides);
    });
    if (same !== undefined) return same;
    const index = this.ids.push(id) - 1;
    this.list.push({ offset, strides, dtype });
    if (known === undefined) this.#known.set(id, [index]);
    else known.push(index);
    return index;
  }
}

/** Returns a constant as an operand of a loop, if all its elements are the same; undefined for other values. */
export function constantOperand(node: TraceNode): Operand | undefined {
  if (node.kind !== "constant") return undefined;
  const value = onlyElement(node.tensor, "compile");
  return value === undefined ? undefined : { kind: "constant", value, dtype: node.dtype };
}
