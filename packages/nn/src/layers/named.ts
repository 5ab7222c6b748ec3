/**
 * The options that `forward` of a layer takes as its second argument.
 */

import { ArgumentError } from "@graddiff/core";
import {
  anything,
  optional,
  optionsReader,
  type Reader,
  type Readers,
  refuseSurplus,
} from "@graddiff/core/extend";

/** The reader of an option that is optional and is not checked here, because `compute` checks it. */
export const input: Reader<unknown> = optional<unknown>(anything, undefined);

/**
 * Returns a function that checks the arguments of `forward`: x and an object of options. Its errors show a call with
 * named options, because version 0.2 took them as positional arguments.
 */
/* @__NO_SIDE_EFFECTS__ */
export function optionsCheck(known: Readers): (op: string, inputs: readonly unknown[]) => void {
  const read = optionsReader(known);
  const hint = `Pass them by name: forward(x, { ${Object.keys(known).join(", ")} })`;
  return (op, inputs) => {
    if (inputs.length < 2) return;
    try {
      refuseSurplus(op, 2, inputs);
      read(op, inputs[1]);
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      const { complaint } = error;
      const isNamed = ![undefined, "options"].includes(complaint.argument);
      throw isNamed ? error : new ArgumentError({ ...complaint, hint });
    }
  };
}
