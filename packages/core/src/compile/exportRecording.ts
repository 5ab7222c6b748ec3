/**
 * The recording of functions that are exported to another format.
 */

import { ArgumentError, type Complaint } from "../errors.ts";
import { type HasKernel, LoweringRecording } from "../graph/lower.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A fault of the value at an id. */
export interface Fault {
  readonly id: number;
  readonly complaint: Complaint;
}

/**
 * Records the lowered ops of a function for an export. Where a fault of a value is known, recording throws there, so
 * the error has the user's line.
 */
export class ExportRecording extends LoweringRecording {
  override readonly unreadable: string;
  override readonly recordsWhole = true;
  readonly #fault: Fault | undefined;

  constructor(op: string, hasKernel: HasKernel, fault?: Fault) {
    super(hasKernel);
    this.unreadable = `${op}, where no values exist yet`;
    this.#fault = fault;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const results = super.apply(op, inputs, attributes);
    this.#check(results.at(-1));
    return results;
  }

  #check(result: Tensor | undefined): void {
    const fault = this.#fault;
    if (fault === undefined || result === undefined || result.index < fault.id) return;
    throw new ArgumentError(fault.complaint);
  }
}
