// How the right operand of a two-operand kernel repeats over the left one.

import { type NamedViews, only } from "./check.ts";
import { KernelArgumentError } from "./errors.ts";

/** The form of a call: which kernel, and its counts. */
export type Broadcast =
  | { readonly form: "same" }
  | { readonly form: "scalar" }
  | { readonly form: "row"; readonly rows: number; readonly columns: number };

/**
 * The form in which `small` repeats over `large`: as long, or one element, or a row whose length
 * divides that of `large`. Both are one named view each: `broadcastOver("add", { x }, { y })`.
 */
export function broadcastOver(operation: string, large: NamedViews, small: NamedViews): Broadcast {
  const [largeName, { length }] = only(large);
  const [smallName, { length: columns }] = only(small);
  if (columns === length) return { form: "same" };
  if (columns === 1) return { form: "scalar" };
  if (columns > 1 && length % columns === 0) {
    return { form: "row", rows: length / columns, columns };
  }
  throw new KernelArgumentError(
    operation,
    smallName,
    `${length} elements like ${largeName}, 1 element, or a row whose length divides ${length}`,
    `${columns} elements`,
    "The operand that repeats stands on the right.",
  );
}
