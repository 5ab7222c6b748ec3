/**
 * The target of a program: the questions that fusing and planning ask of a machine. They depend on a machine only
 * through these answers.
 */

import type { Address, Call } from "../../../graph/call.ts";
import type { PlacedOp, TypedOp } from "../../../graph/kernel.ts";
import type { HasKernel } from "../../../graph/lower.ts";
import type { Op } from "../../../graph/op.ts";
import type { Trace } from "../../../graph/trace.ts";
import type { DType } from "../../../tensor/dtype.ts";
import type { ElementBytes, Loop } from "../loop/loop.ts";
import type { LoopOp } from "../loop/loopOps.ts";
import type { FewArrays } from "./fewArrays.ts";
import type { ScheduleItem } from "./items.ts";

/** A machine with a memory, on which loops and functions run. */
export interface Target {
  /** The dtypes that its memory has. Programs with values of others are not made for it. */
  readonly dtypes: readonly DType[];
  /** Bytes of an element. */
  readonly bytes: ElementBytes;
  /** The most steps of a loop. */
  readonly mostSteps: number;
  /**
   * The most values that a loop reads and writes, for targets whose loops have few arrays, see `fewArrays`. Default:
   * any number.
   */
  readonly arrays?: FewArrays;
  /** True if the target can compute the reductions with which a loop would end in that loop. */
  endsInReductions(loop: Loop): boolean;
  /**
   * True if a reduction of a value that no loop computes is a loop, not a call; this depends on the op that combines
   * two elements.
   */
  loopPays(combine: LoopOp): boolean;
  /**
   * Returns which views the calls of an op read in place, for results of a dtype: stacks of matrices of which the rows
   * or the columns are contiguous, or arrays with any strides.
   */
  readsStrided(op: Op, dtype: DType): "none" | "matrices" | "all";
  /** The sizes in bytes by which row-wise kernels are fused, see `rows.ts`. */
  readonly cache: {
    /** The approximate size of the arrays of a block of rows. */
    readonly block: number;
    /** The size from which the arrays of a row do not stay in the cache between two passes. */
    readonly row: number;
    /** Arrays of fewer bytes stay there as a whole. */
    readonly whole: number;
  };
  /** The sizes from which optimisations pay. */
  readonly sizes: TargetSizes;
  /** True if a kernel computes an application of a composite. Others are decomposed. */
  readonly hasKernel: HasKernel;
  /**
   * True if no call runs after one that failed. On other targets, a program that may fail writes new values to the
   * buffers of Variables only at its end, after all calls have succeeded.
   */
  readonly stopsAtErrors: boolean;
  /**
   * True if scalar Variables have variable buffers, too. If false, their values are passed to each run and returned by
   * it.
   */
  readonly scalarBuffers: boolean;
  /** Bytes of scratch memory for the calls of an op. */
  scratchBytes(op: Op, types: TypedOp): number;
  /** Bytes of scratch memory for a loop. Its address is the last argument of the loop's call. */
  loopScratchBytes(loop: Loop): number;
  /**
   * Returns the schedule items with some replaced, such as by ops with epilogues. Default: the schedule items as they
   * are.
   */
  arranged?(trace: Trace, items: readonly ScheduleItem[]): readonly ScheduleItem[];
  /**
   * Returns the calls of an op; undefined where JavaScript computes it on the same memory.
   *
   * @param epilogue the loop of a schedule item that the target has arranged.
   */
  calls(placed: PlacedOp, epilogue?: Epilogue): readonly Call[] | undefined;
}

/** A loop that an op applies to each element of its result when it computes it. */
export interface Epilogue {
  readonly loop: Loop;
  /** The index of the result among the loop's inputs. */
  readonly input: number;
  /** True if the result is stored, too. */
  readonly isStored: boolean;
  /** The addresses of the loop's inputs and outputs. The one of the result is not read. */
  readonly addresses: readonly Address[];
}

/** Sizes at which an optimisation begins to pay on a machine. */
export interface TargetSizes {
  /** Arguments of fewer bytes are copied on every run, which is faster than caching them. */
  readonly storedArgument: number;
  /** Results of fewer bytes are copied at once. */
  readonly leftResult: number;
  /** The most elements of the arrays of a body that become single numbers: larger ones are loops. */
  readonly smallArray: number;
  /** The elements from which two loops cost no more than one loop with both. */
  readonly largeLoop: number;
  /** The number of rows that fill vectors. A block of short rows has a multiple of it. */
  readonly rowsOfVectors: number;
  /** The bytes of scratch memory from which a program is fused a second time, to need less. */
  readonly muchScratch: number;
}
