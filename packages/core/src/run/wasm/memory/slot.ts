/**
 * Slots in linear memory, whose elements are looked at where they stand.
 */

import type { TypedArray } from "../../../tensor/dtype.ts";
import type { Resident, Storage } from "../../../tensor/tensor.ts";
import { Slot, writeTo } from "../../device/resident.ts";

export class LinearSlot extends Slot {
  /** While its region is in memory. */
  address = -1;
  readonly #view: (address: number) => TypedArray;

  /** @param view makes a view of the elements. */
  constructor(view: (address: number) => TypedArray) {
    super();
    this.#view = view;
  }

  /** Returns the elements, until memory grows. */
  override view(): TypedArray {
    return this.#view(this.address);
  }

  override write(elements: Storage | Resident): void {
    writeTo(this.view(), elements);
  }
}
