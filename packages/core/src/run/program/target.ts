/**
 * What a program is for: what fusing and planning ask of it. They know no machine beside these answers.
 */

import type { Call, PlacedOp } from "../../graph/call.ts";
import type { TypedOp } from "../../graph/kernel.ts";
import type { Op } from "../../graph/op.ts";
import type { DType } from "../../tensor/dtype.ts";
import type { Loop } from "./loop.ts";
import type { LoopOp } from "./loopOps.ts";

/** A machine with a linear memory, on which loops and functions run. */
export interface Target {
  /** Bytes of an element. */
  readonly bytes: Readonly<Record<DType, number>>;
  /** The most steps of a loop. */
  readonly mostSteps: number;
  /** Whether the target can compute the reductions with which a loop would end in that loop. */
  endsInReductions(loop: Loop): boolean;
  /**
   * Whether a reduction of what no loop computes is a loop, and not a call: the op that combines two elements
   * decides.
   */
  loopPays(combine: LoopOp): boolean;
  /** Whether the calls of an op read matrices with any strides, for results of a dtype. */
  readsStrided(op: Op, dtype: DType): boolean;
  /** In bytes, what row programs are made for, see `rows.ts`. */
  readonly cache: {
    /** The arrays of a chunk of rows take about as much. */
    readonly chunk: number;
    /** Rows whose arrays take more do not stay in the cache between two passes. */
    readonly row: number;
    /** Arrays of fewer bytes stay there as a whole. */
    readonly whole: number;
  };
  /** Whether it has the functions that compute composites whole. */
  readonly keepsComposites: boolean;
  /** Bytes of scratch memory for the calls of an op. */
  scratchBytes(op: Op, types: TypedOp): number;
  /** The calls of an op; undefined where JavaScript computes it on the same memory. */
  calls(placed: PlacedOp): readonly Call[] | undefined;
}
