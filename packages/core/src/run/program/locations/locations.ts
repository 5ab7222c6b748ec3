/**
 * The locations of the values of a program: a region, and an offset in it.
 *
 * In: a value and its lifetime. Out: a region and an offset.
 *
 * Invariant: values that live at the same time do not overlap, but for an output that replaces an input read for the last
 * time.
 */

import type { Address } from "../../../graph/call.ts";
import type { Cell } from "../../../graph/cell.ts";
import type { Tensor } from "../../../tensor/tensor.ts";

/**
 * The regions of a program: scratch memory of its values; scratch memory of its calls; the persistent region; and from
 * VARIABLES on the buffer of each Variable. A body has the first two, too.
 *
 * The scratch memory of a call holds no values before or after the call, so a call may run with any memory: partitions
 * that run in parallel have one each.
 */
export const SCRATCH = 0;
export const WORK = 1;
export const PERSISTENT = 2;
export const VARIABLES = 3;

/** The location of a value: bytes from the start of a region. */
export type Location = Pick<Address, "region" | "offset">;

/** The locations of values. */
export interface Plan {
  /** The location of each value by id; undefined for values that need no memory. */
  readonly locations: readonly (Location | undefined)[];
  /** The id of the value whose location a value shares, by id: that of the value it is a reshape of, or itself. */
  readonly owners: readonly number[];
  readonly scratchBytes: number;
  /** Bytes of the scratch memory of calls. */
  readonly workBytes: number;
  /** The values in the persistent region of the program, and its size in bytes. */
  readonly persistent: readonly { readonly id: number; readonly offset: number }[];
  readonly persistentBytes: number;
  readonly variableBuffers: readonly PlannedBuffer[];
  /** The arguments, Variables and constants that are in memory. */
  readonly leaves: readonly number[];
  /** The values that are copied to variable buffers when a run has succeeded, or to carries when a body has run. */
  readonly writeBacks: readonly { readonly id: number; readonly to: Location }[];
  /** By owner: the schedule item that writes it, −1 for what is there before the first, and the last that reads it. */
  readonly born: ReadonlyMap<number, number>;
  readonly dies: ReadonlyMap<number, number>;
  /** The constants of a body that are in memory. */
  readonly constants: readonly Tensor[];
  /** True if a schedule item may throw. */
  readonly throws: boolean;
}

/** The buffer of a Variable. */
export interface PlannedBuffer {
  readonly cell: Cell;
  /** The id of a value of its type. */
  readonly id: number;
  /** True if the program leaves a new value there. */
  readonly assigned: boolean;
  /** True if that is a result of the program, too. */
  readonly shared: boolean;
}
